"""What pictures with a value axis share: gridlines, ticks in the left gutter, named steps below, labels at marks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from markupsafe import Markup

from catalog.site.draw.scale import Number, Scale
from catalog.site.draw.svg import EM, Alt, cut, el, holder, join, num, pct, picture, width

NARROW, WIDE, WIDER = 264.0, 440.0, 800.0
"""px: a picture in its narrowest place; from where on more labels are shown (`if-wide`, `if-wider` in style.css)."""
MOST_LABELS = 60
"""Labels of one kind in one picture."""
LOW = 144.0
"""px: the least height of a plot."""
LONGEST_TICK, LONGEST_END, LONGEST_LABEL = 7.0, 10.0, 12.0
"""em: tick labels, labels at the end of a line and labels in a plot or below it are cut there."""


@dataclass(frozen=True)
class Steps:
    """The steps of a time axis, or other steps in order.

    Attributes:
        count: how many there are.
        labels: words under some of them, by index; `time_ticks` says under which.
    """

    count: int
    labels: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Spot:
    """A label in a plot.

    Attributes:
        x: share of the width.
        y: share of the height, from above.
        text: its words.
        class_: its class.
        slack: px that it may stand out of the plot.
        least: px of the narrowest picture where it covers no mark.
    """

    x: float
    y: float
    text: str
    class_: str = ""
    slack: float = 10
    least: float = 0


def edge(x: float, text: str, wide: float, slack: float = 10) -> str:
    """Return how a text is anchored, so that it stays in a picture: `s`tart, `m`iddle or `e`nd, classes of style.css.

    Args:
        x: where it stands, as a share of the width.
        text: its words.
        wide: px of the picture.
        slack: px that it may stand out at either side.
    """
    half = width(text) * EM / 2 - slack
    if x * wide < half:
        return "s"
    return "e" if (1 - x) * wide < half else "m"


def fitting(spots: Sequence[Spot], wide: float, first: Sequence[int] = ()) -> list[int]:
    """Return the indexes of labels that do not touch in a picture of so many px.

    Args:
        spots: the labels, the most important first.
        wide: px of the picture.
        first: indexes of labels that are there already.
    """
    kept: list[int] = []
    spans = [_span(spot, wide) for spot in spots]
    for i in [*first, *(i for i, spot in enumerate(spots) if i not in first and spot.least <= wide)]:
        near = [spans[j] for j in kept if abs(spots[j].y - spots[i].y) * LOW < 1.3 * EM]
        if all(spans[i][1] <= start or spans[i][0] >= end for start, end in near):
            kept.append(i)
    return kept


def _span(spot: Spot, wide: float) -> tuple[float, float]:
    """From where to where a label goes, in px."""
    size, at = width(spot.text) * EM, spot.x * wide
    start = {"s": at, "m": at - size / 2, "e": at - size}[edge(spot.x, spot.text, NARROW, spot.slack)]
    return start - 4, start + size + 4


def spots_at(spots: Sequence[Spot], dy: str, room: float) -> Markup:
    """Return labels that never touch; those that fit only in a wider picture are seen only there.

    Args:
        spots: the labels, the most important first.
        dy: how far below their place they stand, in em.
        room: px that the gutters take.
    """
    kept: list[int] = []
    parts = []
    spots = [replace(spot, text=cut(spot.text, LONGEST_LABEL)) for spot in spots[:MOST_LABELS]]
    spots = [spot for spot in spots if spot.text]
    for wide, class_ in ((NARROW - room, ""), (WIDE, "if-wide"), (WIDER, "if-wider")):
        found = fitting(spots, wide, kept)
        for i in found[len(kept) :]:
            names = [edge(spots[i].x, spots[i].text, NARROW, spots[i].slack), spots[i].class_, class_]
            said, place = " ".join(filter(None, names)), {"x": pct(spots[i].x), "y": pct(spots[i].y)}
            parts.append((i, el("text", spots[i].text, **place, dy=dy, class_=said)))
        kept = found
    return join(text for _, text in sorted(parts))


def below(steps: Steps, at: Callable[[int], float], room: float, above: bool = False, slack: float = 10) -> Markup:
    """Return the words under a plot; of words that would touch, the earlier one stays.

    Args:
        steps: the named steps.
        at: the share of the width where a step stands.
        room: px that the gutters take.
        above: whether they stand over the plot.
        slack: px that they may stand out of the plot.
    """
    named = [(at(i), text) for i, text in sorted(steps.labels.items()) if 0 <= i < steps.count and text]
    y = 0 if above else 1
    return spots_at([Spot(x, y, text, "x", slack) for x, text in named], "-.55em" if above else "1.4em", room)


def gutter(scale: Scale, number: Number) -> float:
    """Return how wide the tick labels are, in em."""
    return max(width(cut(number(tick), LONGEST_TICK)) for tick in scale.ticks)


def grid(scale: Scale, number: Number) -> Markup:
    """Return gridlines with their labels in the left gutter; the line of zero is stronger."""
    parts = []
    for tick in scale.ticks:
        y = pct(1 - scale.at(tick))
        parts.append(el("line", x2="100%", y1=y, y2=y, class_="g0" if tick == 0 else "g"))
        parts.append(el("text", cut(number(tick), LONGEST_TICK), y=y, dx=-8, dy=".35em", class_="y"))
    return join(parts)


def plot(alt: Alt, inside: Markup, *, left: float, right: float = 0, class_: str = "") -> Markup:
    """Return a plot with its gutters.

    Args:
        alt: its words.
        inside: its marks, in percent of the plot.
        left: em of the tick labels.
        right: em of the labels at the right.
        class_: more classes.
    """
    made = picture(alt, inside, class_="plot", height=200)
    return holder(made, left=left, right=right, class_=f"axes {class_}".strip())


def boxes(rects: Sequence[tuple[float, float, float, float]]) -> str:
    """Return the path of boxes (left, top, right, bottom), each in units of its layer."""
    return "".join(
        f"M{num(x)} {num(top)}H{num(right)}V{num(bottom)}H{num(x)}z" for x, top, right, bottom in rects
    )  # fmt: skip
