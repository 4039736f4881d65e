"""Pages in a real browser: axe finds nothing, nothing scrolls sideways or comes from elsewhere; off a disk too."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsers import CHROMIUM, DESKTOP, ON_EVERY_PAGE, PHONE, Watch, looks
from hosts import hosted
from ministries import derive, rivers
from playwright.sync_api import Browser
from tiers import few
from worlds import World

from catalog.site.assets import other_style, script
from pipelines.refresh import decide

PAGES = [
    f"{page}{end}"
    for page in (
        "index",
        "changes",
        "datasets/rivers/index",
        "datasets/rivers/changes",
        "datasets/rivers/release-2",
        "datasets/lakes/index",
        "datasets/lakes/release-2",
        "datasets/rivers/quality",
    )
    for end in (".html", ".en.html")
]
HARM = '"><img src=x onerror=alert(1)><script>alert(2)</script>\u202e' + "w" * 3_000

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")


@pytest.fixture(scope="module")
def ours(copy: Callable[[], World]) -> World:
    """The ministry, with a steward and an agency who mean harm."""
    world = copy()
    waiting = world.state("lakes").waiting
    assert waiting
    decide.approve(world.ctx, "lakes", waiting.identity, "<b>chen</b>", HARM)
    world.tell(rivers(3, f'east,2026-06-28,"{HARM.replace(chr(34), "")}",,dry,3'), "rivers")
    derive(world)
    return world


@pytest.fixture(scope="module")
def served(ours: World) -> Iterator[str]:
    with hosted(ours.public) as address:
        yield f"{address}/"


def more(page: str) -> set[str]:
    """The script that copies code, on pages that have some; the second sheet, on pages of no dataset's own."""
    copies = {script("copy").key} if "/release-" in page or "/index." in page else set()
    return copies | (set() if "/index." in page else {other_style().key})


@looks("page,size,scheme", PAGES)
def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    browser: Browser, served: str, page: str, size: Any, scheme: Any
) -> None:
    with browser.new_context(viewport=size, color_scheme=scheme) as context:
        opened = context.new_page()
        watch = Watch(opened)
        opened.goto(served + page)
        wide = opened.evaluate("document.documentElement.scrollWidth")
        assert wide <= size["width"], f"{page}: {wide} px at {size['width']}"
        assert watch.said == []
        assert {url.removeprefix(served) for url in watch.asked} == {page} | ON_EVERY_PAGE | more(page)
        found = Axe().run(opened).response["violations"]
        assert [(one["id"], [node["target"] for node in one["nodes"]]) for one in found] == []


def test_axe_finds_what_is_wrong(browser: Browser) -> None:
    with browser.new_context() as context:
        opened = context.new_page()
        opened.set_content("<img src=x><p style='color:#aaa;background:#fff'>faint</p>")
        assert {"image-alt", "color-contrast", "html-has-lang"} <= {
            one["id"] for one in Axe().run(opened).response["violations"]
        }


OPEN = "document.querySelectorAll('details').forEach(each => each.open = true)"


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("page", few(["datasets/lakes/quality.en.html", "datasets/rivers/quality.html"]))
def test_what_is_folded_on_a_page_of_quality_is_well_made_too(
    browser: Browser, served: str, page: str, size: Any
) -> None:
    with browser.new_context(viewport=size) as context:
        opened = context.new_page()
        watch = Watch(opened)
        opened.goto(served + page)
        opened.evaluate(OPEN)
        badge = opened.locator("img[src*=badge]")
        badge.scroll_into_view_if_needed()
        badge.evaluate("image => image.decode()")
        assert badge.evaluate("image => image.naturalWidth") > 60
        assert opened.evaluate("document.documentElement.scrollWidth") <= size["width"]
        found = Axe().run(opened).response["violations"]
        assert [(one["id"], [node["target"] for node in one["nodes"]]) for one in found] == []
        assert watch.said == []


JARGON = r"\[0-9\]|UCUM|guard\.|Expect[A-Z]|SHA-256|fetch [0-9]|第 [0-9]+ 次擷取|[a-z_]+\.(range|type|required|list)\b"


@pytest.mark.parametrize("language", ["", ".en"])
def test_a_citizen_meets_no_word_of_programmers_before_opening_a_fold(
    browser: Browser, served: str, language: str
) -> None:
    with browser.new_context(viewport=PHONE) as context:
        opened = context.new_page()
        opened.goto(f"{served}datasets/rivers/quality{language}.html")
        shown = opened.locator("main").inner_text()
        assert re.findall(JARGON, shown) == []
        assert "July 2026. Rare" not in shown, "the steward's reason is folded"
        opened.evaluate(OPEN)
        assert re.findall(JARGON, opened.locator("main").inner_text()) != []
        assert "July 2026. Rare" in opened.locator("main").inner_text()


def test_off_a_disk_the_same_pages_work(browser: Browser, ours: World) -> None:
    root = Path(ours.root) / "public"
    with browser.new_context(viewport=DESKTOP) as context:
        opened = context.new_page()
        watch = Watch(opened)
        opened.goto((root / "index.html").as_uri())
        assert opened.evaluate("getComputedStyle(document.querySelector('.top')).borderBottomStyle") == "solid"
        opened.get_by_role("link", name="English").click()
        opened.get_by_role("main").get_by_role("link", name="rivers", exact=True).first.click()
        assert opened.url.endswith("datasets/rivers/index.en.html")
        opened.get_by_role("link", name="release 3").first.click()
        assert opened.get_by_role("heading", level=1).inner_text() == "What version 3 changed"
        opened.get_by_role("link", name="中文").click()
        assert opened.url.endswith("datasets/rivers/release-3.html")
        assert watch.said == []
        assert all(url.startswith("file:") for url in watch.asked)


def test_with_the_keyboard_alone_one_reaches_the_content_and_every_table(browser: Browser, served: str) -> None:
    with browser.new_context(viewport=PHONE) as context:
        opened = context.new_page()
        opened.goto(served + "datasets/rivers/index.en.html")
        opened.keyboard.press("Tab")
        assert opened.evaluate("document.activeElement.className") == "skip"
        assert opened.evaluate("document.activeElement.getBoundingClientRect().left") >= 0
        opened.keyboard.press("Enter")
        opened.wait_for_url("**#main")
        wide = "[...document.querySelectorAll('.scroll')].filter(e => e.scrollWidth > e.clientWidth)"
        assert opened.evaluate(f"{wide}.length") > 2
        named = "e.tabIndex === 0 && (e.ariaLabel || e.getAttribute('aria-labelledby'))"
        assert opened.evaluate(f"{wide}.every(e => {named})")


def test_without_its_sheet_and_on_paper_all_is_there(browser: Browser, served: str) -> None:
    with browser.new_context(viewport=DESKTOP) as context:
        opened = context.new_page()
        opened.goto(served + "datasets/rivers/index.html")
        opened.emulate_media(media="print")
        assert opened.evaluate("getComputedStyle(document.querySelector('.hash')).whiteSpaceCollapse") == "preserve"
        assert not opened.locator(".languages").is_visible()
        assert len(opened.pdf()) > 10_000


@pytest.mark.parametrize("language", ["", ".en"])
def test_without_script_the_workbook_is_fetched_and_a_button_opens_the_table_of_all_periods(
    browser: Browser, served: str, language: str
) -> None:
    with browser.new_context(viewport=PHONE, java_script_enabled=False, accept_downloads=True) as context:
        page = context.new_page()
        page.goto(f"{served}datasets/rivers/index{language}.html")
        with page.expect_download() as fetched:
            page.locator(".buttons .first").click()
        assert fetched.value.suggested_filename == "rivers_2026-06.xlsx"
        assert Path(fetched.value.path()).read_bytes().startswith(b"PK")
        table = page.locator(".books").first
        assert not table.is_visible()
        page.locator('.buttons a[href="#downloads"]').click()
        table.wait_for(state="visible")
