"""Where evidence comes from: `live`, `sandbox`, `replay:DIR`, `evidence:URL`. A home keeps to one kind for ever."""

import csv
import datetime as dt
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import httpx

from catalog import keys
from catalog.declaration.dataset import Dataset
from catalog.errors import DecisionError, SourceError, StoreError
from catalog.release import publish
from catalog.release.digest import canonical, sha256
from catalog.store import Absent, Store, open_store, put_same
from pipelines.context import ZONE, Context, decided, kind_of
from pipelines.evidence import Evidence, Fetched, Page, Record
from pipelines.fetch.fetcher import Fetcher, asking, trust
from pipelines.protocols import find, of_windows
from pipelines.protocols.parts.request import Previous, Window

_MOST_ERRORS = 3
"""Windows in a row that an agency may answer with an error; one day that it cannot tell hides none after it."""


class Sources(Protocol):
    """One kind of source."""

    @property
    def kind(self) -> str:
        """`live`, `sandbox` or `replay`: what both stores are marked with."""

    def begin(self, ctx: Context, wanted: list[str]) -> None:
        """Set the clock of a run over these datasets, where it is not the present."""

    def fetches(self, ctx: Context, dataset: Dataset) -> Iterator[Fetched]:
        """Yield what is to be recorded of a dataset, in order of time."""


@dataclass
class Live:
    """The agencies themselves, or the sandbox in their place."""

    fetcher: Fetcher
    kind: str = "live"

    def begin(self, ctx: Context, wanted: list[str]) -> None:
        """Take the sandbox's time."""
        if self.fetcher.sandbox:
            ctx.clock.advance(sandbox_clock(self.fetcher.sandbox))
            self.fetcher.now = ctx.clock.now

    def fetches(self, ctx: Context, dataset: Dataset) -> Iterator[Fetched]:
        """Ask once; or for one window after the other, until the agency does not answer, or only with errors."""
        agency = ctx.declarations.of(dataset.name).agency
        folder = ctx.declarations.folder / dataset.name
        if not dataset.minsheng.window:
            yield self.fetcher.fetch(dataset, folder, agency, _previous(ctx, dataset))
            return
        errors = 0
        for window in _windows_due(ctx, dataset):
            fetched = self.fetcher.fetch(dataset, folder, agency, None, window)
            yield fetched
            status = fetched.pages[-1].status if fetched.pages else 0
            errors = errors + 1 if status >= httpx.codes.BAD_REQUEST else 0
            if not fetched.answered or status == httpx.codes.TOO_MANY_REQUESTS or errors == _MOST_ERRORS:
                return


def sandbox_clock(address: str) -> dt.datetime:
    """Ask the sandbox for its time."""
    try:
        answer = httpx.get(f"{address}/sandbox/clock", timeout=10, trust_env=False, verify=trust())
        return dt.datetime.fromisoformat(answer.raise_for_status().json()["now"])
    except (httpx.HTTPError, ValueError, KeyError) as error:
        raise SourceError(f"expected the sandbox at {address}, found none ({error}); `make demo` starts one") from error


@dataclass(frozen=True)
class Replay:
    """Recorded answers: `DIR/replay/<slug>.csv` lists which file was heard when."""

    folder: Path
    kind: str = "replay"

    def fetches(self, ctx: Context, dataset: Dataset) -> Iterator[Fetched]:
        """Yield the lines that are not in the evidence yet, pages of one fetch together."""
        heard = {line for record in _records(ctx.evidence(dataset.name)) for line in record.asked.get("replay", ())}
        listed = [(one, _asked(dataset, one)) for one in self._lines(dataset.name)]
        for (at, _, window), together in itertools.groupby(
            listed, key=lambda one: (one[0]["fetched_at"], one[0]["fetch"], one[1])
        ):
            group = [line for line, _ in together]
            names = [f"{at} {one['file']} {one['page']}" for one in group]
            if set(names) <= heard or (window and not _is_about(ctx, window)):
                continue
            yield self._fetched(dataset, at, group, names, window)

    def begin(self, ctx: Context, wanted: list[str]) -> None:
        """Begin at the first listed fetch, so that reference tables are as old as what refers to them."""
        listed = [self._lines(slug) for slug in wanted if (self.folder / "replay" / f"{slug}.csv").is_file()]
        times = [dt.datetime.fromisoformat(lines[0]["fetched_at"]) for lines in listed if lines]
        if times:
            ctx.clock.advance(min(times))

    def _lines(self, slug: str) -> list[dict[str, str]]:
        path = self.folder / "replay" / f"{slug}.csv"
        if not path.is_file():
            raise SourceError(f"expected {path.name} in {path.parent} for a replay of {slug}, found none")
        with path.open(newline="", encoding="utf-8-sig") as file:
            lines = [{"fetch": "", "page": "", "address": ""} | one for one in csv.DictReader(file)]
        for i, one in enumerate(lines):
            if not {"fetched_at", "file"} <= set(one) or not one["file"]:
                raise SourceError(f"{path.name}: line {i + 2}: expected fetched_at and file, found {one}")
            if not _is_instant(one["fetched_at"]):
                raise SourceError(
                    f"{path.name}: line {i + 2}: expected fetched_at as 2026-01-31T01:30:00+08:00, with an offset, "
                    f"found {one['fetched_at']!r}"
                )
        return lines

    def _fetched(
        self, dataset: Dataset, at: str, lines: list[dict[str, str]], names: list[str], window: Window | None
    ) -> Fetched:
        pages = []
        for one in lines:
            path = self.folder / one["file"]
            inside = path.resolve().is_relative_to(self.folder.resolve())
            if ".." in Path(one["file"]).parts or not inside or path.is_symlink() or not path.is_file():
                raise SourceError(
                    f"replay of {dataset.name}: expected a file below {self.folder.name}, found {one['file']!r}"
                )
            pages.append(Page(one["address"] or one["file"], 200, {}, path.read_bytes()))
        protocol, source, asked, fields = asking(dataset, window)
        try:
            why = protocol.incomplete(source, [page.body for page in pages])
        except SourceError as error:
            why = str(error)
        reason = f"{lines[0]['file']}: {why}" if why else None
        return Fetched({**asked, "replay": names}, dt.datetime.fromisoformat(at), tuple(pages), reason, window=fields)


@dataclass
class Copied:
    """The evidence of another private store, heard again."""

    store: Store
    kind: str = field(init=False)

    def __post_init__(self) -> None:
        said = publish.read_json(self.store, keys.SOURCE_KIND)
        if not said:
            raise StoreError(f"{self.store.url} holds no evidence of Minsheng: it has no {keys.SOURCE_KIND}")
        self.kind = said["kind"]

    def begin(self, ctx: Context, wanted: list[str]) -> None:
        """Begin at the oldest record."""
        times = [record.fetched_at for slug in wanted for record in _records(Evidence(self.store, slug))[:1]]
        if times:
            ctx.clock.advance(min(times))

    def fetches(self, ctx: Context, dataset: Dataset) -> Iterator[Fetched]:
        """Yield the records that this home has not heard."""
        heard = {_told(one) for one in _records(ctx.evidence(dataset.name))}
        theirs = Evidence(self.store, dataset.name)
        for record in _records(theirs):
            if _told(record) in heard:
                continue
            pages = tuple(
                Page(one["address"], one["status"], one["headers"], theirs.body(one["sha256"]), one["redacted"])
                for one in record.pages
            )
            yield Fetched(record.asked, record.fetched_at, pages, record.why, bool(pages), record.window)


def open_sources(mode: str, fetcher: Fetcher) -> Sources:
    """Return the sources of a mode.

    Args:
        mode: `live`, `sandbox`, `replay:DIR` or `evidence:URL`.
        fetcher: asks agencies; with `sandbox` it knows where that stands.

    Raises:
        SourceError: there is no such mode, or nothing there.
    """
    name, _, rest = mode.partition(":")
    if mode == "live":
        return Live(fetcher)
    if mode == "sandbox":
        if not fetcher.sandbox:
            raise SourceError("expected the sandbox's address in MINSHENG_SANDBOX, found none; `make demo` starts one")
        return Live(fetcher, "sandbox")
    if name == "replay" and rest:
        if not (Path(rest) / "replay").is_dir():
            raise SourceError(f"expected the folder {rest}/replay with a list for each dataset, found none")
        return Replay(Path(rest))
    if name == "evidence" and rest:
        return Copied(open_store(rest))
    raise SourceError(f"no source {mode!r}; known: live, sandbox, replay:DIR, evidence:URL")


def mark(public: Store, private: Store, kind: str) -> None:
    """Mark both stores with the kind of their sources, for ever.

    Raises:
        DecisionError: one is marked with another kind: synthetic, recorded and real data never mix.
    """
    marks = [(store, kind_of(store)) for store in (public, private)]
    for store, there in marks:
        if there not in (None, kind):
            raise DecisionError(
                f"{store.url} holds {there} data, and this run would bring {kind} data: they never mix; "
                "use another MINSHENG_HOME for it"
            )
    for store, there in marks:
        if there is None:
            put_same(store, keys.SOURCE_KIND, canonical({"kind": kind}))


def inline_fetch(ctx: Context, dataset: Dataset) -> Fetched | None:
    """Hear a steward's table, or None if it is what was heard last."""
    agency = ctx.declarations.of(dataset.name).agency
    fetched = Fetcher({}, now=ctx.clock.now).fetch(dataset, ctx.declarations.folder / dataset.name, agency, None)
    evidence = ctx.evidence(dataset.name)
    newest = evidence.newest(decided(ctx, dataset.name))
    if not newest:
        return fetched
    last = evidence.read(newest)
    bodies = tuple(sha256(page.body) for page in fetched.pages)
    if (bodies, fetched.why) == (last.bodies, last.why):
        return None
    return Fetched(fetched.asked, max(fetched.fetched_at, last.fetched_at), fetched.pages, fetched.why)


def _asked(dataset: Dataset, line: dict[str, str]) -> Window | None:
    """The window that a recorded answer was asked for, as its address says."""
    if not dataset.minsheng.window:
        return None
    protocol, source = find(dataset.minsheng.origin, dataset.name)
    return of_windows(protocol, dataset.name).window_of(source, line["address"])


def _is_about(ctx: Context, window: Window) -> bool:
    """Whether a window has a day that the run is about."""
    if ctx.days is None or "day" not in window:
        return True
    low, high = window["day"]
    return low <= ctx.days[1].isoformat() and ctx.days[0].isoformat() <= high


def _windows_due(ctx: Context, dataset: Dataset) -> list[Window]:
    """What to ask for: the days that the run is about; else as many days back as declared, and those not heard yet.

    Refused windows of days before come last, so that they keep no night from its own.
    """
    module, source = find(dataset.minsheng.origin, dataset.name)
    protocol = of_windows(module, dataset.name)
    today = ctx.clock.now().date()
    if ctx.days:
        return protocol.windows(source, ctx.days[0], min(ctx.days[1], today))
    night = _last_night(ctx, dataset.name)
    unheard = min(today, night.first_unheard or today)
    first = unheard - dt.timedelta(days=source.days - 1)
    due = protocol.windows(source, first, today)
    for window in _worth_asking(ctx, dataset.name, night, source.days):
        low, high = (dt.date.fromisoformat(day) for day in window["day"])
        # Only what is still asked for: kinds and interface may be others now.
        due += [window] if low < first and window in protocol.windows(source, low, high) else []
    return due


@dataclass
class _Night:
    """The last night whose end was heard, and what was refused in it and since."""

    first_unheard: dt.date | None = None
    """The first day that no night asked for; None before the first night."""
    refused: dict[str, dt.date] = field(default_factory=dict)
    """Windows that were not heard since, as text, and the day on which they were asked for last."""


def _last_night(ctx: Context, slug: str) -> _Night:
    """Look back over the evidence to the last night.

    A night ends with the day it is asked on; days of long ago (`--days`) that were asked for since fill no gap.
    """
    evidence, found = ctx.evidence(slug), _Night()
    heard, ended = set[str](), None
    for k in range(evidence.newest(decided(ctx, slug)), 0, -1):
        record = evidence.read(k)
        day, window = _day_of(record), _window_of(record)
        if ended and day < ended:
            break
        if not record.complete and window and window not in heard:
            found.refused.setdefault(window, day)
        if record.complete:
            heard.add(window)
        if not ended and record.complete and record.asked.get("window", {}).get("day", [""])[-1] == day.isoformat():
            broken_off = any(
                asked == day and _read(one)["day"][1] == day.isoformat() for one, asked in found.refused.items()
            )
            ended, found.first_unheard = day, day if broken_off else day + dt.timedelta(days=1)
    return found


def _worth_asking(ctx: Context, slug: str, night: _Night, nights: int) -> list[Window]:
    """The refused windows, but for those that were refused on so many days in a row already."""
    if not night.refused:
        return []
    evidence, newest = ctx.evidence(slug), max(night.refused.values())
    asked: dict[str, set[dt.date]] = {window: set() for window in night.refused}
    for k in range(evidence.newest(decided(ctx, slug)), 0, -1):
        record = evidence.read(k)
        if _day_of(record) <= newest - dt.timedelta(days=nights):
            break
        if not record.complete and _window_of(record) in asked:
            asked[_window_of(record)].add(_day_of(record))
    return [_read(window) for window, refused in sorted(asked.items()) if len(refused) < nights]


def _day_of(record: Record) -> dt.date:
    return record.fetched_at.astimezone(ZONE).date()


def _window_of(record: Record) -> str:
    """What a fetch asked for, as text; nothing where that was no days."""
    window = record.asked.get("window", {})
    return canonical(window).decode() if "day" in window else ""


def _read(window: str) -> Window:
    return {word: (low, high) for word, (low, high) in json.loads(window).items()}


def _is_instant(text: str) -> bool:
    try:
        return dt.datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _told(record: Record) -> tuple[dt.datetime, tuple[str, ...], bytes]:
    """What tells two records apart: of one second there may be two windows in which nothing was."""
    return record.fetched_at, record.bodies, canonical(record.window)


def _records(evidence: Evidence) -> list[Record]:
    return [evidence.read(k) for k in range(1, evidence.newest() + 1)]


def _previous(ctx: Context, dataset: Dataset) -> Previous | None:
    """What the newest fetch heard, if it was whole and asked of the same source: for a conditional request."""
    slug = dataset.name
    evidence = ctx.evidence(slug)
    newest = evidence.newest(decided(ctx, slug))
    if not newest:
        return None
    record = evidence.read(newest)
    same = record.asked.get("source") == dataset.minsheng.origin
    if not same or not record.complete or len(record.pages) != 1:
        return None
    try:
        return Previous(record.pages[0]["headers"], evidence.body(record.pages[0]["sha256"]))
    except Absent:
        return None
