"""Bars, the longest first: how much in each place, or how full on a track of 0 to 100.

An HTML list, so that names wrap, can be links and are read in order without a style sheet; only the bar is SVG.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from catalog.site.draw.scale import Scale, real
from catalog.site.draw.svg import Alt, brief, el, html, link, pct, tone

MOST = 60
"""Bars drawn, the first ones after sorting; the page says how many there are."""


@dataclass(frozen=True)
class BarRow:
    """One bar.

    Attributes:
        label: its name.
        value: its length; None where there is no value.
        text: its value as written, or the words for a missing one.
        href: where its name leads; empty: nowhere.
        tone: class of its colour; empty: the accent.
    """

    label: str
    value: float | None
    text: str
    href: str = ""
    tone: str = ""


def bars(alt: Alt, rows: Sequence[BarRow], *, track: float | None = None, ordered: bool = False) -> Markup:
    """Return a list of bars from zero.

    Args:
        alt: the words of the list.
        rows: at most 60 are drawn.
        track: the value of a full bar, such as 100, drawn behind each; None: the longest bar is full.
        ordered: whether the rows stay as they are, as ages do; else the greatest stands first, missing ones last.

    Raises:
        ValueError: there is no such colour.
    """
    values = real(row.value for row in rows)
    order = list(range(len(rows)))
    if not ordered:
        order.sort(key=lambda i: (values[i] is None, -(values[i] or 0.0)))
    shown = order[:MOST]
    numbers = [value for i in shown if (value := values[i]) is not None]
    low, high = min([0.0, *numbers]), max([0.0, *numbers] if track is None else [track])
    scale = Scale((low, high if high > low else low + 1))
    items = [_item(rows[i], values[i], scale) for i in shown]
    return html("ul", *items, class_="pic-bars", aria_label=brief(f"{alt.title} {alt.desc}".strip()))


def _item(row: BarRow, value: float | None, scale: Scale) -> Markup:
    bar = el("svg", *_bar(row, value, scale), width="100%", height=12, aria_hidden="true")
    return html(
        "li",
        html("span", link(brief(row.label), row.href), class_="of"),
        bar,
        html("span", brief(row.text, 40), class_="is"),
    )


def _bar(row: BarRow, value: float | None, scale: Scale) -> list[Markup]:
    background = el("rect", width="100%", height="100%", rx=2, class_="track")
    if value is None:
        return [el("rect", width="100%", height="100%", rx=2, class_="missing")]
    start, end = sorted((scale.at(0.0), scale.at(value)))
    bar = el("rect", x=pct(start), width=pct(end - start), height="100%", rx=2, class_=tone(row.tone or "k1"))
    return [background, bar]
