"""Which rows of a moving window exist: some entities do not report, some are late, and some days are closed."""

from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from sandbox.noise import StepNumbers, noise_grid
from sandbox.row_specs import LatenessSpec, MovingWindowSpec, as_list
from sandbox.rows.steps import step_at

RowMask = NDArray[np.bool_]

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def identity_texts(entities: list[dict[str, str]], columns: str | list[str]) -> list[str]:
    """Join the texts of each entity in these columns. Equal results mean the same entity or group."""
    return ["\x1f".join(entity[column] for column in as_list(columns)) for entity in entities]


def visible_rows(
    spec: MovingWindowSpec,
    entities: list[dict[str, str]],
    seed: int,
    steps: StepNumbers,
    step_times: list[datetime],
    now: datetime,
) -> tuple[RowMask, RowMask]:
    """Return which rows exist at a moment, and which of them say that their group is closed.

    Args:
        spec: the moving window.
        entities: one row per entity: column -> text.
        seed: the seed of the dataset.
        steps: the step numbers of the window.
        step_times: when each step begins; as long as `steps`.
        now: the simulated time, at +08:00.

    Returns:
        Two masks of shape (entities, steps).
    """
    rules = spec.shown
    identities = identity_texts(entities, spec.identity)
    exists = noise_grid((seed, "absent"), identities, steps) >= rules.absent
    closed = _closed_rows(spec, entities, step_times)
    if rules.closed is not None:
        first_of_group = _first_of_each_group(identity_texts(entities, rules.closed.by))[:, None]
        exists = np.where(closed, first_of_group, exists)
    ready = now - timedelta(minutes=rules.after_minutes)
    steps_since_ready = np.array([step_at(spec, ready) - step_at(spec, step_time) for step_time in step_times])
    delays = _delays_in_steps(rules.late, entities, seed, steps) if rules.late else np.zeros((1, 1), dtype=np.int64)
    # a closed group has no data that could be late
    exists &= steps_since_ready[None, :] >= np.where(closed, 0, delays)
    exists &= np.array([step_time.date().isoformat() not in rules.holidays for step_time in step_times])[None, :]
    return exists, closed & exists


def _closed_rows(spec: MovingWindowSpec, entities: list[dict[str, str]], step_times: list[datetime]) -> RowMask:
    if spec.shown.closed is None:
        return np.zeros((len(entities), len(step_times)), dtype=np.bool_)
    column = spec.shown.closed.weekdays
    return np.array(
        [[_WEEKDAYS[step_time.weekday()] in entity[column].split() for step_time in step_times] for entity in entities]
    )


def _delays_in_steps(
    lateness: LatenessSpec, entities: list[dict[str, str]], seed: int, steps: StepNumbers
) -> NDArray[np.int64]:
    groups = identity_texts(entities, lateness.by)
    delay_index = (noise_grid((seed, "how late"), groups, steps) * len(lateness.steps)).astype(np.int64)
    is_late = noise_grid((seed, "late"), groups, steps) < lateness.share
    return np.where(is_late, np.array(lateness.steps, dtype=np.int64)[delay_index], 0)


def _first_of_each_group(groups: list[str]) -> RowMask:
    first_index = {group: index for index, group in reversed(list(enumerate(groups)))}
    return np.array([first_index[group] == index for index, group in enumerate(groups)])
