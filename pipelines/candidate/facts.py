"""The `quality` fact of a candidate or of a release, read back and verified; and what of it is private."""

import contextlib

from catalog import keys
from catalog.release import publish
from catalog.release.digest import Document
from catalog.release.document import Candidate, Release
from catalog.release.read import CandidateFiles, ReleaseFiles
from catalog.store import Absent
from pipelines.candidate.verdict import names_columns
from pipelines.context import Context
from quality.guards import COLUMNS_UNKNOWN

DIGEST = "quarantine.sha256"
"""Beside a candidate, in the private store: the digest of its quarantine, of which only counts are published."""


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
    return CandidateFiles(ctx.private, ctx.public, publish.staged(ctx.private, slug, identity)).fact("quality")


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


def quarantine_digest(ctx: Context, release: Release) -> str | None:
    """Return the digest of the quarantine that a release lists or counts; None if it is not known any more.

    Args:
        ctx: the run.
        release: the release.

    Raises:
        IntegrityError: its quality fact is missing or altered.
    """
    fact, facts = release_quality(ctx, release)["quarantine"], release.facts
    if "digest" in fact:
        return str(fact["digest"])
    if facts.kind == "metadata" and facts.base:
        return quarantine_digest(ctx, publish.load(ctx.public, release.name, facts.base))
    with contextlib.suppress(Absent):
        return ctx.private.get(keys.candidate(release.name, release.candidate, DIGEST)).body.decode("ascii", "replace")
    return None
