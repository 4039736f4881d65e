"""The `quality` fact of a candidate or of a release, read back and verified."""

from catalog.release.digest import Document
from catalog.release.document import Candidate, Release
from catalog.release.publish import staged
from catalog.release.read import CandidateFiles, ReleaseFiles
from pipelines.candidate.verdict import names_columns
from pipelines.context import Context
from quality.guards import COLUMNS_UNKNOWN


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


def of_earlier_version(ctx: Context, slug: str, candidate: Candidate) -> bool:
    """Return whether a staged candidate would publish the names of columns that nobody declared, as 0.1.0 made it.

    Args:
        ctx: the run.
        slug: the dataset.
        candidate: the candidate.

    Raises:
        IntegrityError: its quality fact is missing or altered.
    """
    if COLUMNS_UNKNOWN not in candidate.facts.failed:
        return False
    return names_columns(CandidateFiles(ctx.private, ctx.public, candidate).fact("quality"))


def release_quality(ctx: Context, release: Release) -> Document:
    """Read the `quality` fact of a release.

    Raises:
        IntegrityError: it is missing or altered.
    """
    return ReleaseFiles(ctx.public, release).fact("quality")
