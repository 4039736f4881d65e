"""What a run reports: for people as a sentence in both languages, for programs as documented."""

from nights import Make
from worlds import table_csv

from catalog.reasons.values import NotData, ReleasedAs, SameAsRelease
from pipelines.candidate.counts import RecordCounts
from pipelines.refresh.result import RefreshResult, released


def test_the_json_is_what_is_documented(make: Make) -> None:
    result = RefreshResult("rivers", None, "refused", 3, reasons=(NotData(detail="expected rows"),))
    shown = result.json()
    assert list(shown) == ["dataset", "fetched_at", "outcome", "release", "candidate", "reason", "records", "reasons"]
    assert (shown["outcome"], shown["release"], shown["reason"]) == ("refused", 3, "expected rows")
    assert shown["reasons"][0]["kind"] == "not-data"


def test_without_a_reason_the_outcome_is_told() -> None:
    assert RefreshResult("rivers", None, "released", 1).reason is None
    assert RefreshResult("rivers", None, "released", 1).in_both == "released"
    both = RefreshResult("rivers", None, "unchanged", 1, reasons=(SameAsRelease(n=1),)).in_both
    assert both == "the same as release 1\n與第 1 版相同"


def test_a_release_tells_its_kind_only_where_it_is_no_regular_news(make: Make) -> None:
    world = make()
    (result,) = world.tell(table_csv({"a": 1}))
    assert result == released(world.newest(), records=RecordCounts(1, 1, 0, 0, 0))
    assert (result.reasons, result.rows, result.changes) == ((), 1, world.newest().facts.changes)
    world.declare({**world.ctx.declarations.dataset("rivers").dump()} | {"title": {"en": "Other", "zh-TW": "他"}})
    (result,) = world.settle()
    assert result.reasons == (ReleasedAs(release="metadata"),)
