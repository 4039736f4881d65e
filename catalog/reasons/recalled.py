"""What the published words of a guard meant: the inverse of `sentences.published`.

The `quality` fact of every release holds them in English. They never change, for they are part of the ids of
candidates; so they can be read back, and said in either language. Words that are none of ours give None.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from pydantic import ValidationError

from catalog.reasons.base import Value
from catalog.reasons.measures import (
    AddUp,
    AfterWithdrawal,
    AgeOfNewest,
    ApprovalDeclared,
    AtMostAge,
    AtMostOther,
    AtMostOtherShare,
    AtMostShare,
    CorrectionState,
    EachKeyOnce,
    KeysTwice,
    NoColumn,
    NoPersonal,
    OmittedRecords,
    OnHold,
    PeriodCount,
    PeriodCounts,
    PeriodLimits,
    PersonalColumn,
    PersonalColumns,
    RowsDiffer,
    ShareOfRows,
    StewardApproval,
    StillWrong,
    TotalsDiffer,
    UnknownColumns,
    VanishedColumns,
)
from catalog.reasons.sentences import texts

LANGUAGE = "en"
"""In which the facts hold them."""
_COUNT, _INTEGER, _SHARE, _ANY, _WORD = "[0-9]+", "-?[0-9]+", r"[0-9]+\.[0-9]{2}%", ".+", "[a-z]+"
_Slots = Mapping[str, str]


class Recalled(NamedTuple):
    """What a guard observed and expected; None where the words are not ours."""

    observed: Value | None
    expected: Value | None


class _Form(NamedTuple):
    """One text of a measure, and how its slots become the value."""

    key: str
    slots: _Slots
    make: Callable[[_Slots], Value]

    def read(self, text: str) -> Value | None:
        pattern = re.escape(texts(LANGUAGE)[self.key])
        for name, form in self.slots.items():
            pattern = pattern.replace(re.escape(f"{{{name}}}"), f"(?P<{name}>{form})")
        match = re.fullmatch(pattern, text)
        if not match:
            return None
        try:
            return self.make(match.groupdict())
        except (ValidationError, ValueError):
            return None


def recalled(guard: str, observed: str, expected: str) -> Recalled:
    """Return the values that a guard's published words hold.

    Args:
        guard: its id. One word may mean different things: `none` is said of columns and of periods.
        observed: what it observed, as the `quality` fact has it.
        expected: what it expected.
    """
    family = guard.partition(".")[0]
    name = family if family in ("correction", "total") else guard.removeprefix("guard.")
    return Recalled(_first(_OBSERVED.get(name, ()), observed), _first(_EXPECTED.get(name, ()), expected))


def _first(forms: tuple[_Form, ...], text: Any) -> Value | None:
    read = (form.read(text) for form in forms) if isinstance(text, str) else iter(())
    return next((value for value in read if value is not None), None)


def _share(text: str) -> float:
    # Through its digits: 0.57 / 100 is another float than 0.0057.
    return round(float(text.removesuffix("%")) / 100, 4)


def _share_of(slots: _Slots) -> Value:
    named = {texts(LANGUAGE)[f"word.rows.{rows}"]: rows for rows in ("removed", "changed", "quarantined", "collapsed")}
    return ShareOfRows.model_validate({"rows": named.get(slots["rows"]), "share": _share(slots["share"])})


def _names(slots: _Slots) -> Value:
    names = tuple(slots["names"].split(texts(LANGUAGE)["join.list"]))
    return VanishedColumns(count=len(names) + int(slots.get("more", 0)), names=names)


def _periods(slots: _Slots) -> Value:
    one = _Form(
        "period-count", {"period": _ANY, "rows": _COUNT}, lambda found: PeriodCount.model_validate(_ints(found))
    )
    read = [one.read(text) for text in slots["periods"].split(texts(LANGUAGE)["join.list"])]
    counts = tuple(each for each in read if isinstance(each, PeriodCount))
    if len(counts) < len(read):
        raise ValueError("expected periods with their rows")
    return PeriodCounts(count=len(counts) + int(slots.get("more", 0)), periods=counts)


def _personal(slots: _Slots) -> Value:
    words = texts(LANGUAGE)
    kinds = {words[f"word.found.{kind}"]: kind for kind in ("names", "ids", "phones", "mails", "addresses")}
    one = _Form(
        "personal-column.public",
        {"column": _ANY, "found": _ANY},
        lambda found: PersonalColumn.model_validate(
            {"column": found["column"], "found": tuple(kinds.get(each) for each in found["found"].split(", "))}
        ),
    )
    read = [one.read(text) for text in slots["columns"].split(words["join.columns"])]
    columns = tuple(each for each in read if isinstance(each, PersonalColumn))
    if len(columns) < len(read):
        raise ValueError("expected columns with what they hold")
    return PersonalColumns(count=len(columns) + int(slots.get("more", 0)), columns=columns)


def _ints(slots: _Slots) -> dict[str, Any]:
    return {
        name: int(text) if re.fullmatch(_INTEGER, text) and name != "period" else text for name, text in slots.items()
    }


def _limits(slots: _Slots) -> Value:
    return PeriodLimits.model_validate({"maximum": None, **_ints(slots)})


def _omitted(slots: _Slots) -> Value:
    return OmittedRecords.model_validate({"before": None, **_ints(slots)})


def _differ(by: str) -> Callable[[_Slots], Value]:
    return lambda slots: RowsDiffer.model_validate({"by": by, **_ints(slots)})


def _state(state: str) -> _Form:
    slots = {"rows": _COUNT} if state in ("corrected", "ended") else {}
    return _Form(
        f"correction-state.{state}",
        slots,
        lambda found: CorrectionState.model_validate({"state": state, **_ints(found)}),
    )


_SHARES = (_Form("share-of-rows", {"share": _SHARE, "rows": _ANY}, _share_of),)
_AT_MOST = (_Form("at-most-share", {"share": _SHARE}, lambda slots: AtMostShare(share=_share(slots["share"]))),)
_APPROVAL = (_Form("steward-approval", {}, lambda _: StewardApproval()),)
_LIMITS = {"minimum": _COUNT, "period": _WORD}
_DIFFER = dict.fromkeys(("insert", "update", "delete"), _COUNT)

_OBSERVED: Mapping[str, tuple[_Form, ...]] = {
    **dict.fromkeys(("removed", "changed", "quarantined", "collapsed"), _SHARES),
    "columns-unknown": (
        _Form("unknown-columns.none", {}, lambda _: UnknownColumns(count=0)),
        _Form("unknown-columns.counted", {"count": _COUNT}, lambda slots: UnknownColumns(count=int(slots["count"]))),
    ),
    "columns-vanished": (
        _Form("vanished-columns.none", {}, lambda _: VanishedColumns(count=0)),
        _Form("vanished-columns.more", {"names": _ANY, "more": _COUNT}, _names),
        _Form("vanished-columns.all", {"names": _ANY}, _names),
    ),
    "rows": (
        _Form("period-counts.none", {}, lambda _: PeriodCounts(count=0)),
        _Form("period-counts.more", {"periods": _ANY, "more": _COUNT}, _periods),
        _Form("period-counts.all", {"periods": _ANY}, _periods),
    ),
    "omitted": (
        _Form("omitted-records.compared", {"count": _COUNT, "before": _COUNT}, _omitted),
        _Form("omitted-records.first", {"count": _COUNT}, _omitted),
    ),
    "correction": tuple(map(_state, ("corrected", "mended", "ended", "absent", "silent"))),
    "total": (
        _Form(
            "totals-differ.public",
            {"differ": _COUNT, "totals": _COUNT},
            lambda s: TotalsDiffer.model_validate(_ints(s)),
        ),
    ),
    "personal": (
        _Form("personal-columns.none", {}, lambda _: PersonalColumns(count=0)),
        _Form("personal-columns.more", {"columns": _ANY, "more": _COUNT}, _personal),
        _Form("personal-columns.all", {"columns": _ANY}, _personal),
    ),
    "age": (
        _Form("age-of-newest", {"hours": _INTEGER}, lambda slots: AgeOfNewest(seconds=int(slots["hours"]) * 3600)),
    ),
    "key.unique": (_Form("keys-twice", {"keys": _COUNT}, lambda slots: KeysTwice(keys=int(slots["keys"]))),),
    "approve.declared": (
        _Form("approval-declared", {"approve": _WORD}, lambda slots: ApprovalDeclared.model_validate(dict(slots))),
    ),
    "approve.schema": (_Form("rows-differ.schema", _DIFFER, _differ("schema")),),
    "approve.refold": (_Form("rows-differ.refold", _DIFFER, _differ("refold")),),
    "approve.hold": (_Form("on-hold", {}, lambda _: OnHold()),),
    "approve.withdrawal": (_Form("after-withdrawal", {"n": _COUNT}, lambda slots: AfterWithdrawal(n=int(slots["n"]))),),
}
_EXPECTED: Mapping[str, tuple[_Form, ...]] = {
    **dict.fromkeys(("removed", "changed", "quarantined", "collapsed"), _AT_MOST),
    "columns-unknown": (_Form("no-column.unknown", {}, lambda _: NoColumn(columns="unknown")),),
    "columns-vanished": (_Form("no-column.vanished", {}, lambda _: NoColumn(columns="vanished")),),
    "rows": (
        _Form("period-limits.open", _LIMITS, _limits),
        _Form("period-limits.closed", _LIMITS | {"maximum": _COUNT}, _limits),
    ),
    "omitted": (
        _Form("at-most-other-share", {"share": _SHARE}, lambda slots: AtMostOtherShare(share=_share(slots["share"]))),
        _Form("at-most-other", {"number": _COUNT}, lambda slots: AtMostOther(number=int(slots["number"]))),
    ),
    "correction": (_Form("still-wrong", {}, lambda _: StillWrong()),),
    "total": (_Form("add-up", {}, lambda _: AddUp()),),
    "personal": (_Form("no-personal", {}, lambda _: NoPersonal()),),
    "age": (_Form("at-most-age", {"number": _COUNT, "unit": "[mhd]"}, lambda s: AtMostAge.model_validate(dict(s))),),
    "key.unique": (_Form("each-key-once", {}, lambda _: EachKeyOnce()),),
    **dict.fromkeys(
        ("approve.declared", "approve.schema", "approve.refold", "approve.withdrawal", "approve.hold"), _APPROVAL
    ),
}
