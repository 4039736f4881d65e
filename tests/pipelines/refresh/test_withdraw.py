"""A withdrawal: the notice is the commit, files go, documents stay, and what went does not come back."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from hosts import hosted
from nights import approve, levels, reject, said, waits, what
from worlds import SLUG, World, declaration, table_csv

from catalog import keys
from catalog.errors import DecisionError
from catalog.reasons.values import Withdrawn
from catalog.release import notices, publish, served
from catalog.release.read import ReleaseFiles
from catalog.release.verify import verify
from catalog.store import open_store
from pipelines.records import Outcome
from pipelines.refresh.state import superseded_by
from pipelines.refresh.withdraw import Withdrawal, withdraw
from pipelines.run import write_lists

WANTED = Withdrawal(by="Lin", reason="It holds names of persons.", basis="PDPA, article 11")
GOOD, BAD, LATER = {"a": 1}, {"s666": 667}, {"c": 3}


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Three releases; what the second brought is to go."""
    world = World(tmp_path)
    world.declare(declaration())
    for rows in (GOOD, BAD, LATER):
        world.tell(table_csv(rows))
    assert world.newest().n == 3
    return world


def files(world: World, n: int) -> list[bool]:
    """Whether each file of a release is there."""
    named = publish.load(world.public, SLUG, n).files()
    return [world.public.head(keys.dataset(SLUG, file.path)) is not None for file in named]


def served_levels(world: World) -> dict[str, Any]:
    release = served.served(world.public, SLUG)
    assert release is not None
    return {row["site"]: row["level"] for row in ReleaseFiles(world.public, release).table().to_pylist()}


def pointed(world: World) -> int:
    return publish.Release.parse(world.public.get(keys.pointer(SLUG)).body, "pointer").n


def test_the_notice_says_who_when_and_why_and_nothing_of_the_rows(world: World) -> None:
    done = withdraw(world.ctx, SLUG, 2, WANTED)
    (notice,) = notices.read(world.public, SLUG)
    assert notice == done.notice
    assert done.is_new
    assert (notice.by, notice.reason, notice.basis) == ("Lin", "It holds names of persons.", "PDPA, article 11")
    assert done.of(SLUG) == [2, 3], "what was made on it goes with it"
    body = world.public.get(keys.notice(SLUG, 1)).body
    assert b"s666" not in body
    assert b"667" not in body


def test_who_is_vouched_for_stands_in_the_decision_and_nowhere_public(world: World) -> None:
    withdraw(replace(world.ctx, identity="os:zq-lin-7f3a"), SLUG, 2, WANTED)
    withdraw(replace(world.ctx, identity="os:zq-wu-11c2"), SLUG, 2, WANTED)
    world.settle()
    write_lists(world.ctx)
    (decision,) = world.state().decisions
    assert (decision.action, decision.by, decision.identity) == ("withdraw", "Lin", "os:zq-lin-7f3a")
    public = {key: world.public.get(key).body for key in world.public.list("")}
    assert keys.notice(SLUG, 1) in public
    assert [key for key, body in public.items() if b"zq-" in body] == []


def test_files_go_and_documents_and_checksums_stay(world: World) -> None:
    documents = [world.public.get(keys.document(SLUG, n)).body for n in (1, 2, 3)]
    withdraw(world.ctx, SLUG, 2, WANTED)
    assert all(files(world, 1))
    of_first = {file.path for file in publish.load(world.public, SLUG, 1).files()}
    for n in (2, 3):
        named = publish.load(world.public, SLUG, n).files()
        there = {file.path for file in named if world.public.head(keys.dataset(SLUG, file.path))}
        assert there == {file.path for file in named} & of_first
        assert world.public.head(keys.sums(SLUG, n)) is not None
    assert [world.public.get(keys.document(SLUG, n)).body for n in (1, 2, 3)] == documents
    assert pointed(world) == 1
    assert served_levels(world) == GOOD


def test_what_came_later_is_folded_again_and_waits_and_its_changes_are_silent(world: World) -> None:
    withdraw(world.ctx, SLUG, 2, WANTED)
    assert said(world.settle()) == [("held", 1)]
    assert world.settle() == []
    approve(world)
    release = world.newest()
    assert (release.n, release.facts.base, release.facts.previous.n if release.facts.previous else 0) == (4, 1, 3)
    assert release.facts.evidence == (3,)
    assert levels(world) == GOOD | LATER
    changes = ReleaseFiles(world.public, release).changes()
    assert changes is not None
    assert changes.column("site").to_pylist() == ["c"]
    assert pointed(world) == 4
    assert not list(verify(world.public, SLUG, 4))
    assert release.version == "1.3.0"


def test_the_same_bytes_are_refused_whenever_they_come_again(world: World) -> None:
    withdraw(world.ctx, SLUG, 2, WANTED)
    world.settle()
    approve(world)
    items = world.tell(table_csv(BAD))
    assert said(items) == [("refused", 4)]
    assert items[0].reasons == (Withdrawn(notice=1),)
    assert "s666" not in levels(world)
    items = world.tell(table_csv({"d": 4}))
    assert said(items) == [("released", 5)], "a steward has looked at what came after the withdrawal"


def test_the_same_content_in_other_bytes_is_refused_too(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.declare(declaration(load="replace", guards={"removed": 1, "changed": 1}))
    world.tell(table_csv(GOOD))
    world.tell(table_csv(BAD))
    withdraw(world.ctx, SLUG, 2, WANTED)
    assert said(world.settle()) == []
    items = world.tell(table_csv(BAD) + "\n")
    assert said(items) == [("refused", 1)]
    assert items[0].reasons == (Withdrawn(notice=1),)
    assert said(world.tell(table_csv(BAD | LATER))) == [("held", 1)], "what is not the same is looked at"


def test_all_releases_may_go(world: World) -> None:
    done = withdraw(world.ctx, SLUG, 1, WANTED)
    assert done.served is None
    assert world.public.head(keys.pointer(SLUG)) is None
    assert list(world.public.list(keys.dataset(SLUG, "data/"))) == []
    world.settle()
    approve(world)
    release = world.newest()
    assert (release.n, release.facts.base, release.facts.kind) == (4, None, "first")
    assert levels(world) == BAD | LATER


def test_once_more_is_said_and_records_nothing(world: World) -> None:
    first = withdraw(world.ctx, SLUG, 2, WANTED)
    again = withdraw(world.ctx, SLUG, 3, Withdrawal("Chen", "once more"))
    assert not again.is_new
    assert again.notice == first.notice
    assert len(notices.read(world.public, SLUG)) == 1


def test_nobody_withdraws_without_name_and_reason_or_what_is_not_there(world: World) -> None:
    for n, wanted, words in [
        (2, Withdrawal("", "x"), "a name and a reason"),
        (9, WANTED, "has no release 9"),
        (2, Withdrawal("Lin", "x", evidence=(9,)), "has no fetch 9"),
    ]:
        with pytest.raises(DecisionError, match=words):
            withdraw(world.ctx, SLUG, n, wanted)
    assert notices.read(world.public, SLUG) == ()


def test_what_waited_on_a_withdrawn_release_is_made_again(world: World) -> None:
    world.tell("site,level,extra\nb,9,x\n")
    before = waits(world)
    withdraw(world.ctx, SLUG, 2, WANTED)
    after = waits(world)
    assert before is not None
    assert after not in (None, before)
    assert superseded_by(world.private, SLUG, before) is not None


def test_a_purge_takes_what_the_agency_sent_and_leaves_a_tombstone(world: World) -> None:
    evidence = world.ctx.evidence(SLUG)
    digests = {k: evidence.read(k).bodies[0] for k in (1, 2, 3)}
    candidate = publish.load(world.public, SLUG, 2).candidate
    withdraw(world.ctx, SLUG, 2, Withdrawal("Lin", "x", basis="court order", purge=True))
    assert world.private.head(keys.blob(digests[2])) is None
    assert [world.private.head(keys.blob(digests[k])) is not None for k in (1, 3)] == [True, True]
    tombstone = evidence.purged(digests[2])
    assert tombstone is not None
    assert (tombstone["basis"], tombstone["by"]) == ("court order", "Lin")
    assert list(world.private.list(f"candidates/{SLUG}/{candidate}/")) == []
    world.settle()
    approve(world)
    assert levels(world) == GOOD | LATER
    assert said(world.tell(table_csv(BAD))) == [("refused", 4)]
    assert world.private.head(keys.blob(digests[2])) is None, "it is not kept once more"


def test_a_purge_may_be_ordered_later(world: World) -> None:
    withdraw(world.ctx, SLUG, 2, WANTED)
    again = withdraw(world.ctx, SLUG, 2, Withdrawal("Chen", "the court said so", basis="court order", purge=True))
    assert again.is_new
    assert [each.purged for each in notices.read(world.public, SLUG)] == [False, True]
    digest = world.ctx.evidence(SLUG).read(2).bodies[0]
    assert world.private.head(keys.blob(digest)) is None


def test_whoever_lost_the_status_finds_the_same(world: World) -> None:
    withdraw(world.ctx, SLUG, 2, WANTED)
    world.settle()
    approve(world)
    before = world.state()
    world.public.delete(keys.status(SLUG))
    assert world.settle() == []
    after = world.state()
    assert (after.pending, after.excluded, after.n) == (before.pending, before.excluded, before.n)
    assert what(world, 3) == Outcome("folded", n=3)


def test_a_rejected_return_stays_away(world: World) -> None:
    withdraw(world.ctx, SLUG, 2, WANTED)
    world.settle()
    assert said(reject(world, 3)) == []
    assert served_levels(world) == GOOD
    assert world.settle() == []


def test_over_http_files_are_gone_and_the_document_and_the_notice_are_there(world: World) -> None:
    brought = publish.load(world.public, SLUG, 2).partitions["all"].path
    with hosted(world.public) as address:
        at = f"{address}/datasets/{SLUG}"
        assert httpx.get(f"{at}/{brought}").status_code == 200
        withdraw(world.ctx, SLUG, 2, WANTED)
        assert httpx.get(f"{at}/{brought}").status_code == 404
        assert [httpx.get(f"{at}/{name}").status_code for name in ("datapackage-2.json", "SHA256SUMS-2")] == [200, 200]
        assert httpx.get(f"{at}/notices/1.json").json()["reason"] == WANTED.reason
        assert httpx.get(f"{at}/datapackage.json").json()["minsheng"]["n"] == 1
        mirror = open_store(address)
        assert list(verify(mirror, SLUG, 2)) == []
        assert served.named(mirror, SLUG).n == 1
    world.public.put_new(keys.dataset(SLUG, brought), b"x")
    (fault,) = verify(world.public, SLUG, 2)
    assert str(fault) == f"{brought}: expected no such file, because notice 1 withdraws it, found a file"


def test_a_purge_leaves_no_quote_of_what_an_agency_sent(world: World) -> None:
    world.tell("<html>s666 is down for maintenance</html>")
    assert world.private.head(keys.failing(SLUG)) is not None
    world.tell(table_csv({"d": 4}))
    withdraw(world.ctx, SLUG, 2, Withdrawal("Lin", "x", evidence=(4,), purge=True))
    kept = {key: world.private.get(key).body for key in world.private.list("") if not key.startswith("evidence/blobs/")}
    assert [key for key, body in kept.items() if b"s666" in body] == []
    world.settle()
    approve(world)
    assert levels(world) == GOOD | LATER | {"d": 4}
