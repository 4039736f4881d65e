"""What a reader does on any page, from a real S3 server: colours, menu, languages, a citation; and from elsewhere."""

from pathlib import Path

import pytest
from browsers import CHROMIUM, DESKTOP, PHONE, Watch
from hosts import hosted
from ministries import ADDRESS
from playwright.sync_api import Browser, Page
from worlds import World

from catalog.site.words import words
from catalog.store.embedded import Embedded
from catalog.store.file import FileStore

LIGHT, DARK = "rgb(255, 255, 255)", "rgb(15, 24, 28)"
FIRST_SEEN = """new MutationObserver(() => {
  if (document.body) window.firstSeen ??= document.documentElement.dataset.theme;
}).observe(document, {childList: true, subtree: true})"""

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")


@pytest.fixture(scope="module")
def served(world: World, s3_server: Embedded) -> str:
    """The address of the whole store, in a bucket that anyone may read."""
    store = s3_server.open_public("reading")
    for key in world.public.list(""):
        store.put_new(key, world.public.get(key).body)
    return f"{s3_server.endpoint}/{s3_server.public_bucket}/reading/"


def paper(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))


@pytest.mark.parametrize(("language", "end"), [("zh-TW", ""), ("en", ".en")])
def test_colours_are_as_the_system_has_them_until_one_chooses_and_then_on_every_page(
    browser: Browser, served: str, language: str, end: str
) -> None:
    name, agencies = str(words(language)("theme.title")), str(words(language)("menu.agencies"))
    with browser.new_context(viewport=PHONE, color_scheme="dark") as context:
        context.add_init_script(FIRST_SEEN)
        page = context.new_page()
        watch = Watch(page)
        page.goto(f"{served}index{end}.html")
        assert paper(page) == DARK
        choice = page.get_by_label(name, exact=True)
        choice.focus()
        page.keyboard.press("ArrowDown")
        assert choice.input_value() == "light"
        assert paper(page) == LIGHT
        page.get_by_role("link", name=agencies, exact=True).first.click()
        page.wait_for_load_state()
        assert page.evaluate("window.firstSeen") == "light", "it holds before anything is drawn"
        assert paper(page) == LIGHT
        other = context.new_page()
        other.goto(f"{served}datasets/rivers/explore.html")
        other.locator("#theme").select_option("dark")
        page.wait_for_function("document.documentElement.dataset.theme === 'dark'")
        assert page.get_by_label(name, exact=True).input_value() == "dark", "as another window chose"
        page.get_by_label(name, exact=True).select_option("system")
        page.emulate_media(color_scheme="light")
        assert paper(page) == LIGHT
        assert watch.said == []


def test_off_a_disk_colours_are_chosen_too_and_without_script_no_choice_is_shown(
    browser: Browser, world: World, served: str
) -> None:
    with browser.new_context(color_scheme="light") as context:
        page = context.new_page()
        watch = Watch(page)
        page.goto((Path(world.root) / "public/index.html").as_uri())
        page.locator("#theme").select_option("dark")
        assert paper(page) == DARK
        assert watch.said == []
    with browser.new_context(color_scheme="dark", java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{served}index.html")
        assert not page.locator("#theme").is_visible()


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("end", ["", ".en"])
def test_the_menu_is_one_line(browser: Browser, served: str, end: str, size: dict[str, int]) -> None:
    with browser.new_context(viewport=size) as context:
        page = context.new_page()
        page.goto(f"{served}index{end}.html")
        tops = page.locator(".menu a").evaluate_all("all => all.map(each => each.getBoundingClientRect().top)")
        assert len(tops) == 5
        assert len(set(tops)) == 1


def test_a_citation_is_copied_in_the_language_of_the_page_and_the_other_language_is_the_same_page(
    browser: Browser, served: str
) -> None:
    with browser.new_context(viewport=PHONE, permissions=["clipboard-read", "clipboard-write"]) as context:
        page = context.new_page()
        watch = Watch(page)
        page.goto(f"{served}datasets/rivers/release-2.html")
        for language, says, other in (("zh-TW", "（第 2 版，", "English"), ("en", "(release 2, version ", "中文")):
            cite = str(words(language)("cite.title"))
            page.locator("summary", has_text=cite).click()
            page.get_by_role("button", name=cite).click()
            page.get_by_role("button", name=cite).get_by_text(str(words(language)("copy.copied"))).wait_for()
            copied = page.evaluate("navigator.clipboard.readText()")
            assert says in copied
            assert f"{ADDRESS}/datasets/rivers/datapackage-2.json" in copied, "that of the catalog"
            page.get_by_role("link", name=other, exact=True).click()
            page.wait_for_url(f"**/datasets/rivers/release-2{'.en' if language == 'zh-TW' else ''}.html")
        assert watch.said == []


def test_a_page_of_another_host_reads_the_published_parquet_by_range(
    browser: Browser, served: str, tmp_path: Path
) -> None:
    FileStore(tmp_path).put_new("page.html", b"<!doctype html><html lang=en><title>x</title><h1>x</h1></html>")
    ask = """async (address) => {
      const said = await (await fetch(address)).json();
      const parquet = said.resources.find((each) => each.path.startsWith("data/") && each.path.endsWith(".parquet"));
      const answer = await fetch(new URL(parquet.path, address), {headers: {Range: "bytes=-4"}});
      return [answer.status, answer.headers.get("content-range"), await answer.text(), parquet.bytes];
    }"""
    with hosted(FileStore(tmp_path)) as elsewhere, browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{elsewhere}/page.html")
        status, spans, text, size = page.evaluate(ask, f"{served}datasets/rivers/datapackage.json")
        assert (status, text) == (206, "PAR1")
        assert spans == f"bytes {size - 4}-{size - 1}/{size}"
