"""A steward announces a breaking change: the notice is the commit, and no release, candidate or file moves."""

import dataclasses
import datetime as dt
import re
import threading
from pathlib import Path

import pytest
from nights import killed, major, redeclare, said, waits
from worlds import SLUG, START, World, column, declaration, table_csv

from catalog import keys
from catalog.declaration.strict import Text
from catalog.errors import DecisionError
from catalog.reasons.sentences import sentences
from catalog.reasons.values import BeforeItsDay, ChangeAnnounced, WithdrawnSince
from catalog.release import notices
from catalog.release.announcements import ChangeNotice
from catalog.release.notices import LostNotice
from pipelines.refresh import decide
from pipelines.refresh.announce import Announcement, TakeBack, announce, planned, text_of
from pipelines.refresh.status import read_status
from pipelines.refresh.withdraw import Withdrawal, withdraw
from pipelines.trace.restore import restore

TEXT = Text(en="The level is in metres.", zh_tw="水位改以公尺計。")
ANNOUNCED = Announcement(" Lin ", dt.date(2026, 9, 1), TEXT, fields=("level", "level"))
BACK = TakeBack("Wu", "The agency keeps the old unit.", 1)


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    world.declare(declaration())
    for rows in ({"a": 1}, {"b": 2}):
        world.tell(table_csv(rows))
    return world


def reasons(world: World) -> tuple[object, ...]:
    return read_status(world.ctx, world.ctx.declarations.dataset(SLUG), world.now).reasons


def test_the_notice_says_what_from_when_and_who_and_moves_nothing(world: World) -> None:
    before = {key: world.public.head(key) for key in world.public.list("")}
    done = announce(world.ctx, SLUG, ANNOUNCED)
    assert done.is_new
    assert isinstance(done.notice, ChangeNotice)
    assert (done.notice.i, done.notice.by, done.notice.fields) == (1, "Lin", ("level",))
    assert done.notice.at == world.state().now(world.ctx)
    after = {key: world.public.head(key) for key in world.public.list("")}
    assert {key for key in after if after[key] != before.get(key)} == {keys.notice(SLUG, 1), keys.status(SLUG)}
    (decision,) = world.state().decisions
    assert (decision.action, decision.by, decision.notice) == ("announce", "Lin", done.notice.document)
    assert said(world.tell(table_csv({"c": 3}))) == [("released", 3)]


def test_who_is_vouched_for_stands_beside_the_notice_and_not_in_it(world: World) -> None:
    notice = announce(dataclasses.replace(world.ctx, identity="os:lin"), SLUG, ANNOUNCED).notice
    assert [each.identity for each in world.state().decisions] == ["os:lin"]
    assert b"os:lin" not in notice.body


def test_the_same_once_more_stores_nothing(world: World) -> None:
    first = announce(world.ctx, SLUG, ANNOUNCED)
    again = announce(world.ctx, SLUG, ANNOUNCED)
    assert (again.notice, again.is_new) == (first.notice, False)
    assert planned(world.ctx, world.state(), ANNOUNCED) == first.notice
    assert len(world.state().decisions) == 1


def test_it_is_replaced_and_taken_back_by_later_notices(world: World) -> None:
    announce(world.ctx, SLUG, ANNOUNCED)
    later = dataclasses.replace(ANNOUNCED, starts=dt.date(2026, 10, 1), replaces=1)
    assert announce(world.ctx, SLUG, later).notice.i == 2
    assert reasons(world) == (ChangeAnnounced(starts="2026-10-01", notice=2),)
    assert sentences(reasons(world)[:1]) == (  # type: ignore[arg-type]
        "a breaking change is announced from 2026-10-01 on; notice 2 says which"
    )
    with pytest.raises(DecisionError, match="announcement 1 was replaced by Lin with notice 2; those that stand: 2"):
        announce(world.ctx, SLUG, BACK)
    with pytest.raises(DecisionError, match="rivers has no announcement 9; those that stand: 2"):
        announce(world.ctx, SLUG, dataclasses.replace(BACK, i=9))
    assert announce(world.ctx, SLUG, dataclasses.replace(BACK, i=2)).notice.i == 3
    assert not announce(world.ctx, SLUG, dataclasses.replace(BACK, i=2, by="Chen")).is_new
    assert reasons(world) == ()
    with pytest.raises(
        DecisionError, match="announcement 2 was taken back by Wu with notice 3; those that stand: none"
    ):
        announce(world.ctx, SLUG, dataclasses.replace(later, replaces=2, by="Chen"))
    assert announce(world.ctx, SLUG, ANNOUNCED).notice.i == 4, "what was given up may be said again"


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"by": " "}, "needs a name"),
        ({"starts": dt.date(2026, 6, 30)}, "expected a day from 2026-07-01 on, found 2026-06-30"),
        ({"fields": ("level", "depth")}, "expected published fields, found depth; there are site, level"),
        ({"replaces": 1}, "has no announcement 1; those that stand: none"),
    ],
    ids=lambda each: str(each)[:20],
)
def test_what_nobody_could_rely_on_is_refused(world: World, wrong: dict[str, object], told: str) -> None:
    with pytest.raises(DecisionError, match=told):
        announce(world.ctx, SLUG, dataclasses.replace(ANNOUNCED, **wrong))  # type: ignore[arg-type]
    assert notices.read(world.public, SLUG) == ()


def test_the_day_itself_is_no_past(world: World) -> None:
    assert announce(world.ctx, SLUG, dataclasses.replace(ANNOUNCED, starts=START.date())).is_new


def test_taking_back_needs_a_reason_and_a_dataset_a_release(tmp_path: Path, world: World) -> None:
    announce(world.ctx, SLUG, ANNOUNCED)
    with pytest.raises(DecisionError, match="needs a reason"):
        announce(world.ctx, SLUG, dataclasses.replace(BACK, reason=" "))
    world.declare(declaration("lakes"))
    with pytest.raises(DecisionError, match="lakes has no release that readers could rely on"):
        announce(world.ctx, "lakes", ANNOUNCED)


def test_a_text_is_in_both_languages_or_in_none() -> None:
    assert text_of(" x ", "一", "the change") == Text(en="x", zh_tw="一")
    assert text_of(None, " ", "the change") is None
    for en, zh, missing in (("x", "", "Chinese"), (None, "一", "English")):
        with pytest.raises(DecisionError, match=f"expected the change in both languages, found none in {missing}"):
            text_of(en, zh, "the change")


def test_a_withdrawal_beside_it_takes_what_it_takes(world: World) -> None:
    announce(world.ctx, SLUG, ANNOUNCED)
    withdraw(world.ctx, SLUG, 2, Withdrawal("Lin", "It holds names."))
    assert announce(world.ctx, SLUG, dataclasses.replace(ANNOUNCED, by="Wu")).notice.i == 3
    state = world.state()
    assert (state.n, state.noticed.withdrawn, state.noticed.finished) == (1, {2}, True)
    assert reasons(world)[0] == WithdrawnSince(n=1, notice=2)
    assert [each.action for each in state.decisions] == ["announce", "withdraw", "announce"]


def test_a_candidate_that_waits_goes_on_waiting(world: World) -> None:
    world.tell("site,level,extra\nb,9,x\n")
    candidate = waits(world)
    announce(world.ctx, SLUG, ANNOUNCED)
    assert candidate
    assert waits(world) == candidate


def test_it_comes_with_the_major_version_and_is_no_reason_any_more(world: World) -> None:
    announce(world.ctx, SLUG, dataclasses.replace(ANNOUNCED, starts=START.date()))
    assert reasons(world)
    major(world)
    assert world.newest().version == "2.0.0"
    assert reasons(world), "a list of releases that is not written yet hides none"


def early(world: World) -> list[tuple[int, str]]:
    waiting = world.state().waiting
    assert waiting
    assert waiting.told[len(waiting.approved) :] == (*waiting.early, *waiting.reasons)
    return [(each.notice, each.starts) for each in waiting.early if isinstance(each, BeforeItsDay)]


def test_a_change_of_schema_says_that_it_comes_before_the_announced_day(world: World) -> None:
    redeclare(world, fields=[column("site"), column("level", "number", unit="m")])
    world.tell(table_csv({"a": 1}))
    assert early(world) == []
    announce(world.ctx, SLUG, ANNOUNCED)
    announce(world.ctx, SLUG, dataclasses.replace(ANNOUNCED, starts=START.date()))
    assert early(world) == [(1, "2026-09-01")]
    assert "with an embargo until that day" in sentences(world.state().waiting.told)  # type: ignore[union-attr]
    announce(world.ctx, SLUG, BACK)
    assert early(world) == []
    announce(world.ctx, SLUG, dataclasses.replace(ANNOUNCED, starts=dt.date(2026, 9, 2)))
    assert early(world) == [(4, "2026-09-02")]
    candidate = waits(world) or ""
    for embargo, expected in (("2026-09-01T23:59:59+08:00", [(4, "2026-09-02")]), ("2026-09-01T16:00+00:00", [])):
        decide.approve(world.ctx, SLUG, candidate, "chen", "looked at it", embargo=embargo)
        assert early(world) == expected, "the day begins in Taipei"


def test_other_candidates_do_not_ask_for_the_announced_day(world: World) -> None:
    announce(world.ctx, SLUG, ANNOUNCED)
    world.tell("site,level\nb,x\n")
    assert waits(world)
    assert early(world) == []


def test_a_crash_after_the_notice_is_finished_by_the_next_run(world: World) -> None:
    assert killed(world, lambda: announce(world.ctx, SLUG, ANNOUNCED), after_key=keys.notice(SLUG, 1))
    assert [each.i for each in world.state().decisions] == [0], "not written yet"
    world.settle()
    assert [(each.i, each.action) for each in world.state().decisions] == [(1, "announce")]
    assert world.state().finished


def test_a_lost_announcement_stops_the_dataset_until_it_is_put_back(world: World) -> None:
    notice = announce(world.ctx, SLUG, ANNOUNCED).notice
    world.public.delete(keys.notice(SLUG, 1))
    with pytest.raises(LostNotice, match=r"notices/1\.json is not there"):
        world.settle()
    (restored,) = restore(world.ctx, SLUG)
    assert (restored.key, restored.was) == (keys.notice(SLUG, 1), "gone")
    assert notices.read(world.public, SLUG) == (notice,)


def test_two_who_announce_at_once_are_both_kept(world: World) -> None:
    started = threading.Barrier(2)

    def work(by: str) -> None:
        other = World(world.root, world.now, (world.public, world.private))
        other.ctx.clock.advance(world.now)
        started.wait()
        announce(other.ctx, SLUG, dataclasses.replace(ANNOUNCED, by=by))

    threads = [threading.Thread(target=work, args=(by,)) for by in ("Lin", "Wu")]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    found = notices.read(world.public, SLUG)
    assert sorted(each.by for each in found) == ["Lin", "Wu"]
    world.settle()
    assert sorted(each.of_notice or 0 for each in world.state().decisions) == [1, 2]
    assert all(re.fullmatch("announce", each.action) for each in world.state().decisions)
