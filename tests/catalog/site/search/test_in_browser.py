"""The search in a real browser over a real S3 server, and what a catalog of ten thousand datasets costs it."""

import re
import statistics
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsers import CHROMIUM, looks
from hosts import hosted
from playwright.sync_api import Browser, BrowserContext, Page, expect
from searchables import NAMES, catalog
from stores import quick_store
from tiers import few
from worlds import World, column, declaration, table_csv

from catalog import keys
from catalog.declaration.site import SiteDeclaration
from catalog.derived import write as derived
from catalog.site.assets import all_assets
from catalog.site.search.index import files, numbered
from catalog.site.search.made import search_page
from catalog.site.sources import Shared
from catalog.store.embedded import Embedded

PHONE, DESKTOP = {"width": 390, "height": 800}, {"width": 1280, "height": 900}
HARM = '"><img src=x onerror=alert(1)><script>alert(2)</script>\u202e' + "w" * 3_000
TOPICS = {
    "topics": {
        code: {"title": {"en": en, "zh-TW": zh}, "description": {"en": en, "zh-TW": zh}}
        for code, en, zh in [("air", "Air", "空氣"), ("prices", "Prices", "物價")]
    }
}

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")


def both(en: str, zh: str) -> dict[str, str]:
    return {"en": en, "zh-TW": zh}


def named(*codes: tuple[str, str, str]) -> list[dict[str, Any]]:
    return [{"value": code, "label": both(en, zh)} for code, en, zh in codes]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, s3_server: Embedded) -> str:
    """The address of a small catalog in the S3 server; one of its stewards means harm."""
    world = World(tmp_path_factory.mktemp("search"))
    places = named(("TPE", "Taipei City", "臺北市"), ("NAN", "Nantou County", "南投縣"))
    crops = named(("LA1", "Cabbage", "甘藍-初秋"), ("SE1", "Scallion", "蔥"), ("X", HARM, HARM))
    day = column("day", "date")
    air = [column("site", categories=places), day, column("pm2_5", "number", unit="ug/m3")]
    prices = [column("crop", categories=crops), day, column("price", "number", unit="kg")]
    titles = {
        "air": both("Hourly air quality", "每小時空氣品質"),
        "prices": both("Wholesale prices", "批發市場行情"),
        "harm": both(HARM, HARM),
    }
    block: dict[str, Any] = {"partition": {"field": "day", "grain": "month"}, "due": {"fetched": "30d"}}
    lines = [f"{{}},2026-06-{at:02},{at % 7}" for at in range(1, 29)]
    for slug, fields, code, topic in [("air", air, "TPE", "air"), ("prices", prices, "LA1", "prices")]:
        world.declare(
            declaration(slug, fields, key=[fields[0]["name"], "day"], top={"title": titles[slug]}, topic=topic, **block)
        )
        names = ",".join(each["name"] for each in fields)
        world.tell("\n".join([names, *(line.format(code) for line in lines), ""]), slug)
    world.declare(declaration("harm", load="replace", due={"fetched": "30d"}, top={"title": titles["harm"]}))
    world.tell(table_csv({"a": 1}), "harm")
    derived.write(world.public, ["air", "harm", "prices"], None, world.now, SiteDeclaration.model_validate(TOPICS))
    store = s3_server.open_public("search")
    for key in world.public.list(""):
        store.put_new(key, world.public.get(key).body)
    return f"{s3_server.endpoint}/{s3_server.public_bucket}/search/"


class Watch:
    """What a page asked for and said, and how many bytes came."""

    def __init__(self, page: Page) -> None:
        self.asked: list[str] = []
        self.said: list[str] = []
        self.bytes = 0
        page.on("request", self._asked)
        page.on("response", self._came)
        page.on("console", lambda message: self.said.append(message.text))
        page.on("dialog", lambda dialog: self.said.append(f"dialog: {dialog.message}"))
        page.on("pageerror", lambda error: self.said.append(str(error)))

    def _asked(self, request: Any) -> None:
        if not request.url.endswith(keys.ICON):  # Chromium asks for it again at each step of the history
            self.asked.append(request.url)

    def _came(self, response: Any) -> None:
        self.bytes += int(response.headers.get("content-length", 0))

    def taken(self) -> tuple[int, int]:
        """Requests and bytes since the last call."""
        taken = len(self.asked), self.bytes
        self.asked, self.bytes = [], 0
        return taken


def opened(context: BrowserContext, address: str) -> tuple[Page, Watch]:
    page = context.new_page()
    watch = Watch(page)
    page.goto(address)
    return page, watch


def titles(page: Page) -> list[str]:
    return page.locator(".hits h3").all_inner_texts()


@pytest.mark.parametrize(
    ("page", "query", "title", "reason"),
    [
        ("search.html", "空氣", "每小時空氣品質", "空氣"),
        ("search.html", "臺北", "每小時空氣品質", "臺北"),
        ("search.html", "台北", "每小時空氣品質", "臺北"),
        ("search.html", "甘藍", "批發市場行情", "甘藍"),
        ("search.html", "cabbages", "批發市場行情", "Cabbage"),
        ("search.html", "蔥", "批發市場行情", "蔥"),
        ("search.html", "ＰＭ２．５", "每小時空氣品質", "pm2_5"),
        ("search.en.html", "pm2.5", "Hourly air quality", "pm2_5"),
        ("search.en.html", "Taipei", "Hourly air quality", "Taipei"),
        ("search.en.html", "甘藍", "Wholesale prices", "甘藍"),
        ("search.en.html", "wholesale price", "Wholesale prices", "prices"),
    ],
)
def test_both_scripts_find_and_the_result_says_why(
    browser: Browser, served: str, page: str, query: str, title: str, reason: str
) -> None:
    with browser.new_context(viewport=DESKTOP) as context:
        found, watch = opened(context, served + page)
        found.get_by_role("searchbox").fill(query)
        found.keyboard.press("Enter")
        expect(found.locator(".hits h3").first).to_have_text(title)
        assert reason in found.locator(".hit mark").all_inner_texts()
        assert found.locator(".hit .figure").first.inner_text().startswith("0")
        assert "?q=" in found.url
        assert watch.said == []
        assert all(url.startswith(served) for url in watch.asked)


def test_facets_narrow_and_the_way_back_leads_back(browser: Browser, served: str) -> None:
    with browser.new_context(viewport=DESKTOP) as context:
        page, watch = opened(context, f"{served}search.en.html?q=waters")
        expect(page.get_by_role("status")).to_have_text("3 datasets found")
        page.get_by_role("group", name="Topic").get_by_label("Air").check()
        expect(page.get_by_role("status")).to_have_text("1 dataset found")
        assert page.url.endswith("?q=waters&topic=air")
        assert page.evaluate("document.activeElement.type") == "checkbox", "the focus stays where it was"
        page.get_by_role("group", name="Topic").get_by_label("Prices").check()
        expect(page.get_by_role("status")).to_have_text("2 datasets found")
        page.go_back()
        expect(page.get_by_role("status")).to_have_text("1 dataset found")
        assert titles(page) == ["Hourly air quality"]
        page.reload()
        expect(page.get_by_role("status")).to_have_text("1 dataset found")
        page.get_by_role("button", name="Clear filters").click()
        expect(page.get_by_role("status")).to_have_text("3 datasets found")
        page.goto(f"{served}search.en.html?topic=prices")
        expect(page.locator(".hits h3")).to_have_text(["Wholesale prices"])
        assert watch.said == []


def test_hostile_texts_stay_text(browser: Browser, served: str) -> None:
    with browser.new_context(viewport=PHONE) as context:
        page, watch = opened(context, f"{served}search.html?q=onerror")
        expect(page.locator(".hits h3")).to_have_count(2)
        assert any(text.startswith('"><img src=x onerror=alert(1)><script>') for text in titles(page))
        page.goto(f"{served}search.html?q={HARM[:80]}&topic=<script>alert(3)</script>&x=<img>")
        expect(page.get_by_role("status")).not_to_be_empty()
        assert page.locator("main img, main script:not([type='application/json'])").count() == 0
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        assert watch.said == []


def test_a_query_that_finds_nothing_leads_on(browser: Browser, served: str) -> None:
    with browser.new_context(viewport=PHONE) as context:
        page, _ = opened(context, f"{served}search.html?q=xyzzy")
        expect(page.get_by_role("status")).to_have_text("找不到與「xyzzy」相符的資料集")
        page.locator("#search-found").get_by_role("link", name="物價").click()
        expect(page.locator(".hits h3")).to_have_text(["批發市場行情"])
        page.goto(f"{served}search.html?q=空氣 xyzzy")
        expect(page.get_by_role("status")).to_contain_text("沒有資料集包含所有字詞")


def test_a_word_is_found_before_it_is_typed_to_its_end(browser: Browser, served: str) -> None:
    with browser.new_context(viewport=DESKTOP) as context:
        page, watch = opened(context, f"{served}search.en.html")
        page.get_by_role("searchbox").press_sequentially("wholesale cabb")
        expect(page.locator(".hits h3")).to_have_text(["Wholesale prices"])
        assert page.url.endswith("?q=wholesale+cabb"), "without Enter"
        assert "Cabbage" in page.locator(".hit mark").all_inner_texts()
        assert page.locator(".search-meant").count() == 0
        assert watch.said == []


@pytest.mark.parametrize(
    ("page", "query", "says", "meant", "title"),
    few(
        [
            ("search.html", "甘籃", "您是不是要找：", "甘藍", "批發市場行情"),
            ("search.en.html", "wholsale prices", "Did you mean:", "wholesale prices", "Wholesale prices"),
            ("search.html", "干藍", "您是不是要找：", "甘藍", "批發市場行情"),
            ("search.en.html", "acbbage ", "Did you mean:", "cabbage", "Wholesale prices"),
        ],
        2,
    ),
)
def test_a_misspelt_word_leads_to_the_one_that_was_meant(
    browser: Browser, served: str, page: str, query: str, says: str, meant: str, title: str
) -> None:
    with browser.new_context(viewport=PHONE) as context:
        shown, watch = opened(context, f"{served}{page}?q={query}")
        expect(shown.locator(".search-meant")).to_contain_text(says)
        shown.get_by_role("link", name=meant, exact=True).click()
        expect(shown.locator(".hits h3").first).to_have_text(title)
        assert shown.get_by_role("searchbox").input_value() == meant
        assert watch.said == []


def test_by_keyboard_from_the_first_page_to_the_data(browser: Browser, served: str) -> None:
    with browser.new_context(viewport=PHONE) as context:
        page, watch = opened(context, f"{served}index.html")
        page.get_by_role("searchbox").focus()
        page.keyboard.type("甘藍")
        page.keyboard.press("Enter")
        page.wait_for_url("**/search.html?q=*")
        expect(page.locator(".hits h3")).to_have_text(["批發市場行情"])
        page.locator(".hits a").focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/datasets/prices/index.html")
        assert watch.said == []


def test_without_script_all_datasets_stand_there(browser: Browser, served: str) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page, _ = opened(context, f"{served}search.en.html?q=air")
        assert "needs JavaScript" in page.locator("noscript").inner_text()
        assert page.locator("main").get_by_role("heading", level=3).all_inner_texts() == [
            "Air",
            "Prices",
            "Other topics",
        ]
        page.get_by_role("link", name="Hourly air quality").click()
        page.wait_for_url("**/datasets/air/index.en.html")


def test_without_an_index_the_page_says_so(browser: Browser, served: str) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.route("**/*.json.gz", lambda route: route.fulfill(status=503))
        page.goto(f"{served}search.en.html?q=air")
        expect(page.get_by_role("status")).to_have_text("The search could not be loaded. Please try again.")
        page.unroute("**/*.json.gz")
        page.get_by_role("button", name="Search").click()
        expect(page.get_by_role("status")).to_have_text("1 dataset found")


@looks("page,size,scheme", ["search.html", "search.en.html?q=waters", "search.html?q=甘藍", "search.html?q=xyzzy"])
def test_axe_finds_nothing(browser: Browser, served: str, page: str, size: Any, scheme: Any) -> None:
    with browser.new_context(viewport=size, color_scheme=scheme) as context:
        shown, watch = opened(context, served + page)
        if "?" in page:
            expect(shown.get_by_role("status")).not_to_be_empty()
        for summary in shown.locator("details:not([open]) > summary").all():
            summary.click()
        assert shown.evaluate("document.documentElement.scrollWidth") <= size["width"]
        assert watch.said == []
        violations = Axe().run(shown).response["violations"]
        assert [(each["id"], [node["target"] for node in each["nodes"]]) for each in violations] == []


@pytest.fixture(scope="module")
def ten_thousand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a catalog of ten thousand datasets."""
    datasets = catalog(10_000)
    store = quick_store(tmp_path_factory.mktemp("many") / "public")
    index = files(datasets, numbered((each.slug for each in datasets), {}), NAMES)
    page = search_page("zh-TW", [], Shared())
    for key, body in {**dict(all_assets()), **index, "search.html": page}.items():
        store.put_new(key, body)
    with hosted(store) as address:
        yield f"{address}/"


@pytest.mark.soak
def test_with_ten_thousand_datasets_a_query_stays_small(browser: Browser, ten_thousand: str) -> None:
    with browser.new_context(viewport=DESKTOP) as context:
        page, watch = opened(context, f"{ten_thousand}search.html")
        page.wait_for_load_state("networkidle")
        requests, size = watch.taken()
        assert requests <= 7, "page, three sheets, two scripts, head"
        assert size < 100_000
        taken = []
        for query in ("空氣品質", "臺北 登革熱", "vegetable prices taipei"):
            page.get_by_role("searchbox").fill(query)
            page.keyboard.press("Enter")
            expect(page.locator("#search-found")).to_have_attribute("aria-busy", "false")
            expect(page.get_by_role("status")).to_have_text(re.compile(r"找到 [\d,]+ 個資料集"))
            assert page.locator(".hits > li").count() >= 2
            taken.append(watch.taken())
        for query, meant in (("vegetabel", "vegetable"), ("空汽品質", None)):  # misspelt, and what no dataset is called
            page.get_by_role("searchbox").fill(query)
            page.keyboard.press("Enter")
            expect(page.locator("#search-found")).to_have_attribute("aria-busy", "false")
            if meant:
                expect(page.locator(".search-meant")).to_contain_text(meant)
            requests, size = watch.taken()
            assert requests <= 6
            assert size < 150_000
            taken.append((requests, size))
        print("requests and bytes of three typings, and of two that are misspelt:", taken)
        assert max(requests for requests, _ in taken[:3]) <= 6
        assert max(size for _, size in taken[:3]) < 150_000
        assert statistics.median(size for _, size in taken[:3]) < 100_000
        assert watch.said == []


@pytest.mark.soak
def test_with_ten_thousand_datasets_more_results_come_as_one_asks(browser: Browser, ten_thousand: str) -> None:
    with browser.new_context(viewport=PHONE) as context:
        page, watch = opened(context, f"{ten_thousand}search.html?q=公園")
        expect(page.locator(".hits h3").first).to_be_visible()
        before = page.locator(".hits > li").count()
        watch.taken()
        page.get_by_role("button", name="顯示更多結果").click()
        expect(page.locator(".hits > li").nth(before)).to_be_visible()
        assert watch.taken()[0] <= 6
        place = "[...document.querySelectorAll('.hits > li')].indexOf(document.activeElement.closest('li'))"
        assert page.evaluate(place) == before, "the focus is on the first of the new ones"
