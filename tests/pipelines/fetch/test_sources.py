"""The kinds of sources, and the mark that keeps a home to one of them."""

from pathlib import Path

import pytest
from worlds import World, declaration

from catalog import keys
from catalog.errors import DecisionError, SourceError
from catalog.store import put_over
from pipelines.context import kind_of
from pipelines.fetch.copied import Copied
from pipelines.fetch.fetcher import Fetcher
from pipelines.fetch.live import Live
from pipelines.fetch.replay import Replay
from pipelines.fetch.sources import mark, open_sources


@pytest.fixture
def world(tmp_path: Path) -> World:
    found = World(tmp_path / "home")
    found.declare(declaration())
    return found


def test_each_mode_opens_its_kind(world: World, tmp_path: Path):
    (tmp_path / "recorded" / "replay").mkdir(parents=True)
    mark(world.public, world.private, "sandbox")
    live, simulated = Fetcher({}), Fetcher({}, sandbox="http://127.0.0.1:9")
    opened = [
        (open_sources("live", live), Live, "live"),
        (open_sources("sandbox", simulated), Live, "sandbox"),
        (open_sources(f"replay:{tmp_path}/recorded", live), Replay, "replay"),
        (open_sources(f"evidence:{world.private.url}", live), Copied, "sandbox"),
    ]
    assert all(isinstance(sources, expected) and sources.kind == kind for sources, expected, kind in opened)


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("recorded", "no source 'recorded'; known: live, sandbox, replay:DIR, evidence:URL"),
        ("replay:", "no source 'replay:'"),
        ("replay:/nowhere", "expected the folder /nowhere/replay with a list for each dataset, found none"),
        ("sandbox", "expected the sandbox's address in MINSHENG_SANDBOX, found none"),
    ],
)
def test_a_mode_that_leads_nowhere_is_told(mode: str, words: str):
    with pytest.raises(SourceError, match=words):
        open_sources(mode, Fetcher({}))


def test_a_mark_is_for_ever_and_refuses_another_kind(world: World):
    mark(world.public, world.private, "live")
    mark(world.public, world.private, "live")
    assert kind_of(world.private) == "live"
    for kind in ("sandbox", "replay"):
        with pytest.raises(
            DecisionError, match=f"holds live data, and this run would bring {kind} data: they never mix"
        ):
            mark(world.public, world.private, kind)
    assert kind_of(world.public) == "live"


@pytest.mark.parametrize("which", ["public", "private"])
def test_one_marked_store_is_enough_to_refuse(world: World, which: str):
    put_over(getattr(world, which), keys.SOURCE_KIND, b'{"kind":"sandbox"}')
    with pytest.raises(DecisionError, match="they never mix"):
        mark(world.public, world.private, "live")


def test_a_refused_mark_marks_nothing(world: World):
    put_over(world.private, keys.SOURCE_KIND, b'{"kind":"sandbox"}')
    with pytest.raises(DecisionError):
        mark(world.public, world.private, "live")
    assert kind_of(world.public) is None
