"""Parts of a table merge to exactly what the whole table gives, wherever it is cut."""

import datetime as dt
import itertools
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.formats import parquet
from catalog.profile.measure import measure
from catalog.profile.parts import MOST_NUMBERS, MOST_TEXTS, PartitionPart, ValuesPart, limited, merge, merge_values
from catalog.profile.plan import Plan
from catalog.profile.steps import GRAINS, StepsPart

PLAN = Plan("day", ("site",), GRAINS[1:4], True, "s")
SCHEMA = pa.schema([
    ("site", pa.string()), ("day", pa.date32()), ("level", pa.float64()), ("count", pa.int64()), ("wet", pa.bool_()),
    ("note", pa.string()), ("seen", pa.timestamp("ms", tz="Asia/Taipei")),
])  # fmt: skip
NOON = dt.datetime(2026, 1, 1, 4, tzinfo=dt.UTC)
ROW = st.fixed_dictionaries({
    "site": st.sampled_from(["a", "b", "臺"]),
    "day": st.dates(dt.date(2025, 11, 1), dt.date(2026, 3, 31)),
    "level": st.none() | st.floats(allow_nan=False, allow_infinity=False) | st.floats(0, 50).map(lambda x: round(x, 1)),
    "count": st.none() | st.integers(-(2**63), 2**63 - 1) | st.integers(0, 40),
    "wet": st.none() | st.booleans(),
    "note": st.none() | st.text(max_size=90) | st.sampled_from(["<script>", "=1+1", "\u202e", "x" * 10_000]),
    "seen": st.none() | st.integers(0, 10**7).map(lambda minutes: NOON + dt.timedelta(minutes=minutes)),
})  # fmt: skip


def counted(rows: list[dict[str, Any]], plan: Plan = PLAN) -> PartitionPart:
    return measure(parquet.render(pa.Table.from_pylist(rows, SCHEMA)), plan)


@settings(deadline=None)
@given(st.lists(ROW, max_size=25), st.randoms())
def test_merged_parts_are_the_whole(rows: list[dict[str, Any]], chance: Any) -> None:
    rows.sort(key=lambda row: row["day"])
    months = [list(group) for _, group in itertools.groupby(rows, lambda row: (row["day"].year, row["day"].month))]
    parts = [counted(group) for group in months] or [counted([])]
    chance.shuffle(parts)
    whole = merge(parts)
    assert whole == counted(rows)
    assert PartitionPart.model_validate_json(whole.model_dump_json()) == whole


def test_columns_without_time_may_be_cut_anywhere() -> None:
    rows = [{"site": str(i % 7), "level": i / 10, "count": i, "note": f"n{i}"} for i in range(600)]
    plan = Plan(None, (), (), False, "s")
    whole = counted(rows, plan)
    assert merge([counted(rows[:1], plan), counted(rows[1:444], plan), counted(rows[444:], plan)]) == whole
    note, level = whole.columns["note"], whole.columns["level"]
    assert isinstance(note, ValuesPart)
    assert note.values is None
    assert level.kind == "number"


def test_values_are_counted_up_to_a_limit() -> None:
    some = {str(i): 1 for i in range(MOST_TEXTS)}
    assert merge_values(some, some, MOST_TEXTS) == dict.fromkeys(some, 2)
    assert merge_values(some, {"new": 1}, MOST_TEXTS) is None
    assert merge_values(None, {}, MOST_TEXTS) is None
    assert limited({"b": 1, "a": 2}, MOST_NUMBERS) == {"a": 2, "b": 1}


def test_columns_of_two_kinds_do_not_merge() -> None:
    texts = PartitionPart(rows=0, columns={"a": ValuesPart(kind="text", missing=0, values={})}, steps=StepsPart({}))
    flags = PartitionPart(rows=0, columns={"a": ValuesPart(kind="boolean", missing=0, values={})}, steps=StepsPart({}))
    with pytest.raises(ValueError, match="two kinds: text and boolean"):
        merge([texts, flags])
