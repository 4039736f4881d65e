"""The jobs, and the form that a decision needs."""

from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from nights import killed, waits
from worlds import SLUG, World, declaration, declared, table_csv

from catalog import keys
from catalog.release import publish
from pipelines.refresh import decide as decisions
from pipelines.settings import read
from pipelines.shell.forms import DECIDE, decision_form, decision_key
from pipelines.shell.jobs import decide
from pipelines.shell.location import build
from pipelines.shell.sensors import waiting_candidates

FORM = decision_form("rivers|0123456789abcdef")["ops"][DECIDE]["config"]
FILLED = FORM | {"action": "approve", "by": "Lin", "reason": "agreed with the agency"}


@pytest.mark.parametrize(
    "form",
    [FORM, FILLED | {"action": "maybe"}, FILLED | {"by": None}, FILLED | {"evidence": ["one"]}, FILLED | {"more": 1}],
    ids=["empty", "action", "by", "evidence", "more"],
)
def test_a_form_that_is_not_filled_in_is_refused(form: dict[str, Any]):
    with pytest.raises(dg.DagsterInvalidConfigError):
        dg.validate_run_config(without_resources(), {"ops": {DECIDE: {"config": form}}})


def test_a_form_that_is_filled_in_is_taken():
    for form in (FILLED, FILLED | {"action": "reject", "evidence": [3]}):
        assert dg.validate_run_config(without_resources(), {"ops": {DECIDE: {"config": form}}})


def without_resources() -> dg.JobDefinition:
    """The job `decide`, whose form can be checked without a world."""
    return dg.Definitions(jobs=[decide([declared()])], resources={"world": None}).resolve_job_def("decide")


@pytest.mark.parametrize(
    ("action", "dies"),
    [("approve", "decision"), ("approve", "document"), ("reject", "decision"), ("reject", "mark"), ("reject", None)],
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
    home = tmp_path
    named = {"HOME": home, "DATASETS": home / "datasets", "STORE": f"file:{home}/public"}
    chosen = read(
        {f"MINSHENG_{name}": str(value) for name, value in named.items()}
        | {"MINSHENG_EVIDENCE": f"file:{home}/private"}
    )
    offered = set(waiting_candidates(chosen) or ())
    assert offered == ({decision_key(SLUG, candidate)} if (action, dies) == ("approve", "decision") else set())
    job = build(chosen).resolve_job_def("decide")
    with dg.DagsterInstance.ephemeral() as instance:
        for _ in range(2):
            config = {"ops": {DECIDE: {"config": form}}}
            assert job.execute_in_process(instance=instance, run_config=config, raise_on_error=False).success
        late = {"ops": {DECIDE: {"config": form | {"action": "reject", "by": "Wu"}}}}
        again = job.execute_in_process(instance=instance, run_config=late, raise_on_error=False)
    (failed,) = again.filter_events(lambda event: event.is_step_failure)
    assert "by Lin (agreed)" in (failed.step_failure_data.user_failure_data.description or "")
    assert world.newest().n == (2 if action == "approve" else 1)
    assert len(world.state().decisions) == 1
    assert waiting_candidates(chosen) == {}
    (listed,) = publish.read_json(world.public, "catalog.json")["datasets"]
    assert listed["release"] == world.newest().n
