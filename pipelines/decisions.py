"""Decisions of stewards, as they are kept: append-only, numbered, each with a name, a reason and a time.

Creating one is its commit: what follows from it is derived by whoever comes next. A candidate is decided once.
"""

import contextlib
import re
from collections.abc import Callable, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from catalog import keys
from catalog.errors import IntegrityError, StoreError
from catalog.release.digest import sealed, unsealed
from catalog.store import Exists, Store, Unknown
from catalog.store.base import pause

_NAME = re.compile(r"[0-9]{8}\.json")
_TRIES = 20
_PAUSE_SECONDS = 0.01
_DOUBLINGS = 6


class Decision(BaseModel):
    """What a steward decided."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    action: Literal["approve", "reject", "exclude", "lift", "hold", "withdraw", "announce"]
    candidate: str | None = None
    """The id of the candidate that was decided on."""
    evidence: tuple[int, ...] = ()
    """Fetches that it sets aside, or lets in again."""
    by: str
    reason: str
    at: str
    """ISO 8601, with offset."""
    identity: str | None = None
    """Who decided, as the operating system or a proxy vouches for it; None in those of version 0.1, of notices that
    follow from another one, and of one whose process died right after it."""
    embargo: str | None = None
    """Of an approval: before when nothing of it is public, ISO 8601 with offset."""
    fingerprint: str | None = None
    """Of the declaration whose effect on rows it rejects."""
    suite: str | None = None
    """Digest of the quality.yaml that it rejects."""
    notice: dict[str, Any] | None = None
    """Of a withdrawal or an announcement: the public notice that it stands for, whole, so that it can be put back."""
    bodies: tuple[tuple[str, ...], ...] = ()
    """Of a withdrawal: SHA-256 of each body of its fetches; an agency's answer of the same bodies is refused."""
    i: int = 0
    """Its number; 0 while it is not stored."""
    dataset: str | None = None
    """None in those that version 0.1 wrote."""

    @property
    def of_notice(self) -> int | None:
        """The number of the notice that it stands for."""
        return int(self.notice["i"]) if self.notice else None

    @property
    def body(self) -> bytes:
        """The bytes that are stored."""
        return sealed(self.model_dump(mode="json", exclude_none=True))


def read(private: Store, slug: str, known: int = 0) -> tuple[Decision, ...]:
    """Read every decision on a dataset, in order.

    Args:
        private: where they are stored.
        slug: the dataset.
        known: how many there are at least, as an earlier run saw.

    Raises:
        IntegrityError: one is broken or gone: what it excluded must not come back unseen.
    """
    decisions, folder = [], f"{keys.DECISIONS}{slug}/"
    found = (key for key in private.list(folder) if _NAME.fullmatch(key.removeprefix(folder)))
    for i, key in enumerate(found, 1):
        if key != keys.decision(slug, i):
            lost = keys.decision(slug, i)
            raise IntegrityError(f"{slug}: expected decision {i}, found {key}; restore {lost} from a backup")
        decision = _parse(private.get(key).body, f"{slug}: the decision {key}")
        if (decision.i, decision.dataset or slug) != (i, slug):
            raise IntegrityError(
                f"{key}: expected decision {i} on {slug}, found {decision.i} on {decision.dataset or 'a dataset'}; "
                "restore it from a backup"
            )
        decisions.append(decision)
    if len(decisions) < known:
        lost = keys.decision(slug, len(decisions) + 1)
        raise IntegrityError(
            f"{slug}: {lost} is not there, but {keys.status(slug)} names {known}; restore it from a backup"
        )
    return tuple(decisions)


def _parse(body: bytes, place: str) -> Decision:
    """A decision, whose seal is whole if it bears one; those of version 0.1 do not."""
    try:
        stored = unsealed(body)
        decision = Decision.model_validate_json(stored.body)
    except ValueError:  # a ValidationError is one
        raise IntegrityError(f"{place} cannot be read; restore it from a backup") from None
    if not stored.whole:
        raise IntegrityError(f"{place} is not as it was written, as its seal shows; restore it from a backup")
    return decision


def append(
    private: Store,
    slug: str,
    decision: Decision,
    may_follow: Callable[[Sequence[Decision]], bool] = lambda taken: False,
) -> Decision:
    """Append a decision under the next number, unless its candidate, or its notice, is decided on already.

    Of two stewards who decide at once, the one whose write creates the number counts. A lost answer is settled in the
    same way: by reading.

    Args:
        private: where they are stored.
        slug: the dataset.
        decision: what is decided.
        may_follow: whether it may follow what was decided on the same candidate.

    Returns:
        The decision that stands: this one, or the one that was there before.

    Raises:
        StoreError: the store confirmed nothing.
    """
    for attempt in range(_TRIES):
        pause(min(attempt, _DOUBLINGS), _PAUSE_SECONDS)
        taken = read(private, slug)
        standing = on(taken, decision.candidate)
        if standing and not may_follow(taken):
            return standing
        if standing := _of_notice(taken, decision):
            return standing
        numbered = decision.model_copy(update={"i": len(taken) + 1, "dataset": slug})
        with contextlib.suppress(Exists, Unknown):
            private.put_new(keys.decision(slug, numbered.i), numbered.body)
            return numbered
    raise StoreError(f"{slug}: the decision could not be stored in {_TRIES} tries; nothing was decided, try again")


def _of_notice(decisions: Sequence[Decision], decision: Decision) -> Decision | None:
    """The decision that stands for the same notice."""
    i = decision.of_notice
    return next((each for each in decisions if i and each.of_notice == i), None)


def excluded(decisions: Sequence[Decision]) -> set[int]:
    """Return the fetches that decisions exclude and none has let in again."""
    fetches: set[int] = set()
    for decision in decisions:
        if decision.action in ("reject", "exclude", "withdraw"):
            fetches |= set(decision.evidence)
        if decision.action == "lift":
            fetches -= set(decision.evidence)
    return fetches


def held(decisions: Sequence[Decision]) -> Decision | None:
    """Return the decision by which a steward holds a dataset; None if nobody does, or it is lifted."""
    for each in reversed(decisions):
        if each.action == "hold":
            return each
        if each.action == "lift" and not each.evidence:
            return None
    return None


def withdrawn(decisions: Sequence[Decision]) -> set[int]:
    """Return the fetches that withdrawals set aside and none has let in again."""
    of_notices = {k for each in decisions if each.action == "withdraw" for k in each.evidence}
    return excluded(decisions) & of_notices


def on(decisions: Sequence[Decision], candidate: str | None) -> Decision | None:
    """Return the decision on a candidate that stands: a rejection does not once all that it set aside is lifted.

    Version 0.1 could store several: there, the last one counts.
    """
    lifted: set[int] = set()
    for each in reversed(decisions):
        if each.action == "lift":
            lifted |= set(each.evidence)
        if candidate and each.candidate == candidate:
            return None if each.evidence and lifted.issuperset(each.evidence) else each
    return None


def rejection(decisions: Sequence[Decision], k: int) -> Decision | None:
    """Return the last decision that set a fetch aside."""
    return next((each for each in reversed(decisions) if each.action != "lift" and k in each.evidence), None)


def rejected(decisions: Sequence[Decision], what: Literal["fingerprint", "suite"]) -> set[str]:
    """Return the fingerprints, or the suites, that were rejected."""
    return {getattr(each, what) for each in decisions if each.action == "reject" and getattr(each, what)}


def withdrawal(decisions: Sequence[Decision], bodies: tuple[str, ...]) -> Decision | None:
    """Return the withdrawal of a fetch that had these bodies, if its fetches were not let in again."""
    set_aside = excluded(decisions)
    for each in decisions:
        if each.action == "withdraw" and bodies in each.bodies and set_aside.intersection(each.evidence):
            return each
    return None
