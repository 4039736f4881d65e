"""What a run would make of a dataset as it is declared now: everything but the release, and nothing is written."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from catalog.errors import DecisionError
from catalog.reasons.faults import UnfitDeclaration
from catalog.reasons.values import Blocked, DeclarationUnreadable, GuardTripped, NoRows, NotData, Reason
from catalog.release.document import Release
from pipelines.answers import judge
from pipelines.candidate.build import Built, build
from pipelines.candidate.checks import approvals
from pipelines.candidate.concerned import reason_of
from pipelines.candidate.counts import RecordCounts, counted
from pipelines.candidate.plan import FoldPlan, Refusal
from pipelines.context import Context
from pipelines.declared import Declared, of_release
from pipelines.refresh.refold import counting_evidence, only_back
from pipelines.refresh.state import DatasetState, read_state
from pipelines.refresh.step import FoldResult, comes_of
from pipelines.refresh.waiting import later
from pipelines.trial.chosen import chosen
from pipelines.trial.world import dry, hear_file, hear_ours, read_as_declared, release_tables


@dataclass(frozen=True)
class Trial:
    """What a run would make of some fetches."""

    declared: Declared
    base: Release | None
    tried: tuple[int, ...]
    """The fetches that are folded, by the declaration as it stands."""
    fetched_at: Mapping[int, dt.datetime]
    """By fetch, those too that are refused."""
    refused: Mapping[int, Reason]
    """By fetch that cannot be folded: why."""
    asked_otherwise: tuple[int, ...]
    """The fetches that were asked by another source: a run would read them as that one says."""
    again: tuple[int, ...]
    """Where the declaration reads evidence differently than that of the base: the fetches that are folded with them."""
    result: FoldResult | None
    """None where no fetch can be folded."""
    reasons: tuple[Reason, ...]
    """Why it would be held, or refused."""
    built: Built | None = field(repr=False)

    @property
    def counts(self) -> RecordCounts:
        """Where the records of the fetches that are folded are, all together."""
        return counted(self.built.fetches if self.built else ())

    @property
    def left(self) -> pa.Table:
        """What left of the fetches, as `pipelines.conform.quarantine.SCHEMA`."""
        if self.built is None:
            raise AssertionError("nothing was folded")
        table = self.built.quarantine
        return table.filter(pc.is_in(table.column("fetch"), value_set=pa.array(self.tried, pa.int64())))


def trial(ctx: Context, slug: str, *, since: dt.datetime | None = None, file: Path | None = None) -> Trial:
    """Try what a run would make of evidence that is kept, or of one file.

    Args:
        ctx: the world; its stores are only read, and no agency is asked.
        slug: the dataset.
        since: try every fetch that began since then; None: what a run would have to decide on, or the newest fetch.
        file: try this file alone, as if the agency had just sent it.

    Raises:
        DecisionError: there is nothing to try.
        DeclarationError: the declaration is wrong, or cannot read what was released under the one before.
    """
    ctx = dry(ctx)
    release_tables(ctx, slug)
    hear_ours(ctx, slug)
    heard = hear_file(ctx, slug, file) if file else None
    state = read_state(ctx, slug)
    ks = (heard,) if heard else chosen(state, since)
    if not ks:
        what = f"kept since {since.isoformat()}" if since else "kept"
        raise DecisionError(f"{slug} has no answer that is {what}; run it first, or try a file, with --file")
    declared = ctx.declarations.with_tables(ctx.public, slug)
    ks = ks[-1:] if declared.replaces else ks
    otherwise = read_as_declared(ctx, declared.dataset, ks)
    ctx = replace(ctx)  # what was read of them before is forgotten
    state = read_state(ctx, slug)
    folded = _folded(ctx, state, declared, ks, only=bool(since or file))
    return Trial(
        declared=declared,
        base=state.base,
        fetched_at={k: state.evidence.read(k).fetched_at for k in ks},
        asked_otherwise=otherwise,
        **folded._asdict(),
    )


class _Fold(NamedTuple):
    """What became of the fetches that are tried; see `Trial`."""

    tried: tuple[int, ...]
    refused: dict[int, Reason]
    again: tuple[int, ...] = ()
    result: FoldResult | None = None
    reasons: tuple[Reason, ...] = ()
    built: Built | None = None


def _folded(ctx: Context, state: DatasetState, declared: Declared, ks: tuple[int, ...], *, only: bool) -> _Fold:
    """Judge fetches and fold those that are data, as a run does: one that cannot be folded leaves the others."""
    refused: dict[int, Reason] = {}
    for k in ks:
        outcome = judge(ctx, declared.dataset, k)
        if outcome and outcome.reason:
            refused[k] = outcome.reason
    while own := tuple(k for k in ks if k not in refused):
        plan = _plan(ctx, state, declared, own, only=only)
        try:
            built = build(ctx, plan)
        except Refusal as error:
            if error.k not in own:
                unreadable = DeclarationUnreadable(fetch=error.k, detail=error.message)
                raise UnfitDeclaration(declared.slug, unreadable) from error
            refused[error.k] = NotData(detail=error.message)
            continue
        if built is None:
            raise AssertionError("a plan that is looked at always gives a candidate")
        result, reasons = _comes_of(ctx, plan, built)
        return _Fold(own, refused, plan.over if plan.again else (), result, reasons, built)
    return _Fold((), refused)


def _plan(ctx: Context, state: DatasetState, declared: Declared, own: tuple[int, ...], *, only: bool) -> FoldPlan:
    """The plan of a run; of some fetches only, the rest of what was folded is read again where it must be."""
    over = () if declared.replaces else later(state, own)
    plan = FoldPlan(declared, state.base, own, over, state.set_aside, looked_at=True, **state.follows)
    base = state.base
    if base is None or base.facts.fingerprint == declared.fingerprint:
        return plan
    other = of_release(ctx.public, ctx.private, base).dataset.shape != declared.dataset.shape
    if only and not (other or declared.replaces):
        return plan
    counting = () if declared.replaces else counting_evidence(state, newest_only=False)
    over = tuple(k for k in counting if k not in own)
    return replace(plan, over=over, kind="schema" if other else "refold", again=True)


def _comes_of(ctx: Context, plan: FoldPlan, built: Built) -> tuple[FoldResult, tuple[Reason, ...]]:
    """What a run would make of a fold, and why."""
    result = comes_of(plan, built)
    if result == "without-rows":
        return result, (NoRows(),)
    if result == "blocked":
        return result, (Blocked(reasons=built.reasons),)
    if plan.again and plan.base:
        same = plan.kind != "schema" and not built.folded.changed
        if same and built.verdict == "pass":
            return "unchanged", ()
        back = plan.kind != "schema" and built.verdict == "pass" and only_back(ctx, plan.base, built, plan.declared)
        waits = [] if same or back else approvals(replace(plan, waits=True), built.counts)
        wanted = [
            reason_of(each)
            for each in waits
            if each.id not in {one.guard for one in built.reasons if isinstance(one, GuardTripped)}
        ]
        return ("held" if wanted else result), (*built.reasons, *wanted)
    return result, built.reasons
