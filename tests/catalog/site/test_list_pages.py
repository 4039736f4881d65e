"""Pages of agencies and topics: what they list, when they are written, and hostile words in them."""

import lands
from lands import SITE
from markup import HOSTILE, Page
from watched import Calls, Watched
from worlds import World

from catalog import keys
from catalog.declaration.site import SiteDeclaration
from catalog.site.about import About, Both
from catalog.site.list_pages import AGENCIES, TOPICS, Listing, agencies, planned, topics
from catalog.site.sources import Shared


def said(world: World, name: str, language: str = "en") -> str:
    body = world.public.get(keys.site_page(name, language)).body.decode()
    return " ".join(" ".join(Page(body).said).split())


def one(agency: str = "waters", topic: str = "", **more: object) -> About:
    plain = {
        "made_of": "", "title": Both(en="Dust", zh_tw="塵"), "agency": agency,
        "agency_title": Both(en=agency.title(), zh_tw=""), "homepage": "", "email": "", "topic": topic,
        "licences": [], "is_reference": False,
    }  # fmt: skip
    return About.model_validate(plain | more)


def test_an_agency_shows_its_datasets_with_figure_state_and_releases(land: World) -> None:
    text = said(land, "agencies/waters")
    for word in ("Waters gives 5 datasets.", "https://waters.example", "Newest figure", "air", "Up to date",
                 "no single figure", "Released lately", "air, release 1"):  # fmt: skip
        assert word in text, word
    assert "提供 5 個資料集" in said(land, "agencies/waters", "zh-TW")


def test_a_topic_shows_its_datasets_and_what_it_is(land: World) -> None:
    text = said(land, "topics/air")
    assert "What we breathe." in text
    assert "prices" not in text
    body = land.public.get("datasets/air/index.en.html").body.decode()
    assert 'href="../../site/topics/air.en.html"' in body
    assert 'href="../../site/agencies/waters.en.html"' in body


def test_all_of_them_lead_to_each(land: World) -> None:
    for name, link in ((AGENCIES, "waters.en.html"), (TOPICS, "air.en.html")):
        body = land.public.get(keys.site_page(name, "en")).body.decode()
        assert ("a", link) in Page(body).refers


def test_agencies_of_reference_tables_alone_come_last() -> None:
    about = {"a": one("keepers", is_reference=True), "b": one("waters"), "c": one("keepers", is_reference=True)}
    assert [(each.name, each.slugs) for each in agencies("en", about)] == [("waters", ["b"]), ("keepers", ["a", "c"])]
    assert agencies("en", {"a": one("")}) == [], "no name, no page"


def test_a_topic_without_datasets_has_no_page() -> None:
    assert [each.name for each in topics("en", {"a": one(topic="air")}, Shared(SITE))] == ["air"]
    assert topics("en", {"a": one()}, Shared(SITE)) == []
    assert topics("en", {"a": one(topic="air")}, Shared(SiteDeclaration())) == []


def test_without_datasets_there_are_pages_that_say_so() -> None:
    def refused(slug: str) -> None:
        raise AssertionError(slug)

    found = {each.key: each.make() for each in planned(Listing({}, refused, refused, {}, Shared()))}  # type: ignore[arg-type]
    assert set(found) == {keys.site_page(name, one) for name in (AGENCIES, TOPICS) for one in keys.LANGUAGES}


def test_hostile_words_change_no_tag() -> None:
    def pages(text: str) -> dict[str, set[object]]:
        about = {"a": one(title=Both(en=text, zh_tw=text), agency_title=Both(en=text, zh_tw=text), homepage=text)}
        listing = Listing(about, lambda _: {"standing": {"state": "held"}}, None, {}, Shared())  # type: ignore[arg-type]
        index = [each for each in planned(listing) if each.key.endswith(("index.html", "index.en.html"))]
        return {each.key: set(Page(each.make().decode()).tags) for each in index}

    tame = pages("tame")
    for text in HOSTILE:
        for key, tags in pages(text).items():
            assert tags <= tame[key], key


def test_a_release_writes_the_pages_of_its_agency_and_topic_alone(moved: World) -> None:
    calls = Calls()
    moved.tell("pond,land\nblue,L-01\nred,L-01\ngrey,L-01\n", "ponds")
    lands.derive(moved, Watched(moved.public, calls))
    written = {key for verb, key, _ in calls.made if verb.startswith("put") and key.startswith("site/")}
    expected = {keys.site_page(f"agencies/{name}", one) for name in ("waters",) for one in keys.LANGUAGES}
    assert {key for key in written if "places" not in key and "search" not in key} == expected | {keys.SITE_LEDGER}


def test_what_a_declaration_says_is_read_once(moved: World) -> None:
    calls = Calls()
    lands.derive(moved, Watched(moved.public, calls))
    assert not [key for verb, key, _ in calls.made if verb == "get" and "/facts/" in key]
