"""A whole file at one address: CSV, also as gzip, with ETag, Last-Modified and conditional GET."""

import gzip
import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

from pydantic import Field

from sandbox.messages import AgencyCall, AgencyTable, Answer
from sandbox.protocols.parts.asking import ASKING_FAULTS, AskingSettings, asked_rows, nothing, refusal
from sandbox.protocols.parts.written import csv_text

PROTOCOL_FAULTS = ASKING_FAULTS


class FileSettings(AskingSettings):
    """How the file is asked for, and how it is written."""

    bom: bool = False
    """Whether a byte-order mark begins the file."""
    crlf: bool = True
    """Whether lines end in CR LF; else in LF."""
    encoding: str = "utf-8"
    """The encoding of the text, such as cp950."""
    head: list[str] = Field(default_factory=list)
    """Lines that stand instead of the header. A place as `{year}` has the text of that column in the first row."""
    foot: list[str] = Field(default_factory=list)
    """Lines below the rows."""
    hidden: list[str] = Field(default_factory=list)
    """Columns that only filters and places in lines need; they are not written."""
    gzip: bool | None = None
    """Whether the file is a gzip. None: it is one if its name ends in .gz."""
    conditional: bool = True
    """Whether the agency sends an ETag and answers a conditional GET. Some agencies do not."""


SETTINGS = FileSettings


def select_rows(call: AgencyCall, table: AgencyTable, settings: FileSettings) -> AgencyTable:
    """Return the rows of the file: all, unless parameters of the address ask for some.

    Args:
        call: the request.
        table: all rows that the agency has.
        settings: the `speaks` block of the sandbox.yaml.
    """
    return asked_rows(call, table, settings)


def answer(call: AgencyCall, table: AgencyTable, settings: FileSettings, protocol_faults: Mapping[str, Any]) -> Answer:
    """Answer with the file, or with 304 if the caller already has it.

    Args:
        call: the request.
        table: the rows of the file.
        settings: the `speaks` block of the sandbox.yaml.
        protocol_faults: fault name -> parameters, for the active faults of PROTOCOL_FAULTS.
    """
    refused = refusal(call, settings, protocol_faults) or nothing(settings, table)
    if refused is not None:
        return refused
    columns = [column for column in table.columns if column not in settings.hidden]
    text = csv_text(columns, table.rows, "\r\n" if settings.crlf else "\n", settings.head, settings.foot)
    body = (b"\xef\xbb\xbf" if settings.bom else b"") + text.encode(settings.encoding)
    is_gzip = call.request.path.endswith(".gz") if settings.gzip is None else settings.gzip
    if is_gzip:
        # without a time in the gzip header, because the same rows must give the same bytes
        body = gzip.compress(body, mtime=0)
    headers = {"Content-Type": "application/gzip" if is_gzip else f"text/csv; charset={settings.encoding}"}
    if settings.conditional:
        etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        last_modified = table.as_of.astimezone(UTC).replace(microsecond=0)
        headers |= {"ETag": etag, "Last-Modified": format_datetime(last_modified, usegmt=True)}
        if _caller_has_it(call.headers, etag, last_modified):
            return Answer(304, headers)
    return Answer(200, headers, body)


def _caller_has_it(headers: Mapping[str, str], etag: str, last_modified: datetime) -> bool:
    # with If-None-Match, a server ignores If-Modified-Since: RFC 9110, section 13.2.2
    etags = headers.get("if-none-match")
    if etags is not None:
        return etags.strip() == "*" or etag in [text.strip().removeprefix("W/") for text in etags.split(",")]
    since_text = headers.get("if-modified-since")
    if since_text is None:
        return False
    try:
        since = parsedate_to_datetime(since_text)
    except ValueError:
        return False
    return last_modified <= (since if since.tzinfo else since.replace(tzinfo=UTC))
