"""Lines over time: up to 4 places or measures, each named at its end; a missing value is a gap."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from catalog.site.draw.axes import LONGEST_END, LOW, NARROW, Spot, Steps, below, fitting, grid, gutter, plot, spots_at
from catalog.site.draw.scale import Number, Scale, Values, apart, filled, middle, real, runs, scale_of
from catalog.site.draw.svg import EM, Alt, cut, el, join, num, pct, stretched, title, tone, width

MOST = 4
"""Lines in one picture; for more there are `small_multiples` and `heat`."""
UNITS = 1000.0
_GAP = 1.25
"""em between two labels at the right."""


@dataclass(frozen=True)
class Series:
    """One line.

    Attributes:
        label: what is written at its end, with its last value.
        values: one for each step; None where there is none.
        peak: what is written at its highest point; empty: nothing.
        tone: class of its colour; empty: by its place in the list.
    """

    label: str
    values: Values
    peak: str = ""
    tone: str = ""


@dataclass(frozen=True)
class Band:
    """A range of values that has a name.

    Attributes:
        low: from.
        high: to.
        label: its name.
        tone: class of its colour; empty: only its name is written.
    """

    low: float
    high: float
    label: str
    tone: str = ""


def lines(
    alt: Alt, series: Sequence[Series], steps: Steps, *, number: Number, bands: Sequence[Band] = (), zero: bool = True
) -> Markup:
    """Return lines over time.

    Args:
        alt: the words of the picture.
        series: 1 to 4 lines, each with a value for each step.
        steps: the time axis.
        number: writes the value of a tick.
        bands: named ranges behind the lines; what lies outside the scale is not drawn.
        zero: whether the scale may go on to zero where that costs less than half of it; `zero_shown` says if it does.

    Raises:
        ValueError: more lines than that, or no such colour.
    """
    if len(series) > MOST:
        raise ValueError(f"{len(series)} lines in one picture, at most {MOST}: draw small multiples or a heat strip")
    series = [replace(one, values=filled(one.values, steps.count)) for one in series]
    scale = line_scale([one.values for one in series], zero)
    tones = [tone(one.tone or f"k{i + 1}") for i, one in enumerate(series)]
    ends = [cut(one.label, LONGEST_END) for one in series]
    left, right = gutter(scale, number), max(map(width, ends), default=0) + 0.9
    room = (left + right) * EM + 16
    peaks = _peaks(series, tones, scale, steps.count, room)
    curves = join(curve(one.values, scale, steps.count, name) for one, name in zip(series, tones, strict=True))
    inside = [
        *(_band(band, scale) for band in bands),
        grid(scale, number),
        stretched_steps(steps.count, curves),
        *(_dot(one.values, scale, steps.count, name) for one, name in zip(series, tones, strict=True)),
        *(_name(band, scale, series, steps.count) for band in bands),
        spots_at(peaks, "-.6em", room),
        _ends(series, ends, tones, scale),
        below(steps, lambda i: place(i, steps.count), room),
    ]
    return plot(alt, join(inside), left=left, right=right, class_="peaks" if peaks else "")


def line_scale(values: Sequence[Values], zero: bool = True) -> Scale:
    """Return the scale of lines: with zero where the values leave less than half of it empty."""
    numbers = [value for one in values for value in real(one) if value is not None]
    near = bool(numbers) and min(numbers) <= max(numbers) / 2 if min(numbers, default=0) >= 0 else True
    return scale_of(numbers, zero and near)


def zero_shown(values: Sequence[Values], zero: bool = True) -> bool:
    """Return whether lines of these values are drawn with zero; if not, the page says so."""
    scale = line_scale(values, zero)
    return scale.low <= 0 <= scale.high


def place(index: int, count: int) -> float:
    """Return where a step of a line stands, as a share of the width."""
    return index / (count - 1) if count > 1 else 0.5


def curve(values: Values, scale: Scale, count: int, class_: str) -> Markup:
    """Return a line for `stretched_steps`; each run of values is a line of its own, a lone value a dot."""
    path = []
    for run in runs(values):
        points = [f"{num(place(i, count) * _span(count))} {UNITS * (1 - scale.at(value)):.0f}" for i, value in run]
        path.append(f"M{' '.join(points)}" + ("h0" if len(run) == 1 else ""))
    return el("path", d="".join(path), class_=f"l {class_}") if path else Markup("")


def stretched_steps(count: int, *curves: Markup) -> Markup:
    """Return curves stretched over the picture: one unit wide from step to step, so that paths are short."""
    return stretched(_span(count), UNITS, *curves, class_="over")


def _span(count: int) -> int:
    return max(count - 1, 1)


def last(values: Values) -> tuple[int, float] | None:
    """Return the last value there is, with its index."""
    return next(((i, one) for i, one in reversed(list(enumerate(real(values)))) if one is not None), None)


def _dot(values: Values, scale: Scale, count: int, class_: str) -> Markup:
    """A dot on the last value there is."""
    found = last(values)
    if found is None:
        return Markup("")
    return el("circle", cx=pct(place(found[0], count)), cy=pct(1 - scale.at(found[1])), r=3.5, class_=f"d {class_}")


def _ends(series: Sequence[Series], texts: Sequence[str], tones: Sequence[str], scale: Scale) -> Markup:
    """The names at the right, each at the height of its last value, pushed apart where they would touch."""
    ending = [(i, last(one.values)) for i, one in enumerate(series)]
    order = [(i, 1 - scale.at(end[1])) for i, end in ending if end is not None and texts[i]]
    gap = _GAP * EM / LOW
    parts = []
    for group in apart([y for _, y in order], gap, 0, 1):
        y = middle([order[at][1] for at in group], gap, 0, 1)
        for row, at in enumerate(group):
            i, dy = order[at][0], _GAP * (row - (len(group) - 1) / 2) + 0.35
            full = title(series[i].label) if texts[i] != series[i].label else Markup("")
            text = el("text", texts[i], full, x="100%", y=pct(y), dx=9, dy=f"{num(dy)}em", class_=f"end {tones[i]}")
            parts.append(text)
    return join(parts)


def _peaks(series: Sequence[Series], tones: Sequence[str], scale: Scale, count: int, room: float) -> list[Spot]:
    """The highest points that have words, the highest first, without those that another one covers."""
    found = []
    for one, name in zip(series, tones, strict=True):
        numbers = [(value, -i) for i, value in enumerate(real(one.values)) if value is not None]
        if numbers and one.peak:
            value, back = max(numbers)
            found.append((value, Spot(place(-back, count), 1 - scale.at(value), cut(one.peak, 12), f"peak {name}")))
    spots = [spot for _, spot in sorted(found, key=lambda pair: -pair[0])]
    kept = fitting(spots, NARROW - room)
    return [spots[i] for i in kept]


def _inside(band: Band, scale: Scale) -> tuple[float, float]:
    """From where to where a band goes, in shares from above."""
    return 1 - scale.at(max(band.low, band.high)), 1 - scale.at(min(band.low, band.high))


def _band(band: Band, scale: Scale) -> Markup:
    top, bottom = _inside(band, scale)
    if bottom <= top or not band.tone:
        return Markup("")
    return el("rect", width="100%", y=pct(top), height=pct(bottom - top), class_=f"band {tone(band.tone)}")


def _name(band: Band, scale: Scale, series: Sequence[Series], count: int) -> Markup:
    """The name of a band, in the one of its corners where the fewest values are."""
    top, bottom = _inside(band, scale)
    if (bottom - top) * LOW < 1.5 * EM or not band.label:
        return Markup("")
    text, high = cut(band.label, 12), 1.5 * EM / LOW
    wide = width(text) * EM / NARROW + 0.15
    dots = [(place(i, count), 1 - scale.at(value)) for one in series for run in runs(one.values) for i, value in run]

    def crowd(corner: tuple[bool, bool]) -> int:
        right, low = corner
        near = (y for x, y in dots if (x > 1 - wide if right else x < wide))
        return sum(bottom - high < y < bottom if low else top < y < top + high for y in near)

    right, low = min([(True, False), (True, True), (False, False), (False, True)], key=crowd)
    return el(
        "text",
        text,
        x="100%" if right else 0,
        y=pct(bottom if low else top),
        dx=-5 if right else 5,
        dy="-.5em" if low else "1.25em",
        class_="bl e" if right else "bl s",
    )
