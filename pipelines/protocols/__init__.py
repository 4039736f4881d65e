"""How agencies are asked: one file per protocol, found by its name in `source.protocol` of a declaration.

Each file is pure: it decides, `pipelines.fetch` talks. It has

- `Source`, the typed parameters of `minsheng.source`;
- `ask(source, bodies, previous)`, the next request after these bodies, or None when there is nothing more to ask;
- `incomplete(source, bodies)`, why these bodies are not the whole answer, or None when that is proven;
- `records(source, body)`, the records of one body as a table of text.

One that is asked for ranges of days, and for one kind after the other, has also

- `WINDOW`, its words for the parts of a window; a declaration says which key field each one is;
- in `Source`: `since`, the first day there is, and `days`, how many days back each night asks;
- `windows(source, since, until)`, the windows to ask for, in order, for a span of days;
- `narrow(source, window)`, the parameters to ask for one window and to read its answer: what `ask`, `incomplete` and
  `records` are given then;
- `window_of(source, address)`, the window that a recorded address asked for.

None of them imports another.
"""

import datetime as dt
import importlib
import pkgutil
from collections.abc import Mapping
from typing import Any, Protocol

import pyarrow as pa
from pydantic import ValidationError

from catalog.declaration.dataset import explain
from catalog.declaration.fields import Strict
from catalog.errors import DeclarationError
from pipelines.protocols.parts.request import Previous, Request, Window


class Speaks(Protocol):
    """What a protocol's file has."""

    Source: type[Strict]

    def ask(self, source: Any, bodies: list[bytes], previous: Previous | None) -> Request | None:
        """Return the next request, or None."""

    def incomplete(self, source: Any, bodies: list[bytes]) -> str | None:
        """Return why the bodies are not the whole answer, or None."""

    def records(self, source: Any, body: bytes) -> pa.Table:
        """Return the records of a body, as text."""


class SpeaksOfWindows(Speaks, Protocol):
    """What a protocol's file has that is asked for windows."""

    WINDOW: tuple[str, ...]

    def windows(self, source: Any, since: dt.date, until: dt.date) -> list[Window]:
        """Return what to ask for, in order, to hear of these days, both included."""

    def narrow(self, source: Any, window: Window) -> Any:
        """Return parameters that ask for a window."""

    def window_of(self, source: Any, address: str) -> Window:
        """Return what an address asked for; raises SourceError when it does not say."""


def of_windows(module: Speaks, place: str) -> SpeaksOfWindows:
    """Return a protocol as one that is asked for windows.

    Raises:
        DeclarationError: it is none.
    """
    if not hasattr(module, "WINDOW"):
        asked = [name for name in known() if hasattr(importlib.import_module(f"{__name__}.{name}"), "WINDOW")]
        raise DeclarationError(
            f"{place}: minsheng.load: window: the protocol is not asked for windows; those that are: {', '.join(asked)}"
        )
    found: Any = module
    return found  # type: ignore[no-any-return]


def check_window(module: Speaks, declared: Mapping[str, str], place: str) -> None:
    """See that a declaration names a field for each part of a window that a protocol is asked for.

    Args:
        module: the protocol.
        declared: `minsheng.window`.
        place: for messages.

    Raises:
        DeclarationError: it does not, or the protocol is asked for no windows.
    """
    words = of_windows(module, place).WINDOW if declared else getattr(module, "WINDOW", ())
    if set(words) != set(declared):
        found = ", ".join(declared) or "none; write load: window too"
        raise DeclarationError(
            f"{place}: minsheng.window: expected a field for each of {', '.join(words)}, found {found}"
        )


def known() -> list[str]:
    """Return the names of all protocols."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__) if not module.ispkg)


def find(source: dict[str, Any], place: str) -> tuple[Speaks, Any]:
    """Return the file that answers for a declared source, and its typed parameters.

    Raises:
        DeclarationError: no such protocol (the message lists those there are), or wrong parameters.
    """
    name = source["protocol"]
    if name not in known():
        raise DeclarationError(f"{place}: minsheng.source.protocol: no {name!r}; known: {', '.join(known())}")
    module: Any = importlib.import_module(f"pipelines.protocols.{name}")
    try:
        typed = module.Source.model_validate({key: value for key, value in source.items() if key != "protocol"})
    except ValidationError as error:
        raise DeclarationError(explain(error, module.Source, f"{place}: minsheng.source")) from error
    return module, typed
