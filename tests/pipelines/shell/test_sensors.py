"""What the sensor sees: candidates that wait."""

from pathlib import Path

import dagster as dg
import pytest
from nights import waits
from worlds import SLUG, World, column, declaration

from pipelines.settings import Settings, read
from pipelines.shell.forms import review_key
from pipelines.shell.sensors import candidates, waiting_candidates


def settings_of(home: Path, **more: str) -> Settings:
    stores = {"STORE": f"file:{home / 'public'}", "EVIDENCE": f"file:{home / 'private'}"} | more
    named = {"HOME": str(home), "DATASETS": str(home / "datasets")} | stores
    return read({f"MINSHENG_{name}": value for name, value in named.items()})


@pytest.fixture
def held(tmp_path: Path) -> World:
    """A world in which a candidate waits."""
    level = column("level", "number", constraints={"maximum": 5}, severity={"range": "hold"})
    world = World(tmp_path)
    world.declare(declaration(fields=[column("site"), level], guards={"quarantined": 1}))
    world.tell("site,level\na,9\n")
    return world


def test_what_waits_is_told_in_both_languages(held: World):
    waiting = waiting_candidates(settings_of(held.root))
    assert waiting is not None
    ((name, why),) = waiting.items()
    assert name == review_key(SLUG, waits(held) or "")
    english, chinese = why.split(" / ")
    assert english.startswith("level.range: 1 of 1 rows fail")
    assert chinese.startswith("level.range：")


def test_partitions_are_made_equal_to_what_waits(held: World):
    name = review_key(SLUG, waits(held) or "")
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions("review", ["gone|0123456789abcdef"])
        tick = candidates(settings_of(held.root)).evaluate_tick(dg.build_sensor_context(instance))
    added, deleted = tick.dynamic_partitions_requests or ()
    assert (list(added.partition_keys), list(deleted.partition_keys)) == ([SLUG, name], ["gone|0123456789abcdef"])


def test_looking_does_not_start_the_embedded_store(tmp_path: Path):
    (tmp_path / "datasets").mkdir()
    home = settings_of(tmp_path, STORE="embedded", EVIDENCE="embedded")
    assert waiting_candidates(home) is None
    assert [path.name for path in tmp_path.iterdir()] == ["datasets"]
