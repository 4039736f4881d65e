"""Pages of changes: of one release, of all releases of a dataset, of all datasets; full pages never change."""

import datetime as dt
import re

import pytest
from worlds import World

from catalog.release.changes import Counts
from catalog.release.digest import Document
from catalog.site import changes_pages
from catalog.site.changed import ReleaseChanges
from catalog.site.changes_pages import HistoryPart, full_parts, history, history_part, news, total
from catalog.site.pages import Entry
from catalog.site.words import words

EN, ZH = words("en"), words("zh-TW")


def said(page: bytes | str) -> str:
    """The text of a page without its tags."""
    text = page.decode() if isinstance(page, bytes) else page
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", text[text.index("<main") :]))


def many(entry: Entry, count: int, *, every: dt.timedelta = dt.timedelta(hours=9)) -> Entry:
    """The same dataset with so many releases."""
    first = dt.datetime.fromisoformat("2026-01-01T00:00:00+08:00")
    listed = [entry.listed[0] | {"n": n, "created": (first + n * every).isoformat(), "rows": n, "kind": "regular",
              "changes": {"insert": n, "update": 1, "delete": 0}} for n in range(1, count + 1)]  # fmt: skip
    return entry._replace(listed=listed)


@pytest.fixture
def entry(entries: list[Entry]) -> Entry:
    return next(each for each in entries if each.slug == "rivers")


def numbers(page: bytes) -> list[int]:
    return [int(n) for n in re.findall(r'<th scope="row"><a href="release-(\d+)\.en\.html"', page.decode())]


# ---- a release


def test_a_release_page_opens_with_the_total_and_the_four_figures(html: dict[str, str]) -> None:
    text = said(html["datasets/rivers/release-2.en.html"])
    assert "What version 2 changed" in text
    assert re.search(r"The table grew from 37 to 3\d rows, \d more\.", text)
    for word in ("Added", "Corrected", "Removed", "Unchanged", "not in version 1", "of version 1"):
        assert word in text, word
    assert "77 +72" in text, "the correction, and by how much"
    zh = said(html["datasets/rivers/release-2.html"])
    for word in ("第 2 版改了什麼", "新增", "更正", "刪除", "沒有變動", "更正前", "更正後", "異動檔，含前後值"):
        assert word in zh, word


def test_a_first_release_says_so(html: dict[str, str]) -> None:
    text = said(html["datasets/rivers/release-1.en.html"])
    assert "The first release, with 37 rows." in text
    assert "Corrected" not in text


def test_both_versions_and_the_changes_can_be_taken(html: dict[str, str], world: World) -> None:
    page, release = html["datasets/rivers/release-2.en.html"], world.newest("rivers")
    changes = release.resource("changes")
    assert changes
    assert f'<a class="button first" href="{changes.path}">' in page
    assert 'href="release-1.en.html#files"' in page
    assert 'href="#files"' in page


@pytest.mark.parametrize(
    ("counts", "rows", "text"),
    [
        (Counts(insert=3, update=1), 10, "The table grew from 7 to 10 rows, 3 more."),
        (Counts(delete=3), 10, "The table shrank from 13 to 10 rows, 3 fewer."),
        (Counts(insert=1, delete=1), 1000, "The table still has 1,000 rows."),
        (Counts(), 10, "The rows are exactly those of version 4, 10 in all."),
    ],
)
def test_the_total_is_one_sentence(counts: Counts, rows: int, text: str) -> None:
    assert total(EN, ReleaseChanges(counts, rows, 4)) == text
    assert "10" in total(ZH, ReleaseChanges(counts, rows, 4)) or rows == 1000


def test_what_is_nearly_all_is_never_said_to_be_all() -> None:
    assert changes_pages._share(34_590, 34_611) == "99.94%"
    assert changes_pages._share(999_999, 1_000_000) == "99.99%"
    assert (changes_pages._share(5, 5), changes_pages._share(0, 0)) == ("100%", "0%")


# ---- the history


def test_the_newest_stand_without_a_number_and_every_full_page_is_numbered_from_the_first(entry: Entry) -> None:
    assert [full_parts(n) for n in (1, 199)] == [[], []]
    assert full_parts(200) == [HistoryPart(1, 1, 100)]
    assert full_parts(399)[-1] == HistoryPart(2, 101, 200)
    grown = many(entry, 250)
    assert numbers(history("en", grown, None)) == list(range(250, 100, -1))
    (part,) = full_parts(250)
    assert numbers(history_part("en", grown, part, None)) == list(range(100, 0, -1))
    assert 'href="changes-1.en.html">versions 1 to 100</a>' in history("en", grown, None).decode()


def test_a_full_page_never_changes(entry: Entry) -> None:
    part = HistoryPart(2, 101, 200)
    pages = {history_part("zh-TW", many(entry, n), part, None) for n in (300, 301, 5_000)}
    assert len(pages) == 1
    (page,) = pages
    assert b'href="changes-1.html"' in page
    assert b"changes-3" not in page, "it may not be there yet"


def test_the_history_says_what_all_releases_did_together(entry: Entry) -> None:
    text = said(history("en", many(entry, 3), None))
    assert "3 versions since 1 January 2026. Together they added 6 rows, corrected 3 and removed 0." in text


def test_a_dataset_without_a_release_has_no_history(entry: Entry) -> None:
    with pytest.raises(ValueError, match="rivers has no release"):
        history("en", entry._replace(newest=None), None)


# ---- all datasets


def days(page: bytes) -> list[str]:
    return re.findall(r'<time datetime="(\d{4}-\d\d-\d\d)">', page.decode())


def test_the_newest_changes_stand_by_day_a_dataset_once_a_day(entries: list[Entry]) -> None:
    (entry,) = [each for each in entries if each.slug == "rivers"]
    page = news("en", [many(entry, 5, every=dt.timedelta(hours=9))], None)
    assert days(page) == ["2026-01-02", "2026-01-01"]
    text = said(page)
    assert "rivers , version 5 3 versions 12 3 0" in text, "of 3, 4 and 5"
    assert "rivers , version 2 2 versions 3 2 0" in text


def test_the_page_of_changes_ends(entry: Entry) -> None:
    page = news("en", [many(entry, 500, every=dt.timedelta(days=1))], None)
    assert len(days(page)) == changes_pages.MOST_NEWS
    assert days(page)[0] > days(page)[-1]


def test_nothing_is_said_where_nothing_was_released() -> None:
    assert "No data has been released yet." in said(news("en", [], None))


def test_listed_releases_are_as_releases_json_has_them(entry: Entry) -> None:
    one: Document = entry.listed[-1]
    assert {"n", "created", "changes", "rows", "kind"} <= set(one)
