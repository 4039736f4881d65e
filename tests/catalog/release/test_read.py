"""Every file that is read back is checked: what is missing or altered is an error with a name, never a value."""

import dataclasses
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest
from worlds import DAMAGE, SLUG, body_of, damage, parts, publish_rows

from catalog import keys
from catalog.errors import IntegrityError
from catalog.formats import parquet
from catalog.release import publish
from catalog.release.assemble import assemble
from catalog.release.changes import Counts
from catalog.release.document import Release
from catalog.release.read import AlteredFile, CandidateFiles, DamagedFile, MissingFile, Place, ReleaseFiles, by_range
from catalog.store import put_over
from catalog.store.file import FileStore

READ: dict[str, Callable[[Any], object]] = {
    "quality": lambda files: files.fact("quality"),
    "provenance": lambda files: files.fact("provenance"),
    "declaration": lambda files: files.fact("declaration"),
    "schema": lambda files: files.schema(),
    "data": lambda files: files.partition("all"),
    "changes": lambda files: files.changes(),
    "quarantine": lambda files: files.quarantine(),
}


def two(public: FileStore, private: FileStore) -> list[Release]:
    """Two releases that share no file but the schema."""
    found = []
    for i in (1, 2):
        facts = {name: {name: i} for name in ("quality", "provenance", "declaration")}
        listed = pa.table({"site": [f"s{i}"]})
        counts, made = Counts(insert=1), {"facts": facts, "changes": listed, "quarantine": listed.slice(0, 1)}
        found.append(publish_rows(public, private, {"a": float(i)}, counts=counts, **made))
    return found


def test_what_is_whole_is_read(public: FileStore, private: FileStore) -> None:
    _, release = two(public, private)
    files = ReleaseFiles(public, release)
    assert files.fact("quality") == {"quality": 2}
    assert files.schema()["primaryKey"] == ["site"]
    assert files.table().to_pylist() == files.partition("all").to_pylist() == [{"site": "a", "level": 2.0}]
    assert files.changes() == files.quarantine() == pa.table({"site": ["s2"]})


def test_what_a_release_has_not_is_none(public: FileStore, private: FileStore) -> None:
    release = publish_rows(public, private, {"a": 1.0})
    assert (ReleaseFiles(public, release).changes(), ReleaseFiles(public, release).quarantine()) == (None, None)


@pytest.mark.parametrize("how", DAMAGE)
@pytest.mark.parametrize("kind", READ)
def test_damage_is_named(public: FileStore, private: FileStore, kind: str, how: str) -> None:
    first, release = two(public, private)
    path = damage(public, release, kind, how, body_of(public, first, kind))
    with pytest.raises(DamagedFile) as raised:
        READ[kind](ReleaseFiles(public, release))
    error = raised.value
    assert isinstance(error, MissingFile if how == "missing" else AlteredFile)
    assert (error.dataset, error.n, error.path) == (SLUG, 2, path)
    for word in (path, "release 2", "expected", "found", "restore it from a mirror", f"minsheng verify {SLUG}@2"):
        assert word in str(error)


@pytest.mark.parametrize("how", DAMAGE)
@pytest.mark.parametrize("kind", READ)
def test_damage_of_a_candidate_is_named(public: FileStore, private: FileStore, kind: str, how: str) -> None:
    first, second = two(public, private)
    candidate = publish.staged(private, SLUG, first.candidate)
    another = body_of(public, second, kind)
    for file in candidate.files():
        public.delete(keys.dataset(SLUG, file.path))
    path = damage(private, candidate, kind, how, another)
    with pytest.raises(DamagedFile, match=f"candidate {candidate.identity[:16]}: expected") as raised:
        READ[kind](CandidateFiles(private, public, candidate))
    assert raised.value.path == path


def test_a_candidates_files_lie_partly_in_public(public: FileStore, private: FileStore) -> None:
    first = publish_rows(public, private, {"a": 1.0})
    made = assemble(parts({}, first, partitions=(), carried=("all",), kind="metadata", counts=Counts()))
    identity = publish.stage(private, SLUG, made)
    assert "data" not in {key.split("/")[3] for key in private.list(f"candidates/{SLUG}/{identity}/")}
    files = CandidateFiles(private, public, publish.staged(private, SLUG, identity))
    assert files.table().to_pylist() == [{"site": "a", "level": 1.0}]
    assert files.fact("quality") == {"rows": 0}


def test_verified_bytes_that_are_no_table_are_named(public: FileStore, private: FileStore) -> None:
    release = publish_rows(public, private, {"a": 1.0})
    schema, listed = release.facts.schema, release.partitions["all"]
    wrong = dataclasses.replace(
        listed, path=schema.path, bytes=schema.bytes, sha256=schema.sha256, name="rivers_changes"
    )
    with pytest.raises(AlteredFile, match="expected a Parquet file, found one that cannot be read"):
        ReleaseFiles(public, dataclasses.replace(release, resources=(wrong,))).changes()


# ---- by range


def _large(public: FileStore) -> tuple[str, int]:
    """A file that is not fetched whole."""
    table = pa.table({"site": [f"{i:09}" for i in range(200_000)]})
    body = parquet.render(table)
    path = "facts/changes.0123456789abcdef.parquet"
    public.put_new(keys.dataset(SLUG, path), body)
    return path, len(body)


def test_a_large_file_is_opened_by_its_size(public: FileStore) -> None:
    path, size = _large(public)
    assert size > 65_536
    opened = by_range(public, Place(SLUG, n=1), path, lambda: size)
    assert opened.first(["site"]) == {"site": "000000000"}
    with pytest.raises(AlteredFile, match=f"release 1: expected {size + 1:,} bytes, found {size:,} bytes"):
        by_range(public, Place(SLUG, n=1), path, lambda: size + 1)


def test_a_large_file_without_its_footer_is_named(public: FileStore) -> None:
    path, size = _large(public)
    body = public.get(keys.dataset(SLUG, path)).body
    put_over(public, keys.dataset(SLUG, path), body[:-4] + b"XXXX")
    with pytest.raises(AlteredFile, match="expected a Parquet file"):
        by_range(public, Place(SLUG, n=1), path, lambda: size)


@pytest.mark.parametrize("how", DAMAGE)
def test_a_small_file_is_checked_by_its_name(public: FileStore, private: FileStore, how: str) -> None:
    first, release = two(public, private)
    path = damage(public, release, "changes", how, body_of(public, first, "changes"))
    with pytest.raises(DamagedFile, match=path):
        by_range(public, Place(SLUG, n=2), path, lambda: 0)


def test_columns_of_no_declaration_are_no_fault_of_the_software(public: FileStore, private: FileStore) -> None:
    facts = {"quality": {}, "provenance": {}, "declaration": {}}
    release = publish_rows(public, private, {"a": 1.0}, facts=facts)
    with pytest.raises(IntegrityError, match="rivers as declared in release 1: expected a declaration, found none"):
        ReleaseFiles(public, release).columns()
