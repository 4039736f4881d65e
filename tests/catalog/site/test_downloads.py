"""What a person takes away: every period in every form, each link to its own file, and a word where there is none."""

import re

import pytest
from worlds import World

from catalog import keys
from catalog.derived import spreadsheets
from catalog.site import pages
from catalog.site.downloads import Spreadsheet, downloads, guarded, period_name
from catalog.site.pages import Entry
from catalog.site.sources import Shared
from catalog.site.words import words

LINK = re.compile(r'<a (?:class="[^"]+" )?href="([^"]+)">(.*?)</a>', re.DOTALL)


def entry(entries: list[Entry], slug: str) -> Entry:
    (found,) = [each for each in entries if each.slug == slug]
    return found


def shown(one: Entry, language: str = "en") -> str:
    """The part of a dataset's page that offers its files."""
    page = pages.dataset(language, one, Shared(), {}).decode()
    buttons = page.partition('<ul class="buttons" aria-label="')[2].partition(">")[2].partition("</ul>")[0]
    return buttons + page.partition('<div id="downloads">')[2].partition("</p>\n</div>")[0]


def plain(text: str) -> str:
    return " ".join(re.sub("<[^>]+>", " ", text).split())


@pytest.mark.parametrize(
    ("label", "en", "zh"),
    [
        ("2026-07", "July 2026", "2026\u00a0年\u00a07\u00a0月"),
        ("2026", "2026", "2026 年"),
        ("all", "the whole table", "全部資料"),
        ("2026-13", "2026-13", "2026-13"),
        ("<b>", "<b>", "<b>"),
    ],
)
def test_a_period_has_the_name_that_people_use(label: str, en: str, zh: str) -> None:
    assert (period_name(words("en"), label), period_name(words("zh-TW"), label)) == (en, zh)


def test_the_newest_period_comes_first_and_each_has_every_form(entries: list[Entry]) -> None:
    rivers = entry(entries, "rivers")
    assert rivers.newest
    found = downloads(rivers.newest.release, rivers.spreadsheets)
    assert [each.label for each in found] == sorted(rivers.newest.release.partitions, reverse=True)
    for each in found:
        assert each.sheets
        assert each.sheets.xlsx
        assert each.sheets.label == each.csv_gz.partition == each.parquet.partition == each.label
        assert each.rows == each.sheets.rows == each.parquet.rows
    assert guarded(found) == 0


@pytest.mark.parametrize("language", keys.LANGUAGES)
def test_every_link_leads_to_its_file_and_no_two_of_one_text_differ(
    world: World, entries: list[Entry], language: str
) -> None:
    for slug, periods in (("rivers", 18), ("lakes", 1)):
        where: dict[str, set[str]] = {}
        found = [link for link in LINK.findall(shown(entry(entries, slug), language)) if link[0] != "#downloads"]
        for target, text in found:
            assert world.public.head(f"datasets/{slug}/{target}"), target
            where.setdefault(plain(text), set()).add(target)
        assert [text for text, targets in where.items() if len(targets) > 1] == []
        assert len({target for target, _ in found}) == 4 * periods
        assert len(found) == 4 * periods + 2, "and two buttons"


def test_where_there_is_no_workbook_the_page_says_so_and_offers_the_csv(entries: list[Entry]) -> None:
    lakes = entry(entries, "lakes")
    large = tuple(each._replace(xlsx=None, guarded=2) for each in lakes.spreadsheets)
    text = plain(shown(lakes._replace(spreadsheets=large)))
    assert "Download the whole table CSV, 9 rows" in text
    assert "too large" in text
    assert "more than 1,000,000 rows" in text
    assert "2 cells begin with an apostrophe" in text
    assert "too large" not in plain(shown(lakes))
    assert "apostrophe" not in plain(shown(lakes))


def test_a_period_whose_files_could_not_be_made_is_listed_with_those_of_the_release(entries: list[Entry]) -> None:
    text = plain(shown(entry(entries, "lakes")._replace(spreadsheets=())))
    assert "not made yet" in text
    assert "Parquet" in text
    assert "Download" not in text.partition("Download by period")[0]


def test_more_periods_than_are_shown_are_folded(entries: list[Entry]) -> None:
    page = shown(entry(entries, "rivers"))
    assert f"<summary>{18 - pages.SHOWN_PARTITIONS} older periods to download</summary>" in page
    assert page.count("<caption>") == 2


def test_it_is_what_the_ledger_of_pages_compares() -> None:
    csv = spreadsheets.SheetFile("datasets/a/a.csv", 3)
    one = Spreadsheet("all", 1, None, csv, 0)
    assert one.document == {
        "label": "all", "rows": 1, "xlsx": None, "csv": {"key": "datasets/a/a.csv", "bytes": 3}, "guarded": 0,
    }  # fmt: skip
    assert one._replace(xlsx=csv).document["xlsx"] == {"key": "datasets/a/a.csv", "bytes": 3}
