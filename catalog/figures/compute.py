"""Rows -> the newest figures. Pure: the same rows, roles and names give the same figures."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from catalog.declaration.views import Step
from catalog.figures.document import County, Course, Item, Label
from catalog.figures.labels import Labels
from catalog.figures.roles import Roles

STEPS: dict[Step, int] = {"hour": 96, "day": 42, "week": 52, "month": 36, "year": 30}
"""How many steps are shown."""
_FREQUENCY: dict[Step, str] = {"hour": "h", "day": "D", "week": "W-SUN", "month": "M", "year": "Y"}
MOST_ITEMS = 400
MOST_SERIES = 200
_SIGNIFICANT = 6


class Reckoned(NamedTuple):
    """The figures, without what is not of rows."""

    steps: tuple[str, ...]
    whole: Course
    items: tuple[Item, ...]
    more: int
    others: tuple[Item, ...]
    counties: dict[str, County]


def reckon(table: pa.Table, roles: Roles, labels: Labels) -> Reckoned:
    """Return the newest figures of rows.

    Args:
        table: the columns that the roles name; the rows of the steps that are shown, of the newest month, and of the
            same month a year before, as far as there are any.
        roles: what part each column plays.
        labels: names of codes.
    """
    rows = _Rows.of(table, roles)
    first = rows.only(roles.first)
    counties: dict[str, County] = {}
    if roles.county and roles.measure and roles.time:
        counties = {key: _county(first, some, labels) for key, some in first.groups(roles.county)}
    items, more = _items(rows, labels, roles.by)
    others = _items(first, labels, roles.across)[0] if roles.across else ()
    return Reckoned(tuple(map(rows.name, rows.steps)), first.course(first.frame), items, more, others, counties)


@dataclass(frozen=True)
class _Rows:
    """Rows with the step of each, and the steps that are shown."""

    frame: pd.DataFrame
    roles: Roles
    steps: list[pd.Period]
    zone: str | None
    month: pd.Period | None = None
    """The newest that has a value."""

    @classmethod
    def of(cls, table: pa.Table, roles: Roles) -> "_Rows":
        frame = table.select(roles.columns).to_pandas(date_as_object=False)
        if roles.time is None or roles.step is None:
            return cls(frame.assign(step=None, month=None), roles, [], None)
        times = frame[roles.time]
        zone = str(times.dt.tz) if times.dt.tz is not None else None
        local = times.dt.tz_localize(None)
        step, month = local.dt.to_period(_FREQUENCY[roles.step]), local.dt.to_period("M")
        frame = frame.assign(step=step, month=month)
        valued = frame if roles.measure is None else frame[frame[roles.measure].notna()]
        newest = valued["step"].max()
        if newest is pd.NaT or newest is None:
            return cls(frame, roles, [], zone)
        oldest = max(newest - STEPS[roles.step] + 1, frame["step"].min())
        return cls(frame, roles, list(pd.period_range(oldest, newest)), zone, valued["month"].max())

    def only(self, first: tuple[str, str] | None) -> "_Rows":
        """The rows of one category."""
        frame = self.frame if first is None else self.frame[self.frame[first[0]] == first[1]]
        return replace(self, frame=frame)

    def groups(self, name: str) -> Iterable[tuple[str, pd.DataFrame]]:
        """The rows by a column's text, in order of the text."""
        for key, some in self.frame.groupby(name, sort=True, dropna=True):
            yield str(key), some

    def name(self, step: pd.Period) -> str:
        """A step as it is written."""
        if self.roles.step == "hour":
            return str(step.start_time.tz_localize(self.zone).isoformat())
        form = {"month": "%Y-%m", "year": "%Y"}.get(str(self.roles.step), "%Y-%m-%d")
        return str(step.start_time.strftime(form))

    def course(self, some: pd.DataFrame, *, series: bool = True) -> Course:
        """The values of some rows, put together step by step."""
        if self.roles.measure is None or self.month is None:
            return Course()
        by_step = self._together(some, "step")
        values = [_plain(by_step.get(step)) for step in self.steps]
        months = self._together(some, "month")
        known = [place for place, value in enumerate(values) if value is not None]
        return Course(
            value=values[-1],
            level=self._level(some[some["step"] == self.steps[-1]]),
            last=values[known[-1]] if known else None,
            last_at=self.name(self.steps[known[-1]]) if known else None,
            month=_plain(months.get(self.month)),
            year_before=_plain(months.get(self.month - 12)),
            series=tuple(values) if series else (),
        )

    def _together(self, some: pd.DataFrame, name: str) -> "pd.Series[Any]":
        """One value for each step or month."""
        measure, weight, together = self.roles.measure, self.roles.weight, self.roles.together
        some = some[some[measure].notna()]
        if weight:
            weights = some[weight].fillna(0).clip(lower=0).astype(float)
            sums = pd.DataFrame({"of": some[measure] * weights, "by": weights}).groupby(some[name]).sum()
            return sums["of"] / sums["by"].replace(0, np.nan)
        if name == "month" and together in ("max", "min"):
            together = "mean"  # the gravest hour of a month says little of the month
        return some.groupby(name)[str(measure)].agg(together)

    def _level(self, newest: pd.DataFrame) -> str | None:
        row = self.gravest(newest)
        if row is None or self.roles.levels is None:
            return None
        code = newest[self.roles.levels.field][row]
        return None if pd.isna(code) else str(code)

    def gravest(self, newest: pd.DataFrame) -> Any:
        """The row that has the value of all; None where they share it."""
        known = newest[newest[self.roles.measure].notna()] if self.roles.measure else newest
        if known.empty or (len(known) > 1 and self.roles.together not in ("max", "min")):
            return known.index[0] if len(known) == 1 else None
        values = known[self.roles.measure]
        return values.idxmax() if self.roles.together == "max" else values.idxmin()


def _items(rows: _Rows, labels: Labels, by: str | None) -> tuple[tuple[Item, ...], int]:
    if by is None:
        return (), 0
    shown = rows.frame
    if rows.steps:
        shown = shown[shown["step"] >= rows.steps[0]]
    weights = _weights(rows, shown, by)
    ranked = sorted(weights, key=lambda key: (-weights[key], key))
    kept, groups = ranked[:MOST_ITEMS], dict(list(rows.frame.groupby(by, sort=True)))
    items = [_item(rows, groups[key], labels, by, series=place < MOST_SERIES) for place, key in enumerate(kept)]
    return tuple(items), len(ranked) - len(kept)


def _weights(rows: _Rows, shown: pd.DataFrame, by: str) -> dict[Any, float]:
    """How much each item is: by weight, by sum, else by its newest value."""
    roles = rows.roles
    if roles.measure is None or not rows.steps:
        return dict.fromkeys(shown[by].dropna().unique(), 0.0)
    if roles.weight or roles.together == "sum":
        summed = shown.groupby(by)[roles.weight or roles.measure].sum()
    else:
        newest = shown[shown["step"] == rows.steps[-1]]
        summed = newest.groupby(by)[roles.measure].max().reindex(shown[by].dropna().unique()).fillna(-np.inf)
    return {key: float(value) for key, value in summed.items()}


def _item(rows: _Rows, some: pd.DataFrame, labels: Labels, by: str, *, series: bool) -> Item:
    roles = rows.roles
    newest = (some.sort_values(roles.time, kind="stable") if roles.time else some).iloc[-1]
    key = str(newest[by])
    at = [None if name is None else _plain(newest[name]) for name in (roles.longitude, roles.latitude)]
    return Item(
        key=key,
        label=labels.of(by, key, newest),
        county=_only(some, roles.county),
        longitude=at[0],
        latitude=at[1],
        **dict(rows.course(some, series=series)),
    )


def _only(some: pd.DataFrame, name: str | None) -> str | None:
    """The one county in which something lies; None where it is in several: a crop is sold in many."""
    codes = sorted(set(some[name].dropna())) if name else []
    return str(codes[0]) if len(codes) == 1 else None


def _county(rows: _Rows, some: pd.DataFrame, labels: Labels) -> County:
    roles = rows.roles
    newest = some[some["step"] == rows.steps[-1]] if rows.steps else some.iloc[:0]
    row, by = rows.gravest(newest), roles.by
    top: Label | None = None
    if row is not None and by and by != roles.county and roles.first is None:
        top = labels.of(by, str(newest[by][row]), newest.loc[row])
    shown = some[some["step"] >= rows.steps[0]] if rows.steps else some
    what = roles.across or by
    count = shown[what].nunique() if what else 0
    return County(items=int(count), top=top, **dict(rows.course(some)))


def _plain(value: Any) -> float | None:
    """A number as a document holds it: none is None; sums of floats are cut where they only carry noise."""
    if value is None or pd.isna(value):
        return None
    number = float(value)
    if number.is_integer():
        return number
    return round(number, 1) if abs(number) >= 10 ** (_SIGNIFICANT - 1) else float(f"{number:.{_SIGNIFICANT}g}")
