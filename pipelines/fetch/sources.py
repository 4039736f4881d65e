"""Where evidence comes from: `live`, `sandbox`, `replay:DIR`, `evidence:URL`. A home keeps to one kind for ever."""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from catalog import keys
from catalog.declaration.dataset import Dataset
from catalog.errors import DecisionError, SourceError
from catalog.release.digest import canonical
from catalog.store import Store, open_store, put_same
from pipelines.context import Context, kind_of
from pipelines.fetch.copied import Copied
from pipelines.fetch.fetcher import Fetcher
from pipelines.fetch.live import Live
from pipelines.fetch.replay import Replay
from pipelines.records import Fetched


class Sources(Protocol):
    """One kind of source."""

    @property
    def kind(self) -> str:
        """`live`, `sandbox` or `replay`: what both stores are marked with."""

    @property
    def side_by_side(self) -> bool:
        """Whether to fetch datasets of different agencies at the same time saves time."""

    def begin(self, ctx: Context, wanted: list[str]) -> None:
        """Set the clock of a run over these datasets, where it is not the present."""

    def fetches(self, ctx: Context, dataset: Dataset) -> Iterator[Fetched]:
        """Yield what is to be recorded of a dataset, in order of time."""


def open_sources(mode: str, fetcher: Fetcher) -> Sources:
    """Return the sources of a mode.

    Args:
        mode: `live`, `sandbox`, `replay:DIR` or `evidence:URL`.
        fetcher: asks agencies; with `sandbox` it knows where that stands.

    Raises:
        SourceError: there is no such mode, or nothing there.
    """
    check_mode(mode)
    name, _, rest = mode.partition(":")
    if mode == "live":
        return Live(fetcher)
    if mode == "sandbox":
        if not fetcher.sandbox:
            raise SourceError("expected the sandbox's address in MINSHENG_SANDBOX, found none; `make demo` starts one")
        return Live(fetcher, "sandbox")
    if name == "replay":
        if not (Path(rest) / "replay").is_dir():
            raise SourceError(f"expected the folder {rest}/replay with a list for each dataset, found none")
        return Replay(Path(rest))
    return Copied(open_store(rest))


def check_mode(mode: str) -> None:
    """See that there is such a mode; whether anything is there is not looked at.

    Raises:
        SourceError: there is none; the message lists those that there are.
    """
    name, _, rest = mode.partition(":")
    if mode not in ("live", "sandbox") and not (name in ("replay", "evidence") and rest):
        raise SourceError(f"no source {mode!r}; known: live, sandbox, replay:DIR, evidence:URL")


def mark(public: Store, private: Store, kind: str) -> None:
    """Mark both stores with the kind of their sources, for ever.

    Raises:
        DecisionError: one is marked with another kind: synthetic, recorded and real data never mix.
    """
    marks = [(store, kind_of(store)) for store in (public, private)]
    for store, marked in marks:
        if marked not in (None, kind):
            raise DecisionError(
                f"{store.url} holds {marked} data, and this run would bring {kind} data: they never mix; "
                "use another MINSHENG_HOME for it"
            )
    for store, marked in marks:
        if marked is None:
            put_same(store, keys.SOURCE_KIND, canonical({"kind": kind}))
