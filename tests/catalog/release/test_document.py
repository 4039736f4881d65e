"""Documents, digests, versions: decided without reading or writing anything."""

import itertools
import json
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import START, column, parts, text

from catalog.errors import IntegrityError
from catalog.formats import csv, parquet
from catalog.release.changes import Counts
from catalog.release.document import (
    Release,
    assemble,
    candidate_of,
    canonical,
    complete,
    next_version,
    numbers,
    ranges,
    same_candidate,
    sha256,
)

ROWS = {"a": 1.0, "b": None}


def released(
    rows: dict[str, float | None], previous: Release | None = None, created: str = "2026-07-01T09:00:00+08:00"
):
    made = assemble(parts(rows, previous))
    document = complete(made.document, made.identity, previous, created, {"by": "auto"})
    return Release(document, sha256(canonical(document)))


@pytest.mark.parametrize(
    ("before", "kind", "counts", "expected"),
    [
        (None, "first", Counts(5), "1.0.0"),
        (None, "schema", Counts(), "1.0.0"),
        ("1.2.3", "schema", Counts(), "2.0.0"),
        ("1.2.3", "schema", Counts(1, 1, 1), "2.0.0"),
        ("1.2.3", "regular", Counts(insert=1), "1.3.0"),
        ("1.2.3", "regular", Counts(delete=1), "1.3.0"),
        ("1.2.3", "refold", Counts(insert=1, update=9), "1.3.0"),
        ("1.2.3", "regular", Counts(update=9), "1.2.4"),
        ("1.2.3", "regular", Counts(), "1.2.4"),
        ("1.2.3", "metadata", Counts(), "1.2.4"),
        ("1.9.9", "correction", Counts(update=1), "1.9.10"),
        ("9.9.9", "regular", Counts(insert=1), "9.10.0"),
    ],
)
def test_the_version_follows_from_what_changed(before: str | None, kind: Any, counts: Counts, expected: str):
    assert next_version(before, kind, counts) == expected


@given(st.sets(st.integers(1, 60)))
def test_ranges_and_numbers_are_inverse(found: set[int]):
    listed = ranges(found)
    assert numbers(listed) == tuple(sorted(found))
    assert all(second[0] - first[1] > 1 for first, second in itertools.pairwise(listed))


def test_ranges_have_both_ends():
    assert ranges([7, 3, 1, 2, 2]) == [[1, 3], [7, 7]]
    assert ranges([]) == []


@pytest.mark.parametrize("created", ["2026-07-01T09:00:00+08:00", "2031-01-01T00:00:00+08:00"])
def test_a_candidates_id_does_not_know_when_it_is_committed(created: str):
    first = released(ROWS)
    second = released(ROWS | {"c": 2.0}, first, created)
    assert second.candidate == assemble(parts(ROWS | {"c": 2.0}, first)).identity
    assert second.document["created"] == created


@pytest.mark.parametrize("before", [False, True])
def test_complete_and_candidate_of_are_inverse(before: bool):
    previous = released(ROWS) if before else None
    made = assemble(parts(ROWS | {"c": 2.0}, previous))
    document = complete(made.document, made.identity, previous, START.isoformat(), {"by": "A", "candidate": "x"})
    assert candidate_of(document) == made.document
    assert same_candidate(Release(document, ""))


def test_the_same_parts_make_the_same_candidate_to_the_byte():
    one, two = assemble(parts(ROWS)), assemble(parts(ROWS))
    assert one.identity == two.identity
    assert [(file.path, file.body) for file in one.files] == [(file.path, file.body) for file in two.files]


@pytest.mark.parametrize(
    "change",
    [
        {"rows": {"a": 2.0, "b": None}},
        {"as_of": "2026-07-02T08:00:00+08:00"},
        {"evidence": (1, 2)},
        {"fingerprint": "0" * 64},
        {"verdict": "hold"},
        {"failed": ("x",)},
        {"facts": {"quality": {"x": 1}}},
        {"synthetic": True},
        {"declared": {"top": {"title": text("another")}}},
        {"inputs": ({"dataset": "d", "n": 1, "sha256": "0"},)},
    ],
)
def test_whatever_a_candidate_says_is_in_its_id(change: dict[str, Any]):
    assert assemble(parts(change.pop("rows", ROWS), **change)).identity != assemble(parts(ROWS)).identity


def test_files_are_named_by_their_hash_and_described_by_size_and_hash():
    made = assemble(parts(ROWS))
    document = Release(made.document, "")
    by_path = {file.path: file for file in made.files}
    for path, size, digest in document.files():
        assert (len(by_path[path].body), sha256(by_path[path].body)) == (size, digest)
        assert digest[:16] in path
    assert {path for path, _, _ in document.files()} == set(by_path)


def test_data_comes_first_then_changes_and_quarantine():
    table = pa.table({"site": ["a"]})
    made = assemble(parts(ROWS, changes=table, quarantine=table))
    names = [one["name"] for one in made.document["resources"]]
    assert names == ["rivers_all", "rivers_all_parquet", "rivers_changes", "rivers_quarantine"]


def test_what_has_no_rows_is_no_resource():
    empty = pa.table({"site": pa.array([], pa.string())})
    made = assemble(parts({}, changes=empty, counts=Counts(), quarantine=empty))
    assert made.document["resources"] == []


def test_files_that_the_base_has_are_not_made_again():
    first = released(ROWS)
    made = assemble(parts(ROWS, first, partitions=(), carried=("all",), kind="metadata", evidence=(), counts=Counts()))
    assert not [file for file in made.files if file.path.startswith(("data/", "schema/"))]
    assert [one["path"] for one in made.document["resources"]] == [one["path"] for one in first.document["resources"]][
        :2
    ]
    assert Release(made.document, "").hashes == first.hashes


def test_nothing_can_be_carried_from_no_release():
    with pytest.raises(IntegrityError, match="carried from no release"):
        assemble(parts({}, partitions=(), carried=("all",)))


def test_a_release_knows_its_rows_partitions_and_facts():
    found = released(ROWS)
    assert (found.n, found.rows, list(found.partitions)) == (1, 2, ["all"])
    assert found.fact("quality")["path"].startswith("facts/quality.")
    assert found.resource("all") is not None
    assert found.resource("changes") is None


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b"null", b"5", b"\xff", b'{"minsheng": {}}', b'{"minsheng": {"n": "1"}}']
)
def test_what_is_no_document_is_named(body: bytes):
    with pytest.raises(IntegrityError, match=r"d/datapackage-1\.json: expected a release document"):
        Release.parse(body, "d/datapackage-1.json")


def test_the_document_is_bilingual_and_says_when_it_is_synthetic():
    fields = [
        column("site", categories=[{"value": "a", "label": text("A")}], constraints={"required": True}),
        column("level", "number", unit="m"),
    ]
    made = assemble(parts(ROWS, synthetic=True, declared={"fields": fields}))
    assert made.document["description"].startswith("SYNTHETIC")
    assert made.document["translations"]["zh-TW"]["description"].startswith("合成資料")
    schema = json.loads(next(file.body for file in made.files if file.path.startswith("schema/")))
    assert schema["primaryKey"] == ["site"]
    assert schema["fields"][0]["categories"] == [{"value": "a", "label": "A"}]
    assert schema["fields"][0]["constraints"] == {"required": True}
    assert schema["fields"][1]["unit"] == "m"
    assert schema["fields"][1]["translations"]["zh-TW"]["title"] == "臺：level"


def test_both_forms_of_a_partition_hold_its_content():
    made = assemble(parts(ROWS))
    bodies = {file.path: file.body for file in made.files}
    text_form, column_form = made.document["resources"]
    assert csv.content_hash(parquet.read(bodies[column_form["path"]])) == text_form["minsheng"]["content_sha256"]
    assert column_form["minsheng"]["footer_bytes"] == parquet.footer_bytes(bodies[column_form["path"]])
