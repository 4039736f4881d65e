"""What a guard observed, and what it expected: values, from which the published sentences are made."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from catalog.declaration.pipeline import Unit
from catalog.periods import Grain
from catalog.reasons.base import ForStewards, OwnWords, Value


class ShareOfRows(Value):
    """Which part of the rows something happens to: 0 to 1."""

    kind: Literal["share-of-rows"] = "share-of-rows"
    rows: Literal["removed", "changed", "quarantined", "collapsed"]
    share: float


class AtMostShare(Value):
    """The largest share that passes."""

    kind: Literal["at-most-share"] = "at-most-share"
    share: float


class UnknownColumns(Value):
    """Columns that an agency sends and nobody declared: their names are the agency's words."""

    kind: Literal["unknown-columns"] = "unknown-columns"
    count: int
    names: ForStewards[tuple[str, ...]] = ()
    """The first of them."""

    @property
    def variant(self) -> str | None:
        """None at all, all of them, some and how many more, or only how many."""
        if not self.count:
            return "none"
        if not self.names:
            return "counted"
        return "more" if self.count > len(self.names) else "all"

    @property
    def slots(self) -> Mapping[str, Any]:
        """With how many are not named."""
        return {**super().slots, "more": self.count - len(self.names)}


class VanishedColumns(Value):
    """Declared columns that an agency does not send any more."""

    kind: Literal["vanished-columns"] = "vanished-columns"
    count: int
    names: tuple[OwnWords, ...] = ()

    @property
    def variant(self) -> str | None:
        """None at all, all of them, or some and how many more."""
        return "none" if not self.count else "more" if self.count > len(self.names) else "all"

    @property
    def slots(self) -> Mapping[str, Any]:
        """With how many are not named."""
        return {**super().slots, "more": self.count - len(self.names)}


class NoColumn(Value):
    """No column is expected to be unknown, or to be gone."""

    kind: Literal["no-column"] = "no-column"
    columns: Literal["unknown", "vanished"]

    @property
    def variant(self) -> str | None:
        """Each has its own advice."""
        return self.columns


class PeriodCount(Value):
    """The rows of one period."""

    kind: Literal["period-count"] = "period-count"
    period: OwnWords
    rows: int


class PeriodCounts(Value):
    """Periods with fewer or more rows than declared, the first of them."""

    kind: Literal["period-counts"] = "period-counts"
    count: int
    periods: tuple[PeriodCount, ...] = ()

    @property
    def variant(self) -> str | None:
        """None at all, all of them, or some and how many more."""
        return "none" if not self.count else "more" if self.count > len(self.periods) else "all"

    @property
    def slots(self) -> Mapping[str, Any]:
        """With how many are not named."""
        return {**super().slots, "more": self.count - len(self.periods)}


class PeriodLimits(Value):
    """How many rows each period is expected to have."""

    kind: Literal["period-limits"] = "period-limits"
    minimum: int
    maximum: int | None
    period: Grain

    @property
    def variant(self) -> str | None:
        """With an upper limit, or without one."""
        return "open" if self.maximum is None else "closed"


class OmittedRecords(Value):
    """How many records of a fetch are no rows, and of the fetch before."""

    kind: Literal["omitted-records"] = "omitted-records"
    count: int
    before: int | None

    @property
    def variant(self) -> str | None:
        """The first fetch is compared with none."""
        return "first" if self.before is None else "compared"


class AtMostOtherShare(Value):
    """How many more or fewer than before pass, as a share of those before."""

    kind: Literal["at-most-other-share"] = "at-most-other-share"
    share: float


class AtMostOther(Value):
    """How many more or fewer than before pass."""

    kind: Literal["at-most-other"] = "at-most-other"
    number: int


PersonalKind = Literal["names", "ids", "phones", "mails", "addresses"]


class PersonalColumn(Value):
    """What a column seems to hold of persons; the first of its values are for stewards."""

    kind: Literal["personal-column"] = "personal-column"
    column: OwnWords
    found: tuple[PersonalKind, ...]
    values: ForStewards[tuple[str, ...]] = ()

    @property
    def variant(self) -> str | None:
        """With examples, or without."""
        return "stewards" if self.values else "public"


class PersonalColumns(Value):
    """Columns that seem to hold personal data, the first of them."""

    kind: Literal["personal-columns"] = "personal-columns"
    count: int
    columns: tuple[PersonalColumn, ...] = ()

    @property
    def variant(self) -> str | None:
        """None at all, all of them, or some and how many more."""
        return "none" if not self.count else "more" if self.count > len(self.columns) else "all"

    @property
    def slots(self) -> Mapping[str, Any]:
        """With how many are not named."""
        return {**super().slots, "more": self.count - len(self.columns)}


class NoPersonal(Value):
    """No published column is expected to hold personal data."""

    kind: Literal["no-personal"] = "no-personal"


class CorrectionState(Value):
    """What a declared correction found in the newest fetch that tells of its rows."""

    kind: Literal["correction-state"] = "correction-state"
    state: Literal["corrected", "mended", "ended", "absent", "silent"]
    """`mended`: the source has another value now; `ended`: the wrong value is there, and the correction is not;
    `absent`: all evidence has no such row; `silent`: this evidence has none."""
    rows: int = 0

    @property
    def variant(self) -> str | None:
        """Each state has its own advice."""
        return self.state


class StillWrong(Value):
    """A correction is expected to find the wrong value, until the source mends it."""

    kind: Literal["still-wrong"] = "still-wrong"


class TotalsDiffer(Value):
    """How many totals of the source are not the sum of their rows; the first of them are for stewards."""

    kind: Literal["totals-differ"] = "totals-differ"
    differ: int
    totals: int
    values: ForStewards[tuple[str, ...]] = ()

    @property
    def variant(self) -> str | None:
        """With the first of them, or without."""
        return "stewards" if self.values else "public"


class AddUp(Value):
    """Each total is expected to be the sum of its rows."""

    kind: Literal["add-up"] = "add-up"


class AgeOfNewest(Value):
    """How old the newest row was when the fetch began."""

    kind: Literal["age-of-newest"] = "age-of-newest"
    seconds: int

    @property
    def slots(self) -> Mapping[str, Any]:
        """In whole hours."""
        return {"hours": self.seconds // 3600}


class AtMostAge(Value):
    """The largest age that passes, as it is declared: 36 h."""

    kind: Literal["at-most-age"] = "at-most-age"
    number: OwnWords
    unit: Unit


class KeysTwice(Value):
    """How many keys stand more than once after the fold."""

    kind: Literal["keys-twice"] = "keys-twice"
    keys: int


class EachKeyOnce(Value):
    """Each key is expected once."""

    kind: Literal["each-key-once"] = "each-key-once"


class ApprovalDeclared(Value):
    """The declaration wants the first release, or each one, to be looked at."""

    kind: Literal["approval-declared"] = "approval-declared"
    approve: Literal["first", "always"]


class RowsDiffer(Value):
    """What another schema, or another reading of the same evidence, does to the rows."""

    kind: Literal["rows-differ"] = "rows-differ"
    by: Literal["schema", "refold"]
    insert: int
    update: int
    delete: int

    @property
    def variant(self) -> str | None:
        """Each has its own text."""
        return self.by


class AfterWithdrawal(Value):
    """The release before was withdrawn: what the agency may still serve does not come back unseen."""

    kind: Literal["after-withdrawal"] = "after-withdrawal"
    n: int
    """That release."""


class OnHold(Value):
    """A steward holds the dataset."""

    kind: Literal["on-hold"] = "on-hold"


class StewardApproval(Value):
    """That a steward approves it is expected."""

    kind: Literal["steward-approval"] = "steward-approval"


Observed = Annotated[
    ShareOfRows
    | UnknownColumns
    | VanishedColumns
    | PeriodCounts
    | OmittedRecords
    | PersonalColumns
    | CorrectionState
    | TotalsDiffer
    | AgeOfNewest
    | KeysTwice
    | ApprovalDeclared
    | RowsDiffer
    | AfterWithdrawal
    | OnHold,
    Field(discriminator="kind"),
]
Expected = Annotated[
    AtMostShare
    | NoColumn
    | PeriodLimits
    | AtMostOtherShare
    | AtMostOther
    | NoPersonal
    | StillWrong
    | AddUp
    | AtMostAge
    | EachKeyOnce
    | StewardApproval,
    Field(discriminator="kind"),
]
