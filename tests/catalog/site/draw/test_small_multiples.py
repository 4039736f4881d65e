"""Small multiples: a list of pictures on one scale."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pictures import ALT, HARM, harmless, named, number, points, sound, texts, values

from catalog.site.draw import Series, Steps, small_multiples


@given(st.lists(values, max_size=8))
def test_any_values_make_a_sound_list(many: list[list[float | None]]) -> None:
    count = max(map(len, many), default=0)
    series = [Series(f"place {i}", [*one, *[None] * (count - len(one))]) for i, one in enumerate(many)]
    made = small_multiples(ALT, series, Steps(count, {0: "a", 5: "b"}), number=number)
    sound(made)
    assert len(named(made, "svg", "plot")) == len(many) == len(named(made, "li"))


def test_all_stand_on_one_scale_and_say_their_last_value() -> None:
    made = small_multiples(
        ALT,
        [Series("a", [0, 50], peak="50 良好"), Series("b", [0, 100])],
        Steps(2, {0: "7/3", 1: "7/7"}),
        number=number,
    )
    assert [points(path)[0][1][1] for path in named(made, "path", "l")] == [500, 0]
    assert texts(made, "title") == ["a 50", "b 100"]
    assert texts(made, "p") == ["a50 良好", "b"]
    assert [text for text in texts(made) if "/" in text] == ["7/3", "7/7"] * 2


def test_more_than_twelve_are_refused() -> None:
    with pytest.raises(ValueError, match="13 small pictures, at most 12"):
        small_multiples(ALT, [Series("a", [1])] * 13, Steps(1), number=number)


def test_hostile_words_stay_words_and_twelve_are_small() -> None:
    series = [Series(HARM, [float(i * 7919 % 83) for i in range(96)], peak=HARM)] * 12
    harmless(small_multiples(ALT, series, Steps(96, {0: HARM, 95: HARM}), number=lambda _: HARM), 40_000)
