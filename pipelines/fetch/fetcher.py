"""The only one that talks to agencies: limits, retries, politeness, address guard, redaction."""

import contextlib
import datetime as dt
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

import httpx

from catalog.connections import Allowance, BoundedTransport, look_up
from catalog.declaration.dataset import Agency, Dataset
from catalog.errors import SourceError
from catalog.reasons.faults import of_error
from catalog.reasons.sentences import sentence
from pipelines.context import ZONE
from pipelines.decode.parts import bounded, gzip
from pipelines.fetch.guard import refuse_private
from pipelines.fetch.intermediates import read_intermediates
from pipelines.fetch.politeness import COOL_OFF, Call, Politeness, Turn
from pipelines.fetch.retry_after import in_words, wait_seconds
from pipelines.fetch.transport import (
    CutShort,
    FetchLimits,
    Sending,
    Unreachable,
    is_burden,
    plain_words,
    read_body,
    trusted_authorities,
    unreachable,
)
from pipelines.protocols import AgencyProtocol, as_window_protocol, check_window, in_fields, load_protocol
from pipelines.protocols.parts.addressed import Addressed
from pipelines.protocols.parts.request import GAP, Look, Previous, Request, RequestWindow
from pipelines.records import GAPS, Fetched, Page
from pipelines.redaction import redact, redact_text

USER_AGENT = "Minsheng/0.1 (open data publishing; one request at a time)"
_MAY_PASS = (408, 429, 500, 502, 503, 504)
"""What is asked again: the same request may be answered in a moment."""
_KEPT_HEADERS = (
    "content-disposition",
    "content-type",
    "content-encoding",
    "content-length",
    "date",
    "etag",
    "last-modified",
    "link",
    "retry-after",
)

# They tell each address, key and all, to whoever listens at INFO.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)


def present() -> dt.datetime:
    """Return the present, to the second, in the zone of the ministry."""
    return dt.datetime.now(ZONE).replace(microsecond=0)


Columns = Mapping[str, tuple[str, ...]]
"""By the place of a template: the values of another dataset's column."""
Moment = dt.datetime | None


class Asking(NamedTuple):
    """How a dataset is asked, and what is kept of that."""

    protocol: AgencyProtocol
    source: Any
    """The protocol's parameters; of one window, where one is asked for."""
    asked: dict[str, Any]
    """As the record keeps it: the declared source, the window in the protocol's words, and what fills a template."""
    window: dict[str, list[str]] | None
    """What is asked for, in declared fields."""

    def note(self, request: Request) -> None:
        """Note which values a page of a template was asked with, by their index."""
        if "values" in self.asked:
            self.asked.setdefault("filled", []).append(self.asked["values"].index(request.values))


def asking(dataset: Dataset, window: RequestWindow | None, columns: Columns | None = None, at: Moment = None) -> Asking:
    """Return how a dataset, or a window of it, is asked.

    Args:
        dataset: the declaration.
        window: what to ask for; None for all.
        columns: what fills the places of a template that other datasets fill.
        at: the time of the fetch, for a template; without it none is filled, as for a replay.

    Raises:
        DeclarationError: the declared protocol or its parameters are not right, or no field is named for a part of
            the window.
        SourceError: a place of a template has no values.
    """
    origin = dataset.minsheng.origin
    protocol, source = load_protocol(origin, dataset.name)
    check_window(protocol, source, dataset.minsheng.window_asked, dataset.name)
    asked: dict[str, Any] = {"source": origin}
    if window is not None:
        source = as_window_protocol(protocol, dataset.name).narrow(source, window)
        asked["window"] = {word: list(limits) for word, limits in window.items()}
    if at is not None and isinstance(source, Addressed) and source.is_many:
        asked["values"] = source.told((), columns or {}).combinations(at)
        source = source.filled(asked["values"])
    fields = None if window is None else in_fields(window, dataset.minsheng.window_asked)
    return Asking(protocol, source, asked, fields)


@dataclass
class _Visit:
    """One fetch, while it goes on."""

    client: httpx.Client
    dataset: str
    agency: Agency
    folder: Path
    previous: Previous | None
    pages: list[Page]
    or_seconds: float = 0.0
    """For how long a host is left alone that sends too many requests away and does not say."""
    quiet_until: dt.datetime | None = None
    """Until when the host wants to be left alone, as it said last."""
    heeded: dt.datetime | None = None
    """Until when it was left alone."""


@dataclass
class Fetcher:
    """Asks one agency at a time, as declared."""

    secrets: Mapping[str, str] = field(repr=False)
    """Values by the name of their environment variable; read once, at start."""
    limits: FetchLimits = field(default_factory=FetchLimits)
    sandbox: str | None = None
    """`http://127.0.0.1:PORT`: the address under which the sandbox stands for every host."""
    now: Callable[[], dt.datetime] = present
    look_up: Callable[[str, float | None], list[str]] = look_up
    """Returns the addresses of a host, within seconds."""
    politeness: Politeness = field(default_factory=Politeness)
    """Shared with whoever else asks from this installation."""
    _allowance: Allowance = field(default_factory=Allowance, repr=False)

    def fetch(
        self,
        dataset: Dataset,
        folder: Path,
        agency: Agency,
        previous: Previous | None,
        window: RequestWindow | None = None,
        columns: Columns | None = None,
    ) -> Fetched:
        """Ask for a dataset, or for a window of it, until the protocol wants no more.

        Never raises for what an agency does: why the transport is not complete stands in the result, beside all bytes
        that came. Whether they are whole and data is judged later, from what is kept.

        Args:
            dataset: the declaration.
            folder: where its own files lie.
            agency: which hosts may be asked, and how politely.
            previous: the answer before, for a conditional request.
            window: what to ask for; None for all.
            columns: what fills the places of a template that other datasets fill.
        """
        began = self.now()
        asked = asking(dataset, window, columns, began)
        pages, looks = list[Page](), list[Any]()
        why, stopped, answered, passes = None, None, True, True
        try:
            with self._client(agency, folder) as client:
                visit = _Visit(client, dataset.name, agency, folder, previous, pages)
                while True:
                    request, stopped = self._next_request(dataset.name, asked, pages, looks, previous)
                    if request is None:
                        break
                    pages.append(self._one(visit, request))
                    asked.note(request)
        except Unreachable as error:
            why, answered, passes = self.redact(str(error)), False, error.passes
        except SourceError as error:
            why = self.redact(str(error))
        return Fetched(asked.asked, began, tuple(pages), why, answered, asked.window, stopped, passes=passes)

    def _next_request(
        self, slug: str, asked: Asking, pages: list[Page], looks: list[Any], previous: Previous | None
    ) -> tuple[Request | None, str | None]:
        """Let the protocol look for the next page; if it cannot, the paging ends, and the reason is returned too.

        What came before is kept in any case: a look may fail on what the agency sent, or by a fault of ours.
        """
        try:
            looks += [_look(asked, page) for page in pages[len(looks) :]]
            return asked.protocol.ask(asked.source, looks, previous), None
        except SourceError as error:
            reason = str(error)
        except Exception as error:
            if not pages:
                raise  # nothing came that could be kept
            logging.getLogger(__name__).exception("a fault of the software with %s, after page %d", slug, len(pages))
            reason = sentence(of_error(error))
        return None, self.redact(reason)

    def redact(self, text: str) -> str:
        """Return a text without any secret, in whatever way it is written there."""
        return redact_text(text, self.secrets)

    def _one(self, visit: _Visit, request: Request) -> Page:
        if request.path is not None:
            return _read_file(visit.folder / request.path, request.path)
        page = self._persist(visit, request)
        if page.status != httpx.codes.NOT_MODIFIED:
            return page
        previous = visit.previous
        if previous is None:
            visit.pages.append(page)
            raise SourceError(_refusal(page, 1))
        return Page(page.address, page.status, {**previous.headers, **page.headers}, previous.body)

    def _persist(self, visit: _Visit, request: Request) -> Page:
        """Ask again while the answer may change: none, or half of one, a server's error, too many requests."""
        kept = len(visit.pages)
        for attempt in range(1, self.limits.attempts + 1):
            last = attempt == self.limits.attempts
            pause = self.limits.backoff_seconds * 2 ** (attempt - 1)
            visit.or_seconds = COOL_OFF.seconds if last else pause
            try:
                page = self._follow(visit, request)
            except (Unreachable, CutShort) as error:
                if last or (isinstance(error, Unreachable) and not error.passes):
                    raise
                del visit.pages[kept:]  # half of an answer is no page of it
                time.sleep(pause)
                continue
            if page.status not in _MAY_PASS:
                break
            asked = wait_seconds(page.headers, self.now())
            wait = pause if asked is None else asked
            if last or wait > self.limits.longest_wait_seconds:
                break
            time.sleep(wait)
            visit.heeded = visit.quiet_until
        if page.status in (200, 304) or (request.may_be_missing and page.status in GAPS):
            return page
        visit.pages.append(page)  # what it said is kept
        raise SourceError(_refusal(page, attempt))

    def _follow(self, visit: _Visit, request: Request) -> Page:
        agency, pages = visit.agency, visit.pages
        send = Sending.of(request, self.secrets)
        self._guard(send.address, agency)
        limits = self.limits
        self._allowance.start(limits.request_seconds, limits.head_bytes, 2 * limits.body_bytes + limits.head_bytes)
        for _ in range(limits.redirects + 1):
            page = self._get(visit, send)
            if page.status not in (301, 302, 303, 307, 308):
                return page
            try:
                target = self._target(send.address, page.headers.get("location", ""), agency)
            except SourceError:
                pages.append(page)  # where it pointed is kept
                raise
            send = send.redirected(target, page.status)
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
            raise SourceError(f"expected a redirect to an address, found {self.redact(location)[:200]!r}") from None
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

    def _get(self, visit: _Visit, send: Sending) -> Page:
        shown = self.redact(str(httpx.URL(send.address)))
        host = urlsplit(send.address).hostname or ""
        target = send.address if self.sandbox is None else send.address.replace("https:/", self.sandbox, 1)
        with self._turn(visit, host, send) as turn:
            try:
                with visit.client.stream(send.method, target, content=send.content, headers=send.headers) as answer:
                    body, cut, passes = read_body(answer, self.limits, self._allowance)
            except (httpx.TransportError, OSError) as error:
                if is_burden(error):
                    turn.failed()
                told = f"{host} could not be reached at {shown}: {self.redact(plain_words(error))}"
                raise unreachable(error, told) from None
            wait = wait_seconds(answer.headers, self.now())
            visit.quiet_until = turn.heard(answer.status_code, wait, visit.or_seconds)
        kept = {
            name: self.redact(answer.headers[name]) for name in (*_KEPT_HEADERS, "location") if name in answer.headers
        }
        why = cut
        if answer.headers.get("content-encoding", "identity") == "gzip" and not cut:
            try:
                body = gzip.unpack(body, self.limits.body_bytes)
            except SourceError as error:
                why = str(error)
        clean = redact(body, self.secrets, cut=bool(why))
        page = Page(shown, answer.status_code, kept, clean.body, clean.changed)
        if why := clean.refused or why:
            visit.pages.append(page)  # the bytes that came are kept, without a secret
            raise (CutShort if passes and not clean.refused else SourceError)(f"{why} from {shown}")
        return page

    @contextlib.contextmanager
    def _turn(self, visit: _Visit, host: str, send: Sending) -> Iterator[Turn]:
        """Let this be the only request to its host; the time that it waits for that is not the agency's."""
        pause = 0.0 if self.sandbox else visit.agency.pause_seconds
        call = Call(host, visit.dataset, visit.agency, send.variables, pause, self.limits.longest_wait_seconds)
        began = time.monotonic()
        with self.politeness.turn(call, self.now, visit.heeded) as turn:
            self._allowance.extend(time.monotonic() - began)
            yield turn

    @contextlib.contextmanager
    def _client(self, agency: Agency, folder: Path) -> Iterator[httpx.Client]:
        timeout = httpx.Timeout(self.limits.read_seconds, connect=self.limits.connect_seconds)
        headers = {"User-Agent": USER_AGENT, "Accept-Encoding": "identity"}
        live = self.sandbox is None
        transport = BoundedTransport(
            self._allowance,
            verify=trusted_authorities(agency.clear_strict_x509, read_intermediates(folder.parent, agency)),
            check=refuse_private if live else None,
            look_up=self.look_up,
            trust_env=live,
        )
        with httpx.Client(
            transport=transport, timeout=timeout, headers=headers, follow_redirects=False, trust_env=False
        ) as client:
            yield client


def _look(asked: Asking, page: Page) -> Any:
    """What the protocol needs to know of a page to ask for the next one."""
    look = getattr(asked.protocol, "look", None)
    if look is None:
        return None
    if page.status in GAPS:
        return GAP
    found = bounded.call(look, asked.source, page.body)
    return found._replace(link=page.headers["link"]) if isinstance(found, Look) and "link" in page.headers else found


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


def _read_file(path: Path, name: str) -> Page:
    if path.is_symlink() or not path.is_file():
        raise SourceError(f"expected the file {name} beside dataset.yaml, found none")
    return Page(name, 200, {}, path.read_bytes())
