"""Functions that look into bodies in ways of their own; the process that looks into bodies finds them by name."""

import os
import signal
from collections.abc import Callable
from typing import Any


def failing(function: Callable[..., Any], error: Exception, source: Any, bodies: Any) -> Any:
    """The software fails on bodies that hold the word `faulty`."""
    if any(b"faulty" in body for body in ([bodies] if isinstance(bodies, bytes) else bodies)):
        raise error
    return function(source, bodies)


def look_once(marker: str, error: Exception, source: Any, body: bytes) -> Any:
    """The first look succeeds, every later one fails; the file says whether there was one."""
    try:
        os.close(os.open(marker, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        raise error from None
    from pipelines.protocols import moenv

    return moenv.look(source, body)


def capped(rows: int, function: Callable[..., Any], *arguments: Any) -> Any:
    """The older interface of the agriculture ministry stops after so many rows."""
    from pipelines.protocols import moa

    cap, moa.CAP_ROWS = moa.CAP_ROWS, rows
    try:
        return function(*arguments)
    finally:
        moa.CAP_ROWS = cap


def endless(body: bytes) -> None:
    """Works for ever."""
    while True:
        pass


def hungry(body: bytes) -> int:
    """Takes more memory than there is."""
    return len([bytes(1 << 20) for _ in range(1 << 20)])


def killed(body: bytes, number: int) -> None:
    """A signal ends the process."""
    os.kill(os.getpid(), number)
    signal.pause()


def in_process(body: bytes) -> dict[str, Any]:
    """What the process is given beside its arguments."""
    return {"pid": os.getpid(), "environment": sorted(os.environ), "bytes": len(body)}


def gives_a_function(body: bytes) -> Any:
    """No value can be sent that is a function without a name."""
    return lambda: body


def gives_many_bytes(body: bytes) -> bytes:
    """Fills much memory, but no more than it may."""
    return bytes(bytearray(600 << 20))
