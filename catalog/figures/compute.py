"""Rows -> the newest figures. Pure: the same rows give the same figures, in whatever order they come.

A few passes over whole columns: the cost follows rows, not the number of items.
"""

import datetime as dt
import math
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from catalog.figures.document import County, Course, Item, Label
from catalog.figures.labels import Labels
from catalog.figures.roles import Roles
from catalog.figures.rows import NONE, Coded, Rows, cells, first_of_each, rows_of
from catalog.figures.steps import NEVER, Whole

MOST_ITEMS = 400
MOST_SERIES = 200
_SIGNIFICANT = 6
_DEGREES_DECIMALS = 5
"""A metre."""
_EACH = {"sum": np.add.reduceat, "mean": np.add.reduceat, "max": np.maximum.reduceat, "min": np.minimum.reduceat}
_Numbers = np.ndarray[Any, np.dtype[np.float64]]


class Reckoned(NamedTuple):
    """The figures, without what is not of rows."""

    steps: tuple[str, ...]
    whole: Course
    items: tuple[Item, ...]
    more: int
    others: tuple[Item, ...]
    counties: dict[str, County]


def reckon(table: pa.Table, roles: Roles, labels: Labels, since: dt.date | None = None) -> Reckoned:
    """Return the newest figures of rows.

    Args:
        table: the columns that the roles name; the rows of the steps that are shown, of the newest month, and of the
            same month a year before, as far as there are any.
        roles: what part each column plays.
        labels: names of codes.
        since: from which day on the rows are without gaps, where older ones are left out.
    """
    rows = rows_of(table, roles, since)
    first = rows.only(roles.first)
    counties: dict[str, County] = {}
    if roles.county and roles.measure and roles.time:
        counties = _counties(first, labels, rows.codes(roles.county))
    items, more = _items(rows, labels, roles.by) if roles.by else ((), 0)
    others = _items(first, labels, roles.across)[0] if roles.across else ()
    whole = _courses(first, np.zeros(first.count, np.int64), 1)[0]
    return Reckoned(tuple(map(rows.name, range(rows.width))), whole, items, more, others, counties)


def _courses(rows: Rows, groups: Whole, count: int, series: int | None = None) -> list[Course]:
    """How the values of each group of rows came to be.

    Args:
        rows: the rows.
        groups: of each row the group, from 0; NONE where it is in none.
        count: how many groups there are.
        series: of how many groups, the first ones, each step is kept; None: of all.
    """
    if not rows.width:
        return [Course()] * count
    values = _together(rows, groups, count, cells(rows.step - rows.oldest, rows.step != NEVER, rows.width), rows.width)
    month = np.where(rows.month == rows.newest_month, 0, np.where(rows.month == rows.newest_month - 12, 1, NONE))
    months = _together(rows, groups, count, month, 2, of_month=True)
    gravest = _gravest(rows, groups, count)
    return [
        _course(rows, list(map(_plain, values[place])), months[place], gravest[place], series is None or place < series)
        for place in range(count)
    ]


def _course(rows: Rows, values: list[float | None], months: _Numbers, gravest: int, keep: bool) -> Course:
    known = [place for place, value in enumerate(values) if value is not None]
    level = rows.level(gravest) if gravest != NONE and values[-1] is not None else None
    return Course(
        value=values[-1],
        level=level,
        last=values[known[-1]] if known else None,
        last_at=rows.name(known[-1]) if known else None,
        month=_plain(months[0]),
        year_before=_plain(months[1]),
        series=tuple(values) if keep else (),
    )


def _together(rows: Rows, groups: Whole, count: int, places: Whole, width: int, *, of_month: bool = False) -> _Numbers:
    """One value for each group and place, NaN where there is none.

    Args:
        rows: the rows.
        groups: of each row.
        count: of groups.
        places: of each row its step or month; NONE where it is in none that is shown.
        width: of places.
        of_month: the gravest hour of a month says little of the month: there, max and min are means.
    """
    together = "mean" if of_month and rows.roles.together in ("max", "min") else rows.roles.together
    used = np.flatnonzero((groups != NONE) & (places != NONE) & ~np.isnan(rows.measure))
    used = used[np.argsort(groups[used] * width + places[used], kind="stable")]
    grid = np.full(count * width, np.nan)
    found, starts, counts = np.unique(groups[used] * width + places[used], return_index=True, return_counts=True)
    if len(found):
        measured, weights = rows.measure[used], rows.weight[used]
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # what is no number is shown as none
            if rows.roles.weight:
                summed = np.add.reduceat(weights, starts)
                grid[found] = np.where(summed > 0, np.add.reduceat(measured * weights, starts) / summed, np.nan)
            else:
                grid[found] = _EACH[together](measured, starts) / (counts if together == "mean" else 1)
    return grid.reshape(count, width)


def _gravest(rows: Rows, groups: Whole, count: int) -> list[int]:
    """Of each group the row that has the newest value of all of them; NONE where they share it."""
    known = np.flatnonzero((groups != NONE) & (rows.step == rows.newest) & ~np.isnan(rows.measure))
    gravest = np.full(count, NONE)
    if rows.roles.together in ("max", "min"):
        worth = rows.measure[known] if rows.roles.together == "min" else -rows.measure[known]
        known = known[np.lexsort((worth, groups[known]))]  # of equal ones the first row
        found, starts = first_of_each(groups[known])
        gravest[found] = known[starts]
    else:
        found, starts, counts = np.unique(groups[known], return_index=True, return_counts=True)
        gravest[found[counts == 1]] = known[starts[counts == 1]]
    return [int(row) for row in gravest]


def _items(rows: Rows, labels: Labels, by: str) -> tuple[tuple[Item, ...], int]:
    codes = rows.codes(by)
    shown = np.where(rows.shown, codes.of, NONE)
    present = np.unique(shown[shown != NONE])
    weights = _weights(rows, shown, len(codes.keys))
    ranked = sorted(present.tolist(), key=lambda code: (-weights[code], codes.keys[code]))
    kept = ranked[:MOST_ITEMS]
    place = np.full(len(codes.keys) + 1, NONE)  # one more: NONE, which is -1, stays NONE
    place[kept] = np.arange(len(kept))
    groups = np.where(rows.inside, place[codes.of], NONE)
    newest = np.full(len(kept), NONE)
    inside = np.flatnonzero(groups != NONE)
    newest[groups[inside]] = inside  # rows lie in order of time, and the last assignment stays
    counties = _only_county(rows, groups, len(kept))
    courses = _courses(rows, groups, len(kept), MOST_SERIES)
    items = [
        _item(rows, labels, (by, codes.keys[code]), int(newest[at]), counties[at], courses[at])
        for at, code in enumerate(kept)
    ]
    return tuple(items), len(ranked) - len(kept)


def _weights(rows: Rows, shown: Whole, count: int) -> list[float]:
    """How much each item is: by weight, by sum, else by how grave its newest value is."""
    roles = rows.roles
    if not rows.width:
        return [0.0] * count
    if roles.weight or roles.together == "sum":
        amount = rows.weight if roles.weight else np.nan_to_num(rows.measure)
        inside = shown != NONE
        return list(map(float, np.nan_to_num(np.bincount(shown[inside], amount[inside], minlength=count))))
    newest = _together(rows, shown, count, np.where(rows.step == rows.newest, 0, NONE), 1)[:, 0]
    grave = -newest if roles.together == "min" else newest
    return list(map(float, np.nan_to_num(grave, nan=-np.inf)))


def _item(rows: Rows, labels: Labels, code: tuple[str, str], newest: int, county: str | None, course: Course) -> Item:
    roles, row = rows.roles, rows.row(newest)
    return Item(
        key=code[1],
        label=labels.of(*code, row),
        county=county,
        longitude=_degrees(row[roles.longitude], 180) if roles.longitude else None,
        latitude=_degrees(row[roles.latitude], 90) if roles.latitude else None,
        **dict(course),
    )


def _only_county(rows: Rows, groups: Whole, count: int) -> list[str | None]:
    """The one county in which each group lies; None where it is in several: a crop is sold in many."""
    if rows.roles.county is None:
        return [None] * count
    codes = rows.codes(rows.roles.county)
    both = np.flatnonzero((groups != NONE) & (codes.of != NONE))
    pairs = np.unique(np.stack([groups[both], codes.of[both]]), axis=1)
    found, starts, counts = np.unique(pairs[0], return_index=True, return_counts=True)
    only: list[str | None] = [None] * count
    for group, start in zip(found[counts == 1].tolist(), starts[counts == 1].tolist(), strict=True):
        only[group] = codes.keys[pairs[1][start]]
    return only


def _counties(rows: Rows, labels: Labels, counties: Coded) -> dict[str, County]:
    count, by = len(counties.keys), rows.roles.by
    groups = np.where(rows.inside, counties.of, NONE)
    present = set(np.unique(groups).tolist())
    what = rows.roles.across or by
    items = _distinct(rows, groups, rows.codes(what), count) if what else [0] * count
    gravest = _gravest(rows, groups, count) if rows.width else [NONE] * count
    tops: list[Label | None] = [None] * count
    if by and by != rows.roles.county and rows.roles.first is None:
        tops = [None if row == NONE else _top(rows, labels, by, row) for row in gravest]
    courses = _courses(rows, groups, count)
    return {
        key: County(items=items[at], top=tops[at], **dict(courses[at]))
        for at, key in enumerate(counties.keys)
        if at in present
    }


def _distinct(rows: Rows, groups: Whole, codes: Coded, count: int) -> list[int]:
    """How many codes the rows of each group that are shown hold."""
    used = np.flatnonzero((groups != NONE) & (codes.of != NONE) & rows.shown)
    pairs = np.unique(np.stack([groups[used], codes.of[used]]), axis=1)
    return list(map(int, np.bincount(pairs[0], minlength=count)))


def _top(rows: Rows, labels: Labels, by: str, row: int) -> Label | None:
    codes = rows.codes(by)
    code = int(codes.of[row])
    return None if code == NONE else labels.of(by, codes.keys[code], rows.row(row))


def _degrees(value: Any, most: int) -> float | None:
    """A longitude or latitude; None where it is none."""
    return round(float(value), _DEGREES_DECIMALS) + 0.0 if value is not None and abs(value) <= most else None


def _plain(value: float) -> float | None:
    """A number as a document holds it: none is None; sums of floats are cut where they only carry noise."""
    number = float(value)
    if not math.isfinite(number):
        return None
    if number.is_integer():
        return number + 0.0  # never -0
    return round(number, 1) if abs(number) >= 10 ** (_SIGNIFICANT - 1) else float(f"{number:.{_SIGNIFICANT}g}")
