"""API v2 of the environment ministry: an api_key, pages by limit and offset, and several shapes of JSON over the years.

All this follows the guide of the agency and what its clients have seen. Where they differ, each has its own shape.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import Field

from sandbox.messages import AgencyCall, AgencyTable, Answer, StrictModel
from sandbox.protocols.parts.pages import PAGE_FAULTS, page_rows

PROTOCOL_FAULTS = PAGE_FAULTS | {"wrong_key", "shape"}

_JSON_HEADERS = {"Content-Type": "application/json; charset=utf-8"}


class ShapeSpec(StrictModel):
    """How the agency wrote its records at one time."""

    wrap: Literal["envelope"] | None = None
    """`envelope`: the records are one member of an object. It has the caller's key twice."""
    names: dict[str, str] = Field(default_factory=dict)
    """Column -> key, if they differ."""
    order: list[str] = Field(default_factory=list)
    """The first columns, in order. All other columns follow."""
    times: dict[str, list[str]] = Field(default_factory=dict)
    """Column -> [strftime pattern of the rows, strftime pattern of this shape]."""
    integers: list[str] = Field(default_factory=list)
    """Columns that are JSON numbers, not texts."""
    bom: bool = False
    """Whether a byte-order mark begins the first key, as in JSON that was made from a CSV."""
    escaped_slashes: bool = False
    """Whether a slash is written as backslash and slash."""
    labels: dict[str, str] = Field(default_factory=dict)
    """Column -> label in the envelope's list of fields."""
    resource_id: str = ""


class MoenvSettings(StrictModel):
    """The `speaks` block of one dataset of this agency."""

    key: str
    """The api_key that is accepted."""
    page_rows: int = Field(default=1000, ge=1)
    """Most rows in a page, even if the limit in the request is higher."""
    quota: int | None = None
    """Most calls per simulated day. None: no limit."""
    shape: str = "bare"
    """The name of the shape in use."""
    shapes: dict[str, ShapeSpec] = Field(default_factory=lambda: {"bare": ShapeSpec()})


SETTINGS = MoenvSettings


class _UnreadableParameter(ValueError):
    """A limit or offset is no whole number."""


def select_rows(call: AgencyCall, table: AgencyTable, settings: MoenvSettings) -> AgencyTable:
    """Return all rows. The agency ignores filters, as its clients have seen.

    Args:
        call: the request. It has no influence.
        table: all rows that the agency has.
        settings: the `speaks` block of the sandbox.yaml.
    """
    return table


def answer(call: AgencyCall, table: AgencyTable, settings: MoenvSettings, protocol_faults: Mapping[str, Any]) -> Answer:
    """Answer with one page.

    Args:
        call: the request.
        table: the rows that `select_rows` returned, with the faults in the rows.
        settings: the `speaks` block of the sandbox.yaml.
        protocol_faults: fault name -> parameters, for the active faults of PROTOCOL_FAULTS.

    Returns:
        The page, or a message: over the quota (429), wrong key (200), unreadable parameter or unknown shape (400).
    """
    refusal = _refusal(call, settings, "wrong_key" in protocol_faults)
    if refusal is not None:
        return refusal
    try:
        limit = min(_whole_number(call.query, "limit", settings.page_rows), settings.page_rows)
        offset = _whole_number(call.query, "offset", 0)
    except _UnreadableParameter as error:
        return _message(str(error), 400)
    shape_name = protocol_faults["shape"].to if "shape" in protocol_faults else settings.shape
    shape = settings.shapes.get(shape_name)
    if shape is None:
        return _message(f"sandbox.yaml has no shape {shape_name!r}; it has {', '.join(settings.shapes)}", 400)
    columns = [column for column in shape.order if column in table.columns]
    columns += [column for column in table.columns if column not in columns]
    rows = page_rows(_sorted_rows(table, call.query.get("sort", "")), offset, limit, protocol_faults)
    document: object = [_record(row, columns, shape) for row in rows]
    if shape.wrap:
        paging = {"total": str(len(table.rows)), "limit": str(limit), "offset": str(offset)}
        links = _links(call, limit, offset)
        document = _envelope(call, columns, shape) | paging | {"_links": links, "records": document}
    body = json.dumps(document, ensure_ascii=False, indent=1)
    if shape.escaped_slashes:
        body = body.replace("/", "\\/")
    return Answer(200, dict(_JSON_HEADERS), body.encode())


def _refusal(call: AgencyCall, settings: MoenvSettings, refuses_key: bool) -> Answer | None:
    if settings.quota is not None and call.calls_today > settings.quota:
        return _message("daily quota exceeded", 429, {"Retry-After": str(_seconds_until_midnight(call.now))})
    if refuses_key or call.query.get("api_key", "") != settings.key:
        # HTTP 200: the agency's clients know the refusal as an object with only a message
        return _message("api_key is missing or not valid")
    if call.query.get("format", "json").lower() != "json":
        return _message("the sandbox speaks format=json only", 400)
    return None


def _message(text: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(status, {**_JSON_HEADERS, **(headers or {})}, json.dumps({"message": text}).encode())


def _seconds_until_midnight(now: datetime) -> int:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return max(1, int((midnight - now).total_seconds()))


def _whole_number(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, "")
    if not text:
        return default
    if not text.isdecimal():
        raise _UnreadableParameter(f"{name} must be a whole number")
    return int(text)


def _sorted_rows(table: AgencyTable, sort: str) -> list[dict[str, str]]:
    # callers often sort by a column that is not published (ImportDate): the rows then keep their order, newest first
    column, _, direction = sort.strip().rpartition(" ")
    if direction.lower() not in ("asc", "desc"):
        column, direction = sort.strip(), "desc"
    if column not in table.columns:
        return table.rows
    return sorted(table.rows, key=lambda row: row.get(column, ""), reverse=direction.lower() == "desc")


def _record(row: Mapping[str, str], columns: list[str], shape: ShapeSpec) -> dict[str, str | int]:
    record: dict[str, str | int] = {}
    for column in columns:
        text = row.get(column)
        if text is None:
            continue
        name = shape.names.get(column, column)
        if shape.bom and not record:
            name = "\ufeff" + name
        if column in shape.times and text:
            row_pattern, shape_pattern = shape.times[column]
            parsed = datetime.strptime(text, row_pattern)  # noqa: DTZ007 - the agency writes no zone
            text = parsed.strftime(shape_pattern)
        # a text that is no number comes from a fault: it stays a text, because the answer must show it
        record[name] = int(text) if column in shape.integers and text.lstrip("-").isdecimal() else text
    return record


def _envelope(call: AgencyCall, columns: list[str], shape: ShapeSpec) -> dict[str, Any]:
    fields = [
        {"id": shape.names.get(column, column), "type": "text", "info": {"label": shape.labels.get(column, column)}}
        for column in columns
    ]
    return {
        "fields": fields,
        "resource_id": shape.resource_id,
        "__extras": {"api_key": call.query.get("api_key", "")},
        "include_total": True,
        "resource_format": "object",
    }


def _links(call: AgencyCall, limit: int, offset: int) -> dict[str, str]:
    # not percent-encoded and with the caller's key, as the agency writes them
    parameters = {name: value for name, value in call.query.items() if name not in ("limit", "offset")}
    query = "&".join(f"{name}={value}" for name, value in {**parameters, "limit": str(limit)}.items())
    start = f"{call.request.path}?{query}"
    return {"start": start, "next": f"{start}&offset={offset + limit}"}
