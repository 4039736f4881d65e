"""The command `evidence`: a fetch as it is kept, and its bytes as files."""

from pathlib import Path

from consoles import Console
from worlds import SLUG, World, declaration


def test_a_fetch_and_what_became_of_it(world: World, console: Console) -> None:
    told = console.out("evidence", SLUG, "1")
    assert told.startswith(f"{SLUG}, fetch 1 of 2, begun 2026-07-01T09:00:00+08:00: complete\nfolded in release 1\n")
    assert "https://waters.example/rivers.csv" in told
    assert console.out("evidence", SLUG).startswith(f"{SLUG}, fetch 2 of 2")


def test_the_bytes_come_as_they_came(world: World, console: Console, tmp_path: Path) -> None:
    found = console.json("evidence", SLUG, "2", "--save", str(tmp_path / "kept"))
    assert set(found) == {"dataset", "k", "fetched_at", "transport", "outcome", "pages", "files"}
    (path,) = map(Path, found["files"])
    assert path.name == f"{SLUG}-2-1.bin"
    assert path.read_text(encoding="utf-8") == "site,day,level\na,2026-01-01, 1.50 \nb,2026-02-01,2\n"
    assert [page["bytes"] for page in found["pages"]] == [path.stat().st_size]
    console.out("evidence", SLUG, "2", "--save", str(tmp_path / "kept"))  # the same bytes once more
    path.write_text("mine", encoding="utf-8")
    assert "expected no other file at" in console.fault("evidence", SLUG, "2", "--save", str(tmp_path / "kept"))
    assert path.read_text(encoding="utf-8") == "mine"


def test_why_it_was_refused(settings: World, console: Console) -> None:
    settings.declare(declaration())
    settings.tell("<html>\n")
    assert "refused: not data: " in console.out("evidence", SLUG)
    assert console.json("evidence", SLUG)["outcome"] == "refused"


def test_a_fetch_that_there_is_not(world: World, console: Console) -> None:
    assert "has no fetch 3; its newest is 2" in console.fault("evidence", SLUG, "3")
    world.declare(declaration("lakes"))
    assert "lakes was never fetched here" in console.fault("evidence", "lakes")
    assert "declared are" in console.fault("evidence", "ponds")
