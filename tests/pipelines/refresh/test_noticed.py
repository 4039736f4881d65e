"""What notices say of the state of a dataset, and what a lost notice does: nothing comes back unseen."""

from pathlib import Path

import pytest
from nights import approve, said, state
from worlds import SLUG, World, declaration, table_csv

from catalog import keys
from catalog.errors import IntegrityError
from catalog.release import notices
from catalog.release.notices import LostNotice
from pipelines.refresh.state import read_state
from pipelines.refresh.withdraw import Withdrawal, withdraw
from pipelines.trace.restore import restore


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    world.declare(declaration())
    for rows in ({"a": 1}, {"s666": 667}, {"c": 3}):
        world.tell(table_csv(rows))
    withdraw(world.ctx, SLUG, 2, Withdrawal("Lin", "It holds names."))
    return world


def test_the_state_knows_what_is_withdrawn_and_what_is_pending_again(world: World) -> None:
    found = world.state()
    assert (found.n, found.newest_n, found.noticed.withdrawn, found.noticed.after) == (1, 3, {2, 3}, 3)
    assert (found.pending, found.excluded) == ((3,), (2,))
    assert found.noticed.finished
    world.settle()
    approve(world)
    found = world.state()
    assert (found.n, found.newest_n, found.noticed.after, found.pending) == (4, 4, None, ())


def test_a_change_of_words_does_not_let_what_follows_pass_unseen(world: World) -> None:
    world.private.delete(keys.waiting(SLUG))
    world.declare(declaration(top={"keywords": [{"en": "water", "zh-TW": "水"}]}))
    assert said(world.settle())[0] == ("released", 4)
    assert world.newest().facts.kind == "metadata"
    assert world.state().noticed.after == 3
    assert said(world.tell(table_csv({"d": 4})))[-1][0] == "held"


def test_a_notice_that_is_gone_stops_the_dataset_until_it_is_put_back(world: World) -> None:
    before = state(world)
    world.public.delete(keys.notice(SLUG, 1))
    with pytest.raises(LostNotice, match=r"notices/1\.json is not there, but the decision on it names it"):
        read_state(world.ctx, SLUG)
    (restored,) = restore(world.ctx, SLUG)
    assert (restored.key, restored.was) == (keys.notice(SLUG, 1), "gone")
    assert state(world) == before, "nothing that was withdrawn is put back"


def test_a_notice_that_is_altered_is_put_back_too(world: World) -> None:
    (notice,) = notices.read(world.public, SLUG)
    world.public.delete(keys.notice(SLUG, 1))
    world.public.put_new(keys.notice(SLUG, 1), b"{}")
    with pytest.raises(IntegrityError, match="expected a notice"):
        read_state(world.ctx, SLUG)
    assert [each.was for each in restore(world.ctx, SLUG)] == ["altered"]
    assert notices.read(world.public, SLUG) == (notice,)
