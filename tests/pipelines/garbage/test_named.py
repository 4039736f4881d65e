"""What a dataset names: files of releases and candidates, candidates that are needed, bodies of records."""

from nights import Make, reject, waits
from worlds import SLUG, table_csv

from catalog import keys
from catalog.release.digest import sha256
from pipelines import decisions
from pipelines.candidate.facts import DIGEST
from pipelines.decisions import Decision
from pipelines.garbage.named import NamedBodies, NamedByDataset
from pipelines.refresh.withdraw import Withdrawal, withdraw


def test_files_of_each_release_and_of_each_candidate(make: Make) -> None:
    world = make()
    world.tell(table_csv({"a": 1}))
    world.tell(table_csv({"a": 2}))
    named = NamedByDataset(world.ctx, SLUG)
    named.look()
    assert named.files == set(named.listed())
    assert named.candidates == {world.newest().candidate}
    world.tell("site,level,extra\nb,9,x\n")  # it waits
    world.tell(table_csv({"a": 3}))
    before = set(named.files)
    named.look()
    assert named.files > before
    assert set(named.listed()) < named.files, "those of the candidate that waits are not published"
    assert named.candidates >= {world.newest().candidate, waits(world)}


def test_of_a_withdrawn_release_the_document_still_names_them(make: Make) -> None:
    world = make()
    for rows in ({"a": 1}, {"a": 2}):
        world.tell(table_csv(rows))
    withdraw(world.ctx, SLUG, 2, Withdrawal("Lin", "It is wrong."))
    named = NamedByDataset(world.ctx, SLUG)
    named.look()
    assert {keys.dataset(SLUG, file.path) for file in world.newest().files()} <= named.files
    base = world.state().base
    assert base
    assert named.candidates >= {world.newest().candidate, base.candidate}


def test_a_candidate_that_is_approved_and_not_released_yet(make: Make) -> None:
    world = make()
    world.tell(table_csv({"a": 1}))
    approved = Decision(action="approve", candidate="a" * 64, by="Lin", reason="good", at="2026-07-01T08:00:00+08:00")
    decisions.append(world.private, SLUG, approved)
    named = NamedByDataset(world.ctx, SLUG)
    named.look()
    assert "a" * 64 in named.candidates


def test_what_became_of_a_candidate_stays(make: Make) -> None:
    world = make(top={}, quarantine="counts")
    world.tell(table_csv({"a": 1, "b": "x"}))
    world.tell("site,level,extra\nc,9,x\n")
    rejected = waits(world)
    assert rejected
    reject(world)
    named = NamedByDataset(world.ctx, SLUG)
    paths = {key.rpartition("/")[2] for objects in named.staged().values() for key in objects}
    stored = {key.rpartition("/")[2] for key in world.private.list(keys.candidates(SLUG))}
    assert {"superseded.json", DIGEST} <= stored - paths


def test_bodies_that_records_name(make: Make) -> None:
    world = make()
    world.hear("site,level\na,1\n")
    named = NamedBodies(world.private)
    named.look()
    assert named.bodies == {keys.blob(sha256(b"site,level\na,1\n"))}
    world.hear("site,level\na,2\n")
    named.look()
    assert named.bodies == set(world.private.list(keys.BLOBS))
