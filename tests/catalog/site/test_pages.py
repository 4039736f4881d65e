"""Pages are valid, lead somewhere, speak both languages, and whatever an agency says in them stays text."""

import copy
import dataclasses
import posixpath
import re
import shutil
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markup import HOSTILE, Page, faults
from ministries import ADDRESS
from tiers import few
from worlds import World

from catalog import keys
from catalog.declaration.site import SiteDeclaration
from catalog.reasons.values import CheckFailed, Recorded
from catalog.release.changes import Counts
from catalog.release.digest import Document, canonical
from catalog.release.document import Release
from catalog.score import scores
from catalog.score.criteria import Documents
from catalog.site import changes_pages, pages
from catalog.site.changed import Cell, ChangedRow, Columns, ReleaseChanges, Where
from catalog.site.named import Named
from catalog.site.pages import Entry
from catalog.site.sources import Released, Shared
from catalog.site.words import FOLDER


def whole(entries: list[Entry], address: str | None = ADDRESS) -> Iterator[tuple[str, bytes]]:
    """Every kind of page of these entries, in both languages."""
    for language in keys.LANGUAGES:
        yield keys.home_page(language), pages.home(language, entries, Shared(address=address), {})
        yield keys.changes_page(language), changes_pages.news(language, entries, address)
        for each in entries:
            if each.newest:
                yield keys.dataset_page(each.slug, language), pages.dataset(language, each, Shared(address=address), {})
                yield keys.quality_page(each.slug, language), pages.quality_of(language, each, address)
                n = each.newest.release.n
                yield keys.explore_page(each.slug, language), pages.explore(language, each, {}, address)
                yield keys.history_page(each.slug, language), changes_pages.history(language, each, address)
                page = changes_pages.compare(language, each, told(each.newest)[1], address)
                yield keys.compare_page(each.slug, language), page
                page = changes_pages.release(language, each.newest, *told(each.newest), Shared(address=address))
                yield keys.release_page(each.slug, n, language), page


def told(one: Released) -> tuple[ReleaseChanges, Named]:
    """What a release changed, in the words of its title: an agency writes keys and cells as it likes."""
    says = one.declared["title"]["en"]
    names = [each["name"] for each in one.schema["fields"]]
    key = dict.fromkeys(one.schema["primaryKey"], says)
    row = ChangedRow(key, dict.fromkeys(names, says), tuple(Cell(name, says, None) for name in names))
    other = ChangedRow(dict.fromkeys(key, f"{says}2"), dict.fromkeys(names, says), (Cell(names[-1], 1, 2.5),))
    places = Where(names[0], "", ((says, Counts(1, 1, 1)), (f"{says}2", Counts(insert=2))))
    columns = Columns((names[0],), ({"name": "old", "title": says},), (names[-1],), other_key=True)
    counts = Counts(insert=3, update=2_000, delete=300)
    changed = ReleaseChanges(
        counts, one.release.rows, 1, (row, other) * 20, (row, other) * 9, False, (places,), columns
    )
    return changed, Named({names[0]: {says: {"en": says, "zh-TW": says}}}, {})


WORDS = ("title", "description", "attribution", "publisher", "label", "value", "reason", "observed", "expected", "unit")


def spoil(value: Any, text: str) -> Any:
    """Put a text into every place of a document that holds words for people."""
    if isinstance(value, dict):
        if set(value) == {"en", "zh-TW"}:
            return {"en": text, "zh-TW": text}
        spoilt = {name: text for name, each in value.items() if name in WORDS and isinstance(each, str)}
        return {name: spoilt.get(name, spoil(each, text)) for name, each in value.items()}
    return [spoil(each, text) for each in value] if isinstance(value, list) else value


def as_release(document: Document, sha256: str) -> Release:
    """A release of a document, under the hash of another one."""
    return dataclasses.replace(Release.parse(canonical(document), "a release"), sha256=sha256)


MATURITY = {
    "field": "state",
    "words": {},
    "rows": {"preliminary": 1, "revised": 2, "unsaid": 3},
    "changed": [{"from": "preliminary", "to": "revised", "rows": 1}],
    "since": 1,
}


def hostile(entry: Entry, text: str, **more: Any) -> Entry:
    """The same dataset, in the words of someone who means harm."""
    reasons = (Recorded(detail=text), CheckFailed(check=text, failed=1, rows=2))
    standing = entry.standing and entry.standing._replace(reasons=reasons)
    if entry.newest is None:
        return entry._replace(standing=standing)
    one = entry.newest
    document = spoil(one.release.document, text) | more
    document["minsheng"]["approval"] = {"by": text, "reason": text, "candidate": "", "i": 1}
    document["minsheng"]["maturity"] = MATURITY
    declaration, names = spoil(one.declaration, text), [field["name"] for field in one.schema["fields"]]
    correction = {"id": "a", "when": {names[0]: text}, "field": names[-1], "found": text, "value": text}
    correction |= {"reason": {"en": text, "zh-TW": text}, "reported": "2026-07-01", "until": "2026-12-31"}
    declaration["dataset"]["minsheng"] |= {"corrections": [correction], "personal": {names[0]: correction["reason"]}}
    found = Released(
        as_release(document, one.release.sha256),
        spoil(one.schema, text),
        spoil(one.quality, text),
        declaration,
    )
    found.schema["fields"][0].setdefault("constraints", {})["pattern"] = text
    found = dataclasses.replace(found, left=[dict.fromkeys(("key", "column", "raw", "rule", "left"), text)])
    documents = Documents(found.release, found.schema, found.quality, found.declaration)
    score = scores.score(documents, [scores.scored_release(documents)], standing.state if standing else None)
    return entry._replace(newest=found, standing=standing, score=score)


def links(entry: Entry, path: str) -> Entry:
    """The same dataset, its licence and source at another address."""
    assert entry.newest
    declared = copy.deepcopy(entry.newest.declaration)
    for each in (*declared["dataset"]["licenses"], *declared["dataset"]["sources"]):
        each["path"] = path
    return entry._replace(newest=Released(entry.newest.release, entry.newest.schema, entry.newest.quality, declared))


# ---- valid


@pytest.fixture(scope="module")
def check(tmp_path_factory: pytest.TempPathFactory) -> Callable[[dict[str, bytes]], list[str]]:
    """The W3C checker of HTML."""
    if not shutil.which("java"):
        pytest.skip("Java is not on this machine")
    return lambda found: faults(tmp_path_factory.mktemp("vnu"), found)


@pytest.mark.parametrize("texts", [HOSTILE[:1], pytest.param(HOSTILE[1:], marks=pytest.mark.soak)], ids=["few", "all"])
def test_every_page_and_the_sheet_are_valid(
    world: World, entries: list[Entry], check: Any, texts: tuple[str, ...]
) -> None:
    ends = (".html", ".css", ".svg")
    found = {key: world.public.get(key).body for key in world.public.list("") if key.endswith(ends)}
    assert len(found) > 20
    found |= {f"unknown/{key}": body for key, body in whole(entries, None)}
    for i, text in enumerate(texts):
        spoilt = [hostile(each, text) for each in entries]
        found |= {f"hostile-{i}/{key}": body for key, body in whole(spoilt) if ".en." in key and "place" not in key}
    faults = check(found)
    assert faults == [], "\n".join(faults)


def test_the_checker_finds_what_is_wrong(check: Any) -> None:
    said = check({"a.html": b"<!doctype html><html lang=en><title>a</title><p id=a><p id=a><ul><p></ul>"})
    assert any("Duplicate ID" in one for one in said)


# ---- links


def test_every_link_leads_to_an_object_of_the_store(world: World, html: dict[str, str]) -> None:
    stored = set(world.public.list(""))
    internal = 0
    for key, text in html.items():
        page = Page(text)
        for tag, target in page.refers:
            parts = urlsplit(target)
            if parts.scheme:
                # Licences, sources, and the address by which the page itself is known: nothing is fetched from there.
                assert tag in ("a", "link"), f"{key}: {target}"
                continue
            internal += 1
            assert not parts.path.startswith("/")
            assert not parts.path.endswith("/"), "a folder's address is no page on every host"
            found = posixpath.normpath(posixpath.join(posixpath.dirname(key), parts.path)) if parts.path else key
            assert found in stored, f"{key}: {target}"
            if parts.fragment:
                assert parts.fragment in Page(html[found]).ids, f"{key}: {target}"
    assert internal > 500


def test_each_page_says_its_language_its_sister_and_its_address(html: dict[str, str]) -> None:
    for key, text in html.items():
        language = "en" if ".en." in key else "zh-TW"
        assert f'<html lang="{language}">' in text
        assert f'<link rel="canonical" href="{ADDRESS}/{key}">' in text
        for other in keys.LANGUAGES:
            sister = re.findall(f'<link rel="alternate" hreflang="{other}" href="{ADDRESS}/([^"]+)">', text)
            assert len(sister) == 1, "whole, for search engines read no other"
            assert sister[0] in html
        assert text.count("Content-Security-Policy") == 1


def test_nothing_is_escaped_twice(entries: list[Entry]) -> None:
    for key, body in whole(entries):
        assert re.findall(rb".{20}&amp;(?:#|amp|lt|gt|quot).{20}", body) == [], key


def test_without_an_address_no_page_claims_one(entries: list[Entry]) -> None:
    for key, body in whole(entries, None):
        assert b"canonical" not in body
        if key.startswith("datasets/") and not re.search("/(changes|compare|explore|quality)", key):
            assert body.count(b'<p class="note address-unknown">In the code, ') == (".en." in key), "said once"


def test_no_page_names_anything_to_be_fetched_from_elsewhere() -> None:
    ours = [*FOLDER.rglob("*.html"), FOLDER / "templates" / "badge.svg", FOLDER / "style.css", FOLDER / "icon.svg"]
    text = "\n".join(path.read_text(encoding="utf-8") for path in ours)
    scripts = r"<script(?! type=\"application/json\"| type=\"module\" src=| defer src=| src=)"
    elsewhere = r"https?://(?!www\.w3\.org/2000/svg)|url\(|@import|<iframe|<style| style=| on\w+="
    assert re.findall(f"{elsewhere}|{scripts}", text) == []


# ---- what they say


def test_the_home_page_says_what_is_here_and_how_it_stands(html: dict[str, str]) -> None:
    said = " ".join(Page(html["index.en.html"]).said)
    for word in ("rivers", "Held", "Overdue", "Update fails", "ponds", "Newest releases", "Reference tables"):
        assert word in said
    assert "Since 1 July 2026, 13:00, new data waits for a data steward to decide on it." in said
    assert "News was due by 1 July 2026, 16:00" in said
    assert "Reason: the source did not answer." in said
    assert "it closed the connection" not in said, "only stewards read the detail"
    assert "Unusually many rows would disappear." in said
    assert "Reason: guard.removed: expected at most 1.00%, found 88.89% of rows removed." in said
    zh = " ".join(Page(html["index.html"]).said)
    for word in ("暫停釋出", "逾期未更新", "更新失敗", "最新釋出", "參考表"):
        assert word in zh
    assert "原因：來源沒有回應。" in zh
    assert "原因：guard.removed：預期不超過 1.00%，結果為將被刪除的資料列占 88.89%。" in zh
    assert "waters.example could not be reached" not in said + zh, "what only stewards read"


def test_many_datasets_are_folded_by_topic(entries: list[Entry], monkeypatch: pytest.MonkeyPatch) -> None:
    data = [each.slug for each in entries if each.newest and not each.newest.is_reference]
    monkeypatch.setattr(pages, "MOST_OPEN", len(data) - 1)
    topic = {"title": {"en": "Water", "zh-TW": "水"}, "description": {"en": "Rivers.", "zh-TW": "河川。"}}
    shared = Shared(SiteDeclaration.model_validate({"topics": {"water": topic}}))
    about_water = entries[0].newest
    assert about_water
    declared = {"dataset": about_water.declared | {"minsheng": about_water.declared["minsheng"] | {"topic": "water"}}}
    first = entries[0]._replace(newest=dataclasses.replace(about_water, declaration=declared))
    home = pages.home("en", [first, *entries[1:]], shared, {}).decode()
    folds = re.findall(r'<details class="fold">\n<summary><h3><bdi>([^<]+)</bdi></h3>(.*?)</details>', home, re.DOTALL)
    assert [title for title, _ in folds] == ["Water", "Other topics"]
    listed = [re.findall(r'href="datasets/([^/]+)/index', within) for _, within in folds]
    assert listed == [[first.slug], [slug for slug in data if slug != first.slug]]


def test_a_dataset_page_says_all_that_a_researcher_asks(html: dict[str, str], entries: list[Entry]) -> None:
    said = " ".join(Page(html["datasets/rivers/index.en.html"]).said)
    rivers = next(each.newest for each in entries if each.slug == "rivers")
    assert rivers
    release = rivers.release
    for word in (
        "µg/m³", "from 0 to 100", "Empty where the source writes", "Dry", "6 older periods", "2025-01 to 2026-06",
        release.sha256, "Quality ", " of 100", "Is it plausible?", "5 of 9 checks of rows were met by every row",
        "Compared with release 1,", "pandas.read_parquet",
        "sha256sum -c SHA256SUMS-2", "[Data set]", "@misc{rivers-2", "releases.json",
    ):  # fmt: skip
        assert word in said, word
    for one in release.resources:
        assert one.sha256 in said or not one.path.startswith("data/")


def test_a_release_page_does_not_speak_of_today(html: dict[str, str]) -> None:
    first = html["datasets/rivers/release-1.en.html"]
    assert "release-2" not in first
    assert 'class="state' not in first
    assert "6 older periods are left out here; their files are listed in" in first


def test_synthetic_data_say_so_on_every_page(entries: list[Entry]) -> None:
    for _, body in whole([_synthetic(each) for each in entries]):
        assert body.count(b'<aside class="synthetic"') == 1
        assert b"SYNTHETIC:" not in body, "said once, not again in the description"
    assert not any(b"synthetic" in body for _, body in whole(entries))


def _synthetic(entry: Entry) -> Entry:
    if entry.newest is None:
        return entry
    document = copy.deepcopy(entry.newest.release.document)
    document["minsheng"]["synthetic"] = True
    one = entry.newest
    return entry._replace(newest=Released(as_release(document, "0" * 64), one.schema, one.quality, one.declaration))


# ---- hostile


@pytest.fixture(scope="module")
def tame(entries: list[Entry]) -> dict[str, set[Any]]:
    """The tags of each page of what means no harm."""
    return {key: set(Page(body.decode()).tags) for key, body in whole([hostile(each, "tame") for each in entries])}


@pytest.mark.parametrize("text", few(HOSTILE, 4), ids=range(len(HOSTILE)))
def test_hostile_words_change_no_tag_of_any_page(entries: list[Entry], tame: dict[str, set[Any]], text: str) -> None:
    for key, body in whole([hostile(each, text) for each in entries]):
        assert set(Page(body.decode()).tags) <= tame[key], key


@settings(max_examples=10)
@given(st.text(min_size=1))
def test_any_words_change_no_tag_of_any_page(entries: list[Entry], tame: dict[str, set[Any]], text: str) -> None:
    rivers = [each for each in entries if each.slug in ("rivers", "lakes")]
    for key, body in whole([hostile(each, f"a{text}") for each in rivers]):
        assert set(Page(body.decode()).tags) <= tame[key]


def test_hostile_words_are_shown_as_they_are(entries: list[Entry]) -> None:
    text = "<script>{{ 7 * 7 }}</script>"
    for _, body in whole([hostile(each, text) for each in entries if each.newest]):
        page = Page(body.decode())
        assert text in " ".join(page.said)
        assert ("script", ()) not in page.tags


@pytest.mark.parametrize("path", ["javascript:alert(1)", "data:text/html,x", "https://a@b.example/", "//b.example/"])
def test_an_address_that_is_none_of_the_web_becomes_no_link(entries: list[Entry], path: str) -> None:
    for _, body in whole([links(each, path) for each in entries if each.newest]):
        targets = [target for _, target in Page(body.decode()).refers]
        assert not [target for target in targets if target.lower().startswith(("javascript:", "data:", "//"))]
        assert path not in targets
