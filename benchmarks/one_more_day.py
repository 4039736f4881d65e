"""What one more day costs on 1, 5 and 10 years of history: counts, the same on every machine.

    python -m benchmarks.one_more_day [--years 1 5 10]

Hourly rows in monthly partitions; the day is the last of December, so that the month that it touches is the fullest.
"""

import argparse
import datetime as dt
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import rows
from catalog.declaration.dataset import Dataset
from catalog.store import Blob, Head, Span, Store
from catalog.store.file import FileStore
from pipelines.context import Context
from pipelines.declared import Declarations
from pipelines.records import Fetched, Page
from pipelines.run import run

FIRST_YEAR = 2016


@dataclass
class Count:
    """Bytes and calls of one run, by what the object is."""

    read: Counter[str] = field(default_factory=Counter)
    written: Counter[str] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)


@dataclass
class Counting:
    """A store in front of a store, that counts."""

    store: Store
    count: Count

    @property
    def url(self) -> str:
        return self.store.url

    def put_new(self, key: str, body: bytes) -> None:
        self._wrote("put_new", key, body)
        self.store.put_new(key, body)

    def put_if(self, key: str, body: bytes, etag: str | None) -> str:
        self._wrote("put_if", key, body)
        return self.store.put_if(key, body, etag)

    def get(self, key: str, span: Span | None = None) -> Blob:
        self.count.calls["get"] += 1
        found = self.store.get(key, span)
        self.count.read[kind(key)] += len(found.body)
        return found

    def head(self, key: str) -> Head | None:
        self.count.calls["head"] += 1
        return self.store.head(key)

    def list(self, prefix: str) -> Iterator[str]:
        self.count.calls["list"] += 1
        return self.store.list(prefix)

    def sizes(self, prefix: str) -> dict[str, int]:
        """Count the listing."""
        self.count.calls["list"] += 1
        return self.store.sizes(prefix)

    def delete(self, key: str) -> None:
        self.count.calls["delete"] += 1
        self.store.delete(key)

    def _wrote(self, verb: str, key: str, body: bytes) -> None:
        self.count.calls[verb] += 1
        self.count.written[kind(key)] += len(body)


def kind(key: str) -> str:
    """Return what an object is.

    `data`, `kept` (evidence, what a candidate holds, facts: what tells of this day), or `lists`: documents, checksums,
    catalog and pages, which name every file or every release, so that they grow with the history.
    """
    if key.startswith("datasets/"):
        folder = key.split("/")[2]
        return {"data": "data", "facts": "kept", "schema": "kept"}.get(folder, "lists")
    return "kept" if key.startswith(("evidence/", "candidates/")) and not key.endswith("/document.json") else "lists"


@dataclass(frozen=True)
class Told:
    """A source that says one thing once. A replay's list would be compared with all evidence: that is not the cost."""

    body: bytes
    at: dt.datetime
    kind: str = "replay"
    side_by_side: bool = False

    def begin(self, ctx: Context, wanted: list[str]) -> None:
        ctx.clock.advance(self.at)

    def fetches(self, ctx: Context, dataset: Dataset) -> Iterator[Fetched]:
        page = Page("https://example.org/hourly.csv", 200, {}, self.body)
        yield Fetched({"source": dataset.minsheng.source}, self.at, (page,), None)


def tell(folder: Path, first: str, hours: int, count: Count | None = None) -> None:
    """Hear some hours and release them.

    Args:
        folder: of declarations and two stores.
        first: the first hour, as `2025-01-01T00`.
        hours: how many.
        count: counts what is asked of the stores, if it is to be known.
    """
    end = dt.datetime.fromisoformat(f"{first}:00:00+08:00") + dt.timedelta(hours=hours)
    stores: list[Any] = [FileStore(folder / "public"), FileStore(folder / "private")]
    public, private = [Counting(one, count) for one in stores] if count else stores
    ctx = Context(public, private, Declarations(folder / "datasets"), {})
    (item,) = run(ctx, Told(rows.csv(rows.table(first, hours)), end), [rows.SLUG])
    if item.outcome != "released":
        raise SystemExit(f"expected a release, found {item.outcome}: {item.reason}")


def measure(folder: Path, years: list[int], say: Callable[[str], None] = lambda _: None) -> dict[int, Count]:
    """Release year after year, and at each length of history count what one more day does."""
    rows.declare(folder / "datasets")
    found = {}
    for n in range(1, max(years) + 1):
        year = FIRST_YEAR + n - 1
        hours = 24 * (366 if year % 4 == 0 else 365)
        say(f"  year {n} of {max(years)}")
        tell(folder, f"{year}-01-01T00", hours - 24 * (n in years))
        if n in years:
            found[n] = Count()
            tell(folder, f"{year}-12-31T00", 24, found[n])
    return found


def table(found: dict[int, Count]) -> str:
    """Return the counts as lines of text."""

    def line(name: str, of: Callable[[Count], int]) -> str:
        return f"  {name:46}" + "".join(f"{of(count):>14,}" for count in found.values())

    lines = [f"  {'years of history':46}" + "".join(f"{years:>14}" for years in found)]
    for what, says in (("data", "data bytes"), ("kept", "evidence, candidate and facts, bytes")):
        lines.append(line(f"{says} read", lambda one, what=what: one.read[what]))  # type: ignore[misc]
        lines.append(line(f"{says} written", lambda one, what=what: one.written[what]))  # type: ignore[misc]
    lines.append(line("store calls", lambda one: one.calls.total()))
    for verb in sorted({verb for count in found.values() for verb in count.calls}):
        lines.append(line(f"  {verb}", lambda one, verb=verb: one.calls[verb]))  # type: ignore[misc]
    lines.append(line("documents, catalog and pages, bytes read", lambda one: one.read["lists"]))
    lines.append(line("documents, catalog and pages, bytes written", lambda one: one.written["lists"]))
    return "\n".join(lines)


def main(argv: list[str] | None = None) -> int:
    """Count and print."""
    parser = argparse.ArgumentParser(prog="benchmarks.one_more_day", description=__doc__)
    parser.add_argument("--years", type=int, nargs="+", default=[1, 5, 10])
    args = parser.parse_args(argv)
    print(f"One more day: {24 * rows.STATIONS:,} rows, on monthly partitions of {rows.STATIONS} stations", flush=True)
    with tempfile.TemporaryDirectory() as name:
        found = measure(Path(name), sorted(args.years), lambda text: print(text, flush=True))
    print(table(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
