"""What the command line says of a result, in both languages."""

import pytest
from reasons import CHECK, GUARD, ID

from catalog.reasons.values import CandidateWaits, NotData, SameAsRelease
from catalog.release.changes import Counts
from pipelines.cli.steward import sentence
from pipelines.refresh.result import RefreshResult

AT = "2026-07-01T08:00:00+08:00"


@pytest.mark.parametrize(
    ("result", "english", "chinese"),
    [
        (
            RefreshResult("rivers", AT, "refused", 1, reasons=(NotData(detail="expected JSON"),)),
            f"rivers ({AT}): refused: expected JSON; release 1 stays served",
            "來源的回覆未被接受：expected JSON",
        ),
        (
            RefreshResult("rivers", AT, "held", None, ID, (CHECK.public(), GUARD), Counts(delete=7)),
            f"rivers ({AT}): held, -7 rows: level.range: 1,234 of 12,771 rows fail; "
            "guard.removed: expected at most 1.00%, found 57.85% of rows removed; nothing is served yet\n"
            "    minsheng approve rivers --candidate 0123456789abcdef --by NAME --reason TEXT",
            "其中 1,234 列不符；guard.removed：預期不超過 1.00%，結果為將被刪除的資料列占 57.85%",
        ),
        (
            RefreshResult(
                "rivers", None, "unchanged", 3, reasons=(SameAsRelease(n=3), CandidateWaits(candidate=ID, since=AT))
            ),
            f"rivers: the same as release 3; candidate 0123456789abcdef waits since {AT}",
            f"rivers: 與第 3 版相同；候選版本 0123456789abcdef 自 {AT} 起等候決定",
        ),
    ],
)
def test_a_result_gives_its_reasons_in_the_language_that_is_set(result: RefreshResult, english: str, chinese: str):
    assert sentence(result, "en") == english
    assert chinese in sentence(result, "zh-TW")
