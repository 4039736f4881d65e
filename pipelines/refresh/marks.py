"""The candidate that a steward is to decide on, as it is marked in the private store. It is read, never written."""

from dataclasses import dataclass, field

from catalog import keys
from catalog.errors import MinshengError
from catalog.reasons.stored import read_all
from catalog.reasons.values import Reason
from catalog.release import publish
from catalog.release.digest import unsealed
from catalog.release.document import Candidate, Release
from catalog.store import Absent
from pipelines.context import Context

_SAID = {"candidate", "likeness", "since", "reasons", "alone"}
"""What waiting.json says, in any version."""


@dataclass(frozen=True)
class Waiting:
    """The candidate that a steward is to decide on."""

    candidate: Candidate = field(repr=False)
    likeness: str
    """Hash of content and findings, whichever fetch brought them."""
    since: str
    """ISO 8601."""
    reasons: tuple[Reason, ...]
    alone: tuple[int, ...]
    """The fetches that alone would be held: what a rejection excludes unless it names others."""

    approved: tuple[Reason, ...] = ()
    """What stewards approved of it, and why it waits still."""
    early: tuple[Reason, ...] = ()
    """What readers were told that it does not keep to."""

    @property
    def identity(self) -> str:
        """The candidate's id."""
        return self.candidate.identity

    @property
    def told(self) -> tuple[Reason, ...]:
        """All that a steward is told of it."""
        return (*self.approved, *self.early, *self.reasons)

    @property
    def evidence(self) -> tuple[int, ...]:
        """The fetches it answers for."""
        return self.candidate.facts.evidence

    @property
    def is_of_declaration(self) -> bool:
        """Whether a change of the declaration made it, and not what an agency said."""
        return self.candidate.facts.kind in ("schema", "refold", "metadata")

    def fits(self, fingerprint: str, suite: str) -> bool:
        """Return whether it was made by declaration and suite as they stand; else its evidence is pending again."""
        return (self.candidate.facts.fingerprint, self.candidate.facts.suite) == (fingerprint, suite)


def read_waiting(ctx: Context, slug: str, newest: Release | None) -> tuple[Waiting | None, str | None]:
    """Return the candidate that waits, and the etag of waiting.json where it names one, be it released or lost."""
    try:
        blob = ctx.private.get(keys.waiting(slug))
    except Absent:
        return None, None
    try:
        read = unsealed(blob.body)
    except ValueError:
        return None, blob.etag
    stored = read.document
    if not read.whole or stored.keys() - _SAID:
        return None, blob.etag
    if not stored.get("candidate"):
        return None, None
    try:
        candidate = publish.staged(ctx.private, slug, stored["candidate"])
        reasons, alone = read_all(stored.get("reasons"), keys.waiting(slug)), tuple(stored["alone"])
        waiting = Waiting(candidate, stored["likeness"], stored["since"], reasons, alone)
    except (MinshengError, KeyError, TypeError):
        return None, blob.etag  # lost or broken: its evidence is pending, and makes it again
    # One that is released has no say any more: a crash left the mark.
    return (None if newest and newest.candidate == candidate.identity else waiting), blob.etag
