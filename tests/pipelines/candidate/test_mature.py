"""How mature the releases of a dataset are, night by night, without reading what did not change."""

from pathlib import Path
from typing import Any

from nights import LOOSE, watching
from watched import Calls
from worlds import SLUG, World, column, declaration, text

from catalog.release import publish
from pipelines.refresh.withdraw import Withdrawal, withdraw

STATES = [
    column("site"),
    column("day", "date"),
    column("state", categories=[{"value": value, "label": text(value)} for value in ("preliminary", "revised")]),
]
DAYS: dict[str, Any] = {"key": ["site", "day"], "partition": {"field": "day", "grain": "month"}, "guards": LOOSE}


def said_of(world: World) -> Any:
    return world.newest().document["minsheng"].get("maturity")  # type: ignore[attr-defined]


def test_the_counts_follow_the_rows_and_the_release_in_which_they_changed(tmp_path: Path):
    world = World(tmp_path)
    world.declare(declaration(fields=STATES, maturity={"field": "state"}, **DAYS))
    world.tell("site,day,state\na,2026-05-01,preliminary\nb,2026-06-01,preliminary\nc,2026-06-01,\n")
    assert (said_of(world)["rows"], said_of(world)["since"]) == ({"preliminary": 2, "unsaid": 1}, 1)
    with watching(world, Calls()) as calls:
        world.tell("site,day,state\nb,2026-06-01,revised\n")
    assert said_of(world)["changed"] == [{"from": "preliminary", "to": "revised", "rows": 1}]
    assert not [key for verb, key, _ in calls.made if verb == "get" and "2026-05" in key], (
        "what did not change is unread"
    )
    world.tell("site,day,state\nd,2026-06-02,preliminary\n")
    found = said_of(world)
    assert (found["rows"], found["changed"], found["since"]) == ({"preliminary": 2, "revised": 1, "unsaid": 1}, [], 2)


def test_a_word_for_all_rows_changes_with_the_declaration_and_tells_when(tmp_path: Path):
    world = World(tmp_path)
    world.declare(declaration(maturity="preliminary"))
    world.tell("site,level\na,1\n")
    world.tell("site,level\na,2\n")
    assert said_of(world) == {"word": "preliminary", "since": 1}
    world.declare(declaration(maturity="validated"))
    world.settle()
    assert (world.newest().facts.kind, said_of(world)) == ("metadata", {"word": "validated", "since": 3})
    world.declare(declaration())
    world.settle()
    assert said_of(world) is None


def test_declared_later_it_is_counted_from_what_is_released(tmp_path: Path):
    world = World(tmp_path)
    world.declare(declaration(fields=STATES, **DAYS))
    world.tell("site,day,state\na,2026-05-01,preliminary\nb,2026-06-01,revised\n")
    world.declare(declaration(fields=STATES, maturity={"field": "state"}, **DAYS))
    world.settle()
    assert said_of(world)["rows"] == {"preliminary": 1, "revised": 1}


def test_after_a_withdrawal_it_changes_in_the_release_that_is_really_made(tmp_path: Path):
    world = World(tmp_path)
    world.declare(declaration(maturity="preliminary", guards=LOOSE))
    for site in "ab":
        world.tell(f"site,level\n{site},1\n")
    withdraw(world.ctx, SLUG, 2, Withdrawal(by="Lin", reason="Wrong.", basis="PDPA, article 11"))
    world.declare(declaration(maturity="validated", guards=LOOSE))
    world.settle()
    world.tell("site,level\nc,1\n")
    release = world.newest()
    assert release.document["minsheng"]["maturity"]["word"] == "validated"
    since = release.document["minsheng"]["maturity"]["since"]
    assert publish.load(world.public, SLUG, since).document["minsheng"]["maturity"]["since"] == since
    assert since > 2
