"""Keys that stand twice, rows without a key and unknown words, night after night."""

from pathlib import Path
from typing import Any

import pytest
from worlds import World, column, declaration

FIELDS = [column("site"), column("level", "integer"), column("at", "integer")]
MOST = {"quarantined": 1, "collapsed": 1, "removed": 1}


def world_of(root: Path, fields: list[dict[str, Any]], **more: Any) -> World:
    world = World(root)
    world.declare(declaration(fields=fields, guards=MOST, **more))
    return world


def levels(world: World) -> dict[str, int | None]:
    return {row["site"]: row["level"] for row in world.rows()}


@pytest.mark.parametrize(("load", "after"), [("upsert", {"a": 1, "b": 3}), ("replace", {"b": 3})])
def test_a_key_that_left_by_conflict_replaces_nothing_and_is_listed(tmp_path: Path, load: str, after: dict[str, int]):
    world = world_of(tmp_path, FIELDS, load=load, conflict="quarantine")
    world.tell("site,level,at\na,1,1\nb,2,1\n")
    world.tell("site,level,at\na,5,2\nb,3,2\na,6,2\n")
    assert levels(world) == after
    listed = [
        (one["row"], one["key"], one["column"], one["raw"], one["rule"], one["left"]) for one in world.quarantine()
    ]
    assert listed == [
        (1, "site=a", "level", "5", "key.conflict", "row"),
        (3, "site=a", "level", "6", "key.conflict", "row"),
    ]
    (fetch,) = world.fact("quality")["fetches"]
    assert (fetch["rows"], fetch["quarantined"], fetch["collapsed"]) == (3, 2, 0)


def test_the_newest_row_of_a_key_is_released_and_the_older_ones_are_counted(tmp_path: Path):
    world = world_of(tmp_path, FIELDS, conflict={"newest": "at"})
    world.tell("site,level,at\na,1,1\na,2,3\na,3,2\n")
    assert levels(world) == {"a": 2}
    (fetch,) = world.fact("quality")["fetches"]
    assert (fetch["rows"], fetch["quarantined"], fetch["collapsed"]) == (3, 0, 2)


def test_rows_without_a_key_are_counted_and_the_same_list_again_is_no_change(tmp_path: Path):
    fields = [column("site"), column("level", "integer"), column("turn", "integer", occurrence=True)]
    world = world_of(tmp_path, fields, load="replace", key=["site", "turn"])
    world.tell("site,level\na,5\na,x\na,5\na,2\n")
    assert [(row["turn"], row["level"]) for row in world.rows()] == [(1, 2), (2, 5), (3, 5), (4, None)]
    (result,) = world.tell("site,level\na,2\na,5\na,x\na,5\n")
    assert result.outcome == "unchanged"
    (result,) = world.tell("site,level\na,2\na,5\n")
    assert (result.outcome, len(world.rows())) == ("released", 2)


def test_an_unknown_word_is_empty_and_listed_and_no_guard_counts_it(tmp_path: Path):
    codes = {"map": {"甲": "A"}, "other": "missing"}
    world = world_of(tmp_path, [column("site"), column("place", codes=codes)])
    world.declare(declaration(fields=[column("site"), column("place", codes=codes)], guards={"quarantined": 0}))
    world.tell("site,place\na,甲\nb,乙\n")
    assert [row["place"] for row in world.rows()] == ["A", None]
    assert [(one["raw"], one["rule"], one["left"]) for one in world.quarantine()] == [("乙", "place.code", "cell")]
    (fetch,) = world.fact("quality")["fetches"]
    assert fetch["quarantined"] == 0
