"""What part each column plays: as declared, else as the schema suggests."""

from typing import Any

import pytest
from worlds import column, dataset

from catalog.figures.roles import Roles, roles

AIR = [
    column("station"),
    column("county"),
    column("at", "datetime"),
    column("bearing", "number", unit="deg"),
    column("note", "number"),
    column("pm", "number", unit="ug/m3"),
    column("visits", "integer", unit="{visits}"),
]


def found(places: str | None = "counties", **more: Any) -> Roles:
    """The parts of a table of air."""
    fields = more.pop("fields", AIR)
    county = {"references": [{"fields": ["county"], "dataset": "counties", "to": ["code"]}]}
    return roles(dataset(fields=fields, **({"key": ["station", "at"]} | county | more)), places)


def test_the_schema_suggests() -> None:
    parts = found()
    assert (parts.time, parts.step, parts.measure, parts.together) == ("at", "hour", "pm", "mean")
    assert (parts.by, parts.county, parts.across, parts.first, parts.growing) == ("station", "county", None, None, 0)


def test_the_declaration_decides() -> None:
    views = {
        "measure": "visits", "by": "county", "across": "station", "first": {"field": "county", "value": "TW-TPE"},
        "labels": {"station": "county", "county": {"en": "station", "zh-TW": "county"}},
        "position": {"longitude": "pm", "latitude": "note"}, "levels": {"field": "station", "order": ["good", "bad"]},
        "step": "week", "growing": 2,
    }  # fmt: skip
    parts = found(views=views)
    assert (parts.measure, parts.together, parts.step, parts.growing) == ("visits", "sum", "week", 2)
    assert (parts.by, parts.across, parts.first) == ("county", "station", ("county", "TW-TPE"))
    assert (parts.longitude, parts.latitude) == ("pm", "note")
    assert parts.labels["station"].en == parts.labels["station"].zh_tw == "county"
    assert (parts.labels["county"].en, parts.labels["county"].zh_tw) == ("station", "county")
    assert parts.levels is not None
    assert parts.columns == ["at", "visits", "county", "station", "pm", "note"], "each column once"


@pytest.mark.parametrize(
    ("fields", "step", "expected"),
    [
        ([column("day", "date")], None, "day"),
        ([column("day", "date")], "hour", "day"),
        ([column("day", "date")], "month", "month"),
        ([column("day", "datetime")], "day", "day"),
        ([], "day", None),
    ],
)
def test_the_step_suits_the_time(fields: list[dict[str, Any]], step: str | None, expected: str | None) -> None:
    fields = [column("site"), *fields, column("level", "number", unit="m")]
    parts = found(fields=fields, key=["site"], references=[], views={"step": step} if step else None)
    assert (parts.step, parts.time) == (expected, "day" if expected else None)


def test_without_a_number_with_a_unit_there_is_no_measure_and_no_step() -> None:
    parts = found(fields=[*AIR[:5]])
    assert (parts.measure, parts.step, parts.time) == (None, None, "at")


def test_the_partition_says_what_time_is() -> None:
    fields = [column("made", "date"), column("day", "date"), column("level", "number", unit="m")]
    parts = found(fields=fields, key=["made", "day"], references=[], partition={"field": "day", "grain": "month"})
    assert (parts.time, parts.by) == ("day", "made")


@pytest.mark.parametrize(("key", "by"), [(["station", "county", "at"], "county"), (["at"], None)])
def test_places_are_compared_before_other_parts_of_the_key(key: list[str], by: str | None) -> None:
    assert found(key=key).by == by


def test_a_column_that_is_not_published_plays_no_part() -> None:
    fields = [column("station"), column("level", "number", unit="m", publish="no"), column("county", publish="no")]
    parts = found(fields=fields, key=["station"])
    assert (parts.measure, parts.county) == (None, None)


def test_the_table_of_places_itself_lies_in_no_place() -> None:
    assert found(places="rivers").county is None
    assert found(places=None).county is None


@pytest.mark.parametrize(
    ("unit", "together"), [("{cases}", "sum"), ("{cases}/{people}", "mean"), ("{CFU}/(100.mL)", "mean"), ("m", "mean")]
)
def test_only_what_is_counted_adds_up(unit: str, together: str) -> None:
    fields = [column("site"), column("level", "number", unit=unit)]
    assert found(fields=fields, key=["site"], references=[]).together == together


@pytest.mark.parametrize(
    ("kind", "pattern", "step", "expected"),
    [
        ("week", "%Y-%V", None, ("x", "week")),
        ("month", "%Y-%m", None, ("x", "month")),
        ("month", "%Y-%m", "day", ("x", "month")),
        ("month", "%Y-%m", "year", ("x", "year")),
        ("year", "%Y", "month", ("x", "year")),
        ("quarter", "%YQ%q", None, (None, None)),
    ],
)
def test_a_period_is_a_time_with_steps_no_shorter(kind: str, pattern: str, step: str | None, expected: Any) -> None:
    fields = [column("x", kind, date={"patterns": [pattern]}), column("pm", "number", unit="ug/m3")]
    parts = found(fields=fields, key=["x"], references=[], **({"views": {"step": step}} if step else {}))
    assert (parts.time, parts.step) == expected
    assert parts.sunday is False


def test_weeks_that_begin_on_sunday_are_known() -> None:
    week = column("x", "week", date={"patterns": ["%Y-%V"], "weeks": "sunday"})
    assert found(fields=[week, column("pm", "number")], key=["x"], references=[]).sunday
