"""Rows of cells, as a CSV file or a sheet holds them -> where the table lies, in the words of `decode.parts.table`.

The columns of numbers and times tell data from what stands above and below: titles, header lines, units, notes.
"""

import itertools
import re
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from catalog.declaration.names import fold_name
from pipelines.decode.parts.table import merged
from pipelines.propose import times
from pipelines.propose.words import unit_written

Cells = Sequence[str]
_NUMBER = re.compile(r"[(+\-−]?\s*[0-9０-９][0-9０-９,.]*(?:[eE][+-]?[0-9]+)?\s*[%)]?")
_WIDTH = re.compile(r"[0-9]+[sdnb]")
_LONG = 12
"""Characters of a text that is more than a name."""
_NOTE = re.compile(r"[註注*※]|說明|備註|資料|來源|單位|更新|合計|總計|End|Source|Note", re.IGNORECASE)
_DATED = re.compile(r"[0-9]{2,4}\s*[年/.\-]\s*[0-9]{1,2}\s*[月/.\-日]")
_CJK = re.compile("[\u3400-\u9fff]")
_MOST_HEADER_LINES = 4
_TYPED = 0.7
_CELLS = 0.25
"""The share of rows with several cells from which on they are the table, and the others its titles and notes."""
_LOOKED_AT = 3_000
"""Rows that are looked at from the top, and at the end."""


@dataclass
class RowsSeen:
    """Where the table lies: options of a reading, and what a steward should know."""

    options: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    titles: dict[str, str] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    """Of the columns."""
    first: int = 0
    """The place of the first row of data, from 0."""


def see_rows(rows: Sequence[Cells], starts: Sequence[int] | None = None) -> RowsSeen:
    """Return where the table lies in rows of cells.

    Args:
        rows: all, in order; one without cells is a blank line.
        starts: the line in which each begins, from 1; default: rows are lines.
    """
    seen = RowsSeen()
    width = usual_width(Counter(len(row) for row in rows[:_LOOKED_AT] if any(map(str.strip, row))))
    typed = _typed(rows, width)
    first = _first_data(rows, width, typed)
    header = _header(rows, first, width)
    names = _name_columns(rows, header, first, width, seen)
    seen.names, seen.first = names, first
    skip = (starts[header[0]] if starts else header[0] + 1) - 1 if header else first
    if skip:
        seen.options = {"skip": skip} | seen.options
        above = [" ".join(filter(None, map(str.strip, row))) for row in rows[: header[0] if header else first]]
        seen.notes.append(f"Seen above the header: {_quoted(above)}")
        if any(map(_DATED.search, above)):
            seen.notes.append(
                "Question: of which time are the rows? A field takes it from these lines: from: {title: …}."
            )
    last = _see_end(rows, first, typed, seen)
    _see_widths(rows[first:last], len(names), names, seen)
    return seen


def usual_width(counted: Counter[int]) -> int:
    """Return the width of the rows of a table; of lines of words it is not, if a part of the rows has cells.

    Args:
        counted: how many rows have how many cells.
    """
    cells = Counter({width: count for width, count in counted.items() if width > 1})
    among = cells if sum(cells.values()) >= _CELLS * counted.total() else counted
    return max(among, key=lambda width: (among[width], width), default=0)


def is_datum(cell: str) -> bool:
    """Return whether a cell is a number or a time, by how it looks."""
    cell = cell.strip()
    return bool(_NUMBER.fullmatch(cell) or times.CELL.fullmatch(cell))


def _typed(rows: Sequence[Cells], width: int) -> list[int]:
    """The columns that hold numbers or times, by the rows in the middle."""
    fit = [row for row in rows[:_LOOKED_AT] if len(row) == width]
    middle = fit[max(1, len(fit) // 2) :]
    found = []
    for at in range(width):
        cells = [row[at] for row in middle if row[at].strip()]
        if cells and sum(map(is_datum, cells)) >= _TYPED * len(cells):
            found.append(at)
    return found


def _share(row: Cells, typed: Sequence[int]) -> float:
    """How much of a row is as in rows of data; none where no typed column has a cell."""
    cells = [row[at] for at in typed if at < len(row) and row[at].strip()]
    return sum(map(is_datum, cells)) / len(cells) if cells else 0.0


def _first_data(rows: Sequence[Cells], width: int, typed: Sequence[int]) -> int:
    full = [i for i, row in enumerate(rows) if len(row) >= width - 1 and _said(row) >= max(1, width // 2)]
    if not typed:
        return full[0] + 1 if full else 0
    usual = statistics.median(_said(row) for row in rows[:_LOOKED_AT] if any(map(str.strip, row)))
    for i, row in enumerate(rows):
        if _said(row) >= usual / 2 and _share(row, typed) >= 0.6 and not _is_header_of_periods(row):
            return i
    return full[0] + 1 if full else 0


def _is_header_of_periods(row: Cells) -> bool:
    """Whether a row holds names of columns that are years or days: each once, and rising or falling."""
    cells = [cell.strip() for cell in row if is_datum(cell)]
    if len(cells) < 3 or len(set(cells)) < len(cells):
        return False
    if not all(cell.isdecimal() for cell in cells):
        return all(times.PERIOD.fullmatch(cell) for cell in cells)
    steps = {int(b) - int(a) for a, b in itertools.pairwise(cells)}
    return steps in ({1}, {-1})


def _header(rows: Sequence[Cells], first: int, width: int) -> list[int]:
    """The rows of the header, from the top."""
    found: list[int] = []
    for at in range(first - 1, -1, -1):
        row = rows[at]
        said = _said(row)
        if not said and not found and at and _said(rows[at - 1]) >= min(2, width):
            continue  # an empty line between the header and the rows
        if not said or len(found) == _MOST_HEADER_LINES or len(row) < width - 2:
            break
        below = bool(found) and not row[0].strip() and said == 1  # one name over merged cells
        units_alone = not found and not row[0].strip()
        if said < min(2, width) and not (below or units_alone):
            break
        found.insert(0, at)
    while len(found) > 1 and not rows[found[0]][0].strip() and _said(rows[found[0]]) == 1:
        found.pop(0)
    return found


def _name_columns(rows: Sequence[Cells], header: list[int], first: int, width: int, seen: RowsSeen) -> list[str]:
    """Say how the header names the columns; returns the names where one line does."""
    lines = [[cell.strip() for cell in rows[at]] for at in header]
    if not lines:
        names = [f"column_{at + 1}" for at in range(width)]
        seen.options |= {"header": 0, "columns": names}
        seen.notes.append("Question: what are the columns called? The file has no header line.")
        return names
    if len(lines) == 1:
        return _one_line(lines[0], rows[first:], seen)
    firsts = [next(filter(None, line), "") for line in lines]
    if len(lines) == 2 and all(_WIDTH.fullmatch(cell) for cell in lines[1] if cell):
        seen.options |= {"header": firsts, "header_line": 1}
        return lines[0]
    if len(lines) == 2 and _is_units(*lines):
        units = {name: unit for name, unit in zip(lines[0], lines[1], strict=False) if unit and name}
        seen.options["units_line"] = units
        seen.units |= units
        return lines[0]
    if len(lines) == 2 and _is_translation(*lines):
        seen.options |= {"header": firsts, "header_line": 1}
        seen.titles |= dict(zip(lines[0], lines[1], strict=False))
        return lines[0]
    # The texts of the lines make the file refused if the agency drops or adds one.
    seen.options["header"] = firsts if all(firsts) else len(lines)
    names = merged(lines, max(map(len, lines)))
    if len(set(names)) < len(names):
        seen.options["repeated"] = "number"
    return names


def _one_line(line: list[str], data: Iterable[Cells], seen: RowsSeen) -> list[str]:
    nameless = [at for at, name in enumerate(line) if not name.lstrip("\ufeff")]
    with_texts = [at for at in nameless if any(at < len(row) and row[at].strip() for row in data)]
    if with_texts:
        names = [name or f"column_{at + 1}" for at, name in enumerate(line)]
        seen.options["columns"] = names
        seen.notes.append(f"Question: what is in column {with_texts[0] + 1}? It has no name in the file.")
        return names
    if nameless:
        seen.options["empty_columns"] = "drop"
    if len(set(line) - {""}) < len([name for name in line if name]):
        seen.options["repeated"] = "number"
    return line


def _is_units(names: list[str], line: list[str]) -> bool:
    """Whether the second line has units; one of them below no name is a name below a merged cell."""
    if any(cell and not name for name, cell in zip(names, line, strict=False)):
        return False
    said = [cell for cell in line if cell]
    return bool(said) and sum(1 for cell in said if unit_written(cell)) >= len(said) / 2


def _is_translation(above: list[str], below: list[str]) -> bool:
    """Whether the second line says in English what the first says in Chinese."""
    if not all(below) or len(above) != len(below):
        return False
    return any(map(_CJK.search, above)) and not any(map(_CJK.search, below)) and not any(map(is_datum, below))


def _see_end(rows: Sequence[Cells], first: int, typed: Sequence[int], seen: RowsSeen) -> int:
    """Say where the table ends, and which rows within it are none; returns the place after the last row of data."""
    last = len(rows)
    # A row at the end is a note if it has few texts and none that is a number where numbers stand.
    while last > first and (not rows[last - 1] or (_said(rows[last - 1]) <= 2 and not _share(rows[last - 1], typed))):
        if typed or (_said(rows[last - 1]) <= 1 < len(rows[first]) and _is_note(rows[last - 1])):
            last -= 1
        else:
            break
    notes = [row for row in rows[last:] if _said(row)]
    if notes:
        until = _beginning(notes[0])
        if until and not any(_begins(row, until) for row in rows[first:last]):
            seen.options["until"] = until
        else:
            seen.options["skip_last"] = len([row for row in rows[last:] if row])
        below = [" ".join(filter(None, map(str.strip, row))) for row in notes]
        seen.notes.append(f"Seen below the table: {_quoted(below)}")
    before_note = rows[first : rows.index(notes[0], last) if notes else len(rows)]
    if any(row and not _said(row) and len(row) > 1 for row in before_note):
        seen.options["empty_rows"] = "drop"
    return last


def _is_note(row: Cells) -> bool:
    """Whether a row of few texts is one of words below a table, and no row whose other cells are empty."""
    text = next((cell.strip() for cell in row if cell.strip()), "")
    return not text or len(text) > _LONG or bool(_NOTE.match(text))


def _beginning(row: Cells) -> str:
    """How a note begins: up to what may differ in the next file."""
    text = next((cell.strip() for cell in row if cell.strip()), "")
    return re.split(r"[:：（(0-9]", text)[0].strip()[:20]


def _begins(row: Cells, text: str) -> bool:
    return fold_name(next((cell for cell in row if cell.strip()), "")).startswith(fold_name(text))


def _see_widths(data: Sequence[Cells], width: int, names: list[str], seen: RowsSeen) -> None:
    """Say what becomes of rows of other widths, and of a header that stands again."""
    folded = [fold_name(name) for name in names]
    if names and any([fold_name(cell) for cell in row] == folded for row in data):
        seen.options["notes"] = names[0]
        seen.notes.append("Seen: the header stands again between rows, as in files that were put together.")
    others = [row for row in data if row and len(row) != width]
    if not others:
        return
    if all(not any(map(str.strip, row[width:])) for row in others):
        seen.options["ragged"] = "pad"
    else:
        seen.options["ragged"] = "quarantine"
        seen.notes.append(f"Seen: {len(others):,} rows that are wider or narrower than the header; they leave alone.")


def _said(row: Cells) -> int:
    return sum(1 for cell in row if cell.strip())


def _quoted(texts: Sequence[str]) -> str:
    said = [text[:60] for text in texts if text]
    return "; ".join(said[:3]) + ("; …" if len(said) > 3 else "")
