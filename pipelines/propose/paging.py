"""Is an answer one page of several, and how is the next one asked for: the words of `protocols.parts.paging`."""

import itertools
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote_plus, urlsplit

_TOTALS = frozenset((
    "total", "totalcount", "totalrecords", "totalrows", "totalitems", "totalresults", "totalelements", "totalsize",
    "recordstotal", "recordcount", "resultcount", "rowcount", "count", "odatacount", "iotcount", "numbermatched",
    "nhits", "總筆數",
))  # fmt: skip
_PAGES = frozenset(("totalpage", "totalpages", "pagecount", "pages", "pagetotal", "lastpage", "numpages", "總頁數"))
_PAGE = frozenset(("page", "pageno", "pagenum", "pagenumber", "pageindex", "currentpage"))
_SIZE = frozenset((
    "limit", "size", "pagesize", "perpage", "rows", "top", "pagelimit", "recordsperpage", "resultrecordcount"
))  # fmt: skip
_OFFSET = frozenset(("offset", "start", "skip", "startindex", "resultoffset", "startrow", "firstresult"))
_MORE = frozenset(("more", "hasmore", "hasnext", "hasnextpage", "ismore", "exceededtransferlimit", "next"))
_NEXT = re.compile(
    r"(?:odata|iot)?next(?:page|url|link|href|cursor|token|pagetoken)?|cursor|continuationtoken|scrollid"
)
_PLAIN_KEY = re.compile(r"[^.\[\]{}\"]+")
_DEEPEST = 4
_MOST_KEYS = 200
"""Plain values beside the records that are looked at: more are data."""


class Paged(NamedTuple):
    """How pages are asked for."""

    paging: dict[str, Any]
    """The block `source.paging`."""
    address: str
    """The address without what paging adds."""
    notes: list[str]


class ValueBeside(NamedTuple):
    """A plain value beside the records."""

    name: str
    """Its key, without case and marks."""
    key: str
    path: str
    value: Any


def see_paging(document: Any, rows: int, address: str) -> Paged | None:
    """Return how the pages of an answer follow one another, or None if nothing says that there are several.

    Args:
        document: the answer, as `decode.parts.json_values` parses it: numbers are bytes.
        rows: its records.
        address: at which it was given.
    """
    beside = values_beside(document)
    query = {_plain(name): (name, text) for name, text in parse_qsl(urlsplit(address).query, keep_blank_values=True)}
    total = next((one for one in beside if one.name in _TOTALS and (_number(one.value) or 0) > rows), None)
    pages = next((one for one in beside if one.name in _PAGES and (_number(one.value) or 0) > 1), None)
    following = next((one for one in beside if _NEXT.fullmatch(one.name) and _is_text(one.value)), None)
    more = next((one for one in beside if one.name in _MORE and one.value is True), None)
    asked = _asked(query, _PAGE | _OFFSET) is not None and _asked(query, _SIZE) is not None
    if not (total or pages or following or more or asked):
        return None
    notes = [_seen(rows, total, pages)]
    paging = _followed(following, query, notes) if following else _counted(beside, query, rows, notes)
    paging |= {"total": total.path} if total else {"pages": pages.path} if pages else {}
    if more and not (total or pages or following):
        paging |= {"more": more.path}
    taken = {str(paging[key]) for key in ("name", "size_name") if key in paging}
    return Paged(paging, _without(address, taken), notes)


def _seen(rows: int, total: ValueBeside | None, pages: ValueBeside | None) -> str:
    of = f" of {_number(total.value):,}" if total else f" on page 1 of {_number(pages.value):,}" if pages else ""
    return (
        f"Seen: {rows:,} rows{of} in this answer, so pages are asked for. Types and key are proved on this page only."
    )


def _followed(following: ValueBeside, query: Mapping[str, tuple[str, str]], notes: list[str]) -> dict[str, Any]:
    """By the address of the next page, or by a cursor."""
    if re.match(r"https?://|/|\?", following.value):
        return {"by": "link", "next": following.path}
    named = re.sub(r"^next", "", following.name) or following.name
    name = query[named][0] if named in query else re.sub(r"(?i)^next_?", "", following.key) or following.key
    notes.append(f"Question: does the parameter {name} take what stands at {following.path}?")
    return {"by": "cursor", "name": name[:1].lower() + name[1:], "next": following.path}


def _counted(
    beside: list[ValueBeside], query: Mapping[str, tuple[str, str]], rows: int, notes: list[str]
) -> dict[str, Any]:
    """By the number of the page, or of the rows so far."""
    offset, page, size = _asked(query, _OFFSET), _asked(query, _PAGE), _asked(query, _SIZE)
    told = next((one for one in beside if one.name in _OFFSET | _PAGE and _number(one.value) is not None), None)
    is_offset = offset is not None or (page is None and told is not None and told.name in _OFFSET)
    asked = offset or page
    name = asked[0] if asked else told.key if told else "page"
    if not asked:
        notes.append(f"Question: which parameter asks for the next page? {name} is a guess.")
    paging: dict[str, Any] = {"by": "offset" if is_offset else "page", "name": name}
    first = _number(asked[1].encode()) if asked else _number(told.value) if told else None
    if not is_offset and first == 0:
        paging["first"] = 0
    said = next((one for one in beside if one.name in _SIZE and (_number(one.value) or 0) >= rows), None)
    count = _number(size[1].encode()) if size else _number(said.value) if said else rows
    paging["size"] = max(count or rows, 1)
    if size:
        paging["size_name"] = size[0]
    else:
        notes.append("Question: which parameter asks for so many rows (size_name), and how many are given at most?")
    return paging


def values_beside(document: Any) -> list[ValueBeside]:
    """Return the plain values that keys alone lead to, up to a number.

    Args:
        document: as `decode.parts.json_values` parses it.
    """
    return list(itertools.islice(_beside(document), _MOST_KEYS))


def _beside(value: Any, path: str = "", depth: int = 0) -> Iterator[ValueBeside]:
    """The plain values that keys alone lead to."""
    if not isinstance(value, dict) or depth >= _DEEPEST:
        return
    for key, one in value.items():
        step = key if key and _PLAIN_KEY.fullmatch(key) else f'"{key}"'
        at = f"{path}.{step}" if path else step
        if isinstance(one, dict):
            yield from _beside(one, at, depth + 1)
        elif not isinstance(one, list) and '"' not in key:
            yield ValueBeside(_plain(key), key, at, one)


def _plain(key: str) -> str:
    return re.sub(r"[\W_]", "", key).lower()


def _asked(query: Mapping[str, tuple[str, str]], names: frozenset[str]) -> tuple[str, str] | None:
    """The parameter of the address that is called so, and its text."""
    return next((pair for name, pair in query.items() if name in names), None)


def _number(value: Any) -> int | None:
    text = value.decode() if isinstance(value, bytes) else value
    return int(text) if isinstance(text, str) and re.fullmatch(r"[0-9]{1,15}", text) else None


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip()) and _number(value) is None


def _without(address: str, names: set[str]) -> str:
    """An address without some parameters; the others stay as the agency writes them."""
    parts = urlsplit(address)
    kept = [pair for pair in parts.query.split("&") if unquote_plus(pair.partition("=")[0]) not in names]
    return parts._replace(query="&".join(kept)).geturl() if names and parts.query else address
