"""A small line: its gaps stay, its last value is a dot."""

from hypothesis import given
from pictures import ALT, named, points, sound, values

from catalog.site.draw import Scale, sparkline


@given(values)
def test_any_values_make_a_sound_picture(numbers: list[float | None]) -> None:
    made = sparkline(ALT, numbers)
    sound(made)
    assert len(named(made, "circle")) == len(named(made, "path", "l"))


def test_it_fills_its_range_or_the_range_of_all() -> None:
    assert points(named(sparkline(ALT, [5, None, 7]), "path")[0]) == [[(0, 1000)], [(2, 0)]]
    assert points(named(sparkline(ALT, [5, 7], scale=Scale((0, 10))), "path")[0]) == [[(0, 500), (1, 300)]]
    assert len(sparkline(ALT, [float(i % 77) for i in range(10_000)])) < 9_000
