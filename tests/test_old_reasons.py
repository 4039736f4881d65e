"""The reasons that version 0.1.0 stored as sentences: read, said in both languages, and superseded by values."""

import datetime as dt
import json
import shutil
from pathlib import Path

import pytest

from catalog import keys
from catalog.declaration.dataset import load_dataset
from catalog.reasons.sentences import sentence
from catalog.reasons.values import ByCandidate, ByRejection, GuardTripped, Overtaken, Recorded
from catalog.site.sources import standings
from catalog.store.file import FileStore
from pipelines.context import Clock, Context
from pipelines.declared import Declarations
from pipelines.records import Fetched, Page
from pipelines.refresh.decide import waiting
from pipelines.refresh.settle import record, settle
from pipelines.refresh.state import read_state, superseded_by
from pipelines.refresh.status import read_status, write_status

OLD = Path(__file__).parent / "stores" / "0.1.0"
NOW = dt.datetime.fromisoformat("2026-07-02T05:00:00+08:00")
GUARD = "guard.changed: expected at most 40.00%, found 45.45% of rows changed"


@pytest.fixture
def ctx(tmp_path: Path) -> Context:
    home = tmp_path / "home"
    shutil.copytree(OLD, home)
    stores = FileStore(home / "public"), FileStore(home / "private")
    return Context(*stores, Declarations(home / "datasets"), {}, clock=Clock(NOW))


def test_outcomes(ctx: Context) -> None:
    refused = [ctx.evidence("lakes").outcome(k) for k in (3, 4, 7)]
    quote = "b'<html>The service is closed at night.</html>'"
    assert [outcome and outcome.reason for outcome in refused] == [
        Recorded(detail=f"lakes: not data: expected CSV, found a page of markup that begins {quote}"),
        Recorded(detail="lakes: waters.example could not be reached; it closed the connection"),
        Overtaken(by=6),
    ]
    assert [bool(outcome and outcome.overtaken) for outcome in refused] == [False, False, True]


def test_what_waits_and_what_does_no_more(ctx: Context) -> None:
    ((slug, candidate),) = waiting(ctx, ctx.declarations.slugs)
    assert (slug, candidate.reasons) == ("rivers", (Recorded(detail=GUARD),))
    folder = ctx.private.list("candidates/rivers/")
    gone = {key.split("/")[2] for key in folder if key.endswith("superseded.json")}
    assert {type(superseded_by(ctx.private, "rivers", identity)) for identity in gone} == {ByCandidate, ByRejection}
    assert ByRejection(by="chen", why="The gauge counted in centimetres.") in [
        superseded_by(ctx.private, "rivers", identity) for identity in gone
    ]
    assert ByCandidate(candidate=candidate.identity) in [
        superseded_by(ctx.private, "rivers", identity) for identity in gone
    ]
    assert read_state(ctx, "rivers").repeats == (7,), "the chain of candidates is followed"


def test_the_sentence_of_the_status_is_for_stewards(ctx: Context) -> None:
    (reason,) = read_status(ctx, load_dataset(ctx.declarations.folder, "rivers"), NOW).reasons
    assert reason == Recorded(detail=GUARD)
    assert standings(ctx.public, ["rivers"], NOW)["rivers"].reasons == (Recorded(),), (
        "nobody knows whose words they are"
    )
    assert sentence(reason, "zh-TW") == f"系統紀錄（英文）：{GUARD}"


def test_a_status_that_is_written_again_shows_no_sentence_of_then_to_everyone(ctx: Context) -> None:
    write_status(ctx, read_state(ctx, "rivers"))
    status = json.loads(ctx.public.get(keys.status("rivers")).body)
    assert status["reasons"] == [{"kind": "recorded", "version": 1, "detail": ""}]
    stewards = read_status(ctx, load_dataset(ctx.declarations.folder, "rivers"), NOW)
    assert stewards.reasons == (Recorded(detail=GUARD),)


def test_the_candidate_that_is_made_again_has_values(ctx: Context) -> None:
    """The next fetch trips the guard again, and waits together with what waited before."""
    before = read_state(ctx, "rivers").waiting
    assert before
    newest = ctx.evidence("rivers").read(6)
    bodies = [ctx.evidence("rivers").body(digest).replace(b"5\n", b"75\n") for digest in newest.bodies]
    pages = tuple(Page("https://waters.example/rivers.csv", 200, {}, body) for body in bodies)
    record(ctx, "rivers", Fetched(newest.asked, NOW, pages, None))
    (*_, result) = settle(ctx, "rivers")
    assert result.outcome == "held"
    assert [reason.guard for reason in result.reasons if isinstance(reason, GuardTripped)]
    assert isinstance(superseded_by(ctx.private, "rivers", before.identity), ByCandidate)
