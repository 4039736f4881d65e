"""A distribution: heights in proportion, its highest column fills the picture."""

from hypothesis import given
from hypothesis import strategies as st
from pictures import ALT, HARM, harmless, named, rects, sound, texts

from catalog.site.draw import Bin, histogram


@given(st.lists(st.builds(Bin, st.floats(), st.text(max_size=3), st.text(max_size=3)), max_size=30))
def test_any_counts_make_a_sound_picture(bins: list[Bin]) -> None:
    made = histogram(ALT, bins)
    sound(made)
    for path in named(made, "path", "col"):
        assert all(top >= 0 and bottom == 100 for _, top, _, bottom in rects(path))


def test_heights_are_in_proportion_and_an_empty_range_is_empty() -> None:
    made = histogram(ALT, [Bin(10, "0"), Bin(0), Bin(40, "20", "40 站")])
    boxes = rects(named(made, "path", "col")[0])
    assert [(int(left), bottom - top) for left, top, _, bottom in boxes] == [(0, 25), (20, 100)]
    assert texts(made) == ["40 站", "0", "20"]


def test_hostile_words_stay_words() -> None:
    harmless(histogram(ALT, [Bin(1, HARM, HARM)] * 500))
