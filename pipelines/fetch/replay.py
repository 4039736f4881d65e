"""`replay:DIR`: recorded answers. `DIR/replay/<slug>.csv` lists which file was received when."""

import csv
import datetime as dt
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from catalog.declaration.dataset import Dataset
from catalog.errors import SourceError
from pipelines.context import Context
from pipelines.fetch.fetcher import asking
from pipelines.fetch.nights import is_about
from pipelines.protocols import as_window_protocol, load_protocol
from pipelines.protocols.parts.addressed import Addressed
from pipelines.protocols.parts.request import RequestWindow
from pipelines.records import Fetched, Page

_Line = dict[str, str]
"""A line of the list: `fetched_at`, `file`, `fetch`, `page`, `address`."""


@dataclass(frozen=True)
class Replay:
    """Recorded answers."""

    folder: Path
    kind: str = "replay"

    def fetches(self, ctx: Context, dataset: Dataset) -> Iterator[Fetched]:
        """Yield the lines that are not in the evidence yet, pages of one fetch together."""
        kept = {name for record in ctx.evidence(dataset.name).records() for name in record.asked.get("replay", ())}
        listed = [(line, _window_of(dataset, line)) for line in self._lines(dataset.name)]
        for (fetched_at, _, window), of_fetch in itertools.groupby(
            listed, key=lambda pair: (pair[0]["fetched_at"], pair[0]["fetch"], pair[1])
        ):
            lines = [line for line, _ in of_fetch]
            names = [f"{fetched_at} {line['file']} {line['page']}" for line in lines]
            if set(names) <= kept or (window and not is_about(ctx, window)):
                continue
            pages = tuple(self._page(dataset.name, line) for line in lines)
            asked = asking(dataset, window)
            at = dt.datetime.fromisoformat(fetched_at)
            yield Fetched({**asked.asked, "replay": names}, at, pages, None, window=asked.window)

    @property
    def side_by_side(self) -> bool:
        """All of it is read here, in order."""
        return False

    def begin(self, ctx: Context, wanted: list[str]) -> None:
        """Begin at the first listed fetch, so that reference tables are as old as what refers to them."""
        listed = [self._lines(slug) for slug in wanted if (self.folder / "replay" / f"{slug}.csv").is_file()]
        times = [dt.datetime.fromisoformat(lines[0]["fetched_at"]) for lines in listed if lines]
        if times:
            ctx.clock.advance(min(times))

    def _lines(self, slug: str) -> list[_Line]:
        path = self.folder / "replay" / f"{slug}.csv"
        if not path.is_file():
            raise SourceError(f"expected {path.name} in {path.parent} for a replay of {slug}, found none")
        with path.open(newline="", encoding="utf-8-sig") as file:
            lines = [{"fetch": "", "page": "", "address": ""} | line for line in csv.DictReader(file)]
        for number, line in enumerate(lines, 2):
            if not {"fetched_at", "file"} <= set(line) or not line["file"]:
                raise SourceError(f"{path.name}: line {number}: expected fetched_at and file, found {line}")
            if not _is_instant(line["fetched_at"]):
                raise SourceError(
                    f"{path.name}: line {number}: expected fetched_at as 2026-01-31T01:30:00+08:00, with an offset, "
                    f"found {line['fetched_at']!r}"
                )
        return lines

    def _page(self, slug: str, line: _Line) -> Page:
        path = self.folder / line["file"]
        inside = path.resolve().is_relative_to(self.folder.resolve())
        if ".." in Path(line["file"]).parts or not inside or path.is_symlink() or not path.is_file():
            raise SourceError(f"replay of {slug}: expected a file below {self.folder.name}, found {line['file']!r}")
        return Page(line["address"] or line["file"], 200, {}, path.read_bytes())


def _window_of(dataset: Dataset, line: _Line) -> RequestWindow | None:
    """The window that a recorded answer was asked for, as its address says."""
    if not dataset.minsheng.window_asked:
        return None
    protocol, source = load_protocol(dataset.minsheng.origin, dataset.name)
    if isinstance(source, Addressed):
        source = source.told(dataset.minsheng.window, {})
    return as_window_protocol(protocol, dataset.name).window_of(source, line["address"])


def _is_instant(text: str) -> bool:
    try:
        return dt.datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
