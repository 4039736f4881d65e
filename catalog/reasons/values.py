"""The reasons: why a candidate is held, a fetch refused, a dataset failing, a candidate superseded; and notes of a run.

A text that an agency or a steward may have written is marked `ForStewards`; `public()` empties it. One that is this
project's own is marked `OwnWords`. A field that says neither makes the class impossible (base.py).
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer

from catalog.reasons.base import Candidate, ForStewards, OwnWords, Told
from catalog.reasons.concerned import ConcernedRows
from catalog.reasons.measures import Expected, Observed, StewardApproval

# Why a candidate is held or blocked.


class CheckFailed(Told):
    """Rows fail a check."""

    kind: Literal["check-failed"] = "check-failed"
    check: OwnWords
    failed: int
    rows: int
    of: Literal["heard", "published"] = "heard"
    values: ForStewards[tuple[str, ...] | None] = None
    """The first failing values; none where every failing cell is empty. None: they may not be told."""


class GuardTripped(Told):
    """A guard, or a rule of the approval, finds something else than it expects."""

    kind: Literal["guard-tripped"] = "guard-tripped"
    guard: OwnWords
    observed: Observed
    expected: Expected
    concerned: ForStewards[ConcernedRows | None] = None
    """The rows that would go, or change."""

    @model_serializer(mode="wrap")
    def _stored(self, whole: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Without rows it is stored as it was before there could be some."""
        return {name: each for name, each in whole(self).items() if name != "concerned" or each is not None}

    @property
    def variant(self) -> str | None:
        """An approval that is wanted is no fault."""
        return "approval" if isinstance(self.expected, StewardApproval) else "limit"

    @property
    def slots(self) -> Mapping[str, Any]:
        """No sentence tells of single rows."""
        return {name: value for name, value in super().slots.items() if name != "concerned"}


Finding = Annotated[CheckFailed | GuardTripped, Field(discriminator="kind")]

# Why a fetch is refused, or a dataset fails.


class NotData(Told):
    """What the agency answered is not data of this dataset, or not whole."""

    kind: Literal["not-data"] = "not-data"
    detail: ForStewards[str] = ""


class OutOfReach(Told):
    """The agency did not answer."""

    kind: Literal["out-of-reach"] = "out-of-reach"
    detail: ForStewards[str] = ""


class NoRows(Told):
    """A first release would have no row."""

    kind: Literal["no-rows"] = "no-rows"


class Blocked(Told):
    """Something is found with which nothing is released."""

    kind: Literal["blocked"] = "blocked"
    reasons: tuple[Finding, ...]


class Overtaken(Told):
    """The fetch began before one that is recorded already."""

    kind: Literal["overtaken"] = "overtaken"
    by: int
    """That fetch."""


class Withdrawn(Told):
    """A fetch brings what was withdrawn."""

    kind: Literal["withdrawn"] = "withdrawn"
    notice: int


class DeclarationBlocks(Told):
    """The declaration as it stands blocks what is published."""

    kind: Literal["declaration-blocks"] = "declaration-blocks"
    reasons: tuple[Finding, ...]


class DeclarationUnreadable(Told):
    """The declaration as it stands cannot read what was released under the one before."""

    kind: Literal["declaration-unreadable"] = "declaration-unreadable"
    fetch: int
    detail: ForStewards[str] = ""


class Fault(Told):
    """Something here is at fault: a file, a store, the software."""

    kind: Literal["fault"] = "fault"
    of: Literal["declaration", "source", "store", "integrity", "decision", "software"]
    detail: ForStewards[str] = ""

    @property
    def variant(self) -> str | None:
        """The detail of a fault of the software does not say by itself whose fault it is."""
        variant = super().variant
        return "software" if variant == "stewards" and self.of == "software" else variant


class Overdue(Told):
    """News should have come by a time."""

    kind: Literal["overdue"] = "overdue"
    due: OwnWords
    newest: OwnWords


class Misdated(Told):
    """A dataset was looked at in the future: this machine's clock is wrong, or that of the run was."""

    kind: Literal["misdated"] = "misdated"
    checked: OwnWords
    now: OwnWords


class WithdrawnSince(Told):
    """Releases after the one that is served are withdrawn."""

    kind: Literal["withdrawn-since"] = "withdrawn-since"
    n: int
    """The release that is served."""
    notice: int


class AllWithdrawn(Told):
    """No release stands."""

    kind: Literal["all-withdrawn"] = "all-withdrawn"
    notice: int


class ChangeAnnounced(Told):
    """A breaking change is announced, and has not come."""

    kind: Literal["change-announced"] = "change-announced"
    starts: OwnWords
    """The first day on which a release may bring it."""
    notice: int


class BeforeItsDay(Told):
    """A candidate changes the schema, and would be released before the day that readers were told."""

    kind: Literal["before-its-day"] = "before-its-day"
    starts: OwnWords
    """The first day on which a release may bring an announced change."""
    notice: int


class Recorded(Told):
    """A sentence of an earlier version, which kept no values: nobody knows which words in it are an agency's."""

    kind: Literal["recorded"] = "recorded"
    detail: ForStewards[str] = ""


# Why a candidate is no longer to be decided.


class ByCandidate(Told):
    """Another candidate took its place."""

    kind: Literal["by-candidate"] = "by-candidate"
    candidate: Candidate


class ByRelease(Told):
    """A release came since."""

    kind: Literal["by-release"] = "by-release"
    n: int


class ByFetch(Told):
    """A fetch came since."""

    kind: Literal["by-fetch"] = "by-fetch"
    fetch: int
    same_as: int | None = None
    """The release that says the same."""

    @property
    def variant(self) -> str | None:
        """With the release that says the same, or without."""
        return "plain" if self.same_as is None else "same"


class ByRejection(Told):
    """A steward rejected it."""

    kind: Literal["by-rejection"] = "by-rejection"
    by: ForStewards[str] = ""
    why: ForStewards[str] = ""


class ByNotice(Told):
    """A notice withdrew what it was made on, or what it was made of."""

    kind: Literal["by-notice"] = "by-notice"
    notice: int


class ByLift(Told):
    """A steward held the dataset, and holds it no more."""

    kind: Literal["by-lift"] = "by-lift"


class ByDeclaration(Told):
    """Only a declaration wanted it that is no longer there."""

    kind: Literal["by-declaration"] = "by-declaration"


class ByVersion(Told):
    """A newer version of the software makes it again."""

    kind: Literal["by-version"] = "by-version"


# Notes of a run, where nothing is wrong.


class NothingNew(Told):
    """The agency said nothing new."""

    kind: Literal["nothing-new"] = "nothing-new"


class SameAsRelease(Told):
    """A fetch says what a release holds."""

    kind: Literal["same-as-release"] = "same-as-release"
    n: int


class NothingYet(Told):
    """There are no rows, and there were none before."""

    kind: Literal["nothing-yet"] = "nothing-yet"


class WaitsBehind(Told):
    """A fetch waits until the candidate is decided."""

    kind: Literal["waits-behind"] = "waits-behind"
    fetch: int


class CandidateWaits(Told):
    """A candidate waits for a steward."""

    kind: Literal["candidate-waits"] = "candidate-waits"
    candidate: Candidate
    since: OwnWords


class OneOfTwo(Told):
    """A candidate is approved by one person, and needs another."""

    kind: Literal["one-of-two"] = "one-of-two"
    by: ForStewards[str] = ""
    at: OwnWords


class Embargoed(Told):
    """A candidate is approved, and public from a time on."""

    kind: Literal["embargoed"] = "embargoed"
    by: ForStewards[str] = ""
    until: OwnWords


class ReleasedAs(Told):
    """A release that brings no regular news: of which kind it is."""

    kind: Literal["released-as"] = "released-as"
    release: Literal["correction", "schema", "refold", "metadata"]


class Gaps(Told):
    """A release of fetches that found nothing at some addresses, where that is declared to be no fault."""

    kind: Literal["gaps"] = "gaps"
    missing: int
    asked: int
    """Addresses, in the fetches that have a gap."""


class Missed(Told):
    """Fetches that the declared cadence wanted and nobody made, of an agency that shows only the newest."""

    kind: Literal["missed"] = "missed"
    fetches: int
    first: OwnWords
    """When the first of them was due; ISO 8601."""
    last: OwnWords


Failing = (
    NotData | OutOfReach | NoRows | Blocked | Overtaken | Withdrawn | DeclarationBlocks | DeclarationUnreadable | Fault
)
Superseding = ByCandidate | ByRelease | ByFetch | ByRejection | ByNotice | ByLift | ByDeclaration | ByVersion | Recorded
Approved = OneOfTwo | Embargoed
Note = (
    NothingNew
    | SameAsRelease
    | NothingYet
    | WaitsBehind
    | CandidateWaits
    | Approved
    | ReleasedAs
    | Gaps
    | Missed
    | ChangeAnnounced
    | BeforeItsDay
)
Reason = CheckFailed | GuardTripped | Failing | Overdue | Misdated | AllWithdrawn | WithdrawnSince | Superseding | Note
