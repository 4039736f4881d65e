"""A published file that is missing or altered: what reads it ends in an error with its name, and nothing is made."""

from collections.abc import Callable
from pathlib import Path

import pytest
from nights import LOOSE, Make, approve, redeclare
from worlds import DAMAGE, SLUG, World, body_of, column, damage, declaration, text

from catalog import keys
from catalog.derived import database, releases_json, spreadsheets
from catalog.derived import write as derived
from catalog.past.history import history
from catalog.release import publish
from catalog.release.read import DamagedFile, ReleaseFiles
from pipelines.fetch.derived import derived_fetch
from pipelines.trace.rebuild import rebuild
from pipelines.trace.why import why

LOW = {
    "id": "level-low",
    "type": "ExpectColumnValuesToBeBetween",
    "kwargs": {"column": "level", "max_value": 90},
    "severity": "warn",
    "reason": text("tests"),
}
SECOND = "site,level\na,2\nc,<b>5</b>\n"


def _night(world: World) -> None:
    world.tell("site,level\na,3\nb,x\n")


def _same_night(world: World) -> None:
    world.tell(SECOND)


def _retitled(world: World) -> None:
    redeclare(world, guards=LOOSE, top={"title": text("Rivers of Taiwan")})
    world.settle()


def _reread(world: World) -> None:
    redeclare(world, fields=[column("site"), column("level", "number", strip="markup")], guards=LOOSE)
    world.settle()


def _rejudged(world: World) -> None:
    redeclare(world, guards=LOOSE, quality=[LOW])
    world.settle()


def _derived(world: World) -> None:
    block = {"source": None, "derive": {"sql": "sites.sql", "over": {"levels": SLUG}}, "load": "replace"}
    world.declare(declaration("sites", [column("site"), column("level", "number")], **block))
    (world.datasets / "sites" / "sites.sql").write_text("SELECT site, level FROM levels", encoding="utf-8")
    derived_fetch(world.ctx, world.ctx.declarations.dataset("sites"))


def _spreadsheets(world: World) -> None:
    newest = world.newest()
    (fault,) = spreadsheets.write(world.public, newest, releases_json.upto(world.public, SLUG, newest)).faults
    raise fault


READERS: list[tuple[str, str, Callable[[World], object]]] = [
    ("data", "the next night", _night),
    ("data", "a changed suite", _rejudged),
    ("data", "spreadsheets", _spreadsheets),
    ("data", "the catalog", lambda world: derived.write(world.public, [SLUG])),
    ("data", "a derived dataset", _derived),
    ("data", "diff", lambda world: ReleaseFiles(world.public, world.newest()).table()),
    ("data", "an example of a key", lambda world: history(world.public, SLUG, "a=b,c=d")),
    ("quarantine", "a night without news", _same_night),
    ("quarantine", "a changed declaration", _reread),
    ("quarantine", "why", lambda world: why(world.ctx, SLUG, "a", "level")),
    ("quality", "a changed title", _retitled),
    ("quality", "a changed suite", _rejudged),
    ("quality", "the catalog", lambda world: derived.write(world.public, [SLUG])),
    ("provenance", "why", lambda world: why(world.ctx, SLUG, "a", "level")),
    ("provenance", "rebuild", lambda world: rebuild(world.ctx, SLUG, 2)),
    ("declaration", "the catalog", lambda world: derived.write(world.public, [SLUG])),
    ("schema", "the catalog", lambda world: derived.write(world.public, [SLUG])),
    ("schema", "catalog.duckdb", lambda world: database.render(world.public, [world.newest()], None)),
    ("schema", "history", lambda world: history(world.public, SLUG, "a")),
    ("changes", "history", lambda world: history(world.public, SLUG, "a")),
    ("changes", "why", lambda world: why(world.ctx, SLUG, "a", "level")),
]


def _damage(world: World, kind: str, how: str) -> str:
    another = body_of(world.public, publish.load(world.public, SLUG, 1), kind)
    return damage(world.public, world.newest(), kind, how, another)


@pytest.fixture(scope="module")
def two_releases(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = World(tmp_path_factory.mktemp("two"))
    world.declare(declaration(guards=LOOSE))
    world.tell("site,level\na,1\nb,x\n")
    world.tell(SECOND)
    assert world.newest().n == 2
    return world


@pytest.fixture
def world(two_releases: World, tmp_path: Path) -> World:
    """Two releases, each with quarantine and changes of its own."""
    return two_releases.copied(tmp_path / "home")


@pytest.mark.parametrize("how", DAMAGE)
@pytest.mark.parametrize(("kind", "reader", "read"), READERS, ids=[f"{kind}-{name}" for kind, name, _ in READERS])
def test_a_damaged_file_is_named_and_nothing_is_made_of_it(
    world: World, kind: str, reader: str, read: Callable[[World], object], how: str
) -> None:
    path = _damage(world, kind, how)
    with pytest.raises(DamagedFile, match="restore it from a mirror") as raised:
        read(world)
    assert (raised.value.dataset, raised.value.n, raised.value.path) == (SLUG, 2, path), reader
    assert publish.newest(world.public, SLUG).n == 2, "nothing is released"  # type: ignore[union-attr]
    assert world.public.head(keys.dataset_page(SLUG, "en")) is None or kind == "data", "no page of it is written"


@pytest.mark.parametrize("how", DAMAGE)
def test_counts_that_are_damaged_are_no_news(make: Make, how: str) -> None:
    world = make(guards=LOOSE, quarantine="counts")
    world.tell("site,level\na,1\nb,x\n")
    world.tell(SECOND)
    damage(
        world.public,
        world.newest(),
        "quality",
        how,
        body_of(world.public, publish.load(world.public, SLUG, 1), "quality"),
    )
    with pytest.raises(DamagedFile, match="quality"):
        world.tell(SECOND)
    assert world.newest().n == 2


@pytest.mark.parametrize("how", DAMAGE)
def test_a_declaration_is_taken_from_the_candidate_that_brought_it(world: World, how: str) -> None:
    damage(world.public, world.newest(), "declaration", how, b"{}")
    assert rebuild(world.ctx, SLUG, 2).same


@pytest.mark.parametrize("how", DAMAGE)
def test_a_candidate_that_is_damaged_is_not_released(make: Make, how: str) -> None:
    world = make(approve="always")
    world.tell("site,level\na,1\nb,x\n")
    waiting = world.state().waiting
    assert waiting
    candidate = publish.staged(world.private, SLUG, waiting.identity)
    damage(world.private, candidate, "quality", how, b"{}")
    with pytest.raises(DamagedFile, match=f"candidate {waiting.identity[:16]}: expected"):
        approve(world)
    assert publish.newest(world.public, SLUG) is None
    assert not list(world.public.list(f"datasets/{SLUG}/data"))
