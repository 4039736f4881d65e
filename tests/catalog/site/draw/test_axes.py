"""Labels of a plot never touch, whatever its width."""

from hypothesis import given
from hypothesis import strategies as st
from pictures import ALT, HARM, harmless, named, number, texts, tree

from catalog.site.draw.axes import (
    LOW,
    NARROW,
    WIDE,
    WIDER,
    Spot,
    Steps,
    below,
    edge,
    fitting,
    grid,
    gutter,
    plot,
    spots_at,
)
from catalog.site.draw.scale import scale_of
from catalog.site.draw.svg import EM, width

spots = st.lists(
    st.builds(Spot, st.floats(0, 1), st.floats(0, 1), st.text("臺北ab12W/（", min_size=1, max_size=9)), max_size=20
)


def span(spot: Spot, wide: float) -> tuple[float, float]:
    size, at = width(spot.text) * EM, spot.x * wide
    anchor = edge(spot.x, spot.text, NARROW, spot.slack)
    start = at - size * {"s": 0.0, "m": 0.5, "e": 1.0}[anchor]
    return start, start + size


@given(spots, st.sampled_from([NARROW, WIDE, WIDER]))
def test_labels_that_fit_do_not_touch(labels: list[Spot], wide: float) -> None:
    kept = fitting(labels, wide)
    for i in kept:
        for j in kept:
            if i < j and abs(labels[i].y - labels[j].y) * LOW < EM:
                one, other = span(labels[i], wide), span(labels[j], wide)
                assert one[1] < other[0] or other[1] < one[0]
    if labels:
        assert kept[0] == 0  # the most important one is always there


@given(spots)
def test_what_a_narrow_picture_shows_a_wide_one_shows_too(labels: list[Spot]) -> None:
    made = spots_at(labels, "0", 0)
    always = [one for one in named(made, "text") if not {"if-wide", "if-wider"} & set((one.get("class") or "").split())]
    assert len(always) == len(fitting(labels, NARROW))


def test_a_label_without_words_is_none() -> None:
    assert spots_at([Spot(0.5, 0.5, " \n")], "0", 0) == ""


def test_a_label_stays_in_its_picture() -> None:
    assert edge(0.0, "7/4（六）", NARROW) == "s"
    assert edge(0.5, "7/4（六）", NARROW) == "m"
    assert edge(1.0, "7/4（六）", NARROW) == "e"


def test_steps_are_named_below_and_those_that_touch_are_left_to_wider_pictures() -> None:
    steps = Steps(10, {i: f"{i} 月 {i} 日" for i in range(10)} | {99: "beyond"})
    made = below(steps, lambda i: (i + 0.5) / 10, 0)
    assert "beyond" not in made
    assert texts(made)[0] == "0 月 0 日"
    assert len(named(made, "text")) > len(
        [one for one in named(made, "text") if "if-wide" not in (one.get("class") or "")]
    )


def test_the_line_of_zero_is_stronger_and_every_tick_is_written() -> None:
    scale = scale_of([-10, 20])
    made = grid(scale, number)
    assert texts(made) == [number(tick) for tick in scale.ticks]
    assert len(named(made, "line", "g0")) == 1
    assert gutter(scale, lambda _: "一二三") == 3


def test_hostile_words_of_a_tick_are_cut() -> None:
    made = plot(ALT, grid(scale_of([1, 2]), lambda _: HARM) + below(Steps(1, {0: HARM}), lambda _: 0.5, 0), left=99)
    harmless(made, 3_000)
    assert tree(made)[0].get("class") == "pic axes pic-l20"
