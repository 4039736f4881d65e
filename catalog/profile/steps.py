"""How the rows of a partition lie in time: for each hour, day, week, month, year how many places were heard."""

from collections import Counter
from collections.abc import Iterable, Mapping

import numpy as np
import pyarrow as pa
from pydantic import RootModel

from catalog.profile.times import Grain, Local, steps

GRAINS: tuple[Grain, ...] = ("hour", "day", "week", "month", "year")

Run = tuple[int, int, int, int]
"""First step, how many steps, and for each of them: places heard, rows."""
Heard = tuple[int, int]
"""Places heard and rows of one step."""


class StepsPart(RootModel[dict[Grain, tuple[Run, ...]]]):
    """By grain the steps that have rows; equal neighbours are one run. Empty where the table has no time."""


def count_steps(times: Local, units: Iterable[pa.ChunkedArray], grains: Iterable[Grain]) -> StepsPart:
    """Count the places of each step.

    Args:
        times: of the rows, by the clock of the field's zone; NaT for none.
        units: the columns that name a place, of equal length; without any, the table has one place.
        grains: to count by.
    """
    there = ~np.isnat(times)
    names = {str(i): column.filter(pa.array(there)) for i, column in enumerate(units)}
    found: dict[Grain, tuple[Run, ...]] = {}
    for grain in grains:
        rows = pa.table({"step": pa.array(steps(times[there], grain)), **names})
        groups = rows.group_by(["step", *names], use_threads=False).aggregate([([], "count_all")])
        totals = groups.group_by("step", use_threads=False).aggregate([([], "count_all"), ("count_all", "sum")])
        found[grain] = runs({step: (keys, rows) for step, keys, rows in zip(*_lists(totals), strict=True)})
    return StepsPart(found)


def _lists(totals: pa.Table) -> list[list[int]]:
    return [totals.column(name).to_pylist() for name in ("step", "count_all", "count_all_sum")]


def merge_steps(one: StepsPart, other: StepsPart) -> StepsPart:
    """Return the steps of both. No step may have rows in two partitions: a grain is no wider than a partition."""
    merged: dict[Grain, tuple[Run, ...]] = {}
    for grain, mine in one.root.items():
        both: Counter[int] = Counter()
        rows: Counter[int] = Counter()
        for step, (keys, count) in [*expanded(mine).items(), *expanded(other.root[grain]).items()]:
            both[step] += keys
            rows[step] += count
        merged[grain] = runs({step: (keys, rows[step]) for step, keys in both.items()})
    return StepsPart(merged)


def runs(heard: Mapping[int, Heard]) -> tuple[Run, ...]:
    """Return steps as runs of equal neighbours."""
    found: list[Run] = []
    for step in sorted(heard):
        keys, rows = heard[step]
        if found and found[-1][0] + found[-1][1] == step and found[-1][2:] == (keys, rows):
            found[-1] = (found[-1][0], found[-1][1] + 1, keys, rows)
        else:
            found.append((step, 1, keys, rows))
    return tuple(found)


def expanded(found: Iterable[Run]) -> dict[int, Heard]:
    """Return what was heard at each step."""
    return {first + i: (keys, rows) for first, count, keys, rows in found for i in range(count)}
