"""The published English of every measure and limit: these bytes are part of the ids of candidates, and never change.

Only the names of unknown columns, which stood there in version 0.1.0, are counted now.
"""

from typing import get_args

import pytest

from catalog.reasons import measures as m
from catalog.reasons.base import Value
from catalog.reasons.sentences import published

MANY = tuple(f"c{i}" for i in range(20))
PUBLISHED: list[tuple[Value, str]] = [
    (m.ShareOfRows(rows="removed", share=0.5785), "57.85% of rows removed"),
    (m.ShareOfRows(rows="changed", share=0), "0.00% of rows changed"),
    (m.ShareOfRows(rows="quarantined", share=0.1), "10.00% of rows with something quarantined"),
    (m.ShareOfRows(rows="collapsed", share=0.00104), "0.10% of rows that stand twice"),
    (m.AtMostShare(share=0.001), "at most 0.10%"),
    (m.UnknownColumns(count=0), "none"),
    (m.UnknownColumns(count=2, names=("a", "b")), "unknown columns: 2"),
    (m.UnknownColumns(count=1234, names=MANY), "unknown columns: 1234"),
    (m.VanishedColumns(count=0), "none"),
    (m.VanishedColumns(count=1, names=("a",)), "a"),
    (m.VanishedColumns(count=25, names=MANY), ", ".join(MANY) + ", and 5 more"),
    (m.NoColumn(columns="unknown"), "no unknown column (declare them, `publish: no` is enough)"),
    (m.NoColumn(columns="vanished"), "no vanished column (their cells are missing in this fetch)"),
    (m.PeriodCounts(count=0), "none"),
    (m.PeriodCounts(count=1, periods=(m.PeriodCount(period="2026-07-01", rows=1234),)), "2026-07-01: 1234"),
    (
        m.PeriodCounts(count=4, periods=tuple(m.PeriodCount(period=f"2026-0{i}", rows=i) for i in (1, 2))),
        "2026-01: 1, 2026-02: 2, and 2 more",
    ),
    (m.PeriodLimits(minimum=5000, maximum=None, period="day"), "5000 to any number of rows a day"),
    (m.PeriodLimits(minimum=0, maximum=12000, period="hour"), "0 to 12000 rows a hour"),
    (m.PeriodLimits(minimum=1, maximum=None, period="week"), "1 to any number of rows a week"),
    (m.OmittedRecords(count=1234, before=None), "1234 records omitted"),
    (m.OmittedRecords(count=0, before=12), "0 records omitted, 12 in the fetch before"),
    (m.AtMostOtherShare(share=0.1), "at most 10.00% more or fewer than in the fetch before"),
    (m.AtMostOther(number=3), "at most 3 more or fewer than in the fetch before"),
    (m.AgeOfNewest(seconds=1234 * 3600 + 3599), "newest row 1234 h old"),
    (m.AgeOfNewest(seconds=-5), "newest row -1 h old"),
    (m.AtMostAge(number="036", unit="h"), "at most 036h"),
    (m.AtMostAge(number="7", unit="d"), "at most 7d"),
    (m.PersonalColumns(count=0), "none"),
    (
        m.PersonalColumns(
            count=1, columns=(m.PersonalColumn(column="phone", found=("names", "phones"), values=("x",)),)
        ),
        "phone (names of persons, phone numbers)",
    ),
    (
        m.PersonalColumns(count=4, columns=tuple(m.PersonalColumn(column=c, found=("ids",)) for c in "ab")),
        "a (national ids); b (national ids); and 2 more",
    ),
    (
        m.NoPersonal(),
        "no names of persons, national ids, phones, mails or house addresses (if a column is of places, offices or "
        "masked, say so under `personal`)",
    ),
    (m.CorrectionState(state="corrected", rows=1234), "rows corrected: 1234"),
    (m.CorrectionState(state="mended"), "another value now: take the correction out"),
    (
        m.CorrectionState(state="ended", rows=2),
        "the wrong value still, in rows that are corrected no more: 2; report it again, and set `until` anew",
    ),
    (
        m.CorrectionState(state="absent"),
        "no row with this key: write it as the source does, or take the correction out",
    ),
    (m.CorrectionState(state="silent"), "nothing of these rows this time"),
    (m.StillWrong(), "the wrong value, until the source mends it"),
    (m.TotalsDiffer(differ=1, totals=1234, values=("x",)), "1 of 1234 totals are not the sum of their rows"),
    (m.AddUp(), "each total is the sum of its rows"),
    (m.KeysTwice(keys=1234), "1234 keys twice"),
    (m.EachKeyOnce(), "each key once"),
    (m.ApprovalDeclared(approve="always"), "approve: always"),
    (m.AfterWithdrawal(n=2), "release 2 was withdrawn"),
    (m.OnHold(), "a steward holds the dataset"),
    (m.RowsDiffer(by="schema", insert=1234, update=2, delete=0), "the schema changed: +1234 ~2 -0 rows"),
    (
        m.RowsDiffer(by="refold", insert=1, update=0, delete=3),
        "the declaration reads the same evidence differently: +1 ~0 -3 rows",
    ),
    (m.StewardApproval(), "a steward's approval"),
]


@pytest.mark.parametrize(("measure", "text"), PUBLISHED, ids=[text[:20] for _, text in PUBLISHED])
def test_what_is_published_of_a_measure_never_changes(measure: Value, text: str):
    assert published(measure) == text


def test_every_measure_and_limit_is_among_them():
    every = {*get_args(get_args(m.Observed)[0]), *get_args(get_args(m.Expected)[0])}
    assert every == {type(one) for one, _ in PUBLISHED}


def test_the_names_of_unknown_columns_are_the_agencys_and_only_counted_in_public():
    shown = m.UnknownColumns(count=2, names=("0912-secret", "b")).public()
    assert (shown.count, shown.names, published(shown)) == (2, (), "unknown columns: 2")
    assert m.VanishedColumns(count=1, names=("site",)).public().names == ("site",), "a declared name is ours"
