"""Explore in a real browser, from a real S3 server: what one sees, takes away, cites; bytes, requests, faults."""

import csv
import hashlib
import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import openpyxl
import pyarrow as pa
import pytest
from axe_playwright_python.sync_playwright import Axe
from browsers import CHROMIUM, looks
from explorables import DAYS, HARM, SLUG, explorable, publish_site
from hosts import hosted
from playwright.sync_api import Browser, BrowserContext, Page, expect
from worlds import World

from catalog import keys
from catalog.formats.csv import pieces
from catalog.release import publish
from catalog.release.read import ReleaseFiles
from catalog.store.embedded import Embedded

PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
ALL = 3 * 3 * DAYS
"""Rows of release 2; release 3 has one more, a dry one."""
DRY = ALL // 2 + 1
ZH, EN = keys.explore_page(SLUG, "zh-TW"), keys.explore_page(SLUG, "en")

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    made = explorable(tmp_path_factory.mktemp("explorable"))
    publish_site(made)
    return made


@pytest.fixture(scope="module")
def site(world: World, s3_server: Embedded) -> str:
    """The address of all that is public, in a bucket that anyone may read."""
    store = s3_server.open_public("explore")
    for key in world.public.list(""):
        store.put_new(key, world.public.get(key).body)
    return f"{s3_server.endpoint}/{s3_server.public_bucket}/explore/"


class Visit:
    """A page that is open, and what it asked for and complained of."""

    def __init__(self, context: BrowserContext, site: str) -> None:
        self.page, self.site = context.new_page(), site
        self.said: list[str] = []
        self.asked: list[tuple[str, str | None, int]] = []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("dialog", lambda dialog: self.said.append(f"dialog: {dialog.message}"))
        self.page.on("requestfinished", self._answered)

    def _answered(self, request: Any) -> None:
        path = request.url.removeprefix(self.site)
        self.asked.append((path, request.headers.get("range"), request.sizes()["responseBodySize"]))

    def go(self, key: str = EN, **state: Any) -> Page:
        fragment = f"#{urlencode(state, doseq=True)}" if state else ""
        self.page.goto("about:blank")
        self.page.goto(f"{self.site}{key}{fragment}")
        return self.page

    def shows(self, rows: int) -> None:
        """Wait until the sentence says how many rows there are."""
        expect(self.page.locator("#x-said")).to_contain_text(
            re.compile(rf"(共 |: ){rows:,}( 筆| rows)"), timeout=15_000
        )

    def cells(self) -> list[list[str]]:
        return [
            [cell.inner_text() for cell in row.locator("td").all()]
            for row in self.page.locator("#x-result tbody tr").all()
        ]

    def download(self, button: str) -> bytes:
        with self.page.expect_download() as waiting:
            self.page.locator(button).click()
        return Path(waiting.value.path()).read_bytes()


@pytest.fixture
def visit(browser: Browser, site: str) -> Iterator[Visit]:
    with browser.new_context(viewport=DESKTOP, permissions=["clipboard-read", "clipboard-write"]) as context:
        made = Visit(context, site)
        yield made
        assert made.said == []


def canonical(world: World, n: int, keep: Callable[[dict[str, Any]], bool] = lambda _: True) -> bytes:
    """The canonical CSV of rows of a release in key order, by the code that publishes."""
    table = ReleaseFiles(world.public, publish.load(world.public, SLUG, n)).table()
    table = table.sort_by([("station", "ascending"), ("at", "ascending")])
    return b"".join(pieces(table.filter(pa.array([keep(row) for row in table.to_pylist()]))))


def wet_in_april(row: dict[str, Any]) -> bool:
    return row["county_code"] == "TW-NWT" and row["at"].month == 4


APRIL = {"is.county_code": "TW-NWT", "from.at": "2026-04-01T00:00", "to.at": "2026-04-30T23:59"}


# ---- rows


def test_the_first_rows_of_the_newest_release_are_there_at_once(visit: Visit) -> None:
    page = visit.go()
    visit.shows(ALL + 1)
    expect(page.locator("#x-result tbody tr")).to_have_count(25)
    assert visit.cells()[0] == ["007", "2026-06-01 08:00", "五-九", "Taipei City", "121.5", "25.04", "Wet"]
    read = [(path, span) for path, span, _ in visit.asked if path.endswith(".parquet")]
    # The table of counties, and the newest period: the others are counted by what the page says of them.
    assert len(read) == 2
    assert "counties_all" in read[0][0] or "counties_all" in read[1][0]
    assert {path for path, _, _ in visit.asked if "stations_2026-0" in path} == {
        next(path for path, _ in read if "stations_2026-06" in path)
    }


def test_a_reader_filters_by_place_and_time_in_the_form(visit: Visit) -> None:
    page = visit.go()
    visit.shows(ALL + 1)
    page.select_option("#x-add", "county_code")
    page.get_by_label("New Taipei City").check()
    visit.shows(2 * 3 * DAYS + 1)
    page.select_option("#x-add", "at")
    page.get_by_label("from", exact=True).fill("2026-06-01T00:00")
    page.get_by_label("to", exact=True).fill("2026-06-02T23:59")
    page.keyboard.press("Tab")
    visit.shows(4)
    assert [cells[1] for cells in visit.cells()] == [
        "2026-06-01 09:00", "2026-06-02 09:00", "2026-06-01 10:00", "2026-06-02 10:00",
    ]  # fmt: skip
    said = page.locator("#x-said").inner_text()
    assert said.startswith("Version 3 of 1 July 2026, where臺".removesuffix("臺"))
    page.get_by_role("button", name="Remove the condition on county_code").click()
    visit.shows(6)


def test_text_is_found_whatever_its_width_and_case(visit: Visit) -> None:
    page = visit.go(**{"has.station_name": "ＩＭＧ"})
    visit.shows(3 * DAYS)
    assert visit.cells()[0][2] == HARM
    assert page.locator("#x-result img").count() == 0


def test_a_header_sorts_both_ways_and_no_value_comes_last(visit: Visit) -> None:
    page = visit.go(columns="station,level", **{"is.station": "a"})
    visit.shows(3 * DAYS + 1)
    button = page.get_by_role("button", name=re.compile("^level"))
    button.click()
    header = page.locator("th", has=button)
    expect(header).to_have_attribute("aria-sort", "ascending")
    assert visit.cells()[0][1] == "2.2"
    button.click()
    expect(header).to_have_attribute("aria-sort", "descending")
    assert visit.cells()[0][1] == "28.2"
    page.locator("#x-next").click()
    page.locator("#x-next").click()
    page.locator("#x-next").click()
    expect(page.locator("#x-result tbody tr")).to_have_count(10)
    assert [row[1] for row in visit.cells()][-4:] == ["no value"] * 4
    page.reload()
    expect(page.locator("#x-result tbody tr")).to_have_count(10)


# ---- releases


def test_on_an_old_release_one_filters_and_takes_away_what_was_published(visit: Visit, world: World) -> None:
    page = visit.go()
    visit.shows(ALL + 1)
    page.select_option("#x-release", "1")
    visit.shows(2 * 3 * DAYS)
    page.select_option("#x-add", "level")
    page.get_by_label("from", exact=True).fill("28")
    page.keyboard.press("Tab")
    visit.shows(6)
    assert visit.download("#x-csv") == canonical(world, 1, lambda row: (row["level"] or 0) >= 28)
    assert "release=1" in page.url


def test_the_same_view_on_the_newest_release_and_on_exactly_this_one(visit: Visit) -> None:
    page = visit.go(
        **{"is.station": "007", "from.at": "2026-05-02T08:00", "to.at": "2026-05-02T08:00"}, columns="level", release=1
    )
    visit.shows(1)
    assert visit.cells()[0][-1] == "2"
    newest = page.locator("#x-link-newest").inner_text()
    exact = page.locator("#x-link-exact").inner_text()
    page.goto("about:blank")
    page.goto(newest)
    visit.shows(1)
    assert visit.cells()[0][-1] == "99.5"
    page.goto("about:blank")
    page.goto(exact)
    visit.shows(1)
    assert visit.cells()[0][-1] == "2"


def test_changes_and_what_was_left_out_are_tables_too(visit: Visit) -> None:
    page = visit.go(release=2, table="changes", **{"is._change": "update"}, columns="_change,at,level,_before_level")
    visit.shows(1)
    assert visit.cells() == [["corrected", "2026-05-02 08:00", "99.5", "2"]]
    page.select_option("#x-release", "3")
    page.select_option("#x-table", "quarantine")
    visit.shows(1)
    assert "many" in visit.cells()[0]
    assert "the cell" in visit.cells()[0]


# ---- away


def test_what_is_taken_away_is_what_is_seen_in_each_form(visit: Visit, world: World) -> None:
    visit.go(**APRIL)
    visit.shows(2 * DAYS)
    whole = canonical(world, 3, wet_in_april)
    plain = visit.download("#x-csv")
    assert plain == whole
    excel = visit.download("#x-csv-bom")
    assert excel.startswith(b"\xef\xbb\xbf")
    assert "'=1+1" in excel.decode("utf-8-sig")
    assert len(list(csv.reader(io.StringIO(excel.decode("utf-8-sig"))))) == 2 * DAYS + 1
    book = openpyxl.load_workbook(io.BytesIO(visit.download("#x-xlsx")))
    data, about = book.worksheets
    rows = [["" if cell is None else cell for cell in row] for row in data.iter_rows(values_only=True)]
    expected = list(csv.reader(io.StringIO(plain.decode())))
    assert [[str(cell) for cell in row] for row in rows] == expected
    cells = {cell.value: cell.data_type for row in data.iter_rows() for cell in row}
    assert {cells["5-9"], cells["=1+1"], cells[HARM]} == {"s"}
    assert cells[28.2] == "n"
    assert "New Taipei City" in str([cell for row in about.iter_rows(values_only=True) for cell in row])


def test_the_fingerprint_of_a_whole_release_is_that_of_the_canonical_csv(visit: Visit, world: World) -> None:
    page = visit.go(release=2)
    visit.shows(ALL)
    page.locator("#x-cite").click()
    expect(page.locator("#x-citation")).to_be_visible()
    said = page.locator("#x-citation").inner_text()
    assert hashlib.sha256(canonical(world, 2)).hexdigest() in said
    assert "release=2" in said
    page.get_by_role("button", name="Copy the citation").click()
    expect(page.locator("#x-copied")).to_have_text("Copied.")
    assert page.evaluate("navigator.clipboard.readText()") == said


def test_a_period_has_the_hash_that_its_document_names(visit: Visit, world: World) -> None:
    page = visit.go(**{"from.at": "2026-05-01T00:00", "to.at": "2026-05-31T23:59"})
    visit.shows(3 * DAYS)
    page.locator("#x-cite").click()
    (may,) = [each for label, each in world.newest(SLUG).partitions.items() if label == "2026-05"]
    expect(page.locator("#x-citation")).to_contain_text(may.content_sha256)


# ---- summary, chart, map


def test_groups_carry_their_unit_and_are_drawn(visit: Visit) -> None:
    page = visit.go(view="summary", by="county_code", measure="mean:level")
    visit.shows(ALL + 1)
    expect(page.locator(".x-bars li")).to_have_count(2)
    head = [cell.inner_text() for cell in page.locator("#x-result thead th").all()]
    assert head == ["county_code", "level, mean (µg/m³)", "Rows"]
    assert page.locator("#x-result tbody tr").first.inner_text().split() == ["Taipei", "City", "15.66", "84"]
    assert visit.download("#x-csv").decode().splitlines()[0] == "county_code,level_mean,rows"


def test_a_line_over_time_is_drawn_and_follows_the_theme(visit: Visit) -> None:
    page = visit.go(view="summary", by=["at:day", "county_code"], measure="max:level")
    visit.shows(ALL + 1)
    expect(page.locator(".x-chart canvas")).to_be_visible()
    expect(page.locator(".u-legend")).to_contain_text("New Taipei City")
    ink = "getComputedStyle(document.querySelector('.u-legend .u-marker')).borderTopColor"
    light = page.evaluate(ink)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.wait_for_function(f"{ink} !== '{light}'")
    assert any("site/chart." in path for path, _, _ in visit.asked)


def test_the_form_changes_the_summary(visit: Visit) -> None:
    page = visit.go()
    visit.shows(ALL + 1)
    assert not any("site/chart." in path for path, _, _ in visit.asked), "no one asked for a picture yet"
    page.get_by_label("Summary and chart").check()
    expect(page.locator(".x-chart")).to_be_visible()
    choices = page.locator("#x-settings select")
    choices.nth(0).select_option("state")
    choices.nth(2).select_option("count")
    choices.nth(3).select_option("sum")
    expect(page.locator("#x-result thead")).to_contain_text("count, sum (cases)")
    expect(page.locator("#x-result tbody tr").first).to_contain_text("Dry65,518")


def test_places_are_points_on_a_map_with_a_table(visit: Visit) -> None:
    page = visit.go(view="map", shown="level")
    visit.shows(ALL + 1)
    expect(page.locator(".x-map circle")).to_have_count(3)
    expect(page.locator("#x-result tbody tr")).to_have_count(3)
    assert HARM in [
        row[0] for row in page.locator("#x-result tbody tr").evaluate_all("r => r.map(e => [e.children[0].innerText])")
    ][1:] + [page.locator("#x-result tbody th").nth(i).inner_text() for i in range(3)]


# ---- why


def test_a_cell_tells_how_it_changed_and_where_it_came_from(visit: Visit) -> None:
    page = visit.go(
        **{"is.station": "007", "from.at": "2026-05-02T08:00", "to.at": "2026-05-02T08:00"}, columns="at,level"
    )
    visit.shows(1)
    page.locator("#x-result td").nth(1).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("corrected it: level from 2 to 99.5")
    expect(dialog).to_contain_text("since version 1, the first")
    expect(dialog).to_contain_text("fetch 2")
    page.keyboard.press("Escape")
    expect(dialog).not_to_be_visible()


def test_a_row_that_never_changed_says_so(visit: Visit) -> None:
    page = visit.go(**{"is.station": "007", "from.at": "2026-04-02T08:00", "to.at": "2026-04-02T08:00"})
    visit.shows(1)
    page.get_by_role("button", name="Why row 1 is so").click()
    expect(page.get_by_role("dialog")).to_contain_text("since version 1, the first")


# ---- everyone


def test_in_chinese_words_labels_and_the_same_view_in_the_other_language(visit: Visit) -> None:
    page = visit.go(ZH, **{"is.county_code": "TW-TPE"})
    visit.shows(3 * DAYS)
    assert (
        page.locator("#x-said").inner_text() == "第 3 版（2026 年 7 月 1 日釋出），臺：county_code為臺北市，共 84 筆。"
    )
    page.get_by_role("link", name="English").click()
    visit.shows(3 * DAYS)
    assert page.url.endswith("explore.en.html#is.county_code=TW-TPE")


def test_with_the_keyboard_alone_one_filters_sorts_and_asks_why(visit: Visit) -> None:
    page = visit.go(ZH)
    visit.shows(ALL + 1)
    page.locator("#x-release").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "x-add"
    page.select_option("#x-add", "state")
    assert page.evaluate("document.activeElement.type") == "checkbox"
    page.keyboard.press("Space")
    visit.shows(DRY)
    page.locator("#x-result thead button").nth(1).focus()
    page.keyboard.press("Enter")
    expect(page.locator("#x-result thead th").nth(2)).to_have_attribute("aria-sort", "ascending")
    page.locator("#x-result .x-why").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("首版")


@looks("view,key,size,scheme", ["rows", "summary", "map"], [ZH, EN])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    browser: Browser, site: str, view: str, key: str, size: Any, scheme: Any
) -> None:
    with browser.new_context(viewport=size, color_scheme=scheme) as context:
        visit = Visit(context, site)
        page = visit.go(key, view=view, **{"is.state": "dry"})
        visit.shows(DRY)
        found = Axe().run(page).response["violations"]
        assert [(one["id"], [node["target"] for node in one["nodes"]]) for one in found] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        assert visit.said == []


def test_without_script_the_page_says_what_it_would_do_and_gives_the_files(browser: Browser, site: str) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{site}{ZH}")
        expect(page.get_by_text("需要瀏覽器支援並啟用 JavaScript")).to_be_visible()
        expect(page.get_by_role("link", name="Parquet")).to_have_count(3)
        expect(page.locator("#x")).not_to_be_visible()


def test_from_any_static_host_and_from_another_origin(browser: Browser, site: str, world: World) -> None:
    with hosted(world.public) as address, browser.new_context() as context:
        visit = Visit(context, f"{address}/")
        page = visit.go(**APRIL)
        visit.shows(2 * DAYS)
        assert all(path.startswith(("datasets/", "site/")) for path, _, _ in visit.asked)
        path = world.newest(SLUG).partitions["2026-06"].path
        page.goto(f"{address}/source.json")  # a page without a policy of its own
        asked = "async url => { const r = await fetch(url, {headers: {Range: 'bytes=-4'}}); "
        said = asked + "return [r.status, await r.text(), r.headers.get('Content-Range') !== null]; }"
        assert page.evaluate(said, f"{site}{keys.dataset(SLUG, path)}") == [206, "PAR1", True]


# ---- faults


def test_a_release_whose_files_are_gone_is_told_and_another_can_be_chosen(browser: Browser, site: str) -> None:
    with browser.new_context() as context:
        visit = Visit(context, site)
        context.route("**/datapackage-1.json", lambda route: route.fulfill(status=404))
        page = visit.go(release=1)
        expect(page.get_by_role("alert")).to_contain_text("The file datapackage-1.json of version 1 is not there (404)")
        page.select_option("#x-release", "2")
        visit.shows(ALL)
        expect(page.get_by_role("alert")).not_to_be_visible()


@pytest.mark.parametrize(
    "spoil", [lambda body: b"\x00" * len(body), lambda body: body[:-1], lambda body: body[:90] + b"!" + body[91:]]
)
def test_damaged_bytes_are_told_and_never_shown(
    browser: Browser, site: str, world: World, spoil: Callable[[bytes], bytes]
) -> None:
    file = world.newest(SLUG).partitions["2026-06"]
    body = world.public.get(keys.dataset(SLUG, file.path)).body
    with browser.new_context() as context:
        visit = Visit(context, site)
        context.route(f"**/{file.path}", lambda route: route.fulfill(status=200, body=spoil(body)))
        page = visit.go()
        expect(page.get_by_role("alert")).to_contain_text("is not what was published")
        assert page.locator("#x-result tbody").count() == 0


def test_no_network_is_told_and_tried_again(browser: Browser, site: str) -> None:
    with browser.new_context() as context:
        visit = Visit(context, site)
        context.route("**/data/stations_2026-06*", lambda route: route.abort())
        page = visit.go()
        expect(page.get_by_role("alert")).to_contain_text("could not be reached")
        context.unroute_all()
        page.get_by_role("button", name="Try again").click()
        visit.shows(ALL + 1)


def test_an_address_that_names_what_is_not_there_shows_the_rest(visit: Visit) -> None:
    visit.go(**{"is.nothing": "x", "sort": "-nothing", "columns": "nothing", "page": "-3", "view": "void", "by": "x"})
    visit.shows(ALL + 1)
