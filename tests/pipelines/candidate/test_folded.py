"""The fold of what may be published: each record is kept, left, or the same as another, and counted."""

import pytest
from worlds import SLUG, World, column

from pipelines.candidate.folded import fold_rows
from pipelines.candidate.plan import FoldPlan, Refusal
from pipelines.candidate.rows import planned_rows
from pipelines.context import Context


def plan(ctx: Context, *ks: int) -> FoldPlan:
    return FoldPlan(ctx.declarations.of(SLUG), None, ks)


def test_rows_are_kept_left_or_collapsed(make) -> None:
    world: World = make(fields=[column("site"), column("level", "number", constraints={"required": True})])
    world.hear("site,level\nb,2\na,1\nb,2\nc,x\n")
    world.hear("site,level\na,5\n")
    both = plan(world.ctx, 1, 2)
    folded = fold_rows(both, planned_rows(world.ctx, both), [])
    assert folded.kept.counts == {1: 2, 2: 1}
    assert folded.kept.first.column("site").to_pylist() == ["a", "a", "b"]
    assert (folded.collapsed, folded.quarantine.column("key").to_pylist()) == ({1: 1}, ["site=c"])
    assert folded.folded.counts.insert == 2


def test_one_key_with_two_contents_is_refused_by_name(make) -> None:
    world: World = make()
    world.hear("site,level\na,1\na,2\n")
    alone = plan(world.ctx, 1)
    with pytest.raises(Refusal, match="found two for site='a': level is"):
        fold_rows(alone, planned_rows(world.ctx, alone), [])
