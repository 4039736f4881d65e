"""A heat strip: a row a place, a column a time step, five steps of one colour, stripes where there is no value."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from markupsafe import Markup

from catalog.site.draw.axes import Steps, below
from catalog.site.draw.scale import Values, buckets, filled
from catalog.site.draw.svg import EM, Alt, cut, el, hatch, holder, join, num, picture, stretched, title, width

MOST_ROWS, MOST_STEPS = 60, 300
"""Rows drawn, the first ones; columns drawn: of more steps, neighbours become one with their greatest value."""
_ROW = 20
"""px of a row."""


@dataclass(frozen=True)
class HeatRow:
    """One place.

    Attributes:
        label: its name.
        values: one for each step; None where there is none.
        text: what stands at the right, such as its greatest value; empty: nothing.
    """

    label: str
    values: Values
    text: str = ""


def heat(alt: Alt, rows: Sequence[HeatRow], steps: Steps, *, bounds: Sequence[float]) -> Markup:
    """Return a heat strip.

    Args:
        alt: the words of the picture.
        rows: at most 60 are drawn, the first ones; the page says how many there are.
        steps: the time axis, named above the rows.
        bounds: 1 to 4 ascending values; a value on a bound belongs to the step above it.

    Raises:
        ValueError: bounds that are too many, too few or not ascending.
    """
    if not 1 <= len(bounds) <= 4 or any(one >= other for one, other in pairwise(bounds)):
        raise ValueError(f"bounds {list(bounds)}: 1 to 4 ascending values make 2 to 5 steps of colour")
    rows = [HeatRow(row.label, filled(row.values, steps.count), row.text) for row in rows[:MOST_ROWS]]
    names, texts = [cut(row.label, 7) for row in rows], [cut(row.text, 6) for row in rows]
    left, right = max(map(width, names), default=0), max(map(width, texts), default=0)
    count, high = max(steps.count, 1), _ROW * max(len(rows), 1)
    inside = [
        *_cells(rows, max(steps.count, 1), bounds),
        *(_names(row, names[i], texts[i], i) for i, row in enumerate(rows)),
        below(steps, lambda i: (i + 0.5) / count, (left + right) * EM + 16, above=True),
    ]
    made = picture(alt, join(inside), class_="rows", height=high)
    return holder(made, left=left, right=right, class_="heat")


def _names(row: HeatRow, name: str, text: str, index: int) -> Markup:
    y, full = _ROW * (index + 0.5), title(row.label) if name != row.label else Markup("")
    end = el("text", text, x="100%", y=y, dx=8, dy=".35em", class_="v") if text else Markup("")
    return el("text", name, full, y=y, dx=-8, dy=".35em", class_="y") + end


def _cells(rows: Sequence[HeatRow], count: int, bounds: Sequence[float]) -> list[Markup]:
    """One path for each colour: equal neighbours of a row are one stroke, as thick as the row.

    Stripes lie below all, and are seen where a row has no value; paper lies between the rows.
    """
    found: dict[int, list[str]] = {}
    wide = -(-count // -(-count // MOST_STEPS))
    gaps = False
    for index, row in enumerate(rows):
        cells = [None if part is None else _step(part[1], bounds) for part in buckets(row.values, MOST_STEPS)]
        gaps = gaps or None in cells or not cells
        for step, path in _strokes(cells, index).items():
            found.setdefault(step, []).append(path)
    paths = [el("path", d="".join(parts), class_=f"q{step}") for step, parts in sorted(found.items())]
    between = el("path", d="".join(f"M0 {i}h{wide}" for i in range(len(rows) + 1)), class_="between")
    stripes = [hatch(0, 0, 1, 1)] if gaps and rows else []
    return [*stripes, stretched(wide, len(rows) or 1, *paths, between, class_="cells")]


def _step(value: float, bounds: Sequence[float]) -> int:
    """The colour of a value: with fewer bounds than four, colours of the darker end."""
    return bisect_right(bounds, value) + 5 - len(bounds)


def _strokes(steps: Sequence[int | None], row: int) -> dict[int, str]:
    """The strokes of one row, by colour."""
    paths: dict[int, str] = {}
    ends: dict[int, int] = {}
    at = 0
    for step, group in groupby(steps):
        length = len(list(group))
        if step is not None:
            move = f"m{at - ends[step]} 0" if step in ends else f"M{at} {num(row + 0.5)}"
            paths[step] = paths.get(step, "") + f"{move}h{length}"
            ends[step] = at + length
        at += length
    return paths
