"""Parts of a whole fill their bar in proportion."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pictures import ALT, HARM, harmless, named, share, sound, texts

from catalog.site.draw import Part, stacked


@given(st.lists(st.none() | st.floats(), max_size=6))
def test_any_parts_make_a_sound_picture(numbers: list[float | None]) -> None:
    sound(stacked(ALT, [Part(f"part {i}", value, "x") for i, value in enumerate(numbers)]))


@given(st.lists(st.floats(1, 1e6), min_size=1, max_size=6))
def test_parts_fill_the_bar_in_proportion(numbers: list[float]) -> None:
    found = named(stacked(ALT, [Part("a", value, "x") for value in numbers]), "rect", "part")
    assert all(
        abs(share(one, "width") - value / sum(numbers)) < 1e-4 for one, value in zip(found, numbers, strict=True)
    )
    assert abs(share(found[-1], "x") + share(found[-1], "width") - 1) < 2e-4


def test_names_and_values_are_a_list_in_the_same_colours() -> None:
    made = stacked(ALT, [Part("燃氣", 44.6, "44.6%"), Part("沒有", 0, "0%"), Part("其他", 55.4, "55.4%", "k0")])
    assert texts(made, "li") == ["燃氣 44.6%", "沒有 0%", "其他 55.4%"]
    assert [one.get("class") for one in named(made, "rect")] == ["part k1", "part k0", "k1", "k2", "k0"]


def test_too_many_parts_are_refused_and_hostile_words_stay_words() -> None:
    with pytest.raises(ValueError, match="7 parts in one bar, at most 6"):
        stacked(ALT, [Part("a", 1, "1")] * 7)
    harmless(stacked(ALT, [Part(HARM, 1, HARM)] * 6))
