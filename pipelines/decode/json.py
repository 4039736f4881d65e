"""JSON bytes -> records of text (RFC 8259).

Python's json parses, for it can keep a number as it is written and tell a key that stands twice. pandas.json_normalize
could lay out lists, but not the members of an object, and it has no bounds.

A number becomes its text as written, a nested value JSON text, null and an absent key null; true and false their
names. Nothing is guessed: types are the declaration's affair.
"""

import json
from itertools import chain
from typing import Annotated, Any, Literal, Self

import pyarrow as pa
from pydantic import Field, field_validator, model_validator

from catalog.declaration.fields import Listed, Strict
from catalog.errors import SourceError
from pipelines.decode.parts import limits, path
from pipelines.decode.parts.nested import flat, from_columns, from_parts, from_values, shown, written


class Reading(Strict):
    """What a declaration may say of JSON."""

    records: str = Field(default="", description="where the records lie, as data.list or places{}[]; default the top")
    shape: Literal["list", "single", "parts", "columns"] = Field(
        default="list",
        description="what lies there: a list of records, one record, a list of its parts, or a list for each column",
    )
    columns: Annotated[tuple[str, ...], Listed] = Field(
        default=(), description="names of a record's values, where it is a list, or a single value"
    )
    keep: dict[str, str] = Field(
        default_factory=dict, description="columns from above the records: name and path; one that ends in {} is a name"
    )
    flatten: bool = Field(default=False, description="a nested object becomes columns, place.town")
    named: dict[str, str] = Field(
        default_factory=dict, description="with flatten, a list as an object: its place, and the key that names an item"
    )

    @field_validator("records")
    @classmethod
    def _path(cls, records: str) -> str:
        path.parse(records)
        return records

    @model_validator(mode="after")
    def _kept(self) -> Self:
        for name, said in self.keep.items():
            _split(path.parse(self.records), path.parse(said), name)
        if self.named and not self.flatten:
            raise ValueError("named: belongs to flatten: true")
        return self


_PLAIN = Reading()


def decode(body: bytes, reading: Reading = _PLAIN) -> pa.Table:
    """Return the records of a JSON body.

    Raises:
        SourceError: not JSON, no records where they are declared, or records of another shape.
    """
    return lay(parse(body), reading)


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


def lay(document: Any, reading: Reading) -> pa.Table:
    """Lay the records of a parsed document out as a table, as declared.

    Raises:
        SourceError: no records where they are declared, or records of another shape.
    """
    steps = path.parse(reading.records)
    if reading.shape == "list" and (not steps or steps[-1].to == "key"):
        steps = (*steps, path.PathStep("each"))
    reached = path.walk(document, steps)
    if reached is None:
        wanted = "a list of records" if reading.shape == "list" else "a record"
        place = reading.records or "the top"
        raise SourceError(f"expected {wanted} at {place}, found {shown(document, 200)}")
    kept = {name: _split(steps, path.parse(said), name) for name, said in reading.keep.items()}
    found: list[dict[str, Any]] = []
    try:
        for one in reached:
            above = {name: _above(document, one, *place) for name, place in kept.items()}
            for record in _objects(one.value, reading):
                twice = above.keys() & record.keys()
                if twice:
                    raise SourceError(f"expected each column once, found {min(twice)!r} in a record and under keep")
                found.append(above | record)
    except RecursionError as error:
        raise SourceError("expected records, found a value nested hundreds deep") from error
    return records(found)


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


def _split(
    steps: tuple[path.PathStep, ...], kept: tuple[path.PathStep, ...], name: str
) -> tuple[int, tuple[path.PathStep, ...]]:
    """How far a kept value's path goes with the records', and its keys from there on; raises ValueError."""
    shared = 0
    while shared < min(len(steps), len(kept)) and steps[shared] == kept[shared]:
        shared += 1
    rest = kept[shared:]
    if any(step.to != "key" for step in rest):
        raise ValueError(f"keep.{name}: beyond the path of the records, only keys lead to one value")
    return shared, rest


def _above(document: Any, one: path.Reached, shared: int, rest: tuple[path.PathStep, ...]) -> Any:
    """A value from above a record, null where it is absent."""
    passed = one.passed[shared - 1] if shared else path.Passed(document)
    if not rest and passed.member is not None:
        return passed.member
    value = passed.value
    for step in rest:
        value = value.get(step.key) if isinstance(value, dict) else None
    return value


def _objects(value: Any, reading: Reading) -> list[dict[str, Any]]:
    """The records at one place."""
    if reading.shape == "columns":
        return from_columns(value)
    if reading.shape == "parts":
        value = from_parts(value)
    if reading.columns:
        return [from_values(value, reading.columns)]
    if not isinstance(value, dict):
        raise SourceError(f"expected a list of records at {reading.records or 'the top'}, found {shown(value)} in it")
    return [flat(value, reading.named)] if reading.flatten else [value]


def _column(values: list[Any]) -> pa.Array:
    try:
        return pa.array(values, pa.string())
    except pa.ArrowTypeError:
        # Not all texts and numbers: true, false or nested values among them.
        return pa.array([v if v is None or isinstance(v, str) else written(v) for v in values], pa.string())


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
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
