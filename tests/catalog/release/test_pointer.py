"""The pointer is the newest document; the checksums are for `sha256sum -c`. Both are written again as they were."""

import subprocess
from pathlib import Path

from worlds import SLUG, publish_three

from catalog import keys
from catalog.release import pointer, publish
from catalog.release.digest import sha256
from catalog.store.file import FileStore


def test_the_pointer_is_the_newest_document_byte_for_byte(public: FileStore, private: FileStore):
    last = publish_three(public, private)[-1]
    body = public.get(keys.pointer(SLUG)).body
    assert body == public.get(keys.document(SLUG, 3)).body
    assert sha256(body) == last.sha256


def test_sha256sum_checks_a_release_in_its_folder(public: FileStore, private: FileStore, tmp_path: Path):
    last = publish_three(public, private)[-1]
    folder = tmp_path / "public" / "datasets" / SLUG
    asked = ["sha256sum", "--strict", "--check", "SHA256SUMS-3"]
    said = subprocess.run(asked, cwd=folder, capture_output=True, text=True, check=True).stdout.splitlines()
    assert {line.partition(": ")[0] for line in said} == {file.path for file in last.files()} | {"datapackage-3.json"}
    (folder / last.files()[0].path).write_bytes(b"x")
    assert subprocess.run(asked, cwd=folder, capture_output=True, check=False).returncode == 1


def test_pointing_again_writes_nothing(public: FileStore, private: FileStore, tmp_path: Path):
    publish_three(public, private)
    path = tmp_path / "public" / keys.pointer(SLUG)
    before = path.stat().st_ino
    newest = publish.newest(public, SLUG)
    assert newest is not None
    pointer.point(public, newest)
    assert path.stat().st_ino == before
