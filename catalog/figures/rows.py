"""Columns -> arrays: of each row its step, its month, its numbers, its codes as texts. In an order of their own."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from catalog.figures.roles import Roles
from catalog.figures.steps import NEVER, STEPS, StepScale, Whole
from catalog.formats import csv
from catalog.periods import day_within

NONE = -1
"""The code of a row that has none."""
Numbers = np.ndarray[Any, np.dtype[np.float64]]
Truths = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True)
class Coded:
    """A column of codes."""

    keys: list[str]
    """Each code as the canonical CSV writes it, but never in quotes; in order."""
    of: Whole
    """Of each row, its place among them, or NONE."""


@dataclass(frozen=True)
class Rows:
    """Rows in order of time, and of all that is read of them: equal rows apart, there is one such order."""

    roles: Roles
    inside: Truths
    """Which rows these are."""
    step: Whole
    month: Whole
    measure: Numbers
    """NaN where there is none, and where the row is not inside."""
    weight: Numbers
    """Never negative; 0 where there is none; 1 where no column weighs."""
    scale: StepScale | None
    oldest: int
    """The first step that is shown."""
    newest: int
    """The newest with a value."""
    width: int
    """How many steps are shown."""
    newest_month: int
    table: pa.Table
    _codes: dict[str, Coded] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many rows there are, those that are not inside too."""
        return len(self.inside)

    @property
    def shown(self) -> Truths:
        """Which rows are of the steps that are shown, or newer; all where no steps are shown."""
        return self.inside & (self.step >= self.oldest) if self.width else self.inside

    def only(self, first: tuple[str, str] | None) -> "Rows":
        """Return the rows of one category, compared as text."""
        if first is None:
            return self
        codes = self.codes(first[0])
        wanted = codes.keys.index(first[1]) if first[1] in codes.keys else len(codes.keys)
        inside = self.inside & (codes.of == wanted)
        return replace(self, inside=inside, measure=np.where(inside, self.measure, np.nan))

    def codes(self, name: str) -> Coded:
        """Return a column's codes."""
        if name not in self._codes:
            self._codes[name] = _codes(self.table.column(name), name)
        return self._codes[name]

    def level(self, row: int) -> str | None:
        """Return the code that says how grave a row's value is."""
        if self.roles.levels is None:
            return None
        codes = self.codes(self.roles.levels.field)
        place = int(codes.of[row])
        return None if place == NONE else codes.keys[place]

    def row(self, row: int) -> Mapping[str, Any]:
        """Return the cells of a row that name it and place it."""
        names = [name for each in self.roles.labels.values() for name in (each.en, each.zh_tw)]
        names += [name for name in (self.roles.longitude, self.roles.latitude) if name]
        return {name: self.table.column(name)[row].as_py() for name in names}

    def name(self, place: int) -> str:
        """Return how the step at a place of those that are shown is written."""
        return self.scale.name(self.oldest + place) if self.scale else ""


def rows_of(table: pa.Table, roles: Roles, since: dt.date | None = None) -> Rows:
    """Return the rows, with the steps that are shown.

    Args:
        table: the columns that the roles name.
        roles: what part each column plays.
        since: from which day on the rows are without gaps, where older ones are left out.
    """
    table = _in_order(table.select(roles.columns), roles)
    count = table.num_rows
    never = np.full(count, NEVER)
    measure = _numbers(table, roles.measure) if roles.measure else np.full(count, np.nan)
    weight = np.ones(count)
    if roles.weight:
        weight = np.nan_to_num(np.maximum(_numbers(table, roles.weight), 0.0))
    rows = Rows(roles, np.full(count, True), never, never, measure, weight, None, 0, 0, 0, 0, table)
    if roles.time is None or roles.step is None:
        return rows
    moments = day_within(table.column(roles.time), sunday=roles.sunday)
    scale = StepScale.of(moments, roles.step)
    rows = replace(rows, scale=scale, step=scale.places(moments), month=scale.places(moments, "month"))
    valued = (rows.step != NEVER) & ~np.isnan(measure)
    if not valued.any():
        return rows
    newest, timed = int(rows.step[valued].max()), rows.step[rows.step != NEVER]
    begins = int(timed.min()) if since is None else scale.whole_since(since)
    oldest = min(newest, max(newest - STEPS[roles.step] + 1, begins, int(timed.min())))
    month = int(rows.month[valued].max())
    return replace(rows, oldest=oldest, newest=newest, width=newest - oldest + 1, newest_month=month)


def cells(places: Whole, known: Truths, width: int) -> Whole:
    """Return the places that lie in 0 ... width - 1; NONE for each other one."""
    return np.where(known & (places >= 0) & (places < width), places, NONE)


def first_of_each(groups: Whole) -> tuple[Whole, Whole]:
    """Return the groups that there are, and where the first row of each is."""
    found, starts = np.unique(groups, return_index=True)
    return found, starts


def _in_order(table: pa.Table, roles: Roles) -> pa.Table:
    if not table.num_columns:
        return table
    first = [roles.time, roles.by, roles.across, roles.county]
    names = list(dict.fromkeys(name for name in (*first, *table.column_names) if name))
    order = [(name, "ascending", "at_start") for name in names]
    return table.take(pc.sort_indices(table, sort_keys=order)).combine_chunks()


def _numbers(table: pa.Table, name: str) -> Numbers:
    """A column as floats: whole numbers add up without running over."""
    return np.asarray(table.column(name).cast(pa.float64(), safe=False).to_numpy(), np.float64)


def texts(column: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    """Return a column's cells as the canonical CSV writes them, but never in quotes."""
    return column if pa.types.is_string(column.type) else csv.cell_text(column, name)


def _codes(column: pa.ChunkedArray, name: str) -> Coded:
    encoded = pa.chunked_array(texts(column, name).chunks, pa.string()).combine_chunks().dictionary_encode()
    keys = encoded.dictionary.to_pylist()
    order = sorted(range(len(keys)), key=keys.__getitem__)
    place = np.full(len(keys) + 1, NONE)
    place[order] = np.arange(len(keys))
    return Coded([keys[at] for at in order], place[encoded.indices.fill_null(NONE).to_numpy(zero_copy_only=False)])
