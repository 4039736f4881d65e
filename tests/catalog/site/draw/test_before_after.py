"""Two versions: what stays is grey, what was added is in the accent, what went is an outline."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pictures import ALT, HARM, harmless, named, number, rects, sound

from catalog.site.draw import Steps, before_after
from catalog.site.draw.scale import real, scale_of

pairs = st.lists(st.tuples(st.none() | st.floats(), st.none() | st.floats()), max_size=40)


@given(pairs)
def test_any_versions_make_a_sound_picture(both: list[tuple[float | None, float | None]]) -> None:
    before, after = [one for one, _ in both], [one for _, one in both]
    made = before_after(ALT, before, after, Steps(len(both), {0: "x"}), number=number, marks={0: "+1"})
    sound(made)
    for path in named(made, "path"):
        assert all(
            x >= 0 and right <= len(both) and 0 <= top <= bottom <= 1000 for x, top, right, bottom in rects(path)
        )


@given(st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 1e6)), min_size=1, max_size=20))
def test_the_parts_of_a_column_are_both_versions(both: list[tuple[float, float]]) -> None:
    before, after = [one for one, _ in both], [one for _, one in both]
    made = before_after(ALT, before, after, Steps(len(both)), number=number)
    scale = scale_of(real(before + after), zero=True)
    heights = {
        name: sum(bottom - top for path in named(made, "path", name) for _, top, _, bottom in rects(path))
        for name in ("earlier", "k1", "gone")
    }
    slack = 0.02 * len(both)
    assert abs(heights["earlier"] + heights["k1"] - 1000 * sum(map(scale.at, after))) < slack
    assert abs(heights["earlier"] + heights["gone"] - 1000 * sum(map(scale.at, before))) < slack


def test_what_is_new_is_all_accent_and_what_is_gone_all_outline() -> None:
    made = before_after(ALT, [None, 10, 10], [10, None, 10], Steps(3), number=number)
    assert {name: len(rects(named(made, "path", name)[0])) for name in ("earlier", "k1", "gone")} == {
        "earlier": 1, "k1": 1, "gone": 1
    }  # fmt: skip


def test_versions_of_other_steps_are_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        before_after(ALT, [1], [1, 2], Steps(2), number=number)


def test_of_very_many_steps_the_newest_are_drawn() -> None:
    made = before_after(ALT, [1.0] * 9_999 + [3], [2.0] * 10_000, Steps(10_000, {9_999: "now"}), number=number)
    assert len(made.encode()) < 24_000
    assert len(rects(named(made, "path", "gone")[0])) == 1
    assert "now" in made


def test_hostile_words_stay_words() -> None:
    harmless(before_after(ALT, [1], [2], Steps(1, {0: HARM}), number=lambda _: HARM, marks={0: HARM}))
