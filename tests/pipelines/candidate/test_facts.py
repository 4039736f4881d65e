"""The quality fact is read back verified."""

import pytest
from nights import Make, waits
from worlds import SLUG, World, column

from catalog import keys
from catalog.errors import DecisionError, IntegrityError
from catalog.store import put_over
from pipelines.candidate.facts import candidate_quality, release_quality


@pytest.fixture
def world(make: Make) -> World:
    """A world with one release and one candidate that waits."""
    level = column("level", "number", constraints={"maximum": 5}, severity={"range": "hold"})
    world = make(fields=[column("site"), level], guards={"quarantined": 1})
    world.tell("site,level\na,1\n")
    world.tell("site,level\na,9\n")
    return world


def failing(fact: dict[str, list[dict[str, object]]]) -> list[object]:
    return [check["id"] for check in fact["checks"] if not check["success"]]


def test_of_a_candidate_and_of_a_release(world: World):
    identity = waits(world)
    assert identity
    candidate, release = candidate_quality(world.ctx, SLUG, identity), release_quality(world.ctx, world.newest())
    assert (candidate["verdict"], failing(candidate)) == ("hold", ["level.range"])
    assert (release["verdict"], failing(release)) == ("pass", [])


def test_a_candidate_that_is_not_there(world: World):
    with pytest.raises(DecisionError):
        candidate_quality(world.ctx, SLUG, "0" * 64)


def test_a_fact_that_was_altered_is_an_error(world: World):
    release = world.newest()
    key = keys.dataset(SLUG, release.facts.facts["quality"].path)
    put_over(world.public, key, world.public.get(key).body.replace(b'"pass"', b'"hold"'))
    with pytest.raises(IntegrityError):
        release_quality(world.ctx, release)
    world.public.delete(key)
    with pytest.raises(IntegrityError):
        release_quality(world.ctx, release)
