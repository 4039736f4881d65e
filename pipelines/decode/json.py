"""JSON bytes -> records of text (RFC 8259).

A number becomes its text as written, a nested value JSON text, null and an absent key null; true and false their
names. Nothing is guessed: types are the declaration's affair.
"""

import json
from itertools import chain
from typing import Any

import pyarrow as pa

from catalog.errors import SourceError


def parse(body: bytes) -> Any:
    """Parse a body, numbers as text.

    Raises:
        SourceError: not JSON; says where, and shows how the body begins.
    """
    try:
        return json.loads(body.decode("utf-8-sig"), parse_float=str, parse_int=str, parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise SourceError(
            f"expected JSON in UTF-8, found the byte {body[error.start]:#04x} at {error.start}"
        ) from error
    except (ValueError, RecursionError) as error:
        raise SourceError(f"expected JSON, found a body that begins {body[:60]!r} ({error})") from error


def find(document: Any, paths: tuple[str, ...]) -> list[dict[str, Any]] | None:
    """Return the first list of objects that lies at one of the paths, or None.

    Args:
        document: what `parse` gave.
        paths: keys joined by dots; "" is the document itself.
    """
    for path in paths:
        at = document
        for key in filter(None, path.split(".")):
            at = at.get(key) if isinstance(at, dict) else None
        if isinstance(at, list) and set(map(type, at)) <= {dict}:
            return at
    return None


def records(found: list[dict[str, Any]]) -> pa.Table:
    """Turn parsed objects into a table of text, a column for each key that occurs, in order of first occurrence."""
    keys = list(dict.fromkeys(chain.from_iterable(found)))
    return pa.table({key: _column([record.get(key) for record in found], key) for key in keys})


def _column(values: list[Any], key: str) -> pa.Array:
    try:
        return pa.array(values, pa.string())
    except pa.ArrowTypeError:
        # Not all texts: true, false or nested values among them, which are written back as JSON.
        return pa.array([v if v is None or isinstance(v, str) else json.dumps(v, ensure_ascii=False) for v in values])
    except UnicodeEncodeError as error:
        raise SourceError(f"the key {key!r} holds half a surrogate pair, which is no text") from error


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
