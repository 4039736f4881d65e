"""From a published value back to what the agency wrote, with every rule on the way."""

import json
import shutil

import pytest
from nights import DAILY, LOOSE, MONTHS, Make, approve, redeclare, watching
from watched import Calls
from worlds import SLUG, World, column, text

from catalog import keys
from catalog.errors import DecisionError, IntegrityError
from catalog.release.digest import SEAL, canonical
from catalog.store import put_over
from pipelines.records import Fetched, Page
from pipelines.refresh.settle import record as keep
from pipelines.trace.why import TracedValue, why

LEVEL = [column("site"), column("level", "number")]


def asked(world: World, key: str = "a", name: str = "level", n: int | None = None) -> TracedValue:
    return why(world.ctx, SLUG, key, name, n)


def place(found: TracedValue) -> tuple[int, int, int, str | None]:
    assert found.origin
    return found.changed_by.n, found.origin.k, found.origin.row, found.origin.raw


def test_the_release_that_changed_it_last_and_its_fetch(make: Make):
    world = make(guards=LOOSE)
    for body in ("a,1\nb,1\n", "b,2\na,1\n", "b,2\na,3\n", "b,4\n"):
        world.tell(f"site,level\n{body}")
    assert place(asked(world)) == (3, 3, 2, "3")
    assert place(asked(world, "b")) == (4, 4, 1, "4")
    assert place(asked(world, "b", n=3)) == (2, 2, 1, "2")
    assert place(asked(world, "b", "site")) == (1, 1, 2, "b")


def test_one_body_is_decoded_however_many_releases_there_are(make: Make):
    world = make(fields=DAILY, guards=LOOSE, **MONTHS)
    for day in range(1, 10):
        world.tell(f"site,day,level\na,2026-01-0{day},{day}\nb,2026-01-0{day},{day}\n")
    with watching(world, Calls()) as calls:
        found = asked(world, "b,2026-01-05")
    assert place(found) == (5, 5, 2, "5")
    assert len([key for verb, key, _ in calls.made if verb == "get" and key.startswith("evidence/blobs/")]) == 1
    assert not [key for _, key, _ in calls.made if "/data/" in key and "2026-01" not in key]
    assert not [verb for verb, *_ in calls.made if verb.startswith("put")]


def test_of_several_fetches_in_one_release_the_later_word(make: Make):
    world = make(guards=LOOSE)
    for body in ("a,1\nb,1\n", "a,2\n", "c,1\n"):
        world.hear(f"site,level\n{body}")
    world.settle()
    assert place(asked(world)) == (1, 2, 1, "2")
    assert place(asked(world, "b")) == (1, 1, 2, "1")
    found = asked(world, "b").origin
    assert found
    assert found.decoded == 3


def test_page_and_record_of_a_fetch_in_pages(make: Make):
    world = make(guards=LOOSE)
    bodies = [b"site,level\na,1\nb,2\n", b"site,level\nc,3\nd,4\n"]
    pages = tuple(Page(f"https://waters.example/{i}.csv", 200, {}, body) for i, body in enumerate(bodies))
    world.ctx.clock.advance(world.now)
    keep(world.ctx, SLUG, Fetched({"protocol": "file"}, world.now, pages, None))
    world.settle()
    found = asked(world, "d").origin
    assert found
    assert (found.page, found.pages, found.record, found.row) == (2, 2, 2, 4)
    assert found.address == "https://waters.example/1.csv"
    assert found.body_bytes == len(bodies[1])
    assert world.state().evidence.body(found.body_sha256) == bodies[1]


def test_a_cell_that_stands_in_quarantine(make: Make):
    world = make(guards=LOOSE)
    world.tell("site,level\na,1\nb,2\n")
    world.tell("site,level\nb,3\na,bad\n")
    found = asked(world)
    assert found.value is None
    assert place(found) == (2, 2, 2, "bad")
    assert [(one["rule"], one["left"], one["raw"]) for one in found.quarantine] == [("level.type", "cell", "bad")]
    assert asked(world, "b").quarantine == ()


def test_a_cell_that_quality_yaml_took_out(make: Make):
    high = {
        "id": "not-high",
        "type": "ExpectColumnValuesToBeBetween",
        "kwargs": {"column": "level", "max_value": 5},
        "severity": "quarantine",
        "reason": text("Never seen."),
    }
    world = make(guards=LOOSE, quality=[high])
    world.tell("site,level\na,9\nb,2\n")
    found = asked(world)
    assert (found.value, place(found)) == (None, (1, 1, 1, "9"))
    assert [one["rule"] for one in found.quarantine] == ["not-high"]


def test_a_row_that_left_gives_way_to_the_one_before(make: Make):
    fields = [column("site"), column("level", "number", constraints={"required": True}), column("note")]
    world = make(fields=fields, guards=LOOSE)
    for body in ("a,1,old\n", "a,bad,new\n"):
        world.hear(f"site,level,note\n{body}")
    world.settle()
    found = asked(world, name="note")
    assert (found.value, place(found)) == ("old", (1, 1, 1, "old"))


def test_rules_as_they_were_when_it_was_read(make: Make):
    world = make(fields=LEVEL, guards=LOOSE)
    world.tell("site,level\na,1\n")
    redeclare(world, fields=[column("site"), column("level", "number", scale=10)], guards=LOOSE)
    world.tell("site,level\nb,2\n")
    approve(world)
    before, after = asked(world, n=1), asked(world)
    assert before.origin
    assert after.origin
    assert (before.value, before.origin.readings[-1].says) == (1.0, "read as a number")
    assert (after.value, after.origin.readings[-1].says) == (10.0, "read as a number, times 10")
    assert (after.kind, place(after)) == ("refold", (2, 1, 1, "1"))


def test_a_column_that_a_change_of_schema_brought(make: Make):
    world = make(fields=LEVEL, guards=LOOSE)
    world.tell("site,level,depth\na,1,7\n")
    approve(world)  # of a column that nobody has declared
    redeclare(world, fields=[*LEVEL, column("depth", "number")], guards=LOOSE)
    world.settle()
    approve(world)
    found = asked(world, name="depth")
    assert (found.value, found.kind, place(found)) == (7.0, "schema", (2, 1, 1, "7"))
    assert place(asked(world))[0] == 1


def test_without_the_evidence_it_says_what_the_release_says_in_public(make: Make):
    world = make(guards=LOOSE)
    world.tell("site,level\na,1\n")
    bodies = world.state().evidence.read(1).bodies
    shutil.rmtree(world.root / "private")
    mirror = World(world.root)
    found = asked(mirror)
    assert (found.value, found.changed_by.n, found.origin, found.quarantine) == (1.0, 1, None, ())
    assert [(one["k"], tuple(one["bodies"])) for one in found.provenance] == [(1, bodies)]


def test_a_body_that_was_changed_is_not_shown(make: Make):
    world = make(guards=LOOSE)
    world.tell("site,level\na,1\n")
    put_over(world.private, keys.blob(world.state().evidence.read(1).bodies[0]), b"x")
    with pytest.raises(IntegrityError, match="not what its hash says"):
        asked(world)


def test_evidence_that_says_something_else_is_an_error(make: Make):
    world = make(guards=LOOSE)
    world.tell("site,level\na,1\n")
    other = world.hear("site,level\na,2\n")
    record = json.loads(world.private.get(keys.evidence(SLUG, other)).body) | {"k": 1}
    del record[SEAL]  # as an older version wrote it
    put_over(world.private, keys.evidence(SLUG, 1), canonical(record))
    with pytest.raises(
        IntegrityError, match=r"none of the fetches 1 of release 1 gives level = 1.0; `minsheng rebuild"
    ):
        asked(World(world.root))


@pytest.mark.parametrize(
    ("key", "name", "n", "said"),
    [
        ("a", "height", None, "has no column 'height'; there are site, level"),
        ("c", "level", None, "no release of rivers up to 2 has the row site=c"),
        ("b", "level", None, r"release 2 took it out; `minsheng history` shows its values, and --release 1 asks"),
        ("a", "level", 7, "has no release 7; its newest release is 2"),
    ],
)
def test_what_cannot_be_asked(make: Make, key: str, name: str, n: int | None, said: str):
    world = make(guards=LOOSE, load="replace")
    world.tell("site,level\na,1\nb,1\n")
    world.tell("site,level\na,1\n")
    with pytest.raises(DecisionError, match=said):
        asked(world, key, name, n)


def test_a_column_that_came_empty_came_with_the_change_of_schema(make: Make):
    world = make(guards=LOOSE)
    world.tell("site,level\na,1\nb,2\n")
    redeclare(world, fields=[*LEVEL, column("note")], guards=LOOSE)
    world.tell("site,level,note\na,1,\nb,2,x\n")
    approve(world)
    assert place(asked(world, name="note")) == (2, 2, 1, "")
    assert asked(world, name="note").changed_by.kind == "schema"
    assert place(asked(world)) == (1, 1, 1, "1"), "the other columns are what they were"


def test_a_value_that_is_the_same_in_another_unit_is_told_in_that_unit(make: Make):
    world = make(guards=LOOSE, fields=[column("site"), column("level", "number", unit="m")])
    world.tell("site,level\na,0\nb,2\n")
    redeclare(world, guards=LOOSE, fields=[column("site"), column("level", "number", unit="cm", scale=100)])
    world.settle()
    approve(world)
    for key, value in (("a", 0), ("b", 200)):
        found = asked(world, key)
        assert (found.value, found.field.unit, found.changed_by.n) == (value, "cm", 2)
    assert asked(world, n=1).field.unit == "m"


def test_what_left_is_found_where_the_release_tells_only_how_much(make: Make):
    low = {"id": "low", "type": "ExpectColumnValuesToBeBetween", "kwargs": {"column": "level", "max_value": 5}}
    low |= {"severity": "quarantine", "reason": text("In tests.")}
    world = make(guards=LOOSE, quarantine="counts", quality=[low])
    world.tell("site,level\na,1\nb,20\n")
    found = asked(world, "b")
    assert (found.value, place(found)) == (None, (1, 1, 2, "20"))
    assert [(one["rule"], one["left"]) for one in found.quarantine] == [("low", "cell")]
