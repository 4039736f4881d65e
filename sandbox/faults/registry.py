"""All faults by name, each with one line that says what a caller sees, and the reading of their parameters.

A fault acts in one of three places: on the rows before they are written, on the answer after that, or, where it needs
pages or keys, inside the protocol.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import Field, ValidationError

from sandbox.errors import SandboxError
from sandbox.faults import answers as answer_faults
from sandbox.faults import rows as row_faults
from sandbox.faults.params import Nothing, Params
from sandbox.messages import Answer, Ask, Table


class Page(Params):
    """Parameters: the page, counted from 0."""

    page: int = Field(default=1, ge=0)


class ShortPage(Page):
    """Parameters: the page, counted from 0, and how many of its rows are left out."""

    rows: int = Field(default=100, ge=1)


class MovedPage(Page):
    """Parameters: the first page that is met, counted from 0, and by how many rows the table grew above it."""

    rows: int = 1
    """Below 0: it shrank, and rows are skipped."""


class ShapeOf(Params):
    """Parameters: the name of a shape of the sandbox.yaml."""

    to: str


@dataclass(frozen=True)
class Fault:
    """A fault; without either function the protocol shows it itself."""

    name: str
    says: str
    params: type[Params]
    on_rows: Callable[[Table, Any], Table] | None = None
    on_answer: Callable[[Answer, Ask, Any], Answer] | None = None


@dataclass(frozen=True)
class ActiveFault:
    """A fault with its parameters."""

    name: str
    params: Params

    def document(self) -> dict[str, Any]:
        """Return it as the control address and the state file write it."""
        return {"fault": self.name, **self.params.model_dump(exclude_unset=True)}


def _first_line(function: Callable[..., object]) -> str:
    return (function.__doc__ or "").strip().partition("\n")[0]


_IN_PROTOCOL = (
    Fault("wrong_key", "The caller's key is refused as the protocol refuses one.", Nothing),
    Fault("repeated_page", "A page is the one before it again.", Page),
    Fault("short_page", "A page lacks rows that the total counts.", ShortPage),
    Fault("moved_page", "The table moved while it was paged: a page begins with rows of the page before.", MovedPage),
    Fault("shape", "Records are written in another shape of the sandbox.yaml.", ShapeOf),
)
FAULTS: dict[str, Fault] = {
    **{act.__name__: Fault(act.__name__, _first_line(act), params, on_rows=act) for act, params in row_faults.ALL},
    **{act.__name__: Fault(act.__name__, _first_line(act), params, on_answer=act) for act, params in answer_faults.ALL},
    **{fault.name: fault for fault in _IN_PROTOCOL},
}


def read_fault(said: Mapping[str, Any]) -> ActiveFault:
    """Read `{fault: name, ...params}`.

    Raises:
        SandboxError: the name or a parameter is unknown or wrong.
    """
    name = said.get("fault")
    if not isinstance(name, str) or name not in FAULTS:
        raise SandboxError(f"unknown fault {name!r}; known: {', '.join(sorted(FAULTS))}")
    try:
        params = FAULTS[name].params.model_validate({key: value for key, value in said.items() if key != "fault"})
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        known = ", ".join(FAULTS[name].params.model_fields)
        raise SandboxError(f"fault {name}: {wrong}; its parameters: {known}") from error
    return ActiveFault(name, params)
