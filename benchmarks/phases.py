"""What a process measures of itself: seconds by phase, by the clock and of the processor; and its most memory."""

import contextlib
import functools
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any


class Phases:
    """A stopwatch for named phases; a phase within a phase is not counted in the outer one."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.processor_seconds: dict[str, float] = {}
        self._inner: list[list[float]] = []

    @contextlib.contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        """Count the time of a block."""
        counted = (self.seconds, self.processor_seconds)
        begun = (time.perf_counter(), time.process_time())
        for each in counted:
            each.setdefault(name, 0.0)
        self._inner.append([0.0, 0.0])
        try:
            yield
        finally:
            ended, inner = (time.perf_counter(), time.process_time()), self._inner.pop()
            for i, each in enumerate(counted):
                each[name] += ended[i] - begun[i] - inner[i]
                if self._inner:
                    self._inner[-1][i] += ended[i] - begun[i]

    def watch(self, owner: Any, function: str, name: str) -> None:
        """Count every call of a function of a module or class; AttributeError if it has none of that name."""
        plain: Callable[..., Any] = getattr(owner, function)

        @functools.wraps(plain)
        def watched(*args: Any, **kwargs: Any) -> Any:
            with self(name):
                return plain(*args, **kwargs)

        setattr(owner, function, watched)

    def said(self) -> dict[str, Any]:
        """Return it all, for JSON."""
        return {"phases": self.seconds, "processor": self.processor_seconds, "peak_bytes": peak_bytes()}


def peak_bytes() -> int:
    """Return the largest resident size that this process had, of Linux.

    `getrusage` would begin at the size of the process that started this one.
    """
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    if found is None:
        raise OSError("expected VmHWM in /proc/self/status, found none")
    return int(found[1]) * 1024
