"""The public objects of a store over HTTP, as any static host would serve them; for one machine.

Ranges, validators and cache rules follow RFC 9110. There is no listing, and keys that are not public by their form
(evidence, candidates, decisions) are not served even if someone serves the wrong store.

What is held for a reader is two pieces of an object, however large it is and however slowly they read: one that waits
for them, and the next. `catalog.store.listener` brings it to a port.
"""

import contextlib
import logging
import re
from collections.abc import AsyncIterator, Callable
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import unquote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import Response, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from catalog.errors import StoreError
from catalog.keys import check_key, headers
from catalog.store.base import Absent, Changed, NotAnObject, OpenObject, Span, Store, bare_etag

_LOG = logging.getLogger(__name__)
PIECE_BYTES = 64 << 10
"""Of an object: what is read at once."""
_READS = 3
_METHODS = "GET, HEAD, OPTIONS"
_RANGE = re.compile(r"bytes=([0-9]*)-([0-9]*)", re.IGNORECASE)
_DIGITS = 18
"""A number with more is larger than any object."""
_EVERY_REPLY = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Content-Length, Content-Range, ETag, Accept-Ranges",
    "X-Content-Type-Options": "nosniff",
}
_PREFLIGHT = {
    "Allow": _METHODS,
    "Access-Control-Allow-Methods": _METHODS,
    "Access-Control-Allow-Headers": "*, Range, If-None-Match, If-Range",
    "Access-Control-Max-Age": "3600",
}


Healthy = Callable[[], tuple[int, bytes]]
"""Returns the status and the JSON of `/health`."""


def application(store: Store, health: Healthy | None = None) -> ASGIApp:
    """Return what answers requests for the public objects of a store.

    Only keys at top level or below `datasets/` or `site/` are reachable. A folder's address, one that ends in a slash,
    answers with its index.html. The store is read in threads, so that who waits for it stops nobody else.

    Args:
        store: the public one.
        health: what `/health` answers; None for nothing.
    """

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        reply = None
        try:
            reply = await run_in_threadpool(_answer, store, scope, health)
            await _response(reply)(scope, receive, send)
            _LOG.debug("%s %s %s", scope["method"], scope["raw_path"], reply.status)
        except StoreError as error:
            _LOG.warning("%s", error)
            raise  # it began, so nothing can be said any more: the connection ends before what was promised
        except Exception:
            _LOG.exception("%s %s failed", scope["method"], scope["raw_path"])
            raise
        finally:
            if reply and reply.opened:
                reply.opened.close()

    return answer


class _Reply(NamedTuple):
    status: HTTPStatus
    headers: dict[str, str]
    body: bytes = b""
    """All of it, or the first piece."""
    opened: OpenObject | None = None
    rest: Span = (0, 0)
    """Of what is opened: the pieces that follow the first."""


def _answer(store: Store, scope: Scope, health: Healthy | None) -> _Reply:
    """Say what to answer to a request; reads the store, and waits for it."""
    method, asked = scope["method"], Headers(scope=scope)
    # A body that nobody reads would be taken for the next request.
    has_body = asked.get("Content-Length", "0") != "0" or "Transfer-Encoding" in asked
    end = {"Connection": "close"} if has_body else {}
    if method == "OPTIONS":
        return _Reply(HTTPStatus.NO_CONTENT, _PREFLIGHT | end)
    if method not in {"GET", "HEAD"}:
        refused = {"Allow": _METHODS, "Connection": "close"}
        return _Reply(HTTPStatus.METHOD_NOT_ALLOWED, refused, b"only GET and HEAD\n")
    if health and scope["raw_path"] == b"/health":
        status, body = health()
        said = {"Content-Type": "application/json", "Cache-Control": "no-store", "Content-Length": str(len(body))}
        return _Reply(HTTPStatus(status), said | end, body if method == "GET" else b"")
    reply = _found(store, _public_key(scope["raw_path"].decode("ascii")), method, asked)
    return reply._replace(headers=reply.headers | end)


def _found(store: Store, key: str | None, method: str, asked: Headers) -> _Reply:
    try:
        if key is None:
            raise Absent("not a public key")
        return _head(store, key, asked) if method == "HEAD" else _get(store, key, asked)
    except Absent:
        return _Reply(HTTPStatus.NOT_FOUND, {"Cache-Control": "no-cache"}, b"not found\n")
    except NotAnObject as error:
        _LOG.warning("%s", error)
        return _Reply(HTTPStatus.NOT_FOUND, {"Cache-Control": "no-cache"}, b"not found\n")
    except StoreError as error:
        _LOG.warning("%s", error)  # addresses of the store are nothing for readers
        return _Reply(HTTPStatus.SERVICE_UNAVAILABLE, {"Cache-Control": "no-cache"}, b"the store does not answer\n")


def _head(store: Store, key: str, asked: Headers) -> _Reply:
    """Answer as GET without a range would, without the body."""
    head = store.head(key)
    if head is None:
        raise Absent(key)
    described = _described(key, head.etag)
    if _has(asked, head.etag):
        return _Reply(HTTPStatus.NOT_MODIFIED, described)
    return _Reply(HTTPStatus.OK, described | {"Content-Length": str(head.size)})


def _get(store: Store, key: str, asked: Headers) -> _Reply:
    """Answer with an object, a span of it, or 304; look again if it is replaced before its first piece is read."""
    for _ in range(_READS):
        with contextlib.suppress(Changed), contextlib.ExitStack() as stack:
            opened = store.open(key)
            stack.callback(opened.close)
            reply = _of(opened, key, asked)
            if reply.opened:
                stack.pop_all()  # it is closed when all is sent
            return reply
    raise StoreError(f"{key!r} in {store.url} was replaced {_READS} times while it was read; ask again later")


def _of(opened: OpenObject, key: str, asked: Headers) -> _Reply:
    described = _described(key, opened.etag)
    if _has(asked, opened.etag):
        return _Reply(HTTPStatus.NOT_MODIFIED, described)
    status, (first, end) = HTTPStatus.OK, (0, opened.size)
    if asked.get("If-Range", f'"{opened.etag}"') == f'"{opened.etag}"':
        try:
            span = _span(asked.get("Range", ""), opened.size)
        except ValueError:
            beyond = {"Content-Range": f"bytes */{opened.size}"}
            return _Reply(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, described | beyond)
        if span is not None:
            status, (first, end) = HTTPStatus.PARTIAL_CONTENT, span
            described["Content-Range"] = f"bytes {first}-{end - 1}/{opened.size}"
    described["Content-Length"] = str(end - first)
    piece = _piece(opened, first, end)
    rest = (first + len(piece), end)
    return _Reply(status, described, piece, opened if rest[0] < end else None, rest)


def _piece(opened: OpenObject, first: int, end: int) -> bytes:
    """Return the first bytes of a span, at most a piece."""
    if first == end:
        return b""
    piece = opened.read((first, min(end, first + PIECE_BYTES)))
    if not piece:
        raise StoreError(f"an object of {opened.size} bytes gives none from byte {first} on: see to the store")
    return piece


def _response(reply: _Reply) -> Response:
    described = _EVERY_REPLY | reply.headers
    if reply.opened:
        return StreamingResponse(_pieces(reply.opened, reply.body, reply.rest), reply.status, described)
    if reply.body:
        described = {"Content-Type": "text/plain; charset=utf-8"} | described
    return Response(reply.body, reply.status, described)


async def _pieces(opened: OpenObject, piece: bytes, rest: Span) -> AsyncIterator[bytes]:
    first, end = rest
    yield piece
    while first < end:
        piece = await run_in_threadpool(_piece, opened, first, end)
        yield piece
        first += len(piece)


def _public_key(target: str) -> str | None:
    """Return the key that a request asks for, or None for whatever is not the form of a public key."""
    path = target.partition("?")[0].partition("#")[0]
    if not path.startswith("/"):
        return None
    if path.endswith("/"):
        path += "index.html"
    try:
        key = check_key(unquote(path[1:], errors="strict"))
    except (StoreError, UnicodeDecodeError):
        return None
    return key if "/" not in key or key.startswith(("datasets/", "site/")) else None


def _described(key: str, etag: str) -> dict[str, str]:
    kind = headers(key)
    described = {
        "Content-Type": kind.content_type,
        "Cache-Control": kind.cache_control,
        "Accept-Ranges": "bytes",
    }
    return described | ({"ETag": f'"{etag}"'} if etag else {})


def _has(asked: Headers, etag: str) -> bool:
    """Say whether the reader has this state already."""
    known = ",".join(asked.getlist("If-None-Match"))
    return known.strip() == "*" or (etag in {bare_etag(tag) for tag in known.split(",")} and bool(etag))


def _span(header: str, size: int) -> Span | None:
    """Return the one range that a header asks for; None for anything to be ignored, such as several ranges.

    Raises:
        ValueError: it begins beyond the end, or is a suffix of nothing.
    """
    match = _RANGE.fullmatch(header.strip())
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        span = (max(0, size - _number(last)), size)
    else:
        if last and _number(last) < _number(first):
            return None
        span = (_number(first), min(size, _number(last) + 1) if last else size)
    if span[0] >= span[1]:
        raise ValueError(header)
    return span


def _number(digits: str) -> int:
    """Return a number, or one that is larger than any object: Python refuses to read one of some thousand digits."""
    digits = digits.lstrip("0") or "0"
    return int(digits) if len(digits) <= _DIGITS else 10**_DIGITS
