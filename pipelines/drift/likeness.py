"""How alike a column of an answer is to a published field: by its name, and by its values."""

import difflib
import re
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from catalog.declaration.dataset import Dataset
from catalog.declaration.fields import FieldDeclaration
from catalog.declaration.names import fold_name
from pipelines.conform.columns import find_columns
from pipelines.conform.rows import Conformed, conform
from pipelines.drift.changes import Past

_SIGNS = re.compile(r"[\W_]+")
_MOST_EQUAL = 0.5
"""From this share on, rows with one key that have equal values say more than sets of values."""
_FEWEST_TOGETHER = 10
"""Rows from which on it says something that numbers rise and fall together."""
_FEWEST = 3
"""Rows with one key in both, from which on values are compared key by key."""


class Likeness(NamedTuple):
    """From 0 to 1."""

    name: float
    values: float | None
    """None where nothing can be compared: no release, or no value."""
    readable: float
    """The share of its texts that can be read as the field."""

    @property
    def score(self) -> float:
        """For an order: values say more than names."""
        return self.readable * (self.name if self.values is None else 0.3 * self.name + 0.7 * self.values)

    @property
    def convinces(self) -> bool:
        """Whether it is the same field under another name, as far as one can tell."""
        if self.readable < 0.9:
            return False
        return self.name >= 0.75 if self.values is None else self.values >= 0.8 or (self.name >= 0.6 <= self.values)

    @property
    def suggests(self) -> bool:
        """Whether it may be the same field, if no other column comes near."""
        return self.readable >= 0.9 and self.values is not None and self.values >= 0.5


def likeness(dataset: Dataset, field: FieldDeclaration, column: str, records: pa.Table, past: Past) -> Likeness:
    """Compare a column that no field reads with a field that no column is found for.

    Args:
        dataset: the declaration, as loose as `loose` makes it.
        field: the field.
        column: the column.
        records: some of the records.
        past: the last release.
    """
    other = with_field(dataset, field.model_copy(update={"heard_as": (column,)}))
    conformed = conform(other, find_columns(other, 1, records).table, past.tables)
    name = max(difflib.SequenceMatcher(None, _plain(one), _plain(column)).ratio() for one in field.heard)
    raw = conformed.raw.column(field.name).cast(pa.string())
    texts = int(pc.sum(pc.fill_null(pc.not_equal(raw, ""), False)).as_py() or 0)
    lost = conformed.unread.get(field.name)
    readable = 1.0 if lost is None or not texts else 1 - (len(lost) - lost.null_count) / texts
    values = _values(field, conformed, past) if field.publish == "yes" and texts else None
    return Likeness(name, values, readable)


def loose(dataset: Dataset) -> Dataset:
    """Return a declaration in which no column is needed: for comparisons, not for rows."""
    fields = tuple(
        one.model_copy(update={"constraints": one.constraints.model_copy(update={"required": False})})
        for one in dataset.table.fields
    )
    return dataset.model_copy(update={"table": dataset.table.model_copy(update={"fields": fields, "primary_key": ()})})


def with_field(dataset: Dataset, field: FieldDeclaration) -> Dataset:
    """Return a declaration in which a field is as given."""
    fields = tuple(field if one.name == field.name else one for one in dataset.table.fields)
    return dataset.model_copy(update={"table": dataset.table.model_copy(update={"fields": fields})})


class Pairs(NamedTuple):
    """The values of a field in rows of two tables that have one key."""

    before: np.ndarray
    now: np.ndarray


def pairs(now: pa.Table, past: Past, name: str) -> Pairs | None:
    """Pair the values of a field before and now by the rest of the key; if too few stand in both, without its times.

    Args:
        now: typed rows.
        past: the last release.
        name: the field.

    Returns:
        Values that are there in both; None where they are too few.
    """
    whole = [one for one in past.key if one != name]
    for key in (whole, [one for one in whole if one not in past.times]):
        if not key or not _comparable(now, past.rows, [*key, name]):
            continue
        tables = [_last_of_each(table, key, name) for table in (past.rows, now)]
        both = tables[0].join(tables[1], keys=key, join_type="inner", right_suffix=" now").drop_null()
        if both.num_rows >= _FEWEST:
            column = both.column
            return Pairs(
                column(_LAST).to_numpy(zero_copy_only=False), column(f"{_LAST} now").to_numpy(zero_copy_only=False)
            )
    return None


_LAST = "value"


def _last_of_each(table: pa.Table, key: list[str], name: str) -> pa.Table:
    grouped = table.select([*key, name]).drop_null().group_by(key, use_threads=False).aggregate([(name, "last")])
    return grouped.rename_columns([*key, _LAST] if grouped.column_names[-1] == f"{name}_last" else [_LAST, *key])


def _comparable(now: pa.Table, before: pa.Table, names: list[str]) -> bool:
    both = set(now.column_names) & set(before.column_names)
    return set(names) <= both and all(now.schema.field(one).type == before.schema.field(one).type for one in names)


def _values(field: FieldDeclaration, conformed: Conformed, past: Past) -> float | None:
    """How alike the values are: key by key if both have the keys, else as sets, or as ranges of numbers."""
    if not _comparable(conformed.rows, past.rows, [field.name]):
        return None
    before, now = past.rows.column(field.name).drop_null(), conformed.rows.column(field.name).drop_null()
    if not len(before) or not len(now):
        return None
    both = pairs(conformed.rows, past, field.name)
    equal = 0.0 if both is None else float((both.before == both.now).mean())
    if equal >= _MOST_EQUAL:
        return equal
    if pa.types.is_floating(now.type) or pa.types.is_integer(now.type):
        if both is not None and len(both.now) >= _FEWEST_TOGETHER:
            return max(equal, _together(both))
        return _overlap(before.to_numpy().astype(float), now.to_numpy().astype(float))
    distinct = pc.unique(now)
    known = pc.is_in(distinct, value_set=pc.unique(before))
    return float(known.true_count) / len(distinct)


def _together(both: Pairs) -> float:
    """How far numbers of the same keys rise and fall together, by their order; 0 where one of them is constant."""
    before, now = (np.argsort(np.argsort(each.astype(float), kind="stable")) for each in both)
    if len(np.unique(both.before)) < 2 or len(np.unique(both.now)) < 2:
        return 0.0
    return max(0.0, float(np.corrcoef(before, now)[0, 1]))


def _overlap(before: np.ndarray, now: np.ndarray) -> float:
    """The share of the middle nine tenths of two sets of numbers that they have in common."""
    low, high = np.quantile(before, [0.05, 0.95])
    return float(((now >= low) & (now <= high)).mean()) * 0.75  # many columns have numbers of one size


def _plain(name: str) -> str:
    return _SIGNS.sub("", fold_name(name))
