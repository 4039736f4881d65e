"""The parameters of all faults: which requests meet the fault."""

import pytest
from pydantic import ValidationError

from sandbox.faults.params import FaultParams, NoParams
from sandbox.faults.registry import FAULTS


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, [True, True, True, True]),
        ({"times": 2}, [True, True, False, False]),
        ({"skip": 3}, [False, False, False, True]),
        ({"skip": 1, "times": 2}, [False, True, True, False]),
        ({"times": 0}, [False, False, False, False]),
    ],
)
def test_a_fault_applies_to_the_requests_between_skip_and_times(params: dict[str, int], expected: list[bool]) -> None:
    fault_params = FaultParams.model_validate(params)
    assert [fault_params.applies_to(number) for number in range(4)] == expected


@pytest.mark.parametrize("params", [{"skip": -1}, {"times": -1}, {"times": "2"}, {"seconds": 1}])
def test_a_wrong_parameter_is_refused(params: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        NoParams.model_validate(params)


def test_every_fault_has_skip_and_times() -> None:
    assert all({"skip", "times"} <= fault_type.params.model_fields.keys() for fault_type in FAULTS.values())
