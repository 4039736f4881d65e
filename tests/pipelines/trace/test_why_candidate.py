"""A value of a candidate is followed back before anybody decides on it."""

import pytest
from nights import DAILY, MONTHS, Make, redeclare, waits
from worlds import SLUG, World, column

from catalog.errors import DecisionError
from pipelines.trace.why_candidate import why_candidate

GUARDS = {"removed": 0, "quarantined": 1}


@pytest.fixture
def world(make: Make) -> World:
    """Release 1, and a candidate in which b changes, c goes, d comes; a stays, e is of another month."""
    world = make(fields=DAILY, load="replace", guards=GUARDS, **MONTHS)
    world.tell("site,day,level\na,2026-01-01,1\nb,2026-01-02,2\nc,2026-01-03,3\ne,2026-02-01,5\n")
    world.tell("site,day,level\na,2026-01-01,1.0\nb,2026-01-02, 2.5\nd,2026-01-04,4\ne,2026-02-01,5\n")
    return world


def test_what_the_candidate_brings(world: World):
    identity = waits(world) or ""
    found = why_candidate(world.ctx, SLUG, "b,2026-01-02", "level", identity[:8])
    assert (found.value, found.n, found.candidate, found.changed_by.kind) == (2.5, None, identity, "update")
    assert found.changed_by.columns["level"] == (2.0, 2.5)
    assert found.origin
    assert (found.origin.k, found.origin.row, found.origin.raw) == (2, 2, " 2.5")
    assert [one["k"] for one in found.provenance] == [2]
    new = why_candidate(world.ctx, SLUG, "day=2026-01-04,site=d", "site", identity)
    assert (new.value, new.changed_by.kind) == ("d", "insert")


@pytest.mark.parametrize("key", ["a,2026-01-01", "e,2026-02-01"])
def test_what_a_release_brought_before(world: World, key: str):
    found = why_candidate(world.ctx, SLUG, key, "level", waits(world) or "")
    assert (found.n, found.candidate, found.origin and found.origin.k) == (1, None, 1)


def test_what_it_has_not(world: World):
    identity = waits(world) or ""
    with pytest.raises(DecisionError, match="it takes the row out, and release 1 has it"):
        why_candidate(world.ctx, SLUG, "c,2026-01-03", "level", identity)
    with pytest.raises(DecisionError, match=r"has no row site=z,day=2026-01-01$"):
        why_candidate(world.ctx, SLUG, "z,2026-01-01", "level", identity)
    with pytest.raises(DecisionError, match="no column 'depth'"):
        why_candidate(world.ctx, SLUG, "a,2026-01-01", "depth", identity)
    with pytest.raises(DecisionError, match="write for instance"):
        why_candidate(world.ctx, SLUG, "a", "level", identity)


def test_a_column_that_it_declares_anew(make: Make):
    world = make(fields=DAILY, load="replace", guards=GUARDS, **MONTHS)
    world.tell("site,day,level,depth\na,2026-01-01,1,7\n")
    identity = waits(world) or ""  # a column that nobody declared
    assert identity
    redeclare(world, fields=[*DAILY, column("depth", "number")], load="replace", guards=GUARDS, **MONTHS)
    world.settle()
    assert world.newest().n == 1 or waits(world)
    found = why_candidate(world.ctx, SLUG, "a,2026-01-01", "depth", waits(world) or world.newest().candidate)
    assert (found.value, found.origin and found.origin.raw) == (7.0, "7")
