"""How bytes are written: one file for each format of `pipelines/decode/`, with `see(body)`.

Each looks for signs of its format, and gives the options with which its decoder reads the body; or None. A form is
proposed only if the decoder reads the body with it.
"""

import importlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import pyarrow as pa

from catalog.errors import SourceError
from pipelines.decode import OneFormat
from pipelines.decode.parts import gzip
from pipelines.protocols.parts.request import MAX_BODY_BYTES

ORDER = ("xls", "xlsx", "ods", "zip", "html", "geojson", "xml", "ndjson", "json", "javascript", "csv", "fixed")
"""From the format with the clearest signs to that with the least."""


@dataclass(frozen=True)
class Form:
    """A format, and its options in a declaration."""

    format: str
    reading: Mapping[str, Any] = field(default_factory=dict)
    notes: Sequence[str] = ()
    """What a steward should know of it, and questions: lines of comment."""
    titles: Mapping[str, str] = field(default_factory=dict)
    """By column, an English title that the file itself gives."""
    units: Mapping[str, str] = field(default_factory=dict)
    """By column, the unit that a line of the file gives, as it is written there."""
    merged: Sequence[str] = ()
    """Columns with cells that are merged over several rows, as the file says."""

    def records(self, body: bytes) -> pa.Table:
        """Return the records of a body, as the pipeline decodes them."""
        return OneFormat(format=self.format, reading=dict(self.reading)).records(body)

    def reads(self, body: bytes) -> bool:
        """Return whether the decoder reads a body with these options."""
        try:
            self.records(body)
        except SourceError:
            return False
        return True


class Sees(Protocol):
    """What the file of each format has."""

    def see(self, body: bytes) -> Form | None:
        """Return how a body is written, or None if it has no sign of this format."""


def look(body: bytes) -> tuple[Form, pa.Table]:
    """Return how a body is written, and its records.

    Raises:
        SourceError: no format fits; says what the nearest one lacks.
    """
    body = gzip.unpack(body, MAX_BODY_BYTES)
    if not body.strip():
        raise SourceError("expected data, found an empty body")
    faults = []
    for name in ORDER:
        sees: Sees = importlib.import_module(f"{__name__}.{name}")
        form = sees.see(body)
        if form is None:
            continue
        try:
            return form, form.records(body)
        except SourceError as error:
            faults.append(f"{name}: {str(error)[:200]}")
    tried = "; ".join(faults) or f"a body that begins {body[:60]!r}"
    raise SourceError(f"expected a format that is known ({', '.join(sorted(ORDER))}), found {tried}")


def first_that_reads(body: bytes, forms: Iterable[Form]) -> Form:
    """Return the first form with which the decoder reads a body; if there is none, the first, whose fault is told."""
    first = None
    for form in forms:
        first = first or form
        if form.reads(body):
            return form
    assert first is not None  # noqa: S101  there is always one
    return first
