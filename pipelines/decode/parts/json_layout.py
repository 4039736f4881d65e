"""Parsed JSON -> records, as a declaration lays them out: where they lie, and in which shape.

pandas.json_normalize could lay out lists, but not the members of an object, and it has no bounds.
"""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

import pyarrow as pa
from pydantic import Field, field_validator, model_validator

from catalog.declaration.strict import Listed, Strict
from catalog.errors import SourceError
from pipelines.decode.parts import path
from pipelines.decode.parts.json_values import records
from pipelines.decode.parts.nested import flat, from_columns, from_parts, from_values, shown, written


class JsonLayout(Strict):
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


def lay(document: Any, layout: JsonLayout, faults: Sequence[str] = ()) -> pa.Table:
    """Lay the records of a parsed document out as a table, as declared.

    A record of another shape than declared is a fault beside the others; where all are, the first is told.

    Args:
        document: what was parsed.
        layout: as declared.
        faults: the raw texts of records that could not be parsed.

    Raises:
        SourceError: no records where they are declared, or none of the declared shape.
    """
    steps = path.parse(layout.records)
    if layout.shape == "list" and (not steps or steps[-1].to == "key"):
        steps = (*steps, path.PathStep("each"))
    reached = path.walk(document, steps)
    if reached is None:
        wanted = "a list of records" if layout.shape == "list" else "a record"
        place = layout.records or "the top"
        raise SourceError(f"expected {wanted} at {place}, found {shown(document, 200)}")
    kept = {name: _split(steps, path.parse(said), name) for name, said in layout.keep.items()}
    found: list[dict[str, Any]] = []
    bad, first = list(faults), None
    try:
        for one in reached:
            try:
                found += _laid(document, one, kept, layout)
            except SourceError as error:
                if layout.shape in ("columns", "single"):
                    raise
                first = first or error
                bad.append(written(one.value))
        if first and not found:
            raise first
    except RecursionError as error:
        raise SourceError("expected records, found a value nested hundreds deep") from error
    return records(found, bad)


def _laid(
    document: Any, one: path.Reached, kept: dict[str, tuple[int, tuple[path.PathStep, ...]]], layout: JsonLayout
) -> list[dict[str, Any]]:
    """The records at one place, with what is kept from above them."""
    above = {name: _above(document, one, *place) for name, place in kept.items()}
    found = []
    for record in _objects(one.value, layout):
        twice = above.keys() & record.keys()
        if twice:
            raise SourceError(f"expected each column once, found {min(twice)!r} in a record and under keep")
        found.append(above | record)
    return found


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


def _objects(value: Any, layout: JsonLayout) -> list[dict[str, Any]]:
    """The records at one place."""
    if layout.shape == "columns":
        return from_columns(value)
    if layout.shape == "parts":
        value = from_parts(value)
    if layout.columns:
        return [from_values(value, layout.columns)]
    if not isinstance(value, dict):
        raise SourceError(f"expected a list of records at {layout.records or 'the top'}, found {shown(value)} in it")
    return [flat(value, layout.named)] if layout.flatten else [value]
