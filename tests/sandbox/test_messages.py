"""What the parts pass to one another: strict models, calls, answers."""

import pytest
from pydantic import ValidationError
from simulated import NIGHT_1

from sandbox.messages import AgencyCall, Answer, ReceivedRequest, StrictModel, problems


class Limit(StrictModel):
    """An example."""

    rows: int


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"rows": 1, "row": 2}, "Extra inputs are not permitted"),
        ({"rows": "1"}, "Input should be a valid integer"),
        ({}, "Field required"),
    ],
)
def test_a_strict_model_refuses_unknown_keys_and_wrong_types(document: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Limit.model_validate(document)


def test_a_strict_model_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Limit(rows=1).rows = 2


def test_a_call_gives_the_query_and_the_headers_of_its_request() -> None:
    request = ReceivedRequest("GET", "host.example", "/path", {"limit": "3"}, {"if-none-match": "*"})
    call = AgencyCall(request, NIGHT_1)
    assert (call.query, call.headers, call.calls_today) == ({"limit": "3"}, {"if-none-match": "*"}, 1)


def test_an_answer_is_sent_at_once_and_whole_unless_it_says_otherwise() -> None:
    first, second = Answer(), Answer()
    assert (first.status, first.wait_seconds, first.pieces, first.pause_seconds, first.silent) == (200, 0, 1, 0, False)
    assert first.claimed_bytes is None
    assert first.stream_bytes is None
    first.headers["X"] = "1"
    assert second.headers == {}, "answers share no headers"


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"rows": 1, "row": 2}, "here.row: is not known here"),
        ({"rows": "1"}, "here.rows: expected a whole number, found '1'"),
        ({}, "here.rows: is required and missing"),
    ],
)
def test_what_is_wrong_is_a_sentence(document: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError) as fault:
        Limit.model_validate(document)
    assert problems(fault.value, "here") == said
