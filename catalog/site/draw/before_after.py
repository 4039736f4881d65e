"""A version beside the one before it: what stays in grey, what was added in the accent, what went as an outline."""

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from catalog.site.draw.axes import Steps, below, boxes, grid, gutter, plot, spots_at
from catalog.site.draw.columns import FILL, HIGH, MOST, column_spots, middle_of
from catalog.site.draw.scale import Number, Scale, Values, real, scale_of
from catalog.site.draw.svg import EM, Alt, el, join, pct, stretched

Range = tuple[float, float]


def before_after(
    alt: Alt,
    before: Values,
    after: Values,
    steps: Steps,
    *,
    number: Number,
    marks: Mapping[int, str] | None = None,
) -> Markup:
    """Return columns of two versions.

    Args:
        alt: the words of the picture.
        before: the earlier value of each step; None where there was none.
        after: the present value of each step; None where there is none.
        steps: the axis; of more than 300 steps only the last 300 are drawn.
        number: writes the value of a tick.
        marks: words at some columns, by index, the most important first.

    Raises:
        ValueError: the two versions have different numbers of steps.
    """
    skipped = max(0, len(before) - MOST)
    pairs = list(zip(real(before), real(after), strict=True))[skipped:]
    scale = scale_of([value for pair in pairs for value in pair], zero=True)
    gut = gutter(scale, number)
    shown = Steps(max(0, steps.count - skipped), {i - skipped: text for i, text in steps.labels.items()})
    tops = [max([0.0, *(value for value in pair if value is not None)]) for pair in pairs]
    spots = column_spots(tops, scale, {i - skipped: text for i, text in (marks or {}).items()}, "mark k1")
    inside = [
        grid(scale, number),
        stretched(len(pairs) or 1, HIGH, *_parts(pairs, scale), class_="over"),
        el("line", x2="100%", y1=pct(1 - scale.at(0)), y2=pct(1 - scale.at(0)), class_="g0"),
        spots_at(spots, "-.45em", gut * EM + 8),
        below(shown, lambda i: middle_of(i, shown.count), gut * EM + 8),
    ]
    return plot(alt, join(inside), left=gut, class_="marked" if marks else "")


def _parts(pairs: Sequence[tuple[float | None, float | None]], scale: Scale) -> list[Markup]:
    kinds = [("col earlier", _kept), ("col k1", _added), ("gone", _gone)]
    paths = [(class_, _path([part(*pair) for pair in pairs], scale)) for class_, part in kinds]
    return [el("path", d=path, class_=class_) for class_, path in paths if path]


def _same_side(one: float | None, other: float | None) -> bool:
    return one is not None and other is not None and (one >= 0) == (other >= 0)


def _kept(before: float | None, after: float | None) -> Range:
    if before is None or after is None or not _same_side(before, after):
        return 0.0, 0.0
    return 0.0, min(before, after, key=abs)


def _added(before: float | None, after: float | None) -> Range:
    start = _kept(before, after)[1]
    return (start, after) if after is not None and abs(after) > abs(start) else (0.0, 0.0)


def _gone(before: float | None, after: float | None) -> Range:
    start = _kept(before, after)[1]
    return (start, before) if before is not None and abs(before) > abs(start) else (0.0, 0.0)


def _path(ranges: Sequence[Range], scale: Scale) -> str:
    left = (1 - FILL) / 2
    return boxes(
        [
            (i + left, HIGH * (1 - scale.at(max(one))), i + left + FILL, HIGH * (1 - scale.at(min(one))))
            for i, one in enumerate(ranges)
            if one[0] != one[1]
        ]
    )
