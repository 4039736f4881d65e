"""Keys that stand twice in one fetch, against dicts; and the count of what was heard."""

from collections import Counter, defaultdict
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import column, dataset, text, texts

from catalog.declaration.dataset import Dataset
from pipelines.conform.columns import find_columns
from pipelines.conform.quarantine import leave
from pipelines.conform.rows import conform
from pipelines.fold.conflicts import number, settle
from pipelines.fold.partitions import Conflict, collapse

FIELDS = [column("site"), column("level", "integer"), column("at", "integer")]
Said = tuple[str, int | None, int | None]


def declared(conflict: Any) -> Dataset:
    return dataset(fields=FIELDS, load="replace", conflict=conflict)


def table(*fetches: list[Said]) -> pa.Table:
    rows = [(k, i, *row) for k, fetch in enumerate(fetches, 1) for i, row in enumerate(fetch, 1)]
    names = ["_fetch", "_row", "site", "level", "at"]
    kinds = [pa.int64(), pa.int64(), pa.string(), pa.int64(), pa.int64()]
    return pa.table({n: pa.array([row[j] for row in rows], kinds[j]) for j, n in enumerate(names)})


def test_all_rows_of_a_key_with_two_contents_leave_and_name_what_differs():
    found = settle(declared("quarantine"), table([("b", 1, 1), ("a", 2, 2), ("b", 1, 1), ("b", 1, 9)], [("b", 3, 3)]))
    assert found.rows.select(["_fetch", "_row"]).to_pylist() == [{"_fetch": 1, "_row": 2}, {"_fetch": 2, "_row": 1}]
    assert [(row["_row"], row["column"]) for row in found.left.to_pylist()] == [(1, "at"), (3, "at"), (4, "at")]


def test_alike_rows_are_no_conflict():
    rows = table([("a", None, 1), ("a", None, 1)])
    assert settle(declared("quarantine"), rows).rows is rows


def test_the_newest_row_counts():
    rows = [("a", 1, 1), ("a", 2, 3), ("a", 3, None), ("a", 4, 2), ("b", 5, None)]
    found = settle(declared({"newest": "at"}), table(rows))
    assert (found.rows.column("_row").to_pylist(), found.left.num_rows, found.older) == ([2, 5], 0, {1: 3})


def test_of_equally_new_rows_with_different_contents_none_counts():
    rows = [("a", 1, 1), ("a", 2, 3), ("a", 3, 3), ("b", 5, 1)]
    found = settle(declared({"newest": "at"}), table(rows))
    assert (found.rows.column("_row").to_pylist(), found.older) == ([4], {})
    assert found.left.column("_row").to_pylist() == [1, 2, 3]


def test_by_default_a_conflict_refuses():
    with pytest.raises(Conflict, match="expected one content for each key"):
        collapse(declared("refuse"), settle(declared("refuse"), table([("a", 1, 1), ("a", 2, 1)])).rows)


LISTED = [column("site"), column("level", "integer"), column("turn", "integer", occurrence=True)]
LINES = dataset(fields=LISTED, load="replace", key=["site", "turn"])


def lines(*fetches: list[tuple[str, int | None]]) -> pa.Table:
    return pa.concat_tables(
        conform(LINES, find_columns(LINES, k, _records(fetch)).table, {}).rows for k, fetch in enumerate(fetches, 1)
    )


def _records(fetch: list[tuple[str, int | None]]) -> pa.Table:
    return texts(site=[site for site, _ in fetch], level=[None if one is None else str(one) for _, one in fetch])


def test_two_alike_rows_are_two_rows_and_each_fetch_counts_anew():
    found, collapsed = collapse(LINES, number(LINES, lines([("a", 5), ("b", 1), ("a", 2), ("a", 5)], [("a", 9)])))
    rows = [tuple(row.values()) for row in found.select(["site", "turn", "_fetch", "level"]).to_pylist()]
    assert rows == [("a", 1, 1, 2), ("a", 1, 2, 9), ("a", 2, 1, 5), ("a", 3, 1, 5), ("b", 1, 1, 1)]
    assert collapsed == {}


CELLS = st.tuples(st.sampled_from("ab臺"), st.one_of(st.none(), st.integers(0, 2)))


@given(st.lists(CELLS, max_size=8), st.randoms())
def test_the_order_of_the_rows_makes_no_difference_to_their_numbers(rows: list[tuple[str, int | None]], random: Any):
    shuffled = random.sample(rows, len(rows))
    names = ["site", "turn", "level"]
    one, other = (
        number(LINES, lines(order)).select(names).sort_by([("site", "ascending"), ("turn", "ascending")])
        for order in (rows, shuffled)
    )
    assert one.to_pylist() == other.to_pylist()
    sites = Counter(site for site, _ in rows)
    assert [(row["site"], row["turn"]) for row in one.to_pylist()] == [
        (site, turn) for site in sorted(sites, key=str.encode) for turn in range(1, sites[site] + 1)
    ]


RECORDS = st.lists(
    st.tuples(st.sampled_from(["a", "b", "小計", "小計(註)", ""]), st.sampled_from("01x"), st.sampled_from("012")),
    max_size=12,
)


@given(RECORDS, st.sampled_from(["quarantine", {"newest": "at"}]))
def test_rows_heard_are_published_or_quarantined_or_omitted_or_collapsed(rows: list[tuple[str, ...]], conflict: Any):
    omit = [{"when": {"site": {"begins": "小計"}}, "reason": text("x")}]
    said = dataset(fields=FIELDS, load="replace", conflict=conflict, omit=omit)
    names = ("site", "level", "at")
    found = find_columns(said, 1, texts(**{name: [row[i] for row in rows] for i, name in enumerate(names)}))
    left = leave(said, conform(said, found.table, {}), [])
    settled = settle(said, left.rows)
    kept, collapsed = collapse(said, settled.rows)
    gone = [row for row in left.quarantine.to_pylist() if row["left"] == "row"]
    counted = kept.num_rows + len(gone) + settled.left.num_rows + settled.older.get(1, 0) + collapsed.get(1, 0)
    assert counted + found.omitted.get(1, 0) == len(rows)
    contents = defaultdict(set)
    for row in left.rows.to_pylist():
        contents[row["site"]].add((row["level"], row["at"]))
    if conflict == "quarantine":
        assert set(kept.column("site").to_pylist()) == {site for site, each in contents.items() if len(each) == 1}
