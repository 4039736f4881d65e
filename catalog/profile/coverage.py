"""Which periods have data, and how much of what was to be expected: values without words.

The narrowest grain is taken at which most steps that have rows follow one another. A table whose places report
regularly is complete where every step of a period has every place; of any other one only the steps are judged, for
nobody knows how many rows a day without cases, or a market on a holiday, should have.
"""

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict

from catalog.profile.plan import Plan
from catalog.profile.steps import Heard, StepsPart, expanded
from catalog.profile.times import Grain, label, starts, within

State = Literal["complete", "partial", "missing"]

MOST_CELLS = 120
"""In a strip; beyond it a strip of months becomes one of years."""
_SHORT_GAP = 2
"""So many missing periods on end stay apart; more become one cell."""
_REGULAR = 0.9
"""Share of the places that are heard, over all steps with rows, from which places are expected to report each time."""
_PERIODS: dict[Grain, Grain] = {"hour": "month", "day": "month", "week": "month", "month": "year", "year": "year"}
_CLOSER: dict[Grain, Grain] = {"hour": "day", "day": "day", "week": "week", "month": "month"}
"""By which cells the newest period is shown, by grain of the steps."""


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CoverageCell(_Value):
    """A period, or several on end without data."""

    first: str
    """The period, as `2026-07`, by the clock of the field's zone."""
    last: str
    """The last of several; the same for one."""
    periods: int
    state: State
    steps: int
    """Steps that have rows, and steps in all: of the newest period up to the newest step."""
    of_steps: int
    places: int | None
    """Places heard, summed over the steps that have rows, and what was expected of them; None: nothing is expected."""
    of_places: int | None
    rows: int


class Strip(_Value):
    """Periods in order, none left out."""

    grain: Grain
    """Of a cell."""
    cells: tuple[CoverageCell, ...]


class Coverage(_Value):
    """How a table covers its time."""

    field: str
    units: tuple[str, ...]
    """The fields whose values are the places: stations, markets, groups."""
    step: Grain
    places: int | None
    """How many are expected at each step now; None where places do not report regularly."""
    first: str
    last: str
    """The first and the newest step that has rows."""
    steps: int
    """Steps with rows, and steps from the first to the newest period."""
    of_steps: int
    strips: tuple[Strip, ...]
    """All periods; then the newest one more closely, and its newest day, where steps are narrower."""


def cover(steps: StepsPart, plan: Plan) -> Coverage | None:
    """Return how a table covers its time; None where it has none, or where its times follow no rhythm.

    Args:
        steps: of the whole table.
        plan: how its rows lie in time.
    """
    step = _rhythm(steps, plan)
    if step is None or plan.field is None:
        return None
    heard = expanded(steps.root[step])
    period = _PERIODS[step]
    expected = _expected(heard, step, period)
    counted = sum(expected[within(step, each, period)] for each in heard)
    regular = bool(plan.units) and sum(places for places, _ in heard.values()) >= _REGULAR * counted
    line = _Line(heard, step, expected if regular else {}, period)
    newest = max(expected)
    cells = line.cells(period, min(expected), newest)
    strips = [Strip(grain=period, cells=_joined(cells))]
    if len(strips[0].cells) > MOST_CELLS and period != "year":
        strips = [Strip(grain="year", cells=_joined(line.cells("year", *_years(expected, period))))]
    strips += line.closer(newest)
    return Coverage(
        field=plan.field,
        units=plan.units,
        step=step,
        places=expected[newest] if regular else None,
        first=label(step, min(heard)),
        last=label(step, max(heard)),
        steps=len(heard),
        of_steps=sum(cell.of_steps for cell in cells),
        strips=tuple(strips),
    )


def _rhythm(steps: StepsPart, plan: Plan) -> Grain | None:
    """The grain of the steps; a table that is cut by time has one in any case."""
    grains = [grain for grain in plan.grains if steps.root.get(grain)]
    for grain in grains:
        found = steps.root[grain]
        count = sum(run[1] for run in found)
        followed = sum(run[1] - 1 for run in found)
        followed += sum(one[0] + one[1] == other[0] for one, other in itertools.pairwise(found))
        if count > 1 and 2 * followed >= count - 1:
            return grain
    if not plan.partitioned or not grains:
        return None
    return grains[-1]


def _expected(heard: Mapping[int, Heard], step: Grain, period: Grain) -> dict[int, int]:
    """The most places that were heard at one step of each period; of the newest also of the period before it."""
    most: dict[int, int] = {}
    for each, (places, _) in heard.items():
        at = within(step, each, period)
        most[at] = max(most.get(at, 0), places)
    newest = max(most)
    most[newest] = max(most[newest], most.get(newest - 1, 0))
    return most


def _years(expected: Mapping[int, int], period: Grain) -> tuple[int, int]:
    return within(period, min(expected), "year"), within(period, max(expected), "year")


class _Line:
    """What was heard, ready to be cut into cells."""

    def __init__(self, heard: Mapping[int, Heard], step: Grain, expected: Mapping[int, int], period: Grain) -> None:
        self.heard, self.step, self.expected, self.period = heard, step, expected, period

    def closer(self, newest: int) -> list[Strip]:
        """The newest period by narrower cells, and its newest day by hours."""
        last = max(self.heard)
        strips = []
        grain = _CLOSER.get(self.step)
        if grain and grain != self.period:
            cells = self.cells(grain, starts(self.period, newest, grain), within(self.step, last, grain))
            strips.append(Strip(grain=grain, cells=tuple(cells)))
        if self.step == "hour":
            day = within("hour", last, "day")
            strips.append(Strip(grain="hour", cells=tuple(self.cells("hour", starts("day", day, "hour"), last))))
        return strips

    def cells(self, grain: Grain, first: int, last: int) -> list[CoverageCell]:
        """A cell for each period of a grain, from one to another."""
        steps, places, wanted, rows = Counter[int](), Counter[int](), Counter[int](), Counter[int]()
        for step, (heard, count) in self.heard.items():
            at = step if grain == self.step else within(self.step, step, grain)
            steps[at] += 1
            places[at] += heard
            rows[at] += count
            wanted[at] += self.expected.get(within(self.step, step, self.period), 0)
        return [self._cell(grain, at, (steps[at], rows[at]), (places[at], wanted[at])) for at in range(first, last + 1)]

    def _cell(self, grain: Grain, at: int, heard: tuple[int, int], places: tuple[int, int]) -> CoverageCell:
        steps, rows = heard
        end = min(starts(grain, at + 1, self.step), max(self.heard) + 1) if grain != self.step else at + 1
        of_steps = end - (starts(grain, at, self.step) if grain != self.step else at)
        whole = steps == of_steps and (not self.expected or places[0] == places[1])
        return CoverageCell(
            first=label(grain, at),
            last=label(grain, at),
            periods=1,
            state="missing" if not steps else "complete" if whole else "partial",
            steps=steps,
            of_steps=of_steps,
            places=places[0] if self.expected else None,
            of_places=places[1] if self.expected else None,
            rows=rows,
        )


def _joined(cells: Sequence[CoverageCell]) -> tuple[CoverageCell, ...]:
    """The cells, with long stretches without data as one."""
    found: list[CoverageCell] = []
    waiting: list[CoverageCell] = []
    for cell in [*cells, None]:
        if cell is not None and cell.state == "missing":
            waiting.append(cell)
            continue
        found += [_gap(waiting)] if len(waiting) > _SHORT_GAP else waiting
        waiting = []
        found += [cell] if cell else []
    return tuple(found)


def _gap(cells: Sequence[CoverageCell]) -> CoverageCell:
    whole = {"last": cells[-1].last, "periods": len(cells), "of_steps": sum(cell.of_steps for cell in cells)}
    return cells[0].model_copy(update=whole)
