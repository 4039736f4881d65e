"""One broken release document stops one dataset: the others go on, and it is listed with the reason."""

import dataclasses
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from worlds import World, column, declaration

from catalog import keys
from catalog.derived import database
from catalog.derived import write as derived
from catalog.errors import IntegrityError
from catalog.reasons.sentences import sentence
from catalog.reasons.values import Fault
from catalog.release import publish
from catalog.release.digest import Document
from catalog.store import put_over
from pipelines import settings
from pipelines.cli import candidates, reader, steward
from pipelines.fetch.fetcher import Fetcher
from pipelines.fetch.sources import Live
from pipelines.refresh import decide
from pipelines.refresh.result import RefreshResult
from pipelines.refresh.state import read_states
from pipelines.refresh.status import read_status
from pipelines.run import run
from pipelines.shell.sensors import waiting_candidates

SLUGS = ("lakes", "rivers", "wells")
KEY = keys.document("rivers", 2)

BROKEN: dict[str, Callable[[World, bytes], bytes]] = {
    "an empty object": lambda world, body: b"{}",
    "cut": lambda world, body: body[: len(body) // 2],
    "no bytes": lambda world, body: b"",
    "not UTF-8": lambda world, body: body.decode().encode("utf-16"),
    "of another dataset": lambda world, body: world.public.get(keys.document("wells", 2)).body,
    "of another release": lambda world, body: world.public.get(keys.document("rivers", 1)).body,
    "a wrong type": lambda world, body: body.replace(b'"resources":[', b'"resources":[7,'),
}


def _declare(world: World, slug: str, rows: str, approve: str = "auto") -> None:
    fields = [column("site"), column("level", "number")]
    said = declaration(
        slug, fields, source={"protocol": "inline", "table": "table.csv"}, load="replace", approve=approve
    )
    world.declare(said, table=f"site,level\n{rows}")


def _night(world: World, level: int, approve: str = "auto") -> dict[str, RefreshResult]:
    for slug in SLUGS:
        _declare(world, slug, f"a,{level}\n", approve)
    return {result.dataset: result for result in run(world.ctx, Live(Fetcher({})), list(SLUGS))}


@pytest.fixture(scope="module")
def two_nights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where three datasets of two releases each lie."""
    world = World(tmp_path_factory.mktemp("two-nights"))
    for level in (1, 2):
        assert {result.outcome for result in _night(world, level).values()} == {"released"}
    return world.root


@pytest.fixture(params=BROKEN, ids=list(BROKEN))
def world(two_nights: Path, tmp_path: Path, request: pytest.FixtureRequest) -> World:
    """Three datasets of two releases each; the newest document of one is broken."""
    world = World(Path(shutil.copytree(two_nights, tmp_path / "world")))
    put_over(world.public, KEY, BROKEN[request.param](world, world.public.get(KEY).body))
    return world


def _listed(world: World) -> dict[str, Document]:
    catalog = json.loads(world.public.get(derived.KEY).body)
    return {each["name"]: each for each in catalog["datasets"]}


def test_the_night_goes_on_with_the_others(world: World) -> None:
    results = _night(world, 3)
    assert {slug: (result.outcome, result.release) for slug, result in results.items()} == {
        "lakes": ("released", 3),
        "rivers": ("failed", 2),
        "wells": ("released", 3),
    }
    assert KEY in str(results["rivers"].reason)
    status = json.loads(world.public.get(keys.status("rivers")).body)
    assert (status["dataset"], status["state"], status["n"]) == ("rivers", "failing", 2)
    assert publish.newest(world.public, "wells").n == 3  # type: ignore[union-attr]
    assert world.public.head(keys.document("rivers", 3)) is None, "nothing is made on what is damaged"


def test_status_says_which_is_damaged_and_why(world: World) -> None:
    found = {slug: read_status(world.ctx, world.ctx.declarations.dataset(slug), world.now) for slug in SLUGS}
    assert {slug: (one.state, one.release) for slug, one in found.items()} == {
        "lakes": ("fresh", 2),
        "rivers": ("damaged", 2),
        "wells": ("fresh", 2),
    }
    assert KEY in str(found["rivers"].reason)
    assert "restore it from a mirror" in str(found["rivers"].reason)


def test_candidates_of_the_others_are_listed(world: World) -> None:
    _night(world, 3, approve="always")
    assert [slug for slug, _ in decide.waiting(world.ctx, list(SLUGS))] == ["lakes", "wells"]
    states = read_states(world.ctx, SLUGS)
    assert list(states.states) == ["lakes", "wells"]
    assert KEY in states.damaged["rivers"]


def test_the_catalog_lists_it_as_damaged_as_it_was_before(world: World) -> None:
    before = _listed(world)
    _night(world, 3)
    after = _listed(world)
    assert list(after) == list(SLUGS)
    assert after["rivers"].pop("damaged") == derived.DAMAGED
    assert after["rivers"] == before["rivers"]
    assert [after[slug]["release"] for slug in SLUGS] == [3, 2, 3]
    assert not any("damaged" in after[slug] for slug in ("lakes", "wells"))


def test_a_catalog_that_was_lost_too_names_it(world: World) -> None:
    world.public.delete(derived.KEY)
    derived.write(world.public, list(SLUGS))
    assert set(_listed(world)["rivers"]) == {"name", "damaged"}


def test_the_site_goes_on_and_says_so_in_both_languages(world: World) -> None:
    pages = {language: world.public.get(keys.dataset_page("rivers", language)) for language in keys.LANGUAGES}
    _night(world, 3)
    for language, says in (("en", "Damaged"), ("zh-TW", "檔案損壞")):
        home = world.public.get(keys.home_page(language)).body.decode()
        assert says in home
        assert sentence(Fault(of="integrity"), language) in home
        page = keys.dataset_page("rivers", language).removeprefix("./")
        assert f'href="{page}"' in home, "its last pages are still linked"
        assert world.public.get(keys.dataset_page("rivers", language)) == pages[language], "and stay"
        assert world.public.head(keys.release_page("wells", 3, language)) is not None


def test_the_database_has_the_others(world: World) -> None:
    _night(world, 3)
    with duckdb.connect(str(world.root / "public" / database.KEY), read_only=True) as db:
        assert db.execute("SELECT name, n FROM meta.datasets ORDER BY name").fetchall() == [("lakes", 3), ("wells", 3)]


def test_what_is_restored_goes_on(world: World) -> None:
    put_over(world.public, KEY, world.public.get(keys.pointer("rivers")).body)  # the pointer is a copy of it
    results = _night(world, 3)
    assert {result.outcome for result in results.values()} == {"released"}
    assert "damaged" not in _listed(world)["rivers"]
    assert "檔案損壞" not in world.public.get("index.html").body.decode()


def test_reading_it_is_refused(world: World) -> None:
    with pytest.raises(IntegrityError, match=KEY):
        publish.newest(world.public, "rivers")
    assert publish.load(world.public, "rivers", 1).n == 1, "what is whole is read"


def test_commands_go_on_with_the_others(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    _night(world, 3, approve="always")
    root = world.root
    given = {"MINSHENG_STORE": f"file:{root}/public", "MINSHENG_EVIDENCE": f"file:{root}/private"}
    chosen = dataclasses.replace(settings.read(given | {"MINSHENG_HOME": str(root)}), datasets=world.datasets)
    assert steward.status_command(chosen, as_json=True) == 0
    said = {each["dataset"]: each for each in json.loads(capsys.readouterr().out)}
    assert [said[slug]["state"] for slug in SLUGS] == ["held", "damaged", "held"]
    assert KEY in said["rivers"]["reason"]
    assert candidates.candidates_command(chosen, action=None, candidate=None, failing=None, as_json=True) == 0
    told = capsys.readouterr()
    assert [each["dataset"] for each in json.loads(told.out)] == ["lakes", "wells"]
    assert f"rivers: damaged, so that nothing of it can be decided: {KEY}" in told.err
    reader.releases_command(chosen, "wells", as_json=True)
    assert [each["n"] for each in json.loads(capsys.readouterr().out)] == [1, 2, 3], "the last as approve changed"
    offered = {f"{slug}|{_waits(world, slug)[:16]}" for slug in ("lakes", "wells")}
    assert set(waiting_candidates(chosen) or ()) == offered


def _waits(world: World, slug: str) -> str:
    waiting = world.state(slug).waiting
    assert waiting
    return waiting.identity
