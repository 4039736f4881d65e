"""Agencies are asked side by side, each in a thread of its own; what they answer is handed over one thing at a time.

So a slow agency delays no other, and whoever folds does it alone. One agency is asked one dataset after the other.
"""

import queue
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from pipelines.records import Fetched


@dataclass(frozen=True)
class Errand:
    """What one dataset wants of its agency."""

    slug: str
    agency: str
    after: frozenset[str]
    """The datasets of this run that are to be done before it may begin."""
    fetches: Callable[[], Iterator[Fetched]]


@dataclass(frozen=True)
class Heard:
    """One fetch of a dataset; with neither a fetch nor an error, it was the last one."""

    slug: str
    fetched: Fetched | None = None
    error: Exception | None = None

    @property
    def last(self) -> bool:
        """Whether nothing more is heard of the dataset."""
        return self.fetched is None


class Lanes:
    """A thread for each agency, as long as the context is open.

    An agency is not asked for more until what it said is dealt with: so a run holds one answer of each.
    """

    def __init__(self, errands: Iterable[Errand]) -> None:
        """Take what there is to do; of each agency in this order."""
        self._lanes: dict[str, list[Errand]] = defaultdict(list)
        for errand in errands:
            self._lanes[errand.agency].append(errand)
        self._agencies = {errand.slug: agency for agency, lane in self._lanes.items() for errand in lane}
        self._heard: queue.SimpleQueue[Heard] = queue.SimpleQueue()
        self._turns = threading.Condition()
        self._done: set[str] = set()
        self._waiting: set[str] = set()
        """Agencies whose answer is not dealt with."""
        self._stopped = False

    def __enter__(self) -> Self:
        """Begin to ask."""
        for agency, lane in self._lanes.items():
            # A daemon: a request that goes on holds nobody up who wants to end.
            threading.Thread(target=self._go, args=(lane,), name=f"asks {agency}", daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        """Ask for nothing more."""
        with self._turns:
            self._stopped = True
            self._turns.notify_all()

    def take(self) -> Heard:
        """Wait for what is heard next, of whichever agency."""
        return self._heard.get()

    def dealt_with(self, slug: str) -> None:
        """Let the agency of a dataset be asked for more."""
        with self._turns:
            self._waiting.discard(self._agencies[slug])
            self._turns.notify_all()

    def done(self, slug: str) -> None:
        """Say that a dataset is done, for better or worse: nothing more is asked of it, and others may begin."""
        with self._turns:
            self._done.add(slug)
            self._turns.notify_all()

    def _go(self, lane: list[Errand]) -> None:
        while lane:
            errand = lane.pop(0)
            self._wait(lambda errand=errand: errand.after <= self._done)  # type: ignore[misc]  # bound at once
            if self._stopped:
                return
            last = Heard(errand.slug)
            try:
                for fetched in errand.fetches():
                    self._hand_over(Heard(errand.slug, fetched), errand.agency)
                    del fetched  # it may be large
                    if self._stopped or errand.slug in self._done:
                        break
            except Exception as error:  # noqa: BLE001  raised again where the dataset is dealt with
                last = Heard(errand.slug, error=error)
            if errand.slug not in self._done:
                self._heard.put(last)

    def _hand_over(self, heard: Heard, agency: str) -> None:
        with self._turns:
            self._waiting.add(agency)
        self._heard.put(heard)
        del heard
        self._wait(lambda: agency not in self._waiting)

    def _wait(self, for_what: Callable[[], bool]) -> None:
        with self._turns:
            self._turns.wait_for(lambda: self._stopped or for_what())
