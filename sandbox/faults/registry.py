"""All faults by name, with their descriptions, and the reading of their parameters.

A fault acts in one of three places: on the rows before the protocol writes them, on the answer after that, or inside
the protocol if it needs pages or keys.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import Field, ValidationError

from sandbox.errors import SandboxError
from sandbox.faults.answers import ANSWER_FAULTS
from sandbox.faults.params import FaultParams, NoParams
from sandbox.faults.rows import ROW_FAULTS
from sandbox.messages import AgencyTable, Answer, Exchange, problems


class PageParams(FaultParams):
    """Parameters: the number of the page, counted from 0."""

    page: int = Field(default=1, ge=0)


class ShortPageParams(PageParams):
    """Parameters: the number of the page, counted from 0, and how many of its rows are missing."""

    rows: int = Field(default=100, ge=1)


class MovedPageParams(PageParams):
    """Parameters: the first page that meets the fault, counted from 0, and how many rows the table grew before it."""

    rows: int = 1
    """Below 0 the table shrank, and rows are skipped."""


class ShapeParams(FaultParams):
    """Parameters: the name of a shape in the sandbox.yaml."""

    to: str


@dataclass(frozen=True)
class FaultType:
    """A kind of fault. A fault without a function is shown by the protocol itself."""

    name: str
    description: str
    """One line: what a caller sees."""
    params: type[FaultParams]
    change_rows: Callable[[AgencyTable, Any], AgencyTable] | None = None
    change_answer: Callable[[Exchange, Any], Answer] | None = None


@dataclass(frozen=True)
class ActiveFault:
    """A fault that was set, with its parameters."""

    name: str
    params: FaultParams

    def as_json(self) -> dict[str, Any]:
        """Return the fault as it stands in the state file and at the control address."""
        return {"fault": self.name, **self.params.model_dump(exclude_unset=True)}


def _first_line(function: Callable[..., object]) -> str:
    return (function.__doc__ or "").strip().partition("\n")[0]


_PROTOCOL_FAULTS = (
    FaultType("wrong_key", "The agency refuses the caller's key, in the way of its protocol.", NoParams),
    FaultType("repeated_page", "A page repeats the page before it.", PageParams),
    FaultType("short_page", "Some rows of a page are missing, but the total counts them.", ShortPageParams),
    FaultType(
        "moved_page",
        "The table changed during paging: a page begins with rows of the page before it.",
        MovedPageParams,
    ),
    FaultType("shape", "The records have another shape of the sandbox.yaml.", ShapeParams),
)
FAULTS: dict[str, FaultType] = {
    fault_type.name: fault_type
    for fault_type in (
        *(FaultType(change.__name__, _first_line(change), params, change_rows=change) for change, params in ROW_FAULTS),
        *(
            FaultType(change.__name__, _first_line(change), params, change_answer=change)
            for change, params in ANSWER_FAULTS
        ),
        *_PROTOCOL_FAULTS,
    )
}


def read_fault(document: Mapping[str, Any]) -> ActiveFault:
    """Read `{fault: name, ...parameters}`.

    Raises:
        SandboxError: the name is unknown, or a parameter is unknown or wrong.
    """
    name = document.get("fault")
    if not isinstance(name, str) or name not in FAULTS:
        raise SandboxError(f"unknown fault {name!r}; known: {', '.join(sorted(FAULTS))}")
    try:
        params = FAULTS[name].params.model_validate({key: value for key, value in document.items() if key != "fault"})
    except ValidationError as error:
        known_params = ", ".join(FAULTS[name].params.model_fields)
        raise SandboxError(f"fault {name}: {problems(error)}; its parameters: {known_params}") from error
    return ActiveFault(name, params)
