"""What a reader does at the command line: releases, show, diff, verify."""

import re
import shutil
from pathlib import Path

from consoles import Console, cells
from worlds import SLUG, World


def test_releases_are_listed_oldest_first(world: World, console: Console) -> None:
    head, _, *rows = console.out("releases", SLUG).splitlines()
    assert re.split(r"  +", head) == ["n", "version", "created", "kind", "rows", "changes"]
    assert [row.split()[0] for row in rows] == ["1", "2"]
    listed = console.json("releases", SLUG)
    assert [(one["n"], one["kind"], one["rows"]) for one in listed] == [(1, "first", 3), (2, "regular", 2)]
    assert listed[1]["changes"] == {"insert": 0, "update": 1, "delete": 1}


def test_a_release_is_shown(world: World, console: Console) -> None:
    facts = cells(console.out("show", f"{SLUG}@1"))
    assert (facts["kind"], facts["rows"], facts["approved by"]) == ("first", "3", "auto")
    assert facts["document"].endswith("/datapackage-1.json")
    assert console.json("show", SLUG) == console.json("show", f"{SLUG}@2")


def test_releases_are_compared(world: World, console: Console) -> None:
    assert console.out("diff", SLUG, "1", "2") == f"{SLUG} 1 -> 2: ~1 -1\n"
    assert console.out("diff", SLUG, "2", "2") == f"{SLUG} 2 -> 2: no row changed\n"
    _, head, _, *rows = console.out("diff", SLUG, "1", "2", "--rows").splitlines()
    assert head.split() == ["change", "key", "values"]
    assert re.split(r"  +", rows[0]) == ["update", "site=a, day=2026-01-01", "level: 1.0 -> 1.5"]
    found = console.json("diff", SLUG, "1", "2", "--rows")
    assert {name: found[name] for name in ("insert", "update", "delete")} == {"insert": 0, "update": 1, "delete": 1}
    assert [row["_change"] for row in found["rows"]] == ["update", "delete"]
    assert "has no release 9" in console.fault("diff", SLUG, "1", "9")


def test_a_release_is_verified_at_a_mirror_too(world: World, console: Console, tmp_path: Path) -> None:
    files = len(world.newest().files())
    told = f"{SLUG} release 2: {files} files are as its document says; sha256 {world.newest().sha256}\n"
    assert console.out("verify", SLUG) == told
    shutil.move(world.root / "public", tmp_path / "mirror")
    assert console.out("verify", f"{SLUG}@2", "--store", f"file:{tmp_path / 'mirror'}") == told


def test_what_is_not_as_the_document_says_is_named(world: World, console: Console) -> None:
    file = world.newest().files()[0]
    (world.root / "public" / "datasets" / SLUG / file.path).unlink()
    code, out, err = console.run("verify", SLUG)
    assert (code, out) == (1, "")
    missing, count = err.splitlines()
    assert missing == f"{file.path}: expected {file.bytes} bytes, found no such file"
    assert count == f"{SLUG} release 2: 1 things are not as its document says"
