"""The published words of a guard are read back as the values that they were made of."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.reasons import measures as m
from catalog.reasons.base import Value
from catalog.reasons.recalled import Recalled, recalled
from catalog.reasons.sentences import published

SHARE, NONE = m.AtMostShare(share=0.01), m.NoColumn(columns="vanished")
PERIODS = tuple(m.PeriodCount(period=f"2026-07-0{i}", rows=1000 * i) for i in (1, 2))
PERSONAL = (
    m.PersonalColumn(column="phone", found=("names", "phones", "mails")),
    m.PersonalColumn(column="place", found=("addresses",)),
)
SAID: list[tuple[str, Value, Value]] = [
    *((f"guard.{rows}", m.ShareOfRows(rows=rows, share=0.5785), SHARE) for rows in ("removed", "changed")),
    *((f"guard.{rows}", m.ShareOfRows(rows=rows, share=0.0057), SHARE) for rows in ("quarantined", "collapsed")),
    ("guard.columns-unknown", m.UnknownColumns(count=0), m.NoColumn(columns="unknown")),
    ("guard.columns-unknown", m.UnknownColumns(count=1234), m.NoColumn(columns="unknown")),
    ("guard.columns-vanished", m.VanishedColumns(count=0), NONE),
    ("guard.columns-vanished", m.VanishedColumns(count=2, names=("site", "day")), NONE),
    ("guard.columns-vanished", m.VanishedColumns(count=7, names=("site", "day")), NONE),
    ("guard.rows", m.PeriodCounts(count=0), m.PeriodLimits(minimum=5, maximum=None, period="hour")),
    ("guard.rows", m.PeriodCounts(count=2, periods=PERIODS), m.PeriodLimits(minimum=5, maximum=9, period="day")),
    ("guard.rows", m.PeriodCounts(count=9, periods=PERIODS), m.PeriodLimits(minimum=0, maximum=9, period="day")),
    ("guard.rows", m.PeriodCounts(count=0), m.PeriodLimits(minimum=5, maximum=None, period="quarter")),
    ("guard.omitted", m.OmittedRecords(count=3, before=None), m.AtMostOther(number=1)),
    ("guard.omitted", m.OmittedRecords(count=0, before=1234), m.AtMostOtherShare(share=0.0057)),
    ("guard.personal", m.PersonalColumns(count=0), m.NoPersonal()),
    ("guard.personal", m.PersonalColumns(count=2, columns=PERSONAL), m.NoPersonal()),
    ("guard.personal", m.PersonalColumns(count=9, columns=PERSONAL), m.NoPersonal()),
    *(
        ("correction.stuck", m.CorrectionState(state=state, rows=rows), m.StillWrong())
        for state, rows in (("corrected", 3), ("mended", 0), ("ended", 1), ("absent", 0), ("silent", 0))
    ),
    ("total.county", m.TotalsDiffer(differ=8, totals=1234), m.AddUp()),
    ("guard.age", m.AgeOfNewest(seconds=34 * 3600), m.AtMostAge(number="036", unit="h")),
    ("guard.age", m.AgeOfNewest(seconds=-3600), m.AtMostAge(number="7", unit="d")),
    ("key.unique", m.KeysTwice(keys=0), m.EachKeyOnce()),
    ("approve.declared", m.ApprovalDeclared(approve="first"), m.StewardApproval()),
    ("approve.schema", m.RowsDiffer(by="schema", insert=1234, update=2, delete=0), m.StewardApproval()),
    ("approve.refold", m.RowsDiffer(by="refold", insert=0, update=2, delete=1), m.StewardApproval()),
    ("approve.hold", m.OnHold(), m.StewardApproval()),
    ("approve.withdrawal", m.AfterWithdrawal(n=1234), m.StewardApproval()),
]


@pytest.mark.parametrize(("guard", "observed", "expected"), SAID)
def test_what_was_published_is_read_back(guard: str, observed: Value, expected: Value) -> None:
    assert recalled(guard, published(observed), published(expected)) == Recalled(observed, expected)


@given(st.integers(0, 10_000))
def test_every_share_of_two_decimals_is_read_back_exactly(hundredths: int) -> None:
    observed = m.ShareOfRows(rows="removed", share=hundredths / 10_000)
    assert recalled("guard.removed", published(observed), "").observed == observed


@pytest.mark.parametrize(
    ("guard", "text"),
    [
        ("guard.removed", "1.00% of rows eaten"),
        ("guard.removed", "1% of rows removed"),
        ("guard.removed", "1.00% of rows removed\n"),
        ("guard.rows", "2026-07: many"),
        ("guard.columns-unknown", "電話, phone"),
        ("guard.personal", "phone (sweets)"),
        ("guard.personal", "phone"),
        ("guard.age", "newest row many h old"),
        ("approve.declared", "approve: never"),
        ("key.unique", "<b>"),
        ("guard.other", "none"),
        ("", ""),
        ("key.unique", None),
        ("key.unique", {"en": "0 keys twice"}),
    ],
)
def test_words_that_are_not_ours_mean_nothing(guard: str, text: Any) -> None:
    assert recalled(guard, text, text) == Recalled(None, None)


@given(st.sampled_from([guard for guard, _, _ in SAID]), st.text())
def test_no_text_is_too_strange(guard: str, text: str) -> None:
    for value in recalled(guard, text, text):
        assert (
            value is None
            or published(value) == text
            or guard in ("guard.columns-vanished", "guard.rows", "guard.age", "guard.personal")
        )
