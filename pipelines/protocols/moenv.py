"""`moenv`: the environment ministry's API v2, https://data.moenv.gov.tw/paradigm.

Seen over the years: an envelope with `records`, `total` and the caller's key echoed twice, and a bare array. Filters
are not trusted, so none is sent. Pages follow one another as with `rest`: one shorter than the limit is the last. The
envelope's total must be met, where it has one; `rest` asks for one in every answer.
"""

from typing import Any, Literal, NamedTuple

import pyarrow as pa
from pydantic import Field

from catalog.declaration.strict import Strict
from catalog.errors import SourceError
from pipelines.decode.parts import json_values
from pipelines.protocols.parts.paging import Paging, uneven, unmet
from pipelines.protocols.parts.request import Contents, Look, Previous, Request, digest, moved

_PATHS = ("", "records", "data", "result.records")
_MAX_PAGES = 2_000
"""At 1,000 rows a page more than the ministry's largest table."""
_MOST_DIGITS = 18


class Source(Strict):
    """Parameters of `minsheng.source`."""

    dataset: str = Field(pattern=r"^[a-z]+(_[a-z]+)*_[0-9]+$", description="its id, as aqx_p_432")
    host: str = Field(default="data.moenv.gov.tw", pattern=r"^[a-z0-9.-]+$")
    key_env: str = Field(default="MOENV_API_KEY", pattern=r"^[A-Z][A-Z0-9_]*$", description="the variable with the key")
    sort: str | None = None
    limit: int = Field(default=1000, ge=1, le=1000, description="rows a page; the ministry caps it at 1000")
    format: Literal["json"] = "json"

    @property
    def paging(self) -> Paging:
        """How pages follow one another."""
        return Paging(by="offset", name="offset", size=self.limit, size_name="limit", most=_MAX_PAGES)


class _Page(NamedTuple):
    """One body, parsed."""

    rows: list[dict[str, Any]]
    total: int | None
    """The rows of all pages together, where the agency states it."""

    @property
    def look(self) -> Look:
        """What paging needs to know of it."""
        return Look(len(self.rows), digests=frozenset({digest(self.rows)}))


def look(source: Source, body: bytes) -> Look:
    """Look for what `ask` needs to know of a page; raises SourceError when it holds no records."""
    return _page(body).look


def ask(source: Source, looks: list[Look], previous: Previous | None) -> Request | None:
    """Ask for the next page, until one is shorter than the limit, or comes again."""
    if looks and source.paging.ended(looks):
        return None
    query = {"format": source.format, **source.paging.asks(looks)} | ({"sort": source.sort} if source.sort else {})
    return Request(f"https://{source.host}/api/v2/{source.dataset}", query=query, secrets={"api_key": source.key_env})


def contents(source: Source, bodies: list[bytes]) -> Contents:
    """Return the records when the pages are proven to be all there is, or say why they are not."""
    try:
        pages = [_page(body) for body in bodies]
    except SourceError as error:
        return Contents(incomplete=f"not data: {error}")
    reason = _incomplete(source, pages)
    if reason and len(pages) == 1 and not pages[0].rows and pages[0].total in (None, 0):
        return Contents((json_values.records([]),), reason, empty=True)
    return Contents(incomplete=reason) if reason else Contents(tuple(json_values.records(page.rows) for page in pages))


def _incomplete(source: Source, pages: list[_Page]) -> str | None:
    sizes = [len(page.rows) for page in pages]
    totals = sorted({page.total for page in pages if page.total is not None})
    if not sum(sizes):
        return "not data: expected rows, found an empty list"
    if reason := source.paging.again([page.look for page in pages]) or uneven(sizes, source.limit):
        return reason
    if totals == [sum(sizes)]:
        return None
    if reason := moved([page.rows for page in pages]) or unmet(totals, sum(sizes), "total"):
        return reason
    if sizes[-1] >= source.limit:
        return f"expected a last page of fewer than {source.limit} rows, found {sizes[-1]}: there may be more"
    return None


def records(source: Source, body: bytes) -> pa.Table:
    """Return the page's records."""
    return json_values.records(_page(body).rows)


def _page(body: bytes) -> _Page:
    if not body.strip():
        raise SourceError("expected a list of records, found an empty body")
    document = json_values.parse(body)
    rows = json_values.find(document, _PATHS)
    if rows is not None:
        return _Page(rows, _total(document))
    message = document.get("message") if isinstance(document, dict) else None
    if isinstance(message, str):
        raise SourceError(f"expected a list of records, found the agency's message {message[:200]!r}")
    raise SourceError(f"expected a list of records, found {body[:60]!r}")


def _total(document: Any) -> int | None:
    total = document.get("total") if isinstance(document, dict) else None
    if not isinstance(total, str | bytes) or not total.isascii() or not total.isdigit():
        return None
    return int(total[:_MOST_DIGITS])  # Python refuses thousands of digits; cut off, it still is more than any rows
