"""Rows of a source that shows a whole table, which grows by a batch a day and is corrected and shortened on the way."""

from datetime import datetime, timedelta

from sandbox.clock import local
from sandbox.columns import Column
from sandbox.errors import SandboxError
from sandbox.messages import Table
from sandbox.noise import pick, unit
from sandbox.spec import Ledger

_TRIES = 1000
"""Draws before a row that no other row agrees with is held to be impossible."""


def ledger_table(spec: Ledger, entities: list[dict[str, str]], seed: int, now: datetime) -> Table:
    """Return the table as it was last published before now, by the rows' own day.

    A row is drawn again only until it agrees with no earlier one, withdrawn ones included. So what a batch holds never
    depends on when one asks, and a withdrawn row does not come back by chance.

    Raises:
        SandboxError: a column is of a kind that only a window has, or the columns in `unique` have too few values.
    """
    weights = [float(entity[spec.weight]) for entity in entities]
    first, newest = _days(spec, now)
    seen: set[tuple[str, ...]] = set()
    shown: list[tuple[datetime, dict[str, str]]] = []
    for number in range((newest - first).days + 1):
        batch = first + timedelta(days=number)
        born = [_row(spec, entities, weights, (seed, batch.date(), index), seen) for index in range(spec.daily)]
        age = (newest - batch).days
        shown += _as_of(spec, born, (seed, batch.date()), age)
    shown.sort(key=lambda item: (item[0], *item[1].values()))
    return Table(list(spec.columns), [row for _, row in shown], newest)


def _days(spec: Ledger, now: datetime) -> tuple[datetime, datetime]:
    hour, minute = (int(part) for part in spec.published.split(":"))
    first = spec.begin.replace(hour=hour, minute=minute, second=0, microsecond=0)
    today = local(now).replace(hour=hour, minute=minute, second=0, microsecond=0)
    return first, today if today <= now else today - timedelta(days=1)


def _row(
    spec: Ledger,
    entities: list[dict[str, str]],
    weights: list[float],
    identity: tuple[object, ...],
    seen: set[tuple[str, ...]],
) -> tuple[datetime, dict[str, str]]:
    least, most = spec.days_before
    for attempt in range(_TRIES):
        who = (*identity, attempt)
        entity = entities[pick(weights, *who, "entity")]
        back = least + int(unit(*who, "day") * (most - least + 1))
        day = datetime.fromisoformat(str(identity[1])) - timedelta(days=back)
        row: dict[str, str] = {}
        for name, column in spec.columns.items():
            row[name] = _text(name, column, entity, day, who)
        # in the order of the file, so that an exception can ask only for columns before it
        for name, column in spec.columns.items():
            for number, but in enumerate(column.but):
                met = but.column is None or row[but.column] == but.is_
                if met and unit(*who, name, "but", number) < but.share:
                    row[name] = but.text
        key = tuple(row[name] for name in spec.unique)
        if key not in seen:
            seen.add(key)
            return day, row
    raise SandboxError(f"no row differs from all others in {', '.join(spec.unique)} after {_TRIES} draws")


def _text(name: str, column: Column, entity: dict[str, str], day: datetime, who: tuple[object, ...]) -> str:
    if column.entity is not None:
        return entity[column.entity]
    if column.time is not None:
        return day.strftime(column.time)
    if column.text is not None:
        return column.text
    if column.choice is not None:
        return list(column.choice)[pick(list(column.choice.values()), *who, name)]
    raise SandboxError(f"column {name!r}: a ledger knows entity, time, text and choice only")


def _as_of(
    spec: Ledger, born: list[tuple[datetime, dict[str, str]]], batch: tuple[object, ...], age_days: int
) -> list[tuple[datetime, dict[str, str]]]:
    """Take out what was withdrawn by then and mend what was corrected.

    One row of a batch for each entry of after_days: so each day has exactly as many as there are entries.
    """
    order = sorted(range(len(born)), key=lambda index: unit(*batch, "fate", index))
    leaving = dict(zip(order, spec.withdrawn_after_days, strict=False))
    mended = dict(zip(order[len(leaving) :], spec.corrected.after_days if spec.corrected else [], strict=False))
    kept = []
    for index, (day, row) in enumerate(born):
        if index in leaving and age_days >= leaving[index]:
            continue
        if spec.corrected and index in mended and age_days >= mended[index]:
            column = spec.corrected.column
            row = {**row, column: str(int(row[column]) + spec.corrected.by)}
        kept.append((day, row))
    return kept
