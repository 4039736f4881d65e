"""Which rows a guard speaks of: how many of each month and place, and some of them. No sentence speaks of them.

All of it is for stewards: what a candidate would publish is not public yet.
"""

from typing import Literal

from catalog.reasons.base import ForStewards, Value


class RowGroup(Value):
    """How many of the rows have one value."""

    kind: Literal["row-group"] = "row-group"
    value: ForStewards[str] = ""
    """Of the field; a month or a year of one that tells the time; empty where there is none."""
    rows: int


class RowGroups(Value):
    """The rows by the values of one field, the most frequent first."""

    kind: Literal["row-groups"] = "row-groups"
    field: ForStewards[str] = ""
    groups: tuple[RowGroup, ...]
    more: int
    """How many values are not listed."""


class ConcernedRow(Value):
    """One of the rows."""

    kind: Literal["concerned-row"] = "concerned-row"
    key: ForStewards[str] = ""
    values: ForStewards[str] = ""
    """What it had, or had and would have."""


class ConcernedRows(Value):
    """The rows that would go, or change."""

    kind: Literal["concerned-rows"] = "concerned-rows"
    rows: int
    groups: tuple[RowGroups, ...] = ()
    examples: tuple[ConcernedRow, ...] = ()
