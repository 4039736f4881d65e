"""The jobs `hold` and `lift`, and what the assets show of them."""

from pathlib import Path

import dagster as dg
from nights import said
from worlds import SLUG, World, declaration, table_csv

from pipelines.settings import read
from pipelines.shell.holds import HOLD, LIFT
from pipelines.shell.location import build


def test_a_dataset_is_held_and_the_hold_is_lifted(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.declare(declaration())
    world.tell(table_csv({"a": 1}))
    named = {"HOME": tmp_path, "DATASETS": tmp_path / "datasets", "STORE": f"file:{tmp_path}/public"}
    settings = {f"MINSHENG_{name}": str(value) for name, value in named.items()}
    defs = build(read(settings | {"MINSHENG_EVIDENCE": f"file:{tmp_path}/private"}))

    def run(job: str, op: str, **form: object) -> dg.ExecuteInProcessResult:
        with dg.DagsterInstance.ephemeral() as instance:
            config = {"ops": {op: {"config": form}}}
            made = defs.resolve_job_def(job)
            return made.execute_in_process(instance=instance, run_config=config, raise_on_error=False)

    signed = {"dataset": SLUG, "by": "Lin", "reason": "the agency said: it is *wrong*"}
    result = run("hold", HOLD, **signed)
    (shown,) = result.asset_materializations_for_node(HOLD)
    assert shown.metadata["outcome"].value == "on hold"
    assert shown.metadata["reason"] == dg.MetadataValue.text("the agency said: it is *wrong*")
    assert "private" in str(shown.metadata["reason_is"].value)
    assert said(world.tell(table_csv({"b": 2}))) == [("held", 1)]
    (shown,) = run("lift", LIFT, **signed, evidence=[]).asset_materializations_for_node(LIFT)
    assert (shown.metadata["outcome"].value, shown.metadata["release"].value) == ("lifted", 2)
    assert not run("lift", LIFT, **signed | {"by": "Wu"}, evidence=[]).success
    assert not run("hold", HOLD, **signed | {"dataset": "seas"}).success
