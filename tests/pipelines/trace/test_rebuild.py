"""Proof: evidence folded again gives the same bytes, on any machine."""

import gzip
import json
import shutil

import pytest
from nights import DAILY, LOOSE, MONTHS, Make, said
from worlds import SLUG, World

from catalog import keys
from catalog.errors import IntegrityError
from catalog.release import publish
from catalog.release.digest import SEAL, canonical
from catalog.store import put_over
from pipelines.trace.rebuild import rebuild


def three_releases(world: World) -> World:
    for i in (1, 2, 3):
        world.tell(f"site,day,level\na,2026-0{i}-01,{i}\nb,2026-01-01,{i}\nc,2026-07-0{i},bad\n")
    return world


def test_a_rebuild_needs_none_of_the_releases_data(make: Make):
    world = three_releases(make(fields=DAILY, guards=LOOSE, **MONTHS))
    shutil.rmtree(world.root / "public" / "datasets" / SLUG / "data")
    for n in (1, 2, 3):
        found = rebuild(world.ctx, SLUG, n)
        assert found.same
        assert all(one.same_bytes for one in found.partitions)


@pytest.mark.parametrize(
    "body",
    [
        gzip.compress(b"site,day,level\na,2026-01-01,9\n"),
        pytest.param(
            b"no gzip",
        ),
        pytest.param(
            gzip.compress(b"site,day,level\n")[:-10],
        ),
    ],
    ids=["other bytes", "no gzip", "cut short"],
)
def test_a_rebuild_from_changed_bytes_fails(make: Make, body: bytes):
    world = three_releases(make(fields=DAILY, guards=LOOSE, **MONTHS))
    digest = world.state().evidence.read(2).bodies[0]
    put_over(world.private, keys.blob(digest), body)
    with pytest.raises(IntegrityError, match="not what its hash says"):
        rebuild(world.ctx, SLUG, 3)
    assert rebuild(world.ctx, SLUG, 1).same


def test_a_rebuild_without_the_evidence_says_what_is_missing(make: Make):
    world = three_releases(make(fields=DAILY, guards=LOOSE, **MONTHS))
    world.private.delete(keys.blob(world.state().evidence.read(2).bodies[0]))
    with pytest.raises(IntegrityError, match="release 3 cannot be rebuilt: evidence is missing"):
        rebuild(world.ctx, SLUG, 3)


def test_a_rebuild_from_other_evidence_finds_the_partitions(make: Make):
    world = three_releases(make(fields=DAILY, guards=LOOSE, **MONTHS))
    record = json.loads(world.private.get(keys.evidence(SLUG, 2)).body)
    record["pages"][0]["sha256"] = world.state().evidence.read(1).bodies[0]
    del record[SEAL]  # as an older version wrote it
    put_over(world.private, keys.evidence(SLUG, 2), canonical(record))
    found = rebuild(World(world.root).ctx, SLUG, 3)  # another process, which remembers nothing
    assert not found.same
    assert [one.label for one in found.partitions if not one.same] == ["2026-02", "2026-07"]


def test_two_homes_give_equal_candidates(make: Make):
    homes = [three_releases(make(name, fields=DAILY, guards=LOOSE, **MONTHS)) for name in ("one", "two")]
    for n in (1, 2, 3):
        one, two = (publish.load(home.public, SLUG, n) for home in homes)
        assert one.candidate == two.candidate
        assert one.approval.by == "auto"


def test_folding_all_at_once_gives_the_rows_of_folding_step_by_step(make: Make):
    step = three_releases(make("step", fields=DAILY, guards=LOOSE, **MONTHS))
    once = make("once", fields=DAILY, guards=LOOSE, **MONTHS)
    for k in (1, 2, 3):
        once.hear(step.state().evidence.body(step.state().evidence.read(k).bodies[0]))
    assert said(once.settle()) == [("released", 1)]
    assert once.newest().hashes == step.newest().hashes


def test_nothing_new_reads_only_the_partition_that_is_touched(make: Make):
    world = three_releases(make(fields=DAILY, guards=LOOSE, **MONTHS))
    for path in (world.root / "public" / "datasets" / SLUG / "data").glob("*2026-0[123]*"):
        path.write_bytes(b"x" * path.stat().st_size)  # carried by reference, unread
    assert said(world.tell("site,day,level\na,2026-07-09,1\n")) == [("released", 4)]
