"""Rows of cells, as a CSV file or a sheet holds them -> a table of text: titles, header lines, notes, ragged rows.

pandas finds titles and footers by their number of lines alone. Agencies change that number without a word, so here a
declaration can also tell such lines by their texts, and a line that is missing is an error.
"""

import collections
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Annotated, Literal, NamedTuple, Self

import pyarrow as pa
from pydantic import Field, model_validator

from catalog.declaration.names import begins, fold_name
from catalog.declaration.strict import Listed, Strict, Texts
from catalog.errors import SourceError
from pipelines.decode.parts import limits
from pipelines.decode.parts.beside import FAULT, TITLE, check_names, with_constant

Cells = Sequence[str | None]
Row = tuple[int, Cells]
"""Where it stands, from 1, and its cells."""


class Layout(Strict):
    """How a table lies in its file. What is not said is not there: one header line, then rows as wide as it."""

    skip: int = Field(default=0, ge=0, le=1_000, description="lines above the header: titles, units")
    after: Texts = Field(
        default=(), description="the header follows the row whose first text begins so; there must be one"
    )
    header: int | Annotated[tuple[str, ...], Listed] = Field(
        default=1, description="how many header lines; or the first text of each, which must then be there"
    )
    header_line: int | None = Field(
        default=None, ge=1, description="which of them names the columns; default: all together, from top to bottom"
    )
    units_line: bool | dict[str, str] = Field(
        default=False,
        description="true: the line below the header holds units, no data; or the unit that each column must have",
    )
    columns: Annotated[tuple[str, ...], Listed] = Field(default=(), description="names instead of the header's")
    repeated: Literal["refuse", "number"] = Field(
        default="refuse", description="a name that stands again: number makes it `Status 2`"
    )
    ragged: Literal["refuse", "pad", "quarantine"] = Field(
        default="refuse",
        description="rows of other widths: pad fills short ones, and cuts empty cells off long ones; quarantine: each"
        " leaves alone",
    )
    empty_rows: Literal["keep", "drop"] = "keep"
    empty_columns: Literal["keep", "drop"] = Field(
        default="keep", description="columns with neither a name nor a text in any row"
    )
    notes: Texts = Field(default=(), description="rows whose first text begins so are no data, wherever they stand")
    skip_last: int = Field(default=0, ge=0, le=1_000, description="rows at the end: notes, totals")
    until: Texts = Field(
        default=(), description="the table ends above the row whose first text begins so; there must be one"
    )

    @property
    def header_lines(self) -> int:
        """How many header lines there are."""
        return self.header if isinstance(self.header, int) else len(self.header)

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if not 0 <= self.header_lines <= 20:
            raise ValueError("header: expected 0 to 20 lines")
        if self.header_lines == 0 and not self.columns:
            raise ValueError("header: without a header line, `columns` must name the columns")
        if self.header_line is not None and self.header_line > self.header_lines:
            raise ValueError(f"header_line: there are {self.header_lines} header lines")
        if self.skip_last and self.until:
            raise ValueError("skip_last, until: each says where the table ends; declare one of them")
        return self


class Unfit(list[str | None]):
    """In the place of a row of another width: no cells, and its raw text."""

    def __init__(self, width: int, raw: str, told: str) -> None:
        super().__init__([None] * width)
        self.raw, self.told = raw, told


def _joined(_: int, cells: Cells) -> str:
    return "\t".join(cell or "" for cell in cells)


class RowsWritten(NamedTuple):
    """How rows stand in a file."""

    place: str = "line"
    """What a row is called in messages."""
    raw: Callable[[int, Cells], str] = _joined
    """The raw text of a row, by where it stands and its cells."""
    open_end: bool = False
    """Whether a row stores no empty cells at its end, so that a short one is not of another width."""


_LINES = RowsWritten()


def lay(rows: Iterable[Row], layout: Layout, written: RowsWritten = _LINES, above: Sequence[Cells] = ()) -> pa.Table:
    """Lay rows out as a table of text.

    Args:
        rows: from the header on, in order; a row without cells is no row, except in a table of one column.
        layout: as declared.
        written: how they stand in the file.
        above: the rows that were skipped; may be filled while `rows` are read.

    Returns:
        The records; with the column `beside.TITLE` where lines stand above the header, and `beside.FAULT` where a row
        of another width leaves.

    Raises:
        SourceError: no header or another one, a row of another width, a name twice, no note that ends the table, or
            more than the limits.
    """
    rows, title, place = iter(rows), list[Cells](), written.place
    if layout.after and not any(_ends_title(cells, layout, title) for _, cells in rows):
        raise SourceError(f"expected a {place} that begins with {_either(layout.after)} above the table, found none")
    names = _names(rows, layout, place)
    limits.columns(len(names))
    if layout.units_line:
        title.append(_units(rows, names, layout, place))
    data = _without_last(rows, len(names), layout.skip_last)
    kept = _until(_fitted(data, len(names), layout, written), layout, place)
    if layout.empty_rows == "drop":
        kept = [row for row in kept if isinstance(row, Unfit) or any(map(_said, row))]
    columns: list[Cells] = list(zip(*kept, strict=True)) if kept else [()] * len(names)
    if layout.empty_columns == "drop":
        full = [at for at, name in enumerate(names) if _said(name) or any(map(_said, columns[at]))]
        names, columns = [names[at] for at in full], [columns[at] for at in full]
    table = pa.table([pa.array(column, pa.string()) for column in columns], names=unique(names, layout))
    if layout.ragged == "quarantine":
        table = _with_faults(table, kept)
    lines = [" ".join(cell.strip() for cell in row if cell and _said(cell)) for row in (*above, *title)]
    return with_constant(table, TITLE, "\n".join(filter(None, lines))) if any(lines) else table


def _with_faults(table: pa.Table, rows: list[Cells]) -> pa.Table:
    unfit = [row for row in rows if isinstance(row, Unfit)]
    if not unfit:
        return table
    if len(unfit) == len(rows):
        raise SourceError(unfit[0].told)
    raw = [row.raw if isinstance(row, Unfit) else None for row in rows]
    return table.append_column(FAULT, pa.array(raw, pa.string()))


def _units(rows: Iterable[Row], names: list[str], layout: Layout, place: str) -> Cells:
    """The line of units below the header, each of which is as declared."""
    number, cells = next((row for row in rows if row[1]), (0, ()))
    if not number:
        raise SourceError(f"expected a {place} of units below the header, found none: the table ends there")
    texts = [(cell or "").strip() for cell in cells]
    found = dict(zip(map(fold_name, names), texts, strict=False)) | dict(zip(names, texts, strict=False))
    for name, unit in layout.units_line.items() if isinstance(layout.units_line, dict) else ():
        there = found.get(name, found.get(fold_name(name)))
        if there != unit:
            raise SourceError(f"expected the unit {unit!r} for {name!r}, found {there!r} in {place} {number}")
    return cells


def _ends_title(cells: Cells, layout: Layout, title: list[Cells]) -> bool:
    """Whether the header follows a row; the row is one of those above it."""
    title.append(cells)
    return _begins(cells, layout.after)


def unique(names: list[str], layout: Layout) -> list[str]:
    """Return the names of columns, each once.

    Raises:
        SourceError: one stands twice and is not to be numbered, or a control character stands in one.
    """
    check_names(names)
    seen: dict[str, int] = {}
    found = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        found.append(name if seen[name] == 1 or layout.repeated == "refuse" else f"{name} {seen[name]}".strip())
    for name, count in collections.Counter(found).items():
        if count > 1:
            called = repr(name) if _said(name) else "columns without a name"
            raise SourceError(f"expected each column once, found {called} more than once in the header")
    return found


def _names(rows: Iterable[Row], layout: Layout, place: str) -> list[str]:
    lines: list[list[str]] = []
    for number, cells in rows if layout.header_lines else ():
        if not cells:
            continue
        line = [cell or "" for cell in cells]
        if not isinstance(layout.header, int):
            _expect(layout.header[len(lines)], line, f"{place} {number}")
        lines.append(line)
        if len(lines) == layout.header_lines:
            break
    if len(lines) < layout.header_lines:
        raise SourceError(f"expected {layout.header_lines} header lines, found {len(lines)}: the table ends there")
    width = len(layout.columns) or max(map(len, lines))
    if lines and layout.columns and layout.ragged != "pad" and max(map(len, lines)) != width:
        raise SourceError(f"expected {width} columns, as declared, found {max(map(len, lines))} in the header")
    if layout.columns:
        return list(layout.columns)
    if layout.header_line is not None:
        return lines[layout.header_line - 1]
    return lines[0] if len(lines) == 1 else merged(lines, width)


def _expect(said: str, line: list[str], place: str) -> None:
    found = next(filter(_said, line), "")
    if fold_name(found) != fold_name(said):
        raise SourceError(f"expected a header line that begins with {said!r}, found {found[:60]!r} in {place}")


def merged(lines: list[list[str]], width: int) -> list[str]:
    """Return names from several lines; an empty cell of an upper line belongs to the merged cell at its left."""
    filled = []
    for i, line in enumerate(lines):
        line = line + [""] * (width - len(line))
        if i < len(lines) - 1:
            for at in range(1, width):
                line[at] = line[at] if _said(line[at]) else line[at - 1]
        filled.append([" ".join(cell.split()) for cell in line])
    return [" ".join(filter(None, parts)) for parts in zip(*filled, strict=True)]


def _without_last(rows: Iterable[Row], width: int, count: int) -> Iterator[Row]:
    """The rows but the last ones, which may be of any width."""
    held: collections.deque[Row] = collections.deque()
    for number, cells in rows:
        row = cells if cells or width > 1 else [""]
        if row:
            held.append((number, row))
        if len(held) > count:
            yield held.popleft()
    if len(held) < count:
        raise SourceError(f"expected at least the {count} rows of skip_last, found {len(held)}")


def _fitted(rows: Iterable[Row], width: int, layout: Layout, written: RowsWritten) -> Iterator[Row]:
    """The rows, each of the right width; checked only as far as they are asked for, for notes are ragged."""
    for number, row in rows:
        if _begins(row, layout.notes):
            continue
        if len(row) == width or _begins(row, layout.until):
            yield number, row
        elif layout.ragged == "pad" and not any(map(_said, row[width:])):
            yield number, [*row[:width], *[None] * (width - len(row))]
        elif layout.ragged == "quarantine" and written.open_end and len(row) < width:
            yield number, [*row, *[None] * (width - len(row))]
        else:
            place = f"{written.place} {number}"
            told = f"expected {width} cells in every row, as in the header, found {len(row)} in {place}"
            if layout.ragged != "quarantine":
                raise SourceError(told)
            yield number, Unfit(width, written.raw(number, row), told)


def _until(rows: Iterable[Row], layout: Layout, place: str) -> list[Cells]:
    kept: list[Cells] = []
    size = 0
    for _, cells in rows:
        if _begins(cells, layout.until):
            return kept
        size += len(cells)
        if size > limits.LIMITS.cells:
            raise SourceError(f"expected at most {limits.LIMITS.cells:,} cells, found more")
        kept.append(cells)
    if layout.until:
        raise SourceError(f"expected a {place} that begins with {_either(layout.until)} below the table, found none")
    return kept


def _begins(cells: Cells, texts: tuple[str, ...]) -> bool:
    return bool(texts) and begins(next(filter(_said, cells), None) or "", texts)


def _either(texts: tuple[str, ...]) -> str:
    return " or ".join(map(repr, texts))


def _said(cell: str | None) -> bool:
    return cell is not None and bool(cell.strip())
