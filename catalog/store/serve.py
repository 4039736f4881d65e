"""The public objects of a store over HTTP, as any static host would serve them; for one machine.

Ranges, validators and cache rules follow RFC 9110. There is no listing, and keys that are not public by their form
(evidence, candidates, decisions) are not served even if someone serves the wrong store.
"""

import http.server
import logging
import re
import sys
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import unquote

from catalog.errors import StoreError
from catalog.keys import check_key, headers
from catalog.store.base import Absent, Blob, Head, Span, Store, bare_etag

_LOG = logging.getLogger(__name__)
_IDLE_SECONDS = 60.0
_READS = 3
_METHODS = "GET, HEAD, OPTIONS"
_RANGE = re.compile(r"bytes=([0-9]*)-([0-9]*)")


class _Reply(NamedTuple):
    status: HTTPStatus
    headers: dict[str, str]
    body: bytes = b""


def serve(store: Store, port: int, host: str = "127.0.0.1") -> http.server.ThreadingHTTPServer:
    """Return a server of the store's public objects; the caller runs `serve_forever` and closes it.

    Args:
        store: what to serve; only keys at top level or below `datasets/` or `site/` are reachable. A folder's address,
            one that ends in a slash, answers with its index.html.
        port: 0 takes a free one, see `server_address`.
        host: loopback unless said otherwise.
    """

    class Handler(_Handler):
        objects = store

    return _Server((host, port), Handler)


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep a reader who went away out of the log; anything else goes into it whole."""
        if not isinstance(sys.exc_info()[1], ConnectionError | TimeoutError):
            _LOG.exception("request of %s failed", client_address)


class _Handler(http.server.BaseHTTPRequestHandler):
    objects: Store
    protocol_version = "HTTP/1.1"
    server_version = "minsheng"
    sys_version = ""
    timeout = _IDLE_SECONDS
    # Head and body go out in two writes; Nagle's rule would hold the second one back for 40 ms.
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Answer with an object, a span of it, or 304."""
        self._send(self._find(self._whole_or_span))

    def do_HEAD(self) -> None:
        """Answer as GET without a range would, without the body."""
        self._send(self._find(self._head))

    def do_OPTIONS(self) -> None:
        """Let pages of any origin ask for ranges and validators."""
        allowed = {
            "Allow": _METHODS,
            "Access-Control-Allow-Methods": _METHODS,
            "Access-Control-Allow-Headers": "*, Range, If-None-Match, If-Range",
            "Access-Control-Max-Age": "3600",
        }
        self._send(_Reply(HTTPStatus.NO_CONTENT, allowed))

    def __getattr__(self, name: str) -> Callable[[], None]:
        """Answer every other method with 405; the base class would say 501 for what it finds no `do_...` of."""
        if name.startswith("do_"):
            return self._refuse
        raise AttributeError(name)

    def log_message(self, format: str, *args: object) -> None:
        """Log to the module's logger instead of the terminal."""
        _LOG.debug(format, *args)

    def _refuse(self) -> None:
        self.close_connection = True  # a body may follow that nobody reads
        self._send(_Reply(HTTPStatus.METHOD_NOT_ALLOWED, {"Allow": _METHODS}, b"only GET and HEAD\n"))

    def _find(self, answer: Callable[[str], _Reply]) -> _Reply:
        if self.headers.get("Content-Length", "0") != "0" or "Transfer-Encoding" in self.headers:
            self.close_connection = True  # a body that nobody reads would be taken for the next request
        key = _public_key(self.path)
        try:
            if key is None:
                raise Absent("not a public key")
            return answer(key)
        except Absent:
            return _Reply(HTTPStatus.NOT_FOUND, {"Cache-Control": "no-cache"}, b"not found\n")
        except StoreError as error:
            _LOG.warning("%s", error)  # addresses of the store are nothing for readers
            return _Reply(HTTPStatus.SERVICE_UNAVAILABLE, {"Cache-Control": "no-cache"}, b"the store does not answer\n")

    def _there(self, key: str) -> tuple[Head, dict[str, str]]:
        """What is known of an object, and how it is described; raises Absent."""
        head = self.objects.head(key)
        if head is None:
            raise Absent(key)
        return head, _described(key, head.etag)

    def _head(self, key: str) -> _Reply:
        head, described = self._there(key)
        if self._has(head.etag):
            return _Reply(HTTPStatus.NOT_MODIFIED, described)
        return _Reply(HTTPStatus.OK, described | {"Content-Length": str(head.size)})

    def _whole_or_span(self, key: str) -> _Reply:
        if self.headers.get("If-None-Match") or self.headers.get("Range"):
            for _ in range(_READS):
                reply = self._conditional(key)
                if reply is not None:
                    return reply
        blob = self.objects.get(key)
        return _Reply(HTTPStatus.OK, _described(key, blob.etag), blob.body)

    def _conditional(self, key: str) -> _Reply | None:
        """Answer 304, 206 or 416; None if the object was replaced meanwhile, or if all of it is to be sent."""
        head, described = self._there(key)
        if self._has(head.etag):
            return _Reply(HTTPStatus.NOT_MODIFIED, described)
        condition = self.headers.get("If-Range")
        if condition is not None and bare_etag(condition) != head.etag:
            return self._if_same(key, head.etag, None, described)
        try:
            span = _span(self.headers.get("Range", ""), head.size)
        except ValueError:
            beyond = {"Content-Range": f"bytes */{head.size}"}
            return _Reply(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, described | beyond)
        if span is not None:
            described["Content-Range"] = f"bytes {span[0]}-{span[1] - 1}/{head.size}"
        return self._if_same(key, head.etag, span, described)

    def _if_same(self, key: str, etag: str, span: Span | None, described: dict[str, str]) -> _Reply | None:
        blob: Blob = self.objects.get(key, span)
        if blob.etag != etag:
            return None
        return _Reply(HTTPStatus.OK if span is None else HTTPStatus.PARTIAL_CONTENT, described, blob.body)

    def _has(self, etag: str) -> bool:
        known = self.headers.get("If-None-Match", "")
        return known.strip() == "*" or (etag in {bare_etag(tag) for tag in known.split(",")} and bool(etag))

    def _send(self, reply: _Reply) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        without_body = reply.status in {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}
        if "Content-Length" not in reply.headers and not without_body:
            self.send_header("Content-Length", str(len(reply.body)))
        if "Content-Type" not in reply.headers and reply.body:
            self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Access-Control-Expose-Headers", "Content-Length, Content-Range, ETag, Accept-Ranges")
        self.send_header("X-Content-Type-Options", "nosniff")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD" and not without_body:
            self.wfile.write(reply.body)


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
        span = (max(0, size - int(last)), size)
    else:
        if last and int(last) < int(first):
            return None
        span = (int(first), min(size, int(last) + 1) if last else size)
    if span[0] >= span[1]:
        raise ValueError(header)
    return span
