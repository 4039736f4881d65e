"""What a reader does on any page, in a real browser: colours, menu, another language."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from browsers import CHROMIUM, DESKTOP, PHONE, Watch
from hosts import hosted
from playwright.sync_api import Browser, Page
from worlds import World

from catalog.site.words import words

LIGHT, DARK = "rgb(255, 255, 255)", "rgb(15, 24, 28)"
FIRST_SEEN = """new MutationObserver(() => {
  if (document.body) window.firstSeen ??= document.documentElement.dataset.theme;
}).observe(document, {childList: true, subtree: true})"""

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")


@pytest.fixture(scope="module")
def served(world: World) -> Iterator[str]:
    with hosted(world.public) as address:
        yield f"{address}/"


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
