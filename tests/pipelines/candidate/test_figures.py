"""The figures of each fetch that guards look at."""

import datetime as dt
from typing import Any

import pyarrow as pa
import pytest
from worlds import START, column, dataset

from catalog.declaration.dataset import Dataset
from catalog.reasons.measures import PeriodCount
from pipelines.candidate.figures import FetchedRows, after_one_another, fetch_figures
from pipelines.conform.columns import ColumnFinding, RawRows
from pipelines.conform.quarantine import SCHEMA
from pipelines.fold.windows import WindowCounts
from quality.guards import FetchFigures

FIELDS = [column("site"), column("day", "date")]
MONTHS = {"key": ["site", "day"], "partition": {"field": "day", "grain": "month"}}


def rows(*days_of: tuple[int, str]) -> pa.Table:
    """Typed rows, each of a fetch and a day."""
    return pa.table(
        {
            "_fetch": pa.array([fetch for fetch, _ in days_of], pa.int64()),
            "_row": pa.array(range(1, len(days_of) + 1), pa.int64()),
            "site": pa.array(["a"] * len(days_of)),
            "day": pa.array([dt.date.fromisoformat(day) for _, day in days_of], pa.date32()),
        }
    )


def quarantine(*places: tuple[int, int]) -> pa.Table:
    entries = [{"fetch": fetch, "row": row, "rule": "day.date", "left": "cell"} for fetch, row in places]
    return pa.Table.from_pylist(entries, SCHEMA)


def figures(declared: Dataset, typed: pa.Table, *ks: int, **more: Any) -> list[FetchFigures]:
    raw = RawRows(typed, more.pop("findings", ()), more.pop("omitted", {}))
    fetched = FetchedRows(
        raw, typed, more.pop("quarantine", SCHEMA.empty_table()), more.pop("collapsed", {}), more.pop("of_windows", {})
    )
    return fetch_figures(declared, fetched, {k: START + dt.timedelta(days=k) for k in ks})


def test_each_fetch_is_counted_for_itself_and_in_order():
    typed = rows((2, "2026-07-01"), (1, "2026-07-01"), (2, "2026-07-02"))
    findings = (ColumnFinding(2, "unknown", "x"), ColumnFinding(2, "vanished", "y"), ColumnFinding(1, "unknown", "z"))
    first, second = figures(
        dataset(fields=FIELDS, **MONTHS),
        typed,
        2,
        1,
        findings=findings,
        quarantine=quarantine((2, 1), (2, 1), (2, 3)),
        omitted={2: 4},
        collapsed={2: 5},
        of_windows={2: WindowCounts(covered=6, removed=1)},
    )
    assert first == FetchFigures(fetch=1, heard=1, quarantined=0, collapsed=0, unknown=("z",))
    assert second == FetchFigures(
        fetch=2,
        heard=2,
        quarantined=2,
        collapsed=5,
        omitted=4,
        covered=6,
        removed=1,
        unknown=("x",),
        vanished=("y",),
    )


def test_a_fetch_that_is_not_judged_is_not_counted():
    assert [
        figure.fetch for figure in figures(dataset(fields=FIELDS), rows((1, "2026-07-01"), (2, "2026-07-01")), 2)
    ] == [2]


def test_periods_with_too_few_or_too_many_rows():
    guard = {"rows": {"field": "day", "period": "month", "minimum": 2, "maximum": 2}}
    typed = rows(*((1, day) for day in ("2026-06-01", "2026-07-01", "2026-07-02", *["2026-08-01"] * 3)))
    (figure,) = figures(dataset(fields=FIELDS, guards=guard, **MONTHS), typed, 1)
    assert figure.periods_outside == (PeriodCount(period="2026-06", rows=1), PeriodCount(period="2026-08", rows=3))


@pytest.mark.parametrize(("days", "age"), [(["2026-06-30", "2026-06-01"], 2 * 86_400 + 8 * 3600), ([], None)])
def test_the_age_is_that_of_the_newest_row(days: list[str], age: int | None):
    typed = rows(*((1, day) for day in days))
    (figure,) = figures(dataset(fields=FIELDS, guards={"age": "2h"}, **MONTHS), typed, 1)
    assert figure.age_seconds == age


@pytest.mark.parametrize(
    ("kind", "value", "period", "label", "day"),
    [
        ("month", "2026-06", "quarter", "2026-Q2", "2026-06-01"),
        ("quarter", "2026-Q2", "year", "2026", "2026-04-01"),
        ("week", "2026-W27", "week", "2026-W27", "2026-07-02"),
        ("year", 2026, "year", "2026", "2026-01-01"),
    ],
)
def test_periods_are_counted_and_have_an_age(kind: str, value: Any, period: str, label: str, day: str):
    date = {"patterns": [{"month": "%Y-%m", "quarter": "%YQ%q", "week": "%Y-%V", "year": "%Y"}[kind]]}
    guards = {"rows": {"field": "x", "period": period, "minimum": 3}, "age": "1d"}
    more = {"key": ["x", "site"], "partition": {"field": "x", "grain": "year"}, "guards": guards}
    declared = dataset(fields=[column("x", kind, date=date), column("site")], **more)
    typed = pa.table({"_fetch": [1, 1], "_row": [1, 2], "x": [value, value], "site": ["a", "b"]})
    (found,) = figures(declared, typed, 1)
    assert found.periods_outside == (PeriodCount(period=label, rows=2),)
    began = START + dt.timedelta(days=1)
    midnight = dt.datetime.combine(dt.date.fromisoformat(day), dt.time(), began.tzinfo)
    assert found.age_seconds == (began - midnight).total_seconds()


def test_what_was_omitted_is_compared_with_the_fetch_before():
    typed = rows((3, "2026-07-01"), (5, "2026-07-01"))
    found = figures(dataset(fields=FIELDS, **MONTHS), typed, 3, 5, omitted={3: 1, 5: 2})
    assert [each.omitted_before for each in after_one_another(found, {2: 7, 4: 9, 6: 8})] == [7, 9]
    assert [each.omitted_before for each in after_one_another(found, {})] == [None, 1]
