"""The agriculture ministry's open data: a table of days, asked by day and by whatever column it knows; no key.

Two interfaces over the same rows, told apart by the path: v1 (`/api/v1/...`) has pages in an envelope that says whether
there is more; the older one (`/Service/...`) has a bare list with Chinese keys, and is silent about what it cuts off.
The facts are those of recorded answers and of the agency's clients.
"""

import json
import math
from collections.abc import Mapping
from datetime import date
from typing import Any

from pydantic import Field

from sandbox.messages import Answer, Ask, Request, Strict, Table
from sandbox.protocols.parts import pages

QUIRKS = pages.QUIRKS

_JSON = {"Content-Type": "application/json; charset=utf-8"}
_ROC_YEAR_ZERO = 1911


class Settings(Strict):
    """What `speaks:` says of one dataset of this agency."""

    day: str
    """The column of the day. The rows have it as 2026-04-17; it is said and asked as 115.04.17."""
    filters: dict[str, str] = Field(default_factory=dict)
    """Query parameter -> the column that must have its text; of both interfaces."""
    numbers: list[str] = Field(default_factory=list)
    """Columns that are JSON numbers and not texts."""
    page_rows: int = Field(default=1000, ge=1)
    """Rows of a page of v1."""
    cap_rows: int = Field(default=9999, ge=1)
    """More are not given by the older interface, and nothing tells."""
    names: dict[str, str] = Field(default_factory=dict)
    """Column -> key of the older interface; a column without one is not said there."""


class _NotSpoken(ValueError):
    """A day or a number that cannot be read."""


def asked(ask: Ask, table: Table, settings: Settings) -> Table:
    """Return the rows of the days and words asked for; none where a day cannot be read."""
    try:
        first, last = _days(ask.request)
    except _NotSpoken:
        return table._replace(rows=[])
    # an empty parameter is heard as none
    wanted = {column: ask.query[name] for name, column in settings.filters.items() if ask.query.get(name)}
    rows = [
        row
        for row in table.rows
        if first <= row[settings.day] <= last and all(row[column] == text for column, text in wanted.items())
    ]
    return table._replace(rows=rows)


def answer(ask: Ask, table: Table, settings: Settings, quirks: Mapping[str, Any]) -> Answer:
    """Answer one page, or the list up to the cap."""
    query = ask.query
    try:
        _days(ask.request)
        top, skip, number = (_number(query, name) for name in ("$top", "$skip", "Page"))
    except _NotSpoken as error:
        return _said({"message": str(error)}, 400)
    rows = [_record(row, table.columns, settings) for row in table.rows]
    start = skip or 0
    if not _is_v1(ask.request):
        if "FOTT" in query:
            return _said({"message": "the sandbox speaks JSON only"}, 400)
        size = settings.cap_rows if top is None else min(top, settings.cap_rows)
        found = pages.page(rows, start, size, quirks)
        return _said([{settings.names[name]: row[name] for name in settings.names if name in row} for row in found])
    size = settings.page_rows if top is None else min(top, settings.page_rows)
    if number is not None:
        start = (number - 1) * size
    found = pages.page(rows, start, size, quirks)
    return _said({"RS": "OK", "Data": found, "Next": start + size < len(rows)}, indent=2)


def _is_v1(request: Request) -> bool:
    return request.path.startswith("/api/")


def _days(request: Request) -> tuple[str, str]:
    """The first and the last day asked for, as the rows write days; without one there is no bound."""
    names = ("Start_time", "End_time") if _is_v1(request) else ("StartDate", "EndDate")
    first, last = (_iso(request.query[name]) if request.query.get(name) else None for name in names)
    return first or "0001-01-01", last or "9999-12-31"


def _iso(roc: str) -> str:
    try:
        year, month, day = map(int, roc.split("."))
        return date(year + _ROC_YEAR_ZERO, month, day).isoformat()
    except ValueError as error:
        raise _NotSpoken(f"expected a day as 115.04.17, got {roc!r}") from error


def _number(query: Mapping[str, str], name: str) -> int | None:
    text = query.get(name, "")
    if not text:
        return None
    if not text.isascii() or not text.isdecimal() or (name == "Page" and int(text) < 1):
        raise _NotSpoken(f"expected a whole number as {name}, got {text!r}")
    return int(text)


def _record(row: Mapping[str, str], columns: list[str], settings: Settings) -> dict[str, Any]:
    record: dict[str, Any] = {}
    for column in columns:
        if column in row:
            text = row[column]
            record[column] = _roc(text) if column == settings.day else text
            if column in settings.numbers:
                record[column] = _decimal(text)
    return record


def _roc(text: str) -> str:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return text  # a fault's: it must still be sayable
    return f"{day.year - _ROC_YEAR_ZERO}.{day:%m.%d}"


def _decimal(text: str) -> float | str:
    # the agency writes 52.3 and 4174.0
    try:
        number = float(text)
    except ValueError:
        return text
    return number if math.isfinite(number) else text


def _said(said: object, status: int = 200, indent: int | None = None) -> Answer:
    body = json.dumps(said, ensure_ascii=False, indent=indent, allow_nan=False)
    # lines end as on the agency's system
    return Answer(status, dict(_JSON), body.replace("\n", "\r\n").encode())
