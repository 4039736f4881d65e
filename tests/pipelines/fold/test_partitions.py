"""Base release + new rows -> changed partitions, against a dict."""

import datetime as dt
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import column, dataset, texts

from catalog.declaration.dataset import Dataset
from catalog.formats.csv import content_hash
from catalog.release.changes import Counts
from pipelines.conform.columns import find_columns
from pipelines.conform.rows import Conformed, conform
from pipelines.fold.partitions import Base, Conflict, Folded, arrange, collapse, fold, labels

FIELDS = [column("site"), column("day", "date"), column("level", "integer")]
Key = tuple[str, int]
"""A site, and the number of a month of 2026."""
Batch = dict[Key, int | None]


def declared(load: str, grain: str = "month") -> Dataset:
    partition = {} if grain == "none" else {"field": "day", "grain": grain}
    return dataset(fields=FIELDS, key=["site", "day"], load=load, partition=partition)


UPSERT = declared("upsert")


def rows(said: Dataset, fetch: int, batch: list[tuple[Key, int | None]]) -> pa.Table:
    return pa.table(
        {
            "_fetch": pa.array([fetch] * len(batch), pa.int64()),
            "_row": pa.array(range(1, len(batch) + 1), pa.int64()),
            "site": pa.array([site for (site, _), _ in batch], pa.string()),
            "day": pa.array([dt.date(2026, month, 1) for (_, month), _ in batch], pa.date32()),
            "level": pa.array([level for _, level in batch], pa.int64()),
        }
    )


class Table:
    """A release's partitions in memory, folded step by step."""

    def __init__(self, said: Dataset) -> None:
        self.said = said
        self.parts: dict[str, pa.Table] = {}
        self.read: list[str] = []

    @property
    def base(self) -> Base:
        def read(label: str) -> pa.Table:
            self.read.append(label)
            return self.parts[label]

        return Base({label: content_hash(table) for label, table in self.parts.items()}, read, self.said.arrow)

    def fold(self, *fetches: tuple[int, Batch]) -> Folded:
        self.read = []
        new = pa.concat_tables([rows(self.said, fetch, list(batch.items())) for fetch, batch in fetches])
        collapsed, _ = collapse(self.said, new)
        found = fold(self.said, self.base, collapsed)
        for one in found.changed:
            self.parts[one.label] = one.table
            if not one.table.num_rows:
                del self.parts[one.label]
        return found

    @property
    def model(self) -> Batch:
        return {
            (row["site"], row["day"].month): row["level"] for part in self.parts.values() for row in part.to_pylist()
        }


KEYS = st.tuples(st.sampled_from("abc臺"), st.integers(1, 3))
BATCHES = st.lists(st.dictionaries(KEYS, st.one_of(st.none(), st.integers(0, 2)), max_size=6), max_size=5)


@settings(max_examples=60)
@given(BATCHES)
def test_upsert_all_at_once_equals_step_by_step_equals_a_dict(batches: list[Batch]):
    step, once, model = Table(UPSERT), Table(UPSERT), {}
    for fetch, batch in enumerate(batches, 1):
        before = dict(model)
        model |= batch
        counts = step.fold((fetch, batch)).counts
        inserted, updated = len(model) - len(before), sum(model[key] != value for key, value in before.items())
        assert counts == Counts(inserted, updated, 0)
    if batches:
        once.fold(*enumerate(batches, 1))
    assert step.model == once.model == model
    assert step.base.hashes == once.base.hashes


@settings(max_examples=60)
@given(BATCHES)
def test_replace_keeps_the_newest_and_counts_what_went(batches: list[Batch]):
    table, model = Table(declared("replace")), {}
    for fetch, batch in enumerate(batches, 1):
        counts = table.fold((fetch, batch)).counts
        both = set(model) & set(batch)
        changed = sum(model[key] != batch[key] for key in both)
        assert counts == Counts(len(set(batch) - both), changed, len(set(model) - both))
        model = batch
        assert table.model == model


def test_the_content_decides_what_changed():
    table = Table(UPSERT)
    assert [one.label for one in table.fold((1, {("a", 1): 1, ("a", 2): 1, ("a", 3): 1})).changed] == [
        "2026-01",
        "2026-02",
        "2026-03",
    ]
    found = table.fold((2, {("a", 1): 1, ("a", 2): 2}))
    assert ([one.label for one in found.changed], found.kept) == (["2026-02"], ("2026-01", "2026-03"))
    assert sorted(set(table.read)) == ["2026-01", "2026-02"]  # a partition without new rows is not read


def test_with_replace_a_partition_that_is_not_spoken_of_goes():
    table = Table(declared("replace"))
    table.fold((1, {("a", 1): 1, ("a", 2): 1}))
    found = table.fold((2, {("a", 2): 1}))
    assert [(one.label, one.table.num_rows) for one in found.changed] == [("2026-01", 0)]
    assert (found.kept, found.counts) == (("2026-02",), Counts(delete=1))
    assert table.read == ["2026-01"]  # the other's content is known by its hash


def test_of_two_fetches_the_later_has_the_last_word_whatever_the_order_of_rows():
    table = Table(UPSERT)
    table.fold((2, {("a", 1): 2}), (1, {("a", 1): 1, ("b", 1): 1}))
    assert table.model == {("a", 1): 2, ("b", 1): 1}


def test_rows_come_in_key_order():
    table = Table(UPSERT)
    table.fold((1, {("b", 1): 1, ("臺", 1): 1, ("a", 1): 1}))
    table.fold((2, {("aa", 1): 1}))
    assert table.parts["2026-01"].column("site").to_pylist() == ["a", "aa", "b", "臺"]


def test_identical_rows_collapse_within_a_fetch_and_are_counted():
    new = pa.concat_tables(
        [
            rows(UPSERT, 1, [(("a", 1), 1), (("b", 1), None), (("a", 1), 1), (("a", 1), 1), (("b", 1), None)]),
            rows(UPSERT, 2, [(("a", 1), 1)]),
        ]
    )
    found, counts = collapse(UPSERT, new)
    assert (found.num_rows, counts) == (3, {1: 3})
    assert collapse(UPSERT, new.slice(0, 0))[0].num_rows == 0


@pytest.mark.parametrize(
    ("one", "other", "words"),
    [
        (1, 2, "level is '1' in row 1 and '2' in row 2"),
        (None, 2, "level is 'None' in row 1 and '2' in row 2"),
        (1, None, "level is '1' in row 1 and 'None' in row 2"),
    ],
)
def test_one_key_with_two_contents_names_fetch_rows_and_key(one: int | None, other: int | None, words: str):
    new = rows(UPSERT, 7, [(("a", 1), one), (("a", 1), other), (("b", 1), 1)])
    with pytest.raises(Conflict, match=f"found two for site='a', day='2026-01-01': {words}") as raised:
        collapse(UPSERT, new)
    assert raised.value.fetch == 7


def test_two_fetches_may_differ():
    new = pa.concat_tables([rows(UPSERT, 1, [(("a", 1), 1)]), rows(UPSERT, 2, [(("a", 1), 2)])])
    assert collapse(UPSERT, new)[0].num_rows == 2


@pytest.mark.parametrize(
    ("grain", "expected"), [("month", ["2026-01", "2026-12"]), ("year", ["2026"] * 2), ("none", ["all"] * 2)]
)
def test_a_partition_has_a_label(grain: str, expected: list[str]):
    found = rows(UPSERT, 1, [(("a", 1), 1), (("a", 12), 1)])
    assert labels(declared("upsert", grain), found).to_pylist() == expected


def test_a_time_belongs_to_the_month_of_its_zone():
    said = dataset(
        fields=[column("at", "datetime"), column("level", "integer")],
        key=["at"],
        partition={"field": "at", "grain": "month"},
    )
    times: Any = pa.array(
        [dt.datetime(2026, 6, 30, 15, 59, 59, tzinfo=dt.UTC), dt.datetime(2026, 6, 30, 16, tzinfo=dt.UTC)]
    )
    found = pa.table({"at": times.cast(pa.timestamp("ms", tz="Asia/Taipei"))})
    assert labels(said, found).to_pylist() == ["2026-06", "2026-07"]


def test_folding_nothing_changes_nothing():
    table = Table(UPSERT)
    table.fold((1, {("a", 1): 1}))
    found = table.fold((2, {}))
    assert (found.changed, found.kept, found.counts) == ((), ("2026-01",), Counts())


def test_what_was_heard_is_arranged_as_a_whole_by_partition_and_key():
    said = declared("upsert")
    heard = texts(
        site=["b", "a", "a", "c"], day=["2026-02-01", "2026-02-01", "2026-01-01", "never"], level=["1", "x", "3", "4"]
    )
    plain = conform(said, find_columns(said, 1, heard).table, {})
    found = arrange(said, plain)
    assert found.rows.column("_row").to_pylist() == [3, 2, 1, 4], "January, February by site, and no day last"
    assert found.raw.column("level").to_pylist() == ["3", "x", "1", "4"]
    assert found.unread["level"].to_pylist() == [None, "x", None, None]
    assert {one.check: one.mask.to_pylist() for one in found.failures} == {
        "day.date": [False, False, False, True],
        "level.type": [False, True, False, False],
    }
    assert arrange(said, Conformed(found.rows.slice(0, 3), {}, found.raw, ())).rows.equals(found.rows.slice(0, 3))
