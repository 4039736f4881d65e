"""One place among many: dots from the least to the greatest, the marked one on top."""

from hypothesis import given
from hypothesis import strategies as st
from pictures import ALT, HARM, harmless, named, share, sound, texts

from catalog.site.draw import RangeDot, range_line


@given(st.lists(st.builds(RangeDot, st.none() | st.floats(), st.text(max_size=4), st.booleans()), max_size=30))
def test_any_values_make_a_sound_picture(dots: list[RangeDot]) -> None:
    sound(range_line(ALT, dots, low="low", high="high", mark="here"))


def test_dots_stand_in_proportion_and_the_marked_one_is_last() -> None:
    made = range_line(
        ALT, [RangeDot(10, "a"), RangeDot(15, "b", True), RangeDot(None, "c"), RangeDot(20, "d")], mark="b"
    )
    assert [(one[0].text, share(one, "cx")) for one in named(made, "circle")] == [("a", 0), ("d", 1), ("b", 0.5)]
    assert named(made, "circle")[-1].get("class") == "d k1"
    assert texts(made) == ["b"]


def test_equal_values_stand_in_the_middle_and_are_said_once() -> None:
    made = range_line(ALT, [RangeDot(3, "a"), RangeDot(3, "b")], low="3", high="3")
    assert [share(one, "cx") for one in named(made, "circle")] == [0.5, 0.5]
    assert texts(made) == ["3"]


def test_very_many_dots_are_bounded_and_hostile_words_stay_words() -> None:
    made = range_line(ALT, [RangeDot(float(i), "x") for i in range(10_000)])
    assert len(named(made, "circle")) <= 401
    harmless(range_line(ALT, [RangeDot(1, HARM), RangeDot(2, HARM, True)], low=HARM, high=HARM, mark=HARM))
