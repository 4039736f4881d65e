"""One of each reason, with real numbers, and a secret in every field that is for stewards."""

from typing import get_args

from catalog.reasons import concerned as c
from catalog.reasons import measures as m
from catalog.reasons import values as v
from catalog.reasons.base import Told

SECRET = "0912-secret"
EVERY: tuple[type[Told], ...] = get_args(v.Reason)
ID = "0123456789abcdef" * 4
CHECK = v.CheckFailed(check="level.range", failed=1234, rows=12771, values=("90210", SECRET))
GUARD = v.GuardTripped(
    guard="guard.removed",
    observed=m.ShareOfRows(rows="removed", share=0.5785),
    expected=m.AtMostShare(share=0.01),
    concerned=c.ConcernedRows(
        rows=1234,
        groups=(c.RowGroups(field=SECRET, groups=(c.RowGroup(value=SECRET, rows=1234),), more=0),),
        examples=(c.ConcernedRow(key=SECRET, values=SECRET),),
    ),
)
EXAMPLES: list[v.Reason] = [
    CHECK,
    v.CheckFailed(check="site.required", failed=1, rows=2, of="published", values=()),
    v.CheckFailed(check="site.required", failed=1, rows=2),
    GUARD,
    v.GuardTripped(
        guard="guard.columns-unknown",
        observed=m.UnknownColumns(count=2, names=(SECRET, "b")),
        expected=m.NoColumn(columns="unknown"),
    ),
    v.GuardTripped(
        guard="guard.columns-vanished",
        observed=m.VanishedColumns(count=1, names=("level",)),
        expected=m.NoColumn(columns="vanished"),
    ),
    v.GuardTripped(
        guard="guard.rows",
        observed=m.PeriodCounts(count=1, periods=(m.PeriodCount(period="2026-07-01", rows=1234),)),
        expected=m.PeriodLimits(minimum=5000, maximum=None, period="day"),
    ),
    v.GuardTripped(
        guard="guard.rows",
        observed=m.PeriodCounts(count=2, periods=(m.PeriodCount(period="2026-07", rows=3),)),
        expected=m.PeriodLimits(minimum=5000, maximum=6000, period="month"),
    ),
    v.GuardTripped(
        guard="guard.age",
        observed=m.AgeOfNewest(seconds=1234 * 3600),
        expected=m.AtMostAge(number="36", unit="h"),
    ),
    v.GuardTripped(
        guard="guard.personal",
        observed=m.PersonalColumns(
            count=1, columns=(m.PersonalColumn(column="phone", found=("names", "phones"), values=(SECRET,)),)
        ),
        expected=m.NoPersonal(),
    ),
    v.GuardTripped(
        guard="total.county", observed=m.TotalsDiffer(differ=8, totals=1234, values=(SECRET,)), expected=m.AddUp()
    ),
    v.GuardTripped(guard="key.unique", observed=m.KeysTwice(keys=1234), expected=m.EachKeyOnce()),
    v.GuardTripped(
        guard="approve.declared", observed=m.ApprovalDeclared(approve="first"), expected=m.StewardApproval()
    ),
    v.GuardTripped(
        guard="approve.schema",
        observed=m.RowsDiffer(by="schema", insert=1234, update=0, delete=1),
        expected=m.StewardApproval(),
    ),
    v.GuardTripped(
        guard="approve.refold",
        observed=m.RowsDiffer(by="refold", insert=0, update=1234, delete=0),
        expected=m.StewardApproval(),
    ),
    v.GuardTripped(guard="approve.hold", observed=m.OnHold(), expected=m.StewardApproval()),
    v.GuardTripped(guard="approve.withdrawal", observed=m.AfterWithdrawal(n=1234), expected=m.StewardApproval()),
    v.NotData(detail=f"expected JSON, found a body that begins b'{SECRET}'"),
    v.OutOfReach(detail=f"no answer from waters.example: {SECRET}"),
    v.NoRows(),
    v.Blocked(reasons=(CHECK, GUARD)),
    v.Overtaken(by=1234),
    v.Withdrawn(notice=1234),
    v.DeclarationBlocks(reasons=(CHECK,)),
    v.DeclarationUnreadable(fetch=1234, detail=f"expected the column '{SECRET}'"),
    v.Fault(of="software", detail=f"ValueError: '{SECRET}'"),
    v.Overdue(due="2026-07-02T09:00:00+08:00", newest="2026-07-01T08:00:00+08:00"),
    v.Misdated(checked="2036-07-02T09:00:00+08:00", now="2026-07-01T08:00:00+08:00"),
    v.WithdrawnSince(n=1234, notice=1),
    v.AllWithdrawn(notice=1234),
    v.ChangeAnnounced(starts="2027-03-01", notice=1234),
    v.Recorded(detail=f"level.range: 1 of 2 rows fail ('{SECRET}')"),
    v.Recorded(),
    v.ByCandidate(candidate=ID),
    v.ByRelease(n=1234),
    v.ByFetch(fetch=1234),
    v.ByFetch(fetch=1234, same_as=5),
    v.ByRejection(by="Chen", why=f"of {SECRET}"),
    v.ByNotice(notice=1234),
    v.ByLift(),
    v.ByDeclaration(),
    v.ByVersion(),
    v.NothingNew(),
    v.SameAsRelease(n=1234),
    v.NothingYet(),
    v.WaitsBehind(fetch=1234),
    v.CandidateWaits(candidate=ID, since="2026-07-01T08:00:00+08:00"),
    v.OneOfTwo(by=SECRET, at="2026-07-01T08:00:00+08:00"),
    v.Embargoed(by=SECRET, until="2026-12-01T09:00:00+08:00"),
    v.ReleasedAs(release="metadata"),
    v.BeforeItsDay(starts="2026-12-01", notice=1234),
    v.Gaps(missing=1, asked=1234),
    v.Missed(fetches=1234, first="2026-07-01T08:00:00+08:00", last="2026-07-04T08:00:00+08:00"),
]
