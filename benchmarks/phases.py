"""Seconds by phase, in the order in which the phases began."""

import contextlib
import functools
import time
from collections.abc import Callable, Iterator
from typing import Any


class Phases:
    """A stopwatch for named phases; a phase within a phase is not counted in the outer one."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._inner: list[float] = []

    @contextlib.contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        """Count the time of a block."""
        self.seconds.setdefault(name, 0.0)
        begun = time.perf_counter()
        self._inner.append(0.0)
        try:
            yield
        finally:
            took = time.perf_counter() - begun
            self.seconds[name] += took - self._inner.pop()
            if self._inner:
                self._inner[-1] += took

    def watch(self, owner: Any, function: str, name: str) -> None:
        """Count every call of a function of a module or class; AttributeError if it has none of that name."""
        plain: Callable[..., Any] = getattr(owner, function)

        @functools.wraps(plain)
        def watched(*args: Any, **kwargs: Any) -> Any:
            with self(name):
                return plain(*args, **kwargs)

        setattr(owner, function, watched)
