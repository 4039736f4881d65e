"""Pages are written when what they show changed, and only then; what a night without news costs."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from ministries import derive, rivers
from watched import Calls, Watched
from worlds import World, damage, inline, table_csv

from catalog import keys
from catalog.declaration.dataset import slugs
from catalog.derived import releases_json
from catalog.derived import write as derived
from catalog.errors import IntegrityError
from catalog.release.digest import canonical, sha256
from catalog.release.read import DamagedFile
from catalog.site import changes_pages, guide_pages, list_pages, write
from catalog.site.assets import all_assets, style
from catalog.site.place_pages import INDEX
from pipelines.fetch.fetcher import Fetcher
from pipelines.fetch.sources import Live
from pipelines.refresh.status import checked_again
from pipelines.run import run

Copy = Callable[[], World]
AGENCY = {keys.site_page("agencies/waters", language) for language in keys.LANGUAGES}
AGENCIES = {keys.site_page(list_pages.AGENCIES, language) for language in keys.LANGUAGES}
OTHERS = AGENCY | {
    keys.site_page(name, language)
    for name in (INDEX, list_pages.AGENCIES, list_pages.TOPICS, *guide_pages.NAMES)
    for language in keys.LANGUAGES
}
"""Those of no dataset."""


SEARCH = {keys.search_page(language) for language in keys.LANGUAGES} | {
    keys.search_file(name)
    for name in (
        "head.json",
        "numbers.json",
        "columns.json.gz",
        "terms-1-0.json.gz",
        "words-1-0.json.gz",
        "rows-0.json.gz",
    )
}
"""The page and the index of so few datasets."""


def nightly(world: World, hours: float = 2) -> list[tuple[str, str]]:
    """Derive everything; return the calls to the public store that concern the site."""
    calls = Calls()
    derive(world, Watched(world.public, calls), hours)
    return [(verb, key) for verb, key, _ in calls.made]


def puts(made: list[tuple[str, str]]) -> set[str]:
    return {key for verb, key in made if verb.startswith("put")}


def of_pages(made: list[tuple[str, str]]) -> set[str]:
    return {key for key in puts(made) if key.endswith((".html", ".css", ".svg", ".js"))}


def of_dataset(slug: str) -> set[str]:
    """What is made again where a dataset's score or state changed."""
    kinds = (keys.dataset_page, keys.quality_page, keys.badge)
    return {kind(slug, language) for kind in kinds for language in keys.LANGUAGES}


def test_there_is_a_page_of_each_kind_in_each_language(world: World, html: dict[str, str]) -> None:
    expected = {page(language) for language in keys.LANGUAGES for page in (keys.home_page, keys.changes_page)}
    expected |= OTHERS
    expected |= {keys.search_page(language) for language in keys.LANGUAGES}
    for slug, n in {"rivers": 2, "places": 1, "lakes": 1, "wells": 1, "springs": 1}.items():
        expected |= {keys.dataset_page(slug, language) for language in keys.LANGUAGES}
        expected |= {keys.history_page(slug, language) for language in keys.LANGUAGES}
        expected |= {keys.compare_page(slug, language) for language in keys.LANGUAGES}
        expected |= {keys.quality_page(slug, language) for language in keys.LANGUAGES}
        expected |= {keys.explore_page(slug, language) for language in keys.LANGUAGES}
        expected |= {keys.release_page(slug, i, language) for i in range(1, n + 1) for language in keys.LANGUAGES}
    assert set(html) == expected
    made = set(dict(all_assets()))
    assert made | SEARCH - expected == {
        key for key in world.public.list("site/") if key != keys.SITE_LEDGER and not key.endswith(".html")
    }


def test_a_night_without_news_writes_no_page_and_costs_little(copy: Copy) -> None:
    world = copy()
    for slug in ("rivers", "places"):
        checked_again(world.ctx, slug)  # status.json changes each night: when it was looked at, when it is due
    made = nightly(world)
    assert puts(made) == set()
    per_dataset = Counter(key.split("/")[1] for _, key in made if key.startswith("datasets/"))
    # Pointer, document, is there another, is there a notice; the list; spreadsheets, are they there; status; figures;
    # profile; score; ten pages, two badges.
    assert per_dataset == dict.fromkeys(("lakes", "places", "rivers", "springs", "wells"), 23) | {"ponds": 3}
    rest = [(verb, key) for verb, key in made if not key.startswith(("datasets/", "catalog.duckdb"))]
    assert Counter(rest) == {
        ("get", keys.SITE_LEDGER): 1,
        ("get", "catalog.json"): 1,
        **{("head", key): 1 for key in (*dict(all_assets()), "index.html", "index.en.html", *OTHERS)},
        **{("head", key): 1 for key in ("changes.html", "changes.en.html", *SEARCH)},
    }


def test_what_such_a_night_costs_does_not_depend_on_the_history(copy: Copy) -> None:
    world = copy()
    before = nightly(world)
    for i in range(3):
        world.tell(rivers(i), "rivers")
    nightly(world)
    assert releases_json.listed(world.public, "rivers")[-1]["n"] == 5
    assert len(nightly(world)) == len(before)


def test_a_night_with_one_changed_dataset_writes_its_pages_and_the_home_page(copy: Copy) -> None:
    world = copy()
    world.tell(rivers(8), "rivers")
    made = nightly(world)
    assert of_pages(made) == {
        *(keys.home_page(language) for language in keys.LANGUAGES),
        *of_dataset("rivers"),
        *AGENCY,
        *(keys.explore_page("rivers", language) for language in keys.LANGUAGES),
        *(keys.release_page("rivers", 3, language) for language in keys.LANGUAGES),
        *(keys.history_page("rivers", language) for language in keys.LANGUAGES),
        *(keys.compare_page("rivers", language) for language in keys.LANGUAGES),
        *(keys.changes_page(language) for language in keys.LANGUAGES),
    }
    assert not {("get", keys.document("rivers", n)) for n in (1, 2)} & set(made), "older releases are not read again"


def test_of_the_search_a_release_writes_the_rows_of_its_dataset(copy: Copy) -> None:
    world = copy()
    world.tell(rivers(8), "rivers")
    assert puts(nightly(world)) & SEARCH == {keys.search_file("rows-0.json.gz")}


@pytest.mark.parametrize("key", sorted(SEARCH))
def test_a_file_of_the_search_that_is_gone_or_broken_is_made_again(copy: Copy, key: str) -> None:
    world = copy()
    whole = world.public.get(key).body
    world.public.delete(key)
    assert puts(nightly(world)) - {keys.SITE_LEDGER} == {key}
    (world.root / "public" / key).write_bytes(b"{")
    nightly(world)
    assert world.public.get(key).body == whole


def test_a_change_of_state_alone_is_written(copy: Copy) -> None:
    world = copy()
    made = nightly(world, hours=-1.5)  # before `wells` was due
    assert of_pages(made) == {
        *(keys.home_page(language) for language in keys.LANGUAGES),
        *of_dataset("wells"),
        *AGENCY,
        *AGENCIES,
    }
    assert "正常更新" in world.public.get("datasets/wells/index.html").body.decode()


def test_numbered_pages_are_written_once_and_cost_nothing_after(copy: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes_pages, "PER_PAGE", 2)
    world = copy()
    world.tell(rivers(8), "rivers")
    assert not [key for key in of_pages(nightly(world)) if "changes-" in key], "three releases fit"
    world.tell(rivers(9), "rivers")
    made = of_pages(nightly(world))
    assert {key for key in made if "changes-" in key} == {
        keys.history_page("rivers", language, 1) for language in keys.LANGUAGES
    }
    first = {key: world.public.get(key).body for key in made if "changes-1" in key}
    for i in (1, 2):
        world.tell(rivers(i), "rivers")
    made_by_verb = nightly(world)
    assert {key for key in of_pages(made_by_verb) if "changes-" in key} == {
        keys.history_page("rivers", language, 2) for language in keys.LANGUAGES
    }
    assert not [key for _, key in made_by_verb if "changes-1" in key]
    assert not [key for _, key in nightly(world) if "changes-" in key]
    world.public.delete(keys.SITE_LEDGER)
    nightly(world)
    assert {key: world.public.get(key).body for key in first} == first, "made again, the same"


def test_a_release_page_does_not_change_when_a_later_release_comes(copy: Copy) -> None:
    world = copy()
    key = keys.release_page("rivers", 2, "en")
    before = world.public.get(key).body
    world.tell(rivers(9), "rivers")
    world.public.delete(keys.SITE_LEDGER)  # so that it is made again
    nightly(world)
    assert world.public.get(key).body == before


def test_pages_that_are_gone_or_spoilt_are_mended(copy: Copy) -> None:
    world = copy()
    root = world.root / "public"
    whole = {key: world.public.get(key).body for key in ("index.html", "datasets/rivers/index.en.html", style().key)}
    (root / "index.html").unlink()
    (root / "datasets/rivers/index.en.html").write_bytes(b"spoilt")
    (root / style().key).write_bytes(b"")
    assert of_pages(nightly(world)) == set(whole)
    assert {key: world.public.get(key).body for key in whole} == whole


@pytest.mark.parametrize("ledger", [b"", b"{", b"[]", b'{"made_by": 3}', b"{}"])
def test_without_a_ledger_all_is_looked_at_and_nothing_written_twice(copy: Copy, ledger: bytes) -> None:
    world = copy()
    whole = world.public.get(keys.SITE_LEDGER).body
    (world.root / "public" / keys.SITE_LEDGER).write_bytes(ledger)
    assert puts(nightly(world)) == {keys.SITE_LEDGER}
    assert world.public.get(keys.SITE_LEDGER).body == whole


@pytest.mark.parametrize("pages", [3, [], {"index.html": 3}, {"index.html": {"of": 1}}])
def test_a_ledger_of_another_form_is_made_again(copy: Copy, pages: object) -> None:
    world = copy()
    said = json.loads(world.public.get(keys.SITE_LEDGER).body)
    (world.root / "public" / keys.SITE_LEDGER).write_text(json.dumps(said | {"pages": pages, "releases": pages}))
    nightly(world)
    assert json.loads(world.public.get(keys.SITE_LEDGER).body) == said


def test_other_templates_texts_or_code_make_all_pages_again(copy: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    world = copy()
    said = json.loads(world.public.get(keys.SITE_LEDGER).body)
    key = world.root / "public" / keys.SITE_LEDGER
    key.write_text(json.dumps(said | {"made_by": "0" * 64}))
    calls = nightly(world)
    looked_at = {key for verb, key in calls if verb == "get" and key.endswith(".html")}
    assert len(looked_at) == 86
    assert puts(calls) == {keys.SITE_LEDGER}


def test_a_store_that_was_put_back_gets_its_pages(copy: Copy) -> None:
    world = copy()
    said = json.loads(world.public.get(keys.SITE_LEDGER).body)
    said["releases"]["rivers"] = 9  # of releases that are no more
    (world.root / "public" / keys.SITE_LEDGER).write_text(json.dumps(said))
    (world.root / "public" / keys.release_page("rivers", 1, "en")).unlink()
    assert of_pages(nightly(world)) == {keys.release_page("rivers", 1, "en")}


def test_a_broken_fact_is_said_and_stops_no_other_dataset(copy: Copy) -> None:
    world = copy()
    world.tell(rivers(8), "rivers")
    world.tell(table_csv({"well": 2}), "wells")
    fact = world.root / "public" / keys.dataset("rivers", world.newest("rivers").facts.facts["quality"].path)
    whole = fact.read_bytes()
    fact.write_bytes(b"{}")
    with pytest.raises(
        IntegrityError, match=r"rivers: facts/quality\.\w+\.json of release 3: expected .* verify rivers@3"
    ):
        derive(world)
    assert "release-2.html" in world.public.get("datasets/wells/index.html").body.decode()
    fact.write_bytes(whole)
    made = nightly(world)
    assert keys.release_page("rivers", 3, "en") in of_pages(made)
    assert "index.html" in of_pages(made)


def test_a_fact_that_no_template_expects_is_said_and_stops_no_other_dataset(copy: Copy) -> None:
    world = copy()
    world.tell(table_csv({"well": 2}), "wells")
    body = canonical({"checks": [{"unheard": "of"}], "guards": []})
    path = f"facts/quality.{sha256(body)[: keys.SHA_SHORT]}.json"
    world.public.put_new(keys.dataset("places", path), body)
    key = world.root / "public" / keys.document("places", 1)
    said = json.loads(key.read_bytes())
    (fact,) = [one for one in said["minsheng"]["facts"] if "quality" in one["path"]]
    fact |= {"path": path, "bytes": len(body), "sha256": sha256(body)}
    key.write_bytes(canonical(said))
    with pytest.raises(IntegrityError, match=r"places: its pages could not be made, .*: KeyError: 'failed'"):
        derive(world)
    assert "release-2.html" in world.public.get("datasets/wells/index.html").body.decode()


@pytest.mark.parametrize("status", [b"[", b"[]", b"{}", b'{"state": "fresh", "since": "yesterday"}'])
def test_a_broken_status_leaves_the_state_out(copy: Copy, status: bytes) -> None:
    world = copy()
    (world.root / "public" / keys.status("wells")).write_bytes(status)
    nightly(world)
    assert "逾期未更新" not in world.public.get("datasets/wells/index.html").body.decode()


def test_with_simulated_sources_the_present_is_the_newest_look(copy: Copy) -> None:
    world = copy()
    derived.write(world.public, slugs(world.datasets))  # `springs` was looked at two hours after `wells`, due after one
    assert "逾期未更新" in world.public.get("datasets/wells/index.html").body.decode()


def test_an_empty_store_gets_a_home_page(tmp_path: Path) -> None:
    world = World(tmp_path)
    write(world.public, [], {})
    assert "目前尚未釋出任何資料" in world.public.get("index.html").body.decode()


@pytest.mark.parametrize("kind", ["schema", "quality", "declaration"])
def test_a_damaged_fact_stops_the_pages_of_its_dataset_only(tmp_path: Path, kind: str) -> None:
    world = World(tmp_path)
    for slug in ("lakes", "rivers"):
        world.declare(inline(slug), table="site,level\na,1\n")
    list(run(world.ctx, Live(Fetcher({})), ["lakes", "rivers"]))
    page = world.public.get(keys.dataset_page("rivers", "en")).body
    damage(world.public, world.newest("rivers"), kind, "missing")
    for key in [*world.public.list("index"), keys.dataset_page("lakes", "en"), keys.SITE_LEDGER]:
        world.public.delete(key)
    with pytest.raises(DamagedFile, match="rivers"):
        derived.write(world.public, ["lakes", "rivers"])
    home = world.public.get(keys.home_page("en")).body.decode()
    assert "Damaged" in home
    assert world.public.head(keys.dataset_page("lakes", "en")) is not None
    assert world.public.get(keys.dataset_page("rivers", "en")).body == page, "its last page stays"
