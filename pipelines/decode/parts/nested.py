"""Nested JSON values -> flat records: objects in objects, lists of named objects, values by position, columns."""

import json
from typing import Any

from catalog.errors import SourceError
from pipelines.decode.parts.limits import LIMITS


def written(value: Any) -> str:
    """Return a parsed value as JSON text, its numbers as they came; raises RecursionError for one nested too deep."""
    pieces: list[str] = []
    _write(value, pieces, 0)
    return "".join(pieces)


def _write(value: Any, pieces: list[str], depth: int) -> None:
    """Add a value piece by piece: a text that is put together at each level is copied at each level."""
    if depth > LIMITS.nesting:
        raise RecursionError
    if isinstance(value, bytes):
        pieces.append(value.decode())
    elif isinstance(value, list):
        pieces.append("[")
        for number, one in enumerate(value):
            if number:
                pieces.append(", ")
            _write(one, pieces, depth + 1)
        pieces.append("]")
    elif isinstance(value, dict):
        pieces.append("{")
        for number, (key, one) in enumerate(value.items()):
            pieces.append(f"{', ' if number else ''}{json.dumps(key, ensure_ascii=False)}: ")
            _write(one, pieces, depth + 1)
        pieces.append("}")
    else:
        pieces.append(json.dumps(value, ensure_ascii=False))


def shown(value: Any, most: int = 60) -> str:
    """Return the beginning of a value as JSON text, quoted, for a message."""
    try:
        return repr(written(value)[:most])
    except RecursionError:
        return "a value nested hundreds deep"


def from_values(value: Any, columns: tuple[str, ...]) -> dict[str, Any]:
    """Return the record of a list of values, or of a single value, whose columns are declared."""
    cells = value if isinstance(value, list) else [value]
    if len(cells) != len(columns):
        raise SourceError(f"expected {len(columns)} values in a record, as declared, found {len(cells)}")
    return dict(zip(columns, cells, strict=True))


def from_parts(value: Any) -> dict[str, Any]:
    """Return the record of a list of objects, each of which holds some of its values."""
    found: dict[str, Any] = {}
    for part in value if isinstance(value, list) else [value]:
        if not isinstance(part, dict):
            raise SourceError(f"expected a list of the parts of a record, found {shown(part)}")
        twice = found.keys() & part.keys()
        if twice:
            raise SourceError(f"expected each key in one part of a record, found {min(twice)!r} in two")
        found |= part
    return found


def from_columns(value: Any) -> list[dict[str, Any]]:
    """Return the records of an object that holds a list for each column."""
    if not isinstance(value, dict) or not all(isinstance(one, list) for one in value.values()):
        raise SourceError(f"expected an object with a list for each column, found {shown(value)}")
    lengths = {len(one) for one in value.values()}
    if len(lengths) > 1:
        raise SourceError(f"expected columns of one length, found {' and '.join(map(str, sorted(lengths)))} values")
    return [dict(zip(value, row, strict=True)) for row in zip(*value.values(), strict=True)]


def flat(record: dict[str, Any], named: dict[str, str]) -> dict[str, Any]:
    """Return a record whose nested objects are columns of their own, by dotted name."""
    found: dict[str, Any] = {}
    _flatten(record, named, "", found)
    return found


def _flatten(record: dict[str, Any], named: dict[str, str], prefix: str, found: dict[str, Any]) -> None:
    for key, value in record.items():
        place = prefix + key
        if place in named and isinstance(value, list):
            value = _by_name(value, named[place], place)
        if isinstance(value, dict):
            _flatten(value, named, f"{place}.", found)
        elif place in found:
            raise SourceError(f"expected each column once, found {place!r} more than once in a record")
        else:
            found[place] = value


def _by_name(items: list[Any], key: str, place: str) -> dict[str, Any]:
    """A list of objects as one object: each under the name that it gives itself."""
    found: dict[str, Any] = {}
    for item in items:
        name = item.get(key) if isinstance(item, dict) else None
        if not isinstance(name, str):
            raise SourceError(f"expected objects with a text under {key!r} at {place}, found {shown(item)}")
        if name in found:
            raise SourceError(f"expected each name once at {place}, found {name[:60]!r} more than once")
        found[name] = {other: value for other, value in item.items() if other != key}
    return found
