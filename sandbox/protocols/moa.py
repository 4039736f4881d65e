"""The open data of the agriculture ministry: a table of days, asked by day and by declared columns, without a key.

It has two interfaces over the same rows. The path tells them apart. v1 (`/api/v1/...`) has pages in an envelope that
says whether there is more. The older one (`/Service/...`) has a plain list with Chinese keys. It cuts off long lists
and does not say so. All this follows recorded answers and clients of the agency.
"""

import json
import math
from collections.abc import Mapping
from datetime import date
from typing import Any

from pydantic import Field

from sandbox.messages import AgencyCall, AgencyTable, Answer, ReceivedRequest, StrictModel
from sandbox.protocols.parts.pages import PAGE_FAULTS, page_rows

PROTOCOL_FAULTS = PAGE_FAULTS

_JSON_HEADERS = {"Content-Type": "application/json; charset=utf-8"}
_ROC_YEAR_ZERO = 1911


class MoaSettings(StrictModel):
    """The `speaks` block of one dataset of this agency."""

    day: str
    """The column of the day. The rows have it as 2026-04-17; requests and answers write 115.04.17."""
    filters: dict[str, str] = Field(default_factory=dict)
    """Query parameter -> the column that must have its text. For both interfaces."""
    numbers: list[str] = Field(default_factory=list)
    """Columns that are JSON numbers, not texts."""
    page_rows: int = Field(default=1000, ge=1)
    """Most rows in a page of v1."""
    cap_rows: int = Field(default=9999, ge=1)
    """Most rows in an answer of the older interface."""
    names: dict[str, str] = Field(default_factory=dict)
    """Column -> key in the older interface. Columns without a key are left out there."""


SETTINGS = MoaSettings


class _UnreadableParameter(ValueError):
    """A query parameter has no valid day or number."""


def select_rows(call: AgencyCall, table: AgencyTable, settings: MoaSettings) -> AgencyTable:
    """Return the rows that match the days and the filters. If a day cannot be read, no rows.

    Args:
        call: the request.
        table: all rows that the agency has.
        settings: the `speaks` block of the sandbox.yaml.
    """
    try:
        first_day, last_day = _day_range(call.request)
    except _UnreadableParameter:
        return table._replace(rows=[])
    # an empty parameter counts as absent
    required = {column: call.query[name] for name, column in settings.filters.items() if call.query.get(name)}
    rows = [
        row
        for row in table.rows
        if first_day <= row[settings.day] <= last_day and all(row[column] == text for column, text in required.items())
    ]
    return table._replace(rows=rows)


def answer(call: AgencyCall, table: AgencyTable, settings: MoaSettings, protocol_faults: Mapping[str, Any]) -> Answer:
    """Answer with one page of v1, or with the list of the older interface.

    Args:
        call: the request.
        table: the rows that `select_rows` returned, with the faults in the rows.
        settings: the `speaks` block of the sandbox.yaml.
        protocol_faults: fault name -> parameters, for the active faults of PROTOCOL_FAULTS.

    Returns:
        The answer; status 400 if a query parameter cannot be read.
    """
    is_v1 = _is_v1(call.request)
    try:
        _day_range(call.request)
        top, skip, page_number = (_whole_number(call.query, name) for name in ("$top", "$skip", "Page"))
    except _UnreadableParameter as error:
        return _json_answer({"message": str(error)}, 400)
    if not is_v1 and "FOTT" in call.query:
        return _json_answer({"message": "the sandbox speaks JSON only"}, 400)
    most_rows = settings.page_rows if is_v1 else settings.cap_rows
    size = most_rows if top is None else min(top, most_rows)
    start = skip or 0
    if is_v1 and page_number is not None:
        start = (page_number - 1) * size
    records = [_record(row, table.columns, settings) for row in table.rows]
    selected = page_rows(records, start, size, protocol_faults)
    if is_v1:
        return _json_answer({"RS": "OK", "Data": selected, "Next": start + size < len(records)}, indent=2)
    return _json_answer(
        [{key: record[column] for column, key in settings.names.items() if column in record} for record in selected]
    )


def _is_v1(request: ReceivedRequest) -> bool:
    return request.path.startswith("/api/")


def _day_range(request: ReceivedRequest) -> tuple[str, str]:
    """Return the first and the last day of the request, as the rows write days. A missing day is no limit."""
    names = ("Start_time", "End_time") if _is_v1(request) else ("StartDate", "EndDate")
    first_day, last_day = (_iso_day(request.query[name]) if request.query.get(name) else None for name in names)
    return first_day or "0001-01-01", last_day or "9999-12-31"


def _iso_day(roc_day: str) -> str:
    try:
        year, month, day = map(int, roc_day.split("."))
        return date(year + _ROC_YEAR_ZERO, month, day).isoformat()
    except ValueError as error:
        raise _UnreadableParameter(f"expected a day as 115.04.17, got {roc_day!r}") from error


def _whole_number(query: Mapping[str, str], name: str) -> int | None:
    text = query.get(name, "")
    if not text:
        return None
    if not text.isascii() or not text.isdecimal() or (name == "Page" and int(text) < 1):
        raise _UnreadableParameter(f"expected a whole number as {name}, got {text!r}")
    return int(text)


def _record(row: Mapping[str, str], columns: list[str], settings: MoaSettings) -> dict[str, Any]:
    record: dict[str, Any] = {}
    for column in columns:
        if column in row:
            text = row[column]
            record[column] = _roc_day(text) if column == settings.day else text
            if column in settings.numbers:
                record[column] = _json_number(text)
    return record


def _roc_day(text: str) -> str:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return text  # a fault put it there, and the answer must show it
    return f"{day.year - _ROC_YEAR_ZERO}.{day:%m.%d}"


def _json_number(text: str) -> float | str:
    # the agency writes 52.3 and 4174.0
    try:
        number = float(text)
    except ValueError:
        return text
    return number if math.isfinite(number) else text


def _json_answer(document: object, status: int = 200, indent: int | None = None) -> Answer:
    body = json.dumps(document, ensure_ascii=False, indent=indent, allow_nan=False)
    # lines end as on the agency's system
    return Answer(status, dict(_JSON_HEADERS), body.replace("\n", "\r\n").encode())
