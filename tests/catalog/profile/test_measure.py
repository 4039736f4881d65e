"""What is kept of a partition, from its Parquet file."""

import datetime as dt
from typing import Any

import pyarrow as pa
import pytest

from catalog.formats import parquet
from catalog.profile.measure import CUT, LONGEST_TEXT, local, measure
from catalog.profile.parts import NumberPart, PartitionPart, TimePart, ValuesPart
from catalog.profile.plan import Plan
from catalog.profile.steps import GRAINS

NO_TIME = Plan(None, (), (), False, "s")


def part(column: pa.Array, plan: Plan = NO_TIME) -> PartitionPart:
    return measure(parquet.render(pa.table({"a": column})), plan)


def kept(column: pa.Array) -> Any:
    return part(column).columns["a"]


def test_numbers() -> None:
    found = kept(pa.array([0.1, 0.2, None, -0.0]))
    assert isinstance(found, NumberPart)
    assert (found.missing, found.low, found.high) == (1, "0.0", "0.2")
    assert found.values == {"0.0": 1, "0.1": 1, "0.2": 1}
    big = kept(pa.array([2**63 - 1, 2**63 - 1], pa.int64()))
    assert (big.high, big.total) == (str(2**63 - 1), str(2**64 - 2))


def test_days_are_those_of_the_zone() -> None:
    late = pa.array([dt.datetime(2026, 6, 30, 16, 30, tzinfo=dt.UTC), None], pa.timestamp("ms", tz="Asia/Taipei"))
    found = kept(late)
    assert isinstance(found, TimePart)
    assert (found.first, found.missing) == ("2026-07-01T00:30:00", 1)
    steps = part(late, Plan("a", (), GRAINS[:4], True, "s")).steps
    assert [run[0] for run in steps.root["month"]] == [(2026 - 1970) * 12 + 6]
    assert str(local(pa.chunked_array([pa.array([dt.date(2026, 7, 1)])]))[0]) == "2026-07-01T00:00:00.000"


def test_texts_keep_what_they_are() -> None:
    hostile = ["<script>alert(1)</script>", "=HYPERLINK()", "javascript:1", "\u202etxt", "\x00", ""]
    found = kept(pa.array([*hostile, *hostile, None]))
    assert isinstance(found, ValuesPart)
    assert found.values == dict.fromkeys(hostile, 2)
    assert (found.shortest, found.longest, found.missing) == (0, 25, 1)


def test_long_texts_are_cut_and_stay_apart() -> None:
    found = kept(pa.array(["民" * 10_000, "民" * 9_999, "民" * LONGEST_TEXT]))
    assert len(found.values) == 3
    assert sorted(text.partition(CUT)[0] for text in found.values) == ["民" * 60, "民" * 60, "民" * LONGEST_TEXT]
    assert found.longest == 10_000


def test_true_and_false() -> None:
    assert kept(pa.array([True, False, True, None])).values == {"true": 2, "false": 1}


@pytest.mark.parametrize("kind", [pa.float64(), pa.int64(), pa.string(), pa.bool_(), pa.date32(), pa.timestamp("ms")])
def test_a_column_without_values(kind: pa.DataType) -> None:
    for values in ([], [None]):
        assert kept(pa.array(values, kind)).missing == len(values)


def test_a_file_that_is_none() -> None:
    with pytest.raises(pa.ArrowException):
        measure(b"no Parquet", NO_TIME)


def test_a_week_is_counted_in_the_year_that_it_is_of() -> None:
    plan = Plan("a", (), ("week", "month", "year"), True, "s", sunday=True)
    steps = part(pa.array(["2014-W53", "2015-W01"]), plan).steps.root
    assert [run[:2] for run in steps["month"]] == [(44 * 12 + 11, 2)]  # December 2014, January 2015
    assert [run[:2] for run in steps["year"]] == [(44, 2)]
