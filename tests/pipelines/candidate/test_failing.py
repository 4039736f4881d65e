"""The rows that fail lie beside the candidate, with what may be told of them and nothing else."""

import csv
import io

from nights import LOOSE, Make, redeclare, waits
from worlds import SLUG, World, column, text

from catalog import keys
from pipelines.candidate.failing import FAILING, failing_of, key_of, of_rule, spreadsheet

LEVEL = column("level", "number", constraints={"maximum": 5}, severity={"range": "hold"})
LOW = {
    "id": "low",
    "type": "ExpectColumnValuesToBeBetween",
    "kwargs": {"column": "level", "max_value": 1},
    "severity": "warn",
    "reason": text("Tests."),
}
SAID = "site,level,name,secret\na,9,=1+1,s1\nb,x,ok,s2\nc,1,ok,s3\n"


def failing(world: World, identity: str | None = None) -> list[dict[str, object]]:
    identity = identity or waits(world)
    assert identity
    found = failing_of(world.private, SLUG, identity)
    return [] if found is None else found.to_pylist()


def wide(make: Make, **more: object) -> World:
    secret = column("secret", publish="no")
    world = make(fields=[column("site"), LEVEL, column("name"), secret], guards=LOOSE, **more)
    world.tell(SAID)
    return world


def test_every_failing_row_with_its_cells_and_no_field_that_is_not_published(make: Make):
    assert failing(wide(make)) == [
        {"_rule": "level.type", "_fetch": 1, "_row": 2, "_column": "level", "_value": "x", "site": "b", "level": "x",
         "name": "ok"},
        {"_rule": "level.range", "_fetch": 1, "_row": 1, "_column": "level", "_value": "9", "site": "a", "level": "9",
         "name": "=1+1"},
    ]  # fmt: skip


def test_with_counts_only_places_are_kept(make: Make):
    rows = failing(wide(make, quarantine="counts"))
    assert [set(row) for row in rows] == [{"_rule", "_fetch", "_row", "_column", "_value"}] * 2
    assert [(row["_row"], row["_value"]) for row in rows] == [(2, None), (1, None)]


def test_it_is_no_part_of_the_candidate_and_no_release_has_it(make: Make):
    world = make(fields=[column("site"), column("level", "number")], guards=LOOSE)
    world.tell("site,level\na,1\nb,x\n")
    released = world.newest()
    assert [row["_value"] for row in failing(world, released.candidate)] == ["x"]
    assert FAILING not in str(released.document)
    assert [key for key in world.public.list("") if "failing" in key] == []
    world.private.delete(keys.candidate(SLUG, released.candidate, FAILING))
    assert failing_of(world.private, SLUG, released.candidate) is None


def test_nothing_is_kept_where_nothing_fails(make: Make):
    world = make()
    world.tell("site,level\na,1\n")
    assert [key for key in world.private.list("candidates/") if FAILING in key] == []


def test_keys_with_two_contents_are_failing_rows(make: Make):
    world = make(guards=LOOSE, conflict="quarantine")
    world.tell("site,level\na,1\na,2\nb,3\n")
    rows = failing(world, world.newest().candidate)
    assert [(row["_rule"], row["_row"], row["_value"]) for row in rows] == [
        ("key.conflict", 1, "1"),
        ("key.conflict", 2, "2"),
    ]


def test_a_suite_that_changed_names_rows_of_the_release(make: Make):
    world = make(guards=LOOSE)
    world.tell("site,level\na,1\nb,2\n")
    redeclare(world, guards=LOOSE, quality=[LOW])
    world.settle()
    assert [(row["_rule"], row["_fetch"], row["site"]) for row in failing(world, world.newest().candidate)] == [
        ("low", 0, "b")
    ]


def test_a_spreadsheet_takes_no_text_for_a_formula(make: Make):
    world = wide(make)
    found = failing_of(world.private, SLUG, waits(world) or "")
    assert found is not None
    body = spreadsheet(of_rule(found, "level.range"))
    assert body.startswith(b"\xef\xbb\xbf_rule,_fetch,_row,_column,_value,site,level,name\n")
    (row,) = csv.DictReader(io.StringIO(body.decode("utf-8-sig")))
    assert (row["name"], row["_value"]) == ("'=1+1", "9")


def test_the_key_of_a_row_for_people(make: Make):
    world = make(fields=[column("site"), column("day", "date"), column("level", "number")], key=["site", "day"])
    dataset = world.ctx.declarations.dataset(SLUG)
    assert key_of(dataset, {"site": "臺北", "day": None, "level": "x"}) == "site=臺北, day="
    assert key_of(dataset, {"day": "2026-07-01"}) == "day=2026-07-01"
