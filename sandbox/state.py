"""The state of the sandbox: the simulated time, the faults that were set, and the request counts.

Time and faults are kept in a file, so that they are the same after a restart.
"""

import json
import threading
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from sandbox.clock import parse_time, to_taipei
from sandbox.errors import SandboxError
from sandbox.faults.registry import ActiveFault
from sandbox.spec import SandboxDataset


class SandboxState:
    """The simulated clock, the faults, and how many requests each fault and each dataset has met.

    Args:
        datasets: slug -> dataset.
        now: the simulated time if the file does not exist.
        file: where time and faults are kept. None keeps them in memory only.

    Raises:
        SandboxError: the file is not the state of a sandbox.
    """

    def __init__(self, datasets: Mapping[str, SandboxDataset], now: datetime, file: Path | None) -> None:
        self._datasets = datasets
        self._file = file
        self._lock = threading.RLock()
        self._now = to_taipei(now)
        self._faults: dict[str, list[ActiveFault]] = {}
        self._requests_per_fault: dict[tuple[str, str], int] = {}
        self._calls_per_day: dict[tuple[str, str], int] = {}
        if file is not None and file.exists():
            self._read(file)
        else:
            self._write()

    @property
    def now(self) -> datetime:
        """The simulated time, at +08:00. It stands still until somebody sets it."""
        with self._lock:
            return self._now

    @now.setter
    def now(self, now: datetime) -> None:
        with self._lock:
            self._now = to_taipei(now)
            self._write()

    def set_faults(self, documents: Mapping[str, list[Mapping[str, Any]]]) -> None:
        """Replace the faults of the named datasets. If one fault is wrong, nothing changes.

        Args:
            documents: slug -> a list of `{fault: name, ...parameters}`. An empty list removes the faults.

        Raises:
            SandboxError: the dataset, a fault or a parameter is unknown.
        """
        faults_by_slug: dict[str, list[ActiveFault]] = {}
        for slug, fault_documents in documents.items():
            if slug not in self._datasets:
                raise SandboxError(f"unknown dataset {slug!r}; known: {', '.join(self._datasets)}")
            faults_by_slug[slug] = [self._datasets[slug].read_fault(document) for document in fault_documents]
        with self._lock:
            self._faults |= faults_by_slug
            for slug, faults in faults_by_slug.items():
                for fault in faults:
                    self._requests_per_fault.pop((slug, f"set {fault.name}"), None)
            self._write()

    def fault_documents(self) -> dict[str, list[dict[str, Any]]]:
        """Return the faults that were set, as JSON by slug. Faults of a timeline are not among them."""
        with self._lock:
            return {slug: [fault.as_json() for fault in faults] for slug, faults in self._faults.items() if faults}

    def clear_faults(self) -> None:
        """Remove all faults that were set. Faults of a timeline stay, because the clock sets them."""
        with self._lock:
            self._faults.clear()
            self._write()

    def count_fault_request(self, slug: str) -> list[ActiveFault]:
        """Count a request and return the faults that it meets."""
        with self._lock:
            labelled = [
                (f"planned {number}", planned.fault)
                for number, planned in enumerate(self._datasets[slug].timeline)
                if planned.start <= self._now < planned.end
            ]
            labelled += [(f"set {fault.name}", fault) for fault in self._faults.get(slug, [])]
            active = []
            for label, fault in labelled:
                request_number = self._requests_per_fault.get((slug, label), 0)
                self._requests_per_fault[slug, label] = request_number + 1
                if fault.params.applies_to(request_number):
                    active.append(fault)
            return active

    def count_call(self, slug: str) -> int:
        """Count a call and return how many calls the simulated day has had, with this one."""
        with self._lock:
            key = (slug, self._now.date().isoformat())
            self._calls_per_day[key] = self._calls_per_day.get(key, 0) + 1
            return self._calls_per_day[key]

    def _read(self, file: Path) -> None:
        try:
            document = json.loads(file.read_text(encoding="utf-8"))
            self._now = parse_time(document["now"])
            for slug, fault_documents in document["faults"].items():
                # the faults of a dataset that no longer exists are forgotten
                if slug in self._datasets:
                    dataset = self._datasets[slug]
                    self._faults[slug] = [dataset.read_fault(fault_document) for fault_document in fault_documents]
        except (ValueError, KeyError, AttributeError, TypeError) as error:
            raise SandboxError(
                f"{file}: expected the state of a sandbox, got {error!r}; remove the file to start anew"
            ) from error

    def _write(self) -> None:
        if self._file is None:
            return
        document = {"synthetic": True, "now": self._now.isoformat(), "faults": self.fault_documents()}
        self._file.parent.mkdir(parents=True, exist_ok=True)
        new_file = self._file.with_name(self._file.name + ".new")
        new_file.write_text(json.dumps(document, indent=1), encoding="utf-8")
        # one step, so that a sandbox that is killed leaves either the old state or the new one
        new_file.replace(self._file)
