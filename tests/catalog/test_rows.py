"""Rows by key, against a dict."""

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.rows import by_key, differ, each_once, last_of_each_key, match, order, same_as_next

KEYS = st.tuples(st.sampled_from(["", "a", "B", "b", "é", "臺", "𠮷"]), st.integers(-2, 2))
TABLES = st.dictionaries(KEYS, st.one_of(st.none(), st.integers(0, 3)), max_size=12)
NAMES = ["site", "hour"]


def table(rows: dict[tuple[str, int], int | None]) -> pa.Table:
    return pa.table(
        {
            "site": pa.array([site for site, _ in rows], pa.string()),
            "hour": pa.array([hour for _, hour in rows], pa.int64()),
            "level": pa.array(list(rows.values()), pa.int64()),
        }
    )


def ordered(keys: object) -> list[tuple[str, int]]:
    return sorted(keys, key=lambda key: (key[0].encode(), key[1]))  # type: ignore[call-overload,no-any-return]


def keys_of(found: pa.Table) -> list[tuple[str, int]]:
    return [(row["site"], row["hour"]) for row in found.to_pylist()]


@given(TABLES)
def test_key_order_is_by_bytes_and_by_value(rows: dict[tuple[str, int], int | None]):
    assert keys_of(by_key(table(rows), NAMES)) == ordered(rows)


@given(TABLES, TABLES)
def test_match_pairs_what_has_one_key(old: dict[tuple[str, int], int | None], new: dict[tuple[str, int], int | None]):
    before, after = table(old), table(new)
    found = match(before, after, NAMES)
    assert keys_of(before.take(pa.array(found.only_old))) == ordered(set(old) - set(new))
    assert keys_of(after.take(pa.array(found.only_new))) == ordered(set(new) - set(old))
    assert keys_of(before.take(pa.array(found.old))) == ordered(set(old) & set(new))
    assert keys_of(after.take(pa.array(found.new))) == ordered(set(old) & set(new))


@given(st.lists(st.tuples(KEYS, st.integers(0, 4), st.integers(0, 9)), max_size=20, unique_by=lambda row: row[:2]))
def test_of_each_key_the_last_stays(rows: list[tuple[tuple[str, int], int, int]]):
    found = last_of_each_key(
        pa.table(
            {
                "site": pa.array([key[0] for key, _, _ in rows], pa.string()),
                "hour": pa.array([key[1] for key, _, _ in rows], pa.int64()),
                "fetch": pa.array([fetch for _, fetch, _ in rows], pa.int64()),
                "level": pa.array([level for *_, level in rows], pa.int64()),
            }
        ),
        NAMES,
        "fetch",
    )
    model = {key: level for key, _, level in sorted(rows, key=lambda row: row[1])}
    assert keys_of(found) == ordered(model)
    assert found.column("level").to_pylist() == [model[key] for key in ordered(model)]


@pytest.mark.parametrize("kind", [pa.string(), pa.date32(), pa.bool_(), pa.float64(), pa.timestamp("ms", tz="UTC")])
def test_keys_of_every_type_can_be_matched(kind: pa.DataType):
    values = pa.array([0, 1]).cast(pa.int32()).cast(kind) if kind == pa.date32() else pa.array([0, 1]).cast(kind)
    one = pa.table({"k": values})
    found = match(one, one.slice(1), ["k"])
    assert [list(part) for part in found] == [[0], [], [1], [0]]


def test_rows_without_rows():
    none = table({})
    assert same_as_next(none, NAMES).tolist() == []
    assert [len(part) for part in match(none, none, NAMES)] == [0, 0, 0, 0]


def test_null_equals_null_and_nothing_else():
    old, new = pa.chunked_array([[1, None, None, 4]]), pa.chunked_array([[1, None], [0, 5]])
    assert differ(old, new).tolist() == [False, False, True, True]


def test_rows_in_order_are_not_copied():
    rows = table({("a", 1): 1, ("a", 2): 2, ("b", 0): 3})
    assert by_key(rows, NAMES) is rows
    assert order(rows.slice(2), NAMES) is None


def test_a_null_among_the_keys_stands_last():
    rows = pa.table({"site": pa.array(["b", None, "a"]), "hour": pa.array([1, 1, 1])})
    assert by_key(rows, NAMES).column("site").to_pylist() == ["a", "b", None]


def test_each_distinct_value_is_made_once():
    seen: list[list[str]] = []

    def upper(distinct: pa.Array) -> pa.Array:
        seen.append(distinct.to_pylist())
        return pc.utf8_upper(distinct)

    column = pa.chunked_array([["a", None, "b"], ["a"]])
    assert each_once(column, upper).to_pylist() == ["A", None, "B", "A"]
    assert seen == [["a", "b"]]
    assert each_once(pa.chunked_array([], pa.string()), upper).to_pylist() == []
