"""JSON bytes -> values, and values -> records of text. What formats and protocols that hold JSON share.

Python's json parses, for it can keep a number as it is written and tell a key that stands twice. It also reads what
many programs write although RFC 8259 has no such thing: NaN and infinities, and line breaks and tabs within a string.
"""

import json
import re
from collections import Counter
from collections.abc import Sequence
from itertools import chain
from typing import Any

import pyarrow as pa

from catalog.errors import SourceError
from pipelines.decode.parts import limits
from pipelines.decode.parts import text as texts
from pipelines.decode.parts.beside import FAULT, check_names
from pipelines.decode.parts.nested import written
from pipelines.decode.parts.text import NO_TEXT, Undecodable

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
"""What stands in no string as it is. Line breaks and tabs do, in files that people have typed into."""


def parse(body: bytes, encoding: str = "utf-8", undecodable: Undecodable = "refuse") -> Any:
    """Parse a body; numbers are bytes, as they are written, so that they are told apart from texts.

    NaN, Infinity and -Infinity are such numbers too.

    Raises:
        SourceError: not JSON, bytes that are no text, or a key twice in one object; says where, or shows how the body
            begins.
    """
    said = decoded(body, encoding, undecodable)
    try:
        return decoder(said).decode(said)
    except (ValueError, RecursionError) as error:
        hint = "; is it one value a line? that is the format ndjson" if str(error).startswith("Extra data") else ""
        raise SourceError(f"expected JSON, found a body that begins {body[:60]!r} ({error}{hint})") from error


def decoded(body: bytes, encoding: str, undecodable: Undecodable) -> str:
    """Return the text of a body; a byte that stays visible is written so that JSON may hold it.

    Raises:
        SourceError: bytes that are no text, where they are refused.
    """
    said = texts.decode(body, encoding, undecodable)
    return said if undecodable == "refuse" else said.replace(NO_TEXT, NO_TEXT.replace("\\", "\\\\"))


def decoder(text: str) -> json.JSONDecoder:
    """Return what parses a text, or each of its lines."""
    return json.JSONDecoder(strict=_CONTROLS.search(text) is not None, **_HOOKS)


def parse_from(text: str, start: int) -> Any:
    """Parse the one JSON value that begins at a place of a text, whatever follows it.

    Raises:
        SourceError: there is no JSON value.
    """
    try:
        return decoder(text).raw_decode(text, start)[0]
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


def records(found: list[dict[str, Any]], faults: Sequence[str] = ()) -> pa.Table:
    """Turn parsed objects into a table of text, a column for each key that occurs, in order of first occurrence.

    Args:
        found: the objects. One that holds half a surrogate pair becomes a fault.
        faults: the raw texts of records that cannot be read. They stand below the others, in a column of ours.

    Raises:
        SourceError: every record holds half a surrogate pair, which is no text, a control character stands in a key, a
            value is nested too deep, or there are too many keys or cells.
    """
    keys = list(dict.fromkeys(chain.from_iterable(found)))
    count = len(found) + len(faults)
    limits.columns(len(keys))
    if len(keys) * count > limits.LIMITS.cells:
        raise SourceError(f"expected at most {limits.LIMITS.cells:,} cells, found {len(keys) * count:,}")
    check_names(keys)
    absent = [None] * len(faults)
    try:
        columns = {key: _column([*(record.get(key) for record in found), *absent]) for key in keys}
        if faults:
            columns[FAULT] = pa.array([*([None] * len(found)), *map(visible, faults)], pa.string())
        return pa.table(columns)
    except UnicodeEncodeError as error:
        whole = [record for record in found if _is_text(record)]
        if not whole:
            raise SourceError(f"expected text, found half a surrogate pair in {error.object[:60]!r}") from error
        return records(whole, [*faults, *(written(record) for record in found if not _is_text(record))])
    except RecursionError as error:
        raise SourceError("expected records, found a value nested hundreds deep") from error


def visible(raw: str) -> str:
    """Return a raw text that can be kept: half a surrogate pair is written as its number."""
    return raw.encode("utf-8", "backslashreplace").decode()


def _is_text(record: dict[str, Any]) -> bool:
    try:
        written(record).encode()
    except UnicodeEncodeError:
        return False
    return True


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


_HOOKS: dict[str, Any] = {
    "parse_float": str.encode,
    "parse_int": str.encode,
    "parse_constant": str.encode,
    "object_pairs_hook": _object,
}
