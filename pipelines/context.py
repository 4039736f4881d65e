"""What every step of a refresh is given: stores, declarations, sources, clock, code. Read once, at start."""

import datetime as dt
import functools
import importlib.metadata
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from catalog import keys
from catalog.declaration.dataset import Dataset, load_dataset
from catalog.formats import parquet
from catalog.release import publish
from catalog.store import Store
from pipelines.evidence import Evidence

ZONE = ZoneInfo("Asia/Taipei")
_LIBRARIES = ("pyarrow", "great-expectations", "isal", "rfc8785")
"""Whose versions could show in a release."""


@dataclass
class Clock:
    """The time of a run: the present, or with replayed and simulated sources the newest fetched_at."""

    simulated: dt.datetime | None = None

    def now(self) -> dt.datetime:
        """Return the time, in the zone of the ministry, to the second."""
        return (self.simulated or dt.datetime.now(dt.UTC)).astimezone(ZONE).replace(microsecond=0)

    def advance(self, to: dt.datetime) -> None:
        """Move a simulated clock forward, never back."""
        self.simulated = max(self.simulated, to) if self.simulated else to


@dataclass(frozen=True)
class Context:
    """The world of a run."""

    public: Store
    private: Store
    datasets: Path
    secrets: Mapping[str, str] = field(repr=False)
    clock: Clock = field(default_factory=Clock)
    days: tuple[dt.date, dt.date] | None = None
    """The days, both included, that a run is about where an agency is asked by the day; None: those due."""
    address: str | None = None
    """Where readers reach the public store over HTTP, if that is known."""
    _evidence: dict[str, Evidence] = field(default_factory=dict, repr=False)
    _declared: dict[str, Dataset] = field(default_factory=dict, repr=False)

    @property
    def synthetic(self) -> bool:
        """Whether the data is the sandbox's."""
        return kind_of(self.private) == "sandbox"

    def declared(self, slug: str) -> Dataset:
        """Return the declaration of a dataset; read once for the run."""
        if slug not in self._declared:
            self._declared[slug] = load_dataset(self.datasets, slug)
        return self._declared[slug]

    def replaces(self, slug: str) -> bool:
        """Return whether each fetch of a dataset is declared to be the whole truth."""
        return self.declared(slug).minsheng.load == "replace"

    def evidence(self, slug: str) -> Evidence:
        """Return the evidence of a dataset; one for the whole run, so that what never changes is read once."""
        return self._evidence.setdefault(slug, Evidence(self.private, slug))


def kind_of(private: Store) -> str | None:
    """Return the kind a store is marked with, or None."""
    said = publish.read_json(private, keys.SOURCE_KIND)
    return str(said["kind"]) if said else None


@functools.cache
def code() -> dict[str, Any]:
    """Return which code makes a release: version, commit, and the libraries whose output is in its bytes."""
    root = Path(__file__).parent.parent
    asked = ["git", "-C", str(root), "describe", "--always", "--abbrev=40", "--exclude=*", "--dirty=-changed"]
    try:
        commit = subprocess.run(asked, capture_output=True, text=True, timeout=10, check=True).stdout.strip()  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        commit = "unknown"  # installed from a package, without its history
    return {
        "minsheng": importlib.metadata.version("minsheng"),
        "commit": commit,
        "writer": parquet.WRITER,
        "libraries": {name: importlib.metadata.version(name) for name in _LIBRARIES},
    }
