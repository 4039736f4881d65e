"""Which rows of a window there are: not all entities report, some are late, and on some days they are closed."""

from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from sandbox.noise import Ticks, grid
from sandbox.spec import Late, Window

Mask = NDArray[np.bool_]

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def names_of(entities: list[dict[str, str]], columns: str | list[str]) -> list[str]:
    """Return what tells entities, or groups of them, apart: their texts in these columns, put together."""
    listed = [columns] if isinstance(columns, str) else columns
    return ["\x1f".join(entity[column] for column in listed) for entity in entities]


def shown(
    spec: Window, entities: list[dict[str, str]], seed: int, ticks: Ticks, times: list[datetime], now: datetime
) -> tuple[Mask, Mask]:
    """Return which rows there are at a moment, and which of those say that their group is closed.

    Args:
        spec: the window.
        entities: one row of the masks each.
        seed: of the dataset.
        ticks: the steps, one column of the masks each.
        times: when each step begins.
        now: the moment.
    """
    rules = spec.shown
    names = names_of(entities, spec.identity)
    there = grid((seed, "absent"), names, ticks) >= rules.absent
    closed = _closed(spec, entities, times)
    if rules.closed is not None:
        first = _first_of_each(names_of(entities, rules.closed.by))[:, None]
        there = np.where(closed, first, there)
    step = timedelta(minutes=spec.step_minutes)
    ready = np.array([(now - time - timedelta(minutes=rules.after_minutes)) // step for time in times])
    behind = _steps_late(rules.late, entities, seed, ticks) if rules.late else np.zeros((1, 1), dtype=np.int64)
    # a group that is closed has nothing to be late with
    there &= ready[None, :] >= np.where(closed, 0, behind)
    there &= np.array([time.date().isoformat() not in rules.holidays for time in times])[None, :]
    return there, closed & there


def _closed(spec: Window, entities: list[dict[str, str]], times: list[datetime]) -> Mask:
    if spec.shown.closed is None:
        return np.zeros((len(entities), len(times)), dtype=np.bool_)
    column = spec.shown.closed.weekdays
    return np.array([[_WEEKDAYS[time.weekday()] in entity[column].split() for time in times] for entity in entities])


def _steps_late(late: Late, entities: list[dict[str, str]], seed: int, ticks: Ticks) -> NDArray[np.int64]:
    groups = names_of(entities, late.by)
    which = (grid((seed, "how late"), groups, ticks) * len(late.steps)).astype(np.int64)
    met = grid((seed, "late"), groups, ticks) < late.share
    return np.where(met, np.array(late.steps, dtype=np.int64)[which], 0)


def _first_of_each(groups: list[str]) -> Mask:
    first = {group: number for number, group in reversed(list(enumerate(groups)))}
    return np.array([first[group] == number for number, group in enumerate(groups)])
