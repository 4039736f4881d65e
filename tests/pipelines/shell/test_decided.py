"""What the assets show of a decision: who, when, why, on which candidate, and what was released."""

from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from nights import waits
from worlds import SLUG, World, declaration, table_csv

from catalog import keys
from pipelines.settings import Settings, read
from pipelines.shell.decided import PRIVATE, PUBLIC
from pipelines.shell.forms import DECISION, REVIEW, review_link
from pipelines.shell.location import build
from pipelines.shell.states import STATE

REASON = "the agency said: *it* is right"


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    world.declare(declaration())
    world.tell(table_csv({"a": 1}))
    world.tell("site,level,extra\nb,2,x\n")
    return world


def chosen(home: Path) -> Settings:
    named = {"HOME": home, "DATASETS": home / "datasets", "STORE": f"file:{home}/public"}
    settings = {f"MINSHENG_{name}": str(value) for name, value in named.items()}
    return read(settings | {"MINSHENG_EVIDENCE": f"file:{home}/private"})


def run(world: World, form: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is shown on table/ and on release/ after a decision."""
    made = build(chosen(world.root)).resolve_job_def(REVIEW)
    with dg.DagsterInstance.ephemeral() as instance:
        config = {"ops": {DECISION: {"config": form}}}
        result = made.execute_in_process(instance=instance, run_config=config, raise_on_error=False)
    assert result.success
    (output,) = result.filter_events(lambda event: event.is_successful_output)
    # The overview of an asset shows its newest materialization, and hides an observation behind it.
    *_, observed, released = result.asset_materializations_for_node(DECISION)
    assert (observed.asset_key.path, released.asset_key.path) == ([f"{SLUG}.table"], [f"{SLUG}.release"])
    (state,) = [one for one in result.get_asset_check_evaluations() if one.check_name == STATE]
    assert state.metadata["state"].value == ("held" if waits(world) else "fresh"), "at once, not after a night"
    assert dict(output.step_output_data.metadata) == dict(observed.metadata), "the page of the run says the same"
    return dict(observed.metadata), dict(released.metadata)


def decide(world: World, action: str) -> tuple[dict[str, Any], dict[str, Any]]:
    candidate = waits(world) or ""
    form = {"dataset": SLUG, "candidate": candidate[:16], "action": action, "by": "Lin", "reason": REASON}
    return run(world, form)


def test_an_approval_says_who_when_why_and_what_was_released(world: World) -> None:
    candidate = waits(world)
    for shown in decide(world, "approve"):
        assert shown["outcome"].value == "approved / 已核可"
        assert shown["decided_by"] == dg.MetadataValue.text("Lin")
        assert shown["reason"] == dg.MetadataValue.text(REASON), "no Markdown"
        assert shown["reason_is"].value == PUBLIC
        assert shown["candidate"].value == candidate
        assert shown["released"].value == "release 2"
        assert str(shown["page"].value).endswith(keys.release_page(SLUG, 2, "zh-TW"))
        assert shown["decided_at"].value == world.state().decisions[0].at


def test_a_rejection_says_that_its_reason_is_private_and_what_it_sets_aside_which_can_be_let_in_again(
    world: World,
) -> None:
    for shown in decide(world, "reject"):
        assert (shown["outcome"].value, shown["reason_is"].value) == ("rejected / 不予核可", PRIVATE)
        assert shown["set_aside"].value == "2"
        assert "released" not in shown
    assert b"agency said" not in b"".join(world.public.get(key).body for key in world.public.list(""))
    lifted = run(world, {"dataset": SLUG, "action": "lift", "evidence": [2], "by": "Wu", "reason": REASON})
    for shown in lifted:
        assert (shown["outcome"].value, shown["let_in"].value) == ("lifted / 已解除", "2")
        assert shown["decided_by"] == dg.MetadataValue.text("Wu")
        assert shown["waits"].value == f"candidate {(waits(world) or '')[:16]}"
        assert shown["review"] == dg.MetadataValue.url(review_link(SLUG, waits(world) or ""))
