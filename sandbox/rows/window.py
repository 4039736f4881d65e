"""Rows of a source that shows every entity at each of its newest steps, as a station network does."""

from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from sandbox.clock import TAIPEI, local
from sandbox.columns import Number, Scaled
from sandbox.errors import SandboxError
from sandbox.messages import Table
from sandbox.noise import Grid, Ticks, grid
from sandbox.rows.shown import names_of, shown
from sandbox.spec import Window

Texts = NDArray[np.object_]

_EPOCH = datetime(1970, 1, 1, tzinfo=TAIPEI)
_LEVEL_SHARE = 0.3
"""How much of a value belongs to the entity: some places are always worse than others."""


def window_table(spec: Window, entities: list[dict[str, str]], seed: int, now: datetime) -> Table:
    """Return the rows of the newest full steps up to now, newest step first.

    Raises:
        SandboxError: a column follows itself or one that is no number.
    """
    step = timedelta(minutes=spec.step_minutes)
    last = (local(now) - _EPOCH) // step
    ticks = np.arange(last - spec.steps + 1, last + 1, dtype=np.int64)
    view = _View(spec, entities, seed, ticks, local(now))
    texts = {name: view.texts(name) for name in spec.columns}
    for number, together in enumerate(spec.together):
        met = view.noise("together", number) < together.share
        for name, text in together.set.items():
            texts[name] = np.where(met, text, texts[name])
    there, closed = shown(spec, entities, seed, ticks, view.times, local(now))
    if spec.shown.closed is not None:
        for name, text in spec.shown.closed.set.items():
            texts[name] = np.where(closed, text, texts[name])
    rows = [
        {name: str(cells[entity, tick]) for name, cells in texts.items()}
        for tick in reversed(range(len(ticks)))
        for entity in np.flatnonzero(there[:, tick])
    ]
    return Table(list(spec.columns), rows, _EPOCH + int(last) * step)


class _View:
    """The columns of one window as arrays: one row per entity, one column per step."""

    def __init__(self, spec: Window, entities: list[dict[str, str]], seed: int, ticks: Ticks, now: datetime) -> None:
        self.spec = spec
        self.entities = entities
        self.seed = seed
        self.ticks = ticks
        self.names = names_of(entities, spec.identity)
        self.shape = (len(entities), len(ticks))
        self.step = timedelta(minutes=spec.step_minutes)
        self.times = [_EPOCH + int(tick) * self.step for tick in ticks]
        self.age_hours = np.array([(now - time).total_seconds() / 3600 for time in self.times])
        self.told: dict[str, Texts] = {}

    def noise(self, *parts: object, ticks: Ticks | None = None) -> Grid:
        """Return numbers in [0, 1) that belong to these parts at the window's steps or at others."""
        return grid((self.seed, *parts), self.names, self.ticks if ticks is None else ticks)

    def texts(self, name: str) -> Texts:
        """Return a column as the agency tells it."""
        if name not in self.told:
            cells = self._kind(name)
            for number, but in enumerate(self.spec.columns[name].but):
                met = self.noise(name, "but", number) < but.share
                if but.column is not None:
                    met &= self.texts(but.column) == but.is_
                cells = np.where(met, but.text, cells)
            self.told[name] = cells
        return self.told[name]

    def _kind(self, name: str) -> Texts:
        column = self.spec.columns[name]
        if column.entity is not None:
            return self._wide(np.array([entity[column.entity] for entity in self.entities], dtype=object)[:, None])
        if column.time is not None:
            return self._wide(np.array([time.strftime(column.time) for time in self.times], dtype=object)[None, :])
        if column.text is not None:
            return self._wide(np.array([[column.text]], dtype=object))
        if column.choice is not None:
            bounds = np.cumsum(list(column.choice.values()))
            drawn = np.searchsorted(bounds, self.noise(name, "choice") * bounds[-1], side="right")
            return _words(list(column.choice), drawn)
        if column.bands is not None:
            bounds = np.array([band.upto for band in column.bands.upto])
            which = np.searchsorted(bounds, self.values(column.bands.of, self.ticks), side="left")
            return _words([band.text for band in column.bands.upto], np.minimum(which, len(bounds) - 1))
        return self._written(name)

    def _wide(self, cells: Texts) -> Texts:
        return np.broadcast_to(cells, self.shape).copy()

    def _written(self, name: str) -> Texts:
        values = self.values(name, self.ticks)
        digits = self._digits(name)
        restated = self.spec.restated
        if restated is not None and name in restated.columns:
            # at least one unit of the last digit, because a correction that rounds away is none
            size = np.maximum(values * restated.by, 10.0**-digits)
            met = (self.age_hours >= restated.after_hours)[None, :] & (self.noise(name, "restated") < restated.share)
            values = np.where(met, np.round(values + size, digits), values)
        return np.array([[_plain(value, digits) for value in line] for line in values], dtype=object)

    def _digits(self, name: str) -> int:
        column = self.spec.columns[name]
        part = column.number or column.scaled or column.mean or column.sum
        if part is None:
            raise SandboxError(f"column {name!r} is followed but is no number, scaled, mean or sum")
        return part.digits

    def values(self, name: str, ticks: Ticks, asked: tuple[str, ...] = ()) -> Grid:
        """Return a column's numbers at any steps, before restatement and exceptions."""
        if name in asked:
            raise SandboxError(f"column {name!r} follows itself: {' -> '.join((*asked, name))}")
        column, asked = self.spec.columns[name], (*asked, name)
        if column.number is not None:
            return np.round(self._number(name, column.number, ticks, asked), column.number.digits)
        if column.scaled is not None:
            return np.round(self._scaled(column.scaled, ticks), column.scaled.digits)
        if column.sum is not None:
            parts = [self.values(part, ticks, asked) for part in column.sum.of]
            summed: Grid = np.round(np.sum(parts, axis=0), column.sum.digits)
            return summed
        if column.mean is not None:
            steps = column.mean.steps
            longer = np.arange(ticks[0] - steps + 1, ticks[-1] + 1, dtype=np.int64)
            # summed as whole numbers: a sum of fractions depends on where the window begins, and so would its rounding
            scale = 10 ** self._digits(column.mean.of)
            sums = np.cumsum(np.rint(self.values(column.mean.of, longer, asked) * scale).astype(np.int64), axis=1)
            sums[:, steps:] -= sums[:, :-steps].copy()
            means = sums[:, steps - 1 :].astype(np.float64) / (scale * steps)
            rounded: Grid = np.round(means, column.mean.digits)
            return rounded
        raise SandboxError(f"column {name!r} is followed but is no number, scaled, mean or sum")

    def _number(self, name: str, spec: Number, ticks: Ticks, asked: tuple[str, ...]) -> Grid:
        span = spec.high - spec.low
        if spec.of is not None:
            values = spec.by * self.values(spec.of, ticks, asked)
        else:
            values = spec.low + span * self._wave(name, spec.wave_steps, ticks) ** spec.skew
        return np.clip(
            values + span * spec.jitter * (self.noise(name, "jitter", ticks=ticks) - 0.5), spec.low, spec.high
        )

    def _scaled(self, spec: Scaled, ticks: Ticks) -> Grid:
        # the wave belongs to what is scaled and not to the column: a high price is high in all columns of a row
        factor = spec.low + (spec.high - spec.low) * self._wave(spec.of, spec.wave_steps, ticks)
        return np.array([float(entity[spec.of]) for entity in self.entities])[:, None] * factor

    def _wave(self, name: str, wave_steps: int, ticks: Ticks) -> Grid:
        """Numbers in [0, 1) that move slowly, around a level of the entity's own."""
        knot, part = np.divmod(ticks, wave_steps)
        way = part / wave_steps
        before, after = self.noise(name, "wave", ticks=knot), self.noise(name, "wave", ticks=knot + 1)
        level = self.noise(name, "level", ticks=np.zeros(1, dtype=np.int64))
        curve: Grid = _LEVEL_SHARE * level + (1 - _LEVEL_SHARE) * (before * (1 - way) + after * way)
        return curve


def _words(words: list[str], which: NDArray[np.intp]) -> Texts:
    chosen: Texts = np.array(words, dtype=object)[which]
    return chosen


def _plain(value: float, digits: int) -> str:
    # as the agencies write numbers: 8 and not 8.0
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if digits else text
