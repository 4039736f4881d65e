"""What conforming found is what Great Expectations finds, check by check: rows, how many were looked at, examples."""

from nights import DAILY, MONTHS
from worlds import SLUG, column, declared, texts

from pipelines.candidate.checks import checks_of_rows
from pipelines.candidate.verdict import judged
from pipelines.conform.columns import find_columns
from pipelines.conform.rows import conform

ROWS = texts(
    site=["a", "b", "", "d", "e"],
    day=["2026-01-01", "2026-02-30", "2026-01-01", "", "2026-01-02"],
    level=["1", "x", "-3", "900", ""],
    kind=["k1", "k2", "zz", "", "K1"],
)
LEVEL = column("level", "number", constraints={"minimum": 0, "maximum": 100, "required": True})
KIND = column("kind", categories=[{"value": "k1", "label": {"en": "x", "zh-TW": "臺"}}], constraints={"pattern": "k."})


def test_both_ways_judge_alike() -> None:
    said = declared([*DAILY[:2], LEVEL, KIND], **MONTHS)
    conformed = conform(said.dataset, find_columns(said.dataset, 1, ROWS).table, {})
    checks = checks_of_rows(said, conformed.unread)
    whole, dry = (judged(SLUG, conformed, checks, ["site", "day"], dry=dry) for dry in (False, True))
    assert dry == whole
    assert {one.check.rule for one in dry if one.fails} == {"required", "date", "type", "range", "list", "pattern"}
