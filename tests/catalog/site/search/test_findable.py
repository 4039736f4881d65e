"""What of a dataset can be found: texts in both languages, names of values, facets."""

from typing import Any

import pytest
from worlds import World

from catalog.figures.document import Label
from catalog.site.pages import Entry
from catalog.site.search.findable import FACETS, Findable, cadence, findable, names
from catalog.site.sources import Shared

PLACES = {"X": Label(en="Elsewhere", zh_tw="他處")}


def of(entries: list[Entry], slug: str, **more: Any) -> tuple[Findable, Any]:
    entry = next(each for each in entries if each.slug == slug)
    assert entry.newest
    standing, figures = more.get("standing", entry.standing), more.get("figures", entry.figures)
    return findable(entry.newest, standing, figures, PLACES, excel=True), entry.newest


def test_a_dataset_is_found_by_all_its_words(entries: list[Entry]) -> None:
    rivers, _ = of(entries, "rivers")
    assert rivers.title == Label(en="rivers", zh_tw="臺：rivers")
    assert dict(rivers.fields)["level"] == Label(en="level", zh_tw="臺：level")
    assert ("dry", Label(en="Dry", zh_tw="臺：Dry")) in rivers.values
    assert "east" in dict(rivers.values)
    assert rivers.shown["rows"] > 30
    assert [each["at"] for each in rivers.shown["newest"]] == ["2026-06-30"] * 2


def test_facets_say_what_it_is_and_each_has_a_name(entries: list[Entry], world: World) -> None:
    found = [of(entries, slug) for slug in ("rivers", "places", "wells")]
    named = names(found, Shared(), PLACES)
    assert tuple(named) == FACETS
    for each, _ in found:
        assert {
            (facet, code) for facet, codes in each.facets.items() for code in codes if code not in named[facet]
        } == set()
    rivers, places, wells = (each for each, _ in found)
    assert rivers.facets["cadence"] == ("daily",)
    assert places.facets["kind"] == ("reference",)
    assert places.facets["cadence"] == ("irregular",)
    assert rivers.facets["quality"] == (), "there is no score"
    assert wells.facets["state"] == ("overdue",)
    assert rivers.facets["format"] == ("csv", "parquet", "xlsx")


@pytest.mark.parametrize(("score", "grade"), [(100, "high"), (90, "high"), (89, "middle"), (70, "middle"), (0, "low")])
def test_a_score_has_a_grade(entries: list[Entry], score: int, grade: str) -> None:
    newest = next(each.newest for each in entries if each.slug == "rivers")
    assert newest
    found = findable(newest, None, None, {}, excel=False, score=score)
    assert found.facets["quality"] == (grade,)
    assert found.facets["format"] == ("csv", "parquet")


def test_without_figures_or_state_it_is_found_all_the_same(entries: list[Entry]) -> None:
    rivers, _ = of(entries, "rivers", figures=None, standing=None)
    assert rivers.facets["place"] == rivers.facets["state"] == ()
    assert "newest" not in rivers.shown


@pytest.mark.parametrize(
    ("cron", "expected"),
    [
        ("5 * * * *", "hourly"),
        ("*/10 */2 * * *", "hourly"),
        ("30 1 * * *", "daily"),
        ("30 1 * * 1", "weekly"),
        ("30 1 2 * *", "monthly"),
        ("30 1 2 7 *", "yearly"),
        ("", "irregular"),
    ],
)
def test_how_often(cron: str, expected: str) -> None:
    assert cadence(cron, inline=False) == expected
    assert cadence(cron, inline=True) == "irregular"
