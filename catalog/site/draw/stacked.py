"""One bar of parts that make a whole: up to 4 kinds, the rest together in grey."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from catalog.site.draw.scale import real
from catalog.site.draw.svg import Alt, brief, el, holder, html, join, pct, picture, swatch, title, tone

MOST = 6
"""Parts of one bar; more are not told apart."""


@dataclass(frozen=True)
class Part:
    """One part of a whole.

    Attributes:
        label: its name.
        value: how much; none or less than zero takes no room.
        text: its value as written.
        tone: class of its colour; empty: by its place in the list, the fifth and sixth grey.
    """

    label: str
    value: float | None
    text: str
    tone: str = ""


def stacked(alt: Alt, parts: Sequence[Part]) -> Markup:
    """Return a bar of parts, in the order given, with their names and values below it.

    The names stand in a list, not at the marks: a part of one percent has a name as long as that of the greatest.

    Args:
        alt: the words of the picture.
        parts: 1 to 6.

    Raises:
        ValueError: more parts than that, or no such colour.
    """
    if len(parts) > MOST:
        raise ValueError(f"{len(parts)} parts in one bar, at most {MOST}: draw bars")
    names = [tone(part.tone or f"k{i + 1 if i < 4 else 0}") for i, part in enumerate(parts)]
    values = [max(0.0, value or 0.0) for value in real(part.value for part in parts)]
    whole = sum(value / MOST for value in values)
    at, marks = 0.0, []
    for part, name, value in zip(parts, names, values, strict=True):
        share = value / MOST / whole if whole else 0.0
        if share > 0:
            words = title(f"{part.label} {part.text}".strip())
            marks.append(el("rect", words, x=pct(at), width=pct(share), height="100%", class_=f"part {name}"))
        at += share
    track = Markup("") if marks else el("rect", width="100%", height="100%", class_="track")
    bar = picture(alt, track, *marks, class_="bar", height=20)
    return holder(join([bar, _names(parts, names)]), class_="stacked")


def _names(parts: Sequence[Part], tones: Sequence[str]) -> Markup:
    items = [
        html("li", swatch(name), html("span", brief(part.label, 60)), " ", html("b", brief(part.text, 40)))
        for part, name in zip(parts, tones, strict=True)
    ]  # fmt: skip
    return html("ul", *items, class_="pic-key")
