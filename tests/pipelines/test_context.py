"""What every step of a run is given."""

import datetime as dt
import json
from pathlib import Path

import pytest
from watched import Calls, Watched
from worlds import SLUG, START, World, declaration

from catalog import keys
from catalog.errors import IntegrityError
from catalog.store import put_over
from pipelines.context import Clock, Context, DecodedFetch, LastDecoded, code, hint_of, kind_of, seen
from pipelines.declared import Declarations
from pipelines.evidence import LostEvidence

NOTHING = {"i": 0, "k": 0, "open": [], "n": 0, "w": 0}


@pytest.fixture
def world(tmp_path: Path) -> World:
    found = World(tmp_path)
    found.declare(declaration())
    return found


def test_a_simulated_clock_never_goes_back():
    clock = Clock(START)
    clock.advance(START - dt.timedelta(hours=1))
    assert clock.now() == START
    clock.advance(START + dt.timedelta(hours=1))
    assert clock.now() == START + dt.timedelta(hours=1)


def test_a_clock_that_is_not_simulated_shows_the_present():
    assert abs(Clock().now() - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=1)


def test_a_run_begins_with_declarations_and_evidence_that_nothing_was_read_of(world: World):
    world.tell("site,level\na,1\n")
    before = world.ctx
    run = before.for_one_run()
    assert run.clock is before.clock
    assert run.evidence(SLUG) is not before.evidence(SLUG)
    assert run.evidence(SLUG) is run.evidence(SLUG)
    assert run.declarations.of(SLUG) is not before.declarations.of(SLUG)
    assert before.with_own_clock().clock is not before.clock


def test_the_hint_says_how_far_an_earlier_run_looked(world: World):
    assert hint_of(world.ctx, SLUG) == NOTHING
    assert seen(world.ctx, SLUG) is None
    world.tell("site,level\na,1\n")
    assert hint_of(world.ctx, SLUG) == {"i": 0, "k": 1, "open": [], "n": 1, "w": 0}
    assert seen(world.ctx, SLUG) == 1


@pytest.mark.parametrize(
    "left",
    [
        None,
        [],
        {"decided": None},
        {"decided": {"k": 1}},
        {"decided": {"k": "1", "open": [], "n": 0}},
        {"decided": {"k": 1, "open": ["1"], "n": 0}},
        {"decided": {"k": 1, "open": 1, "n": None}},
        {"decided": {"k": -1, "open": [], "n": 0}},
        {"decided": {"k": True, "open": [], "n": 0}},
    ],
    ids=[
        "null",
        "a list",
        "nothing",
        "half",
        "a text",
        "a list of texts",
        "no list",
        "below 0",
        "no number",
    ],
)
def test_a_broken_hint_is_none(world: World, left: object):
    world.tell("site,level\na,1\n")
    put_over(world.public, keys.status(SLUG), json.dumps(left).encode())
    assert hint_of(world.ctx, SLUG) == NOTHING


def test_a_hint_is_a_witness_of_the_fetch_that_it_names(world: World):
    world.tell("site,level\na,1\n")
    world.private.delete(keys.evidence(SLUG, 1))
    with pytest.raises(LostEvidence, match="00000001"):
        seen(world.ctx, SLUG)


def test_evidence_begins_at_the_hint_and_is_probed_once_for_a_run(world: World):
    for level in range(5):
        world.tell(f"site,level\na,{level}\n")
    calls = Calls()
    ctx = Context(world.public, Watched(world.private, calls), Declarations(world.datasets), {})
    assert [ctx.evidence(SLUG).newest() for _ in range(3)] == [5, 5, 5]
    asked = [(verb, key) for verb, key, _ in calls.made]
    assert asked == [("get", keys.evidence(SLUG, 5)), ("head", keys.evidence(SLUG, 6))]


def test_of_decoded_fetches_one_is_held_until_it_is_taken():
    held = LastDecoded()
    assert held.take(SLUG, 1) is None
    held.fetch = DecodedFetch(SLUG, 1, ())
    assert held.take("lakes", 1) is None
    assert held.take(SLUG, 2) is None
    assert held.take(SLUG, 1) == ()
    assert held.take(SLUG, 1) is None


def test_a_store_without_a_mark_has_no_kind(world: World):
    assert kind_of(world.private) is None
    put_over(world.private, keys.SOURCE_KIND, b'{"kind":"sandbox"}')
    assert kind_of(world.private) == "sandbox"
    assert world.ctx.synthetic


def test_the_code_names_its_libraries():
    assert set(code()) == {"minsheng", "commit", "writer", "libraries"}
    assert set(code()["libraries"]) == {"pyarrow", "great-expectations", "rfc8785"}


@pytest.mark.parametrize("body", [b"", b"{", b"{}", b"[]", b'{"kind": 7}', b"\xff"])
def test_a_broken_mark_of_the_kind_is_told(world: World, body: bytes):
    put_over(world.private, keys.SOURCE_KIND, body)
    with pytest.raises(IntegrityError, match=r"source\.json in file:.*: expected the kind of all data there"):
        kind_of(world.private)
