"""MOENV's API v2: an api_key, pages of limit and offset, and one of several shapes of JSON.

The facts are those of the agency's guide and of what its clients have seen; where they differ, a shape says which.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import Field

from sandbox.messages import Answer, Ask, Strict, Table
from sandbox.protocols.parts import pages

QUIRKS = pages.QUIRKS | {"wrong_key", "shape"}

_JSON = {"Content-Type": "application/json; charset=utf-8"}


class Shape(Strict):
    """How one era of the agency writes a record."""

    wrap: Literal["envelope"] | None = None
    """`envelope`: the records are one member among others, and the caller's key is echoed in it twice."""
    names: dict[str, str] = Field(default_factory=dict)
    """Column -> key, where they differ."""
    order: list[str] = Field(default_factory=list)
    """Columns in the order of this era; those unsaid follow."""
    times: dict[str, list[str]] = Field(default_factory=dict)
    """Column -> [pattern that the rows have, pattern of this era]."""
    integers: list[str] = Field(default_factory=list)
    """Columns that are JSON numbers and not texts."""
    bom: bool = False
    """A byte-order mark stands inside the first key, as when the JSON was made from a CSV."""
    escaped_slashes: bool = False
    labels: dict[str, str] = Field(default_factory=dict)
    """Column -> the label in the envelope's list of fields."""
    resource_id: str = ""


class Settings(Strict):
    """What `speaks:` says of one dataset of this agency."""

    key: str
    page_rows: int = Field(default=1000, ge=1)
    """More is not given, whatever the limit asked for."""
    quota: int | None = None
    """Calls per simulated day."""
    shape: str = "bare"
    shapes: dict[str, Shape] = Field(default_factory=lambda: {"bare": Shape()})


class _BadNumber(ValueError):
    """A limit or offset that is not a number."""


def asked(ask: Ask, table: Table, settings: Settings) -> Table:
    """Return all: filters are not heeded, as the agency was seen to do."""
    return table


def answer(ask: Ask, table: Table, settings: Settings, quirks: Mapping[str, Any]) -> Answer:
    """Answer one page."""
    if settings.quota is not None and ask.calls_today > settings.quota:
        return _message("daily quota exceeded", 429, {"Retry-After": str(_until_midnight_seconds(ask.now))})
    key = ask.query.get("api_key", "")
    if key != settings.key or "wrong_key" in quirks:
        # HTTP 200: the agency's clients know it as an object with only a message
        return _message("api_key is missing or not valid")
    if ask.query.get("format", "json").lower() != "json":
        return _message("the sandbox speaks format=json only", 400)
    try:
        limit = min(_number(ask.query, "limit", settings.page_rows), settings.page_rows)
        offset = _number(ask.query, "offset", 0)
    except _BadNumber as error:
        return _message(str(error), 400)
    rows = pages.page(_sorted(table, ask.query.get("sort", "")), offset, limit, quirks)
    name = quirks["shape"].to if "shape" in quirks else settings.shape
    shape = settings.shapes.get(name)
    if shape is None:
        return _message(f"sandbox.yaml has no shape {name!r}; it has {', '.join(settings.shapes)}", 400)
    columns = [column for column in shape.order if column in table.columns]
    columns += [column for column in table.columns if column not in columns]
    said: object = [_record(row, columns, shape) for row in rows]
    if shape.wrap:
        said = _envelope(ask, said, columns, shape) | {"total": str(len(table.rows))}
        said |= {"limit": str(limit), "offset": str(offset), "_links": _links(ask, limit, offset)}
        said["records"] = said.pop("records")
    body = json.dumps(said, ensure_ascii=False, indent=1)
    if shape.escaped_slashes:
        body = body.replace("/", "\\/")
    return Answer(200, dict(_JSON), body.encode())


def _message(text: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(status, {**_JSON, **(headers or {})}, json.dumps({"message": text}).encode())


def _until_midnight_seconds(now: datetime) -> int:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return max(1, int((midnight - now).total_seconds()))


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, "")
    if not text:
        return default
    if not text.isdecimal():
        raise _BadNumber(f"{name} must be a whole number")
    return int(text)


def _sorted(table: Table, sort: str) -> list[dict[str, str]]:
    # a column that is not published (ImportDate) is common here: the rows then stay as they are, newest first
    column, _, way = sort.strip().rpartition(" ")
    column, way = (column, way.lower()) if way.lower() in ("asc", "desc") else (sort.strip(), "desc")
    if column not in table.columns:
        return table.rows
    return sorted(table.rows, key=lambda row: row.get(column, ""), reverse=way == "desc")


def _record(row: Mapping[str, str], columns: list[str], shape: Shape) -> dict[str, str | int]:
    record: dict[str, str | int] = {}
    for column in columns:
        text = row.get(column)
        if text is None:
            continue
        name = shape.names.get(column, column)
        if shape.bom and not record:
            name = "\ufeff" + name
        if column in shape.times and text:
            heard, said = shape.times[column]
            text = datetime.strptime(text, heard).strftime(said)  # noqa: DTZ007 - the agency tells no zone
        # a text that is no number (a fault's) stays one: the row must still be sayable
        record[name] = int(text) if column in shape.integers and text.lstrip("-").isdecimal() else text
    return record


def _envelope(ask: Ask, records: object, columns: list[str], shape: Shape) -> dict[str, Any]:
    fields = [
        {"id": shape.names.get(column, column), "type": "text", "info": {"label": shape.labels.get(column, column)}}
        for column in columns
    ]
    return {
        "fields": fields,
        "resource_id": shape.resource_id,
        "__extras": {"api_key": ask.query.get("api_key", "")},
        "include_total": True,
        "resource_format": "object",
        "records": records,
    }


def _links(ask: Ask, limit: int, offset: int) -> dict[str, str]:
    # not encoded, as the agency writes them, and with the caller's key
    kept = {name: value for name, value in ask.query.items() if name not in ("limit", "offset")}
    query = "&".join(f"{name}={value}" for name, value in {**kept, "limit": str(limit)}.items())
    start = f"{ask.request.path}?{query}"
    return {"start": start, "next": f"{start}&offset={offset + limit}"}
