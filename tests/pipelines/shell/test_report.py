"""What the Dagster UI shows of why something waits or failed, in both languages."""

import dagster as dg
from drifting import declare, table
from nights import Make
from reasons import CHECK, GUARD, ID, SECRET
from worlds import SLUG

from catalog.reasons.values import Blocked, NotData
from pipelines.refresh.result import RefreshResult
from pipelines.refresh.settle import Proposals
from pipelines.shell.report import drift_metadata, held_metadata, outcome_metadata, proposals_metadata


def test_what_waits_is_listed_in_both_languages() -> None:
    table = held_metadata("rivers", ID, (CHECK, GUARD))["reasons"]
    assert isinstance(table, dg.TableMetadataValue), "the UI shows its cells as they are"
    assert [record.data["reason"] for record in table.records] == [
        "level.range: 1,234 of 12,771 rows fail ('90210', '0912-secret')",
        "level.range：檢核來源資料 12,771 列，其中 1,234 列不符（「90210」、「0912-secret」）",
        "guard.removed: expected at most 1.00%, found 57.85% of rows removed",
        "guard.removed：預期不超過 1.00%，結果為將被刪除的資料列占 57.85%",
    ]


def test_a_held_release_says_why_in_both_languages() -> None:
    held = RefreshResult("rivers", None, "held", 1, ID, (GUARD,))
    assert outcome_metadata([held])["waits"].splitlines() == [
        "candidate 0123456789abcdef",
        "guard.removed: expected at most 1.00%, found 57.85% of rows removed",
        "guard.removed：預期不超過 1.00%，結果為將被刪除的資料列占 57.85%",
    ]


def test_a_refusal_is_told_whole_in_english_and_in_short_in_chinese() -> None:
    refused = RefreshResult("rivers", None, "refused", 1, reasons=(NotData(detail=f"found '{SECRET}'"),))
    blocked = RefreshResult("rivers", None, "refused", 1, reasons=(Blocked(reasons=(GUARD,)),))
    assert Proposals((refused, blocked), None).refused == (
        f"found '{SECRET}'\n來源的回覆不是本資料集的資料，或不完整",
        "blocked: guard.removed: expected at most 1.00%, found 57.85% of rows removed\n"
        "不予釋出：guard.removed：預期不超過 1.00%，結果為將被刪除的資料列占 57.85%",
    )


def test_what_is_held_shows_what_changed_and_the_patch(make: Make) -> None:
    world = make()
    declare(world)
    world.tell(table())
    assert drift_metadata(world.ctx, SLUG) == {}
    held = Proposals(tuple(world.tell(table(head="站號,站名,height"))), None)
    shown = proposals_metadata(world.ctx, SLUG, held)
    assert shown["outcome"] == "held"
    assert isinstance(shown["drift"], dg.TextMetadataValue), "no Markdown: an agency wrote parts of it"
    assert "+      heard_as: [水位, level, height]" in str(shown["drift"].value)
