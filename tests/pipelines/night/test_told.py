"""What was told is kept; a broken note counts as nothing told."""

import pytest
from worlds import World

from catalog import keys
from pipelines.night import told
from pipelines.night.told import ToldBefore


def test_it_comes_back(world: World) -> None:
    assert told.read(world.private) == ToldBefore()
    kept = ToldBefore("2026-07-01T09:00:00+08:00", {"rivers": 2}, {"rivers": "fresh"}, {"0a": {"rivers": "held"}})
    told.write(world.private, kept)
    assert told.read(world.private) == kept
    told.write(world.private, ToldBefore())
    assert told.read(world.private) == ToldBefore()


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"releases": {"rivers": "2"}}', b'{"told": {"a": {"b": "odd"}}}'])
def test_a_broken_note_counts_as_nothing_told(world: World, body: bytes) -> None:
    world.private.put_new(keys.NIGHT_TOLD, body)
    assert told.read(world.private) == ToldBefore()
    told.write(world.private, ToldBefore(at="now"))
    assert told.read(world.private).at == "now"
