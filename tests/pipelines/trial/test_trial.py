"""A trial says what a run says, whatever was edited, and leaves both stores as they were."""

import sys
from pathlib import Path
from typing import Any

import pytest
from nights import DAILY, LOOSE, MONTHS, Make, state
from worlds import SLUG, World, column, declaration

from catalog.errors import DecisionError
from catalog.reasons.faults import UnfitDeclaration
from catalog.reasons.sentences import sentences
from pipelines.trial.trial import Trial, trial

NUMBERS = [column("site"), column("level", "number", constraints={"maximum": 100})]


def tried(world: World, **more: Any) -> Trial:
    """What a trial says; that it left no trace is proved each time."""
    before = state(world)
    found = trial(world.ctx, SLUG, **more)
    assert state(world) == before
    return found


def file(world: World, body: str | bytes) -> Path:
    path = world.root / "sent.csv"
    path.write_bytes(body.encode() if isinstance(body, str) else body)
    return path


def told(world: World, found: Trial) -> None:
    """The run that follows says the same."""
    (item,) = world.settle()
    outcome = {"held": "held", "passes": "released", "unchanged": "unchanged"}.get(str(found.result), "refused")
    assert (item.outcome, sentences(found.reasons or tuple(found.refused.values()))) == (outcome, item.reason or "")
    assert item.changes is None or found.built is None or item.changes == found.built.counts


@pytest.fixture
def no_suite(monkeypatch: pytest.MonkeyPatch) -> None:
    """Importing Great Expectations is an error."""
    monkeypatch.setitem(sys.modules, "quality.run", None)


def test_a_file_is_tried_without_a_store_and_without_great_expectations(make: Make, no_suite: None) -> None:
    world = make(fields=NUMBERS, omit=[{"when": {"site": "total"}, "reason": {"en": "A sum.", "zh-TW": "合計。"}}])
    body = "site,level\na,1\nb,x\n,3\nd,500\nd,500\ntotal,9\n"
    found = tried(world, file=file(world, body))
    assert found.counts.adds_up
    assert vars(found.counts) == {"heard": 6, "published": 3, "quarantined": 1, "omitted": 1, "collapsed": 1}
    left = found.left.select(["row", "key", "raw", "rule", "left"]).to_pylist()
    assert [tuple(one.values()) for one in left] == [
        (2, "site=b", "x", "level.type", "cell"),
        (3, "site=", "", "site.required", "row"),
        (4, "site=d", "500", "level.range", "cell"),
        (5, "site=d", "500", "level.range", "cell"),
    ]
    assert found.result == "held"
    assert "guard.quarantined: expected at most 1.00%, found 80.00%" in sentences(found.reasons)
    assert found.built is not None
    assert found.built.kept.first.column("site").to_pylist() == ["a", "b", "d"]


def test_what_is_kept_is_tried_and_the_run_says_the_same(make: Make) -> None:
    world = make(load="replace")
    world.hear("site,level\na,1\nb,2\nc,3\n")
    told(world, tried(world))
    world.hear("site,level\na,1\nb,5\n")
    found = tried(world)
    assert (found.base and found.base.n, found.tried, found.result) == (1, (2,), "held")
    assert found.built is not None
    assert found.built.counts._asdict() == {"insert": 0, "update": 1, "delete": 1}
    told(world, found)


def test_an_unchanged_answer_is_shown_too(make: Make) -> None:
    world = make()
    world.tell("site,level\na,1\n")
    found = tried(world)
    assert (found.result, found.reasons, found.counts.published) == ("unchanged", (), 1)


@pytest.mark.parametrize("body", ["<p>maintenance</p>", "level\n1\n", "site,level\na,1\na,2\n", "site,level\n"])
def test_a_fault_of_the_frame_is_the_sentence_of_a_run(make: Make, body: str) -> None:
    world = make()
    found = tried(world, file=file(world, body))
    assert (found.built, found.result, list(found.refused)) == (None, None, [1])
    _, item = world.keep(body)
    (item,) = [item] if item else world.settle()
    assert sentences(found.refused.values()).removeprefix("sent.csv: ") == item.reason


def test_one_fetch_that_cannot_be_folded_leaves_the_others(make: Make) -> None:
    world = make(guards=LOOSE)
    world.hear("site,level\na,1\n")
    world.hear("other\n1\n")
    world.hear("site,level\nb,2\n")
    found = tried(world)
    assert (found.tried, list(found.refused), found.result) == ((1, 3), [2], "passes")


def test_an_edit_that_reads_evidence_differently_is_tried_on_all_of_it(make: Make) -> None:
    world = make(fields=DAILY, **MONTHS)
    world.tell("site,day,level\na,2026-01-01,1\n")
    world.tell("site,day,level\nb,2026-02-01,2\n")
    world.declare(declaration(fields=[*DAILY[:2], column("level", "number", scale=10)], **MONTHS))
    found = tried(world)
    assert (found.tried, found.again, found.result) == ((2,), (1,), "held")
    assert found.built is not None
    assert found.built.counts.update == 2
    assert sentences(found.reasons).startswith("approve.refold: expected a steward's approval")
    told(world, found)
    world.declare(declaration(fields=[*DAILY, column("depth", "number", optional=True)], **MONTHS))
    found = tried(world, since=world.now)
    assert (found.again, found.result) == ((1,), "held")
    assert "approve.schema" in sentences(found.reasons)
    world.declare(declaration(fields=[*DAILY, column("depth", "number", constraints={"required": True})], **MONTHS))
    with pytest.raises(UnfitDeclaration, match="fetch 1 was released under the declaration before"):
        trial(world.ctx, SLUG, file=file(world, "site,day,level,depth\na,2026-03-01,1,1\n"))


def test_only_rows_that_come_back_go_on_by_themselves(make: Make) -> None:
    world = make(guards=LOOSE)
    world.tell("site,level\na,1\nb,none\n")
    world.declare(declaration(guards=LOOSE, fields=[column("site"), column("level", "number", missingValues=["none"])]))
    assert tried(world).result == "unchanged"


def test_a_refused_file_is_read_by_the_reading_of_today(make: Make) -> None:
    world = make()
    source = {"protocol": "file", "address": "https://waters.example/rivers.csv", "format": "csv"}
    fetched = file(world, "測站,水位\n甲,1\n".encode("cp950"))
    assert "expected text in UTF-8" in sentences(tried(world, file=fetched).refused.values())
    fields = [column("site", heard_as="測站"), column("level", "number", heard_as="水位")]
    world.declare(declaration(fields=fields, source={**source, "reading": {"encoding": "cp950"}}))
    found = tried(world, file=fetched)
    assert (found.result, found.counts.published) == ("passes", 1)


def test_there_must_be_something_to_try(make: Make) -> None:
    world = make()
    with pytest.raises(DecisionError, match="has no answer that is kept; run it first, or try a file, with --file"):
        trial(world.ctx, SLUG)
    with pytest.raises(DecisionError, match="kept since 2026-07-01"):
        trial(world.ctx, SLUG, since=world.now)
