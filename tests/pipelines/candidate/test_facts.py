"""The quality fact is read back verified."""

import pytest
from nights import Make, approve, redeclare, waits
from worlds import SLUG, World, column, text

from catalog import keys
from catalog.errors import DecisionError, IntegrityError
from catalog.reasons.base import Value
from catalog.reasons.sentences import published
from catalog.reasons.values import ByVersion
from catalog.store import put_over
from pipelines.candidate import verdict
from pipelines.candidate.facts import (
    DIGEST,
    candidate_quality,
    of_earlier_version,
    quarantine_digest,
    release_quality,
)
from pipelines.candidate.verdict import names_columns
from pipelines.refresh import decide
from pipelines.refresh.state import superseded_by


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


@pytest.fixture
def earlier(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """What is made while this holds names unknown columns in the fact, as version 0.1.0 did."""

    def named(measure: Value) -> str:
        return ", ".join(names) if (names := measure.slots.get("names")) else published(measure)

    monkeypatch.setattr(verdict, "published", named)
    return monkeypatch


@pytest.mark.parametrize("name", ["phone", "unknown columns: 3, more", "unknown columns: 03", "9" * 40])
def test_a_candidate_that_names_unknown_columns_is_made_again_and_never_released(
    make: Make, earlier: pytest.MonkeyPatch, name: str
):
    world = make()
    world.tell("site,level\na,1\n")
    (held,) = world.tell(f'site,level,"{name}"\nb,2,x\n')
    earlier.undo()
    waiting = world.state().waiting
    assert waiting
    assert of_earlier_version(world.ctx, SLUG, waiting.candidate)
    with pytest.raises(DecisionError, match=r"of an earlier version of the software .* run it again"):
        approve(world)
    assert world.newest().n == 1
    (again,) = world.settle()
    assert (again.outcome, again.reasons) == ("held", held.reasons)
    assert superseded_by(world.private, SLUG, waiting.identity) == ByVersion()
    assert world.settle() == [], "it waits now, and is not made a third time"
    assert approve(world).outcome == "released"
    assert not names_columns(release_quality(world.ctx, world.newest()))


def test_a_release_that_repeats_the_fact_of_one_that_named_them_names_none(make: Make, earlier: pytest.MonkeyPatch):
    world = make()
    world.tell("site,level,phone\na,1,x\n")
    earlier.setattr(decide, "of_earlier_version", lambda *_: False)
    approve(world)
    earlier.undo()
    assert names_columns(release_quality(world.ctx, world.newest())), "what is released stays as it is"
    redeclare(world, top={"title": text("other words")})
    world.settle()
    assert world.newest().facts.kind == "metadata"
    (guard,) = (one for one in world.fact("quality")["guards"] if one["id"] == "guard.columns-unknown")
    assert (guard["success"], guard["observed"]) == (False, "unknown columns")


def test_a_dataset_that_publishes_only_counts_from_now_on_repeats_no_values(make: Make):
    world = make(guards={"quarantined": 1})
    world.tell("site,level\na,0912\nb,many\n")
    assert [one["raw"] for one in world.quarantine()] == ["many"]
    redeclare(world, guards={"quarantined": 1}, quarantine="counts")
    world.settle()
    assert (world.newest().n, world.newest().facts.kind) == (2, "metadata")
    assert world.newest().resource("quarantine") is None
    examples = [one for line in world.fact("quality")["checks"] for one in line["examples"]]
    assert [(one["value"], one.get("key")) for one in examples] == [(None, None)]
    assert world.fact("quality")["quarantine"]["listed"] == 1


def test_where_only_counts_are_published_what_is_counted_cannot_be_guessed_by_its_digest(make: Make):
    """The same bad cells make no release, others do. What tells them apart is private, also after a change of text."""
    loose = {"guards": {"quarantined": 1}, "quarantine": "counts"}
    world = make(**loose)
    world.tell("site,level\na,1\nb,0912\nc,many\n")
    assert world.fact("quality")["quarantine"] == {"listed": 1, "by_check": {"level.type": 1}}
    assert [item.outcome for item in world.tell("site,level\nc,many\n")] == ["unchanged"]
    redeclare(world, top={"title": text("other words")}, **loose)
    world.settle()
    assert (world.newest().n, world.newest().facts.kind) == (2, "metadata")
    assert [item.outcome for item in world.tell("site,level\nc,many\n")] == ["unchanged"]
    assert [item.outcome for item in world.tell("site,level\nc,more\n")] == ["released"]
    own = keys.candidate(SLUG, world.newest().candidate, DIGEST)
    assert quarantine_digest(world.ctx, world.newest()) == world.private.get(own).body.decode()
    world.private.delete(own)
    assert quarantine_digest(world.ctx, world.newest()) is None
    assert [item.outcome for item in world.tell("site,level\nc,more\n")] == ["released"], (
        "told twice, rather than never"
    )
    assert not [key for key in world.public.list("") if key.endswith(DIGEST)]
