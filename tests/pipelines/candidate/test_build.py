"""A candidate is built in whole steps; an unchanged night stops before the suite, and nothing is ever written."""

import sys

import pytest
from markets import Span, hear, prices
from nights import LOOSE, Make, state
from worlds import SLUG, World, column, text

from pipelines.candidate.build import Built, build, metadata, shares_keys
from pipelines.candidate.plan import FoldPlan, Refusal

HIGH = {
    "id": "not-high",
    "type": "ExpectColumnValuesToBeBetween",
    "kwargs": {"column": "level", "max_value": 5},
    "severity": "hold",
    "reason": text("Never seen."),
}


@pytest.fixture
def world(make: Make) -> World:
    world = make(guards=LOOSE)
    world.tell("site,level\na,1\nb,2\n")
    return world


@pytest.fixture
def no_suite(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """The same world, in which nothing may be judged any more: importing quality.run is an error."""
    monkeypatch.setitem(sys.modules, "quality.run", None)
    return world


def built(world: World, *ks: int, over: tuple[int, ...] = ()) -> Built | None:
    return build(world.ctx, FoldPlan(world.ctx.declarations.of(SLUG), world.state().newest, ks, over))


def test_an_unchanged_night_is_known_without_the_suite(no_suite: World):
    assert built(no_suite, no_suite.hear("site,level\na,1\n")) is None


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("site,level\nb,1\nb,2\n", "expected one content for each key, found two for site='b'"),
        ("height\n1\n", "expected the column 'site'"),
    ],
)
def test_a_fetch_that_cannot_be_folded_is_named(no_suite: World, body: str, words: str):
    good, bad = no_suite.hear("site,level\na,3\n"), no_suite.hear(body)
    with pytest.raises(Refusal, match=words) as raised:
        built(no_suite, good, bad)
    assert raised.value.k == bad


def test_a_candidate_knows_what_changes_and_building_writes_nothing(world: World):
    k = world.hear("site,level\nb,3\nc,4\nd,x\n")
    before = state(world)
    candidate = built(world, k)
    assert state(world) == before
    assert candidate
    assert tuple(candidate.counts) == (2, 1, 0)
    assert (candidate.verdict, candidate.reasons, candidate.alone, candidate.blocked) == ("pass", (), (), ())
    assert candidate.rows.to_pylist() == [
        {"_fetch": k, "_row": row, "site": site} for row, site in ((1, "b"), (2, "c"), (3, "d"))
    ]
    assert [(entry["row"], entry["raw"]) for entry in candidate.quarantine.to_pylist()] == [(3, "x")]
    facts = candidate.assembled.candidate.facts
    assert (facts.kind, facts.evidence, facts.base, facts.as_of) == ("regular", (k,), 1, world.now.isoformat())


def test_equal_content_is_alike_whichever_fetch_brought_it(world: World):
    one, other = (built(world, world.hear("site,level\nb,3\nc,x\n")) for _ in range(2))
    different = built(world, world.hear("site,level\nb,3\nc,y\n"))
    assert one
    assert other
    assert different
    assert one.likeness == other.likeness
    assert one.assembled.candidate.identity != other.assembled.candidate.identity
    assert one.likeness != different.likeness, "what left counts too"


def test_a_finding_names_the_fetches_that_trip_it_alone(make: Make):
    world = make(guards=LOOSE, quality=[HIGH])
    good, bad = world.hear("site,level\na,1\n"), world.hear("site,level\nb,9\n")
    candidate = built(world, good, bad)
    assert candidate
    assert (candidate.verdict, candidate.alone, candidate.blocked) == ("hold", (bad,), ())
    assert candidate.folded.counts.insert == 2, "the row stays, without its level"
    assert candidate.assembled.candidate.facts.failed == ("not-high",)


def test_a_fetch_that_comes_late_does_not_change_rows_of_later_ones(world: World):
    late = world.hear("site,level\na,5\nc,5\n")
    later = world.hear("site,level\na,7\n")
    candidate = built(world, late, over=(later,))
    assert candidate
    (partition,) = candidate.folded.changed
    assert dict(zip(*partition.table.select(["site", "level"]).to_pydict().values(), strict=True)) == {
        "a": 7.0,
        "b": 2.0,
        "c": 5.0,
    }
    assert candidate.assembled.candidate.facts.over == (later,)


def test_metadata_carries_every_file_and_fact_of_the_base(world: World):
    base, declared = world.newest(), world.ctx.declarations.of(SLUG)
    assembled = metadata(world.ctx, declared, base)
    facts = assembled.candidate.facts
    assert (facts.kind, facts.evidence, facts.verdict, facts.as_of) == ("metadata", (), "pass", base.facts.as_of)
    assert assembled.candidate.hashes == base.hashes
    assert facts.inputs == base.facts.inputs
    assert not [file for file in assembled.files if file.path.startswith("data/")]


def test_fetches_share_keys(world: World):
    declared = world.ctx.declarations.of(SLUG)
    other, same = world.hear("site,level\nc,1\n"), world.hear("site,level\nd,1\nb,9\n")
    assert shares_keys(world.ctx, declared, (1,), (other, same))
    assert not shares_keys(world.ctx, declared, (1,), (other,))


def test_windows_that_meet_share_keys_although_no_row_does(make: Make):
    world = make(fields=[column("site")])
    world.declare(prices())
    declared = world.ctx.declarations.of(SLUG)
    first, meeting, apart = (
        hear(world, Span(*days), {}) for days in (("04-01", "04-10"), ("04-10", "04-12"), ("04-11", "04-12"))
    )
    assert shares_keys(world.ctx, declared, (first,), (meeting,))
    assert not shares_keys(world.ctx, declared, (first,), (apart,))
