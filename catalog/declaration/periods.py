"""What a declaration may say of the times and periods of a dataset together: partition, guards, the order of hours."""

from collections.abc import Sequence

from catalog.declaration.fields import FieldDeclaration
from catalog.declaration.pipeline import Partition, RowsPerPeriod
from catalog.periods import WITHIN


def check_grain(partition: Partition, field: FieldDeclaration) -> None:
    """Raise ValueError unless each value of the partition's field lies in one partition."""
    if partition.grain not in WITHIN.get(field.type, ()):
        raise ValueError(
            f"minsheng.partition: the field {field.name!r}, of type {field.type}, has no {partition.grain} of its own; "
            f"{_known(field)}"
        )


def check_rows(limits: RowsPerPeriod | None, fields: Sequence[FieldDeclaration]) -> None:
    """Raise ValueError unless rows can be counted as a guard says."""
    if limits is None:
        return
    dated = {field.name: field for field in fields if field.date}
    if limits.field not in dated:
        raise ValueError(
            f"minsheng.guards.rows: the field {limits.field!r} is no published date, datetime or period; "
            f"there are {', '.join(dated) or 'none'}"
        )
    if limits.period not in WITHIN[dated[limits.field].type]:
        raise ValueError(
            f"minsheng.guards.rows: the field {limits.field!r} has no {limits.period} of its own; "
            f"{_known(dated[limits.field])}"
        )


def _known(field: FieldDeclaration) -> str:
    grains = WITHIN.get(field.type)
    return f"it has {', '.join(grains)}" if grains else "choose a date, a datetime or a period"


def check_by_order(fields: Sequence[FieldDeclaration], key: Sequence[str]) -> None:
    """Raise ValueError unless an order of rows can tell which of two equal hours is meant."""
    named = [field.name for field in fields if field.date and field.date.fold == "by_order"]
    if len(named) > 1:
        raise ValueError(f"fold: by_order: expected one field, found {' and '.join(named)}")
    if named and named[0] not in key:
        raise ValueError(
            f"the field {named[0]}: fold: by_order looks at the rows that are alike in the rest of the primaryKey, so "
            "it must be part of it"
        )
