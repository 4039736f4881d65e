"""All faults by name, and the reading of their parameters."""

from typing import Any

import pytest

from sandbox import SandboxError
from sandbox.faults.registry import FAULTS, read_fault
from sandbox.protocols import load_protocol, protocol_names


def test_the_names_of_all_faults() -> None:
    # these words stand in timelines, in state files and in the documentation
    assert " ".join(sorted(FAULTS)) == (
        "bad_publication bad_value cut down duplicate_rows echo_key empty error_500 html impossible_date many_columns "
        "moved_page oversize redirect renamed_column repeated_page same_key_two_contents shape short_page slow timeout "
        "too_many truncated unavailable unknown_column vanished_column wrong_encoding wrong_key"
    )


def test_every_fault_has_a_description_of_one_line() -> None:
    for fault_type in FAULTS.values():
        assert fault_type.description.endswith("."), fault_type.name
        assert "\n" not in fault_type.description


def test_every_fault_acts_in_exactly_one_place() -> None:
    shown_by_protocols = {name for protocol in protocol_names() for name in load_protocol(protocol).PROTOCOL_FAULTS}
    for fault_type in FAULTS.values():
        places = (fault_type.change_rows, fault_type.change_answer, fault_type.name in shown_by_protocols)
        assert len([place for place in places if place]) == 1, fault_type.name


@pytest.mark.parametrize(
    "document",
    [{"fault": "down"}, {"fault": "slow", "seconds": 0.5, "times": 3}, {"fault": "moved_page", "rows": -1, "page": 0}],
)
def test_a_fault_is_written_as_it_was_read(document: dict[str, Any]) -> None:
    assert read_fault(document).as_json() == document


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"fault": "flood"}, "unknown fault 'flood'; known: bad_publication, bad_value"),
        ({}, "unknown fault None; known: "),
        ({"fault": 5}, "unknown fault 5; known: "),
        ({"fault": "slow", "secs": 1}, "fault slow: secs: .*; its parameters: skip, times, seconds, pieces"),
        ({"fault": "shape"}, "fault shape: to: is required and missing"),
        ({"fault": "short_page", "rows": 0}, "fault short_page: rows: expected 1 or more, found 0"),
        ({"fault": "repeated_page", "page": -1}, "fault repeated_page: page: expected 0 or more, found -1"),
    ],
)
def test_a_wrong_fault_lists_what_is_known(document: dict[str, Any], message: str) -> None:
    with pytest.raises(SandboxError, match=message):
        read_fault(document)
