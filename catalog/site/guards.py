"""What the pages say of a release's guards: what each one observed against its limit, in words."""

from collections.abc import Mapping
from typing import NamedTuple

from markupsafe import Markup

from catalog.reasons.base import Value
from catalog.reasons.measures import (
    AfterWithdrawal,
    AgeOfNewest,
    ApprovalDeclared,
    AtMostAge,
    AtMostOther,
    AtMostOtherShare,
    AtMostShare,
    CorrectionState,
    KeysTwice,
    OmittedRecords,
    OnHold,
    PeriodCounts,
    PeriodLimits,
    PersonalColumns,
    RowsDiffer,
    ShareOfRows,
    TotalsDiffer,
    UnknownColumns,
    VanishedColumns,
)
from catalog.reasons.recalled import Recalled, recalled
from catalog.release.digest import Document
from catalog.site.sources import Released
from catalog.site.views import check, fields
from catalog.site.words import Words

SHOWN_PERIODS = 5
_SECONDS = {"m": 60, "h": 3600, "d": 86400}


class GuardShown(NamedTuple):
    """A guard, and its result in this release."""

    id: str
    says: Markup
    met: bool
    severity: str
    recorded: tuple[str, str] | None
    """What it observed and expected, in the words of the fact, where those are not understood."""


def span(words: Words, seconds: int) -> Markup:
    """Return a span of time in its largest whole unit."""
    for unit in ("d", "h", "m"):
        if seconds >= _SECONDS[unit]:
            return words(f"qualitypage.span.{unit}", n=seconds // _SECONDS[unit])
    return words("qualitypage.moment")


def share(value: float) -> str:
    """Return a share of rows with two decimals, as guards compare it."""
    return f"{value:.2%}"


def guards(words: Words, released: Released) -> list[GuardShown]:
    """Return every guard with its result; those that trip first."""
    titles = {each.name: each.title for each in fields(words, released)}
    results = [_guard(words, line, titles) for line in released.quality.get("guards", ())]
    return sorted(results, key=lambda each: each.met)


def _guard(words: Words, line: Document, titles: Mapping[str, str]) -> GuardShown:
    identity, met = line["id"], line["success"]
    found = recalled(identity, line["observed"], line["expected"])
    if isinstance(found.observed, CorrectionState):
        name, state = identity.removeprefix("correction."), found.observed
        says: Markup | None = words(f"qualitypage.correction.{state.state}", name=name, n=state.rows)
    else:
        says = _guard_says(words, found, titles, met=met)
    if says is None:
        name = check(words, identity, None)
        says = words("qualitypage.guard_met" if met else "qualitypage.guard_over", name=name or identity)
        return GuardShown(identity, says, met, line["severity"], (str(line["observed"]), str(line["expected"])))
    return GuardShown(identity, says, met, line["severity"], None)


def _guard_says(words: Words, found: Recalled, titles: Mapping[str, str], *, met: bool) -> Markup | None:
    """The sentence of a guard; None where its recorded words are not understood."""
    end = "met" if met else "over"
    match found:
        case (ShareOfRows(rows=rows, share=part), AtMostShare(share=limit)):
            what = words(f"qualitypage.share.{rows}")
            return words(f"qualitypage.shares.{end}", what=what, share=share(part), limit=share(limit))
        case (PeriodCounts() as counts, PeriodLimits() as limits):
            return _periods(words, counts, limits)
        case (OmittedRecords() as omitted, (AtMostOtherShare() | AtMostOther()) as most_other):
            return _omitted(words, omitted, most_other, end)
        case (AgeOfNewest(seconds=age), AtMostAge(number=number, unit=unit)):
            most = span(words, int(number) * _SECONDS[unit])
            return words(f"qualitypage.age.{end}", age=span(words, max(0, age)), limit=most)
        case (UnknownColumns(count=count), _):
            return words(f"qualitypage.unknown.{end}", n=count)
        case (VanishedColumns(count=count, names=names), _):
            listed = words.listed(titles.get(name, name) for name in names) if names else ""
            return words(f"qualitypage.gone.{end}", n=count, columns=listed)
    return _whole_says(words, found.observed, titles, end)


def _whole_says(words: Words, observed: Value | None, titles: Mapping[str, str], end: str) -> Markup | None:
    """The sentence of a rule about the whole release; None where its recorded words are not understood."""
    match observed:
        case KeysTwice(keys=twice):
            return words(f"qualitypage.key.{end}", n=twice)
        case PersonalColumns() as personal:
            return _personal(words, personal, titles, end)
        case TotalsDiffer(differ=differ, totals=count):
            found = end if count else "none"
            return words(f"qualitypage.totals.{found}", n=count, differ=differ)
        case ApprovalDeclared() | RowsDiffer() | AfterWithdrawal() | OnHold() as wanted:
            return _approval(words, wanted)
    return None


def _approval(words: Words, wanted: ApprovalDeclared | RowsDiffer | AfterWithdrawal | OnHold) -> Markup:
    if isinstance(wanted, ApprovalDeclared):
        return words(f"qualitypage.approve.{wanted.approve}")
    if isinstance(wanted, OnHold):
        return words("qualitypage.approve.hold")
    if isinstance(wanted, AfterWithdrawal):
        return words("qualitypage.approve.withdrawal", n=wanted.n)
    counts = {"insert": wanted.insert, "update": wanted.update, "delete": wanted.delete}
    return words(f"qualitypage.approve.{wanted.by}", **counts)


def _omitted(words: Words, omitted: OmittedRecords, most: AtMostOtherShare | AtMostOther, end: str) -> Markup:
    if omitted.before is None:
        return words("qualitypage.omitted.first", n=omitted.count)
    limit = share(most.share) if isinstance(most, AtMostOtherShare) else most.number
    return words(f"qualitypage.omitted.{end}", n=omitted.count, before=omitted.before, limit=limit)


def _personal(words: Words, personal: PersonalColumns, titles: Mapping[str, str], end: str) -> Markup:
    if not personal.count:
        return words(f"qualitypage.personal.{end}")
    columns = words.listed(
        words(
            "qualitypage.personal_column",
            column=titles.get(each.column, each.column),
            kinds=words.listed(words(f"qualitypage.personal_kind.{kind}") for kind in each.found),
        )
        for each in personal.columns
    )
    return words(f"qualitypage.personal.{end}", n=personal.count, columns=columns)


def _periods(words: Words, counts: PeriodCounts, limits: PeriodLimits) -> Markup:
    per = words(f"qualitypage.per.{limits.period}")
    if limits.maximum is None:
        asked = words("qualitypage.rows_from", per=per, minimum=limits.minimum)
    else:
        asked = words("qualitypage.rows_between", per=per, minimum=limits.minimum, maximum=limits.maximum)
    if not counts.count:
        return words("qualitypage.periods.met", asked=asked)
    listed = words.listed(
        words("qualitypage.of_period", period=each.period, n=each.rows) for each in counts.periods[:SHOWN_PERIODS]
    )
    return words("qualitypage.periods.over", asked=asked, n=counts.count, periods=listed)
