"""Row changes between two tables, against a dict."""

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.errors import IntegrityError
from catalog.release.changes import Counts, compare, count

VALUES = st.one_of(st.none(), st.sampled_from(["", "x", "臺"]))
TABLES = st.dictionaries(st.integers(0, 9), st.tuples(VALUES, VALUES), max_size=8)
Rows = dict[int, tuple[str | None, str | None]]


def table(rows: Rows) -> pa.Table:
    return pa.table(
        {
            "id": pa.array(rows, pa.int64()),
            "a": pa.array([a for a, _ in rows.values()], pa.string()),
            "b": pa.array([b for _, b in rows.values()], pa.string()),
        }
    )


@given(TABLES, TABLES)
def test_changes_are_those_of_a_dict(old: Rows, new: Rows):
    found = compare(table(old), table(new), ["id"])
    expected = []
    for key in sorted({*old, *new}):
        before, after = old.get(key, (None, None)), new.get(key, (None, None))
        kind = "insert" if key not in old else "delete" if key not in new else "update"
        if kind != "update" or before != after:
            expected.append(
                {"_change": kind, "id": key}
                | {"a": after[0], "_before_a": before[0], "b": after[1], "_before_b": before[1]}
            )
    assert found.to_pylist() == expected
    kinds = [row["_change"] for row in expected]
    assert count(found) == Counts(kinds.count("insert"), kinds.count("update"), kinds.count("delete"))
    assert count(found).any == bool(expected)


@given(TABLES, TABLES)
def test_changes_turn_the_old_table_into_the_new(old: Rows, new: Rows):
    rows = dict(old)
    for row in compare(table(old), table(new), ["id"]).to_pylist():
        rows.pop(row["id"], None)
        if row["_change"] != "delete":
            rows[row["id"]] = (row["a"], row["b"])
    assert rows == new


def test_counts_add_up():
    assert Counts(1, 2, 3) + Counts(10, 0, 1) == Counts(11, 2, 4)
    assert not Counts().any
    assert count(pa.table({"_change": pa.array([], pa.string())})) == Counts()


def test_only_shared_columns_are_compared():
    old = pa.table({"id": [1], "gone": ["x"], "a": [1]})
    new = pa.table({"id": [1], "a": [1], "come": ["y"]})
    assert compare(old, new, ["id"]).num_rows == 0


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (pa.table({"id": [1]}), pa.table({"other": [1]}), "id is not in both"),
        (pa.table({"id": [1]}), pa.table({"id": ["1"]}), "int64 before and string after"),
    ],
)
def test_a_key_that_cannot_be_compared_is_named(old: pa.Table, new: pa.Table, words: str):
    with pytest.raises(IntegrityError, match=words):
        compare(old, new, ["id"])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (pa.array([1.0]), pa.array([2], pa.int64())),
        (pa.array([1], pa.int64()), pa.array([2.0])),
        (pa.array(["1"]), pa.array([2], pa.int64())),
        (pa.array([1], pa.int64()), pa.array(["5#"])),
        (pa.array([True]), pa.array(["maybe"])),
    ],
)
def test_a_column_may_change_its_type(before: Any, after: Any):
    old, new = pa.table({"id": [1], "x": before}), pa.table({"id": [1], "x": after})
    assert count(compare(old, new, ["id"])) == Counts(update=1)


def test_a_change_shows_the_value_after_as_it_is_published():
    old, new = pa.table({"id": [1], "x": pa.array([1], pa.int64())}), pa.table({"id": [1], "x": [1.5]})
    assert compare(old, new, ["id"]).to_pylist() == [{"_change": "update", "id": 1, "x": 1.5, "_before_x": 1}]


def test_each_side_has_its_own_type():
    old = pa.table({"id": [1, 2, 3], "x": pa.array([1, 2, None], pa.int64())})
    new = pa.table({"id": [2, 3, 4], "x": pa.array(["2", "ND", "x"])})
    found = compare(old, new, ["id"])
    assert (found.schema.field("x").type, found.schema.field("_before_x").type) == (pa.string(), pa.int64())
    assert found.to_pylist() == [
        {"_change": "delete", "id": 1, "x": None, "_before_x": 1},
        {"_change": "update", "id": 3, "x": "ND", "_before_x": None},
        {"_change": "insert", "id": 4, "x": "x", "_before_x": None},
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (pa.array([1, None], pa.int64()), pa.array([1.0, None])),
        (pa.array([True, None]), pa.array(["true", None])),
        (pa.array([-0.0, 1e21]), pa.array(["0", "1e+21"])),
        (pa.array([0, None], pa.date32()), pa.array(["1970-01-01", None])),
    ],
)
def test_another_type_of_the_same_text_is_no_change(before: Any, after: Any):
    old, new = pa.table({"id": [1, 2], "x": before}), pa.table({"id": [1, 2], "x": after})
    assert not count(compare(old, new, ["id"])).any
