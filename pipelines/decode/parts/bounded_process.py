"""Looks into bodies: the program of a process that may use only so much memory and processor time.

A body can lead a decoder into endless work or fill the memory, and a library that believes what a file says cannot be
asked to stop. So all that looks into bodies works where the system can stop it. The process has no secret of the
pipeline, keeps nothing between two tasks, and ends with the pipeline.

It hears over a connection of Python's multiprocessing: for each task the function with its bounds, then the arguments.
It answers with what the function returned or raised.
"""

import gc
import pickle
import resource
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

IDLE_BYTES = 512 * 1024 * 1024
"""A process that uses more after a task ends: what it does not need any more goes back to the machine."""
_IN_BAND_BYTES = 1 << 16


class Task(NamedTuple):
    """What to do, and what it may use."""

    function: Callable[..., Any]
    memory_bytes: int
    """Beside what the process uses already."""
    processor_seconds: int


class TaskResult(NamedTuple):
    """What came of a task."""

    value: Any = None
    error: BaseException | None = None
    last: bool = False
    """Whether the process ends now."""


def send(connection: Connection, value: Any) -> None:
    """Send a value; its large buffers, as those of a table, are not copied."""
    large: list[memoryview] = []

    def outside(buffer: pickle.PickleBuffer) -> bool:
        if buffer.raw().nbytes < _IN_BAND_BYTES:
            return True
        large.append(buffer.raw())
        return False

    head = pickle.dumps(value, protocol=5, buffer_callback=outside)
    connection.send(len(large))
    connection.send_bytes(head)
    for part in large:
        connection.send_bytes(part)


def receive(connection: Connection) -> Any:
    """Receive a value as `send` sent it; raises EOFError when nobody sends any more."""
    count = connection.recv()
    head = connection.recv_bytes()
    return pickle.loads(head, buffers=[connection.recv_bytes() for _ in range(count)])  # noqa: S301  from our own


def main(handle: int) -> None:
    """Do one task after another, until nobody sends any more; `handle` is the connection's file descriptor."""
    connection = Connection(handle)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the pipeline, which hears it too, ends this process
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    gc.disable()  # it would look at all values of a body again and again while they are made
    while True:
        try:
            task = receive(connection)
        except EOFError:
            return
        result = _done(task, connection)
        try:
            send(connection, result)
        except (pickle.PicklingError, TypeError, AttributeError) as error:
            fault = RuntimeError(f"no way to send {result.error or result.value!r:.200}: {error}")
            send(connection, TaskResult(None, fault, result.last))
        if result.last:
            return
        del result
        gc.collect()


def _done(task: Task, connection: Connection) -> TaskResult:
    gc.freeze()  # the libraries stay
    _limit(task)
    value, error = None, None
    try:
        value = task.function(*receive(connection))
    except Exception as caught:  # noqa: BLE001  the pipeline raises it again
        error = caught.with_traceback(None)
    resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    return TaskResult(value, error, _memory().resident > IDLE_BYTES or isinstance(error, MemoryError))


def _limit(task: Task) -> None:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    until = int(usage.ru_utime + usage.ru_stime) + 1 + task.processor_seconds
    resource.setrlimit(resource.RLIMIT_CPU, (until, resource.RLIM_INFINITY))
    if now := _memory().virtual:  # elsewhere the system has no such limit, or does not keep it
        resource.setrlimit(resource.RLIMIT_AS, (now + task.memory_bytes, resource.RLIM_INFINITY))


class _Memory(NamedTuple):
    """What the process uses now, in bytes. The largest so far would be the pipeline's: a new process inherits it."""

    virtual: int = 0
    resident: int = 0


def _memory() -> _Memory:
    pages = Path("/proc/self/statm")
    if not pages.exists():
        return _Memory()
    return _Memory(*(int(count) * resource.getpagesize() for count in pages.read_text().split()[:2]))
