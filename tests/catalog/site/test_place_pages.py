"""Pages of places: one for each, valid, linked, in both languages; made again when a figure that they show changed."""

import copy
import posixpath
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import lands
import pytest
from axe_playwright_python.sync_playwright import Axe
from browsers import CHROMIUM, ON_EVERY_PAGE, PHONE, Watch, looks
from hosts import hosted
from lands import CODES, SITE, air
from markup import HOSTILE, Page, faults
from playwright.sync_api import Browser
from watched import Calls, Watched
from worlds import World

from catalog import keys
from catalog.declaration.site import SiteDeclaration
from catalog.derived import figures
from catalog.figures.document import Label
from catalog.release import publish
from catalog.release.digest import Document
from catalog.site import place_pages
from catalog.site.assets import other_style
from catalog.site.measures import Measures
from catalog.site.place_pages import INDEX
from catalog.site.places import Speaking
from catalog.site.sources import Reader, Released, Shared, standings
from catalog.site.words import words

SLUGS = ["air", "cases", "ponds", "prices"]
PAGES = [f"site/places/{name}{end}" for name in ("index", CODES[0], CODES[-1]) for end in (".html", ".en.html")]


def page(code: str, language: str = "en") -> str:
    return keys.site_page(f"places/{code}", language)


def said(world: World, key: str) -> str:
    return " ".join(" ".join(Page(world.public.get(key).body.decode()).said).split())


def of_places(world: World) -> dict[str, bytes]:
    return {key: world.public.get(key).body for key in world.public.list("site/places/")}


def names() -> dict[str, Label]:
    return {code: Label(en=f"Land {i}", zh_tw=f"地 {i}") for i, code in enumerate(CODES)}


def night(world: World) -> set[str]:
    """Derive everything; return the pages that were written."""
    calls = Calls()
    lands.derive(world, Watched(world.public, calls))
    return {key for verb, key, _ in calls.made if verb.startswith("put") and key.endswith(".html")}


# ---- what is there


def test_each_place_has_a_page_in_each_language_and_so_have_all_together(land: World) -> None:
    assert set(of_places(land)) == {page(name, language) for name in ("index", *CODES) for language in keys.LANGUAGES}


def test_a_page_shows_every_dataset_that_speaks_of_the_place(land: World) -> None:
    text = said(land, page(CODES[0]))
    for word in (
        "Land 1", "dust", "µg/m³", "Calm", "NT$ per kg", "mean of 2 places", "week from 2026-06-29",
        "Among the 13 counties", "of 13, highest first", "dust at 2 stations", "s00a", "s00b", "m1", "m2",
        "Data about Land 1", "entries: 2", "ponds",
    ):  # fmt: skip
        assert word in text, word
    assert "m3" not in text, "a market of another place"
    zh = said(land, page(CODES[0], "zh-TW"))
    for word in ("最新數值", "在 13 個縣市中的位置", "的資料", "換一個縣市", "2 處平均", "起一週"):
        assert word in zh, word


def test_a_place_of_which_little_is_said_shows_that(land: World) -> None:
    text = said(land, page(CODES[-1]))
    assert "dust" in text
    assert "NT$ per kg" not in text.split("Show as a table")[0]
    assert "ponds" not in text


def test_the_page_of_all_has_maps_and_a_table_that_lead_to_each(land: World) -> None:
    body = land.public.get(keys.site_page(INDEX, "en")).body.decode()
    targets = [target for tag, target in Page(body).refers if tag == "a"]
    assert all(targets.count(f"{code}.en.html") == 2 for code in CODES), "on the map, and in the table"
    assert "NT$ per kg" not in body, "two places are no comparison"


def test_every_link_leads_to_an_object_of_the_store(land: World) -> None:
    stored = set(land.public.list(""))
    for key, body in of_places(land).items():
        shown = Page(body.decode())
        for tag, target in shown.refers:
            parts = urlsplit(target)
            if parts.scheme:
                assert tag == "link"
                assert target.removeprefix(f"{lands.ADDRESS}/") in stored
                continue
            found = posixpath.normpath(posixpath.join(posixpath.dirname(key), parts.path)) if parts.path else key
            assert found in stored, f"{key}: {target}"
            if parts.path.endswith(("explore.html", "explore.en.html")):
                assert parts.fragment.startswith("is.land=L-"), "a filter"
                continue
            assert not parts.fragment or parts.fragment in shown.ids, f"{key}: {target}"
    home = land.public.get("index.html").body.decode()
    assert f"site/places/{CODES[0]}.html" in home, "the map of the home page leads there"


@pytest.mark.soak
def test_they_are_valid(land: World, tmp_path: Path) -> None:
    if not shutil.which("java"):
        pytest.skip("Java is not on this machine")
    found = of_places(land)
    for i, text in enumerate(HOSTILE):
        found |= {f"hostile-{i}/{key}": body for key, body in whole(land, text) if "en." in key}
    assert faults(tmp_path, found) == []


# ---- hostile


def spoilt(value: Any, text: str) -> Any:
    """Put a text into every place that holds words of an agency."""
    if isinstance(value, dict):
        if "en" in value and "zh-TW" in value and isinstance(value["en"], str):
            return {"en": text, "zh-TW": text}
        return {
            name: text if name in ("title", "label", "unit", "noun") and isinstance(each, str) else spoilt(each, text)
            for name, each in value.items()
        }
    return [spoilt(each, text) for each in value] if isinstance(value, list) else value


def whole(world: World, text: str) -> Iterator[tuple[str, bytes]]:
    """The pages, all that an agency, a steward or a row says being that text."""
    reader, stand = Reader(world.public), standings(world.public, SLUGS, world.now)
    shared = Shared(SITE)
    named = dict.fromkeys(CODES, Label(en=text, zh_tw=text))
    for language in keys.LANGUAGES:
        speaking = []
        for slug in SLUGS:
            newest = publish.newest(world.public, slug)
            shown = figures.read(world.public, slug)
            assert newest
            assert shown
            one = reader.released(newest)
            declaration: Document = spoilt(copy.deepcopy(one.declaration), text)
            if noun := declaration["dataset"]["minsheng"]["views"].get("noun"):
                noun |= {"en": text or "-", "zh-TW": text or "-"}  # a declaration without one cannot be loaded
            released = Released(newest, spoilt(copy.deepcopy(one.schema), text), {}, declaration)
            items = tuple(item.model_copy(update={"label": named[CODES[0]]}) for item in shown.items)
            others = tuple(item.model_copy(update={"label": named[CODES[0]]}) for item in shown.others)
            shown = shown.model_copy(update={"items": items, "others": others})
            speaking.append(Speaking(slug, Measures(words(language), released, shown), stand.get(slug)))
        yield keys.site_page(INDEX, language), place_pages.index(language, speaking, named, shared)
        yield page(CODES[0], language), place_pages.place(language, CODES[0], speaking, named, shared)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_words_change_no_tag(land: World, text: str) -> None:
    tame = dict(whole(land, "tame"))
    for key, body in whole(land, text):
        assert set(Page(body.decode()).tags) <= set(Page(tame[key].decode()).tags), key


def test_hostile_words_are_shown_as_they_are(land: World) -> None:
    text = "<script>{{ 7 * 7 }}</script>"
    for _, body in whole(land, text):
        shown = Page(body.decode())
        assert text in " ".join(shown.said)
        assert ("script", ()) not in shown.tags


# ---- when they are written


def test_a_night_without_news_writes_none(moved: World) -> None:
    assert night(moved) == set()


def test_a_new_value_writes_the_pages_that_show_it(moved: World) -> None:
    """The newest value of one place is a dot on every page, and a figure of its own."""
    moved.tell(air({"s00a": 49}), "air")
    written = {key for key in night(moved) if key.startswith("site/places/")}
    assert written == set(of_places(moved))


def test_an_older_value_writes_the_pages_of_its_place_alone(moved: World) -> None:
    moved.tell(air(s03a=54), "air")
    written = {key for key in night(moved) if key.startswith("site/places/")}
    assert written == {page(CODES[3], language) for language in keys.LANGUAGES}


def test_a_release_that_changes_no_figure_writes_none(moved: World) -> None:
    moved.tell("pond,land\nblue,L-01\nred,L-01\ngrey,L-01\n", "ponds")
    first = {key for key in night(moved) if key.startswith("site/places/")}
    assert first == {page(CODES[0], language) for language in keys.LANGUAGES}
    moved.tell("site,level\n", "ponds")  # refused: no such column
    assert not [key for key in night(moved) if key.startswith("site/places/index")]


def test_without_places_there_is_a_page_that_says_so(world: World) -> None:
    assert "There are no counties yet." in said(world, keys.site_page(INDEX, "en"))
    assert list(world.public.list("site/places/")) == [keys.site_page(INDEX, one) for one in ("en", "zh-TW")]


def test_nothing_is_read_to_plan_pages() -> None:
    def refused(slug: str) -> Any:
        raise AssertionError(slug)

    found = list(place_pages.planned({}, names(), Shared(SiteDeclaration()), refused))
    assert len(found) == 2 * (1 + len(CODES))
    assert len({str(one.made_of) for one in found}) == 2, "of nothing, all pages are made of the same names"


# ---- in a browser


@pytest.fixture(scope="module")
def served(land: World) -> Iterator[str]:
    with hosted(land.public) as address:
        yield f"{address}/"


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
@looks("key,size,scheme", PAGES)
def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    browser: Browser, served: str, key: str, size: Any, scheme: Any
) -> None:
    with browser.new_context(viewport=size, color_scheme=scheme) as context:
        opened = context.new_page()
        watch = Watch(opened)
        opened.goto(served + key)
        opened.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        assert opened.evaluate("document.documentElement.scrollWidth") <= size["width"]
        assert watch.said == []
        assert {url.removeprefix(served) for url in watch.asked} == {key, other_style().key} | ON_EVERY_PAGE
        found = Axe().run(opened).response["violations"]
        assert [(one["id"], [node["target"] for node in one["nodes"]]) for one in found] == []


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_from_the_map_of_the_home_page_one_reaches_the_figures_of_a_place(browser: Browser, served: str) -> None:
    with browser.new_context(viewport=PHONE, java_script_enabled=False) as context:
        opened = context.new_page()
        opened.goto(served + "index.en.html")
        opened.get_by_role("link", name=re.compile("^Land 2 ")).first.click()
        assert opened.get_by_role("heading", level=1).inner_text() == "Land 2"
        opened.get_by_role("link", name="air", exact=True).first.click()
        assert opened.url.endswith("datasets/air/index.en.html")
