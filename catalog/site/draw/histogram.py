"""How values are spread: a small picture of counts in ascending ranges."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from catalog.site.draw.axes import Spot, Steps, below, boxes, plot, spots_at
from catalog.site.draw.columns import middle_of
from catalog.site.draw.scale import scale_of
from catalog.site.draw.svg import Alt, el, join, pct, stretched

MOST = 100
"""Ranges in one picture; the rest is left out."""
WIDE, TALL = 10, 100
"""Units of one range, and of the highest one."""


@dataclass(frozen=True)
class Bin:
    """One range of values.

    Attributes:
        count: how many values lie in it.
        label: words under it, such as where it begins; empty: none.
        mark: words above it; empty: none.
    """

    count: float
    label: str = ""
    mark: str = ""


def histogram(alt: Alt, bins: Sequence[Bin]) -> Markup:
    """Return a distribution; there is no value axis: the caller marks the highest column with its count.

    Args:
        alt: the words of the picture.
        bins: ascending ranges of equal width, at most 100.
    """
    bins = bins[:MOST]
    scale = scale_of([max(0.0, one.count) for one in bins], zero=True)
    top = max([scale_count for one in bins if (scale_count := scale.at(max(0.0, one.count)))], default=1.0)
    shares = [scale.at(max(0.0, one.count)) / top for one in bins]
    # Whole numbers: of a small picture nobody sees more, and a page has many of them.
    tall = [(i, max(1, round(TALL * share))) for i, share in enumerate(shares) if share > 0]
    path = boxes([(WIDE * i, TALL - high, WIDE * i + WIDE - 1, TALL) for i, high in tall])
    steps = Steps(len(bins), {i: one.label for i, one in enumerate(bins) if one.label})
    spots = [Spot(middle_of(i, len(bins)), 1 - shares[i], one.mark, "mark") for i, one in enumerate(bins) if one.mark]
    inside = [
        stretched(
            WIDE * (len(bins) or 1), TALL, *([el("path", d=path, class_="col k1")] if path else []), class_="over"
        ),
        el("line", x2="100%", y1=pct(1), y2=pct(1), class_="g0"),
        spots_at(spots, "-.45em", 0),
        below(steps, lambda i: middle_of(i, len(bins)), 0),
    ]
    return plot(alt, join(inside), left=0, class_="low marked" if spots else "low")
