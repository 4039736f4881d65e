"""Four times the body, about four times the work: for every format, and shapes that once took far more."""

import contextlib
import gc
import time
from collections.abc import Callable, Iterator

import pytest
from heavy_bodies import SHAPES, Shape

from catalog.errors import SourceError
from pipelines.decode import Formatted, known

TIMES, MOST = 4, 9.0
"""A quadratic decoder takes sixteen times as long for four times the body; what is linear takes four, and on a machine
that others use, whose memory is slow for the larger body, six."""
STEADY_SECONDS = 0.1
"""Shorter times say little on a machine that others use: what takes less for the larger body is fast enough."""


@pytest.fixture(autouse=True)
def _no_collector() -> Iterator[None]:
    """As in the process that looks into bodies."""
    gc.disable()
    yield
    gc.enable()


def seconds(shape: Shape, size: int) -> float:
    """Of the processor, for one body; a body may be refused, but soon."""
    body, reading = shape.make(size), Formatted(format=shape.format, reading=shape.reading)
    began = time.process_time()
    with contextlib.suppress(SourceError):
        reading.records(body)
    return time.process_time() - began


def grows(shape: Shape, size: int) -> bool:
    """Whether a body so many times as large as another takes far more than as many times the work, each time of three.

    `size` is half of the larger body.
    """
    for _ in range(3):
        larger = seconds(shape, 2 * size)
        if larger < STEADY_SECONDS or larger < MOST * seconds(shape, max(2 * size // TIMES, 1)):
            return False
    return True


def test_each_format_has_a_shape():
    assert {shape.format for shape in SHAPES.values()} == set(known())


# Times of the processor are compared: a matter of the long tests, which have the machine for themselves.
@pytest.mark.soak
@pytest.mark.parametrize("name", SHAPES)
def test_a_larger_body_takes_no_more_than_its_share(name: str, counted: Callable[[str, int], None]):
    counted("heavy bodies decoded", 2)
    assert not grows(SHAPES[name], SHAPES[name].base // 4)


@pytest.mark.soak
@pytest.mark.parametrize("name", SHAPES)
def test_so_it_is_for_bodies_sixteen_times_as_large(name: str, counted: Callable[[str, int], None]):
    counted("heavy bodies decoded", 2)
    assert not grows(SHAPES[name], 4 * SHAPES[name].base)
