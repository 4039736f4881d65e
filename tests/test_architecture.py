"""docs/architecture.md is true: its names exist, and a run calls them in the order of the page, room by room."""

import importlib
import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FrameType

import pytest
from nights import LOOSE
from worlds import SLUG, World, declaration

from pipelines.fetch.fetcher import Fetcher
from pipelines.fetch.sources import open_sources
from pipelines.run import run

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "architecture.md").read_text(encoding="utf-8")
NAME = r"`((?:pipelines|quality|catalog)\.[a-z_0-9]+\.[A-Za-z_.0-9]+)`"
NAMES = list(dict.fromkeys(re.findall(NAME, PAGE)))
WALK = [name for line in PAGE.splitlines() if line.startswith("| ") for name in re.findall(NAME, line)[:1]]
ROOMS = [room for line in PAGE.splitlines() for room in re.findall(r"^\| \*\*([a-z]+)\*\*", line)]


def function(name: str) -> Callable[..., object]:
    """The function, or method, of a dotted name."""
    parts = name.split(".")
    for length in range(len(parts) - 1, 0, -1):
        try:
            found: object = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for attribute in parts[length:]:
            found = getattr(found, attribute)
        assert callable(found)
        return found
    pytest.fail(f"no module of {name}")


def code(name: str) -> CodeType:
    found: CodeType = function(name).__code__  # type: ignore[attr-defined]
    return found


@pytest.mark.parametrize("name", NAMES)
def test_each_name_is_a_function(name: str) -> None:
    assert function(name)


def test_a_run_opens_each_room_in_the_order_of_the_page(tmp_path: Path) -> None:
    world = World(tmp_path)
    source = {"protocol": "inline", "table": "table.csv"}
    world.declare(declaration(load="replace", source=source, guards=LOOSE), table="site,level\na,1\nb,x\n")
    wanted = {code(name): name for name in WALK}
    called: dict[str, None] = {}

    def watch(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code in wanted:
            called.setdefault(wanted[frame.f_code])

    sys.setprofile(watch)
    try:
        # As the command line does; `run` is a generator, and begins when its first result is asked for.
        results = run(world.ctx, open_sources("live", Fetcher({})), [SLUG])
        assert [result.outcome for result in results] == ["released"]
    finally:
        sys.setprofile(None)
    assert list(called) == WALK, "\n".join(called)


def test_each_room_is_named_once() -> None:
    assert len(ROOMS) == len(set(ROOMS))
    assert len(WALK) == len(set(WALK)) > 25
