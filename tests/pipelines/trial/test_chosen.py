"""Which fetches are tried: what is undecided, or the newest; those since a moment; never what a steward set aside."""

import datetime as dt

from nights import Make, overtaken, reject
from worlds import World

from pipelines.trial.chosen import chosen

GOOD, WORSE = "site,level\na,1\nb,2\n", "site,level\na,1\n"


def test_the_newest_is_tried_where_all_is_decided(make: Make) -> None:
    world = make()
    world.tell(GOOD)
    world.tell(GOOD)
    assert chosen(world.state(), None) == (2,)


def test_what_waits_and_what_was_refused_since_is_tried(make: Make) -> None:
    world = make(load="replace")
    world.tell(GOOD)
    world.tell(WORSE)
    world.tell("<p>maintenance</p>")
    assert chosen(world.state(), None) == (2, 3)
    assert chosen(world.state(), world.now - dt.timedelta(minutes=90)) == (2, 3)
    assert chosen(world.state(), world.now + dt.timedelta(minutes=1)) == ()
    reject(world, 2)
    assert chosen(world.state(), None) == (3,)


def test_those_since_a_moment_go_past_one_that_was_overtaken(make: Make) -> None:
    world = make()
    world.tell(GOOD)
    since = world.now
    world.tell(WORSE)
    overtaken(world, GOOD)
    world.now -= dt.timedelta(hours=12)
    overtaken(world, GOOD)
    assert chosen(world.state(), since) == (1, 2)


def test_nothing_kept_is_nothing_to_try(make: Make) -> None:
    world: World = make()
    assert chosen(world.state(), None) == ()
