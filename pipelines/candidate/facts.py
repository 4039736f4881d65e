"""The `quality` fact of a candidate or of a release, read back and verified."""

from catalog.release.digest import Document
from catalog.release.document import Release
from catalog.release.publish import staged
from catalog.release.read import CandidateFiles, ReleaseFiles
from pipelines.context import Context


def candidate_quality(ctx: Context, slug: str, identity: str) -> Document:
    """Read the `quality` fact of a staged candidate.

    Args:
        ctx: the run.
        slug: the dataset.
        identity: the candidate's id.

    Returns:
        The fact, as `pipelines.candidate.verdict.quality_fact` makes it.

    Raises:
        DecisionError: there is no such candidate.
        IntegrityError: its document, or the fact, is missing or altered.
    """
    return CandidateFiles(ctx.private, ctx.public, staged(ctx.private, slug, identity)).fact("quality")


def release_quality(ctx: Context, release: Release) -> Document:
    """Read the `quality` fact of a release.

    Raises:
        IntegrityError: it is missing or altered.
    """
    return ReleaseFiles(ctx.public, release).fact("quality")
