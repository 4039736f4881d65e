"""A protocol is found by the name of its file, and each one has what the server needs."""

import pytest
from simulated import DATASETS, NIGHT_1, table_of

from sandbox import SandboxError
from sandbox.faults.registry import FAULTS
from sandbox.messages import AgencyCall, ReceivedRequest, StrictModel
from sandbox.protocols import load_protocol, protocol_names
from sandbox.spec import SandboxDataset, load


def test_every_file_is_a_protocol() -> None:
    assert protocol_names() == ["file", "moa", "moenv", "rest"]


def test_an_unknown_name_lists_the_known_ones() -> None:
    for name in ("smoke", "__init__", "parts", ""):
        with pytest.raises(SandboxError, match=f"unknown protocol '{name}'; known: file, moa, moenv, rest"):
            load_protocol(name)


@pytest.mark.parametrize("name", protocol_names())
def test_the_own_faults_of_a_protocol_are_those_that_no_function_shows(name: str) -> None:
    protocol = load_protocol(name)
    assert issubclass(protocol.SETTINGS, StrictModel)
    own = [FAULTS[fault] for fault in protocol.PROTOCOL_FAULTS]
    assert [fault.name for fault in own if fault.change_rows or fault.change_answer] == []


@pytest.mark.parametrize("dataset", load(DATASETS).values(), ids=lambda dataset: dataset.file.protocol)
def test_the_same_call_gives_the_same_answer(dataset: SandboxDataset) -> None:
    request = ReceivedRequest("GET", dataset.file.host, dataset.file.paths[0], {}, {})
    call, table = AgencyCall(request, NIGHT_1), table_of(dataset, NIGHT_1)
    answers = []
    for _ in range(2):
        rows = dataset.protocol.select_rows(call, table, dataset.settings)
        answers.append(dataset.protocol.answer(call, rows, dataset.settings, {}))
    assert answers[0] == answers[1]
    assert answers[0].body
