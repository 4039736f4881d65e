"""`moa`: wholesale prices of the agriculture ministry, https://data.moa.gov.tw/api.aspx, by trade day and kind.

Two interfaces. `v1` answers `{"RS": "OK", "Data": [...], "Next": true}`, a thousand records a page, with English keys;
`Next` is the only sign that there is more. `legacy` answers a bare array with Chinese keys and stops, without a word,
at 9,999 rows: an answer that long is asked again in halves, day by day at last. A day without a market is an empty
list, and that is data. Days are written in the ROC calendar, 115.04.17.
"""

import datetime as dt
import re
from typing import Annotated, Any, Literal, NamedTuple
from urllib.parse import parse_qs, urlsplit

import pyarrow as pa
from pydantic import Field

from catalog.declaration.strict import Listed, Strict
from catalog.errors import SourceError
from pipelines.decode.parts import json_values
from pipelines.protocols.parts.paging import Paging, uneven
from pipelines.protocols.parts.request import Contents, Look, Previous, Request, RequestWindow, digest, repeated
from pipelines.protocols.parts.template import ROC_YEAR_ZERO, fill

WINDOW = ("day", "kind")
CAP_ROWS = 9_999
"""What the legacy interface gives at most."""
_MAX_PAGES = 200
_DAY = re.compile(r"([0-9]{2,3})\.([0-9]{1,2})\.([0-9]{1,2})")
_PAGE = re.compile(r"[1-9][0-9]{0,3}")
_KIND, _OLD_KIND = "TcType", "種類代碼"
_NAMES = {"v1": ("Start_time", "End_time"), "legacy": ("StartDate", "EndDate")}
"""The query's names for the first and the last day."""


class Source(Strict):
    """Parameters of `minsheng.source`."""

    resource: str = Field(pattern=r"^[A-Za-z]+$", description="its name, as AgriProductsTransType or FarmTransData")
    interface: Literal["v1", "legacy"] = "v1"
    kinds: Annotated[tuple[str, ...], Listed] = Field(min_length=1, description="N04 vegetables, N05 fruit")
    since: dt.date = Field(strict=False, description="the first day that is asked for")
    days: int = Field(default=10, ge=1, le=366, description="how many days back each night asks, for markets post late")
    host: str = Field(default="data.moa.gov.tw", pattern=r"^[a-z0-9.-]+$")


class WindowSource(Source):
    """The parameters, and the window that is asked for."""

    first: dt.date
    last: dt.date
    kind: str


_Row = dict[str, Any]
_Days = tuple[dt.date, dt.date]


class _Page(NamedTuple):
    """A page of v1."""

    rows: list[_Row]
    more: bool

    @property
    def look(self) -> Look:
        """What paging needs to know of it; it is known again by any of its records."""
        return Look(len(self.rows), self.more, frozenset(map(digest, self.rows)))


def _paging() -> Paging:
    return Paging(by="page", name="Page", more="Next", most=_MAX_PAGES)


def windows(source: Source, since: dt.date, until: dt.date) -> list[RequestWindow]:
    """Ask for each kind: by the day, or with the legacy interface for all days at once."""
    first = max(since, source.since)
    spans = [(first + dt.timedelta(days=i),) * 2 for i in range((until - first).days + 1)]
    if source.interface == "legacy" and spans:
        spans = [(first, until)]
    days = [(low.isoformat(), high.isoformat()) for low, high in spans]
    return [{"day": span, "kind": (kind, kind)} for span in days for kind in source.kinds]


def narrow(source: Source, window: RequestWindow) -> WindowSource:
    """Ask for one window."""
    first, last = (dt.date.fromisoformat(day) for day in window["day"])
    return WindowSource(**dict(source), first=first, last=last, kind=window["kind"][0])


def window_of(source: Source, address: str) -> RequestWindow:
    """Read the days and the kind in a recorded address; one that asked for less, as for one market, says of no day."""
    first, last = _NAMES[source.interface]
    try:
        parts = urlsplit(address)
        query = {name: text for name, (text,) in parse_qs(parts.query, keep_blank_values=True).items()}
        page = query.pop("Page", "1")
        low, high, kind = _day(query.pop(first)), _day(query.pop(last)), query.pop(_KIND)
        if query or not kind or low > high or not _PAGE.fullmatch(page):
            raise ValueError(address)
    except (KeyError, ValueError):
        raise SourceError(
            f"expected an address with {first}, {last} and {_KIND}, once each, and nothing else but Page, found "
            f"{address[:200]!r}"
        ) from None
    if f"{parts.scheme}://{parts.netloc}{parts.path}".rstrip("/") != _address(source).rstrip("/"):
        raise SourceError(f"expected an address at {_address(source)}, found {address[:200]!r}")
    return {"day": (low.isoformat(), high.isoformat()), "kind": (kind, kind)}


def look(source: WindowSource, body: bytes) -> Look | None:
    """Look for what `ask` needs to know of an answer; None if there is nothing to go on from: `contents` says why."""
    try:
        if source.interface == "legacy":
            return Look(len(_records(_parsed(body), "", body)))
        return _page(body).look
    except SourceError:
        return None


def ask(source: WindowSource, looks: list[Look | None], previous: Previous | None) -> Request | None:
    """Ask for the next page while the last one says so, or for the next days that the cap cut off."""
    known = [one for one in looks if one is not None]
    if len(looks) >= _MAX_PAGES or len(known) < len(looks):
        return None
    if source.interface == "legacy":
        try:
            ahead, full = _split(source, [one.rows for one in known])
        except SourceError:
            return None  # `contents` says why
        return None if full or not ahead else _request(source, *ahead[-1], {})
    # Each page was compared with the one before: all with all would be looked at anew for each page.
    if known and _paging().ended(known[-2:]):
        return None
    return _request(source, source.first, source.last, _paging().asks(known))


def contents(source: WindowSource, bodies: list[bytes]) -> Contents:
    """Return the records when the answers are proven to be all there is, or say why they are not."""
    try:
        if source.interface == "legacy":
            answers = [_records(_parsed(body), "", body) for body in bodies]
            reason = _cut_off(source, [len(rows) for rows in answers])
        else:
            pages = [_page(body) for body in bodies]
            answers, reason = [page.rows for page in pages], _torn(pages)
    except SourceError as error:
        return Contents(incomplete=f"not data: {error}")
    return Contents(incomplete=reason) if reason else Contents(tuple(_table(source, rows) for rows in answers))


def records(source: WindowSource, body: bytes) -> pa.Table:
    """Return a page's records; with the legacy interface each with its kind, or with the one that was asked for."""
    return _table(source, _records(_parsed(body), "", body) if source.interface == "legacy" else _page(body).rows)


def _table(source: WindowSource, rows: list[_Row]) -> pa.Table:
    if source.interface == "legacy":
        # An answer at the cap was asked again in parts, which hold its rows.
        rows = [] if len(rows) >= CAP_ROWS else [_with_kind(row, source.kind) for row in rows]
    return json_values.records(rows)


def _address(source: Source) -> str:
    paths = {"legacy": "Service/OpenData/FromM/{}.aspx", "v1": "api/v1/{}/"}
    return f"https://{source.host}/{paths[source.interface].format(source.resource)}"


def _request(source: WindowSource, first: dt.date, last: dt.date, more: dict[str, str]) -> Request:
    names = _NAMES[source.interface]
    return Request(_address(source), {names[0]: _written(first), names[1]: _written(last), _KIND: source.kind, **more})


def _split(source: WindowSource, sizes: list[int]) -> tuple[list[_Days], dt.date | None]:
    """The days still to be asked for after answers of so many rows, the next last; a day that the cap alone cut off."""
    ahead = [(source.first, source.last)]
    for rows in sizes:
        if not ahead:
            raise SourceError("expected no more answers than were asked for, found one more")
        first, last = ahead.pop()
        if rows < CAP_ROWS:
            continue
        if first == last:
            return ahead, first
        middle = first + (last - first) // 2
        ahead += [(middle + dt.timedelta(days=1), last), (first, middle)]
    return ahead, None


def _cut_off(source: WindowSource, sizes: list[int]) -> str | None:
    ahead, full = _split(source, sizes)
    if full:
        return f"expected fewer than {CAP_ROWS:,} rows for {full}, where the agency stops without a word, found as many"
    if ahead:
        return f"expected an answer for {ahead[-1][0]} to {ahead[-1][1]}, which the agency's cap cut off, found none"
    return None


def _torn(pages: list[_Page]) -> str | None:
    """Why pages are not the whole of one table."""
    if (again := repeated(page.look.digests for page in pages)) is not None:
        return f"expected new records on each page, found some of page {again + 1} on an earlier one: the table moved"
    if pages[-1].more:
        return f"expected the pages after page {len(pages)}, which says that there are more, found none"
    if last := next((number for number, page in enumerate(pages[:-1], 1) if not page.more), None):
        return f"expected no page after page {last}, which says that it is the last, found one"
    return uneven([len(page.rows) for page in pages])


def _page(body: bytes) -> _Page:
    document = _parsed(body)
    if not isinstance(document, dict) or "RS" not in document:
        raise SourceError(f"expected an object with RS, Data and Next, found {body[:60]!r}")
    if document["RS"] != "OK":
        raise SourceError(f"expected RS OK, found {str(document['RS'])[:60]!r} in {body[:60]!r}")
    if not isinstance(document.get("Next"), bool):
        raise SourceError(f"expected Next true or false, found {body[:60]!r}")
    return _Page(_records(document, "Data", body), document["Next"])


def _parsed(body: bytes) -> Any:
    if not body.strip():
        raise SourceError("expected a list of records, found an empty body")
    return json_values.parse(body)


def _records(document: Any, path: str, body: bytes) -> list[_Row]:
    rows = json_values.find(document, (path,))
    if rows is None:
        raise SourceError(f"expected a list of records{f' as {path}' if path else ''}, found {body[:60]!r}")
    if not all(rows):
        raise SourceError(f"expected records with names and values, found one of none in {body[:60]!r}")
    return rows


def _with_kind(row: _Row, kind: str) -> _Row:
    """A record of the legacy interface, which has the kind under another name, or, in older records, not at all."""
    return {_KIND: row.get(_OLD_KIND) or kind} | {name: cell for name, cell in row.items() if name != _OLD_KIND}


def _written(day: dt.date) -> str:
    return fill("{day:%Y.%m.%d}", {"day": day.isoformat()}, roc=frozenset({"day"}))


def _day(text: str) -> dt.date:
    if not (match := _DAY.fullmatch(text)):
        raise ValueError(text)
    year, month, day = map(int, match.groups())
    return dt.date(year + ROC_YEAR_ZERO, month, day)
