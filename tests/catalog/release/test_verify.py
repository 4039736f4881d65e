"""What a reader can prove: each kind of damage is found and named."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hosts import hosted
from stores import quick_store, quick_stores
from worlds import SLUG, publish_rows

from catalog.errors import DecisionError
from catalog.release.digest import canonical, sha256
from catalog.release.document import Release
from catalog.release.verify import verify
from catalog.store import open_store


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a dataset with three releases."""
    public, private = quick_stores(tmp_path)
    for i in range(3):
        publish_rows(public, private, {"a": float(i), "b": None})
    return tmp_path / "public" / "datasets" / SLUG


def faults(folder: Path, n: int = 3) -> list[str]:
    return [str(fault) for fault in verify(quick_store(folder.parents[1]), SLUG, n)]


def named(folder: Path, what: str) -> Path:
    return folder / next(file.path for file in newest(folder).files() if what in file.path)


def newest(folder: Path) -> Release:
    return Release.parse((folder / "datapackage-3.json").read_bytes(), "")


@pytest.mark.parametrize("n", [1, 2, 3])
def test_a_good_release_has_no_fault(folder: Path, n: int):
    assert faults(folder, n) == []


@pytest.mark.parametrize("what", [".parquet", ".csv.gz", "schema/", "facts/quality", "facts/provenance", "declaration"])
def test_a_flipped_byte_is_found(folder: Path, what: str):
    path = named(folder, what)
    body = bytearray(path.read_bytes())
    body[len(body) // 2] ^= 1
    path.write_bytes(bytes(body))
    (found,) = faults(folder)
    assert found.startswith(f"{path.relative_to(folder)}: expected SHA-256 ")


@pytest.mark.parametrize("what", [".parquet", ".csv.gz", "schema/", "facts/"])
def test_a_file_cut_short_is_found(folder: Path, what: str):
    path = named(folder, what)
    size = path.stat().st_size
    path.write_bytes(path.read_bytes()[:-1])
    assert faults(folder) == [f"{path.relative_to(folder)}: expected {size} bytes, found {size - 1} bytes"]


@pytest.mark.parametrize("what", [".parquet", ".csv.gz", "schema/", "facts/"])
def test_a_missing_file_is_found(folder: Path, what: str):
    path = named(folder, what)
    path.unlink()
    (found,) = faults(folder)
    assert found.startswith(f"{path.relative_to(folder)}: expected")
    assert found.endswith("no such file")


def test_all_damage_is_told(folder: Path):
    named(folder, ".parquet").unlink()
    named(folder, ".csv.gz").write_bytes(b"")
    named(folder, "schema/").unlink()
    assert len(faults(folder)) == 3


def change(folder: Path, n: int, act: Callable[[dict], None]) -> None:  # type: ignore[type-arg]
    path = folder / f"datapackage-{n}.json"
    document = json.loads(path.read_bytes())
    act(document)
    path.write_bytes(canonical(document))


@pytest.mark.parametrize(
    "act",
    [
        lambda said: said.update(title="another"),
        lambda said: said["minsheng"].update(kind="correction"),
        lambda said: said["minsheng"]["quality"].update(verdict="hold"),
        lambda said: said["minsheng"]["previous"].update(candidate="0" * 64),
        lambda said: said["minsheng"].update(candidate="0" * 64),
        lambda said: said["minsheng"].update(previous=None),
    ],
)
def test_a_changed_document_is_found(folder: Path, act: Callable[[dict], None]):  # type: ignore[type-arg]
    change(folder, 3, act)
    assert any("datapackage-3.json: expected the candidate" in found for found in faults(folder))


def test_a_number_that_is_not_the_releases_is_found(folder: Path):
    change(folder, 3, lambda said: said["minsheng"].update(n=4))
    assert any("expected release 3, found release 4" in found for found in faults(folder))


@pytest.mark.parametrize(
    "act",
    [
        lambda said: said.update(version="7.0.0"),
        lambda said: said.update(created="2001-01-01T00:00:00+08:00"),
        lambda said: said["minsheng"].update(approval={"by": "somebody else"}),
    ],
)
def test_a_change_of_what_the_commit_adds_is_found(folder: Path, act: Callable[[dict], None]):  # type: ignore[type-arg]
    change(folder, 3, act)
    assert faults(folder)


@pytest.mark.parametrize("n", [1, 2])
def test_a_broken_chain_is_found_from_the_newest(folder: Path, n: int):
    change(folder, n, lambda said: said.update(version="9.9.9"))
    (found,) = faults(folder)
    assert f"datapackage-{n}.json: expected SHA-256" in found
    assert f"as release {n + 1} says" in found


def test_a_missing_link_is_found(folder: Path):
    (folder / "datapackage-1.json").unlink()
    assert any("release 1, which release 2 follows" in found for found in faults(folder))


def test_a_wrong_previous_hash_is_found(folder: Path):
    change(folder, 3, lambda said: said["minsheng"]["previous"].update(sha256="0" * 64))
    assert any("datapackage-2.json: expected SHA-256 0000" in found for found in faults(folder))


def forge(folder: Path, what: str, body: bytes) -> None:
    """Replace a data file and mend every hash of the document, but not the content hash."""
    path = named(folder, what)
    path.write_bytes(body)

    def act(said: dict) -> None:  # type: ignore[type-arg]
        one = next(one for one in said["resources"] if one["path"] == str(path.relative_to(folder)))
        one.update(bytes=len(body), hash=f"sha256:{sha256(body)}")

    change(folder, 3, act)


def test_content_that_is_not_what_it_says_is_found(folder: Path):
    forge(folder, ".csv.gz", gzip.compress(b"site,level\na,9\n", mtime=0))
    assert any(".csv.gz: expected content" in found for found in faults(folder))


def test_a_parquet_file_that_cannot_be_read_is_found(folder: Path):
    forge(folder, ".parquet", b"PAR1 no, not at all PAR1")
    assert any("a file that cannot be read" in found for found in faults(folder))


@pytest.mark.parametrize("body", [b"site,level\n", gzip.compress(b"site,level\n", mtime=0)[:-9]])
def test_a_csv_file_that_is_no_gzip_is_found(folder: Path, body: bytes):
    forge(folder, ".csv.gz", body)
    assert any(".csv.gz: expected content" in found for found in faults(folder))


def test_a_release_that_is_not_there_is_an_error(folder: Path):
    with pytest.raises(DecisionError, match="no release 4; its newest release is 3"):
        faults(folder, 4)


def test_a_mirror_over_http_is_verified_alike(folder: Path):
    with hosted(quick_store(folder.parents[1])) as address:
        mirror = open_store(address)
        assert list(verify(mirror, SLUG, 3)) == []
        path = named(folder, ".parquet")
        path.unlink()
        (found,) = verify(mirror, SLUG, 3)
        assert (found.path, found.found) == (str(path.relative_to(folder)), "no such file")
        with pytest.raises(DecisionError, match="its newest release is 3"):
            list(verify(mirror, SLUG, 9))
