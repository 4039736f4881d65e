"""Candidates that wait: one for each dataset, so that a steward decides once; made again when the base moves."""

from dataclasses import replace

from catalog.release import publish
from catalog.release.document import Candidate
from pipelines.candidate.build import Built, build
from pipelines.candidate.plan import Refusal, Task
from pipelines.context import Context
from pipelines.declared import Basis
from pipelines.evidence import Outcome
from pipelines.refresh import state as lines
from pipelines.refresh.outcome import Item
from pipelines.refresh.state import Line, Waiting
from pipelines.refresh.status import write_status


def hold(ctx: Context, line: Line, candidate: Candidate, waiting: Waiting) -> None:
    """Stage a candidate as the one that waits; the one that waited before is superseded, visibly."""
    publish.stage(ctx.private, line.slug, candidate)
    lines.wait(ctx, line, waiting, f"candidate {waiting.identity}")


def held(ctx: Context, line: Line, built: Built, task: Task) -> Item:
    """Let what was built wait: as the candidate there is if it says the same, else with what waited before."""
    waiting = line.waiting
    replaces = task.basis.dataset.minsheng.load == "replace"
    heard = task.own
    if waiting and set(waiting.evidence) & set(line.open):
        if waiting.likeness == built.likeness:
            for k in heard:
                line.decide(k, Outcome("same", candidate=waiting.identity))
                line.alike.append(k)
            write_status(ctx, line)
            return replace(_said(line, built, heard), candidate=waiting.identity)
        if not replaces:
            own = tuple(sorted({*waiting.evidence, *heard}))
            task = replace(task, own=own, over=later(line, own))
            built = build(ctx, task) or built
    since = waiting.since if waiting else line.now(ctx)
    hold(ctx, line, built.candidate, built.waiting(since))
    if replaces:
        line.supersede_before(max(heard))
    write_status(ctx, line)
    return _said(line, built, heard)


def make_again(ctx: Context, line: Line, basis: Basis, waiting: Waiting | None, why: str) -> None:
    """Make the candidate that waited again, after a release or a later fetch; or let it go, visibly.

    Args:
        ctx: the run.
        line: as it stands now.
        basis: what to fold by.
        waiting: the candidate that waited before.
        why: what came since.
    """
    if waiting is None or (line.newest and waiting.identity == line.newest.candidate):
        line.waiting = None
        lines.wait(ctx, line, None, why)
        return
    line.waiting = waiting
    own = waiting.evidence
    if own and set(own) <= set(line.open):
        try:
            built = build(ctx, Task(basis, line.base, own, later(line, own)))
        except Refusal:
            built = None  # the next run finds it pending, and says why it is refused
        empty = line.base is None and built and not built.folded.changed  # later windows took all of a first release
        if built and built.verdict == "hold" and not empty:
            if built.likeness != waiting.likeness or not line.follows:
                hold(ctx, line, built.candidate, built.waiting(waiting.since))
            return
    lines.wait(ctx, line, None, why)


def later(line: Line, own: tuple[int, ...]) -> tuple[int, ...]:
    """Return the evidence after the first of `own` that was heard and decided on: it keeps the last word."""
    return tuple(k for k in range(min(own) + 1, line.newest_k + 1) if k not in own and line.had_its_word(k))


def _said(line: Line, built: Built, heard: tuple[int, ...]) -> Item:
    return built.item(line, line.evidence.read(max(heard)).fetched_at.isoformat())
