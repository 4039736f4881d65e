"""A table over HTTP in whatever manner is declared: pages by number, offset, cursor or link; a key; an envelope; POST.

The manners are those that agencies document: OData's nextLink, RFC 8288's Link header, totals, flags.
"""

import json
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import urlencode

from pydantic import Field

from sandbox.messages import AgencyCall, AgencyTable, Answer, StrictModel
from sandbox.protocols.parts.asking import (
    ASKING_FAULTS,
    AskingSettings,
    asked_rows,
    nothing,
    parameters,
    refusal,
)
from sandbox.protocols.parts.pages import PAGE_FAULTS, page_rows
from sandbox.protocols.parts.written import csv_bytes, json_value, nested, put

PROTOCOL_FAULTS = PAGE_FAULTS | ASKING_FAULTS


class PagesSpec(StrictModel):
    """How pages follow one another. Each path is where the answer says it, keys joined by dots."""

    by: Literal["page", "offset", "cursor", "link"]
    name: str = "page"
    """The parameter of the number, the offset or the cursor; with `link` the one in the links."""
    first: int = 1
    """The number of the first page, with `page`."""
    rows: int = Field(default=1000, ge=1)
    """Most rows in a page, even if the request asks for more."""
    size_name: str | None = None
    """The parameter that asks for fewer rows."""
    total: str | None = None
    pages: str | None = None
    more: str | None = None
    next: str | None = None
    header: bool = False
    """Whether a Link header names the next page."""


class NestSpec(StrictModel):
    """A list of lists: rows with the same texts in some columns are one object, and the rest of them is its list."""

    columns: list[str] = Field(min_length=1)
    """The columns that stand in the object."""
    list: str
    """The key of its list; with dots it is nested."""


class RestSettings(AskingSettings):
    """The `speaks` block."""

    format: Literal["json", "csv"] = "json"
    records: str = ""
    """Where the records lie, keys joined by dots. Empty: the answer is the list."""
    envelope: dict[str, Any] = Field(default_factory=dict)
    """Other members of the answer: path -> value."""
    no_data: dict[str, Any] = Field(default_factory=dict)
    """The whole answer if no row is asked for. Empty: an empty list."""
    names: dict[str, str] = Field(default_factory=dict)
    """Column -> key in a record, if they differ. With dots it is nested; with [] at its end it is added to a list."""
    numbers: list[str] = Field(default_factory=list)
    """Columns that are JSON numbers or true and false, not texts."""
    record: Literal["object", "list", "parts"] = "object"
    """What a record is: an object; a list of its values; or a list of objects, one for each list of `parts`."""
    parts: list[list[str]] = Field(default_factory=list)
    """With `record: parts`: which columns stand together in an object."""
    nest: list[NestSpec] = Field(default_factory=list)
    """Lists in lists, from the outside. Without it each row is a record."""
    once: dict[str, str] = Field(default_factory=dict)
    """Column -> path. It stands once in the answer, as in the first row, and not in the records."""
    keyed: list[str] = Field(default_factory=list)
    """Columns whose texts name the records: the answer is an object of objects, and a lone other column the value."""
    hidden: list[str] = Field(default_factory=list)
    """Columns that are not written, because only `filters` need them."""
    wrapped: bool = False
    """Whether the answer, an object, is the only item of a list; the list is empty if no row is asked for."""
    paging: PagesSpec | None = None


SETTINGS = RestSettings


class _UnreadableParameter(ValueError):
    """A number of paging is none."""


def select_rows(call: AgencyCall, table: AgencyTable, settings: RestSettings) -> AgencyTable:
    """Return the rows that the parameters ask for.

    Args:
        call: the request.
        table: all rows that the agency has.
        settings: the `speaks` block of the sandbox.yaml.
    """
    return asked_rows(call, table, settings)


def answer(call: AgencyCall, table: AgencyTable, settings: RestSettings, protocol_faults: Mapping[str, Any]) -> Answer:
    """Answer with one page.

    Args:
        call: the request.
        table: the rows that `select_rows` returned, with the faults in the rows.
        settings: the `speaks` block of the sandbox.yaml.
        protocol_faults: fault name -> parameters, for the active faults of PROTOCOL_FAULTS.

    Returns:
        The page, or a refusal: wrong key, no rows (404), unreadable parameter (400).
    """
    refused = refusal(call, settings, protocol_faults) or nothing(settings, table)
    if refused is not None:
        return refused
    if settings.no_data and not table.rows:
        return _json(settings.no_data)
    try:
        start, size = _span(call, settings.paging, len(table.rows))
    except _UnreadableParameter as error:
        return _json({"message": str(error)}, 400)
    selected = page_rows(table.rows, start, size, protocol_faults)
    after = start + size if start + size < len(table.rows) else None
    headers = {}
    if settings.paging and settings.paging.header and after is not None:
        headers["Link"] = f'<{_link(call, settings.paging, after, size)}>; rel="next"'
    if settings.format == "csv":
        return Answer(200, {"Content-Type": "text/csv; charset=utf-8"} | headers, csv_bytes(table.columns, selected))
    facts = _facts(call, settings.paging, len(table.rows), after, size)
    return _json(_whole(selected, table.columns, facts, settings), headers=headers)


def _whole(
    rows: list[dict[str, str]], columns: list[str], facts: Mapping[str, Any], settings: RestSettings
) -> dict[str, Any] | list[Any]:
    """Return what the body of an answer says."""
    apart = {*settings.once, *settings.keyed, *settings.hidden}
    kept = [column for column in columns if column not in apart]
    levels = [(level.columns, level.list) for level in settings.nest]
    records = nested(rows, levels, kept, lambda row, columns: _record(row, columns, settings))
    if settings.keyed:
        return _by_name(records, rows, settings)
    if not settings.records:
        return records
    document = _document(records, rows, facts, settings)
    if settings.wrapped:
        return [document] if rows else []
    return document


def _by_name(records: list[Any], rows: list[dict[str, str]], settings: RestSettings) -> dict[str, Any]:
    """Return the records by the names that their rows have."""
    document: dict[str, Any] = {}
    for row, record in zip(rows, records, strict=True):
        *above, name = [row.get(column, "") for column in settings.keyed]
        place = document
        for key in above:
            place = place.setdefault(key, {})
        place[name] = next(iter(record.values())) if len(record) == 1 else record
    return document


def _document(
    records: list[Any], rows: list[dict[str, str]], facts: Mapping[str, Any], settings: RestSettings
) -> dict[str, Any]:
    """Return the records within what the answer says besides them."""
    once = {place: rows[0].get(column, "") if rows else "" for column, place in settings.once.items()}
    whole = records[0] if settings.record == "parts" and len(records) == 1 else records
    document: dict[str, Any] = {}
    for place, value in {**settings.envelope, **once, settings.records: whole, **facts}.items():
        put(document, place, value)
    return document


def _span(call: AgencyCall, paging: PagesSpec | None, rows: int) -> tuple[int, int]:
    """Return how many rows are before the page, and how many a full page has."""
    if paging is None:
        return 0, max(rows, 1)
    given = parameters(call)
    size = min(_number(given, paging.size_name, paging.rows) or paging.rows, paging.rows)
    if paging.by == "page":
        return max(0, _number(given, paging.name, paging.first) - paging.first) * size, size
    return _number(given, paging.name, 0), size


def _number(given: Mapping[str, str], name: str | None, default: int) -> int:
    text = given.get(name, "") if name else ""
    if not text:
        return default
    if not text.isascii() or not text.isdecimal():
        raise _UnreadableParameter(f"{name} must be a whole number")
    return int(text)


def _facts(call: AgencyCall, paging: PagesSpec | None, rows: int, after: int | None, size: int) -> dict[str, Any]:
    """Return what a page says of all pages, by its place."""
    if paging is None:
        return {}
    next_page = None if after is None else str(after)
    if paging.by == "link" and after is not None:
        next_page = _link(call, paging, after, size)
    said = {paging.total: rows, paging.pages: -(-rows // size), paging.more: after is not None, paging.next: next_page}
    return {place: value for place, value in said.items() if place}


def _link(call: AgencyCall, paging: PagesSpec, after: int, size: int) -> str:
    """Return the address of the next page, with the caller's own parameters and key in it, as agencies write it."""
    value = after // size + paging.first if paging.by == "page" else after
    return f"{call.request.path}?{urlencode({**call.query, paging.name: str(value)})}"


def _record(row: Mapping[str, str], columns: list[str], settings: RestSettings) -> Any:
    if settings.record == "list":
        return [_value(row, column, settings) for column in columns]
    groups = settings.parts if settings.record == "parts" else [columns]
    records = [_object(row, group, settings) for group in groups]
    return records if settings.record == "parts" else records[0]


def _object(row: Mapping[str, str], columns: list[str], settings: RestSettings) -> dict[str, Any]:
    record: dict[str, Any] = {}
    for column in columns:
        if column in row:
            put(record, settings.names.get(column, column), _value(row, column, settings))
    return record


def _value(row: Mapping[str, str], column: str, settings: RestSettings) -> Any:
    text = row.get(column, "")
    return json_value(text) if column in settings.numbers else text


def _json(document: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    body = json.dumps(document, ensure_ascii=False).encode()
    return Answer(status, {"Content-Type": "application/json; charset=utf-8", **(headers or {})}, body)
