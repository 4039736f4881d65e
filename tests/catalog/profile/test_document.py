"""profile.json: what it says of columns, and that what is damaged is as if it were not there."""

import json
from typing import Any

import pyarrow as pa
import pytest
from worlds import SLUG, World, declaration, table_csv

from catalog import keys
from catalog.derived import write as derived
from catalog.formats import parquet
from catalog.profile import document
from catalog.profile.document import ColumnProfile, summarize
from catalog.profile.measure import measure
from catalog.profile.plan import Plan
from catalog.release.digest import canonical, sealed
from catalog.store import put_over


def summary(values: list[Any], kind: pa.DataType | None = None) -> ColumnProfile:
    part = measure(parquet.render(pa.table({"a": pa.array(values, kind)})), Plan(None, (), (), False, "s"))
    return summarize(part.columns["a"], part.rows)


def test_numbers_have_a_mean_and_a_histogram() -> None:
    found = summary([1, 2, 2, 5, None])
    assert (found.low, found.mean, found.high, found.missing, found.distinct) == (1, 2.5, 5, 1, 3)
    assert found.top == (("2", 2), ("1", 1), ("5", 1))
    assert found.numbers is not None
    assert found.numbers.counts == (1, 2, 0, 0, 1)


def test_a_mean_is_rounded_once() -> None:
    assert summary([1e16, 1.0, -1e16]).mean == 1 / 3


def test_integers_that_json_cannot_hold_are_shown_as_floats() -> None:
    found = summary([2**53 - 1, 2**53, 2**63 - 1], pa.int64())
    assert (found.low, found.high) == (2**53 - 1, 2.0**63)
    assert canonical(found.model_dump(mode="json"))


@pytest.mark.parametrize(
    "kind", [pa.float64(), pa.int64(), pa.string(), pa.bool_(), pa.date32(), pa.timestamp("ms", tz="UTC")]
)
def test_a_column_without_values_says_nothing(kind: pa.DataType) -> None:
    for values in ([], [None, None]):
        found = summary(values, kind).model_dump(exclude_defaults=True)
        assert found == {"kind": found["kind"], "missing": len(values)} | (
            {"distinct": 0} if "distinct" in found else {}
        )


def test_many_texts_are_not_counted() -> None:
    found = summary([f"t{i:04}" for i in range(501)])
    assert (found.distinct, found.top, found.shortest, found.longest) == (None, (), 5, 5)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    made = World(tmp_path_factory.mktemp("world"))
    made.declare(declaration())
    made.tell(table_csv({"a": 1, "b": 3}))
    derived.write(made.public, [SLUG])
    return made


def test_it_is_read_for_its_release_only(world: World) -> None:
    found, key = document.read(world.public, world.newest()), keys.profile(SLUG)
    assert found is not None
    assert (found.rows, found.columns["level"].mean, found.coverage) == (2, 2, None)
    body = world.public.get(key).body
    said = json.loads(body)
    del said["sha256"]
    others = [
        b"",
        b"[]",
        body.replace(b'"rows":2', b'"rows":3'),
        sealed(said | {"release_sha256": "0" * 64}),
        sealed(said | {"dataset": "lakes"}),
        sealed(said | {"layout": 0}),
        sealed(said | {"releases": []}),
        sealed(said | {"more": 1}),
    ]
    for other in others:
        put_over(world.public, key, other)
        assert document.read(world.public, world.newest()) is None, other[:60]
    put_over(world.public, key, body)
    assert document.read(world.public, world.newest()) == found


def test_the_drift_can_be_taken_apart_and_put_together(world: World) -> None:
    found = document.read(world.public, world.newest())
    assert found is not None
    [one] = document.snapshots(found)
    assert one.release.n == 1
    assert one.columns == {"site": (0, None, None, None), "level": (0, 1, 2, 3)}
    assert document.snapshots(None) == []
