"""A tile map: each place a tile at about its place, with its name and value; a tile may lead to the page of the place.

An HTML list, not SVG: it is read in the order given without a style sheet, its links are reached with the keyboard, and
its letters are those of the page.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from catalog.site.draw.svg import Alt, brief, html, link, tone

MOST = 12
"""Columns, and rows, that style.css knows."""


@dataclass(frozen=True)
class Tile:
    """One place.

    Attributes:
        column: 1 to 12, from the left.
        row: 1 to 12, from above.
        label: its name, short: four characters fit on a phone.
        text: its value as written.
        tone: class of its colour; empty: none.
        says: words for what the colour means, for those who do not see it.
        href: where it leads; empty: nowhere.
    """

    column: int
    row: int
    label: str
    text: str
    tone: str = ""
    says: str = ""
    href: str = ""


def tiles(alt: Alt, cells: Sequence[Tile]) -> Markup:
    """Return a tile map.

    Args:
        alt: the words of the list.
        cells: the places, in the order in which they are read; a place for each.

    Raises:
        ValueError: two tiles at one place, a place beyond the grid, or no such colour.
    """
    taken: set[tuple[int, int]] = set()
    for cell in cells:
        at = (cell.column, cell.row)
        if at in taken or not (1 <= cell.column <= MOST and 1 <= cell.row <= MOST):
            raise ValueError(f"tile {cell.label!r} at column {cell.column}, row {cell.row}: taken, or not 1 to {MOST}")
        taken.add(at)
    wide = max((cell.column for cell in cells), default=1)
    items = [_item(cell) for cell in cells]
    return html("ul", *items, class_=f"pic-tiles w{wide}", aria_label=brief(f"{alt.title} {alt.desc}".strip()))


def _item(cell: Tile) -> Markup:
    says = html("span", f" {brief(cell.says, 60)}", class_="unseen") if cell.says else Markup("")
    inside = html("span", brief(cell.label, 40)) + " " + html("b", brief(cell.text, 20)) + says
    names = [f"x{cell.column}", f"y{cell.row}", *([tone(cell.tone)] if cell.tone else [])]
    return html("li", link(inside, cell.href), class_=" ".join(names))
