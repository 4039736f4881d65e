"""Pages that explain: valid, linked from every page, made of what is declared; no page says a word of operators."""

import posixpath
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsers import CHROMIUM, DESKTOP, ON_EVERY_PAGE, Watch, looks
from hosts import hosted
from lands import SITE
from markup import HOSTILE, Page, faults
from playwright.sync_api import Browser
from worlds import World

from catalog import keys
from catalog.site.about import About, Both, Terms
from catalog.site.assets import other_style, script
from catalog.site.guide_pages import NAMES, Guide, licences, planned
from catalog.site.sources import Shared
from catalog.site.use import UNKNOWN

ABOUT = About(
    made_of="", title=Both(en="Dust", zh_tw="塵"), agency="waters", agency_title=Both(en="Waters", zh_tw="水"),
    homepage="https://waters.example", email="", topic="", is_reference=False, longitude="lon", latitude="lat",
    licences=[Terms(name="OGDL-Taiwan-1.0", path="https://data.gov.tw/license", title=Both(en="Open"))],
)  # fmt: skip
CONTACT = "data@example.tw"
PAGES = ["agencies/index", "agencies/waters", "topics/index", "topics/air", *NAMES]
LISTED = [name for name in PAGES if name not in NAMES]


def made(
    land: World, *, about: About = ABOUT, address: str | None = None, contact: str | None = None
) -> dict[str, str]:
    """The pages of one dataset, by key."""
    shared = Shared(SITE.model_copy(update={"contact": contact}), address)
    guide = Guide({"air": about}, {"air": (land.newest("air"), ())}, shared)
    return {each.key: each.make().decode() for each in planned(guide)}


def said(page: str) -> str:
    return " ".join(" ".join(Page(page).said).split())


def test_every_page_links_them_and_they_are_there(land: World) -> None:
    stored = set(land.public.list(""))
    for key in ("index.html", "datasets/air/index.en.html", "site/about.html"):
        body = land.public.get(key).body.decode()
        folder, language = posixpath.dirname(key), "en" if ".en." in key else "zh-TW"
        targets = {posixpath.normpath(posixpath.join(folder, target)) for _, target in Page(body).refers}
        assert {keys.site_page(name, language) for name in NAMES} <= targets & stored


def test_every_link_leads_to_an_object_of_the_store(land: World) -> None:
    stored = set(land.public.list(""))
    for name in PAGES:
        for language in keys.LANGUAGES:
            key = keys.site_page(name, language)
            for _, target in Page(land.public.get(key).body.decode()).refers:
                parts = urlsplit(target)
                if not parts.scheme and parts.path:
                    assert posixpath.normpath(posixpath.join(posixpath.dirname(key), parts.path)) in stored, target


@pytest.mark.soak
def test_they_are_valid(land: World, tmp_path: Path) -> None:
    if not shutil.which("java"):
        pytest.skip("Java is not on this machine")
    found = {keys.site_page(name, one): land.public.get(keys.site_page(name, one)).body
             for name in PAGES for one in keys.LANGUAGES}  # fmt: skip
    found |= {f"other/{key}": page.encode() for key, page in made(land, contact=CONTACT).items()}
    for i, text in enumerate(HOSTILE):
        found |= {f"{i}/{key}": page.encode() for key, page in made(land, about=hostile(text)).items() if ".en." in key}
    assert faults(tmp_path, found) == []


# ---- licences


def test_a_licence_says_in_plain_words_what_one_may_do(land: World) -> None:
    page = made(land)[keys.site_page("licence", "en")]
    for word in ("You may copy, change", "You must name", "You may not", "https://data.gov.tw/license", "Dust"):
        assert word in said(page)
    assert ("a", "https://data.gov.tw/license") in Page(page).refers


def test_one_that_is_not_known_says_so() -> None:
    other = ABOUT.model_copy(update={"licences": [Terms(name="X-1.0", path="javascript:alert(1)")]})
    found = licences({"a": ABOUT, "b": other, "c": ABOUT})
    assert [(use.terms.name, use.slugs) for use in found] == [("OGDL-Taiwan-1.0", ["a", "c"]), ("X-1.0", ["b"])]


def test_an_address_that_is_none_of_the_web_is_no_link(land: World) -> None:
    other = ABOUT.model_copy(update={"licences": [Terms(name="X", path="javascript:alert(1)")], "homepage": "data:x"})
    page = made(land, about=other)[keys.site_page("licence", "en")]
    assert "no plain words for this licence" in said(page)
    assert not [target for _, target in Page(page).refers if target.startswith(("javascript:", "data:"))]


# ---- who reads reports


def test_with_a_reader_a_letter_opens_and_without_one_the_agencies_stand_there(land: World) -> None:
    key = keys.site_page("contact", "en")
    page = made(land, contact=CONTACT)[key]
    assert any(target.startswith(f"mailto:{CONTACT}?subject=") for _, target in Page(page).refers)
    page = made(land)[key]
    assert "mailto:" not in page
    assert "Ask the agencies below" in said(page)
    assert ("a", "https://waters.example") in Page(page).refers


def test_dataset_and_release_pages_have_the_line(land: World) -> None:
    for key in ("datasets/air/index.en.html", "datasets/air/release-1.en.html"):
        body = land.public.get(key).body.decode()
        assert "Report an error in this data (release 1)" in said(body)
        assert ("a", "../../site/contact.en.html") in Page(body).refers, "nobody is named who reads reports"


# ---- addresses


def test_no_page_asks_a_reader_for_an_address(land: World) -> None:
    for key in land.public.list(""):
        if key.endswith(".html"):
            assert "ADDRESS" not in land.public.get(key).body.decode(), key
    for key, page in made(land).items():
        assert "ADDRESS" not in page, key


def test_with_a_known_address_the_code_has_it(land: World) -> None:
    page = made(land, address="https://data.example.tw")[keys.site_page("use", "en")]
    assert 'pandas.read_parquet("https://data.example.tw/datasets/air/data/' in said(page)
    assert UNKNOWN not in page
    assert "X is lon, Y is lat" in said(page)


# ---- hostile


def hostile(text: str) -> About:
    both = Both(en=text, zh_tw=text)
    return ABOUT.model_copy(
        update={"title": both, "agency_title": both, "homepage": text, "email": text, "longitude": text or "x",
                "licences": [Terms(name=text, path=text, title=both)]}
    )  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_words_change_no_tag(land: World, text: str) -> None:
    tame = made(land, about=hostile("https://tame.example/")) | {}
    for key, page in made(land, about=hostile(text)).items():
        assert set(Page(page).tags) <= set(Page(tame[key]).tags), key


# ---- in a browser


@pytest.fixture(scope="module")
def served(land: World) -> Iterator[str]:
    with hosted(land.public) as address:
        yield f"{address}/"


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
@looks("name,size,scheme", PAGES)
def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    browser: Browser, served: str, name: str, size: Any, scheme: Any
) -> None:
    with browser.new_context(viewport=size, color_scheme=scheme) as context:
        for language in keys.LANGUAGES:
            key = keys.site_page(name, language)
            opened = context.new_page()
            watch = Watch(opened)
            opened.goto(served + key)
            assert opened.evaluate("document.documentElement.scrollWidth") <= size["width"], key
            assert watch.said == []
            more = {script("copy").key} if name == "use" else set()
            asked = {url.removeprefix(served) for url in watch.asked}
            assert asked <= {key, other_style().key} | ON_EVERY_PAGE | more
            found = Axe().run(opened).response["violations"]
            assert [(one["id"], [node["target"] for node in one["nodes"]]) for one in found] == []


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_code_is_copied_with_the_address_of_the_page(browser: Browser, land: World, tmp_path: Path) -> None:
    root = tmp_path / "public"
    shutil.copytree(land.root / "public", root)
    key = keys.site_page("use", "en")
    (root / key).write_text(made(land)[key], encoding="utf-8")
    with hosted(World(tmp_path).public) as address, browser.new_context(viewport=DESKTOP) as context:
        context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address)
        opened = context.new_page()
        opened.goto(f"{address}/{key}")
        opened.get_by_role("button", name="Copy: Python (pandas)").click()
        opened.get_by_role("button", name="Copy: Python (pandas)").get_by_text("Copied").wait_for()
        copied = opened.evaluate("navigator.clipboard.readText()")
        assert re.search(rf'read_parquet\("{address}/datasets/air/data/[^"]+\.parquet"\)', copied)
        assert not opened.locator(".address-unknown").count()
    with browser.new_context(viewport=DESKTOP, java_script_enabled=False) as context:
        opened = context.new_page()
        opened.goto((root / key).as_uri())
        assert opened.get_by_role("button").count() == 0
        assert opened.locator(".address-unknown").is_visible()
        assert UNKNOWN in opened.locator("pre").first.inner_text()
