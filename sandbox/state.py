"""What the sandbox remembers: the simulated time and the faults that somebody set.

It is kept in a file, so that a restart tells the same.
"""

import json
import threading
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from sandbox.clock import local, moment
from sandbox.errors import SandboxError
from sandbox.faults.registry import ActiveFault
from sandbox.spec import Source


class Book:
    """The clock, the faults, and how often each fault and each dataset was met."""

    def __init__(self, sources: Mapping[str, Source], now: datetime, file: Path | None) -> None:
        self._sources = sources
        self._file = file
        self._lock = threading.RLock()
        self._now = local(now)
        self._faults: dict[str, list[ActiveFault]] = {}
        self._met: dict[tuple[str, str], int] = {}
        self._calls: dict[tuple[str, str], int] = {}
        if file is not None and file.exists():
            self._read(file)
        else:
            self._write()

    @property
    def now(self) -> datetime:
        """The simulated time; it stands still until it is set."""
        with self._lock:
            return self._now

    @now.setter
    def now(self, now: datetime) -> None:
        with self._lock:
            self._now = local(now)
            self._write()

    def set_faults(self, said: Mapping[str, list[Mapping[str, Any]]]) -> None:
        """Replace the faults of the datasets named, of all of them or, where one is wrong, of none; no fault clears.

        Raises:
            SandboxError: the dataset, a fault or a parameter is unknown.
        """
        read: dict[str, list[ActiveFault]] = {}
        for slug, faults in said.items():
            if slug not in self._sources:
                raise SandboxError(f"unknown dataset {slug!r}; known: {', '.join(self._sources)}")
            read[slug] = [self._sources[slug].check_fault(one) for one in faults]
        with self._lock:
            self._faults |= read
            for slug, fault in ((slug, fault) for slug, faults in read.items() for fault in faults):
                self._met.pop((slug, f"set {fault.name}"), None)
            self._write()

    def faults(self) -> dict[str, list[dict[str, Any]]]:
        """Return the faults that were set, without those of a timeline."""
        with self._lock:
            return {slug: [fault.document() for fault in faults] for slug, faults in self._faults.items() if faults}

    def clear(self) -> None:
        """Take back all faults that were set; those of a timeline are the clock's."""
        with self._lock:
            self._faults.clear()
            self._write()

    def meet(self, slug: str) -> list[ActiveFault]:
        """Return the faults that this request meets, and count it."""
        with self._lock:
            source = self._sources[slug]
            listed = [
                (f"planned {number}", planned.fault)
                for number, planned in enumerate(source.timeline)
                if planned.start <= self._now < planned.end
            ]
            listed += [(f"set {fault.name}", fault) for fault in self._faults.get(slug, [])]
            met = []
            for label, fault in listed:
                number = self._met.get((slug, label), 0)
                self._met[slug, label] = number + 1
                if fault.params.meets(number):
                    met.append(fault)
            return met

    def count_call(self, slug: str) -> int:
        """Count a call of the simulated day and return how many there were."""
        with self._lock:
            day = (slug, self._now.date().isoformat())
            self._calls[day] = self._calls.get(day, 0) + 1
            return self._calls[day]

    def _read(self, file: Path) -> None:
        try:
            said = json.loads(file.read_text(encoding="utf-8"))
            self._now = moment(said["now"])
            for slug, faults in said["faults"].items():
                # a dataset that is gone since takes its faults with it
                if slug in self._sources:
                    self._faults[slug] = [self._sources[slug].check_fault(one) for one in faults]
        except (ValueError, KeyError, AttributeError, TypeError) as error:
            raise SandboxError(f"{file} is no state of a sandbox ({error!r}); remove it to begin anew") from error

    def _write(self) -> None:
        if self._file is None:
            return
        text = json.dumps({"synthetic": True, "now": self._now.isoformat(), "faults": self.faults()}, indent=1)
        self._file.parent.mkdir(parents=True, exist_ok=True)
        new = self._file.with_name(self._file.name + ".new")
        new.write_text(text, encoding="utf-8")
        # in one step, so that a sandbox that is killed leaves the old state or the new one
        new.replace(self._file)
