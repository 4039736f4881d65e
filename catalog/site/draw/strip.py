"""A strip of periods: which are complete, which in part, which are missing. Height tells it as well as colour."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from markupsafe import Markup

from catalog.site.draw.axes import Steps, below
from catalog.site.draw.svg import Alt, el, holder, join, num, pct, picture, title

MOST = 400
"""Periods with a box and a title of their own; of more, equal neighbours are one box with the titles of both ends."""
State = Literal["complete", "partial", "missing", "unknown"]
_HIGH = {"complete": 1.0, "partial": 0.55, "missing": 1.0, "unknown": 0.18}


@dataclass(frozen=True)
class StripCell:
    """One period.

    Attributes:
        state: what came of it.
        title: what is said of it: the period, and how much of it is there.
    """

    state: State
    title: str = ""


def strip(alt: Alt, cells: Sequence[StripCell], steps: Steps | None = None, *, merged: bool = False) -> Markup:
    """Return a strip of periods.

    Args:
        alt: the words of the picture.
        cells: the periods in order.
        steps: words below some of them; None: none.
        merged: whether equal neighbours are one box however few there are.
    """
    count = len(cells) or 1
    boxes = [(i, 1, cell.state, cell.title) for i, cell in enumerate(cells)]
    if merged or len(cells) > MOST:
        boxes = _merged(cells)
    marks = (_box(at / count, length / count, state, words) for at, length, state, words in boxes)
    named = below(steps, lambda i: (i + 0.5) / count, 0, slack=0) if steps else Markup("")
    made = picture(alt, join(marks), named, class_="bar", height=24)
    return holder(made, class_="strip named" if steps else "strip")


def _merged(cells: Sequence[StripCell]) -> list[tuple[int, int, State, str]]:
    found, at = [], 0
    for state, group in groupby(cells, key=lambda cell: cell.state):
        members = list(group)
        ends = members[0].title if len(members) == 1 else f"{members[0].title} – {members[-1].title}"
        found.append((at, len(members), state, ends))
        at += len(members)
    return found


def _box(at: float, wide: float, state: State, words: str) -> Markup:
    high = _HIGH[state]
    # A box keeps a twelfth of its room as a gap, so that neighbours are told apart at any width.
    gap = min(wide / 12, 0.002)
    place = {
        "x": pct(at),
        "y": pct(1 - high) if high < 1 else None,
        "width": f"{num(100 * (wide - gap))}%",
        "height": pct(high),
    }
    return el("rect", title(words), **place, class_=state)
