"""The job by which a steward decides, and the form that it needs."""

import dataclasses
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from nights import killed, said, waits
from tiers import few
from worlds import SLUG, World, declaration, declared, table_csv

from catalog import keys
from catalog.release import publish
from pipelines.refresh import decide as decisions
from pipelines.settings import Settings, read
from pipelines.shell.decided import IN_NOTICE
from pipelines.shell.forms import DECISION, REVIEW, review_form, review_key
from pipelines.shell.location import build
from pipelines.shell.review import review
from pipelines.shell.sensors import waiting_candidates

FORM = review_form("rivers|0123456789abcdef")["ops"][DECISION]["config"]
FILLED = FORM | {"action": "approve", "by": "Lin", "reason": "agreed with the agency"}


@pytest.mark.parametrize(
    "form",
    [FORM, FILLED | {"action": "maybe"}, FILLED | {"by": None}, FILLED | {"evidence": ["one"]}, FILLED | {"more": 1}],
    ids=["empty", "action", "by", "evidence", "more"],
)
def test_a_form_that_is_not_filled_in_is_refused(form: dict[str, Any]):
    with pytest.raises(dg.DagsterInvalidConfigError):
        dg.validate_run_config(without_resources(), {"ops": {DECISION: {"config": form}}})


def test_a_form_that_is_filled_in_is_taken():
    for form in (FILLED, FILLED | {"action": "reject", "evidence": [3]}):
        assert dg.validate_run_config(without_resources(), {"ops": {DECISION: {"config": form}}})


def settings_of(home: Path) -> Settings:
    named = {"HOME": home, "DATASETS": home / "datasets", "STORE": f"file:{home}/public"}
    settings = {f"MINSHENG_{name}": str(value) for name, value in named.items()}
    return read(settings | {"MINSHENG_EVIDENCE": f"file:{home}/private"})


def without_resources() -> dg.JobDefinition:
    """The job, whose form can be checked without a world."""
    return dg.Definitions(jobs=[review([declared()])], resources={"world": None}).resolve_job_def(REVIEW)


@pytest.mark.parametrize(
    ("action", "dies"),
    few(
        [
            ("approve", "document"),
            ("reject", "mark"),
            ("approve", "decision"),
            ("reject", "decision"),
            ("reject", None),
        ],
        2,
    ),
)
def test_a_decision_whose_run_was_killed_is_finished_when_the_run_is_executed_again(
    action: str, dies: str | None, tmp_path: Path
) -> None:
    world = World(tmp_path)
    world.declare(declaration())
    world.tell(table_csv({"a": 1}))
    world.tell("site,level,extra\nb,2,x\n")
    candidate = waits(world) or ""
    form = FORM | {"dataset": SLUG, "candidate": candidate[:16], "action": action, "by": "Lin", "reason": "agreed"}
    work = {
        "approve": lambda: decisions.approve(world.ctx, SLUG, candidate, "Lin", "agreed"),
        "reject": lambda: list(decisions.reject(world.ctx, SLUG, candidate, "Lin", "agreed")),
    }[action]
    at = {
        "decision": keys.decision(SLUG, 1),
        "document": keys.document(SLUG, 2),
        "mark": keys.candidate(SLUG, candidate, "superseded.json"),
    }
    assert killed(world, work, after_key=at[dies] if dies else None) == (dies is not None)
    chosen = settings_of(tmp_path)
    offered = set(waiting_candidates(chosen) or ())
    assert offered == ({review_key(SLUG, candidate)} if (action, dies) == ("approve", "decision") else set())
    job = build(chosen).resolve_job_def(REVIEW)
    with dg.DagsterInstance.ephemeral() as instance:
        for _ in range(2):
            config = {"ops": {DECISION: {"config": form}}}
            assert job.execute_in_process(instance=instance, run_config=config, raise_on_error=False).success
        late = {"ops": {DECISION: {"config": form | {"action": "reject", "by": "Wu"}}}}
        again = job.execute_in_process(instance=instance, run_config=late, raise_on_error=False)
    (failed,) = again.filter_events(lambda event: event.is_step_failure)
    assert "by Lin (agreed)" in (failed.step_failure_data.user_failure_data.description or "")
    assert world.newest().n == (2 if action == "approve" else 1)
    assert len(world.state().decisions) == 1
    assert waiting_candidates(chosen) == {}
    (listed,) = publish.read_json(world.public, "catalog.json")["datasets"]
    assert listed["release"] == world.newest().n


class Desk:
    """A world, and a steward who fills in forms."""

    def __init__(self, home: Path) -> None:
        self.world = World(home)
        self.world.declare(declaration())
        self.job = build(settings_of(home)).resolve_job_def(REVIEW)

    def decide(self, partition: str, **typed: object) -> dg.ExecuteInProcessResult:
        """Choose a partition, and fill in what the form leaves empty."""
        form = review_form(partition)["ops"][DECISION]["config"] | typed
        with dg.DagsterInstance.ephemeral() as instance:
            config = {"ops": {DECISION: {"config": form}}}
            return self.job.execute_in_process(instance=instance, run_config=config, raise_on_error=False)

    def refused(self, partition: str, **typed: object) -> str:
        """Why a form is refused; nothing is recorded."""
        before = self.world.state().decisions
        (failed,) = self.decide(partition, **typed).filter_events(lambda event: event.is_step_failure)
        assert self.world.state().decisions == before
        return failed.step_failure_data.user_failure_data.description or ""


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    desk.world.tell(table_csv({"a": 1}))
    return desk


SIGNED = {"by": "Lin", "reason": "the agency said: it is *wrong*"}


def test_a_dataset_alone_is_held_and_the_hold_is_lifted(desk: Desk) -> None:
    *_, shown = desk.decide(SLUG, action="hold", **SIGNED).asset_materializations_for_node(DECISION)
    assert shown.metadata["outcome"].value == "on hold / 已暫停釋出"
    assert shown.metadata["reason"] == dg.MetadataValue.text("the agency said: it is *wrong*")
    assert "private" in str(shown.metadata["reason_is"].value)
    assert said(desk.world.tell(table_csv({"b": 2}))) == [("held", 1)]
    *_, shown = desk.decide(SLUG, action="lift", **SIGNED).asset_materializations_for_node(DECISION)
    assert (shown.metadata["outcome"].value, shown.metadata["release"].value) == ("lifted / 已解除", 2)
    assert "is not held by a steward" in desk.refused(SLUG, action="lift", by="Wu", reason="once more")
    assert "no dataset 'seas' is declared" in desk.refused("seas", action="hold", **SIGNED)


def test_a_field_that_an_action_does_not_use_or_lacks_is_told(desk: Desk) -> None:
    desk.world.tell("site,level,extra\nb,2,x\n")
    partition = review_key(SLUG, waits(desk.world) or "")
    assert "does not use candidate" in desk.refused(partition, action="hold", **SIGNED)
    assert "does not use evidence" in desk.refused(partition, action="approve", evidence=[2], **SIGNED)
    assert "expected reason for the action reject" in desk.refused(partition, action="reject", by="Lin")
    assert "expected candidate for the action approve" in desk.refused(SLUG, action="approve", **SIGNED)


@pytest.mark.parametrize("text", ["<b>Lin</b>", "Lin: of the *ministry*", "Lin\nWu", "![x](http://x.example/y.png)"])
def test_what_a_steward_writes_is_kept_and_shown_as_it_is(text: str, desk: Desk) -> None:
    desk.world.tell("site,level,extra\nb,2,x\n")
    partition = review_key(SLUG, waits(desk.world) or "")
    done = desk.decide(partition, action="approve", by=text, reason=text)
    *_, shown = done.asset_materializations_for_node(DECISION)
    assert shown.metadata["decided_by"] == shown.metadata["reason"] == dg.MetadataValue.text(text)
    assert (desk.world.state().decisions[0].by, desk.world.newest().approval.reason) == (text, text)


def test_an_embargo_and_a_second_person_are_told_and_the_candidate_stays_offered(desk: Desk) -> None:
    desk.world.declare(declaration(approvals=2))
    desk.world.tell("site,level,extra\nb,2,x\n")
    partition = review_key(SLUG, waits(desk.world) or "")
    typed = SIGNED | {"action": "embargo", "embargo": "2026-12-01T09:00+08:00"}
    shown = desk.decide(partition, **typed).asset_materializations_for_node(DECISION)
    told_last = [each for each in shown if each.asset_key.path == [f"{SLUG}.release"]][-1]
    assert str(told_last.metadata["outcome"].value).startswith("approved by one of two")
    assert "this dataset asks for two people" in desk.refused(partition, **typed | {"by": "Wu"})
    decisions.approve(
        dataclasses.replace(desk.world.ctx, identity="os:somebody-else"), SLUG, waits(desk.world) or "", "Wu", "fine",
        "2026-12-01T09:00+08:00",
    )  # fmt: skip
    told = (waiting_candidates(settings_of(desk.world.root)) or {})[partition]
    assert "approved by Lin + Wu, public from 2026-12-01T09:00:00+08:00" in told
    assert "將於 2026-12-01T09:00:00+08:00 起公開" in told
    assert "does not use embargo" in desk.refused(partition, **typed | {"action": "approve"})


TO_ANNOUNCE = {
    "change_en": "In *metres*.",
    "change_zh": "改以公尺計。",
    "fields": ["level"],
    "from": "2136-09-01",
}


def test_a_breaking_change_is_announced_shown_and_taken_back(desk: Desk) -> None:
    done = desk.decide(SLUG, action="announce", by="Lin", to_announce=TO_ANNOUNCE)
    table, release = done.asset_materializations_for_node(DECISION)
    for shown in (table.metadata, release.metadata):
        assert (shown["outcome"].value, shown["decided_by"]) == ("announced / 已預告", dg.MetadataValue.text("Lin"))
        assert shown["reason_is"].value == IN_NOTICE
        assert str(shown["notice"].value).endswith(keys.notice(SLUG, 1))
    says = "1: from 2136-09-01 on: In *metres*.\n改以公尺計。"
    assert release.metadata["announced"] == dg.MetadataValue.text(says), "no Markdown"
    done = desk.decide(SLUG, action="take-back", notice=1, **SIGNED)
    *_, release = done.asset_materializations_for_node(DECISION)
    assert release.metadata["outcome"].value == "taken back / 預告已取消"
    assert "announced" not in release.metadata
    assert [each.action for each in desk.world.state().decisions] == ["announce", "announce"]


def test_half_an_announcement_is_told(desk: Desk) -> None:
    for typed, told in (
        ({"to_announce": TO_ANNOUNCE | {"from": "soon"}}, "expected from as a day, as 2027-03-01, found 'soon'"),
        ({"to_announce": TO_ANNOUNCE | {"change_zh": ""}}, "both languages, found none in Chinese"),
        ({"to_announce": TO_ANNOUNCE | {"change_zh": "", "change_en": ""}}, "expected change_en and change_zh"),
        ({"to_announce": TO_ANNOUNCE, "reason": "why"}, "does not use reason"),
        ({"to_announce": TO_ANNOUNCE, "notice": 3}, "has no announcement 3"),
        ({}, "expected to_announce for the action announce"),
    ):
        assert told in desk.refused(SLUG, **{"action": "announce", "by": "Lin"} | typed), told
    assert "expected notice for the action take-back" in desk.refused(SLUG, action="take-back", **SIGNED)


def test_an_old_link_says_what_became_of_its_candidate(desk: Desk) -> None:
    desk.world.tell("site,level,extra\nb,2,x\n")
    partition = review_key(SLUG, waits(desk.world) or "")
    assert desk.decide(partition, action="reject", **SIGNED).success
    told = desk.refused(partition, action="approve", by="Wu", reason="fine")
    assert "was rejected by Lin (the agency said: it is *wrong*), which sets fetches [2] aside" in told
