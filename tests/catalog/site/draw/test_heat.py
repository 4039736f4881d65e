"""A heat strip: equal neighbours are one stroke, a missing value is none, and it stays small."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup
from pictures import ALT, HARM, harmless, named, sound, texts, values

from catalog.site.draw import HeatRow, Steps, heat
from catalog.site.draw.scale import real

BOUNDS = [20, 40, 60, 80]


def cells(made: Markup) -> dict[tuple[int, int], str]:
    """The colour of each cell that is painted, by row and column."""
    found = {}
    for step in range(1, 6):
        for path in named(made, "path", f"q{step}"):
            row, at = 0, 0
            for move, x, y, length in re.findall(r"([Mm])(-?[\d.]+) ([\d.]+)h(\d+)", path.get("d", "")):
                row, at = (int(float(y)), int(x)) if move == "M" else (row, at + int(x))
                assert not {(row, i) for i in range(at, at + int(length))} & set(found)
                found |= {(row, i): f"q{step}" for i in range(at, at + int(length))}
                at += int(length)
    return found


@given(st.lists(values, max_size=6))
def test_each_value_has_its_colour_and_a_missing_one_none(many: list[list[float | None]]) -> None:
    count = max(map(len, many), default=0)
    made = heat(ALT, [HeatRow(f"{i}", one) for i, one in enumerate(many)], Steps(count), bounds=BOUNDS)
    sound(made)
    wanted = {
        (row, i): f"q{1 + sum(value >= bound for bound in BOUNDS)}"
        for row, one in enumerate(many) for i, value in enumerate(real(one)) if value is not None
    }  # fmt: skip
    assert cells(made) == wanted
    assert bool(named(made, "path", "hatch")) == (len(wanted) < len(many) * max(count, 1))


@pytest.mark.parametrize("factor", [1, 7919])
def test_22_places_of_96_hours_are_small(factor: int) -> None:
    rows = [HeatRow(f"縣市 {i}", [float((i + hour * factor) % 100) for hour in range(96)], "99") for i in range(22)]
    made = heat(ALT, rows, Steps(96, {2: "7/4"}), bounds=BOUNDS)
    assert len(made.encode()) < 20_000
    assert texts(made).count("99") == 22


def test_very_many_rows_and_steps_are_bounded_and_keep_the_greatest() -> None:
    numbers = [0.0] * 9_999 + [99.0]
    made = heat(ALT, [HeatRow(f"{i}", numbers) for i in range(500)], Steps(10_000), bounds=BOUNDS)
    assert len(made.encode()) < 30_000
    assert {row for (row, _), step in cells(made).items() if step == "q5"} == set(range(60))


@pytest.mark.parametrize("bounds", [[], [1, 1], [2, 1], [1, 2, 3, 4, 5]])
def test_bounds_that_make_no_colours_are_refused(bounds: list[float]) -> None:
    with pytest.raises(ValueError, match="ascending"):
        heat(ALT, [], Steps(0), bounds=bounds)


def test_hostile_words_stay_words() -> None:
    harmless(heat(ALT, [HeatRow(HARM, [1], HARM)] * 70, Steps(1, {0: HARM}), bounds=[1]), 90_000)
