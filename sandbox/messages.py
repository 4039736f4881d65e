"""What the parts of the sandbox pass to one another: the agency's table, the request, the answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails


class StrictModel(BaseModel):
    """A model that refuses an unknown key and a wrong type."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


_EXPECTED = {
    "missing": "is required and missing",
    "extra_forbidden": "is not known here",
    "string_type": "expected a text",
    "bool_type": "expected true or false",
    "int_type": "expected a whole number",
    "int_from_float": "expected a whole number",
    "float_type": "expected a number",
    "list_type": "expected a list",
    "tuple_type": "expected a list",
    "dict_type": "expected keys and values",
    "model_type": "expected keys and values",
    "model_attributes_type": "expected keys and values",
    "literal_error": "expected {expected}",
    "string_pattern_mismatch": "expected a text that matches the pattern {pattern}",
    "string_too_short": "expected a text of at least {min_length} signs",
    "too_short": "expected at least {min_length} in the list",
    "greater_than": "expected more than {gt}",
    "greater_than_equal": "expected {ge} or more",
    "less_than": "expected less than {lt}",
    "less_than_equal": "expected {le} or less",
}
"""By pydantic's name of a fault: what was expected, in a sentence for people."""
_NO_FOUND = ("missing", "extra_forbidden")
_MOST_SHOWN = 80


def _sentence(fault: ErrorDetails) -> str:
    said = _EXPECTED.get(fault["type"])
    if said is None:
        return fault["msg"].removeprefix("Value error, ")
    found = repr(fault["input"])
    shown = found if len(found) <= _MOST_SHOWN else f"{found[:_MOST_SHOWN]}…"
    return said.format(**fault.get("ctx", {})) + ("" if fault["type"] in _NO_FOUND else f", found {shown}")


def problems(error: ValidationError, *prefix: str) -> str:
    """Return what is wrong in one sentence. pydantic's own text has several lines and links to its site.

    Args:
        error: what pydantic found.
        prefix: where the checked part stands in its file.
    """
    faults = [(".".join([*prefix, *map(str, fault["loc"])]), _sentence(fault)) for fault in error.errors()]
    return "; ".join(f"{place}: {said}" for place, said in faults)


class AgencyTable(NamedTuple):
    """The rows that an agency has at one moment. All cells are texts."""

    columns: list[str]
    rows: list[dict[str, str]]
    as_of: datetime
    """When the agency last published the table."""


class ReceivedRequest(NamedTuple):
    """An HTTP request that the sandbox received for an agency."""

    method: str
    host: str
    """The host of the agency."""
    path: str
    query: dict[str, str]
    """If the URL repeats a parameter, the last value counts."""
    headers: dict[str, str]
    """Names are in lower case."""
    body: bytes = b""


@dataclass(frozen=True)
class AgencyCall:
    """One request as a protocol sees it: the request, the simulated time and the calls of the simulated day."""

    request: ReceivedRequest
    now: datetime
    calls_today: int = 1
    """Calls of this dataset on this simulated day. This call counts too."""
    places: Mapping[str, str] = field(default_factory=dict)
    """What stands in the path at the places of the declared one, as `/{month}`."""

    @property
    def query(self) -> dict[str, str]:
        """The query parameters."""
        return self.request.query

    @property
    def headers(self) -> dict[str, str]:
        """The request headers. Names are in lower case."""
        return self.request.headers


@dataclass(frozen=True)
class Answer:
    """An HTTP response, and how to send it if a fault disturbs the sending."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    claimed_bytes: int | None = None
    """A false Content-Length, in bytes. None gives the true one."""
    wait_seconds: float = 0.0
    """Silence before the first byte."""
    silent: bool = False
    """Close the connection without an answer."""
    pieces: int = 1
    """Number of pieces that the body is sent in."""
    pause_seconds: float = 0.0
    """Pause before each piece."""
    stream_bytes: int | None = None
    """Stream this number of blanks instead of the body, without Content-Length."""


class Exchange(NamedTuple):
    """A call and the answer that the protocol gave. A fault changes the answer."""

    call: AgencyCall
    answer: Answer


class SandboxProtocol(Protocol):
    """What each file in `sandbox/protocols/` defines."""

    SETTINGS: type[StrictModel]
    """The model of the `speaks` block of a sandbox.yaml."""
    PROTOCOL_FAULTS: frozenset[str]
    """Names of the faults that only the protocol can show, because they need its pages or keys."""

    def select_rows(self, call: AgencyCall, table: AgencyTable, settings: Any) -> AgencyTable:
        """Return the rows that the request asks for. Faults in the rows are applied after this.

        Args:
            call: the request.
            table: all rows that the agency has.
            settings: an instance of SETTINGS.
        """
        ...

    def answer(self, call: AgencyCall, table: AgencyTable, settings: Any, protocol_faults: Mapping[str, Any]) -> Answer:
        """Write the answer from the selected rows.

        Args:
            call: the request.
            table: the rows that `select_rows` returned, with the faults in the rows.
            settings: an instance of SETTINGS.
            protocol_faults: fault name -> parameters, for the active faults that are in PROTOCOL_FAULTS.
        """
        ...
