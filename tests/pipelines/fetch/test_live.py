"""Agencies that are asked: once, or window by window; and with what was answered before."""

from pathlib import Path

import pytest
from worlds import SLUG, World, declaration

from catalog import keys
from catalog.declaration.dataset import load_dataset
from catalog.errors import SourceError
from pipelines.fetch.fetcher import Fetcher
from pipelines.fetch.live import Live, previous_answer, sandbox_clock
from pipelines.fetch.transport import FetchLimits
from pipelines.records import Fetched, Page
from pipelines.refresh.settle import record as keep


@pytest.fixture
def world(tmp_path: Path) -> World:
    found = World(tmp_path / "home")
    found.declare(declaration())
    return found


def test_a_sandbox_that_is_not_there_is_told_with_the_command():
    with pytest.raises(
        SourceError, match=r"expected the sandbox at http://127\.0\.0\.1:9, found none .*; `make demo` starts one"
    ):
        sandbox_clock("http://127.0.0.1:9")


def test_a_live_source_asks_once(world: World):
    (found,) = Live(Fetcher({}, FetchLimits(attempts=1), "http://127.0.0.1:9")).fetches(
        world.ctx, load_dataset(world.datasets, SLUG)
    )
    assert not found.answered
    assert "waters.example could not be reached" in str(found.why)


def answered(world: World, body: bytes, why: str | None = None) -> None:
    source = load_dataset(world.datasets, SLUG).minsheng.origin
    page = Page("https://waters.example/rivers.csv", 200, {"etag": "1"}, body)
    keep(world.ctx, SLUG, Fetched({"source": source}, world.now, (page,), why))


def test_the_answer_before_makes_a_request_conditional(world: World):
    said = load_dataset(world.datasets, SLUG)
    assert previous_answer(world.ctx, said) is None
    answered(world, b"site,level\na,1\n")
    previous = previous_answer(world.ctx, said)
    assert previous is not None
    assert (previous.headers, previous.body) == ({"etag": "1"}, b"site,level\na,1\n")


@pytest.mark.parametrize(("body", "why"), [(b"", None), (b"<html>maintenance", None), (b"site,le", "rivers: cut")])
def test_an_answer_that_was_not_whole_does_not(world: World, body: bytes, why: str | None):
    answered(world, body, why)
    assert previous_answer(world.ctx, load_dataset(world.datasets, SLUG)) is None


def test_nor_does_the_answer_of_another_source_or_one_that_is_gone(world: World):
    answered(world, b"site,level\na,1\n")
    other = {"protocol": "file", "address": "https://waters.example/other.csv", "format": "csv"}
    world.declare(declaration(source=other))
    assert previous_answer(world.ctx, load_dataset(world.datasets, SLUG)) is None
    world.declare(declaration())
    (digest,) = world.ctx.evidence(SLUG).read(1).bodies
    world.private.delete(keys.blob(digest))
    assert previous_answer(world.ctx, load_dataset(world.datasets, SLUG)) is None
