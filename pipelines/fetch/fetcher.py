"""The only one that talks to agencies: limits, retries, politeness, address guard, redaction."""

import contextlib
import datetime as dt
import functools
import ipaddress
import logging
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

import httpx

from catalog.declaration.dataset import Agency, Dataset
from catalog.errors import SourceError
from pipelines.context import ZONE
from pipelines.decode.parts import gzip
from pipelines.evidence import Fetched, Page
from pipelines.fetch.retry_after import in_words, wait_seconds
from pipelines.fold.windows import in_fields
from pipelines.protocols import Speaks, check_window, find, of_windows
from pipelines.protocols.parts.request import MAX_BODY_BYTES, Previous, Request, Window
from pipelines.redaction import SHORTEST_SECRET, redact, redact_text

USER_AGENT = "Minsheng/0.1 (open data publishing; one request at a time)"
_KEPT_HEADERS = ("content-type", "content-encoding", "content-length", "date", "etag", "last-modified", "retry-after")

# They tell each address, key and all, to whoever listens at INFO.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)


@dataclass(frozen=True)
class Limits:
    """What one fetch may cost, the agency and us."""

    connect_seconds: float = 10.0
    read_seconds: float = 30.0
    body_seconds: float = 600.0
    body_bytes: int = MAX_BODY_BYTES
    attempts: int = 3
    backoff_seconds: float = 2.0
    """Doubled after each attempt."""
    longest_wait_seconds: float = 60.0
    """A Retry-After beyond it is left to the next run."""
    redirects: int = 3


class Unreachable(SourceError):
    """The agency did not answer: a failure to repeat later, not an answer to judge."""


class NotAsked(Unreachable):
    """Something of ours is missing, so that the agency was not asked at all."""


def present() -> dt.datetime:
    """Return the present, to the second, in the zone of the ministry."""
    return dt.datetime.now(ZONE).replace(microsecond=0)


class Asking(NamedTuple):
    """How a dataset is asked, and what is kept of that."""

    protocol: Speaks
    source: Any
    """The protocol's parameters; of one window, where one is asked for."""
    asked: dict[str, Any]
    window: dict[str, list[str]] | None
    """What is asked for, in declared fields."""


def asking(dataset: Dataset, window: Window | None) -> Asking:
    """Return how a dataset, or a window of it, is asked.

    Raises:
        DeclarationError: the declared protocol or its parameters are not right, or no field is named for a part of
            the window.
    """
    origin = dataset.minsheng.origin
    protocol, source = find(origin, dataset.name)
    check_window(protocol, dataset.minsheng.window, dataset.name)
    if window is None:
        return Asking(protocol, source, {"source": origin}, None)
    source = of_windows(protocol, dataset.name).narrow(source, window)
    said = {word: list(limits) for word, limits in window.items()}
    return Asking(protocol, source, {"source": origin, "window": said}, in_fields(window, dataset.minsheng.window))


@dataclass
class Fetcher:
    """Asks one agency at a time, as declared."""

    secrets: Mapping[str, str] = field(repr=False)
    """Values by the name of their environment variable; read once, at start."""
    limits: Limits = Limits()
    sandbox: str | None = None
    """`http://127.0.0.1:PORT`: the address under which the sandbox stands for every host."""
    now: Callable[[], dt.datetime] = present
    _last: dict[str, float] = field(default_factory=dict)

    def fetch(
        self,
        dataset: Dataset,
        folder: Path,
        agency: Agency,
        previous: Previous | None,
        window: Window | None = None,
    ) -> Fetched:
        """Ask for a dataset, or for a window of it, until the protocol wants no more, and judge whether it is whole.

        Never raises for what an agency does: the reason stands in the result, beside all bytes that came.
        """
        protocol, source, asked, fields = asking(dataset, window)
        began = self.now()
        pages: list[Page] = []
        try:
            with self._client(agency) as client:
                while (request := protocol.ask(source, [page.body for page in pages], previous)) is not None:
                    pages.append(self._one(client, request, folder, agency, previous, pages))
            why = protocol.incomplete(source, [page.body for page in pages])
        except Unreachable as error:
            why = self.redact(str(error))
            return Fetched(asked, began, tuple(pages), why, answered=False, window=fields)
        except SourceError as error:
            why = str(error)
        said = self.redact(why) if why else None
        return Fetched(asked, began, tuple(pages), said, window=fields)

    def redact(self, text: str) -> str:
        """Return a text without any secret, in whatever way it is written there."""
        return redact_text(text, self.secrets)

    def _redacted(self, body: bytes) -> tuple[bytes, bool]:
        found = redact(body, self.secrets)
        return found, found != body

    def _one(
        self,
        client: httpx.Client,
        request: Request,
        folder: Path,
        agency: Agency,
        previous: Previous | None,
        pages: list[Page],
    ) -> Page:
        if request.path is not None:
            return _read_file(folder / request.path, request.path)
        page = self._persist(client, request, agency, pages)
        if page.status == httpx.codes.NOT_MODIFIED and previous is not None:
            return Page(page.address, page.status, {**previous.headers, **page.headers}, previous.body)
        return page

    def _persist(self, client: httpx.Client, request: Request, agency: Agency, pages: list[Page]) -> Page:
        """Ask again while the answer may change: no answer, a server's error, too many requests."""
        for attempt in range(1, self.limits.attempts + 1):
            last = attempt == self.limits.attempts
            try:
                page = self._follow(client, request, agency, pages)
            except NotAsked:
                raise
            except Unreachable:
                if last:
                    raise
                time.sleep(self.limits.backoff_seconds * 2 ** (attempt - 1))
                continue
            if page.status not in (429, 500, 502, 503, 504):
                break
            wait = wait_seconds(page.headers, self.now())
            if wait is None:
                wait = self.limits.backoff_seconds * 2 ** (attempt - 1)
            if last or wait > self.limits.longest_wait_seconds:
                break
            time.sleep(wait)
        if page.status in (200, 304):
            return page
        pages.append(page)  # what it said is kept
        raise SourceError(_refusal(page, attempt))

    def _follow(self, client: httpx.Client, request: Request, agency: Agency, pages: list[Page]) -> Page:
        address = request.address
        query = dict(request.query)
        for parameter, variable in request.secrets.items():
            if not self.secrets.get(variable):
                raise NotAsked(
                    f"expected a key of {SHORTEST_SECRET} characters or more in the environment variable {variable}, "
                    "found none; set it and run again"
                )
            query[parameter] = self.secrets[variable]
        self._guard(address, agency)
        for _ in range(self.limits.redirects + 1):
            page = self._get(client, address, query, request.headers, agency, pages)
            if page.status not in (301, 302, 303, 307, 308):
                return page
            try:
                address, query = self._target(address, page.headers.get("location", ""), agency), {}
            except SourceError:
                pages.append(page)  # where it pointed is kept
                raise
        pages.append(page)
        raise SourceError(
            f"expected an answer within {self.limits.redirects} redirects from {request.address}, found more"
        )

    def _target(self, address: str, location: str, agency: Agency) -> str:
        """The address that a redirect names, if it may be asked."""
        try:
            target = urljoin(address, location)
            urlsplit(target).port  # noqa: B018  it is read here to be refused here
        except ValueError:
            raise SourceError(f"expected a redirect to an address, found {self.redact(location[:200])!r}") from None
        self._guard(target, agency)
        return target

    def _guard(self, address: str, agency: Agency) -> None:
        parts = urlsplit(address)
        if (
            parts.scheme != "https"
            or parts.hostname not in agency.hosts
            or parts.username
            or parts.port not in (None, 443)
        ):
            raise SourceError(
                f"expected an https address at {' or '.join(agency.hosts) or 'no host'} (agencies.yaml), found "
                f"{self.redact(f'{parts.scheme}://{parts.hostname}{parts.path}')}; it is not asked"
            )

    def _get(
        self,
        client: httpx.Client,
        address: str,
        query: dict[str, str],
        headers: dict[str, str],
        agency: Agency,
        pages: list[Page],
    ) -> Page:
        shown = self.redact(str(httpx.URL(address).copy_merge_params(query)))
        host = urlsplit(address).hostname or ""
        self._pause(host, 0.0 if self.sandbox else agency.pause_seconds)
        target = address if self.sandbox is None else address.replace("https:/", self.sandbox, 1)
        try:
            if self.sandbox is None:
                _public(host)
            with client.stream("GET", target, params=query or None, headers=headers) as answer:
                if self.sandbox is None:
                    _public_peer(answer)
                body, cut = self._read(answer)
        except (httpx.TransportError, OSError) as error:
            raise Unreachable(f"{host} could not be reached at {shown}: {self.redact(_plain(error))}") from None
        kept = {
            name: self.redact(answer.headers[name]) for name in (*_KEPT_HEADERS, "location") if name in answer.headers
        }
        clean, redacted = self._redacted(body)
        page = Page(shown, answer.status_code, kept, clean, redacted)
        if cut:
            pages.append(page)  # the bytes that came are kept
            raise SourceError(f"{cut} from {shown}")
        if answer.headers.get("content-encoding", "identity") != "gzip":
            return page
        try:
            clean, redacted = self._redacted(gzip.unpack(body, self.limits.body_bytes))
        except SourceError:
            pages.append(page)
            raise
        return Page(shown, page.status, kept, clean, redacted)

    def _read(self, answer: httpx.Response) -> tuple[bytes, str | None]:
        """Read a body within limits; what came, and why it stops early."""
        parts, size, until = [], 0, time.monotonic() + self.limits.body_seconds
        try:
            for part in answer.iter_raw():
                parts.append(part)
                size += len(part)
                if size > self.limits.body_bytes:
                    return b"".join(parts)[
                        : self.limits.body_bytes
                    ], f"expected at most {self.limits.body_bytes:,} bytes, found more"
                if time.monotonic() > until:
                    return b"".join(
                        parts
                    ), f"expected a body within {self.limits.body_seconds:g} s, found {size:,} bytes and no end"
        except httpx.RemoteProtocolError:
            return b"".join(parts), f"expected a whole body, found one that ended after {size:,} bytes"
        except httpx.ReadTimeout:
            return b"".join(
                parts
            ), f"expected more bytes within {self.limits.read_seconds:g} s, found silence after {size:,}"
        return b"".join(parts), None

    def _pause(self, host: str, pause: float) -> None:
        waited = time.monotonic() - self._last.get(host, 0.0)
        if waited < pause:
            time.sleep(pause - waited)
        self._last[host] = time.monotonic()

    @contextlib.contextmanager
    def _client(self, agency: Agency) -> Iterator[httpx.Client]:
        timeout = httpx.Timeout(self.limits.read_seconds, connect=self.limits.connect_seconds)
        headers = {"User-Agent": USER_AGENT, "Accept-Encoding": "identity"}
        with httpx.Client(
            verify=trust(agency.clear_strict_x509),
            timeout=timeout,
            headers=headers,
            follow_redirects=False,
            trust_env=self.sandbox is None,
        ) as client:
            yield client


@functools.cache
def trust(clear_strict: bool = False) -> ssl.SSLContext:
    """Whom to believe; made once, because to read all authorities takes longer than most fetches."""
    context = ssl.create_default_context()
    if clear_strict:
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


def _refusal(page: Page, attempts: int) -> str:
    what = f"expected status 200 from {page.address}, found {page.status}"
    if page.status == 429:
        return f"{what} (too many requests): the agency asks to wait {in_words(page.headers)}; run it later"
    if page.status >= 500:
        tried = f"{attempts} attempts" if attempts > 1 else "1 attempt"
        asks = f", and asks to wait {in_words(page.headers)}" if "retry-after" in page.headers else ""
        return f"{what} (the agency's own error) in {tried}{asks}; run it later"
    if page.status in (401, 403):
        return f"{what}: it refuses the key or the caller; check the key in the environment"
    return f"{what}; check the declared address"


def _plain(error: Exception) -> str:
    """What happened, in words."""
    if isinstance(error, httpx.ConnectTimeout | httpx.ReadTimeout | httpx.PoolTimeout | httpx.WriteTimeout):
        return "it did not answer in time"
    if isinstance(error, httpx.RemoteProtocolError | httpx.ReadError):
        return "it closed the connection without an answer"
    if isinstance(error.__cause__, socket.gaierror) or isinstance(error, socket.gaierror):
        return "its name leads nowhere from here; is there a network?"
    return str(error) or type(error).__name__


def _public(host: str) -> None:
    """Refuse a host name that leads into a private network."""
    for *_, address in socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM):
        if not ipaddress.ip_address(address[0]).is_global:
            raise SourceError(f"expected a public address for {host}, found {address[0]}; it is not asked")


def _public_peer(answer: httpx.Response) -> None:
    """Refuse a peer in a private network, whatever the name said a moment ago."""
    stream = answer.extensions.get("network_stream")
    peer = stream.get_extra_info("server_addr") if stream else None
    if peer and not ipaddress.ip_address(peer[0]).is_global:
        raise SourceError(f"expected a public address, found {peer[0]}; its answer is not read")


def _read_file(path: Path, name: str) -> Page:
    if path.is_symlink() or not path.is_file():
        raise SourceError(f"expected the file {name} beside dataset.yaml, found none")
    return Page(name, 200, {}, path.read_bytes())
