"""A wrong figure of an agency: the patch to the declaration that corrects it, or lifts the correction again."""

from dataclasses import dataclass, replace
from pathlib import Path

from catalog.errors import DecisionError
from pipelines.context import Context
from pipelines.drift.changes import Draft, SourceChange
from pipelines.drift.corrections import Mending, lifted, proposed
from pipelines.drift.drift import diff
from pipelines.trace.heard import heard_row
from pipelines.trial.trial import Trial, trial


@dataclass(frozen=True)
class MendedDeclaration:
    """A declaration with a correction, or without one."""

    slug: str
    says: str
    """One sentence, without a full stop."""
    patch: str
    """A unified diff of dataset.yaml, for `patch -p1` beside the folder of declarations."""
    after: Trial | None
    """What a run would make of it; None where there is nothing to run."""


def correct(ctx: Context, slug: str, key: str, mending: Mending, k: int | None = None) -> MendedDeclaration:
    """Propose a correction of one cell.

    Args:
        ctx: the world; its stores are only read.
        slug: the dataset.
        key: of the row, as the agency wrote it or as it is published.
        mending: what is wrong, and what to read instead.
        k: the fetch that has the row; None looks through the newest.

    Raises:
        DecisionError: there is no such row or field, or it has that text already.
        DeclarationError: the edited text is no declaration.
    """
    heard = heard_row(ctx, slug, key, k)
    draft, path = _draft(ctx, slug)
    return _after(ctx, draft, proposed(draft, heard, mending), path)


def lift(ctx: Context, slug: str, identity: str) -> MendedDeclaration:
    """Propose to take a correction out.

    Args:
        ctx: the world; its stores are only read.
        slug: the dataset.
        identity: the id of the correction.

    Raises:
        DecisionError: there is no such correction.
    """
    draft, path = _draft(ctx, slug)
    return _after(ctx, draft, lifted(draft, identity), path)


def _draft(ctx: Context, slug: str) -> tuple[Draft, Path]:
    dataset, path = ctx.declarations.dataset(slug), ctx.declarations.folder / slug / "dataset.yaml"
    return Draft(path.read_text(encoding="utf-8"), dataset), path


def _after(ctx: Context, draft: Draft, change: SourceChange, path: Path) -> MendedDeclaration:
    edited, slug, after = draft.after([change]), draft.dataset.name, None
    if ctx.evidence(slug).newest():
        try:
            after = trial(replace(ctx, declarations=ctx.declarations.instead(edited.dataset)), slug)
        except DecisionError:
            after = None  # no whole answer is there to be tried
    return MendedDeclaration(slug, change.says, diff(draft.text, edited.text, path), after)
