"""Looks into bodies within a budget of memory and processor time: in one process beside this one, started when needed.

The process is kept: a start costs 0.2 s, a small body in a process that runs less than 1 ms.
"""

import atexit
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar

from catalog.errors import SourceError
from pipelines.decode.parts import bounded_process
from pipelines.decode.parts.bounded_process import Task, TaskResult, receive, send

_PROGRAM = f"""
import sys
sys.path[:] = sys.argv[2:]
from {bounded_process.__name__} import main
main(int(sys.argv[1]))
"""
P = ParamSpec("P")
T = TypeVar("T")
_KEPT_VARIABLES = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TZ")
"""Of the environment, which holds secrets, only what libraries are found by."""
_STOPPED_BY_BODY = (signal.SIGABRT, signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGFPE)
"""How a library ends that has no memory left, or that a body broke."""


@dataclass(frozen=True)
class DecodeBudget:
    """What looking into bodies may cost: more than honest bodies take, as measured, and less than a machine has."""

    memory_bytes: int = 512 * 1024 * 1024
    """Of any body, beside the libraries: a sheet of 16,000,000 empty cells takes 390 MB, however small its file."""
    memory_per_byte: int = 48
    """Usual records take 10 (CSV) to 40 (XML) times their bytes; workbooks, which are packed, 60 in a small file."""
    most_memory_bytes: int = 8 * 1024**3
    processor_seconds: int = 30
    """Of any body: 20,000,000 repeated cells take 11 s, however small their file."""
    bytes_per_second: int = 250_000
    """Beyond that; the slowest, packed workbooks, are read at 2,000,000 bytes a second."""

    def task(self, function: Callable[..., Any], size: int) -> Task:
        """Return a task within this budget, for so many bytes."""
        memory = min(self.memory_bytes + self.memory_per_byte * size, self.most_memory_bytes)
        return Task(function, memory, self.processor_seconds + size // self.bytes_per_second)


BUDGET = DecodeBudget()


class OverBudget(SourceError):
    """A body takes more memory or time than a body of its size may, or it breaks its decoder."""


def call(function: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    """Call a function that looks into bodies, within the budget of the bodies among its arguments.

    Args:
        function: one that a module has under its name; the process imports it.
        arguments: what it is given; bodies as bytes, or as a list of bytes.
        named: none.

    Raises:
        OverBudget: it takes more than the budget, or the body broke it.
        RuntimeError: the process ended in another way.
        Exception: whatever the function raises.
    """
    task = BUDGET.task(function, _size(arguments))
    with _PROCESS.lock:
        result: TaskResult = _PROCESS.do(task, (*arguments, *named.values()))
    if isinstance(result.error, MemoryError):
        raise OverBudget(f"expected a body that is decoded within {task.memory_bytes:,} bytes of memory, found none")
    if result.error is not None:
        raise result.error
    return result.value  # type: ignore[no-any-return]


def end() -> None:
    """End the process, if there is one; the next call starts another."""
    with _PROCESS.lock:
        _PROCESS.end()


def _size(arguments: tuple[Any, ...]) -> int:
    bodies = [one for argument in arguments for one in (argument if isinstance(argument, list) else [argument])]
    return sum(len(body) for body in bodies if isinstance(body, bytes))


class _Process:
    """The process, while there is one; one task at a time."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self._running: subprocess.Popen[bytes] | None = None

    def do(self, task: Task, arguments: tuple[Any, ...]) -> TaskResult:
        """Let the process do a task; after it failed in any way, the next task gets another one."""
        if self._running is None:
            self._start()
        try:
            send(self._connection, task)
            send(self._connection, arguments)
            result: TaskResult = receive(self._connection)
        except (EOFError, OSError):
            raise self._ended(task) from None
        except BaseException:
            self.end()
            raise
        if result.last:
            self.end()
        return result

    def end(self) -> None:
        """End the process, if there is one."""
        if self._running is not None:
            self._running.kill()
            self._running.wait()
            self._connection.close()
            self._log.close()
            self._running = None

    def _start(self) -> None:
        self._connection, theirs = multiprocessing.Pipe()
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  as long as the process
        with theirs:
            self._running = subprocess.Popen(  # noqa: S603  our own program
                [sys.executable, "-I", "-c", _PROGRAM, str(theirs.fileno()), *sys.path],
                pass_fds=[theirs.fileno()],
                env={name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._log,
            )

    def _ended(self, task: Task) -> Exception:
        """Why the process ended before it answered."""
        assert self._running is not None  # noqa: S101  only a running one ends
        code = self._running.wait()
        self._log.seek(0)
        log = self._log.read()[-2_000:].decode(errors="replace")
        self.end()
        if code == -signal.SIGXCPU:
            return OverBudget(
                f"expected a body that is decoded within {task.processor_seconds:,} s of a processor, found none"
            )
        if -code in _STOPPED_BY_BODY:
            return OverBudget(
                f"expected a body that is decoded within {task.memory_bytes:,} bytes of memory, found one that ends "
                f"its decoder ({signal.Signals(-code).name})"
            )
        return RuntimeError(f"the process that looks into bodies ended with {code}: {log}")


_PROCESS = _Process()


def _forget() -> None:
    """In a process that was forked: what runs belongs to the other one, and is left alone."""
    global _PROCESS
    _OTHERS.append(_PROCESS)
    _PROCESS = _Process()


_OTHERS: list[_Process] = []
os.register_at_fork(after_in_child=_forget)
atexit.register(lambda: _PROCESS.end())
