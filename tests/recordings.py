"""Where the agencies' recorded answers lie, and how a run over them is driven; skipped, with a reason, where absent."""

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from refreshes import refreshed

from catalog.release import publish
from catalog.release.document import Release
from catalog.store import Store
from pipelines.context import Clock, Context
from pipelines.declared import Declarations
from pipelines.fetch.fetcher import Fetcher
from pipelines.fetch.sources import open_sources
from pipelines.refresh.result import RefreshResult

ROOT = Path(__file__).parent.parent
FOLDER = Path(os.environ.get("MINSHENG_RECORDINGS") or ROOT.parent / "shared" / "recordings")

needed = pytest.mark.skipif(
    not (FOLDER / "replay").is_dir(), reason=f"no recordings: set MINSHENG_RECORDINGS, or lay them at {FOLDER.name}"
)


@dataclass
class Home:
    """Two stores and a folder of recordings to replay."""

    public: Store
    private: Store
    datasets: Path = ROOT / "datasets"

    def context(self) -> Context:
        return Context(self.public, self.private, Declarations(self.datasets), {}, clock=Clock())

    def run(self, slug: str, folder: Path = FOLDER, *, each: bool = False) -> list[RefreshResult]:
        items = refreshed(self.context(), open_sources(f"replay:{folder}", Fetcher({})), [slug], each=each)
        return [item for item in items if item.dataset == slug]

    def release(self, slug: str, n: int | None = None) -> Release:
        found = publish.load(self.public, slug, n) if n else publish.newest(self.public, slug)
        assert found is not None
        return found

    def fact(self, slug: str, n: int, name: str) -> Any:
        path = self.release(slug, n).facts.facts[name].path
        return json.loads(self.public.get(f"datasets/{slug}/{path}").body)


def lines(slug: str) -> list[tuple[str, str]]:
    """Return (fetched_at, file) of a dataset's replay list."""
    text = (FOLDER / "replay" / f"{slug}.csv").read_text(encoding="utf-8").splitlines()[1:]
    return [(line.split(",")[0], line.split(",")[1]) for line in text]


def replay(folder: Path, slug: str, listed: list[tuple[str, bytes]]) -> Path:
    """Lay down a replay folder of the test's own, from times and bodies."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "replay").mkdir(parents=True)
    text = "fetched_at,file\n"
    for i, (at, body) in enumerate(listed):
        (folder / f"{i}.body").write_bytes(body)
        text += f"{at},{i}.body\n"
    (folder / "replay" / f"{slug}.csv").write_text(text, encoding="utf-8")
    return folder


def body(file: str) -> bytes:
    """Return the bytes of a recording."""
    return (FOLDER / file).read_bytes()
