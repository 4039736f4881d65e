"""The state: the clock, the faults that were set, the request counts, and the file that keeps them."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from simulated import AIR, CDC, DATASETS, NIGHT_1, NIGHT_2

from sandbox import SandboxError
from sandbox.spec import load
from sandbox.state import SandboxState

LOADED = load(DATASETS)


@pytest.fixture
def state() -> SandboxState:
    return SandboxState(LOADED, NIGHT_1, None)


def active_names(state: SandboxState, slug: str) -> list[str]:
    return [fault.name for fault in state.count_fault_request(slug)]


def test_the_clock_stands_still_and_is_at_taipei(state: SandboxState) -> None:
    assert state.now == NIGHT_1
    state.now = datetime(2026, 11, 21, 16, tzinfo=UTC)
    assert state.now.isoformat() == "2026-11-22T00:00:00+08:00"


def test_a_fault_meets_the_requests_between_skip_and_times(state: SandboxState) -> None:
    state.set_faults({CDC: [{"fault": "html", "skip": 1, "times": 2}, {"fault": "slow"}]})
    assert [active_names(state, CDC) for _ in range(4)] == [["slow"], ["html", "slow"], ["html", "slow"], ["slow"]]
    assert active_names(state, AIR) == []
    # a fault that is set again counts from 0 again
    state.set_faults({CDC: [{"fault": "html", "times": 1}]})
    assert [active_names(state, CDC) for _ in range(2)] == [["html"], []]


def test_if_one_fault_is_wrong_nothing_changes(state: SandboxState) -> None:
    state.set_faults({CDC: [{"fault": "html"}]})
    with pytest.raises(SandboxError, match="unknown fault 'flood'"):
        state.set_faults({CDC: [{"fault": "down"}], AIR: [{"fault": "down"}, {"fault": "flood"}]})
    with pytest.raises(SandboxError, match=f"unknown dataset 'other'; known: air-quality-daily, .*{AIR}, .*{CDC}"):
        state.set_faults({CDC: [], "other": []})
    assert state.fault_documents() == {CDC: [{"fault": "html"}]}


def test_faults_are_cleared_for_one_dataset_or_for_all(state: SandboxState) -> None:
    state.set_faults({CDC: [{"fault": "html"}], AIR: [{"fault": "down"}]})
    state.set_faults({CDC: []})
    assert state.fault_documents() == {AIR: [{"fault": "down"}]}
    state.clear_faults()
    assert state.fault_documents() == {}
    assert active_names(state, AIR) == []


def test_a_planned_fault_is_active_in_its_period_only_and_is_not_cleared(state: SandboxState) -> None:
    (planned,) = LOADED[AIR].timeline
    state.now = planned.start - timedelta(seconds=1)
    assert active_names(state, AIR) == []
    state.now = planned.start
    state.clear_faults()
    assert active_names(state, AIR) == ["down"]
    assert state.fault_documents() == {}
    state.now = planned.end
    assert active_names(state, AIR) == []


def test_calls_are_counted_by_dataset_and_simulated_day(state: SandboxState) -> None:
    assert [state.count_call(AIR), state.count_call(AIR), state.count_call(CDC)] == [1, 2, 1]
    state.now = NIGHT_2
    assert state.count_call(AIR) == 1


def test_the_file_keeps_clock_and_faults(tmp_path: Path) -> None:
    file = tmp_path / "new folder" / "state.json"
    before = SandboxState(LOADED, NIGHT_1, file)
    before.now = NIGHT_2
    before.set_faults({CDC: [{"fault": "too_many", "seconds": 7}]})
    after = SandboxState(LOADED, NIGHT_1, file)
    assert (after.now, after.fault_documents()) == (NIGHT_2, before.fault_documents())
    assert json.loads(file.read_text()) == {
        "synthetic": True,
        "now": "2026-11-22T01:30:00+08:00",
        "faults": {CDC: [{"fault": "too_many", "seconds": 7}]},
    }
    assert list(file.parent.iterdir()) == [file], "no half-written file is left"


def test_the_faults_of_a_dataset_that_no_longer_exists_are_forgotten(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    SandboxState(LOADED, NIGHT_1, file).set_faults({CDC: [{"fault": "html"}], AIR: [{"fault": "down"}]})
    only_air = {AIR: LOADED[AIR]}
    assert SandboxState(only_air, NIGHT_1, file).fault_documents() == {AIR: [{"fault": "down"}]}


@pytest.mark.parametrize("text", ["[]", "{", "{}", '{"now": 5, "faults": {}}', '{"now": "2026-11-21", "faults": []}'])
def test_a_file_that_is_no_state_is_refused_and_stays(tmp_path: Path, text: str) -> None:
    file = tmp_path / "state.json"
    file.write_text(text)
    with pytest.raises(SandboxError):
        SandboxState(LOADED, NIGHT_1, file)
    assert file.read_text() == text


def test_the_message_names_the_file_and_the_way_out(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    file.write_text("[]")
    with pytest.raises(SandboxError, match=r"state.json: expected the state of a sandbox, .*remove the file"):
        SandboxState(LOADED, NIGHT_1, file)
