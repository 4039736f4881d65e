"""Bars are in proportion, sorted, and a missing one is said."""

from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup
from pictures import ALT, HARM, harmless, named, share, sound, texts

from catalog.site.draw import BarRow, bars
from catalog.site.draw.scale import real


def widths(made: Markup) -> list[float]:
    return [share(one, "width") for one in named(made, "rect", "k1")]


@given(st.lists(st.none() | st.floats(), max_size=30), st.none() | st.just(100.0))
def test_any_values_make_a_sound_list(numbers: list[float | None], track: float | None) -> None:
    made = bars(ALT, [BarRow("a", value, "x") for value in numbers], track=track)
    sound(made)
    there = [value for value in real(numbers) if value is not None]
    assert len(widths(made)) == len(there)
    assert len(named(made, "rect", "missing")) == len(numbers) - len(there)


@given(st.lists(st.floats(0, 1e9), min_size=1, max_size=30))
def test_bars_are_in_proportion_and_sorted(numbers: list[float]) -> None:
    found = widths(bars(ALT, [BarRow("a", value, "x") for value in numbers]))
    most = max(numbers) or 1
    assert all(
        abs(one - value / most) < 0.0002 for one, value in zip(found, sorted(numbers, reverse=True), strict=True)
    )


def test_on_a_track_a_bar_is_its_share_and_the_order_may_stay() -> None:
    rows = [BarRow("曾文", 62, "62%"), BarRow("翡翠", 77, "77%"), BarRow("南化", None, "無數值")]
    assert widths(bars(ALT, rows, track=100)) == [0.77, 0.62]
    made = bars(ALT, rows, track=100, ordered=True)
    assert widths(made) == [0.62, 0.77]
    assert texts(made, "li") == ["曾文62%", "翡翠77%", "南化無數值"]


def test_less_than_nothing_goes_to_the_left() -> None:
    made = bars(ALT, [BarRow("a", 30, "+30"), BarRow("b", -10, "−10")])
    assert [(share(one, "x"), share(one, "width")) for one in named(made, "rect", "k1")] == [(0.25, 0.75), (0, 0.25)]


def test_hostile_words_stay_words_and_rows_are_bounded() -> None:
    rows = [BarRow(HARM, float(i), HARM, href="javascript:alert(1)") for i in range(500)]
    made = bars(ALT, rows)
    harmless(made, 90_000)
    assert len(named(made, "li")) == 60
    assert named(made, "a") == []
    assert len(named(bars(ALT, [BarRow("a", 1, "1", href="a.html")]), "a")) == 1
