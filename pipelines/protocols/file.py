"""`file`: whole files, in any format, gzip or not: one, or one for each address of a list or template.

One file is asked for by a conditional GET (RFC 9110, section 13). Several are the pages of one fetch.
"""

from typing import Any

import pyarrow as pa
from pydantic import model_validator

from catalog.errors import SourceError
from pipelines.decode.parts import gzip
from pipelines.protocols.parts import over
from pipelines.protocols.parts.addressed import Addressed, conditional
from pipelines.protocols.parts.request import MAX_BODY_BYTES, Contents, Previous, Request

windows, narrow, window_of = over.windows, over.narrow, over.window_of

_NO_BYTES = "not data: expected a file with rows, found an empty body"


class Source(Addressed):
    """Parameters of `minsheng.source`."""

    @model_validator(mode="before")
    @classmethod
    def _as_once_written(cls, values: Any) -> Any:
        # Evidence is read as it was asked, and `records` stood beside `format` once.
        if isinstance(values, dict) and "records" in values and values.get("format") == "json":
            rest = {key: value for key, value in values.items() if key != "records"}
            return rest | {"reading": {"records": values["records"]} | rest.get("reading", {})}
        return values


def ask(source: Source, looks: list[None], previous: Previous | None) -> Request | None:
    """Ask for each file; where there is one, unless it is what it was."""
    units = source.units
    if len(looks) >= len(units):
        return None
    request = source.request(units[len(looks)], {})
    return conditional(request, previous) if len(units) == 1 else request


def contents(source: Source, bodies: list[bytes]) -> Contents:
    """Return the records. A file does not state its own length: one without rows is taken for no data.

    A replay may list parts of a file as pages.
    """
    if source.answers and len(bodies) + source.gaps != len(source.units):
        found = len(bodies) + source.gaps
        return Contents(incomplete=f"expected an answer from each of {len(source.units)} addresses, found {found}")
    without = not all(body.strip() for body in bodies)
    try:
        tables = tuple(records(source, body) for body in bodies)
    except SourceError as error:
        return Contents(incomplete=_NO_BYTES if without else f"not data: {error}")
    if without:
        return Contents(tables, _NO_BYTES, empty=True)  # of the format: no bytes are no records
    rows = sum(table.num_rows for table in tables)
    return Contents(tables) if rows else Contents(tables, "not data: expected rows, found none", empty=True)


def records(source: Source, body: bytes) -> pa.Table:
    """Return the file's records."""
    return source.records(gzip.unpack(body, MAX_BODY_BYTES))
