"""Right figures on hand-made tables, and on whatever rows there may be."""

import datetime as dt
import math
from collections import defaultdict
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.declaration.views import Levels, Names, Step, Together
from catalog.figures import compute
from catalog.figures.compute import Reckoned, reckon
from catalog.figures.document import Label
from catalog.figures.labels import Labels
from catalog.figures.roles import Roles
from catalog.figures.steps import STEPS

ROLES = Roles(
    time="at", step="day", measure="level", together="sum", weight=None, by="site", across=None, county="county",
    longitude=None, latitude=None, levels=None, labels={}, first=None, growing=0,
)  # fmt: skip
TYPES = {
    "at": pa.timestamp("ms", "Asia/Taipei"), "site": pa.string(), "county": pa.string(), "level": pa.float64(),
    "tons": pa.float64(), "kind": pa.string(), "name": pa.string(), "status": pa.string(), "lon": pa.float64(),
    "lat": pa.float64(),
}  # fmt: skip
ZONE = dt.timezone(dt.timedelta(hours=8))
BEGIN = dt.datetime(2025, 6, 1, tzinfo=ZONE)


def table(*rows: dict[str, Any], **types: pa.DataType) -> pa.Table:
    """Rows; a time is a text of the zone, as 2026-07-01T08."""
    told = [
        row | {"at": dt.datetime.fromisoformat(row["at"]).replace(tzinfo=ZONE)} if row.get("at") else row
        for row in rows
    ]
    columns = TYPES | types
    return pa.table({name: pa.array([row.get(name) for row in told], kind) for name, kind in columns.items()})


def row(site: str | None, at: str | None, level: float | None, **more: Any) -> dict[str, Any]:
    return {"site": site, "at": at, "level": level, "county": "TW-TPE"} | more


def keys(found: Reckoned) -> list[str]:
    return [item.key for item in found.items]


@pytest.mark.parametrize(
    ("step", "newest", "before"),
    [
        ("hour", "2026-07-01T00:00:00+08:00", "2026-06-30T22:00:00+08:00"),
        ("day", "2026-07-01", "2026-06-29"),
        ("week", "2026-06-29", "2026-06-15"),
        ("month", "2026-07", "2026-05"),
        ("year", "2026", "2024"),
    ],
)
def test_steps_are_without_gaps_and_what_lies_between_is_none(step: Step, newest: str, before: str) -> None:
    moments = {
        "hour": "2026-06-30T22:59",
        "day": "2026-06-29",
        "week": "2026-06-21",
        "month": "2026-05-31",
        "year": "2024-12-31",
    }
    rows = table(row("a", moments[step], 1), row("b", "2026-07-01T00:30", 2), row("a", "2026-07-01T00:10", 4))
    found = reckon(rows, replace(ROLES, step=step), Labels())
    assert (len(found.steps), found.steps[0], found.steps[-1]) == (3, before, newest)
    assert found.whole.series == (1.0, None, 6.0)
    assert {item.key: item.series for item in found.items} == {"a": (1.0, None, 4.0), "b": (None, None, 2.0)}


@pytest.mark.parametrize("step", STEPS)
def test_no_more_steps_are_shown_than_fit(step: Step) -> None:
    rows = table(row("a", "1950-01-01", 1), row("b", "2026-07-01", 2))
    found = reckon(rows, replace(ROLES, step=step), Labels())
    assert len(found.steps) == len(found.whole.series) == STEPS[step]
    assert (keys(found), found.more) == (["b"], 0), "an item of before is not shown"


@pytest.mark.parametrize(
    ("together", "weight", "value", "month"),
    [
        ("sum", None, 9.0, 10.0), ("mean", None, 4.5, 3.33333), ("max", None, 6.0, 3.33333),
        ("min", None, 3.0, 3.33333),
        ("mean", "tons", 5.0, 4.0),
    ],
)  # fmt: skip
def test_values_of_a_step_are_put_together_as_told(
    together: Together, weight: str | None, value: float, month: float
) -> None:
    rows = table(
        row("a", "2026-07-01", 1, tons=1), row("a", "2026-07-02", 3, tons=1), row("b", "2026-07-02", 6, tons=2),
        row("c", "2026-07-02", None, tons=9), row("a", "2026-06-30", 1000, tons=1), row("a", "2025-07-31", 7, tons=2),
        row("d", "2026-07-02", 6 if weight else None, tons=-5),
    )  # fmt: skip
    whole = reckon(rows, replace(ROLES, together=together, weight=weight), Labels()).whole
    assert (whole.value, whole.month, whole.year_before) == (value, month, 7.0)


def test_weights_that_are_missing_or_nothing_give_no_value() -> None:
    rows = table(row("a", "2026-07-01", 1, tons=2), row("a", "2026-07-02", 3), row("b", "2026-07-02", 6, tons=0))
    whole = reckon(rows, replace(ROLES, together="mean", weight="tons"), Labels()).whole
    assert whole.series == (1.0, None)
    assert (whole.value, whole.last, whole.last_at, whole.level) == (None, 1.0, "2026-07-01", None)


def test_one_category_stands_for_the_whole_and_is_compared_by_another() -> None:
    rows = table(
        row("a", "2026-07-01", 1, kind="north"), row("a", "2026-07-01", 2, kind="south", county="TW-KHH"),
        row("b", "2026-07-01", 40, kind="north"), row("a", None, 800, kind="north"), row("a", "2026-07-01", 3),
    )  # fmt: skip
    found = reckon(rows, replace(ROLES, first=("site", "a"), across="kind"), Labels())
    assert found.whole.value == 6.0
    assert keys(found) == ["b", "a"]
    assert [(item.key, item.value, item.county) for item in found.others] == [
        ("south", 2.0, "TW-KHH"),
        ("north", 1.0, "TW-TPE"),
    ]
    assert {key: (each.value, each.items, each.top) for key, each in found.counties.items()} == {
        "TW-KHH": (2.0, 1, None),
        "TW-TPE": (4.0, 1, None),
    }


@pytest.mark.parametrize("wanted", ["2", "3"])
def test_a_category_is_found_by_its_text_whatever_its_type(wanted: str) -> None:
    rows = table(row(None, "2026-07-01", 1), row(None, "2026-07-01", 5), row(None, "2026-07-01", 7))
    rows = rows.set_column(rows.column_names.index("site"), "site", pa.array([1, 2, None], pa.int64()))
    found = reckon(rows, replace(ROLES, first=("site", wanted)), Labels())
    assert found.whole.value == {"2": 5.0, "3": None}[wanted]
    assert keys(found) == ["2", "1"]


def test_counties_have_their_own_figures_and_rows_without_one_are_in_none() -> None:
    rows = table(
        row("a", "2026-07-01", 9), row("b", "2026-07-01", 9), row("c", "2026-07-01", 5, county="TW-KHH"),
        row("d", "2026-07-01", 99, county=None), row("e", "2020-07-01", 1, county="TW-LIE"), row(None, "2026-07-01", 1),
    )  # fmt: skip
    found = reckon(rows, replace(ROLES, together="max"), Labels())
    assert found.whole.value == 99.0
    shown = {key: (each.value, each.items, each.top and each.top.en) for key, each in found.counties.items()}
    assert shown == {"TW-KHH": (5.0, 1, "c"), "TW-TPE": (9.0, 2, "a"), "TW-LIE": (None, 0, None)}
    assert {item.key: item.county for item in found.items}["d"] is None
    assert reckon(rows, replace(ROLES, by="county"), Labels()).counties["TW-TPE"].top is None


def test_an_item_of_two_counties_is_in_none_of_them() -> None:
    rows = table(row("a", "2026-07-01", 1), row("a", "2026-06-01", 1, county="TW-KHH"), row("b", "2026-07-01", 1))
    assert [item.county for item in reckon(rows, ROLES, Labels()).items] == [None, "TW-TPE"]


@pytest.mark.parametrize(("together", "expected"), [("max", "bad"), ("min", "good"), ("sum", None), ("mean", None)])
def test_the_level_is_that_of_the_gravest_row(together: Together, expected: str | None) -> None:
    levels = Levels(field="status", order=("good", "bad"))
    rows = table(
        row("a", "2026-07-01", 10, status="good"), row("b", "2026-07-01", 90, status="bad"),
        row("b", "2026-06-30", 999, status="worst"), row("c", "2026-07-01", None, status="worst"),
    )  # fmt: skip
    found = reckon(rows, replace(ROLES, together=together, levels=levels), Labels())
    assert found.whole.level == expected
    assert {item.key: item.level for item in found.items} == {"a": "good", "b": "bad", "c": None}


@pytest.mark.parametrize("turned", [False, True])
def test_of_two_that_are_equally_grave_it_is_always_the_same(turned: bool) -> None:
    rows = [row("b", "2026-07-01", 9, status="one"), row("a", "2026-07-01", 9, status="two")]
    levels = Levels(field="status", order=("one", "two"))
    found = reckon(table(*(rows[::-1] if turned else rows)), replace(ROLES, together="max", levels=levels), Labels())
    assert found.whole.level == "two"
    top = found.counties["TW-TPE"].top
    assert top is not None
    assert top.en == "a"


def test_names_and_positions_are_those_of_the_newest_row() -> None:
    names = Names.model_validate({"en": "name", "zh-TW": "kind"})
    roles = replace(ROLES, labels={"site": names}, longitude="lon", latitude="lat")
    rows = table(
        row("a", "2026-07-02", 1, name="New", kind="新", lon=121.513424, lat=-0.0),
        row("a", None, 1, name="?", kind="?"), row("b", "2026-07-02", 0, lon=999.0, lat=91.0),
        row("a", "2026-07-01", 1, name="Old", kind="舊", lon=1.0, lat=1.0),
    )  # fmt: skip
    a, b = reckon(
        rows, roles, Labels({"site": names}, {"site": {"b": Label.model_validate({"en": "B", "zh-TW": "乙"})}})
    ).items
    assert (a.label.en, a.label.zh_tw, a.longitude, str(a.latitude)) == ("New", "新", 121.51342, "0.0")
    assert (b.label.en, b.label.zh_tw, b.longitude, b.latitude) == ("B", "乙", None, None), "no place of this world"


def test_items_that_left_have_no_value_but_their_last() -> None:
    rows = table(row("left", "2026-06-30", 8), row("here", "2026-07-01", 1))
    by_key = {item.key: item for item in reckon(rows, ROLES, Labels()).items}
    assert (by_key["left"].value, by_key["left"].last, by_key["left"].last_at) == (None, 8.0, "2026-06-30")
    assert (by_key["here"].value, by_key["here"].last) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("together", "order"),
    [("sum", ["old", "b", "a", "none"]), ("max", ["b", "a", "none", "old"]), ("min", ["a", "b", "none", "old"])],
)
def test_the_gravest_items_come_first(together: Together, order: list[str]) -> None:
    rows = table(
        row("a", "2026-07-01", 1),
        row("b", "2026-07-01", 2),
        row("old", "2026-06-30", 50),
        row("none", "2026-07-01", None),
    )
    assert keys(reckon(rows, replace(ROLES, together=together), Labels())) == order


def test_of_very_many_items_those_of_most_weight_are_kept() -> None:
    count = compute.MOST_ITEMS + 50
    rows = table(*(row(f"s{place:03}", "2026-07-01", place, tons=count - place) for place in range(count)))
    found = reckon(rows, replace(ROLES, together="mean", weight="tons"), Labels())
    assert (len(found.items), found.more, found.items[0].key) == (compute.MOST_ITEMS, 50, "s000")
    assert [bool(item.series) for item in found.items] == [at < compute.MOST_SERIES for at in range(compute.MOST_ITEMS)]
    assert found.items[-1].value == compute.MOST_ITEMS - 1
    assert found.counties["TW-TPE"].items == count


@pytest.mark.parametrize(
    ("rows", "roles"),
    [
        ([], ROLES),
        ([], replace(ROLES, measure=None, step=None)),
        ([row(None, None, None, county=None)], ROLES),
        ([row("a", None, 1)], ROLES),
        ([row("a", "2026-07-01", None)], ROLES),
        ([row("a", "2026-07-01", 1)], replace(ROLES, time=None, step=None)),
        ([row("a", "2026-07-01", 1)], replace(ROLES, measure=None, step=None)),
        ([row("a", "2026-07-01", math.inf), row("a", "2026-07-01", -math.inf)], replace(ROLES, by=None)),
    ],
    ids=["no rows", "no rows, no measure", "all null", "no moment", "no value", "no time", "no measure", "no number"],
)
def test_where_there_is_nothing_nothing_is_said(rows: list[dict[str, Any]], roles: Roles) -> None:
    found = reckon(table(*rows), roles, Labels())
    assert found.whole.value is None
    assert keys(found) == (["a"] if any(each["site"] for each in rows) and roles.by else [])
    assert all(item.value is item.last is None for item in found.items)
    assert all(each.value is None for each in found.counties.values())


def test_whole_numbers_do_not_run_over() -> None:
    huge = 2**62
    rows = table(
        row("a", "2026-07-01", huge), row("b", "2026-07-01", huge), row("c", "2026-07-01", huge), level=pa.int64()
    )
    assert reckon(rows, ROLES, Labels()).whole.value == 3.0 * huge
    rows = table(row("a", "2026-07-01", 1e308), row("b", "2026-07-01", 1e308))
    assert reckon(rows, ROLES, Labels()).whole.value is None, "what no document can hold is no number"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.1, 0.2], "0.3"),
        ([1 / 3], "0.333333"),
        ([123456.789], "123456.8"),
        ([-0.0], "0.0"),
        ([1e9, 0.5], "1000000000.5"),
    ],
)
def test_noise_of_sums_is_cut(values: list[float], expected: str) -> None:
    rows = table(*(row(f"s{place}", "2026-07-01", value) for place, value in enumerate(values)))
    assert str(reckon(rows, ROLES, Labels()).whole.value) == expected


def test_hostile_texts_are_data() -> None:
    hostile = ["<script>", "=cmd|'/c'!A1", "\u202eevil", 'a,"b"', "a\r\nb", "x" * 10_000]
    rows = table(*(row(each, "2026-07-01", 1, county=each, status=each) for each in hostile))
    found = reckon(rows, replace(ROLES, levels=Levels(field="status", order=("a",))), Labels())
    assert sorted(keys(found)) == sorted(found.counties) == sorted(hostile)
    assert sorted(str(item.level) for item in found.items) == sorted(hostile)


ROWS = st.lists(
    st.fixed_dictionaries({
        "site": st.sampled_from([None, "a", "b", "c"]),
        "county": st.sampled_from([None, "TW-TPE", "TW-KHH"]),
        "kind": st.sampled_from([None, "x", "y"]),
        "name": st.sampled_from([None, "N", "M"]),
        "status": st.sampled_from([None, "good", "bad"]),
        "at": st.none() | st.integers(0, 404 * 1440).map(lambda minutes: str(BEGIN + dt.timedelta(minutes=minutes))),
        "level": st.none() | st.floats(-1e6, 1e6),
        "tons": st.none() | st.floats(0, 1e3),
    }),
    max_size=30,
)  # fmt: skip
TOLD = st.builds(
    replace,
    st.just(replace(ROLES, labels={"site": Names.model_validate({"en": "name", "zh-TW": "kind"})})),
    step=st.sampled_from(list(STEPS)),
    together=st.sampled_from(["sum", "mean", "max", "min"]),
    across=st.sampled_from([None, "kind"]),
    first=st.sampled_from([None, ("site", "a")]),
    levels=st.sampled_from([None, Levels(field="status", order=("good", "bad"))]),
)


@given(ROWS, TOLD, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(rows: list[dict[str, Any]], roles: Roles, random: Any) -> None:
    turned = random.sample(rows, len(rows))
    labels = Labels(roles.labels)
    assert reckon(table(*turned), roles, labels) == reckon(table(*rows), roles, labels)
    weighed = replace(roles, together="mean", weight="tons")
    assert reckon(table(*turned), weighed, labels) == reckon(table(*rows), weighed, labels)


@given(ROWS, TOLD)
def test_a_step_is_what_its_rows_say_when_they_are_reckoned_plainly(rows: list[dict[str, Any]], roles: Roles) -> None:
    values = defaultdict(list)
    for each in rows:
        if each["at"] and each["level"] is not None and roles.first in (None, ("site", each["site"])):
            values[step_of(dt.datetime.fromisoformat(each["at"]), str(roles.step))].append(each["level"])
    found = reckon(table(*rows), roles, Labels())
    plain: Any = {"sum": sum, "max": max, "min": min, "mean": lambda them: sum(them) / len(them)}[roles.together]
    expected = [plain(values[step]) if step in values else None for step in found.steps]
    assert len(found.whole.series) == len(expected)
    for value, wanted in zip(found.whole.series, expected, strict=True):
        if value is None or wanted is None:
            assert value is wanted
        else:
            assert math.isclose(value, wanted, rel_tol=1e-5, abs_tol=1e-3)


def step_of(moment: dt.datetime, step: str) -> str:
    """A step as it is written, reckoned by the standard library."""
    if step == "hour":
        return moment.replace(minute=0, second=0, microsecond=0, tzinfo=ZONE).isoformat()
    day = moment.date() - dt.timedelta(moment.weekday()) if step == "week" else moment.date()
    return day.isoformat()[: {"month": 7, "year": 4}.get(step, 10)]
