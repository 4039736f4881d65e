"""The job `correct`: from a wrong figure to the release without it, and back, by runs of Dagster alone."""

from typing import Any

import dagster as dg
import pytest
from drifting import ROWS, declare, reread, table
from nights import Make, approve
from worlds import SLUG, World

from pipelines.shell.correcting import correct_job
from pipelines.shell.forms import CORRECT, CORRECTION, correct_form
from pipelines.shell.location import build
from pipelines.shell.names import key

FILLED = {
    "dataset": SLUG,
    "key": "S00",
    "column": "level",
    "instead": "10.5",
    "reason": "Stuck.",
    "reason_zh": "卡死。",
}


@pytest.fixture
def world(make: Make) -> World:
    """A released figure that is wrong."""
    world = make()
    declare(world)
    world.tell(table([("S00", "測站0", "9999"), *ROWS[1:]]))
    return world


def run(world: World, **filled: Any) -> dg.ExecuteInProcessResult:
    job = build(world.settings).resolve_job_def(CORRECT)
    with dg.DagsterInstance.ephemeral() as instance:
        return job.execute_in_process(instance=instance, run_config=correct_form(**filled), raise_on_error=False)


def told(result: dg.ExecuteInProcessResult) -> dict[str, Any]:
    """What the page of the run shows."""
    (output,) = result.filter_events(lambda event: event.is_step_success or event.is_successful_output)[:1]
    return {name: value.value for name, value in output.step_output_data.metadata.items()}


def failure(result: dg.ExecuteInProcessResult) -> str:
    (failed,) = result.filter_events(lambda event: event.is_step_failure)
    said = failed.step_failure_data.user_failure_data
    return (said.description if said else None) or ""


def declared(world: World) -> str:
    return (world.datasets / SLUG / "dataset.yaml").read_text(encoding="utf-8")


def test_unless_it_is_sure_it_only_shows_what_would_change(world: World) -> None:
    before = declared(world)
    result = run(world, **FILLED)
    assert result.success
    assert declared(world) == before
    shown = told(result)
    assert "level of site=S00 is '9999' in row 1 of fetch 1" in shown["says"]
    assert "with this patch a run would hold it" in shown["would"]
    assert "套用此修改後，下次執行將列為待審" in shown["would"]
    assert '+      value: "10.5"' in shown["patch"]
    assert shown["next"].startswith(
        "Nothing is written yet: to write it into the declaration, set sure to true / 尚未寫入"
    )
    assert result.asset_materializations_for_node(CORRECTION) == []


def test_what_is_written_waits_after_the_next_run_and_can_be_lifted(world: World) -> None:
    before = declared(world)
    result = run(world, **FILLED, sure=True)
    (made,) = result.asset_materializations_for_node(CORRECTION)
    assert (made.asset_key, made.metadata["outcome"].value) == (key("table", SLUG), "corrected / 已更正")
    assert made.metadata["run"] == dg.MetadataValue.url("/locations/minsheng/jobs/dataset_rivers")
    reread(world)
    (held,) = world.settle()
    assert (held.outcome, held.changes) == ("held", (0, 1, 0))
    approve(world)
    assert world.rows()[0]["level"] == 10.5

    (correction,) = world.ctx.declarations.dataset(SLUG).minsheng.corrections
    (made,) = run(world, dataset=SLUG, lift=correction.id, sure=True).asset_materializations_for_node(CORRECTION)
    assert made.metadata["outcome"].value == "correction lifted / 已取消更正"
    assert declared(world) == before


def test_what_it_cannot_do_is_one_sentence(world: World) -> None:
    assert failure(run(world, **FILLED | {"reason": ""})).startswith(f"{SLUG}: expected reason for a correction")
    assert "has no column 'depth'" in failure(run(world, **FILLED | {"column": "depth"}))
    assert "no dataset 'seas' is declared; known are rivers" in failure(run(world, **FILLED | {"dataset": "seas"}))
    (world.datasets / SLUG / ".dataset.yaml.new").mkdir()
    assert "cannot be written here" in failure(run(world, **FILLED, sure=True))


def test_the_form_is_shown_with_texts_in_quotes() -> None:
    job = dg.Definitions(jobs=[correct_job([])], resources={"world": None}).resolve_job_def(CORRECT)
    assert dg.validate_run_config(job, correct_form(**FILLED))
    for wrong in ({"evidence": "one"}, {"key": None}, {"sure": "yes"}, {"more": 1}):
        with pytest.raises(dg.DagsterInvalidConfigError):
            dg.validate_run_config(job, correct_form(**wrong))
