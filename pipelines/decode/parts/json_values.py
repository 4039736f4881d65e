"""JSON bytes -> values, and values -> records of text. What formats and protocols that hold JSON share.

Python's json parses, for it can keep a number as it is written and tell a key that stands twice.
"""

import json
from collections import Counter
from itertools import chain
from typing import Any

import pyarrow as pa

from catalog.errors import SourceError
from pipelines.decode.parts import limits
from pipelines.decode.parts.nested import written


def parse(body: bytes) -> Any:
    """Parse a body; numbers are bytes, as they are written, so that they are told apart from texts.

    Raises:
        SourceError: not JSON, or a key twice in one object; says where, or shows how the body begins.
    """
    try:
        return json.loads(body.decode("utf-8-sig"), **_HOOKS)
    except UnicodeDecodeError as error:
        raise SourceError(
            f"expected JSON in UTF-8, found the byte {body[error.start]:#04x} at {error.start}"
        ) from error
    except (ValueError, RecursionError) as error:
        raise SourceError(f"expected JSON, found a body that begins {body[:60]!r} ({error})") from error


def parse_from(text: str, start: int) -> Any:
    """Parse the one JSON value that begins at a place of a text, whatever follows it.

    Raises:
        SourceError: there is no JSON value.
    """
    try:
        return json.JSONDecoder(**_HOOKS).raw_decode(text, start)[0]
    except (ValueError, RecursionError) as error:
        raise SourceError(f"expected a JSON value, found {text[start : start + 60]!r} ({error})") from error


def find(document: Any, paths: tuple[str, ...]) -> list[dict[str, Any]] | None:
    """Return the first list of objects that lies at one of the paths, or None.

    Args:
        document: what `parse` gave.
        paths: keys joined by dots; "" is the document itself.
    """
    for place in paths:
        at = document
        for key in filter(None, place.split(".")):
            at = at.get(key) if isinstance(at, dict) else None
        if isinstance(at, list) and set(map(type, at)) <= {dict}:
            return at
    return None


def records(found: list[dict[str, Any]]) -> pa.Table:
    """Turn parsed objects into a table of text, a column for each key that occurs, in order of first occurrence.

    Raises:
        SourceError: a key or a value holds half a surrogate pair, which is no text, a value is nested too deep, or
            there are too many keys or cells.
    """
    keys = list(dict.fromkeys(chain.from_iterable(found)))
    limits.columns(len(keys))
    if len(keys) * len(found) > limits.LIMITS.cells:
        raise SourceError(f"expected at most {limits.LIMITS.cells:,} cells, found {len(keys) * len(found):,}")
    try:
        return pa.table({key: _column([record.get(key) for record in found]) for key in keys})
    except UnicodeEncodeError as error:
        raise SourceError(f"expected text, found half a surrogate pair in {error.object[:60]!r}") from error
    except RecursionError as error:
        raise SourceError("expected records, found a value nested hundreds deep") from error


def _column(values: list[Any]) -> pa.Array:
    try:
        return pa.array(values, pa.string())
    except pa.ArrowTypeError:
        # Not all texts and numbers: true, false or nested values among them.
        return pa.array([v if v is None or isinstance(v, str) else written(v) for v in values], pa.string())


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        counts = Counter(name for name, _ in pairs)
        twice = next(name for name, count in counts.items() if count > 1)
        raise SourceError(f"expected each key once in an object, found {twice[:60]!r} more than once")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


_HOOKS: dict[str, Any] = {
    "parse_float": str.encode,
    "parse_int": str.encode,
    "parse_constant": _no_constant,
    "object_pairs_hook": _object,
}
