"""Candidates that are approved and not public yet: until a time, or until another person approves them too."""

import datetime as dt
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from decided import Decided, Work, kill, night
from nights import Make, levels, redeclare, said, waits
from worlds import SLUG, START, World, column, declaration, many, table_csv

from catalog import keys
from catalog.errors import DecisionError
from catalog.reasons.values import Embargoed, OneOfTwo
from catalog.release import publish
from pipelines.cli.steward import exit_code
from pipelines.refresh import decide
from pipelines.refresh import hold as orders
from pipelines.refresh.result import RefreshResult
from pipelines.refresh.state import superseded_by
from pipelines.refresh.status import read_status
from pipelines.refresh.withdraw import Withdrawal, withdraw
from pipelines.run import quiet, write_lists

UNTIL = "2026-07-02T09:00:00+08:00"
AFTER = dt.datetime.fromisoformat(UNTIL)
UNKNOWN = "site,level,extra\nb,9,x\n"
"""Held, for nobody declared the column."""


def approve(world: World, by: str = "Lin", embargo: str | None = UNTIL, who: str | None = None) -> RefreshResult:
    ctx = replace(world.ctx, identity=who or f"os:{by.lower()}")
    return decide.approve(ctx, SLUG, waits(world) or "", by, "as announced", embargo)


def pass_time(world: World, to: dt.datetime = AFTER) -> None:
    world.now = max(world.now, to)
    world.ctx.clock.advance(world.now)


@pytest.fixture
def world(make: Make) -> World:
    """Something waits on a release."""
    world = make()
    world.tell(table_csv(many(3)))
    world.tell(UNKNOWN)
    return world


def test_what_is_approved_with_an_embargo_is_released_by_the_first_run_after_it(world: World) -> None:
    candidate = waits(world)
    result = approve(world)
    assert (result.outcome, result.release, result.candidate) == ("held", 1, candidate)
    assert result.reasons[0] == Embargoed(by="Lin", until=UNTIL)
    assert said(world.settle()) == []
    assert world.newest().n == 1
    pass_time(world, AFTER - dt.timedelta(seconds=1))
    assert (said(world.settle()), world.newest().n) == ([], 1)
    pass_time(world)
    assert said(world.settle()) == [("released", 2)]
    assert (world.newest().candidate, world.newest().approval.by) == (candidate, "Lin")
    assert levels(world) == many(3) | {"b": 9}


def shown(world: World) -> dict[str, Any]:
    """All that is public; of the hint for the next run not how many decisions there are."""
    found: dict[str, Any] = {key: world.public.get(key).body for key in world.public.list("")}
    status = json.loads(found[keys.status(SLUG)])
    del status["decided"]["i"]
    return found | {keys.status(SLUG): status}


def test_until_then_nothing_public_names_it(world: World) -> None:
    write_lists(world.ctx)
    before = shown(world)
    decide.approve(world.ctx, SLUG, waits(world) or "", "Lin-zq7", "announced-zq7", UNTIL)
    world.settle()
    write_lists(world.ctx)
    assert shown(world) == before


def test_status_and_what_waits_say_who_approved_and_from_when(world: World) -> None:
    approve(world)
    told = f"approved by Lin, public from {UNTIL}"
    status = read_status(world.ctx, world.ctx.declarations.dataset(SLUG), world.now)
    assert (status.state, told in (status.reason or "")) == ("held", True)
    waiting = world.state().waiting
    assert waiting
    assert waiting.approved == (Embargoed(by="Lin", until=UNTIL),)
    assert told in (quiet(world.state()).reason or "")
    assert exit_code([quiet(world.state())]) == 0


def test_until_then_nothing_else_of_the_dataset_is_folded_and_all_of_it_follows(world: World) -> None:
    candidate = waits(world)
    approve(world)
    assert said(world.tell(table_csv({"s001": 5, "c": 1}))) == [], "it might hold the same rows"
    assert (world.newest().n, waits(world)) == (1, candidate)
    pass_time(world)
    assert said(world.settle()) == [("released", 2), ("released", 3)]
    assert publish.load(world.public, SLUG, 2).candidate == candidate
    assert levels(world) == many(3) | {"b": 9, "s001": 5, "c": 1}


def test_any_decision_after_its_time_releases_it_first(world: World) -> None:
    approve(world)
    pass_time(world)
    orders.hold(world.ctx, SLUG, "Wu", "doubts")
    assert world.newest().n == 2
    with pytest.raises(DecisionError, match="was approved by Lin"):
        list(decide.reject(world.ctx, SLUG, world.newest().candidate, "Wu", "too late"))


def test_a_rejection_takes_it_back_and_a_newer_approval_sets_another_time(world: World) -> None:
    candidate = waits(world) or ""
    approve(world)
    assert approve(world).outcome == "held"
    assert len(world.state().decisions) == 1, "the same once more records nothing"
    assert approve(world, "Wu", "2026-07-03").reasons[0] == Embargoed(by="Wu", until="2026-07-03T00:00:00+08:00")
    list(decide.reject(world.ctx, SLUG, candidate, "Chen", "not announced", (2,)))
    assert [each.action for each in world.state().decisions] == ["approve", "approve", "reject"]
    pass_time(world, AFTER + dt.timedelta(days=3))
    assert (said(world.settle()), world.newest().n, waits(world)) == ([], 1, None)
    with pytest.raises(DecisionError, match="was rejected by Chen"):
        approve_of(world, candidate)


def approve_of(world: World, candidate: str, embargo: str | None = None) -> RefreshResult:
    return decide.approve(world.ctx, SLUG, candidate, "Lin", "as announced", embargo)


def test_an_approval_without_an_embargo_ends_one(world: World) -> None:
    approve(world)
    assert approve(world, "Wu", None).outcome == "released"
    assert (world.newest().n, world.newest().approval.by) == (2, "Wu")


def test_a_withdrawal_takes_it_back(world: World) -> None:
    world.settle()
    approve(world)
    candidate = waits(world) or ""
    withdraw(world.ctx, SLUG, 1, Withdrawal("Wu", "it names persons"))
    pass_time(world)
    world.settle()
    assert world.newest().n == 1
    assert superseded_by(world.private, SLUG, candidate) is not None


def test_a_changed_declaration_supersedes_it_and_says_so(world: World, caplog: pytest.LogCaptureFixture) -> None:
    candidate = waits(world) or ""
    approve(world)
    redeclare(world, fields=[column("site"), column("level", "number", strip="markup"), column("extra")])
    with pytest.raises(DecisionError, match="of a declaration that has changed since; run it again"):
        approve_of(world, candidate, "2026-07-03")
    world.settle()
    assert f"the candidate {candidate[:16]} is superseded by" in caplog.text
    assert "approved by Lin" in caplog.text
    pass_time(world)
    world.settle()
    assert all(publish.load(world.public, SLUG, n).candidate != candidate for n in range(1, world.newest().n + 1))
    with pytest.raises(DecisionError, match=r"was approved by Lin, but is superseded by"):
        approve_of(world, candidate)


def test_it_outlives_the_hold_that_it_is_of(make: Make) -> None:
    world = make()
    world.tell(table_csv(many(3)))
    orders.hold(world.ctx, SLUG, "Wu", "doubts")
    world.tell(table_csv({"b": 9}))
    candidate = waits(world)
    approve(world)
    assert list(orders.lift(world.ctx, SLUG, (), "Wu", "they are right")) == []
    assert world.newest().n == 1, "the end of the hold is not the end of the embargo"
    pass_time(world)
    world.settle()
    assert world.newest().candidate == candidate


@pytest.mark.parametrize("embargo", ["2026-07-01", START.isoformat(), "soon"])
def test_an_embargo_that_is_over_or_none_is_refused(world: World, embargo: str) -> None:
    with pytest.raises(DecisionError, match="expected the embargo to"):
        approve(world, embargo=embargo)
    assert world.state().decisions == ()


def test_a_machine_whose_clock_is_ahead_of_a_store_ends_no_embargo_early(world: World) -> None:
    approve(world)
    world.ctx.clock.simulated = None
    world.ctx.clock.present = lambda: AFTER + dt.timedelta(minutes=1)
    world.private.put_new(keys.SOURCE_KIND, b'{"kind": "live"}')
    ctx = replace(world.ctx, stores_ahead={"s3://x": dt.timedelta(days=-2)})
    orders.hold(ctx, SLUG, "Wu", "doubts")
    assert world.newest().n == 1
    orders.hold(replace(ctx, clock_is_right=True), SLUG, "Wu", "doubts")
    assert world.newest().n == 2


# Two people -------------------------------------------------------------------------------------------------


@pytest.fixture
def guarded(tmp_path: Path) -> World:
    """A dataset that asks for two people."""
    world = World(tmp_path)
    world.declare(declaration(approve="always", approvals=2))
    world.tell(table_csv(many(3)))
    return world


def test_the_first_approval_waits_and_the_second_of_another_person_releases(guarded: World) -> None:
    result = approve(guarded, embargo=None)
    assert (result.outcome, result.reasons[0]) == ("held", OneOfTwo(by="Lin", at=guarded.state().decisions[0].at))
    assert "one of two" in (result.reason or "")
    assert said(guarded.settle()) == []
    assert approve(guarded, "Wu", None).outcome == "released"
    approval = guarded.newest().approval
    assert approval.second
    assert (approval.by, approval.second.by, approval.second.reason) == ("Lin", "Wu", "as announced")
    write_lists(guarded.ctx)
    for language, words in (("en", "Wu, data steward, let it pass too:"), ("zh-TW", "另經資料管理人員 Wu 核可")):
        page = guarded.public.get(keys.release_page(SLUG, 1, language)).body.decode()
        assert re.sub(r"<[^>]*>", "", page).count("as announced") == 2
        assert words in re.sub(r"<[^>]*>", "", page)


def test_a_steward_who_is_called_auto_is_a_steward_all_the_same(world: World) -> None:
    approve(world, "auto", None)
    write_lists(world.ctx)
    assert "as announced" in world.public.get(keys.release_page(SLUG, 2, "en")).body.decode()


@pytest.mark.parametrize("who", ["os:lin", "os:LIN", "proxy:wu", "proxy:lin"])
def test_the_same_identity_under_another_name_is_refused(guarded: World, who: str) -> None:
    approve(guarded, embargo=None)
    with pytest.raises(DecisionError, match="Lin approved it as os:lin, and this dataset asks for two people"):
        approve(guarded, "Wu", None, who)
    assert len(guarded.state().decisions) == 1
    assert publish.newest(guarded.public, SLUG) is None


def test_nobody_vouched_for_is_nobody(guarded: World) -> None:
    with pytest.raises(DecisionError, match="nobody vouches for who approves"):
        approve_of(guarded, waits(guarded) or "")


def test_one_of_two_can_be_rejected_also_by_the_same_person(guarded: World) -> None:
    candidate = waits(guarded) or ""
    approve(guarded, embargo=None)
    list(decide.reject(guarded.ctx, SLUG, candidate, "Lin", "a mistake", (1,)))
    assert waits(guarded) is None
    with pytest.raises(DecisionError, match="was rejected by Lin"):
        decide.approve(replace(guarded.ctx, identity="os:wu"), SLUG, candidate, "Wu", "fine")


def test_two_people_and_an_embargo(guarded: World) -> None:
    approve(guarded)
    with pytest.raises(DecisionError, match=f"with the embargo {UNTIL.replace('+', '.')}, and you with none: say"):
        approve(guarded, "Wu", None)
    assert approve(guarded, "Wu", UNTIL).reasons[0] == Embargoed(by="Lin + Wu", until=UNTIL)
    pass_time(guarded)
    assert said(guarded.settle()) == [("released", 1)]
    assert guarded.newest().approval.second


def test_one_of_two_is_superseded_as_any_candidate(guarded: World) -> None:
    approve(guarded, embargo=None)
    guarded.tell(table_csv({"b": 9}))
    waiting = guarded.state().waiting
    assert waiting
    assert waiting.approved == ()


# Killed -----------------------------------------------------------------------------------------------------


def arranged(world: World) -> None:
    world.declare(declaration())
    world.tell(table_csv(many(3)))
    world.tell(UNKNOWN)
    world.hear(table_csv({"c": 2}))


def two(world: World) -> None:
    world.declare(declaration(approve="always", approvals=2))
    world.tell(table_csv(many(3)))


def approves(candidate: str, by: str, embargo: str | None) -> Work:
    def work(world: World) -> None:
        ctx = replace(world.ctx, identity=f"os:{by}")
        try:
            decide.approve(ctx, SLUG, candidate, by, "fine", embargo)
        except DecisionError:
            world.settle()

    return work


def rejects(world: World) -> None:
    try:
        list(decide.reject(world.ctx, SLUG, CANDIDATE[0], "Chen", "no", ()))
    except DecisionError:
        world.settle()


def after(world: World) -> None:
    pass_time(world)
    world.settle()


CANDIDATE: list[str] = [""]


def test_an_approval_killed_at_any_write_ends_the_same(tmp_path: Path) -> None:
    assert killed(arranged, UNTIL, tmp_path / "embargo", writes=True) > 1
    assert killed(two, None, tmp_path / "two", writes=True) > 1


@pytest.mark.soak
@pytest.mark.parametrize(("arrange", "embargo"), [(arranged, UNTIL), (two, None)], ids=["embargo", "two"])
def test_an_approval_killed_at_any_call_ends_the_same(
    arrange: Work, embargo: str | None, tmp_path: Path, counted: Callable[[str, int], None]
) -> None:
    points = killed(arrange, embargo, tmp_path, writes=False)
    counted("kill points of decisions, nights and repairs", points)
    assert points > 40


def killed(arrange: Work, embargo: str | None, tmp_path: Path, *, writes: bool) -> int:
    """Kill an approval, and let everyone come next; return at how many points."""
    decided = Decided("quick", tmp_path, None, arrange)
    CANDIDATE[0] = waits(decided.world()) or ""
    command = approves(CANDIDATE[0], "lin", embargo)
    others = {"the same": command, "a night": night, "a later night": after, "another": rejects}
    others["a second"] = approves(CANDIDATE[0], "wu", embargo)
    return kill(decided, command, others, writes=writes).points


@pytest.mark.soak
def test_a_release_after_an_embargo_killed_at_any_write_ends_the_same(tmp_path: Path) -> None:
    def approved(world: World) -> None:
        arranged(world)
        decide.approve(world.ctx, SLUG, waits(world) or "", "lin", "fine", UNTIL)

    decided = Decided("quick", tmp_path, None, approved)
    tried = kill(decided, after, {"a later night": after}, writes=True, night=True)
    assert tried.points > 20
    ends: Any = decided.world()
    assert ends.newest().n == 3
