"""Where evidence comes from: `live`, `sandbox`, `replay:DIR`, `evidence:URL`. A home keeps to one kind for ever."""

import csv
import datetime as dt
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import httpx

from catalog import keys, publish
from catalog.declaration import Dataset, load_agencies
from catalog.errors import DecisionError, SourceError, StoreError
from catalog.release import canonical, sha256
from catalog.store import Absent, Store, open_store, put_same
from pipelines.context import Context, kind_of
from pipelines.evidence import Evidence, Fetched, Page, Record
from pipelines.fetch import Fetcher
from pipelines.line import decided
from pipelines.protocols import find
from pipelines.protocols.words import Previous

INLINE = "inline"
"""The protocol of tables that stewards keep beside the declaration: the same in every kind of source."""


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
        """Ask once."""
        agency = load_agencies(ctx.datasets)[dataset.minsheng.agency]
        folder = ctx.datasets / dataset.name
        yield self.fetcher.fetch(dataset, folder, agency, _previous(ctx, dataset))


def sandbox_clock(address: str) -> dt.datetime:
    """Ask the sandbox for its time."""
    try:
        answer = httpx.get(f"{address}/sandbox/clock", timeout=10, trust_env=False).raise_for_status()
        return dt.datetime.fromisoformat(answer.json()["now"])
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
        for (at, _), lines in itertools.groupby(
            self._lines(dataset.name), key=lambda one: (one["fetched_at"], one["fetch"])
        ):
            group = list(lines)
            names = [f"{at} {one['file']} {one['page']}" for one in group]
            if set(names) <= heard:
                continue
            yield self._fetched(dataset, at, group, names)

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

    def _fetched(self, dataset: Dataset, at: str, lines: list[dict[str, str]], names: list[str]) -> Fetched:
        pages = []
        for one in lines:
            path = self.folder / one["file"]
            inside = path.resolve().is_relative_to(self.folder.resolve())
            if ".." in Path(one["file"]).parts or not inside or path.is_symlink() or not path.is_file():
                raise SourceError(
                    f"replay of {dataset.name}: expected a file below {self.folder.name}, found {one['file']!r}"
                )
            pages.append(Page(one["address"] or one["file"], 200, {}, path.read_bytes()))
        protocol, source = find(dataset.minsheng.source, dataset.name)
        try:
            why = protocol.incomplete(source, [page.body for page in pages])
        except SourceError as error:
            why = str(error)
        asked = {"source": dataset.minsheng.source, "replay": names}
        reason = f"{dataset.name}: {lines[0]['file']}: {why}" if why else None
        return Fetched(asked, dt.datetime.fromisoformat(at), tuple(pages), reason)


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
        heard = {(one.fetched_at, one.bodies) for one in _records(ctx.evidence(dataset.name))}
        theirs = Evidence(self.store, dataset.name)
        for record in _records(theirs):
            if (record.fetched_at, record.bodies) in heard:
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
    agency = load_agencies(ctx.datasets)[dataset.minsheng.agency]
    fetched = Fetcher({}, now=ctx.clock.now).fetch(dataset, ctx.datasets / dataset.name, agency, None)
    evidence = ctx.evidence(dataset.name)
    newest = evidence.newest(decided(ctx, dataset.name))
    if not newest:
        return fetched
    last = evidence.read(newest)
    bodies = tuple(sha256(page.body) for page in fetched.pages)
    if (bodies, fetched.why) == (last.bodies, last.why):
        return None
    return Fetched(fetched.asked, max(fetched.fetched_at, last.fetched_at), fetched.pages, fetched.why)


def _is_instant(text: str) -> bool:
    try:
        return dt.datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


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
    same = record.asked.get("source") == dataset.minsheng.source
    if not same or not record.complete or len(record.pages) != 1:
        return None
    try:
        return Previous(record.pages[0]["headers"], evidence.body(record.pages[0]["sha256"]))
    except Absent:
        return None
