"""A wrong figure of an agency: the patch to the declaration that corrects it, or lifts the correction again."""

import contextlib
import shutil
from dataclasses import dataclass, field, replace
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
    path: Path
    """The declaration."""
    before: str = field(repr=False)
    text: str = field(repr=False)
    """The declaration as it is, and as it would be."""


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


def write(found: MendedDeclaration) -> None:
    """Write a mended declaration in the place of the one that it was made of.

    Raises:
        DecisionError: that was changed meanwhile, or may not be written here: nothing is written.
    """
    path, beside = found.path, found.path.with_name(f".{found.path.name}.new")
    if path.read_text(encoding="utf-8") != found.before:
        raise DecisionError(f"{path} was changed meanwhile; nothing is written: do it again")
    try:
        beside.write_text(found.text, encoding="utf-8")
        shutil.copymode(path, beside)
        beside.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise DecisionError(
            f"{path} cannot be written here ({error.strerror}); nothing is written: give the patch to who keeps the "
            "declarations"
        ) from None


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
    patch = diff(draft.text, edited.text, path)
    return MendedDeclaration(slug, change.says, patch, after, path, draft.text, edited.text)
