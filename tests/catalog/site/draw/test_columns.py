"""Columns start at zero, missing ones are a dash, newest ones are striped."""

from hypothesis import given
from hypothesis import strategies as st
from pictures import ALT, HARM, harmless, named, number, rects, sound, texts, values

from catalog.site.draw import Steps, columns
from catalog.site.draw.scale import real, scale_of


@given(values, st.none() | st.integers(-3, 70))
def test_any_values_make_a_sound_picture_of_columns_from_zero(numbers: list[float | None], first: int | None) -> None:
    made = columns(
        ALT, numbers, Steps(len(numbers), {0: "first"}), number=number, provisional_from=first, marks={0: "m"}
    )
    sound(made)
    clean, scale = real(numbers), scale_of(numbers, zero=True)
    there = [value for value in clean if value is not None]
    boxes = [box for path in named(made, "path", "col") for box in rects(path)]
    assert len(boxes) == len(there)
    zero = 1000 * (1 - scale.at(0))
    for (left, top, right, bottom), value in zip(boxes, there, strict=True):
        assert 0 <= left < right <= len(numbers)
        assert abs((bottom if value >= 0 else top) - zero) < 0.01
        assert abs((bottom - top) - 1000 * abs(scale.at(value) - scale.at(0))) < 0.02
    dashes = [path.get("d", "").count("M") for path in named(made, "path", "miss")]
    assert sum(dashes) == len(clean) - len(there)


def test_columns_are_in_proportion() -> None:
    made = columns(ALT, [10, 20, 40], Steps(3), number=number)
    heights = [bottom - top for _, top, _, bottom in rects(named(made, "path", "col")[0])]
    assert heights == [250, 500, 1000]


def test_the_newest_are_striped_up_to_the_highest_of_them() -> None:
    made = columns(ALT, [40, 30, 20, 10], Steps(4), number=number, provisional_from=2)
    stripes = next(one for one in named(made, "svg") if one.get("x"))
    assert (stripes.get("x"), stripes.get("y"), stripes.get("width"), stripes.get("height")) == ("50%",) * 4
    assert len(rects(named(made, "path", "firm")[0])) == 2
    assert named(columns(ALT, [1, 2], Steps(2), number=number), "path", "unhatch") == []


def test_marks_are_written_above_values_that_there_are() -> None:
    made = columns(ALT, [1, None, 3], Steps(3), number=number, marks={2: "三", 1: "none", 9: "beyond"})
    assert [text for text in texts(made) if not text.isdigit()] == ["三"]


def test_a_mark_that_would_lie_on_a_higher_column_waits_for_a_wider_picture() -> None:
    numbers: list[float | None] = [*range(10, 40)]
    made = columns(ALT, numbers, Steps(30), number=number, marks={29: "most", 10: "twenty"})
    assert {"".join(one.itertext()): one.get("class") for one in named(made, "text", "mark")} == {"most": "e mark"}
    few = columns(ALT, [5.0, 9.0], Steps(2), number=number, marks={0: "low"})
    assert [one.get("class") for one in named(few, "text", "mark")] == ["m mark"]


def test_very_many_columns_stay_small() -> None:
    numbers = [None if i % 997 == 0 else float(i % 100) for i in range(10_000)]
    made = columns(ALT, numbers, Steps(10_000), number=number, provisional_from=9_990)
    assert len(made.encode()) < 14_000
    sound(made)


def test_hostile_words_stay_words() -> None:
    harmless(columns(ALT, [1, 2], Steps(2, {0: HARM}), number=lambda _: HARM, marks={0: HARM}))
