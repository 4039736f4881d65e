"""What a request must have, and which rows it asks for: keys, methods, and parameters in the query, path or body."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal
from urllib.parse import parse_qsl

from pydantic import Field

from sandbox.clock import written
from sandbox.messages import AgencyCall, AgencyTable, Answer, StrictModel

ASKING_FAULTS = frozenset({"wrong_key"})


class FilterSpec(StrictModel):
    """The rows that a parameter asks for: those with its text in a column."""

    column: str
    times: list[str] = Field(default_factory=list, min_length=0, max_length=2)
    """The strftime pattern of the rows, and that of the parameter. Without them both have the same text."""
    calendar: Literal["gregorian", "roc"] = "gregorian"
    """Whether %Y in the parameter is a year of the Republic."""

    def in_request(self, text: str) -> str:
        """Return the text of a row as the parameter has it."""
        if len(self.times) < 2:
            return text
        try:
            at = datetime.strptime(text, self.times[0])  # noqa: DTZ007 - the agency writes no zone
        except ValueError:
            return text  # a fault put it there
        return written(at, self.times[1].replace("%Y", "{roc}") if self.calendar == "roc" else self.times[1])


class AskingSettings(StrictModel):
    """The part of a `speaks` block that says what a request must have."""

    method: Literal["GET", "POST"] = "GET"
    key: str | None = None
    """The key that is accepted. None: no key is needed."""
    key_name: str = "api_key"
    """The query parameter or header that has it."""
    key_in: Literal["query", "header"] = "query"
    key_prefix: str = ""
    """What is before the key in its header, as `Bearer `."""
    key_status: int = 401
    """The status of the answer to a wrong key."""
    filters: dict[str, FilterSpec] = Field(default_factory=dict)
    """Parameter in the query, body, or path (`{name}`) -> the rows that it asks for. An absent one asks for all."""
    absent: Literal["empty", "missing"] = "empty"
    """The answer if the filters leave no row: a table without rows, or status 404."""


def parameters(call: AgencyCall) -> dict[str, str]:
    """Return all parameters of a request: of its query, its path and its body, as texts."""
    body = call.request.body
    if call.headers.get("content-type", "").startswith("application/json"):
        try:
            document = json.loads(body)
        except ValueError:
            document = {}
        posted = {name: str(value) for name, value in document.items()} if isinstance(document, dict) else {}
    else:
        posted = dict(parse_qsl(body.decode("utf-8", "replace")))
    return {**call.query, **posted, **call.places}


def refusal(call: AgencyCall, settings: AskingSettings, protocol_faults: Mapping[str, Any]) -> Answer | None:
    """Return the answer to a wrong key, or None."""
    if settings.key is None and "wrong_key" not in protocol_faults:
        return None
    where = call.query if settings.key_in == "query" else call.headers
    name = settings.key_name if settings.key_in == "query" else settings.key_name.lower()
    if "wrong_key" not in protocol_faults and where.get(name) == settings.key_prefix + str(settings.key):
        return None
    body = json.dumps({"message": f"{settings.key_name} is missing or not valid"}).encode()
    return Answer(settings.key_status, {"Content-Type": "application/json"}, body)


def asked_rows(call: AgencyCall, table: AgencyTable, settings: AskingSettings) -> AgencyTable:
    """Return the rows that the parameters of a request ask for."""
    given = parameters(call)
    wanted = [(spec, given[name]) for name, spec in settings.filters.items() if given.get(name)]
    rows = [
        row for row in table.rows if all(spec.in_request(row.get(spec.column, "")) == text for spec, text in wanted)
    ]
    return table._replace(rows=rows) if wanted else table


def nothing(settings: AskingSettings, table: AgencyTable) -> Answer | None:
    """Return the answer where no row is asked for and that is status 404, or None."""
    if table.rows or settings.absent == "empty":
        return None
    return Answer(404, {"Content-Type": "text/plain; charset=utf-8"}, b"not found")
