"""What passes between the parts: a table, what was asked, what is answered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from pydantic import BaseModel, ConfigDict


class Strict(BaseModel):
    """A model in which an unknown key or a wrong type is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Table(NamedTuple):
    """What an agency holds at one moment, as texts."""

    columns: list[str]
    rows: list[dict[str, str]]
    as_of: datetime


class Request(NamedTuple):
    """A request that an agency received, as the log keeps it."""

    method: str
    host: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]


@dataclass(frozen=True)
class Ask:
    """What a protocol hears: the request, the simulated time, and how many calls came this simulated day."""

    request: Request
    now: datetime
    calls_today: int = 1

    @property
    def query(self) -> dict[str, str]:
        """The query; the last of several values counts."""
        return self.request.query

    @property
    def headers(self) -> dict[str, str]:
        """The headers, names in lower case."""
        return self.request.headers


@dataclass(frozen=True)
class Answer:
    """What is said, and how it is delivered where a fault has its way."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    claimed_bytes: int | None = None
    """Content-Length where it differs from what is sent."""
    wait_seconds: float = 0.0
    """Silence before the first byte."""
    silent: bool = False
    """The connection is closed without an answer."""
    pieces: int = 1
    pause_seconds: float = 0.0
    """The body goes out in so many pieces with a pause before each."""
    stream_bytes: int | None = None
    """So many blanks are streamed instead of the body, with no length announced."""


class Speaker(Protocol):
    """What a file in `sandbox/speaks/` holds."""

    Settings: type[Strict]
    """What `speaks:` of a sandbox.yaml may say."""
    QUIRKS: frozenset[str]
    """Faults that only this protocol can show, because they need its pages or keys."""

    def asked(self, ask: Ask, table: Table, settings: Any) -> Table:
        """Return the rows that a request speaks of; faults in what is said come after this."""
        ...

    def answer(self, ask: Ask, table: Table, settings: Any, quirks: Mapping[str, Any]) -> Answer:
        """Answer from the table; quirks are the parameters of those of QUIRKS that are on."""
        ...
