"""The step that refuses fetches."""

from pathlib import Path

from nights import what
from worlds import SLUG, World, declaration, table_csv

from catalog.reasons.values import NotData
from pipelines.records import Outcome
from pipelines.refresh.repair import repaired
from pipelines.refresh.status import read_status
from pipelines.refresh.step import refuse


def test_fetches_that_are_refused_are_not_pending_and_the_status_says_why(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.declare(declaration())
    world.tell(table_csv({"a": 1}))
    first, second = world.hear(table_csv({"a": 2})), world.hear(table_csv({"a": 3}))
    reason = NotData(detail="expected a table, found a letter")
    step = refuse(world.ctx, repaired(world.ctx, SLUG), (first, second), reason)
    assert step.state.pending == world.state().pending == ()
    assert what(world, first) == what(world, second) == Outcome("refused", reason=reason)
    assert step.passing is None
    assert step.result is not None
    assert (step.result.outcome, step.result.release, step.result.reasons) == ("refused", 1, (reason,))
    assert step.result.fetched_at == world.ctx.evidence(SLUG).read(second).fetched_at.isoformat()
    assert read_status(world.ctx, world.ctx.declarations.dataset(SLUG), world.now).state == "failing"
