"""The jobs, and the form that a decision needs."""

from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from worlds import World, column, declaration, declared

from pipelines.shell.forms import DECIDE, decision_form
from pipelines.shell.jobs import by_agency, decide, nightly

FORM = decision_form("rivers|0123456789abcdef")["ops"][DECIDE]["config"]
FILLED = FORM | {"action": "approve", "by": "Lin", "reason": "agreed with the agency"}


def test_an_agency_has_a_job_for_its_datasets_and_the_tables_before_them(tmp_path: Path):
    world = World(tmp_path)
    codes = declaration("codes", [column("code")], source={"protocol": "inline", "table": "table.csv"}, load="replace")
    world.declare(codes, table="code\na\n")
    refer = [{"fields": ["site"], "dataset": "codes", "to": ["code"]}]
    world.declare(declaration("rivers", references=refer))
    (job,) = by_agency(world.ctx.declarations)
    assert (job.name, job.description) == ("agency_waters", "Refresh the datasets of waters: codes, rivers.")
    selected = str(job.selection)
    assert all(
        f'"{stage}/{slug}"' in selected for stage in ("evidence", "table", "release") for slug in ("codes", "rivers")
    )
    assert '"catalog"' in selected


def test_the_night_takes_everything():
    assert nightly().selection == dg.AssetSelection.all()


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
