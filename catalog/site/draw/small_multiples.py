"""Small multiples: one small line for each of 5 to 12 places, all on one scale."""

from collections.abc import Sequence
from dataclasses import replace

from markupsafe import Markup

from catalog.site.draw.axes import Steps
from catalog.site.draw.lines import Series, curve, last, line_scale, place, stretched_steps
from catalog.site.draw.scale import Number, Scale, filled
from catalog.site.draw.svg import Alt, brief, cut, el, holder, html, join, pct, picture, tone, width

MOST = 12
"""Small pictures in one list; for more there is `heat`."""


def small_multiples(alt: Alt, series: Sequence[Series], steps: Steps, *, number: Number, zero: bool = True) -> Markup:
    """Return a list of small pictures, in the order given.

    Args:
        alt: the words of the list.
        series: 1 to 12 lines; `peak` stands beside the name, as the newest value or what the caller likes.
        steps: the time axis; its first and last label are written.
        number: writes the value of a tick and, in the words of each picture, the last value.
        zero: as of `lines`.

    Raises:
        ValueError: more lines than that, or no such colour.
    """
    if len(series) > MOST:
        raise ValueError(f"{len(series)} small pictures, at most {MOST}: draw a heat strip")
    series = [replace(one, values=filled(one.values, steps.count)) for one in series]
    scale = line_scale([one.values for one in series], zero)
    ticks = [scale.ticks[0], scale.ticks[len(scale.ticks) // 2]]
    left = max(width(cut(number(tick), 5)) for tick in ticks)
    items = [html("li", _head(one), holder(_small(one, scale, ticks, steps, number), left=left, class_="axes tiny"))
             for one in series]  # fmt: skip
    return html("ul", *items, class_="pic-multi", aria_label=brief(f"{alt.title} {alt.desc}".strip()))


def _head(one: Series) -> Markup:
    value = html("b", brief(one.peak, 40)) if one.peak else Markup("")
    return html("p", html("span", brief(one.label, 60)), value)


def _small(one: Series, scale: Scale, ticks: Sequence[float], steps: Steps, number: Number) -> Markup:
    name, end = tone(one.tone or "k1"), last(one.values)
    grid = [
        part
        for tick in ticks
        for part in (
            el("line", x2="100%", y1=pct(1 - scale.at(tick)), y2=pct(1 - scale.at(tick)),
               class_="g0" if tick == scale.low else "g"),
            el("text", cut(number(tick), 5), y=pct(1 - scale.at(tick)), dx=-8, dy=".35em", class_="y"),
        )
    ]  # fmt: skip
    named = sorted(i for i, text in steps.labels.items() if 0 <= i < steps.count and text)
    edges = [("s", 0, named[0])] if named else []
    edges += [("e", 1, named[-1])] if len(named) > 1 else []
    words = [
        el("text", cut(steps.labels[i], 5), x=pct(at), y="100%", dy="1.35em", class_=f"{side} x")
        for side, at, i in edges
    ]
    dot = (
        el("circle", cx=pct(place(end[0], steps.count)), cy=pct(1 - scale.at(end[1])), r=3, class_=f"d {name}")
        if end
        else ""
    )
    line = stretched_steps(steps.count, curve(one.values, scale, steps.count, name))
    said = f"{one.label} {number(end[1])}" if end else one.label
    return picture(Alt(said), join([*grid, line, dot, *words]), class_="plot", height=64)
