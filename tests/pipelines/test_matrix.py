"""Every kind of object x every damage x everything that is done: what comes of it is written down for each cell.

Nowhere a traceback, nowhere a wrong release, and the other dataset goes on and is served. One damage of each kind is a
fast test; all of them are a long one, which prints how many cells it looked at.
"""

import contextlib
import dataclasses
import datetime as dt
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from worlds import SLUG, START, World, declaration, table_csv

from catalog import keys
from catalog.declaration.dataset import Dataset
from catalog.derived import database
from catalog.derived import write as derived
from catalog.errors import MinshengError
from catalog.release import publish
from catalog.release.read import DamagedFile
from catalog.release.verify import verify
from catalog.store import Store
from pipelines.context import Context
from pipelines.records import Fetched, Page
from pipelines.refresh import decide
from pipelines.refresh.result import RefreshResult
from pipelines.refresh.state import read_states
from pipelines.refresh.status import read_status
from pipelines.run import run

OTHER = "lakes"
DAMAGE = ("missing", "empty", "cut", "flipped", "other", "another")
NEWS = table_csv({"z": 7})


class Told:
    """Agencies that say something; the data are recorded ones."""

    kind, side_by_side = "replay", False

    def __init__(self, bodies: dict[str, str], hours: int) -> None:
        self.bodies, self.at = bodies, START + dt.timedelta(hours=hours)

    def begin(self, ctx: Context, wanted: list[str]) -> None:
        ctx.clock.advance(self.at)

    def fetches(self, ctx: Context, dataset: Dataset) -> Iterator[Fetched]:
        page = Page("https://waters.example/x.csv", 200, {}, self.bodies[dataset.name].encode())
        yield Fetched({"protocol": "file"}, self.at, (page,), None)


def night(world: World, body: str, hours: int) -> dict[str, list[RefreshResult]]:
    """A night in which the other dataset says the same of sites of its own; what came of each."""
    world.ctx = dataclasses.replace(world.ctx)
    other = body.replace("\n", "\no").removesuffix("o")
    found: dict[str, list[RefreshResult]] = {SLUG: [], OTHER: []}
    with contextlib.suppress(DamagedFile):  # told after the lists of the others are written
        for result in run(world.ctx, Told({SLUG: body, OTHER: other}, hours), [SLUG, OTHER]):
            found[result.dataset].append(result)
    return found


def decided(world: World, verb: Callable[..., object]) -> None:
    for slug in (SLUG, OTHER):
        waiting = world.state(slug).waiting
        assert waiting is not None
        done = verb(world.ctx, slug, waiting.identity, "chen", "looked at it")
        list(done) if isinstance(done, Iterator) else None  # type: ignore[func-returns-value]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two datasets: three releases each, a rejected and an approved candidate, a refused fetch, and one that waits."""
    world = World(tmp_path_factory.mktemp("matrix"))
    for slug in (SLUG, OTHER):
        world.declare(declaration(slug, guards={"changed": 0.5, "quarantined": 1}))
    night(world, table_csv({"a": 1, "b": 1, "c": "x"}), 1)
    night(world, table_csv({"a": 2, "b": 2, "d": 2}), 2)
    decided(world, decide.reject)
    night(world, table_csv({"a": 3, "b": 3, "c": "y"}), 3)
    decided(world, decide.approve)
    night(world, "<html>no data</html>", 4)
    night(world, table_csv({"e": 1}), 5)
    night(world, table_csv({"a": 4, "b": 4, "e": 4}), 6)
    assert {slug: world.newest(slug).n for slug in (SLUG, OTHER)} == {SLUG: 3, OTHER: 3}
    return world.root


class Cell(NamedTuple):
    """What came of one kind and one damage."""

    run: str
    approve: str
    status: str
    verify: str
    catalog: str


Find = Callable[[World, str], str]


def _of_release(part: str, n: int = 3) -> Find:
    def find(world: World, slug: str) -> str:
        release = publish.load(world.public, slug, n)
        if part in ("csv", "parquet"):
            return keys.dataset(slug, (release.texts if part == "csv" else release.partitions)["all"].path)
        resource = release.resource(part)
        file = release.facts.schema if part == "schema" else resource or release.facts.facts[part]
        return keys.dataset(slug, file.path)

    return find


def _candidate(world: World, slug: str) -> str:
    identity: str = json.loads(world.private.get(keys.waiting(slug)).body)["candidate"]
    return keys.candidate(slug, identity)


def _file_of_candidate(world: World, slug: str) -> str:
    folder = _candidate(world, slug).rpartition("/")[0]
    return next(key for key in world.private.list(f"{folder}/data/") if key.endswith(".parquet"))


def _superseded(world: World, slug: str) -> str:
    return next(key for key in world.private.list(f"candidates/{slug}/") if key.endswith("superseded.json"))


def _body(k: int) -> Find:
    return lambda world, slug: keys.blob(world.ctx.evidence(slug).read(k).bodies[0])


PUBLIC: dict[str, Find] = {
    "newest document": lambda world, slug: keys.document(slug, 3),
    "older document": lambda world, slug: keys.document(slug, 1),
    "pointer": lambda world, slug: keys.pointer(slug),
    "checksums": lambda world, slug: keys.sums(slug, 3),
    "status": lambda world, slug: keys.status(slug),
    "list of releases": lambda world, slug: keys.releases(slug),
    "CSV": _of_release("csv"),
    "Parquet": _of_release("parquet"),
    "schema": _of_release("schema"),
    "declaration": _of_release("declaration"),
    "quality": _of_release("quality"),
    "provenance": _of_release("provenance"),
    "changes": _of_release("changes"),
    "older changes": _of_release("changes", 1),
    "quarantine": _of_release("quarantine", 2),
    "page": lambda world, slug: keys.dataset_page(slug, "en"),
    "catalog": lambda world, slug: derived.KEY,
    "database": lambda world, slug: database.KEY,
    "about the database": lambda world, slug: database.ABOUT,
    "ledger of the site": lambda world, slug: keys.SITE_LEDGER,
    "kind, public": lambda world, slug: keys.SOURCE_KIND,
}
PRIVATE: dict[str, Find] = {
    "kept document": lambda world, slug: keys.kept_document(slug, 3),
    "record, folded": lambda world, slug: keys.evidence(slug, 1),
    "record, newest": lambda world, slug: keys.evidence(slug, 6),
    "outcome, folded": lambda world, slug: keys.outcome(slug, 3),
    "outcome, refused": lambda world, slug: keys.outcome(slug, 4),
    "body, folded": _body(1),
    "body, waiting": _body(6),
    "candidate": _candidate,
    "file of the candidate": _file_of_candidate,
    "what waits": lambda world, slug: keys.waiting(slug),
    "superseded": _superseded,
    "decision": lambda world, slug: keys.decision(slug, 1),
    "why it fails": lambda world, slug: keys.failing(slug),
    "kind, private": lambda world, slug: keys.SOURCE_KIND,
}


def harm(store: Store, key: str, how: str, another: bytes) -> None:
    body = store.get(key).body
    at = len(body) // 2
    harmed = {
        "missing": None,
        "empty": b"",
        "cut": body[:at],
        "flipped": body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :],
        "other": b'{"k":1,"state":7,"releases":{},"datasets":7}',
        "another": another,
    }[how]
    store.delete(key)
    if harmed is not None:
        store.put_new(key, harmed)


def damaged(home: Path, place: Path, kind: str, how: str) -> World:
    """A copy of the home in which one object of rivers is damaged, or one of all datasets."""
    world = World(Path(shutil.copytree(home, place)))
    world.now = START + dt.timedelta(hours=6)
    store = world.public if kind in PUBLIC else world.private
    find = (PUBLIC | PRIVATE)[kind]
    harm(store, find(world, SLUG), how, store.get(find(world, OTHER)).body)
    world.ctx = dataclasses.replace(world.ctx)
    return world


def ran(world: World) -> str:
    before = {key: world.public.get(key).body for key in world.public.list(f"datasets/{SLUG}/datapackage-")}
    try:
        results = {slug: [each.outcome for each in found] for slug, found in night(world, NEWS, 7).items()}
    except MinshengError:
        return "refused"
    assert results[OTHER] == ["released"], "the other one goes on"
    assert publish.newest(world.public, OTHER).n == 4  # type: ignore[union-attr]
    for key, body in before.items():
        assert world.public.get(key).body == body, "nothing that was released is overwritten"
    said = ", ".join(results[SLUG])
    if "released" not in said:
        assert world.public.head(keys.document(SLUG, 4)) is None
        return said
    assert not [each for each in verify(world.public, SLUG, 4) if "datapackage-1" not in each.path]
    assert [row["level"] for row in world.rows() if row["site"] in ("a", "z")] == [3, 7], "no wrong release"
    return said


def approved(world: World, identity: str) -> str:
    try:
        decide.approve(world.ctx, SLUG, identity, "chen", "fine")
    except MinshengError:
        assert world.public.head(keys.document(SLUG, 4)) is None
        return "refused"
    assert [row["level"] for row in world.rows() if row["site"] == "a"] == [4]
    return "approved"


def status(world: World) -> str:
    now = START + dt.timedelta(hours=6)
    found = {slug: read_status(world.ctx, world.ctx.declarations.dataset(slug), now) for slug in (SLUG, OTHER)}
    assert found[OTHER].state == "held"
    states = read_states(world.ctx, [SLUG, OTHER])
    assert OTHER in states.states
    return found[SLUG].state + ("" if SLUG in states.states else ", stops")


def verified(world: World) -> str:
    assert not list(verify(world.public, OTHER, 3))
    try:
        return "".join("x" if list(verify(world.public, SLUG, n)) else "." for n in (1, 2, 3))
    except MinshengError:
        return "told"


def catalogued(world: World) -> str:
    for page in keys.LANGUAGES:
        world.public.delete(keys.home_page(page))
    try:
        derived.write(world.public, [OTHER, SLUG])
        said = "written"
    except MinshengError:
        said = "told"
    listed = {each["name"]: each for each in json.loads(world.public.get(derived.KEY).body)["datasets"]}
    assert listed[OTHER]["release"] == 3
    assert world.public.head(keys.dataset_page(OTHER, "en")) is not None
    assert world.public.head(keys.home_page("en")) is not None
    return "damaged" if "damaged" in listed.get(SLUG, {}) else said


def cell(home: Path, folder: Path, kind: str, how: str) -> Cell:
    """Do everything with one damage, each with a copy of its own."""
    waits = json.loads(World(home).private.get(keys.waiting(SLUG)).body)["candidate"]
    copies = [damaged(home, folder / str(i), kind, how) for i in range(5)]
    return Cell(
        ran(copies[0]), approved(copies[1], waits), status(copies[2]), verified(copies[3]), catalogued(copies[4])
    )


EXPECTED = """
newest document       | missing                         | released         | approved | damaged         | told | damaged
newest document       | empty cut other                 | failed           | refused  | damaged, stops | told | damaged
newest document       | flipped                         | failed           | refused  | damaged, stops | ..x | told
newest document       | another                         | failed           | refused  | damaged, stops | ..x | damaged
older document        | missing empty cut other         | released         | approved | held            | told | written
older document        | flipped another                 | released         | approved | held            | xxx | written
checksums             | another                         | released         | approved | held            | ..x | written
status                | missing empty cut other another | released         | approved | fresh           | ... | written
CSV                   | all                             | released         | approved | held            | ..x | written
Parquet               | all                             | failed           | approved | held            | ..x | written
schema                | missing empty cut flipped other | failed           | refused  | held            | xxx | told
declaration           | all                             | failed           | refused  | held            | xxx | told
quality               | missing empty cut flipped other | released         | approved | held            | ..x | told
provenance            | all                             | released         | approved | held            | ..x | written
changes               | all                             | released         | approved | held            | ..x | written
older changes         | all                             | released         | approved | held            | x.. | written
quarantine            | all                             | released         | approved | held            | .x. | written
kind, public          | empty cut flipped other         | refused          | approved | held            | ... | written
kind, private         | empty cut flipped other         | refused          | approved | held            | ... | written
record, folded        | all                             | failed           | refused  | held, stops     | ... | written
record, newest        | all                             | failed           | refused  | held, stops     | ... | written
body, waiting         | all                             | released, failed | approved | held            | ... | written
candidate             | all                             | held             | refused  | held            | ... | written
file of the candidate | all                             | released         | refused  | held            | ... | written
what waits            | all                             | held             | refused  | held            | ... | written
decision              | all                             | failed           | refused  | held, stops     | ... | written
"""
"""Kind, damages; what comes of `run`, `approve`, `status`, `verify` of releases 1 to 3, and the catalog with its site.
What is not named is as `WHOLE`: nothing of it is needed, or it is derived again, or put back."""
WHOLE = Cell("released", "approved", "held", "...", "written")
LINES = [[part.strip() for part in line.split("|")] for line in EXPECTED.strip().splitlines()]
CELLS = {
    (kind, how): Cell(*cells) for kind, hows, *cells in LINES for how in (DAMAGE if hows == "all" else hows.split())
}
KINDS = [*PUBLIC, *PRIVATE]


def test_the_table_names_kinds_and_damages_that_there_are() -> None:
    assert {kind for kind, _ in CELLS} <= set(KINDS)
    assert {how for _, how in CELLS} <= set(DAMAGE)
    assert len(CELLS) == sum(len(DAMAGE) if hows == "all" else len(hows.split()) for _, hows, *_ in LINES)


@pytest.mark.parametrize(("kind", "how"), [(kind, DAMAGE[i % len(DAMAGE)]) for i, kind in enumerate(KINDS)])
def test_one_damage_of_each_kind(home: Path, tmp_path: Path, kind: str, how: str) -> None:
    assert cell(home, tmp_path, kind, how) == CELLS.get((kind, how), WHOLE)


@pytest.mark.soak
def test_every_damage_of_every_kind(home: Path, tmp_path: Path, counted: Callable[[str, int], None]) -> None:
    found = {(kind, how): cell(home, tmp_path / kind / how, kind, how) for kind in KINDS for how in DAMAGE}
    assert {at: each for at, each in found.items() if each != CELLS.get(at, WHOLE)} == {}
    counted("cells of objects, damages and acts", len(found) * len(Cell._fields))
