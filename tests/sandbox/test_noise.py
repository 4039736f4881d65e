"""Noise belongs to its seed parts, not to the moment or the order of the calls."""

import numpy as np
from numpy.testing import assert_array_equal

from sandbox.noise import noise_grid, noise_index, noise_value

STEPS = np.arange(10, 20, dtype=np.int64)


def test_noise_is_pinned() -> None:
    # all evidence of a demo holds these values: a change here changes the simulated past
    assert f"{noise_value('pinned'):.6f}" == "0.674127"
    assert f"{noise_grid(('pinned',), ['x'], np.array([5], dtype=np.int64))[0, 0]:.6f}" == "0.588667"


def test_a_grid_has_a_number_for_each_entity_and_step() -> None:
    grid = noise_grid((1, "a"), ["x", "y"], STEPS)
    assert grid.shape == (2, 10)
    assert ((grid >= 0) & (grid < 1)).all()
    assert len(np.unique(grid)) == 20


def test_a_smaller_grid_is_a_part_of_a_larger_one() -> None:
    assert_array_equal(noise_grid((1, "a"), ["y"], STEPS[3:5]), noise_grid((1, "a"), ["x", "y"], STEPS)[1:, 3:5])


def test_other_seed_parts_give_other_numbers() -> None:
    grid = noise_grid((1, "a"), ["x", "y"], STEPS)
    assert (noise_grid((2, "a"), ["x", "y"], STEPS) != grid).all()
    assert (noise_grid((1, "b"), ["x", "y"], STEPS) != grid).all()
    assert noise_value("ab", "c") != noise_value("a", "bc")


def test_values_fill_the_unit_interval() -> None:
    values = [noise_value("fill", number) for number in range(2000)]
    counts, _ = np.histogram(values, bins=4, range=(0, 1))
    assert counts.sum() == 2000
    assert all(400 < count < 600 for count in counts)


def test_an_index_is_as_likely_as_its_weight() -> None:
    indexes = [noise_index([1, 0, 3], number) for number in range(400)]
    assert set(indexes) == {0, 2}
    assert 240 < indexes.count(2) < 360
