"""releases.json: derived, mended, never believed against the documents."""

import json
from pathlib import Path
from typing import Any

import pytest
from stores import quick_stores
from tiers import few
from watched import Calls, Watched, declare, readings, record, refresh

from catalog import keys
from catalog.derived import releases_json
from catalog.derived import write as derived
from catalog.release import publish
from catalog.release.read import LostDocument
from catalog.store.file import FileStore


def _three(tmp_path: Path) -> FileStore:
    datasets = declare(tmp_path / "datasets")
    public, private = quick_stores(tmp_path)
    answers = [readings({("a", f"2025-12-{day:02d}"): float(day) for day in range(1, last)}) for last in (3, 4, 5)]
    for last in range(1, 4):
        refresh(public, private, datasets, record(tmp_path / str(last), answers[:last]))
    return public


def test_lists_each_release_as_its_document_has_it(tmp_path: Path) -> None:
    public = _three(tmp_path)
    found = releases_json.listed(public, "readings")
    assert [one["n"] for one in found] == [1, 2, 3]
    assert [one["changes"]["insert"] for one in found] == [2, 1, 1]
    for one in found:
        release = publish.load(public, "readings", one["n"])
        assert (one["sha256"], one["created"]) == (release.sha256, release.created)
        assert public.head(keys.dataset("readings", one["changes_path"])) is not None


def test_a_broken_or_short_or_strange_list_is_mended_from_the_documents(tmp_path: Path) -> None:
    public = _three(tmp_path)
    newest = publish.newest(public, "readings")
    assert newest
    key = tmp_path / "public" / keys.releases("readings")
    whole = key.read_bytes()
    said = json.loads(whole)
    said["releases"].pop()
    strange = json.loads(whole)
    strange["releases"][-1]["sha256"] = "0" * 64
    for broken in (b"", b"{", b"[]", json.dumps(said).encode(), json.dumps(strange).encode()):
        key.write_bytes(broken)
        assert len(releases_json.update(public, "readings", newest)) == 3
        assert key.read_bytes() == whole


@pytest.mark.parametrize(
    "edit",
    few(
        [
            {"removed": ["data/x.parquet"]},
            {"n": 7},
            {"added": None},
            {"created": "yesterday"},
            {"changes": {}},
            {"rows": "many"},
        ],
        2,
    ),
)
def test_a_list_that_cannot_be_is_mended_too(tmp_path: Path, edit: dict[str, Any]) -> None:
    public = _three(tmp_path)
    key = tmp_path / "public" / keys.releases("readings")
    whole = key.read_bytes()
    said = json.loads(whole)
    said["releases"][0] |= edit
    key.write_text(json.dumps(said))
    derived.write(public, ["readings"])
    assert key.read_bytes() == whole


@pytest.mark.parametrize("listed", few([2, 1, 3]))
def test_a_list_of_other_releases_is_made_again_however_short(tmp_path: Path, listed: int) -> None:
    public = _three(tmp_path)
    key = tmp_path / "public" / keys.releases("readings")
    whole = key.read_bytes()
    said = json.loads(whole)
    said["releases"] = said["releases"][:listed]
    said["releases"][-1]["sha256"] = "0" * 64
    key.write_text(json.dumps(said))
    newest = publish.newest(public, "readings")
    assert newest
    releases_json.update(public, "readings", newest)
    assert key.read_bytes() == whole


def test_the_files_of_each_release_follow_from_what_came_and_went(tmp_path: Path) -> None:
    public = _three(tmp_path)
    found = releases_json.listed(public, "readings")
    for n in (1, 2, 3):
        release = publish.load(public, "readings", n)
        expected = {one.path: (one.partition, one.rows, one.bytes) for one in release.partitions.values()}
        said = {one["path"]: (one["partition"], one["rows"], one["bytes"]) for one in releases_json.files(found, n)}
        assert said == expected
    assert releases_json.files(found, 0) == []


def test_a_list_of_an_older_form_is_made_again(tmp_path: Path) -> None:
    public = _three(tmp_path)
    key = tmp_path / "public" / keys.releases("readings")
    whole = key.read_bytes()
    said = json.loads(whole)
    for one in said["releases"]:
        del one["added"], one["removed"]
    key.write_text(json.dumps(said))
    assert releases_json.listed(public, "readings") == []
    newest = publish.newest(public, "readings")
    assert newest
    releases_json.update(public, "readings", newest)
    assert key.read_bytes() == whole


def test_up_to_an_older_release_no_document_is_read(tmp_path: Path) -> None:
    public = _three(tmp_path)
    calls = Calls()
    found = releases_json.upto(Watched(public, calls), "readings", publish.load(public, "readings", 2))
    assert [one["n"] for one in found] == [1, 2]
    assert [key for _, key, _ in calls.made] == [keys.releases("readings"), keys.notice("readings", 1)]


def test_a_list_longer_than_the_releases_is_a_witness_of_a_lost_one(tmp_path: Path) -> None:
    public = _three(tmp_path)
    for key in (keys.document("readings", 3), keys.pointer("readings")):
        public.delete(key)
    newest = publish.newest(public, "readings")
    assert newest
    with pytest.raises(LostDocument, match=r"datapackage-3\.json is not there, but .*releases\.json names"):
        releases_json.update(public, "readings", newest)
    assert [one["n"] for one in releases_json.listed(public, "readings")] == [1, 2, 3], "it stays"
