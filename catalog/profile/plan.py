"""How the rows of a dataset lie in time, as its declaration says: which field, whose times, by which grains."""

from typing import Any, NamedTuple

from catalog.periods import PERIODS
from catalog.profile.steps import GRAINS
from catalog.profile.times import Grain
from catalog.release.digest import Document, canonical, sha256

_FIRST: dict[str, Grain] = {"datetime": "hour", "date": "day", "week": "week", "month": "month", "year": "year"}
"""By type of a field that tells the time, the narrowest grain. A quarter is none of the grains."""
LAYOUT = 1
"""Raised when what is counted changes, so that everything is counted anew."""


class Plan(NamedTuple):
    """What is counted of each partition beside its columns."""

    field: str | None
    """The time of a row: the field of the partitions, else the first day or time of the key; None for no time."""
    units: tuple[str, ...]
    """The fields that say of which place, market, group ... a row speaks: the key without the time."""
    grains: tuple[Grain, ...]
    """From the narrowest; none is wider than a partition, so that no step lies in two."""
    partitioned: bool
    shape: str
    """Digest of all that a part depends on beside the rows."""
    sunday: bool = False
    """Whether weeks as values begin on Sunday."""


def plan(schema: Document, declaration: Document) -> Plan:
    """Return how rows lie in time.

    Args:
        schema: the Table Schema of a release.
        declaration: its fact of that name.
    """
    types = {each["name"]: each["type"] for each in schema["fields"]}
    kinds = types | _periods(declaration)
    key = [schema["primaryKey"]] if isinstance(schema["primaryKey"], str) else list(schema["primaryKey"])
    partition = _block(declaration).get("partition") or {}
    grain = partition.get("grain", "none")
    timed = [partition.get("field"), *key]
    field = next((name for name in timed if kinds.get(name or "") in _FIRST), None)
    first = GRAINS.index(_FIRST[kinds[field]]) if field else 0
    last = GRAINS.index("month") if grain == "month" else GRAINS.index("year")
    grains = GRAINS[first : last + 1] if field else ()
    units = tuple(name for name in key if name != field)
    shape = sha256(canonical([LAYOUT, sorted(types.items()), _zones(declaration), field, list(units), list(grains)]))
    weeks = _dates(declaration).get(field or "", {}).get("weeks")
    if field and kinds[field] in PERIODS:
        shape = sha256(canonical([shape, kinds[field], weeks]))
    return Plan(field, units, grains, grain != "none", shape, weeks == "sunday")


def _block(declaration: Document) -> Document:
    block: Document = declaration.get("dataset", {}).get("minsheng", {})
    return block


def _periods(declaration: Document) -> dict[str, str]:
    """By field its type, of those that are periods: a schema calls some of them texts."""
    fields = declaration.get("dataset", {}).get("schema", {}).get("fields", ())
    return {each["name"]: each["type"] for each in fields if each.get("type") in PERIODS}


def _dates(declaration: Document) -> dict[str, Document]:
    fields = declaration.get("dataset", {}).get("schema", {}).get("fields", ())
    return {each["name"]: each.get("date") or {} for each in fields}


def _zones(declaration: Document) -> list[Any]:
    fields = declaration.get("dataset", {}).get("schema", {}).get("fields", ())
    return sorted([each["name"], (each.get("date") or {}).get("zone")] for each in fields if each.get("date"))
