"""A whole table that grows by one batch a day. Some rows are corrected later, and some are withdrawn."""

from datetime import datetime, timedelta
from typing import NamedTuple

from sandbox.clock import to_taipei, written
from sandbox.columns import ColumnSpec
from sandbox.errors import SandboxError
from sandbox.messages import AgencyTable
from sandbox.noise import noise_index, noise_value
from sandbox.row_specs import GrowingTableSpec

_MOST_DRAWS = 1000
"""After this number of draws we say that no unique row is possible."""


class _DatedRow(NamedTuple):
    """A row and its own day, which lies before the day of its batch."""

    day: datetime
    texts: dict[str, str]


def growing_table_at(spec: GrowingTableSpec, entities: list[dict[str, str]], seed: int, now: datetime) -> AgencyTable:
    """Return the table that was published last, in the order of the rows' own days.

    A row is drawn again until it differs from all earlier rows; withdrawn rows count too. So a batch is the same at
    every moment, and a withdrawn row does not come back by chance.

    Args:
        spec: the growing table.
        entities: one row per entity: column -> text.
        seed: the seed of the dataset.
        now: the simulated time.

    Returns:
        The table. Its `as_of` is the time of the newest batch.

    Raises:
        SandboxError: a column has a kind that only a moving window has, or the columns in `unique` have too few
            different texts.
    """
    weights = [float(entity[spec.weight]) for entity in entities]
    first_batch, newest_batch = _batch_times(spec, now)
    used_keys: set[tuple[str, ...]] = set()
    rows: list[_DatedRow] = []
    for batch_number in range((newest_batch - first_batch).days + 1):
        batch = first_batch + timedelta(days=batch_number)
        drawn = [
            _draw_unique_row(spec, entities, weights, (seed, batch.date(), row_number), used_keys)
            for row_number in range(spec.daily)
        ]
        rows += _after_changes(spec, drawn, (seed, batch.date()), (newest_batch - batch).days)
    rows.sort(key=lambda row: (row.day, *row.texts.values()))
    return AgencyTable(list(spec.columns), [row.texts for row in rows], newest_batch)


def _batch_times(spec: GrowingTableSpec, now: datetime) -> tuple[datetime, datetime]:
    """Return when the first and the newest batch appeared."""
    hour, minute = (int(part) for part in spec.published.split(":"))
    first = spec.begin.replace(hour=hour, minute=minute, second=0, microsecond=0)
    today = to_taipei(now).replace(hour=hour, minute=minute, second=0, microsecond=0)
    return first, today if today <= now else today - timedelta(days=1)


def _draw_unique_row(
    spec: GrowingTableSpec,
    entities: list[dict[str, str]],
    weights: list[float],
    row_seed: tuple[int, object, int],
    used_keys: set[tuple[str, ...]],
) -> _DatedRow:
    """Draw a row whose key is not in used_keys, and add its key there."""
    batch_day = datetime.fromisoformat(str(row_seed[1]))
    least_days, most_days = spec.days_before
    for attempt in range(_MOST_DRAWS):
        draw_seed = (*row_seed, attempt)
        entity = entities[noise_index(weights, *draw_seed, "entity")]
        days_before = least_days + int(noise_value(*draw_seed, "day") * (most_days - least_days + 1))
        row = _DatedRow(batch_day - timedelta(days=days_before), {})
        for name, column in spec.columns.items():
            row.texts[name] = _text(name, column, entity, row.day, draw_seed)
        _apply_exceptions(spec, row.texts, draw_seed)
        key = tuple(row.texts[name] for name in spec.unique)
        if key not in used_keys:
            used_keys.add(key)
            return row
    raise SandboxError(f"no row differs from all others in {', '.join(spec.unique)} after {_MOST_DRAWS} draws")


def _text(name: str, column: ColumnSpec, entity: dict[str, str], day: datetime, draw_seed: tuple[object, ...]) -> str:
    if column.entity is not None:
        return entity[column.entity]
    if column.time is not None:
        return written(day + timedelta(minutes=column.later_minutes), column.time)
    if column.text is not None:
        return column.text
    if column.choice is not None:
        return list(column.choice)[noise_index(list(column.choice.values()), *draw_seed, name)]
    raise SandboxError(f"column {name!r}: a ledger knows entity, time, text and choice only")


def _apply_exceptions(spec: GrowingTableSpec, texts: dict[str, str], draw_seed: tuple[object, ...]) -> None:
    # in the order of the file: an exception sees the exceptions of the columns before it
    for name, column in spec.columns.items():
        for number, exception in enumerate(column.but):
            condition_holds = exception.column is None or texts[exception.column] == exception.is_
            if condition_holds and noise_value(*draw_seed, name, "but", number) < exception.share:
                texts[name] = exception.text


def _after_changes(
    spec: GrowingTableSpec, drawn: list[_DatedRow], batch_seed: tuple[object, ...], age_days: int
) -> list[_DatedRow]:
    """Return the rows of a batch that are left at this age, with their corrections.

    Each entry of withdrawn_after_days and of after_days is for one row of the batch. So all days have the same number
    of withdrawn and corrected rows.
    """
    order = sorted(range(len(drawn)), key=lambda index: noise_value(*batch_seed, "fate", index))
    withdrawal_days = dict(zip(order, spec.withdrawn_after_days, strict=False))
    after_days = spec.corrected.after_days if spec.corrected else []
    correction_days = dict(zip(order[len(withdrawal_days) :], after_days, strict=False))
    remaining = []
    for index, row in enumerate(drawn):
        if index in withdrawal_days and age_days >= withdrawal_days[index]:
            continue
        if spec.corrected and index in correction_days and age_days >= correction_days[index]:
            column = spec.corrected.column
            row = row._replace(texts={**row.texts, column: str(int(row.texts[column]) + spec.corrected.by)})
        remaining.append(row)
    return remaining
