"""Documents, digests, versions: decided without reading or writing anything."""

import copy
import itertools
import json
import re
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import START, column, parts, text

from catalog.errors import IntegrityError
from catalog.formats import csv, parquet
from catalog.release.assemble import assemble, candidate_of, complete, same_candidate
from catalog.release.changes import Counts
from catalog.release.digest import canonical, numbers, ranges, sha256
from catalog.release.document import Input, Release
from catalog.release.version import next_version

ROWS = {"a": 1.0, "b": None}


def released(
    rows: dict[str, float | None],
    previous: Release | None = None,
    created: str = "2026-07-01T09:00:00+08:00",
    **more: Any,
):
    made = assemble(parts(rows, previous, **more))
    return Release.parse(complete(made.candidate, previous, created, {"by": "auto"}), "a release")


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


def test_a_release_knows_its_rows_partitions_and_facts():
    found = released(ROWS)
    assert (found.n, found.rows, list(found.partitions)) == (1, 2, ["all"])
    assert found.facts.facts["quality"].path.startswith("facts/quality.")
    assert found.resource("all") is not None
    assert found.resource("changes") is None


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b"null", b"5", b"\xff", b'{"minsheng": {}}', b'{"minsheng": {"n": "1"}}']
)
def test_what_is_no_document_is_named(body: bytes):
    with pytest.raises(IntegrityError, match=r"d/datapackage-1\.json: expected a release document"):
        Release.parse(body, "d/datapackage-1.json")


PLACES = [
    ["name"], ["title"], ["translations"], ["translations", "zh-TW", "title"], ["licenses"], ["licenses", 0, "path"],
    ["contributors"], ["sources", 0, "title"], ["version"], ["created"], ["resources"], ["resources", 0],
    ["resources", 0, "path"], ["resources", 0, "bytes"], ["resources", 1, "hash"], ["resources", 1, "minsheng"],
    ["resources", 1, "minsheng", "rows"], ["resources", 1, "minsheng", "partition"],
    ["resources", 0, "minsheng", "content_sha256"], ["minsheng"], ["minsheng", "n"], ["minsheng", "candidate"],
    ["minsheng", "approval"], ["minsheng", "approval", "by"], ["minsheng", "previous"], ["minsheng", "previous", "n"],
    ["minsheng", "previous", "sha256"], ["minsheng", "base"], ["minsheng", "as_of"], ["minsheng", "kind"],
    ["minsheng", "fingerprint"], ["minsheng", "evidence"], ["minsheng", "evidence", 0], ["minsheng", "over"],
    ["minsheng", "inputs"], ["minsheng", "inputs", 0], ["minsheng", "changes"], ["minsheng", "changes", "insert"],
    ["minsheng", "quality"], ["minsheng", "quality", "verdict"], ["minsheng", "quality", "failed"],
    ["minsheng", "schema"], ["minsheng", "schema", "sha256"], ["minsheng", "facts"], ["minsheng", "facts", 0],
    ["minsheng", "facts", 0, "path"], ["minsheng", "synthetic"],
]  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just("../x"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def second() -> dict[str, Any]:
    """The document of a second release, with an input."""
    return released(ROWS | {"c": 2.0}, released(ROWS), inputs=(Input("d", 1, "0" * 64),)).document


SECOND = second()


@given(st.sampled_from(PLACES), JSON, st.booleans())
def test_any_json_in_any_place_is_a_value_or_named(place: list[str | int], value: Any, gone: bool):
    document = copy.deepcopy(SECOND)
    inner: Any = document
    for name in place[:-1]:
        inner = inner[name]
    inner[place[-1]] = value
    if gone:
        del inner[place[-1]]
    try:
        found = Release.parse(json.dumps(document).encode(), "d/datapackage-2.json")
    except IntegrityError as error:
        assert str(error).startswith("d/datapackage-2.json: expected ")  # noqa: PT017 - most of them are refused
        return
    assert len(found.files()) == len(found.resources) + len(found.facts.facts) + 1
    assert found.texts.keys() == found.partitions.keys()
    assert found.rows >= 0 <= found.total_bytes
    assert same_candidate(found) in (True, False)


@given(JSON)
def test_any_json_is_no_document(value: Any):
    with pytest.raises(IntegrityError, match=r"^somewhere: expected a release document"):
        Release.parse(json.dumps(value).encode(), "somewhere")


@pytest.mark.parametrize(
    ("place", "value", "says"),
    [
        (["resources", 0, "path"], "../other/x.csv.gz", "resources.0.path: expected a path below the dataset's folder"),
        (["resources", 0, "path"], "/etc/passwd", "expected a path below the dataset's folder"),
        (["minsheng", "schema", "path"], "https://x.example/a", "expected a path below the dataset's folder"),
        (["resources", 0, "bytes"], -1, "resources.0.bytes: Input should be greater than or equal to 0, found -1"),
        (["resources", 0, "bytes"], True, "resources.0.bytes: Input should be a valid integer, found True"),
        (["resources", 0, "bytes"], "12", "Input should be a valid integer, found '12'"),
        (["resources", 0, "hash"], "0" * 64, "expected sha256: and 64 hex digits"),
        (["resources", 0, "hash"], "sha256:" + "G" * 64, "should match pattern"),
        (["resources", 0, "minsheng", "partition"], "2020", "expected each partition once as CSV and once as Parquet"),
        (["minsheng", "evidence"], [[2, 1]], "minsheng.evidence: expected ranges in order"),
        (["minsheng", "evidence"], [[1, 3], [3, 4]], "expected ranges in order"),
        (["minsheng", "evidence"], [[1, 10**12]], "expected at most 1,000,000 fetches"),
        (["minsheng", "changes"], {"insert": 1}, "expected insert, update, delete"),
        (["minsheng", "facts"], [], "expected a list with one file each of quality, provenance, declaration"),
        (["minsheng", "as_of"], "2026-07-01T09:00:00", "expected a time with its offset"),
        (["minsheng", "kind"], "special", "minsheng.kind: Input should be 'first'"),
        (["minsheng", "n"], 0, "minsheng.n: Input should be greater than or equal to 1"),
        (["version"], "1.0", "version: String should match pattern"),
    ],
)
def test_damage_is_said_where_it_is(place: list[str | int], value: Any, says: str):
    document = copy.deepcopy(SECOND)
    inner: Any = document
    for name in place[:-1]:
        inner = inner[name]
    inner[place[-1]] = value
    with pytest.raises(IntegrityError, match=re.escape(says)):
        Release.parse(canonical(document), "a release")


def test_what_a_later_version_adds_is_left_alone():
    document = copy.deepcopy(SECOND)
    document["minsheng"]["purge"] = document["resources"][0]["minsheng"]["seen"] = {"of": 2031}
    found = Release.parse(canonical(document), "a release")
    assert found.document == document
    assert found.resources[0].document["minsheng"]["seen"] == {"of": 2031}


def test_the_document_is_bilingual_and_says_when_it_is_synthetic():
    fields = [
        column("site", categories=[{"value": "a", "label": text("A")}], constraints={"required": True}),
        column("level", "number", unit="m"),
    ]
    made = assemble(parts(ROWS, synthetic=True, declared={"fields": fields}))
    assert made.candidate.description.startswith("SYNTHETIC")
    assert made.candidate.description_zh.startswith("合成資料")
    schema = json.loads(next(file.body for file in made.files if file.path.startswith("schema/")))
    assert schema["primaryKey"] == ["site"]
    assert schema["fields"][0]["categories"] == [{"value": "a", "label": "A"}]
    assert schema["fields"][0]["constraints"] == {"required": True}
    assert schema["fields"][1]["unit"] == "m"
    assert schema["fields"][1]["translations"]["zh-TW"]["title"] == "臺：level"


def test_both_forms_of_a_partition_hold_its_content():
    made = assemble(parts(ROWS))
    bodies = {file.path: file.body for file in made.files}
    text_form, column_form = made.candidate.resources
    assert csv.content_hash(parquet.read(bodies[column_form.path])) == text_form.content_sha256
    assert column_form.footer_bytes == parquet.footer_bytes(bodies[column_form.path])
