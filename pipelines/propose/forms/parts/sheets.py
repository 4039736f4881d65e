"""Sheets of a workbook -> which of them is the table, or which are one together, and where it lies."""

from typing import Any

import pyarrow as pa

from catalog.errors import SourceError
from pipelines.decode import find
from pipelines.decode.parts.beside import SHEET, is_beside
from pipelines.propose.forms import Form
from pipelines.propose.forms.parts.rows import RowsSeen, see_rows
from pipelines.propose.forms.parts.workbook import SheetFacts, facts_of

_WIDTHS = (64, 512, 4096)
"""Columns that are made room for: a sheet that is wider is read again."""
_ALIKE = 0.8
_NAME = "sheet"


def see_sheets(body: bytes, name: str) -> Form:
    """Return how a workbook is laid out.

    Args:
        body: of a workbook.
        name: of its format.

    Raises:
        SourceError: it cannot be read.
    """
    everything = raw_rows(body, name, {"sheet": "*"})
    (first,) = raw_rows(body, name, {"sheet": 1})
    seen = {sheet: see_rows(rows) for sheet, rows in everything.items() if any(map(any, rows))}
    if not seen:
        raise SourceError("expected a workbook with a table, found empty sheets")
    main = seen.get(first) or see_rows(everything[first])
    header = _header(everything[first], main)
    facts = facts_of(body)
    hidden = [sheet for sheet in seen if sheet in facts and facts[sheet].hidden]
    alike = [sheet for sheet, rows in everything.items() if sheet in seen and _header(rows, seen[sheet]) == header]
    shown = len(seen) - len(hidden)
    if len(set(alike) - set(hidden)) > 1 and len(set(alike) - set(hidden)) >= _ALIKE * shown:
        options: dict[str, Any] = {"sheet": "*", "sheet_column": _NAME, "empty_rows": "drop"}
        options |= {"differing": "fill"} if len(alike) < len(seen) else {}
        note = f"Seen: {len(alike)} sheets with one header, {alike[0]} to {alike[-1]}; they are one table."
        question = (
            [f"Question: sheets that are hidden are read too ({_some(hidden)}); are they data?"] if hidden else []
        )
        notes = [_to_all(seen[sheet]) for sheet in alike]
        common = {key: value for key, value in notes[0].items() if all(one.get(key) == value for one in notes)}
        return Form(name, options | common, (note, *question, *main.notes), main.titles, main.units)
    others = [sheet for sheet in seen if sheet != first and sheet not in hidden]
    question = [f"Question: are the other sheets data too ({_some(others)})?"] if others else []
    if hidden:
        question.append(f"Question: are the hidden sheets data ({_some(hidden)})? They are not read.")
    merged = _merged(facts[first], main) if first in facts else ()
    return Form(name, main.options, (*question, *main.notes), main.titles, main.units, merged)


def _some(names: list[str]) -> str:
    return ", ".join(names[:5]) + (", …" if len(names) > 5 else "")


def _merged(facts: SheetFacts, seen: RowsSeen) -> tuple[str, ...]:
    """The columns with cells of data that are merged over several rows."""
    places = sorted({column for row, column in facts.merged_down if row >= seen.first})
    return tuple(seen.names[at] for at in places if at < len(seen.names) and seen.names[at])


def raw_rows(body: bytes, name: str, chosen: dict[str, Any]) -> dict[str, list[list[str]]]:
    """Return the rows of sheets, or of a table of a page, as texts, by sheet."""
    fault = SourceError("")
    for width in _WIDTHS:
        options = {"header": 0, "columns": [f"{at}" for at in range(width)], "ragged": "pad"} | chosen
        module = find(name)
        try:
            table = module.decode(body, module.Reading.model_validate(options))
        except SourceError as error:
            fault = error
            continue
        return _by_sheet(table)
    raise fault


def _by_sheet(table: pa.Table) -> dict[str, list[list[str]]]:
    columns = [table.column(name).to_pylist() for name in table.column_names if not is_beside(name)]
    used = [at for at, column in enumerate(columns) if any(column)]
    columns = columns[: used[-1] + 1] if used else columns[:1]
    rows = [[cell or "" for cell in row] for row in zip(*columns, strict=True)]
    sheets = table.column(SHEET).to_pylist() if SHEET in table.column_names else [""] * len(rows)
    found: dict[str, list[list[str]]] = {}
    for sheet, row in zip(sheets, rows, strict=True):
        found.setdefault(sheet, []).append(row)
    return {sheet: _narrow(rows) for sheet, rows in found.items()}


def _narrow(rows: list[list[str]]) -> list[list[str]]:
    width = max((at + 1 for row in rows for at, cell in enumerate(row) if cell), default=1)
    return [row[:width] for row in rows]


def _header(rows: list[list[str]], seen: RowsSeen) -> list[str]:
    skip, lines = seen.options.get("skip", 0), seen.options.get("header", 1)
    count = lines if isinstance(lines, int) else len(lines)
    return ["|".join(row).rstrip("|") for row in rows[skip : skip + count]]


def _to_all(seen: RowsSeen) -> dict[str, Any]:
    return {key: value for key, value in seen.options.items() if key != "until" or value}
