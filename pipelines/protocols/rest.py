"""`rest`: any interface whose manners can be declared: what a request says, how pages follow, what is no data.

A page is read in any format of `pipelines.decode`; what it says of paging, success and absence is read from JSON. A
body of another declared layout is a whole file, and says nothing of these.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple, Self
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import pyarrow as pa
from pydantic import Field, field_validator, model_validator

from catalog.declaration.strict import Strict, Texts
from catalog.errors import SourceError
from pipelines.decode.parts import gzip, json_values, path
from pipelines.protocols.parts import over
from pipelines.protocols.parts.addressed import Addressed, Unit, conditional
from pipelines.protocols.parts.paging import Paging, split, value_at
from pipelines.protocols.parts.request import (
    GAP,
    MAX_BODY_BYTES,
    Contents,
    Look,
    Previous,
    Request,
    digest,
    moved,
)

windows, narrow, window_of = over.windows, over.narrow, over.window_of
_SIGNS_BYTES = 64 * 1024
"""How much of a body is searched for a text."""


class Sign(Strict):
    """By what an answer is known: a value in it, or a text that it holds."""

    path: str | None = Field(default=None, description="of a value in JSON")
    is_: Texts = Field(default=(), alias="is", description="the value, or several, as texts")
    text: Texts = Field(default=(), description="a text anywhere in the body, or several; in UTF-8")

    @field_validator("path")
    @classmethod
    def _keys(cls, said: str | None) -> str | None:
        if said is not None and any(step.to != "key" for step in path.parse(said)):
            raise ValueError("expected keys joined by dots, that lead to one value")
        return said

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if bool(self.path) != bool(self.is_) or bool(self.path) == bool(self.text):
            raise ValueError("write either path and is, or text")
        return self

    def stands(self, document: Any, body: bytes) -> bool:
        """Whether an answer has it."""
        if self.path is None:
            return any(text.encode() in body[:_SIGNS_BYTES] for text in self.text)
        value = value_at(document, self.path)
        return (value if isinstance(value, str) else {True: "true", False: "false"}.get(value, "")) in self.is_


class Source(Addressed):
    """Parameters of `minsheng.source`."""

    paging: Paging | None = None
    success: Sign | None = Field(default=None, description="what every answer must have; else it is refused")
    refused: Sign | None = Field(default=None, description="what an answer has that is an error")
    no_data: Sign | None = Field(default=None, description="what an answer has that says there is no data")
    message: str | None = Field(default=None, description="path of the agency's words in a refusal")

    @model_validator(mode="after")
    def _readable(self) -> Self:
        if self.paths and self.format != "json":
            raise ValueError(f"{self.paths[0]} is a path into JSON, and format is {self.format}")
        if self.paging and self.paging.into == "post" and not self.post:
            raise ValueError("paging.into: post needs post")
        return self

    @property
    def paths(self) -> tuple[str, ...]:
        """All paths into a body."""
        signs = [sign.path for sign in (self.success, self.refused, self.no_data) if sign and sign.path]
        return (*signs, *((self.message,) if self.message else ()), *(self.paging.paths if self.paging else ()))


class _Page(NamedTuple):
    look: Look
    table: pa.Table


def look(source: Source, body: bytes) -> Look:
    """Look for what `ask` needs to know of a page; raises SourceError when it is refused, or holds no records."""
    return _page(source, body).look


def ask(source: Source, looks: list[Look], previous: Previous | None) -> Request | None:
    """Ask for the next page of an answer that goes on, or for the next answer."""
    ended, begun = split(source.paging, looks)
    units = source.units
    if len(ended) >= len(units) or any(source.paging and source.paging.again(pages) for pages in ended):
        return None
    unit, paging = units[len(ended)], source.paging
    if paging is None:
        request = source.request(unit, {})
        return conditional(request, previous) if len(units) == 1 else request
    if paging.by == "link" and begun:
        return _linked(source, unit, paging.after(begun[-1]) or "")
    return source.request(unit, paging.asks(begun), paging.into)


def contents(source: Source, bodies: list[bytes]) -> Contents:
    """Return the records when the pages are proven to be all there is, or say why they are not."""
    try:
        pages = [_page(source, body) for body in bodies]
    except SourceError as error:
        return Contents(incomplete=f"not data: {error}")
    if reason := _incomplete(source, pages):
        return Contents(incomplete=reason)
    # An empty list that was asked for by a window is data: that nothing was there.
    if not any(page.look.rows for page in pages) and not source.is_window:
        said = "that there is no data" if any(page.look.empty for page in pages) else "none"
        return Contents(tuple(page.table for page in pages), f"not data: expected rows, found {said}", empty=True)
    return Contents(tuple(page.table for page in pages))


def records(source: Source, body: bytes) -> pa.Table:
    """Return the page's records."""
    return _page(source, body).table


def _incomplete(source: Source, pages: list[_Page]) -> str | None:
    looks = [page.look for page in pages]
    if source.answers:
        read = iter(looks)
        looks = [GAP if one.gap else next(read)._replace(link=one.link) for one in source.answers]
    ended, begun = split(source.paging, looks)
    tables, paging = iter([page.table for page in pages]), source.paging
    if paging:
        for answer in [*ended, *([begun] if begun else [])]:
            if reason := paging.incomplete(answer) or _moved(paging, answer, tables):
                return reason
    if source.answers and len(ended) != len(source.units):
        return f"expected answers to {len(source.units)} requests, found {len(ended)}"
    return None


def _moved(paging: Paging, answer: list[Look], tables: Iterator[pa.Table]) -> str | None:
    """Why the pages of one answer are not of one table; where a total or a cursor proves that, rows may be alike."""
    pages = [next(tables) for look in answer if not look.missing]
    counted = paging.total or paging.by in ("cursor", "link")
    return None if counted or len(pages) < 2 else moved([table.to_pylist() for table in pages])


def _page(source: Source, body: bytes) -> _Page:
    body = gzip.unpack(body, MAX_BODY_BYTES)
    if not body.strip():
        raise SourceError("expected records, found an empty body")
    if source.paths and _is_file(source, body):
        return _whole(source, body)
    document = json_values.parse(body) if source.paths else None
    if source.no_data and source.no_data.stands(document, body):
        return _Page(Look(0, empty=True), pa.table({}))
    if source.refused and source.refused.stands(document, body):
        raise SourceError(f"expected data, found an error of the agency{_words(source, document, body)}")
    if source.success and not source.success.stands(document, body):
        wanted = source.success.path or "the text"
        found = value_at(document, source.success.path) if source.success.path else None
        raise SourceError(
            f"expected {wanted} {' or '.join(source.success.is_ or source.success.text)}, found "
            f"{str(found)[:60]!r}{_words(source, document, body)}"
        )
    table = source.records(body)
    if source.paging is None:
        return _Page(Look(table.num_rows), table)
    digests = frozenset({digest(table.to_pylist())}) if table.num_rows else frozenset()
    return _Page(source.paging.look(document, Look(table.num_rows, digests=digests)), table)


def _is_file(source: Source, body: bytes) -> bool:
    """Whether a body is of a layout that is declared and is no JSON: such a file says nothing of pages or success."""
    if all(layout.format == "json" for layout in source.readings):
        return False
    try:
        json_values.parse(body)
    except SourceError:
        return True
    return False


def _whole(source: Source, body: bytes) -> _Page:
    """A file that is all that an answer has: its first and last page."""
    table = source.records(body)
    rows = table.num_rows
    return _Page(Look(rows, total=rows, last=1) if source.paging else Look(rows), table)


def _words(source: Source, document: Any, body: bytes) -> str:
    said = value_at(document, source.message) if source.message else None
    return f": {str(said)[:200]!r}" if said else f" in {body[:60]!r}"


def _linked(source: Source, unit: Unit, link: str) -> Request:
    """Follow a link, as the agency wrote it, but for a key that it has in it."""
    request = source.request(unit, {})
    target = urljoin(request.address, link)
    if source.key and source.key.query:
        parts = urlsplit(target)
        kept = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != source.key.query]
        target = parts._replace(query=urlencode(kept)).geturl()
    return replace(request, address=target, query={})
