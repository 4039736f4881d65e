"""Which field is the time of a row, and by which grains it is counted."""

from typing import Any

import pytest

from catalog.profile.plan import Plan, plan


def planned(kinds: dict[str, str], key: list[str] | str, zone: str = "Asia/Taipei", **partition: str) -> Plan:
    schema = {"fields": [{"name": name, "type": kind} for name, kind in kinds.items()], "primaryKey": key}
    dated: list[dict[str, Any]] = [
        {"name": name, "date": {"zone": zone}} for name, kind in kinds.items() if kind in ("date", "datetime")
    ]
    block = {"partition": partition} if partition else {}
    return plan(schema, {"dataset": {"schema": {"fields": dated}, "minsheng": block}})


KINDS = {"site": "string", "at": "datetime", "day": "date", "level": "number"}


@pytest.mark.parametrize(
    ("key", "partition", "field", "units", "grains"),
    [
        (["site", "at"], {}, "at", ("site",), ("hour", "day", "week", "month", "year")),
        (["site", "at", "day"], {"field": "day", "grain": "month"}, "day", ("site", "at"), ("day", "week", "month")),
        (["day", "site"], {"field": "day", "grain": "year"}, "day", ("site",), ("day", "week", "month", "year")),
        ("site", {}, None, ("site",), ()),
    ],
)
def test_the_time_of_a_row(
    key: list[str] | str, partition: dict[str, str], field: str | None, units: tuple[str], grains: tuple[str]
) -> None:
    found = planned(KINDS, key, **partition)
    assert (found.field, found.units, found.grains) == (field, units, grains)
    assert found.partitioned is bool(partition)


def test_parts_are_of_one_shape_only() -> None:
    first = planned(KINDS, ["site", "at"])
    assert first.shape == planned(dict(reversed(KINDS.items())), ["site", "at"]).shape
    others = [
        planned(KINDS, ["site", "day"]),
        planned(KINDS | {"level": "integer"}, ["site", "at"]),
        planned(KINDS, ["site", "at"], zone="UTC"),
        planned(KINDS, ["site", "at"], field="at", grain="month"),
    ]
    assert first.shape not in {other.shape for other in others}


def test_a_declaration_that_says_nothing_is_read() -> None:
    assert plan({"fields": [{"name": "a", "type": "string"}], "primaryKey": ["a"]}, {}).field is None


@pytest.mark.parametrize(
    ("kind", "published", "grain", "grains"),
    [
        ("week", "string", "year", ("week", "month", "year")),
        ("month", "yearmonth", "month", ("month",)),
        ("month", "yearmonth", "year", ("month", "year")),
        ("year", "year", "year", ("year",)),
        ("quarter", "string", "year", ()),
    ],
)
def test_a_period_is_counted_by_itself_and_longer_ones(
    kind: str, published: str, grain: str, grains: tuple[str, ...]
) -> None:
    schema = {"fields": [{"name": "x", "type": published}, {"name": "site", "type": "string"}]}
    schema["primaryKey"] = ["x", "site"]  # type: ignore[assignment]

    def planned_as(**date: str) -> Plan:
        fields = [{"name": "x", "type": kind, "date": date}, {"name": "site", "type": "string"}]
        block = {"partition": {"field": "x", "grain": grain}}
        return plan(schema, {"dataset": {"schema": {"fields": fields}, "minsheng": block}})

    found, other = planned_as(), planned_as(weeks="sunday")
    assert (found.field, found.grains, found.sunday) == ("x" if grains else None, grains, False)
    assert kind == "quarter" or found.shape != other.shape
