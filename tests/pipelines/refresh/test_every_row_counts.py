"""Each record that an agency sends is published, in quarantine, omitted or collapsed: never none, never two of them."""

import csv
import io
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nights import LOOSE
from worlds import World, column, declaration, text

from catalog.declaration.dataset import Dataset
from pipelines.conform.columns import find_columns
from pipelines.conform.quarantine import conflicting, leave
from pipelines.conform.rows import conform
from pipelines.decode import OneFormat
from pipelines.fold.conflicts import settle
from pipelines.fold.partitions import collapse

FIELDS = [
    column("site"),
    column("level", "number", constraints={"minimum": 0}),
    column("kind", constraints={"required": True}),
]
SOURCES: dict[str, dict[str, Any]] = {
    "csv": {"format": "csv", "reading": {"ragged": "quarantine"}},
    "csv of notes": {"format": "csv", "reading": {"ragged": "quarantine", "notes": "no such"}},
    "json": {"format": "json"},
}
CELLS = st.sampled_from(["", "a", "b", "合計", "1", "2", "-3", "x", "NaN", 'say "x", y', "1\n2"])
RECORDS = st.lists(st.lists(CELLS, min_size=1, max_size=4) | st.just(["a", "1", "x"]), max_size=12)
ODD = st.sampled_from([None, 5, "x", ["a", "b"], [], {"site": "\ud800"}])
GOOD = ["good", "5", "x"]
"""Where no record can be read, the file is refused."""


def said(name: str) -> dict[str, Any]:
    source = {"protocol": "file", "address": "https://waters.example/r"} | SOURCES[name]
    omit = [{"when": {"site": "合計"}, "reason": text("sums")}]
    return declaration(fields=FIELDS, source=source, omit=omit, conflict="quarantine", load="replace", guards=LOOSE)


def body_of(name: str, rows: list[list[str]], odd: list[Any]) -> tuple[bytes, int]:
    """What the agency sends, and how many records that are."""
    names = [field["name"] for field in FIELDS]
    rows = [GOOD, *(row for row in rows if row != [""])]
    if name == "json":
        records = [dict(zip(names, row, strict=False)) for row in rows] + odd
        return json.dumps(records).encode(), len(records)
    made = io.StringIO()
    csv.writer(made).writerows([names, *rows])
    return made.getvalue().encode(), len(rows)


@pytest.mark.parametrize("name", SOURCES)
@given(rows=RECORDS, odd=st.lists(ODD, max_size=4))
@settings(max_examples=150, deadline=None)
def test_each_record_is_in_one_of_four_places(name: str, rows: list[list[str]], odd: list[Any]) -> None:
    body, sent = body_of(name, rows, odd)
    dataset = Dataset.load(said(name), "rivers/dataset.yaml")
    heard = find_columns(dataset, 1, OneFormat.model_validate(SOURCES[name]).records(body))
    conformed = conform(dataset, heard.table, {})
    left = leave(dataset, conformed, [])
    settled = settle(dataset, left.rows)
    kept, alike = collapse(dataset, settled.rows)
    listed = [*left.quarantine.to_pylist(), *conflicting(dataset, conformed, settled.left).to_pylist()]
    gone = {each["row"] for each in listed if each["left"] == "row"}
    unreadable = [each["row"] for each in listed if each["rule"] == "row.readable"]
    assert sent == kept.num_rows + len(gone) + heard.omitted.get(1, 0) + alike.get(1, 0)
    assert not gone & set(kept.column("_row").to_pylist())
    wrong = [row for row in rows if len(row) != len(FIELDS) and row != [""]]
    assert len(unreadable) == (len(odd) if name == "json" else len(wrong))
    assert all(sum(each["row"] == row for each in listed) == 1 for row in unreadable)


@pytest.mark.parametrize("name", SOURCES)
@given(rows=RECORDS, odd=st.lists(ODD, max_size=4))
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_release_says_so(name: str, rows: list[list[str]], odd: list[Any]) -> None:
    body, sent = body_of(name, rows, odd)
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        world.declare(said(name))
        (item,) = world.tell(body)
        assert item.outcome == "released"
        (fetch,) = world.fact("quality")["fetches"]
        gone = {each["row"] for each in world.quarantine() if each["left"] == "row"}
        assert sent == fetch["rows"] + fetch["omitted"]
        assert fetch["rows"] == len(world.rows()) + len(gone) + fetch["collapsed"]
        assert fetch["quarantined"] >= len(gone)
