"""How agencies are asked: one file per protocol, found by its name in `source.protocol` of a declaration.

Each file is pure: it decides, `pipelines.fetch` talks. It has

- `Source`, the typed parameters of `minsheng.source`;
- `ask(source, looks, previous)`, the next request after so many bodies, or None when there is nothing more to ask;
- `contents(source, bodies)`, the records of all bodies of a fetch, or why they are not the whole answer. It is called
  once, with the kept bodies;
- `records(source, body)`, the records of one body as a table of text, for a fetch that was judged before.

A protocol that is asked page after page has also `look(source, body)`: what `ask` needs to know of a body, as a small
value. For a protocol without it, each look is None. If it raises, the paging ends, and the bodies are kept.

`look`, `contents` and `records` look into bodies: they are called within a budget (`pipelines.decode.parts.bounded`).

A protocol that is asked for ranges of days, and for one kind after the other, has also

- `WINDOW`, its words for the parts of a window; a declaration says which key field each one is. Where the places of a
  template are asked over values (`parts/addressed.py`), any of these may be a part of a window;
- in `Source`: `since`, the first day there is, and `days`, how many days back each night asks;
- `windows(source, since, until)`, the windows to ask for, in order, for a span of days;
- `narrow(source, window)`, the parameters to ask for one window and to read its answer: what `ask`, `contents` and
  `records` are given then;
- `window_of(source, address)`, the window that a recorded address asked for.

None of them imports another.
"""

import datetime as dt
import importlib
import pkgutil
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import pyarrow as pa
from pydantic import ValidationError

from catalog.declaration.explain import explain
from catalog.declaration.strict import Strict
from catalog.errors import DeclarationError
from pipelines.protocols.parts.addressed import Addressed
from pipelines.protocols.parts.request import Contents, Previous, Request, RequestWindow


class AgencyProtocol(Protocol):
    """What the file of each protocol has."""

    Source: type[Strict]

    def ask(self, source: Any, looks: list[Any], previous: Previous | None) -> Request | None:
        """Return the next request, or None."""

    def contents(self, source: Any, bodies: list[bytes]) -> Contents:
        """Return the records of all bodies, or why they are not the whole answer; raises SourceError for no text."""

    def records(self, source: Any, body: bytes) -> pa.Table:
        """Return the records of a body, as text."""


class WindowProtocol(AgencyProtocol, Protocol):
    """What the file of a protocol has that is asked for windows."""

    def windows(self, source: Any, since: dt.date, until: dt.date) -> list[RequestWindow]:
        """Return what to ask for, in order, to cover these days, both included."""

    def narrow(self, source: Any, window: RequestWindow) -> Any:
        """Return parameters that ask for a window."""

    def window_of(self, source: Any, address: str) -> RequestWindow:
        """Return what an address asked for; raises SourceError when it does not say."""


def protocol_names() -> list[str]:
    """Return the names of all protocols."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__) if not module.ispkg)


def load_protocol(source: dict[str, Any], place: str) -> tuple[AgencyProtocol, Any]:
    """Return the file of the protocol of a declared source, and its typed parameters.

    Args:
        source: `minsheng.source` of a declaration: `protocol`, and the parameters of that protocol.
        place: for messages: the file, or the fetch.

    Raises:
        DeclarationError: no such protocol (the message lists those there are), or wrong parameters.
    """
    name = source["protocol"]
    if name not in protocol_names():
        known = ", ".join(protocol_names())
        raise DeclarationError(f"{place}: minsheng.source.protocol: no {name!r}; known: {known}")
    protocol: Any = importlib.import_module(f"{__name__}.{name}")
    said = {key: value for key, value in source.items() if key != "protocol"}
    try:
        typed = protocol.Source.model_validate(said)
    except ValidationError as error:
        raise DeclarationError(explain(error, protocol.Source, f"{place}: minsheng.source", said)) from error
    return protocol, typed


def key_variable(source: Any) -> str | None:
    """Return the environment variable of the key that a source is asked with; None where it needs none."""
    if isinstance(source, Addressed):
        return source.key.env if source.key else None
    return getattr(source, "key_env", None)


def as_window_protocol(protocol: AgencyProtocol, place: str) -> WindowProtocol:
    """Return a protocol as one that is asked for windows.

    Raises:
        DeclarationError: it is not asked for windows.
    """
    if not hasattr(protocol, "windows"):
        with_windows = [
            name for name in protocol_names() if hasattr(importlib.import_module(f"{__name__}.{name}"), "windows")
        ]
        raise DeclarationError(
            f"{place}: minsheng.load: window: the protocol is not asked for windows; those that are: "
            f"{', '.join(with_windows)}"
        )
    window_protocol: Any = protocol
    return window_protocol  # type: ignore[no-any-return]  # a module: what it has was looked at just now


def check_window(protocol: AgencyProtocol, source: Any, declared: Mapping[str, str], place: str) -> None:
    """Check that a declaration names a field for each part of a window that a protocol is asked for.

    Args:
        protocol: the file of the protocol.
        source: its parameters.
        declared: `minsheng.window`.
        place: for messages.

    Raises:
        DeclarationError: it does not, or the protocol is not asked for windows.
    """
    if declared:
        as_window_protocol(protocol, place)
    if isinstance(source, Addressed):
        _check_places(source, declared, place)
        return
    words = getattr(protocol, "WINDOW", ())
    if set(words) != set(declared):
        named = ", ".join(declared) or "none; write load: window too"
        raise DeclarationError(
            f"{place}: minsheng.window: expected a field for each of {', '.join(words)}, found {named}"
        )


def _check_places(source: Addressed, declared: Mapping[str, str], place: str) -> None:
    """Check that each part of a window is a place of a template, and days and hours are called so: nights go by it."""
    for word in declared:
        if word not in source.over:
            known = ", ".join(source.over) or "none; write over: {day: {each: day, last: 10}}"
            raise DeclarationError(f"{place}: minsheng.window.{word}: no such place in over; places: {known}")
        each = source.over[word].each
        if word != each and {word, each} & {"day", "hour"}:
            raise DeclarationError(
                f"{place}: minsheng.window.{word}: a window of days is called day, and is asked over each: day; one of "
                "hours is called hour, and is asked over each: hour"
            )
    if {"day", "hour"} <= set(declared):
        raise DeclarationError(f"{place}: minsheng.window: expected either day or hour, found both")


def in_fields(window: Mapping[str, Sequence[str]], fields: Mapping[str, str]) -> dict[str, list[str]]:
    """Return a window in the words of a protocol as one of declared fields.

    Args:
        window: by the protocol's word, a range.
        fields: by the protocol's word, the field: `minsheng.window`.

    Raises:
        DeclarationError: the declaration names no field for a word.
    """
    unknown = sorted(set(window) - set(fields))
    if unknown:
        raise DeclarationError(
            f"expected minsheng.window to name the field for {unknown[0]!r}, found {', '.join(fields)}"
        )
    return {fields[word]: list(limits) for word, limits in window.items()}
