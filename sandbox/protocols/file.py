"""A whole file at one address: GET, ETag and Last-Modified, conditional GET, CSV, gzip where the file itself is one."""

import csv
import gzip
import hashlib
import io
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

from sandbox.messages import Answer, Ask, Strict, Table

QUIRKS: frozenset[str] = frozenset()


class Settings(Strict):
    """How the file is written."""

    bom: bool = False
    crlf: bool = True
    gzip: bool | None = None
    """Whether the file is a gzip; unsaid, its name tells."""
    conditional: bool = True
    """Whether the agency tells an ETag and heeds a conditional GET; not all do."""


def asked(ask: Ask, table: Table, settings: Settings) -> Table:
    """Return all: a file is whole."""
    return table


def answer(ask: Ask, table: Table, settings: Settings, quirks: Mapping[str, Any]) -> Answer:
    """Answer with the file, or with 304 where the caller holds it already."""
    body = _csv(table, settings)
    zipped = ask.request.path.endswith(".gz") if settings.gzip is None else settings.gzip
    if zipped:
        # without a time in its header, because the same rows must give the same bytes
        body = gzip.compress(body, mtime=0)
    headers = {"Content-Type": "application/gzip" if zipped else "text/csv; charset=utf-8"}
    if settings.conditional:
        etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        changed = table.as_of.astimezone(UTC).replace(microsecond=0)
        headers |= {"ETag": etag, "Last-Modified": format_datetime(changed, usegmt=True)}
        if _holds(ask.headers, etag, changed):
            return Answer(304, headers)
    return Answer(200, headers, body)


def _csv(table: Table, settings: Settings) -> bytes:
    text = io.StringIO()
    end = "\r\n" if settings.crlf else "\n"
    writer = csv.DictWriter(text, table.columns, lineterminator=end, restval="", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(table.rows)
    return text.getvalue().encode("utf-8-sig" if settings.bom else "utf-8")


def _holds(headers: Mapping[str, str], etag: str, changed: datetime) -> bool:
    # If-None-Match rules and the date is then not looked at: RFC 9110, section 13.2.2
    tags = headers.get("if-none-match")
    if tags is not None:
        return tags.strip() == "*" or etag in [tag.strip().removeprefix("W/") for tag in tags.split(",")]
    since = headers.get("if-modified-since")
    if since is None:
        return False
    try:
        known = parsedate_to_datetime(since)
    except ValueError:
        return False
    return changed <= (known if known.tzinfo else known.replace(tzinfo=UTC))
