"""One place among many: a dot for each on one line, the place in question large."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from catalog.site.draw.axes import NARROW, edge
from catalog.site.draw.scale import Scale, real
from catalog.site.draw.svg import Alt, cut, el, holder, join, pct, picture, title

MOST = 400
"""Dots on one line; of more, those that stand where another one stands are left out."""


@dataclass(frozen=True)
class RangeDot:
    """One place.

    Attributes:
        value: where it stands; without a value it is not drawn.
        title: its name and value.
        marked: whether it is the place in question.
    """

    value: float | None
    title: str
    marked: bool = False


def range_line(alt: Alt, dots: Sequence[RangeDot], *, low: str = "", high: str = "", mark: str = "") -> Markup:
    """Return dots on a line from the least value to the greatest.

    Args:
        alt: the words of the picture.
        dots: the places; the marked ones are drawn last, above the others.
        low: words below the least value; left out where `mark` stands there.
        high: words below the greatest value; left out where `mark` stands there.
        mark: words above the first marked place.
    """
    values = real(dot.value for dot in dots)
    numbers = [value for value in values if value is not None]
    scale = Scale((min(numbers, default=0.0), max(numbers, default=0.0)))
    spread = scale.high > scale.low
    places = [
        (scale.at(value) if spread else 0.5, dot) for value, dot in zip(values, dots, strict=True) if value is not None
    ]
    if len(places) > MOST:
        places = list({(round(at * MOST), dot.marked): (at, dot) for at, dot in places}.values())
    marked = [(at, dot) for at, dot in places if dot.marked]
    drawn = [*((at, dot) for at, dot in places if not dot.marked), *marked]
    at = marked[0][0] if mark and marked else 0.5
    words = []
    if low and numbers and at > 0:
        words.append(el("text", cut(low, 10), y="50%", dy="2em", class_="s x"))
    if high and spread and at < 1:
        words.append(el("text", cut(high, 10), x="100%", y="50%", dy="2em", class_="e x"))
    if mark and marked:
        text = cut(mark, 16)
        words.append(el("text", text, x=pct(at), y="50%", dy="-1em", class_=f"{edge(at, text, NARROW)} mark k1"))
    line = el("line", x2="100%", y1="50%", y2="50%", class_="g0")
    made = picture(alt, line, join(_dot(at, dot) for at, dot in drawn), *words, class_="bar", height=56)
    return holder(made, class_="range")


def _dot(at: float, dot: RangeDot) -> Markup:
    name = "d k1" if dot.marked else "d rest"
    return el("circle", title(dot.title), cx=pct(at), cy="50%", r=8 if dot.marked else 5, class_=name)
