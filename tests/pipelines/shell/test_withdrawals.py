"""The job `withdraw`: its form, what it says before, and what the assets show after it."""

from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from worlds import SLUG, World, declaration, declared, table_csv

from catalog import keys
from catalog.release import notices
from pipelines.identity import of_process
from pipelines.shell.location import build
from pipelines.shell.withdrawals import FORM, WITHDRAW, withdraw_job

FILLED = FORM | {
    "dataset": SLUG,
    "release": 2,
    "by": "Lin",
    "reason": "names: of *persons*",
    "basis": "PDPA, article 11",
}


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    world.declare(declaration())
    for rows in ({"a": 1}, {"s666": 667}, {"c": 3}):
        world.tell(table_csv(rows))
    return world


def run(world: World, form: dict[str, Any]) -> dg.ExecuteInProcessResult:
    job = build(world.settings).resolve_job_def("withdraw")
    with dg.DagsterInstance.ephemeral() as instance:
        config = {"ops": {WITHDRAW: {"config": form}}}
        return job.execute_in_process(instance=instance, run_config=config, raise_on_error=False)


def failure(result: dg.ExecuteInProcessResult) -> str:
    (failed,) = result.filter_events(lambda event: event.is_step_failure)
    told = failed.step_failure_data.user_failure_data
    return (told.description if told else None) or ""


def test_the_form_is_shown_empty_with_texts_in_quotes() -> None:
    job = dg.Definitions(jobs=[withdraw_job([declared()])], resources={"world": None}).resolve_job_def("withdraw")
    assert dg.validate_run_config(job, {"ops": {WITHDRAW: {"config": FILLED | {"sure": True}}}})
    for wrong in ({"release": "two"}, {"by": None}, {"purge": "yes"}, {"more": 1}):
        with pytest.raises(dg.DagsterInvalidConfigError):
            dg.validate_run_config(job, {"ops": {WITHDRAW: {"config": FILLED | wrong}}})


def test_unless_it_is_sure_it_only_says_what_would_go(world: World) -> None:
    assert run(world, FILLED).success
    assert notices.read(world.public, SLUG) == ()
    assert "needs a name and a reason" in failure(run(world, FILLED | {"by": " ", "sure": True}))
    assert "no dataset 'seas' is declared; known are rivers" in failure(run(world, FILLED | {"dataset": "seas"}))
    assert "has no release 9" in failure(run(world, FILLED | {"release": 9}))


def test_the_assets_say_who_when_and_why_and_what_is_served(world: World) -> None:
    for _ in range(2):
        result = run(world, FILLED | {"sure": True})
        assert result.success
        observed, made = result.asset_materializations_for_node(WITHDRAW)
        assert (observed.asset_key.path, made.asset_key.path) == ([f"{SLUG}.table"], [f"{SLUG}.release"])
        for shown in (observed.metadata, made.metadata):
            assert shown["by"] == dg.MetadataValue.text("Lin")
            assert shown["reason"] == dg.MetadataValue.text("names: of *persons*"), "no Markdown"
            assert shown["basis"] == dg.MetadataValue.text("PDPA, article 11")
            assert shown["withdrawn"].value == "2, 3"
            assert str(shown["notice"].value).endswith(keys.notice(SLUG, 1))
        assert made.metadata["release"].value == 1
    assert len(notices.read(world.public, SLUG)) == 1
    (decision,) = world.state().decisions
    assert decision.identity == of_process()
