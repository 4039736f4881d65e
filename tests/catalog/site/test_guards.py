"""What pages say of guards: observed against limit, in words, for a release of any version."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from catalog.reasons import measures as m
from catalog.reasons.base import Value
from catalog.reasons.sentences import published
from catalog.site import guards
from catalog.site.pages import Entry
from catalog.site.sources import Released
from catalog.site.words import words

EN, ZH = words("en"), words("zh-TW")
OLD = Path(__file__).parents[2] / "stores" / "0.1.0" / "public" / "datasets"
DAYS = m.PeriodLimits(minimum=1000, maximum=1200, period="day")
OVER: list[tuple[str, Value, Value, str, str]] = [
    ("guard.removed", m.ShareOfRows(rows="removed", share=0.5785), m.AtMostShare(share=0.01),
     "Rows removed: 57.85%. Only up to 1.00% passes without a data steward, who decided.",
     "刪除的資料占 57.85%，已逾 1.00%，由資料管理人員決定釋出。"),
    ("guard.omitted", m.OmittedRecords(count=0, before=1234), m.AtMostOtherShare(share=0.1),
     "Records that are no rows, such as totals: 0; 1,234 in the fetch before. Only 10.00% more or fewer passes without "
     "a data steward, who decided.",
     "合計等不列入的紀錄計 0 筆，前次擷取為 1,234 筆，增減已逾 10.00%，由資料管理人員決定釋出。"),
    ("guard.age", m.AgeOfNewest(seconds=34 * 3600), m.AtMostAge(number="90", unit="m"),
     "The newest row was 1 day old when it was fetched. Only up to 1 hour passes without a data steward, who decided.",
     "擷取時，最新一筆為 1 天前的資料，已逾 1 小時，由資料管理人員決定釋出。"),
    ("guard.rows", m.PeriodCounts(count=2, periods=(m.PeriodCount(period="2026-06-29", rows=1234),)), DAYS,
     "2 periods have another number of rows than expected (1,000 to 1,200 rows for each day), among them 2026-06-29 "
     "(1,234 rows).",
     "有 2 期的筆數不如預期（每日 1,000 至 1,200 筆），例如2026-06-29（1,234 筆）。"),
    ("guard.columns-unknown", m.UnknownColumns(count=2), m.NoColumn(columns="unknown"),
     "The source sent 2 columns that are not declared; they are not published.",
     "來源有 2 個未經定義的欄位，未收錄。"),
    ("guard.columns-vanished", m.VanishedColumns(count=1, names=("level",)), m.NoColumn(columns="vanished"),
     "The source did not send 1 column: level.", "來源缺少 1 個欄位：臺：level。"),
    ("guard.personal",
     m.PersonalColumns(count=1, columns=(m.PersonalColumn(column="level", found=("names", "phones")),)), m.NoPersonal(),
     "1 column holds what looks like personal data, “level” (names of persons and phone numbers); a data steward "
     "looked at it and let it be published.",
     "有 1 個欄位的內容疑似個人資料：「臺：level」（個人姓名、電話號碼），經資料管理人員檢視後公布。"),
    ("correction.stuck", m.CorrectionState(state="mended"), m.StillWrong(),
     "Correction “stuck”: the source has another value now, and nothing is corrected.",
     "更正項目「stuck」：來源已是其他值，未再更正。"),
    ("total.county", m.TotalsDiffer(differ=8, totals=1234), m.AddUp(),
     "The source gives 1,234 totals; 8 of them are not the sum of their rows.",
     "來源列有合計 1,234 項，其中 8 項與各列加總不符。"),
    ("key.unique", m.KeysTwice(keys=3), m.EachKeyOnce(), "3 rows stand more than once.", "有 3 筆重複出現。"),
    ("approve.declared", m.ApprovalDeclared(approve="first"), m.StewardApproval(),
     "A data steward looked at this first release before it went out.", "首次釋出前，已由資料管理人員檢視。"),
    ("approve.hold", m.OnHold(), m.StewardApproval(),
     "A data steward held the dataset, and looked at this release before it went out.",
     "本資料集曾由資料管理人員暫停釋出，本次釋出前已經檢視。"),
    ("approve.withdrawal", m.AfterWithdrawal(n=2), m.StewardApproval(),
     "Version 2 was withdrawn, so a data steward looked at this release before it went out.",
     "第 2 版已撤回，本次釋出前已由資料管理人員檢視。"),
    ("approve.schema", m.RowsDiffer(by="schema", insert=1234, update=2, delete=0), m.StewardApproval(),
     "Columns or the key changed, so a data steward decided: 1,234 rows added, 2 corrected, 0 removed.",
     "欄位或主鍵有變動，由資料管理人員決定釋出：新增 1,234 筆、更正 2 筆、刪除 0 筆。"),
]  # fmt: skip
MET: list[tuple[str, Value, Value, str]] = [
    ("guard.changed", m.ShareOfRows(rows="changed", share=0), m.AtMostShare(share=0.1),
     "Rows corrected: 0.00%. Up to 10.00% passes."),
    ("guard.rows", m.PeriodCounts(count=0), m.PeriodLimits(minimum=5, maximum=None, period="hour"),
     "Each period has as many rows as expected: 5 rows or more for each hour."),
    ("guard.rows", m.PeriodCounts(count=0), m.PeriodLimits(minimum=5, maximum=None, period="week"),
     "Each period has as many rows as expected: 5 rows or more for each week."),
    ("guard.omitted", m.OmittedRecords(count=1, before=None), m.AtMostOther(number=1),
     "1 record is no row, such as a total."),
    ("guard.omitted", m.OmittedRecords(count=1, before=2), m.AtMostOther(number=1),
     "Records that are no rows, such as totals: 1; 2 in the fetch before. 1 more or fewer passes."),
    ("guard.age", m.AgeOfNewest(seconds=-3600), m.AtMostAge(number="2", unit="d"),
     "The newest row was less than a minute old when it was fetched. Up to 2 days passes."),
    ("guard.columns-vanished", m.VanishedColumns(count=0), m.NoColumn(columns="vanished"),
     "The source sent every declared column."),
    ("correction.stuck", m.CorrectionState(state="corrected", rows=2), m.StillWrong(),
     "Correction “stuck”: 2 rows of the source still had the wrong value."),
    ("total.county", m.TotalsDiffer(differ=0, totals=22), m.AddUp(),
     "The source gives 22 totals; each is the sum of its rows."),
    ("total.county", m.TotalsDiffer(differ=0, totals=0), m.AddUp(), "The source gave no total this time."),
    ("guard.personal", m.PersonalColumns(count=0), m.NoPersonal(),
     "No new column holds what looks like names of persons, national ids, phone numbers, mail or house addresses."),
]  # fmt: skip


@pytest.fixture(scope="module")
def rivers(entries: list[Entry]) -> Released:
    one = next(each.newest for each in entries if each.slug == "rivers")
    assert one
    return one


def of(one: Released, *lines: dict[str, Any]) -> Released:
    """The same release, with other guards."""
    return Released(one.release, one.schema, copy.deepcopy(one.quality) | {"guards": list(lines)}, one.declaration)


def line(identity: str, observed: str, expected: str, *, success: bool) -> dict[str, Any]:
    said = {"observed": observed, "expected": expected}
    return {"id": identity, "severity": "hold", "success": success, **said}


@pytest.mark.parametrize(("identity", "observed", "expected", "en", "zh"), OVER)
def test_a_guard_that_trips(
    rivers: Released, identity: str, observed: Value, expected: Value, en: str, zh: str
) -> None:
    found = of(rivers, line(identity, published(observed), published(expected), success=False))
    assert [each.says for each in guards.guards(EN, found)] == [en]
    assert [each.says for each in guards.guards(ZH, found)] == [zh]
    assert guards.guards(EN, found)[0].recorded is None


@pytest.mark.parametrize(("identity", "observed", "expected", "en"), MET)
def test_a_guard_that_passes(rivers: Released, identity: str, observed: Value, expected: Value, en: str) -> None:
    found = of(rivers, line(identity, published(observed), published(expected), success=True))
    assert [each.says for each in guards.guards(EN, found)] == [en]


def test_what_is_not_understood_is_shown_as_it_was_recorded(rivers: Released) -> None:
    unknown = line("guard.columns-unknown", "電話, phone", "no unknown column", success=False)
    strange = line("guard.strange", "<b>", "less", success=True)
    first, second = guards.guards(EN, of(rivers, strange, unknown))
    assert (first.met, first.recorded) == (False, ("電話, phone", "no unknown column"))
    assert first.says == "The source sends a column that is not declared. This was so."
    assert (second.says, second.recorded) == ("guard.strange This was not so.", ("<b>", "less"))


@pytest.mark.parametrize("path", sorted(OLD.glob("*/facts/quality.*.json")), ids=lambda path: path.parent.parent.name)
def test_every_guard_of_a_store_of_an_earlier_version_is_said_in_both_languages(rivers: Released, path: Path) -> None:
    lines = json.loads(path.read_bytes())["guards"]
    assert lines
    for language in (EN, ZH):
        assert [each.recorded for each in guards.guards(language, of(rivers, *lines))] == [None] * len(lines)


@pytest.mark.parametrize(
    ("seconds", "en", "zh"),
    [
        (0, "less than a minute", "不到一分鐘"),
        (60, "1 minute", "1 分鐘"),
        (7199, "1 hour", "1 小時"),
        (86400 * 3, "3 days", "3 天"),
    ],
)
def test_spans_of_time(seconds: int, en: str, zh: str) -> None:
    assert (guards.span(EN, seconds), guards.span(ZH, seconds)) == (en, zh)
