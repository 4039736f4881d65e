"""Candidates of their parts, and releases of candidates: decided without reading or writing anything."""

from typing import Any

import pyarrow as pa
import pytest
from worlds import START, parts, text

from catalog.errors import IntegrityError
from catalog.formats import csv, parquet
from catalog.release.assemble import assemble, candidate_of, complete, same_candidate
from catalog.release.changes import Counts
from catalog.release.digest import sha256
from catalog.release.document import Input, Release

ROWS = {"a": 1.0, "b": None}


def released(
    rows: dict[str, float | None],
    previous: Release | None = None,
    created: str = "2026-07-01T09:00:00+08:00",
    **more: Any,
):
    made = assemble(parts(rows, previous, **more))
    return Release.parse(complete(made.candidate, previous, created, {"by": "auto"}), "a release")


@pytest.mark.parametrize("created", ["2026-07-01T09:00:00+08:00", "2031-01-01T00:00:00+08:00"])
def test_a_candidates_id_does_not_know_when_it_is_committed(created: str):
    first = released(ROWS)
    second = released(ROWS | {"c": 2.0}, first, created)
    assert second.candidate == assemble(parts(ROWS | {"c": 2.0}, first)).candidate.identity
    assert second.created == created


@pytest.mark.parametrize("before", [False, True])
def test_complete_and_candidate_of_are_inverse(before: bool):
    previous = released(ROWS) if before else None
    made = assemble(parts(ROWS | {"c": 2.0}, previous))
    body = complete(made.candidate, previous, START.isoformat(), {"by": "A", "candidate": "x"})
    release = Release.parse(body, "a release")
    assert candidate_of(release) == made.candidate.document
    assert same_candidate(release)


def test_the_same_parts_make_the_same_candidate_to_the_byte():
    one, two = assemble(parts(ROWS)), assemble(parts(ROWS))
    assert one.candidate == two.candidate
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
        {"facts": {"quality": {"x": 1}, "provenance": {"code": "x"}, "declaration": {"d": 1}}},
        {"synthetic": True},
        {"declared": {"top": {"title": text("another")}}},
        {"inputs": (Input("d", 1, "0" * 64),)},
    ],
)
def test_whatever_a_candidate_says_is_in_its_id(change: dict[str, Any]):
    made = assemble(parts(change.pop("rows", ROWS), **change))
    assert made.candidate.identity != assemble(parts(ROWS)).candidate.identity


def test_files_are_named_by_their_hash_and_described_by_size_and_hash():
    made = assemble(parts(ROWS))
    by_path = {file.path: file for file in made.files}
    for named in made.candidate.files():
        body = by_path[named.path].body
        assert (len(body), sha256(body)) == (named.bytes, named.sha256)
        assert named.sha256[:16] in named.path
    assert {named.path for named in made.candidate.files()} == set(by_path)


def test_data_comes_first_then_changes_and_quarantine():
    table = pa.table({"site": ["a"]})
    made = assemble(parts(ROWS, changes=table, quarantine=table))
    names = [one.name for one in made.candidate.resources]
    assert names == ["rivers_all", "rivers_all_parquet", "rivers_changes", "rivers_quarantine"]


def test_what_has_no_rows_is_no_resource():
    empty = pa.table({"site": pa.array([], pa.string())})
    made = assemble(parts({}, changes=empty, counts=Counts(), quarantine=empty))
    assert made.candidate.resources == ()


def test_files_that_the_base_has_are_not_made_again():
    first = released(ROWS)
    made = assemble(parts(ROWS, first, partitions=(), carried=("all",), kind="metadata", evidence=(), counts=Counts()))
    assert not [file for file in made.files if file.path.startswith(("data/", "schema/"))]
    assert [one.path for one in made.candidate.resources] == [one.path for one in first.resources][:2]
    assert made.candidate.hashes == first.hashes


def test_nothing_can_be_carried_from_no_release():
    with pytest.raises(IntegrityError, match="carried from no release"):
        assemble(parts({}, partitions=(), carried=("all",)))


def test_both_forms_of_a_partition_hold_its_content():
    made = assemble(parts(ROWS))
    bodies = {file.path: file.body for file in made.files}
    text_form, column_form = made.candidate.resources
    assert csv.content_hash(parquet.read(bodies[column_form.path])) == text_form.content_sha256
    assert column_form.footer_bytes == parquet.footer_bytes(bodies[column_form.path])


def test_a_synthetic_candidate_says_so_in_both_languages() -> None:
    candidate = assemble(parts(ROWS, synthetic=True)).candidate
    assert candidate.description.startswith("SYNTHETIC")
    assert candidate.description_zh.startswith("合成資料")
