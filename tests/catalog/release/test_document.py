"""Release documents: what is read as one, and how damage is named."""

import copy
import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import parts

from catalog.errors import IntegrityError
from catalog.release.assemble import assemble, complete, same_candidate
from catalog.release.digest import canonical
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
        (["resources", 0, "bytes"], -1, "resources.0.bytes: expected 0 or more, found -1"),
        (["resources", 0, "bytes"], True, "resources.0.bytes: expected a whole number, found True"),
        (["resources", 0, "bytes"], "12", "expected a whole number, found '12'"),
        (["resources", 0, "hash"], "0" * 64, "expected sha256: and 64 hex digits"),
        (["resources", 0, "hash"], "sha256:" + "G" * 64, "expected a text that matches the pattern"),
        (["resources", 0, "minsheng", "partition"], "2020", "expected each partition once as CSV and once as Parquet"),
        (["minsheng", "evidence"], [[2, 1]], "minsheng.evidence: expected ranges in order"),
        (["minsheng", "evidence"], [[1, 3], [3, 4]], "expected ranges in order"),
        (["minsheng", "evidence"], [[1, 10**12]], "expected at most 1,000,000 fetches"),
        (["minsheng", "changes"], {"insert": 1}, "expected insert, update, delete"),
        (["minsheng", "facts"], [], "expected a list with one file each of quality, provenance, declaration"),
        (["minsheng", "as_of"], "2026-07-01T09:00:00", "expected a time with its offset"),
        (["minsheng", "kind"], "special", "minsheng.kind: expected 'first'"),
        (["minsheng", "n"], 0, "minsheng.n: expected 1 or more, found 0"),
        (["version"], "1.0", "version: expected a text that matches the pattern"),
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
