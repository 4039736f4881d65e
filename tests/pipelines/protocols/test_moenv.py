"""The environment ministry's API: what is asked for, and what its answers prove: on bytes."""

import json
from typing import Any

import pytest

from catalog.errors import SourceError
from pipelines.protocols import moenv
from pipelines.protocols.parts.request import Request

PAGED = moenv.Source(dataset="aqx_p_432", limit=3, sort="ImportDate desc")


def page(first: int, count: int, total: int | None = None) -> bytes:
    found: Any = [{"id": str(i)} for i in range(first, first + count)]
    return json.dumps(found if total is None else {"total": str(total), "records": found}).encode()


def ask(source: moenv.Source, bodies: list[bytes]) -> Request | None:
    return moenv.ask(source, [moenv.look(source, body) for body in bodies], None)


def asked(bodies: list[bytes]) -> str | None:
    request = ask(PAGED, bodies)
    return request.query["offset"] if request else None


def test_the_first_request_names_the_key_but_does_not_hold_it():
    request = ask(PAGED, [])
    assert request is not None
    assert request.address == "https://data.moenv.gov.tw/api/v2/aqx_p_432"
    assert request.query == {"format": "json", "limit": "3", "offset": "0", "sort": "ImportDate desc"}
    assert request.secrets == {"api_key": "MOENV_API_KEY"}


@pytest.mark.parametrize(
    ("bodies", "offset"),
    [
        ([page(0, 3)], "3"),
        ([page(0, 3), page(3, 3)], "6"),
        ([page(0, 2)], None),
        ([page(0, 0)], None),
        ([page(0, 3), page(3, 1)], None),
        ([page(0, 3), page(3, 0)], None),
        ([page(0, 3), page(0, 3)], None),
        ([page(0, 3), page(3, 3), page(0, 3)], None),
        ([page(0, 3, 3)], "3"),
    ],
)
def test_the_next_page_is_asked_until_one_is_short_or_repeats(bodies: list[bytes], offset: str | None):
    assert asked(bodies) == offset


@pytest.mark.parametrize(
    ("pages", "number", "rows"),
    [
        ([page(0, 3), page(2, 3), page(5, 1)], 2, 1),
        ([page(0, 3), page(1, 3), page(4, 2)], 2, 2),
        ([page(0, 3), page(3, 3), page(5, 1)], 3, 1),
    ],
)
def test_a_table_that_moved_while_it_was_asked_is_no_answer(pages: list[bytes], number: int, rows: int):
    assert str(moenv.contents(PAGED, pages).incomplete) == (
        f"expected page {number} to go on where page {number - 1} ended, found the last rows of that again ({rows}): "
        "the table moved while it was asked; run it later"
    )


def test_rows_that_stand_twice_at_the_end_of_a_page_are_believed_where_the_total_says_so():
    pages = [page(0, 3, total=5), json.dumps({"total": "5", "records": [{"id": "2"}, {"id": "3"}]}).encode()]
    assert moenv.contents(PAGED, pages).incomplete is None


def test_there_is_an_end_even_when_the_agency_has_none(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(moenv, "_MAX_PAGES", 4)
    bodies: list[bytes] = []
    while ask(PAGED, bodies) is not None:
        bodies.append(page(3 * len(bodies), 3))
    assert len(bodies) == 4
    assert "expected a last page of fewer than 3 rows" in str(moenv.contents(PAGED, bodies).incomplete)


@pytest.mark.parametrize(
    ("bodies", "why"),
    [
        ([page(0, 2)], None),
        ([page(0, 3), page(3, 1)], None),
        ([page(0, 3), page(3, 0)], None),
        ([page(0, 3, 4), page(3, 1, 4)], None),
        ([page(0, 3, 3)], None),
        ([page(0, 0)], "expected rows, found an empty list"),
        ([page(0, 3)], "expected a last page of fewer than 3 rows, found 3: there may be more"),
        ([page(0, 3), page(0, 3)], "found page 2 repeating an earlier one"),
        ([page(0, 3), page(3, 3), page(0, 3)], "found page 3 repeating"),
        ([page(0, 2), page(3, 1)], "expected 3 rows on page 1, found 2 with more to come"),
        ([page(0, 3, 9), page(3, 1, 9)], "expected 9 rows, as the agency's total says, found 4"),
        ([page(0, 3, 5), page(3, 1, 4)], "expected 4 or 5 rows, as the agency's total says, found 4"),
        ([page(0, 3), b""], "not data: expected a list of records, found an empty body"),
        ([b'{"message": "quota"}'], "not data: expected a list of records, found the agency's message 'quota'"),
        ([b'{"records": {}}'], "not data: expected a list of records, found b"),
        ([b"<html>"], "not data: expected JSON, found a body that begins b'<html>'"),
        ([b"5"], "not data: expected a list of records, found b'5'"),
    ],
)
def test_an_answer_is_whole_only_when_that_is_proven(bodies: list[bytes], why: str | None):
    found = moenv.contents(PAGED, bodies).incomplete
    assert found is None if why is None else why in str(found)


def test_a_total_of_thousands_of_digits_is_no_proof():
    body = json.dumps({"total": "9" * 5000, "records": [{"id": "1"}]}).encode()
    assert "as the agency's total says, found 1" in str(moenv.contents(PAGED, [body]).incomplete)


def test_a_total_may_be_a_number():
    body = json.dumps({"total": 2, "records": [{"id": 1}]}).encode()
    assert moenv.contents(PAGED, [body]).incomplete == "expected 2 rows, as the agency's total says, found 1"


@pytest.mark.parametrize("total", ["", "many", "-1", "1.0", "１", None, True])
def test_a_total_that_is_no_number_is_not_looked_at(total: Any):
    assert moenv.contents(PAGED, [json.dumps({"total": total, "records": [{"id": "1"}]}).encode()]).incomplete is None


@pytest.mark.parametrize(
    "wrap", [lambda one: one, lambda one: {"records": one}, lambda one: {"result": {"records": one}}]
)
def test_records_of_every_era_are_found(wrap: Any):
    assert moenv.records(PAGED, json.dumps(wrap([{"id": 1}])).encode()).to_pylist() == [{"id": "1"}]


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"message": "quota"}'])
def test_a_page_that_is_no_data_ends_the_paging_with_a_reason(body: bytes):
    with pytest.raises(SourceError, match="expected"):
        ask(PAGED, [page(0, 3), body])


def test_a_whole_answer_brings_the_records_of_each_page():
    contents = moenv.contents(PAGED, [page(0, 3), page(3, 1)])
    assert [table.num_rows for table in contents.records] == [3, 1]
    assert contents.records[1].equals(moenv.records(PAGED, page(3, 1)))
    assert moenv.contents(PAGED, [page(0, 3)]).records == ()
