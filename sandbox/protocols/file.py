"""A whole file at one address, with ETag, Last-Modified and conditional GET: CSV, gzip, a zip file, or a workbook."""

import csv
import gzip
import hashlib
import io
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

from pydantic import Field

from sandbox.messages import AgencyCall, AgencyTable, Answer, StrictModel
from sandbox.protocols.parts.asking import ASKING_FAULTS, AskingSettings, asked_rows, nothing, refusal
from sandbox.protocols.parts.containers import ODS_TYPE, ods_bytes, zip_bytes
from sandbox.protocols.parts.written import csv_text, filled

PROTOCOL_FAULTS = ASKING_FAULTS


class MembersSpec(StrictModel):
    """The members of a zip file, or the sheets of a workbook: one for each text in a column, or one."""

    by: str | None = None
    """The column. None: all rows stand in one member."""
    name: str
    """What each is called. A place as `{county}` has the text of that column in its first row."""


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
    line: str | None = None
    """How a row is written, with places, if not as CSV."""
    foot: list[str] = Field(default_factory=list)
    """Lines below the rows."""
    hidden: list[str] = Field(default_factory=list)
    """Columns that only filters and places in lines need; they are not written."""
    members: MembersSpec | None = None
    """The file is a zip file, of CSV files if `line` does not say otherwise."""
    sheets: MembersSpec | None = None
    """The file is an .ods workbook."""
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
    is_gzip = call.request.path.endswith(".gz") if settings.gzip is None else settings.gzip
    kind, body = _body(table, settings, is_gzip)
    headers = {"Content-Type": kind}
    if settings.conditional:
        etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        last_modified = table.as_of.astimezone(UTC).replace(microsecond=0)
        headers |= {"ETag": etag, "Last-Modified": format_datetime(last_modified, usegmt=True)}
        if _caller_has_it(call.headers, etag, last_modified):
            return Answer(304, headers)
    return Answer(200, headers, body)


def _body(table: AgencyTable, settings: FileSettings, is_gzip: bool) -> tuple[str, bytes]:
    """Return the type and the bytes of the file. The same rows give the same bytes, so no time stands in them."""
    if settings.sheets:
        texts = _texts(table, settings, settings.sheets)
        return ODS_TYPE, ods_bytes({name: list(csv.reader(io.StringIO(text))) for name, text in texts.items()})
    if settings.members:
        texts = _texts(table, settings, settings.members)
        return "application/zip", zip_bytes({name: _encoded(text, settings) for name, text in texts.items()})
    body = _encoded(_text(table, table.rows, settings), settings)
    if is_gzip:
        return "application/gzip", gzip.compress(body, mtime=0)
    return f"text/csv; charset={settings.encoding}", body


def _texts(table: AgencyTable, settings: FileSettings, spec: MembersSpec) -> dict[str, str]:
    if spec.by is None:
        return {filled(spec.name, table.rows): _text(table, table.rows, settings)}
    groups: dict[str, list[dict[str, str]]] = {}
    for row in table.rows:
        groups.setdefault(row.get(spec.by, ""), []).append(row)
    return {filled(spec.name, rows): _text(table, rows, settings) for rows in groups.values()}


def _text(table: AgencyTable, rows: list[dict[str, str]], settings: FileSettings) -> str:
    columns = [column for column in table.columns if column not in settings.hidden]
    return csv_text(columns, rows, "\r\n" if settings.crlf else "\n", settings.head, settings.foot, settings.line)


def _encoded(text: str, settings: FileSettings) -> bytes:
    return (b"\xef\xbb\xbf" if settings.bom else b"") + text.encode(settings.encoding)


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
