"""What changed before a column is looked at: the address, the size of a page, how the bytes are written."""

import itertools
from collections.abc import Iterator
from typing import Any, NamedTuple, get_args
from urllib.parse import urljoin, urlsplit

import pyarrow as pa

from catalog.declaration.dataset import Agency, Dataset
from catalog.errors import DeclarationError, SourceError
from pipelines.answers import protocol_of
from pipelines.candidate.origins import with_origins
from pipelines.candidate.records import one_table
from pipelines.conform.columns import columns_of
from pipelines.decode import find
from pipelines.decode.parts import bounded
from pipelines.decode.parts.beside import is_beside
from pipelines.decode.parts.text import Encoding
from pipelines.drift.changes import Draft, Past, SourceChange
from pipelines.drift.edits import Put
from pipelines.drift.layouts import layouts, moved_tables
from pipelines.protocols import load_protocol
from pipelines.records import Record
from pipelines.shape import shaped

_REDIRECTS = (301, 302, 303, 307, 308)
_SEPARATORS = (",", "\t", ";", "|")
_SIZES = (("limit",), ("paging", "size"))
"""Where the source of a protocol says how many rows a page has."""
_ROUND = 10
"""Of the rows of a page that an agency caps, a divisor."""


class ReadAnswer(NamedTuple):
    """The records of a fetch by a declaration, or why it has none."""

    records: pa.Table | None
    fault: str | None


def read_answer(dataset: Dataset, record: Record, bodies: list[bytes]) -> ReadAnswer:
    """Read a fetch as a declaration says now, whatever it was asked by.

    Args:
        dataset: the declaration.
        record: the fetch.
        bodies: of its answers.
    """
    try:
        protocol, source = protocol_of(dataset, record.read_by(dataset.minsheng.origin))
        contents = bounded.call(protocol.contents, source, bodies)
        if contents.incomplete and not contents.records:
            return ReadAnswer(None, contents.incomplete)
        pages = with_origins(dataset, record, list(contents.records))
        return ReadAnswer(shaped(dataset, one_table(pages)), contents.incomplete)
    except (SourceError, DeclarationError) as error:
        return ReadAnswer(None, error.message)


def page_sizes(dataset: Dataset, record: Record, bodies: list[bytes]) -> list[int]:
    """Return the rows of each page of a fetch.

    Raises:
        SourceError: one cannot be read.
    """
    protocol, source = protocol_of(dataset, record)
    return [bounded.call(protocol.records, source, body).num_rows for body in bodies]


def address_changes(draft: Draft, record: Record, agency: Agency) -> list[SourceChange]:
    """Return whether the agency says that what is asked for is elsewhere now."""
    source = draft.dataset.minsheng.origin
    declared = source.get("address")
    if not isinstance(declared, str) or "{" in declared or not record.pages:
        return []
    page = record.pages[-1]
    target = page["address"]
    if page["status"] in _REDIRECTS and page["headers"].get("location"):
        target = urljoin(page["address"], page["headers"]["location"])
    old, new = urlsplit(declared), urlsplit(target)
    if (old.netloc, old.path) == (new.netloc, new.path) or not new.netloc or "replay" in record.asked:
        if record.complete or page["status"] not in (404, 410):
            return []
        return [SourceChange("address", f"nothing is at {declared} any more, and the agency does not say where it is")]
    moved = old._replace(scheme="https", netloc=new.netloc, path=new.path).geturl()
    says = f"the agency moved {declared} to {moved}"
    if new.hostname not in agency.hosts:
        says += f"; list {new.hostname} under hosts of {draft.dataset.minsheng.agency} in agencies.yaml too"
    return [SourceChange("address", says, (Put(("minsheng", "source", "address"), moved),))]


def paging_changes(draft: Draft, record: Record, sizes: list[int], past: Past) -> list[SourceChange]:
    """Return whether pages have fewer rows than are asked for, so that the first is taken for the last.

    Args:
        draft: the declaration.
        record: the fetch.
        sizes: the rows of each of its pages.
        past: the last release.
    """
    _, source = load_protocol(draft.dataset.minsheng.origin, draft.dataset.name)
    path, size = next(((path, size) for path in _SIZES if (size := _at(source, path))), ((), None))
    if size is None or not sizes or "replay" in record.asked:
        return []
    rows = sizes[0]
    capped = 0 < rows < size and rows % _ROUND == 0 and max(sizes) == rows and sum(sizes) < past.count
    if not capped:
        return []
    says = f"a page has {rows:,} rows now, where {size:,} are asked for: the first one is taken for the last"
    return [SourceChange("paging", says, (Put(("minsheng", "source", *path), rows),))]


def _at(source: Any, path: tuple[str, ...]) -> int | None:
    """What typed parameters say at a path of attributes; None where they have no such, or it is left open."""
    for name in path:
        source = getattr(source, name, None)
    return source if isinstance(source, int) else None


def writing_changes(draft: Draft, record: Record, bodies: list[bytes]) -> list[SourceChange]:
    """Return in which encoding, with which separator or where in the answer the table is found that is not any more.

    Where a source has several layouts, the new one joins them.
    """
    for change in itertools.chain(_written_otherwise(draft), moved_tables(draft, bodies)):
        try:
            other = draft.after([change]).dataset
        except DeclarationError:
            continue
        records = read_answer(other, record, bodies).records
        if records is not None and knows(other, records):
            return [change]
    return []


def _written_otherwise(draft: Draft) -> Iterator[SourceChange]:
    """Other ways to write the same format."""
    for layout in layouts(draft.dataset.minsheng.origin):
        options = find(layout.format).Reading.model_fields
        for name, others in (("encoding", get_args(Encoding)), ("separator", _SEPARATORS)):
            if name not in options:
                continue
            before = layout.reading.get(name, options[name].default)
            for other in (one for one in others if one != before):
                says = f"the {name} is {other!r} now, and was {before!r}{layout.after}"
                yield SourceChange("encoding", says, layout.edits({**layout.reading, name: other}))


def knows(dataset: Dataset, records: pa.Table) -> bool:
    """Return whether the records have the columns that every row needs."""
    try:
        columns_of(dataset, [name for name in records.column_names if not is_beside(name)])
    except SourceError:
        return False
    return True
