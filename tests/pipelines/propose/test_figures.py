"""How rows come, by the figures of one file."""

import datetime as dt

import pyarrow as pa

from pipelines.propose.fields import ProposedField
from pipelines.propose.figures import see_figures, time_field
from pipelines.propose.keys import FoundKey

TODAY = dt.date(2026, 11, 30)


def at(kind: str) -> list[ProposedField]:
    return [ProposedField({"name": "at", "type": kind}), ProposedField({"name": "site", "type": "string"})]


def test_a_table_of_hours_is_asked_each_hour_and_one_time_adds_to_those_before() -> None:
    hours = [dt.datetime(2026, 7, 1, hour, tzinfo=dt.UTC) for hour in range(24)]
    key = FoundKey(("at",), 24)
    coming = see_figures(pa.table({"at": hours, "site": ["a"] * 24}), at("datetime"), key, TODAY)
    assert (coming.load, coming.fetch, coming.due, coming.time) == ("replace", "20 * * * *", "6h", "at")
    same = pa.table({"at": hours[:1] * 3, "site": ["a", "b", "c"]})
    assert see_figures(same, at("datetime"), FoundKey(("site",), 3), TODAY).load == "upsert"


def test_a_large_table_has_partitions() -> None:
    days = [dt.date(2024, 1, 1) + dt.timedelta(days=day) for day in range(400)]
    rows = pa.table({"at": days * 150, "site": [f"s{n}" for n in range(150) for _ in days]})
    coming = see_figures(rows, at("date"), FoundKey(("at", "site"), 60_000), TODAY)
    assert coming.partition == {"field": "at", "grain": "month"}
    assert coming.guards["rows"] == {"field": "at", "period": "day", "minimum": 75, "maximum": 300}


def test_rows_that_stand_twice_set_a_guard_or_go_to_quarantine() -> None:
    rows = pa.table({"at": [dt.date(2026, 7, 1)] * 100, "site": ["a"] * 100})
    assert see_figures(rows, at("date"), FoundKey(("site",), 98, same=2), TODAY).guards["collapsed"] == 0.04
    assert see_figures(rows, at("date"), FoundKey(("site",), 100, twice=2), TODAY).conflict == "quarantine"


def test_a_time_of_the_key_comes_first() -> None:
    found = time_field([*at("date"), ProposedField({"name": "updated", "type": "datetime"})], FoundKey(("at",), 1))
    assert found is not None
    assert found.name == "at"
