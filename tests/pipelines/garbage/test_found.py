"""What is garbage: all that nothing needs, and nothing else; where it is not known what is needed, nothing."""

from pathlib import Path

import pytest
from littered import BODY, ORPHAN, litter, staged
from nights import Make, waits
from worlds import SLUG, World, declaration

from catalog import keys
from pipelines.garbage.found import Garbage, Search


@pytest.fixture
def world(make: Make) -> World:
    return make()


def test_all_that_nothing_needs_is_found_and_nothing_else(world: World) -> None:
    garbage = litter(world)
    search = Search(world.ctx)
    found = search.find()
    assert {each.mark for each in found} == garbage
    assert search.skipped == {}
    assert {each.kind: sum(one.kind == each.kind for one in found) for each in found} == {
        "candidate": 3,
        "file": 1,
        "body": 1,
        "probe": 2,
        "report": 2,
    }
    candidate = next(each for each in found if each.kind == "candidate")
    assert list(candidate.objects)[-1].endswith("/document.json"), "as long as it is there, its evidence is known"
    assert not any(key.endswith("superseded.json") for each in found for key in each.objects)
    assert candidate.bytes == sum(len(world.private.get(key).body) for key in candidate.objects)
    assert search.still(found) == found


def test_what_is_named_meanwhile_is_garbage_no_more(world: World) -> None:
    litter(world)
    search = Search(world.ctx)
    found = search.find()
    waiting, newest = waits(world), world.newest().candidate
    world.hear("never recorded")  # in its bytes, which lie there already under another compression
    world.settle()
    still = search.still(found)
    assert [each.name for each in found if each not in still] == [BODY]
    assert {waiting, newest} <= staged(world)


def test_a_dataset_whose_document_is_lost_is_left_alone(world: World) -> None:
    litter(world)
    world.public.delete(keys.document(SLUG, 3))
    search = Search(world.ctx)
    assert {each.kind for each in search.find()} == {"probe", "report"}
    assert set(search.skipped) == {SLUG, "evidence"}
    assert keys.document(SLUG, 3) in search.skipped[SLUG]


@pytest.mark.parametrize("lost", [keys.document(SLUG, 2), keys.kept_document(SLUG, 3)])
def test_so_is_one_in_the_middle(world: World, lost: str) -> None:
    litter(world)
    (world.public if lost.startswith("datasets") else world.private).delete(lost)
    search = Search(world.ctx)
    found = {each.mark for each in search.find()}
    assert (SLUG in search.skipped) == lost.startswith("datasets")
    assert (f"public:{ORPHAN}" in found) == (SLUG not in search.skipped)


def test_without_a_record_no_body_is_garbage(world: World) -> None:
    litter(world)
    world.private.delete(keys.evidence(SLUG, 2))
    search = Search(world.ctx)
    assert "body" not in {each.kind for each in search.find()}
    assert keys.evidence(SLUG, 2) in search.skipped["evidence"]


def test_records_of_a_dataset_that_is_declared_no_more_name_their_bodies(world: World) -> None:
    world.declare(declaration("other"))
    world.hear("site,level\na,1\n", "other")
    (world.datasets / "other" / "dataset.yaml").unlink()
    (world.datasets / "other").rmdir()
    search = Search(World(world.root).ctx)
    assert search.find() == []
    assert search.skipped == {}


def test_a_step_of_other_datasets_is_looked_at_where_it_lies(make: Make, tmp_path: Path) -> None:
    world = make(publish="none")
    world.tell("site,level\na,1\n")
    world.private.put_new(ORPHAN, b"rows")
    found = Search(world.ctx).find()
    assert [each.mark for each in found] == [f"public:{ORPHAN}"]
    assert found == [Garbage("file", ORPHAN, {ORPHAN: 4}, public=True, dataset=SLUG)]
