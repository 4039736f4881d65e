"""What a request must have, and which rows it asks for."""

import pytest
from simulated import NIGHT_1

from sandbox.faults.params import NoParams
from sandbox.messages import AgencyCall, AgencyTable, ReceivedRequest
from sandbox.protocols.parts.asking import AskingSettings, FilterSpec, asked_rows, nothing, parameters, refusal

TABLE = AgencyTable(
    ["day", "kind"], [{"day": "2026-07-01", "kind": "x"}, {"day": "2026-06-30", "kind": "y"}, {"day": "?"}], NIGHT_1
)


def call(
    query: dict[str, str] | None = None, headers: dict[str, str] | None = None, body: bytes = b"", **places: str
) -> AgencyCall:
    return AgencyCall(ReceivedRequest("POST", "a.example", "/x", query or {}, headers or {}, body), NIGHT_1, 1, places)


@pytest.mark.parametrize(
    ("settings", "asked", "accepted"),
    [
        ({}, call(), True),
        ({"key": "k"}, call(), False),
        ({"key": "k"}, call({"api_key": "k"}), True),
        ({"key": "k", "key_name": "Authorization", "key_in": "header"}, call({"Authorization": "k"}), False),
        (
            {"key": "k", "key_name": "Authorization", "key_in": "header", "key_prefix": "Bearer "},
            call(headers={"authorization": "Bearer k"}),
            True,
        ),
    ],
)
def test_a_key_is_where_it_is_declared(settings: dict[str, str], asked: AgencyCall, accepted: bool) -> None:
    spec = AskingSettings.model_validate(settings)
    answer = refusal(asked, spec, {})
    assert (answer is None) == accepted
    assert answer is None or answer.status == 401
    assert refusal(asked, spec, {"wrong_key": NoParams()}) is not None


def test_parameters_stand_in_query_body_and_path() -> None:
    form = call({"a": "1"}, body=b"b=2&c=%2F", month="11507")
    assert parameters(form) == {"a": "1", "b": "2", "c": "/", "month": "11507"}
    json = call(headers={"content-type": "application/json"}, body=b'{"b": 2}')
    assert parameters(json) == {"b": "2"}
    assert parameters(call(headers={"content-type": "application/json"}, body=b"[")) == {}


@pytest.mark.parametrize(
    ("spec", "text", "days"),
    [
        (FilterSpec(column="kind"), "y", ["2026-06-30"]),
        (FilterSpec(column="day", times=["%Y-%m-%d", "%Y%m"], calendar="roc"), "11507", ["2026-07-01"]),
        (FilterSpec(column="day", times=["%Y-%m-%d", "%Y.%m.%d"]), "2026.06.30", ["2026-06-30"]),
        (FilterSpec(column="day", times=["%Y-%m-%d", "%Y"]), "1999", []),
        (FilterSpec(column="kind"), "", ["2026-07-01", "2026-06-30", "?"]),
    ],
)
def test_a_filter_leaves_the_rows_that_have_its_text(spec: FilterSpec, text: str, days: list[str]) -> None:
    settings = AskingSettings(filters={"p": spec}, absent="missing")
    table = asked_rows(call({"p": text}), TABLE, settings)
    assert [row["day"] for row in table.rows] == days
    answer = nothing(settings, table)
    assert (answer.status if answer else 200) == (200 if days else 404)
    assert nothing(AskingSettings(), table) is None
