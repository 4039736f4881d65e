"""The days of a source that is asked by the day."""

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
from markets import prices
from worlds import column, dataset

from catalog.declaration.dataset import Dataset
from pipelines.shell.days import asked_for, partitioned, wanted


def run_of(*keys: str) -> Any:
    return SimpleNamespace(
        has_partition_key=len(keys) == 1, has_partition_key_range=len(keys) > 1, partition_keys=list(keys)
    )


def fetch_of(*days: str) -> Any:
    return SimpleNamespace(asked={"window": {"day": list(days), "kind": ["N04", "N04"]}} if days else {})


def test_days_begin_where_the_source_does():
    arguments = partitioned(Dataset.load(prices(), "prices"))
    days = arguments["partitions_def"]
    assert days.get_partition_keys(dt.datetime(2026, 1, 3, 12, tzinfo=dt.UTC)) == [
        "2026-01-01",
        "2026-01-02",
        "2026-01-03",
    ]
    assert arguments["backfill_policy"].max_partitions_per_run is None, "one run for any span"


def test_a_source_that_is_not_asked_by_the_day_has_no_days():
    assert partitioned(dataset()) == {}


@pytest.mark.parametrize(("each", "kind"), [("hour", "datetime"), ("day", "date"), ("month", "date")])
@pytest.mark.parametrize("since", ["2026-01-01", None])
def test_a_template_has_days_where_it_says_since_when(each: str, kind: str, since: str | None):
    over = {each: {"each": each} | ({"since": since} if since else {})}
    address = f"https://waters.example/{{{each}:%Y%m%d%H}}"
    source = {"protocol": "file", "format": "csv", "address": address, "over": over}
    said = dataset(fields=[column("at", kind)], source=source, load="window", window={each: "at"})
    found = partitioned(said)
    assert bool(found) is (each != "month" and since is not None)
    if found:
        assert found["partitions_def"].get_first_partition_key() == since


@pytest.mark.parametrize(
    ("keys", "span"),
    [
        ([], None),
        (["2026-10-05"], (dt.date(2026, 10, 5), dt.date(2026, 10, 5))),
        (["2026-10-03", "2026-10-01", "2026-10-02"], (dt.date(2026, 10, 1), dt.date(2026, 10, 3))),
    ],
)
def test_the_days_of_a_run(keys: list[str], span: tuple[dt.date, dt.date] | None):
    assert wanted(run_of(*keys)) == span


def test_the_days_that_fetches_asked_for():
    fetches = [fetch_of("2026-04-30", "2026-05-02"), fetch_of("2026-04-29", "2026-04-30"), fetch_of()]
    fetches += [SimpleNamespace(asked={"window": {"hour": ["2026-04-28T05:00:00"] * 2}})]
    fetches += [SimpleNamespace(asked={"window": {"season": ["115S1"] * 2}})]
    assert asked_for(fetches) == ["2026-04-28", "2026-04-29", "2026-04-30", "2026-05-01", "2026-05-02"]
