"""What is covered, in words and strips: a gap is shown as a gap, and what nobody knows is not said."""

import re
from typing import Any

import pytest
from worlds import World

from catalog import keys
from catalog.profile import document
from catalog.profile.coverage import Coverage, CoverageCell, Strip
from catalog.release import publish, served
from catalog.site.coverage import SHOWN_CELLS, ShownCoverage, coverage, period
from catalog.site.sources import Reader, Released
from catalog.site.words import words


def cell(first: str, state: str = "complete", steps: int = 24, of: int = 24, **more: Any) -> CoverageCell:
    said = {"last": first, "periods": 1, "places": steps * 3, "of_places": steps * 3, "rows": steps * 3} | more
    return CoverageCell(first=first, state=state, steps=steps, of_steps=of, **said)


def covered(*cells: CoverageCell, **more: Any) -> Coverage:
    said: dict[str, Any] = {
        "field": "day", "units": ("site",), "step": "hour", "places": 3, "first": "2019-11-15T12",
        "last": "2026-07-07T21", "steps": 99, "of_steps": 58582, "strips": (Strip(grain="month", cells=cells),),
    }  # fmt: skip
    return Coverage(**(said | more))


MONTHS = (
    cell("2019-11", "partial", 1, 720),
    cell("2019-12", "missing", 0, 23376, last="2022-07", periods=32, places=0, of_places=0, rows=0),
    cell("2022-08", "partial", 700, 744, places=2090, of_places=2100),
    cell("2022-09", "complete", 720, 720),
)


@pytest.fixture(scope="session")
def rivers(world: World) -> Released:
    newest = publish.newest(world.public, "rivers")
    assert newest is not None
    return Reader(world.public).released(newest)


def shown(rivers: Released, language: str = "en", said: Coverage | None = None) -> ShownCoverage:
    return coverage(words(language), rivers, said or covered(*MONTHS))


def test_the_sentence_has_the_figures(rivers: Released) -> None:
    assert shown(rivers).says == (
        "Data from 2019-11-15 12:00 to 2026-07-07 21:00. Of the 58,582 hours in between, 99 hours have data. "
        "Each hour, 3 different values of “site” are expected."
    )
    assert shown(rivers, "zh-TW").says == (
        "資料自 2019-11-15 12:00 起，至 2026-07-07 21:00 止；這段期間共 58,582 小時，其中 99 小時有資料。"
        "每小時應有 3 個不同的「臺：site」。"
    )


def test_a_strip_has_a_box_for_each_period_and_one_for_a_long_gap(rivers: Released) -> None:
    [strip] = shown(rivers).strips
    titles = re.findall(r"<rect[^>]*class=\"(\w+)\"[^>]*><title>([^<]*)</title>", strip.picture)
    assert titles == [
        ("partial", "2019-11: incomplete, 1 of 720 hours, 3 of 3 places on average"),
        ("missing", "2019-12 to 2022-07: no data, 0 of 23,376 hours"),
        ("partial", "2022-08: incomplete, 700 of 744 hours, 3 of 3 places on average"),
        ("complete", "2022-09: complete, 720 of 720 hours, 3 of 3 places on average"),
    ]
    assert "no data for 32 months" in strip.picture
    assert "complete: 1, incomplete: 2 and no data: 32" in strip.picture


def test_the_table_has_what_the_strip_has(rivers: Released) -> None:
    [strip] = shown(rivers, "zh-TW").strips
    assert [(row.period, row.state_says, row.steps, row.places) for row in strip.rows] == [
        ("2022-09", "完整", "720／720 小時", "3／3"),
        ("2022-08", "不完整", "700／744 小時", "3／3"),
        ("2019-12 至 2022-07", "沒有資料", "0／23,376 小時", ""),
        ("2019-11", "不完整", "1／720 小時", "3／3"),
    ]
    many = covered(*(cell(f"{1900 + i}") for i in range(60)))
    [long] = shown(rivers, said=many).strips
    assert (len(long.rows), long.left_out, long.rows[0].period) == (SHOWN_CELLS, 20, "1959")


def test_where_nobody_knows_what_is_whole_it_is_not_said(rivers: Released) -> None:
    some = [each.model_copy(update={"places": None, "of_places": None}) for each in MONTHS]
    told = shown(rivers, said=covered(*some, places=None))
    assert "Times without data need not be gaps" in told.says
    assert [row.state_says for row in told.strips[0].rows] == [
        "data throughout",
        "data in part",
        "no data",
        "data in part",
    ]
    assert "complete" not in re.sub(r'class="\w+"', "", told.strips[0].picture + told.key)


@pytest.mark.parametrize(
    ("label", "grain", "text"),
    [("2026-07-03T22", "hour", "2026-07-03 22:00"), ("2026-07-03", "day", "2026-07-03"), ("2026", "year", "2026")],
)
def test_periods(label: str, grain: Any, text: str) -> None:
    assert period(label, grain) == text


def test_the_page_shows_it_and_one_without_leaves_it_out(world: World, html: dict[str, str]) -> None:
    profile = document.read(world.public, served.named(world.public, "rivers"))
    assert profile is not None
    assert profile.coverage is not None
    page = html[keys.dataset_page("rivers", "en")]
    assert 'id="covered"' in page
    strips = profile.coverage.strips
    assert [strip.grain for strip in strips] == ["year", "month"]
    assert {cell.state for cell in strips[1].cells} == {"complete"}
    assert page.count('class="pic strip named"') == 1, "a closer look that shows nothing more is left out"
    assert 'id="covered"' not in html[keys.dataset_page("lakes", "en")]
