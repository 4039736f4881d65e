"""Lines: a gap stays a gap, names stand apart, nothing leaves the box."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pictures import ALT, HARM, harmless, named, number, points, sound, texts, values

from catalog.site.draw import Band, Series, Steps, lines, zero_shown
from catalog.site.draw.scale import real


@given(st.lists(values, max_size=4), st.booleans())
def test_any_values_make_a_sound_picture(many: list[list[float | None]], zero: bool) -> None:
    count = max(map(len, many), default=0)
    series = [Series(f"place {i}", [*one, *[None] * (count - len(one))], peak="top") for i, one in enumerate(many)]
    made = lines(
        ALT, series, Steps(count, {0: "first"}), number=number, bands=[Band(1, 9, "band", "level2")], zero=zero
    )
    sound(made)
    drawn = named(made, "path", "l")
    assert len(drawn) == sum(any(value is not None for value in real(one)) for one in many)
    for path, one in zip(drawn, [one for one in many if any(value is not None for value in real(one))], strict=True):
        lone = "".join("x" if value is None else "." for value in real(one))
        assert len(points(path)) == len([part for part in lone.split("x") if part])
        assert all(0 <= x <= 1000 and 0 <= y <= 1000 for part in points(path) for x, y in part)


def test_a_greater_value_stands_higher_and_time_goes_to_the_right() -> None:
    made = lines(ALT, [Series("a", [0, 10, None, 5])], Steps(4), number=number)
    assert points(named(made, "path", "l")[0]) == [[(0, 1000), (1, 0)], [(3, 500)]]
    assert named(made, "path", "l")[0].get("d", "").endswith("h0")  # a lone value is a dot


def test_values_beyond_the_steps_are_not_drawn() -> None:
    made = lines(ALT, [Series("a", [0, 10, 99]), Series("b", [4])], Steps(2), number=number)
    assert [points(path) for path in named(made, "path", "l")] == [[[(0, 1000), (1, 0)]], [[(0, 600)]]]


def test_four_lines_of_96_hours_are_small() -> None:
    series = [Series(f"測站 {i}", [30 + (i * 37 + hour * 7919) % 70 + 0.5 for hour in range(96)]) for i in range(4)]
    made = lines(ALT, series, Steps(96, {i: f"7/{i}" for i in range(0, 96, 24)}), number=number)
    assert len(made.encode()) < 12_000


def test_very_many_points_stay_small_and_the_greatest_is_drawn() -> None:
    numbers = [float((i * 7919) % 1000) for i in range(10_000)]
    numbers[4_321] = 4_000
    made = lines(ALT, [Series("a", numbers, peak="4,000")], Steps(10_000), number=number)
    assert len(made.encode()) < 12_000
    assert 0 in [y for part in points(named(made, "path", "l")[0]) for _, y in part]


def test_names_at_the_end_keep_their_order_and_colour() -> None:
    made = lines(
        ALT, [Series("low 1", [1, 1]), Series("high 9", [9, 9]), Series("mid 1", [1, 1.1])], Steps(2), number=number
    )
    ends = {"".join(one.itertext()): one for one in named(made, "text", "end")}
    assert ends["high 9"].get("class") == "end k2"
    assert float(ends["mid 1"].get("dy", "").rstrip("em")) < float(ends["low 1"].get("dy", "").rstrip("em"))
    assert ends["mid 1"].get("y") == ends["low 1"].get("y")


def test_bands_lie_within_the_scale_and_say_their_names() -> None:
    bands = [Band(51, 100, "普通", "level2"), Band(500, 900, "beyond", "level5"), Band(0, 50, "良好")]
    made = lines(ALT, [Series("a", [0, 80])], Steps(2), number=number, bands=bands)
    assert len(named(made, "rect", "band")) == 1
    assert [text for text in texts(made) if text in ("普通", "beyond", "良好")] == ["普通", "良好"]


def test_zero_is_shown_where_it_costs_little() -> None:
    assert zero_shown([[20, 60]])
    assert not zero_shown([[2328, 2336]])
    assert not zero_shown([[20, 60]], zero=False)
    assert zero_shown([[-1, 5]])
    assert zero_shown([[]])


def test_more_than_four_lines_are_refused() -> None:
    with pytest.raises(ValueError, match="5 lines in one picture, at most 4"):
        lines(ALT, [Series("a", [1])] * 5, Steps(1), number=number)


def test_hostile_words_stay_words() -> None:
    series = [Series(HARM, [1, 2], peak=HARM)]
    made = lines(ALT, series, Steps(2, {0: HARM}), number=lambda _: HARM, bands=[Band(0, 3, HARM)])
    harmless(made)
    assert "…" in texts(made)[-1]


def test_the_same_values_give_the_same_bytes() -> None:
    drawn = [lines(ALT, [Series("a", [1, 2, None, 3.3])], Steps(4), number=number) for _ in range(2)]
    assert drawn[0] == drawn[1]
