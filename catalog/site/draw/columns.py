"""Columns from zero: counts or prices over time; a dash where there is no value, stripes where it may still grow."""

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from catalog.site.draw.axes import Spot, Steps, below, boxes, grid, gutter, plot, spots_at
from catalog.site.draw.scale import Number, Scale, Values, buckets, filled, real, scale_of
from catalog.site.draw.svg import EM, Alt, el, hatch, join, num, pct, stretched, tone, width

MOST = 300
"""Columns that can be told apart; of more, neighbours become one column from their least to their greatest."""
HIGH = 1000.0
FILL = 0.72
"""Share of a step that a column takes."""


def columns(
    alt: Alt,
    values: Values,
    steps: Steps,
    *,
    number: Number,
    provisional_from: int | None = None,
    marks: Mapping[int, str] | None = None,
) -> Markup:
    """Return columns from zero.

    Args:
        alt: the words of the picture.
        values: one for each step; None where there is none.
        steps: the axis.
        number: writes the value of a tick.
        provisional_from: index of the first step whose value may still grow.
        marks: words at some columns, by index, the most important first.
    """
    values = filled(values, steps.count)
    scale = scale_of(values, zero=True)
    parts = buckets(values, MOST)
    gut = gutter(scale, number)
    whole = boxes([_box(i, part, scale) for i, part in enumerate(parts) if part])
    inside = [
        grid(scale, number),
        stretched(len(parts) or 1, HIGH, *_some(whole, f"col {tone('k1')}"), missing(parts, scale), class_="over"),
        *_provisional(parts, scale, len(values), provisional_from),
        el("line", x2="100%", y1=pct(1 - scale.at(0)), y2=pct(1 - scale.at(0)), class_="g0"),
        spots_at(column_spots(values, scale, marks or {}), "-.45em", gut * EM + 8),
        below(steps, lambda i: middle_of(i, steps.count), gut * EM + 8),
    ]
    return plot(alt, join(inside), left=gut, class_="marked" if marks else "")


def middle_of(index: int, count: int) -> float:
    """Return the middle of a column, as a share of the width."""
    return (index + 0.5) / count if count else 0.5


def column_spots(values: Values, scale: Scale, marks: Mapping[int, str], class_: str = "mark") -> list[Spot]:
    """Return words above columns; those of missing values and of steps that there are not are left out.

    Args:
        values: the upper end of each column.
        scale: of the picture.
        marks: the words, by index.
        class_: of the words.
    """
    tops = [None if value is None else 1 - scale.at(max(0.0, value)) for value in real(values)]
    return [
        Spot(middle_of(i, len(tops)), top, text, class_, least=_least(tops, i, text))
        for i, text in marks.items()
        if 0 <= i < len(tops) and (top := tops[i]) is not None
    ]


def _least(tops: Sequence[float | None], index: int, text: str) -> float:
    """Px of a picture where words above a column do not reach a higher one beside it."""
    own = tops[index] or 0.0
    higher = (abs(i - index) for i, top in enumerate(tops) if top is not None and top < own - 0.01)
    near = min(higher, default=None)
    return 0.0 if near is None else (width(text) * EM / 2 + 1) * len(tops) / (near - FILL / 2)


def missing(parts: Sequence[tuple[float, float] | None], scale: Scale) -> Markup:
    """Return a short dash on the line of zero for each step without a value, in a layer of columns."""
    y = num(HIGH * (1 - scale.at(0)) - (25 if scale.at(0) < 0.95 else -25))
    path = "".join(f"M{num(i + 0.3)} {y}h.4" for i, part in enumerate(parts) if part is None)
    return el("path", d=path, class_="miss") if path else Markup("")


def _some(path: str, class_: str) -> list[Markup]:
    return [el("path", d=path, class_=class_)] if path else []


def _box(index: int, part: tuple[float, float], scale: Scale) -> tuple[float, float, float, float]:
    low, high = min(0.0, part[0]), max(0.0, part[1])
    left = index + (1 - FILL) / 2
    return left, HIGH * (1 - scale.at(high)), left + FILL, HIGH * (1 - scale.at(low))


def _provisional(
    parts: Sequence[tuple[float, float] | None], scale: Scale, count: int, first: int | None
) -> list[Markup]:
    """Stripes of paper over the newest columns, and their outline, so that a low one is still seen."""
    if first is None or max(0, first) >= count:
        return []
    size = max(1, -(-count // MOST))
    start = max(0, first) // size
    outline = boxes([_box(i, part, scale) for i, part in enumerate(parts) if part and i >= start])
    share = start / len(parts)
    top = 1 - scale.at(max((part[1] for part in parts[start:] if part), default=0.0))
    layer = stretched(len(parts), HIGH, *_some(outline, "firm k1"), class_="over")
    return [hatch(share, top, 1 - share, 1 - top, "unhatch"), layer]
