"""A window: every entity at each of the newest steps, as a network of stations shows them, or since a day."""

from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from sandbox.clock import to_taipei, written
from sandbox.columns import MeanSpec, NumberSpec, ScaledSpec
from sandbox.errors import SandboxError
from sandbox.messages import AgencyTable
from sandbox.noise import NoiseGrid, StepNumbers, noise_grid
from sandbox.row_specs import MovingWindowSpec
from sandbox.rows.steps import begin_of, step_at
from sandbox.rows.visibility import identity_texts, visible_rows

TextGrid = NDArray[np.object_]
"""One text for each entity and step."""
NumberGrid = NDArray[np.float64]
"""One number for each entity and step."""

_LEVEL_SHARE = 0.3
"""How much of a value belongs to the entity: some places always have higher values than others."""


def moving_window_at(spec: MovingWindowSpec, entities: list[dict[str, str]], seed: int, now: datetime) -> AgencyTable:
    """Return the rows of the steps of the window, newest step first.

    Args:
        spec: the moving window.
        entities: one row per entity: column -> text.
        seed: the seed of the dataset.
        now: the simulated time.

    Returns:
        The table. Its `as_of` is the time when the newest step began.

    Raises:
        SandboxError: a column follows itself, or a column that has no numbers.
    """
    now = to_taipei(now)
    newest_step = step_at(spec, now)
    first_step = step_at(spec, spec.begin) if spec.begin else newest_step - (spec.steps or 1) + 1
    steps = np.arange(first_step, newest_step + 1, dtype=np.int64)
    grids = _ColumnGrids(spec, entities, seed, steps, now)
    texts = {name: grids.texts(name) for name in spec.columns}
    for number, joint_texts in enumerate(spec.together):
        selected = grids.noise("together", number) < joint_texts.share
        for name, text in joint_texts.set.items():
            texts[name] = np.where(selected, text, texts[name])
    exists, closed = visible_rows(spec, entities, seed, steps, grids.step_times, now)
    if spec.shown.closed is not None:
        for name, text in spec.shown.closed.set.items():
            texts[name] = np.where(closed, text, texts[name])
    rows = [
        {name: str(grid[entity_index, step_index]) for name, grid in texts.items()}
        for step_index in reversed(range(len(steps)))
        for entity_index in np.flatnonzero(exists[:, step_index])
    ]
    return AgencyTable(list(spec.columns), rows, begin_of(spec, newest_step))


class _ColumnGrids:
    """The columns of one window as arrays of shape (entities, steps)."""

    def __init__(
        self, spec: MovingWindowSpec, entities: list[dict[str, str]], seed: int, steps: StepNumbers, now: datetime
    ) -> None:
        self.spec = spec
        self.entities = entities
        self.seed = seed
        self.steps = steps
        self.identities = identity_texts(entities, spec.identity)
        self.shape = (len(entities), len(steps))
        self.step_times = [begin_of(spec, int(number)) for number in steps]
        self.age_hours = np.array([(now - step_time).total_seconds() / 3600 for step_time in self.step_times])
        self._finished: dict[str, TextGrid] = {}

    def noise(self, *seed_parts: object, steps: StepNumbers | None = None) -> NoiseGrid:
        """Return numbers in [0, 1) that belong to these seed parts, at the steps of the window or at other steps."""
        return noise_grid((self.seed, *seed_parts), self.identities, self.steps if steps is None else steps)

    def texts(self, name: str) -> TextGrid:
        """Return a column as the agency writes it, with its exceptions."""
        if name not in self._finished:
            column = self.spec.columns[name]
            grid = column.before + self._texts_before_exceptions(name) + column.after
            for number, exception in enumerate(column.but):
                selected = self.noise(name, "but", number) < exception.share
                if exception.column is not None:
                    selected &= self.texts(exception.column) == exception.is_
                grid = np.where(selected, exception.text, grid)
            self._finished[name] = grid
        return self._finished[name]

    def _texts_before_exceptions(self, name: str) -> TextGrid:
        column = self.spec.columns[name]
        if column.entity is not None:
            return self._full_grid(np.array([entity[column.entity] for entity in self.entities], dtype=object)[:, None])
        if column.time is not None:
            later = timedelta(minutes=column.later_minutes)
            times = [written(step_time + later, column.time) for step_time in self.step_times]
            return self._full_grid(np.array(times, dtype=object)[None, :])
        if column.text is not None:
            return self._full_grid(np.array([[column.text]], dtype=object))
        if column.choice is not None:
            bounds = np.cumsum(list(column.choice.values()))
            choice_index = np.searchsorted(bounds, self.noise(name, "choice") * bounds[-1], side="right")
            return _texts_by_index(list(column.choice), choice_index)
        if column.bands is not None:
            bounds = np.array([band.upto for band in column.bands.upto])
            band_index = np.searchsorted(bounds, self._numbers(column.bands.of, self.steps), side="left")
            return _texts_by_index([band.text for band in column.bands.upto], np.minimum(band_index, len(bounds) - 1))
        return self._number_texts(name)

    def _full_grid(self, texts: TextGrid) -> TextGrid:
        return np.broadcast_to(texts, self.shape).copy()

    def _number_texts(self, name: str) -> TextGrid:
        numbers = self._numbers(name, self.steps)
        digits = self._digits(name)
        restated = self.spec.restated
        if restated is not None and name in restated.columns:
            # at least one unit of the last digit, because rounding would remove a smaller change
            increase = np.maximum(numbers * restated.by, 10.0**-digits)
            is_old = (self.age_hours >= restated.after_hours)[None, :]
            selected = is_old & (self.noise(name, "restated") < restated.share)
            numbers = np.where(selected, np.round(numbers + increase, digits), numbers)
        texts = [[_number_text(number, digits) for number in entity_numbers] for entity_numbers in numbers]
        return np.array(texts, dtype=object)

    def _digits(self, name: str) -> int:
        column = self.spec.columns[name]
        number_spec = column.number or column.scaled or column.mean or column.sum
        if number_spec is None:
            raise _no_numbers(name)
        return number_spec.digits

    def _numbers(self, name: str, steps: StepNumbers, followers: tuple[str, ...] = ()) -> NumberGrid:
        """Return the numbers of a column at any steps, before restatement and exceptions.

        `followers` are the columns that follow this one, the outermost first. They show a circle.
        """
        if name in followers:
            raise SandboxError(f"column {name!r} follows itself: {' -> '.join((*followers, name))}")
        column, followers = self.spec.columns[name], (*followers, name)
        if column.number is not None:
            return np.round(self._moving(name, column.number, steps, followers), column.number.digits)
        if column.scaled is not None:
            return np.round(self._scaled(column.scaled, steps), column.scaled.digits)
        if column.sum is not None:
            addends = [self._numbers(addend, steps, followers) for addend in column.sum.of]
            total: NumberGrid = np.round(np.sum(addends, axis=0), column.sum.digits)
            return total
        if column.mean is not None:
            return np.round(self._mean(column.mean, steps, followers), column.mean.digits)
        raise _no_numbers(name)

    def _moving(self, name: str, spec: NumberSpec, steps: StepNumbers, followers: tuple[str, ...]) -> NumberGrid:
        span = spec.high - spec.low
        if spec.of is not None:
            numbers = spec.by * self._numbers(spec.of, steps, followers)
        else:
            numbers = spec.low + span * self._wave(name, spec.wave_steps, steps) ** spec.skew
        jitter = span * spec.jitter * (self.noise(name, "jitter", steps=steps) - 0.5)
        return np.clip(numbers + jitter, spec.low, spec.high)

    def _scaled(self, spec: ScaledSpec, steps: StepNumbers) -> NumberGrid:
        # the wave belongs to the scaled number, not to the column: a high price is high in all columns of a row
        factor = spec.low + (spec.high - spec.low) * self._wave(spec.of, spec.wave_steps, steps)
        return np.array([float(entity[spec.of]) for entity in self.entities])[:, None] * factor

    def _mean(self, spec: MeanSpec, steps: StepNumbers, followers: tuple[str, ...]) -> NumberGrid:
        earlier_too = np.arange(steps[0] - spec.steps + 1, steps[-1] + 1, dtype=np.int64)
        # the sum uses whole numbers: a sum of fractions depends on the first step of the window, and its rounding too
        scale = 10 ** self._digits(spec.of)
        whole_numbers = np.rint(self._numbers(spec.of, earlier_too, followers) * scale).astype(np.int64)
        sums = np.cumsum(whole_numbers, axis=1)
        sums[:, spec.steps :] -= sums[:, : -spec.steps].copy()
        means: NumberGrid = sums[:, spec.steps - 1 :].astype(np.float64) / (scale * spec.steps)
        return means

    def _wave(self, name: str, wave_steps: int, steps: StepNumbers) -> NumberGrid:
        """Return numbers in [0, 1) that change slowly, around a level that each entity has of its own."""
        turning_point, steps_after = np.divmod(steps, wave_steps)
        progress = steps_after / wave_steps
        before = self.noise(name, "wave", steps=turning_point)
        after = self.noise(name, "wave", steps=turning_point + 1)
        level = self.noise(name, "level", steps=np.zeros(1, dtype=np.int64))
        curve: NumberGrid = _LEVEL_SHARE * level + (1 - _LEVEL_SHARE) * (before * (1 - progress) + after * progress)
        return curve


def _no_numbers(name: str) -> SandboxError:
    return SandboxError(f"column {name!r} is followed but is no number, scaled, mean or sum")


def _texts_by_index(texts: list[str], indexes: NDArray[np.intp]) -> TextGrid:
    chosen: TextGrid = np.array(texts, dtype=object)[indexes]
    return chosen


def _number_text(number: float, digits: int) -> str:
    # as the agencies write numbers: 8, not 8.0
    text = f"{number:.{digits}f}"
    return text.rstrip("0").rstrip(".") if digits else text
