"""Rows that a release corrected or removed, in the words of one language: titles, labels of codes, units."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from catalog.declaration.dates import Dates
from catalog.release.changes import Counts
from catalog.release.digest import Document
from catalog.site.changed import Cell, ChangedRow, ReleaseChanges, Values, Where
from catalog.site.measures import unit as unit_words
from catalog.site.named import Named
from catalog.site.sources import Released
from catalog.site.words import ZONE, Words

SHOWN, SHOWN_REMOVALS, SHOWN_PLACES = 20, 10, 8
"""Lines that stand open in a table; the others are folded. A phone shows all of it on six screens."""
MOST_LABELS = 2_000
"""Of a column, in a page for its script."""
MOST_CELLS = 8
"""Cells of one row that are shown; the file has all."""
KINDS = {"year": "integer", "yearmonth": "string"}
"""What the values of a period are to a script in a page."""
_ZONE: str = Dates.model_fields["zone"].default
_PLAIN = (Decimal("1e-7"), Decimal("1e15"))
"""Numbers between these are written without an exponent."""


class ShownCell(NamedTuple):
    """A cell of a row that was corrected or removed."""

    column: str
    before: str
    after: str = ""
    by: str = ""
    """How much more or less, of a number."""


class ShownRow(NamedTuple):
    """A row, named by its key in words."""

    key: list[str]
    cells: list[ShownCell]
    more: int
    """Cells that are left out."""


class ShownRows(NamedTuple):
    """The rows of a table."""

    rows: list[ShownRow]
    same: list[str]
    """What of the key is the same in all of them, and is said once."""
    column: str
    """Title and unit of the only column that is in it; nothing if there are several."""
    left_out: int
    """How many rows the page does not list."""


class ShownCount(NamedTuple):
    """How many rows changed at a place or in a period."""

    name: str
    counts: Counts
    share: int
    """Of the longest bar, 0 to 100."""
    labelled: bool
    """Whether the name is more than the code."""


class Cells:
    """Writes values as a reader of one language expects them."""

    def __init__(self, words: Words, released: Released, named: Named) -> None:
        self.words, self.named = words, named
        self._columns = {each["name"]: each for each in released.schema["fields"]}

    def title(self, column: str) -> str:
        """Return the title of a column, its name if it has none."""
        return self.title_of(self._columns.get(column, {"name": column}))

    def title_of(self, column: Document) -> str:
        """Return the title of a column as a schema has it."""
        translated = column.get("translations", {}).get(self.words.language, {}).get("title")
        return str(translated or column.get("title") or column["name"])

    def head(self, column: str) -> str:
        """Return title and unit of a column."""
        unit = unit_words(self.words, self._columns.get(column, {}).get("unit", ""))
        title = self.title(column)
        return self.words.plain("changespage.with_unit", title=title, unit=unit) if unit else title

    def value(self, column: str, value: Any) -> str:
        """Return a value as it is shown; what is missing is said in a word."""
        if value is None:
            return self.words.plain("changespage.no_value")
        label = self.named.label(column, str(value), self.words.language)
        if label:
            return label
        if isinstance(value, bool):
            return self.words.plain("changespage.true" if value else "changespage.false")
        if isinstance(value, dt.datetime):
            local = value.astimezone(ZONE)
            return f"{local:%Y-%m-%d %H:%M:%S}" if local.second else f"{local:%Y-%m-%d %H:%M}"
        if isinstance(value, int | float):  # a year or a count of doors is no quantity
            return number(value, grouped="unit" in self._columns.get(column, {}))
        return str(value)

    def labelled(self, column: str, value: str) -> bool:
        """Return whether a value is shown by a label."""
        return bool(self.named.label(column, value, self.words.language))

    def labels(self, column: str) -> dict[str, str]:
        """Return what the codes of a column are called, unless there are too many for a page."""
        names = self.named.codes.get(column, {})
        if len(names) > MOST_LABELS:
            return {}
        return {code: each[self.words.language] for code, each in names.items() if self.words.language in each}

    def key(self, row: ChangedRow, columns: Sequence[str]) -> list[str]:
        """Return the key of a row in words; a code by the name that the row gives it."""
        parts = []
        for column in columns:
            beside = self.named.beside.get(column, {}).get(self.words.language)
            name = row.beside.get(beside) if beside else None
            parts.append(str(name) if name else self.value(column, row.key[column]))
        return parts


def number(value: float, *, signed: bool = False, grouped: bool = True) -> str:
    """Return a number with groups of three digits, decimals as they were measured, and a true minus.

    Args:
        value: the number.
        signed: whether a plus is written.
        grouped: whether digits stand in groups of three.
    """
    exact = Decimal(repr(value))
    plain = not exact or _PLAIN[0] <= abs(exact) < _PLAIN[1]
    text = f"{exact:{',' if grouped else ''}f}" if plain else repr(value)
    text = text.removesuffix(".0")
    sign = "+" if signed and exact > 0 else ""
    return sign + text.replace("-", "−")


def corrections(cells: Cells, changed: ReleaseChanges) -> ShownRows:
    """Return the rows that were corrected, before and after."""
    columns = sorted({cell.column for row in changed.updated for cell in row.cells})
    shown = [(row, [_corrected(cells, cell) for cell in row.cells]) for row in changed.updated]
    return _rows(cells, shown, columns, changed.counts.update)


def removals(cells: Cells, changed: ReleaseChanges) -> ShownRows:
    """Return the rows that were removed, with what they had said."""
    rows = [(row, _said(cells, row)) for row in changed.deleted]
    columns = sorted({column for _, said in rows for column in said})
    shown = [
        (row, [ShownCell(cells.head(name), cells.value(name, value)) for name, value in said.items()])
        for row, said in rows
    ]
    return _rows(cells, shown, columns, changed.counts.delete)


def places(cells: Cells, where: Where) -> list[ShownCount]:
    """Return how many rows changed, by place or period."""
    most = max((sum(counts) for _, counts in where.counts), default=1)
    return [
        ShownCount(
            value if where.grain else cells.value(where.column, value or None),
            counts,
            -(-100 * sum(counts) // most),
            cells.labelled(where.column, value),
        )
        for value, counts in where.counts
    ]


def columns(cells: Cells, released: Released) -> list[Document]:
    """Return the columns of a release as a script in the page needs them: title, kind, unit, zone of times, labels."""
    declared = {each["name"]: each for each in released.declared.get("schema", {}).get("fields", ())}
    zones = {name: (each.get("date") or {}).get("zone") for name, each in declared.items()}
    return [
        {
            "name": each["name"],
            "title": cells.title_of(each),
            "kind": KINDS.get(each["type"], each["type"]),
            "unit": unit_words(cells.words, each.get("unit", "")),
            "zone": zones.get(each["name"]) or _ZONE,
            "labels": cells.labels(each["name"]),
        }
        for each in released.schema["fields"]
    ]


def _said(cells: Cells, row: ChangedRow) -> Values:
    """What a removed row said, without the names that stand in its key already."""
    names = {name for column in row.key for name in cells.named.beside.get(column, {}).values()}
    return {name: value for name, value in row.beside.items() if value is not None and name not in names}


def _corrected(cells: Cells, cell: Cell) -> ShownCell:
    both = (cell.before, cell.after)
    by = ""
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in both):
        by = number(_less(cell.after, cell.before), signed=True)
    before, after = (cells.value(cell.column, value) for value in both)
    return ShownCell(cells.head(cell.column), before, after, by)


def _less(after: float, before: float) -> float:
    """The difference of two numbers as they are written: 0.3 less 0.1 is 0.2."""
    found = Decimal(repr(after)) - Decimal(repr(before))
    return int(found) if isinstance(after, int) and isinstance(before, int) else float(found)


def _rows(
    cells: Cells, shown: list[tuple[ChangedRow, list[ShownCell]]], columns: Sequence[str], count: int
) -> ShownRows:
    names = list(shown[0][0].key) if shown else []
    first = shown[0][0].key if shown else {}
    same = [name for name in names if all(row.key[name] == first[name] for row, _ in shown)]
    if len(shown) == 1 or len(same) == len(names):
        same = []
    varying = [name for name in names if name not in same]
    return ShownRows(
        [
            ShownRow(cells.key(row, varying), found[:MOST_CELLS], max(0, len(found) - MOST_CELLS))
            for row, found in shown
        ],
        cells.key(shown[0][0], same) if same else [],
        cells.head(columns[0]) if len(columns) == 1 else "",
        max(0, count - len(shown)),
    )
