"""What changed is told in sentences, beside what a run would make of it; a fault there stops no run."""

import pytest
from drifting import declare, table
from nights import Make
from worlds import SLUG

from pipelines.drift import told as module
from pipelines.drift.drift import drift
from pipelines.drift.told import drift_text, told


def test_what_changed_is_told_with_the_patch(make: Make) -> None:
    world = make()
    declare(world)
    assert (
        drift_text(world.ctx, SLUG) == "what changed cannot be told: rivers has no answer that is kept; run it "
        "first, or look at a file, with --file"
    )
    world.tell(table())
    assert drift_text(world.ctx, SLUG) is None
    assert told(drift(world.ctx, SLUG)) == ["rivers: fetch 1 is as the declaration says: nothing changed"]
    world.tell(table(head="StationId,站名,水位"))
    text = str(drift_text(world.ctx, SLUG))
    first, second, *patch = text.splitlines()
    assert first == (
        "rivers: the column '站號' (field site) is called 'StationId' now: 100% of its values are alike, 0% of its name"
    )
    assert second.startswith("rivers: with this patch a run would release nothing new")
    assert patch[:2] == ["--- a/datasets/rivers/dataset.yaml", "+++ b/datasets/rivers/dataset.yaml"]
    assert "+      heard_as: [站號, StationId]" in patch


def test_a_fault_of_the_software_there_is_told_and_stops_nothing(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(module, "drift", broken)
    assert "by a fault of the software: ZeroDivisionError" in str(drift_text(make().ctx, SLUG))
