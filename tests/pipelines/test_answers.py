"""Keep, then judge: whatever fails on the bytes of a fetch, they are in the evidence before."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import faulty
import pytest
from markets import page, prices
from nights import state
from refreshes import refreshed
from worlds import SLUG, World, dataset, declaration, inline

from catalog import keys
from catalog.errors import IntegrityError
from catalog.reasons.sentences import sentences
from catalog.reasons.values import Fault, NotData
from catalog.store import put_over
from pipelines import answers
from pipelines.context import Clock, Context
from pipelines.declared import Declarations
from pipelines.decode.parts import bounded
from pipelines.decode.parts.bounded import DecodeBudget
from pipelines.fetch.replay import Replay
from pipelines.records import Fetched, Outcome, Page
from pipelines.refresh.result import RefreshResult
from pipelines.refresh.settle import record as keep

T = "2026-07-01T08:00:00+08:00"
LATER = "2026-07-02T08:00:00+08:00"
LAKES = "lakes"
"""A dataset with which nothing is wrong."""
SOURCES = "springs"
"""What the derived dataset is derived from."""
CSV, JSON = b"site,level\nfaulty,1.5\n", json.dumps([{"site": "faulty", "level": 1}]).encode()
DAY = page({("04-17", "N04", "faulty"): 1.0})
BODIES = {"file": CSV, "inline": CSV, "derived": CSV, "moenv": JSON, "moa": DAY}


class Home:
    """A world with one dataset of a protocol, and recorded answers."""

    def __init__(self, root: Path, protocol: str, **more: Any) -> None:
        self.world = World(root / "home")
        self.folder = root / "recorded"
        (self.folder / "replay").mkdir(parents=True)
        self.protocol = protocol
        self.world.declare(inline(LAKES), table="site,level\nb,2\n")
        self.lines: list[str] = []
        if protocol == "file":
            self.world.declare(declaration(**more))
        elif protocol == "moenv":
            source = {"protocol": "moenv", "dataset": "lev_p_1", "host": "waters.example", "limit": 3}
            self.world.declare(declaration(source=source, **more))
        elif protocol == "moa":
            self.world.declare(prices(**more))
        elif protocol == "inline":
            self.world.declare(inline(SLUG), table=CSV.decode())
        else:
            self.derived()
        if protocol not in ("inline", "derived"):
            self.answer(BODIES[protocol])

    def derived(self) -> None:
        self.world.declare(inline(SOURCES), table=CSV.decode())
        assert [item.outcome for item in self.run(SOURCES)] == ["released"]
        derive = {"sql": "rivers.sql", "over": {"springs": SOURCES}}
        declared = declaration(derive=derive, load="replace")
        del declared["minsheng"]["source"]
        self.world.declare(declared)
        (self.world.datasets / SLUG / "rivers.sql").write_text("SELECT site, level FROM springs")

    def answer(self, body: bytes, at: str = T) -> None:
        """Record one more answer of the agency."""
        name = f"{len(list(self.folder.glob('*.body')))}.body"
        (self.folder / name).write_bytes(body)
        address = "https://waters.example/api/v1/Prices/?Start_time=115.04.17&End_time=115.04.17&TcType=N04"
        self.lines.append(f"{at},{name},{address if self.protocol == 'moa' else ''}")
        listed = "\n".join(["fetched_at,file,address", *self.lines, ""])
        (self.folder / "replay" / f"{SLUG}.csv").write_text(listed)

    def run(self, *wanted: str) -> list[RefreshResult]:
        """One run, as a process of its own."""
        own = self.world.ctx
        ctx = Context(own.public, own.private, Declarations(self.world.datasets), {}, clock=Clock(own.clock.simulated))
        items = list(refreshed(ctx, Replay(self.folder), list(wanted)))
        self.world.ctx = Context(
            own.public, own.private, Declarations(self.world.datasets), {}, clock=Clock(own.clock.simulated)
        )
        return items


@pytest.fixture(params=list(BODIES))
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Home:
    return Home(tmp_path, request.param)


def fails(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Let the software fail on bodies that hold the word `faulty`."""
    call = bounded.call

    def broken(function: Callable[..., Any], source: Any, bodies: Any) -> Any:
        return call(faulty.failing, function, error, source, bodies)

    monkeypatch.setattr(bounded, "call", broken)


def outcomes(items: list[RefreshResult]) -> list[tuple[str, str]]:
    return [(item.dataset, item.outcome) for item in items]


def test_a_decoder_that_fails_loses_no_evidence_and_stops_no_other_dataset(home: Home, monkeypatch: pytest.MonkeyPatch):
    with monkeypatch.context() as patch:
        fails(patch, RuntimeError("boom"))
        items = home.run(SLUG, LAKES)
        assert outcomes(items) == [(SLUG, "failed"), (LAKES, "released")]
        assert items[0].reasons == (Fault(of="software", detail="fetch 1: RuntimeError: boom"),)
        evidence = home.world.ctx.evidence(SLUG)
        assert [evidence.body(digest) for digest in evidence.read(1).bodies] == [BODIES[home.protocol]]
        assert evidence.outcome(1) is None
        again = home.run(SLUG)
        assert outcomes(again) == [(SLUG, "failed")]
        assert again[0].reason == items[0].reason
        status = json.loads(home.world.public.get(keys.status(SLUG)).body)
        assert status["state"] == "failing"
        assert status["reason"] == sentences([reason.public() for reason in items[0].reasons])
    assert outcomes(home.run(SLUG)) == [(SLUG, "released")]
    evidence = home.world.ctx.evidence(SLUG)
    assert evidence.newest() == 1, "what was kept is folded, and nobody is asked again"
    assert evidence.outcome(1) == Outcome("folded", n=1)


@pytest.mark.parametrize("error", [OSError("boom"), RecursionError("boom"), ValueError("boom"), KeyError("boom")])
def test_any_failure_is_a_fault_of_the_software(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception):
    home = Home(tmp_path, "file")
    with monkeypatch.context() as patch:
        fails(patch, error)
        (item,) = home.run(SLUG)
    (reason,) = item.reasons
    assert isinstance(reason, Fault)
    assert reason.of == "software"
    assert reason.detail.startswith(f"fetch 1: {type(error).__name__}: ")
    assert home.world.ctx.evidence(SLUG).newest() == 1
    assert outcomes(home.run(SLUG)) == [(SLUG, "released")]


@pytest.mark.parametrize("load", ["upsert", "replace"])
def test_a_fetch_that_cannot_be_read_stops_no_other_and_keeps_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, load: str
):
    home = Home(tmp_path, "file", load=load, guards={"removed": 1})
    home.answer(b"site,level\nfaulty,9\nb,9\n", LATER.replace("08:00:00+", "07:00:00+"))
    home.lines.pop(0)
    home.answer(b"site,level\na,1\nb,1\n", LATER)
    with monkeypatch.context() as patch:
        fails(patch, RuntimeError("boom"))
        assert outcomes(home.run(SLUG)) == [(SLUG, "failed"), (SLUG, "released")]
    home.run(SLUG)
    rows = {row["site"]: row["level"] for row in home.world.rows()}
    # The later answer has the last word, though it was folded first.
    assert rows == ({"a": 1.0, "b": 1.0, "faulty": 9.0} if load == "upsert" else {"a": 1.0, "b": 1.0})
    assert home.world.state().pending == ()


@pytest.mark.parametrize("load", ["upsert", "replace"])
def test_a_body_that_costs_too_much_is_refused_and_the_last_release_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, load: str
):
    home = Home(tmp_path, "file", load=load)
    assert outcomes(home.run(SLUG)) == [(SLUG, "released")]
    home.answer(b"site,level\nendless,1\n", LATER)
    call = bounded.call
    with monkeypatch.context() as patch:
        patch.setattr(bounded, "BUDGET", DecodeBudget(processor_seconds=1))
        patch.setattr(bounded, "call", lambda *_: call(faulty.endless, b""))
        (item,) = home.run(SLUG)
    assert (item.outcome, item.reasons) == (
        "refused",
        (NotData(detail="expected a body that is decoded within 1 s of a processor, found none"),),
    )
    evidence = home.world.ctx.evidence(SLUG)
    assert [evidence.body(digest) for digest in evidence.read(2).bodies] == [b"site,level\nendless,1\n"]
    assert not evidence.whole(2)
    assert home.world.rows() == [{"site": "faulty", "level": 1.5}]
    home.answer(b"site,level\na,1\n", LATER.replace("02T", "03T"))
    assert outcomes(home.run(SLUG))[-1] == (SLUG, "released" if load == "upsert" else "held")


def test_a_released_fetch_is_decoded_once(home: Home, monkeypatch: pytest.MonkeyPatch):
    looked_into: list[list[bytes]] = []
    call = bounded.call

    def counted(function: Callable[..., Any], source: Any, bodies: list[bytes]) -> Any:
        looked_into.append(bodies)
        return call(function, source, bodies)

    monkeypatch.setattr(bounded, "call", counted)
    assert outcomes(home.run(SLUG)) == [(SLUG, "released")]
    assert [bodies for bodies in looked_into if b"faulty" in bodies[0]] == [[BODIES[home.protocol]]]


def test_only_the_fetch_that_was_judged_last_is_held(tmp_path: Path):
    world = World(tmp_path)
    world.declare(declaration())
    for level in (1, 2):
        world.hear(f"site,level\na,{level}\n")
    held = world.ctx.last_decoded
    assert held.take(SLUG, 1) is None
    (table,) = held.take(SLUG, 2) or ()
    assert table.to_pylist() == [{"site": "a", "level": "2"}]
    assert held.take(SLUG, 2) is None, "the fold has it now"


# Killed between the record and the judgement ----------------------------------------------------------------


def fetched(world: World, body: bytes) -> Fetched:
    page = Page("https://waters.example/rivers.csv", 200, {}, body)
    return Fetched({"protocol": "file"}, world.now, (page,), None)


@pytest.mark.parametrize("body", [b"", b"site,level\n", b"<html>\n<p>maintenance\n", b"site,level\na,1\n"])
def test_what_was_recorded_and_not_judged_the_next_run_judges(tmp_path: Path, body: bytes):
    worlds = [World(tmp_path / name) for name in ("killed", "whole")]
    for world in worlds:
        world.declare(declaration())
    killed, whole = worlds
    killed.ctx.evidence(SLUG).record(fetched(killed, body))
    items = killed.settle()
    _, item = keep(whole.ctx, SLUG, fetched(whole, body))
    assert items == ([item] if item else []) + whole.settle()
    assert state(killed) == state(whole)


def test_what_is_no_data_is_refused_as_incomplete(tmp_path: Path):
    world = World(tmp_path)
    world.declare(declaration())
    world.hear(b"")
    reason = NotData(detail="not data: expected a file with rows, found an empty body")
    evidence = world.ctx.evidence(SLUG)
    assert evidence.outcome(1) == Outcome("refused", reason=reason, incomplete=True)
    assert not evidence.whole(1)


def test_why_the_paging_stopped_is_why_the_answer_is_not_whole(tmp_path: Path):
    world = World(tmp_path)
    world.declare(declaration(source={"protocol": "moenv", "dataset": "lev_p_1", "host": "waters.example", "limit": 1}))
    full = Page("https://waters.example/api/v2/lev_p_1", 200, {}, b'[{"site": "a", "level": 1}]')
    asked = {"source": world.ctx.declarations.of(SLUG).dataset.minsheng.origin}
    stopped = "a fault of the software, please report it: RuntimeError: boom"
    _, item = keep(world.ctx, SLUG, Fetched(asked, world.now, (full,), None, stopped=stopped))
    assert item is not None
    assert (item.outcome, item.reasons) == ("refused", (NotData(detail=stopped),))
    short = Page(full.address, 200, {}, b"[]")
    _, item = keep(world.ctx, SLUG, Fetched(asked, world.now, (full, short), None, stopped=stopped))
    assert item is None, "what came is whole all the same"


def test_a_fetch_without_an_answer_is_not_whole(tmp_path: Path):
    world = World(tmp_path)
    world.declare(declaration())
    _, item = keep(world.ctx, SLUG, Fetched({"protocol": "file"}, world.now, (), None))
    assert item is not None
    assert item.reasons == (NotData(detail="expected an answer, found none"),)


def test_records_that_are_no_text_are_refused_though_the_answer_is_whole(tmp_path: Path):
    world = World(tmp_path)
    world.declare(declaration(source={"protocol": "moenv", "dataset": "lev_p_1", "host": "waters.example"}))
    _, item = world.keep(b'[{"site": "\\ud800", "level": 1}]')
    assert item is not None
    assert "expected text, found half a surrogate pair" in str(item.reason)
    outcome = world.ctx.evidence(SLUG).outcome(1)
    assert outcome is not None
    assert outcome.incomplete is None


def test_a_kept_body_that_was_altered_is_not_judged(tmp_path: Path):
    world = World(tmp_path)
    world.declare(declaration())
    record = world.ctx.evidence(SLUG).record(fetched(world, b"site,level\na,1\n"))
    put_over(world.private, keys.blob(record.bodies[0]), b"other")
    with pytest.raises(IntegrityError, match="is not what its hash says"):
        answers.judge(world.ctx, dataset(), 1)
    assert world.ctx.evidence(SLUG).outcome(1) is None
