"""What protocols decide, on bytes."""

import gzip
import json
from typing import Any

import pytest
from worlds import dataset

from catalog.errors import DeclarationError, SourceError
from pipelines.protocols import file, find, inline, known, moenv
from pipelines.protocols.parts.request import Previous

PAGED = moenv.Source(dataset="aqx_p_432", limit=3, sort="ImportDate desc")


def page(first: int, count: int, total: int | None = None) -> bytes:
    found: Any = [{"id": str(i)} for i in range(first, first + count)]
    return json.dumps(found if total is None else {"total": str(total), "records": found}).encode()


def asked(bodies: list[bytes]) -> str | None:
    request = moenv.ask(PAGED, bodies, None)
    return request.query["offset"] if request else None


def test_the_first_request_names_the_key_but_does_not_hold_it():
    request = moenv.ask(PAGED, [], None)
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
    assert str(moenv.incomplete(PAGED, pages)) == (
        f"expected page {number} to go on where page {number - 1} ended, found the last rows of that again ({rows}): "
        "the table moved while it was asked; run it later"
    )


def test_rows_that_stand_twice_at_the_end_of_a_page_are_believed_where_the_total_says_so():
    pages = [page(0, 3, total=5), json.dumps({"total": "5", "records": [{"id": "2"}, {"id": "3"}]}).encode()]
    assert moenv.incomplete(PAGED, pages) is None


def test_there_is_an_end_even_when_the_agency_has_none(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(moenv, "_MAX_PAGES", 4)
    bodies: list[bytes] = []
    while moenv.ask(PAGED, bodies, None) is not None:
        bodies.append(page(3 * len(bodies), 3))
    assert len(bodies) == 4
    assert "expected a last page of fewer than 3 rows" in str(moenv.incomplete(PAGED, bodies))


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
    found = moenv.incomplete(PAGED, bodies)
    assert found is None if why is None else why in str(found)


def test_a_total_of_thousands_of_digits_is_no_proof():
    body = json.dumps({"total": "9" * 5000, "records": [{"id": "1"}]}).encode()
    assert "as the agency's total says, found 1" in str(moenv.incomplete(PAGED, [body]))


def test_a_total_may_be_a_number():
    body = json.dumps({"total": 2, "records": [{"id": 1}]}).encode()
    assert moenv.incomplete(PAGED, [body]) == "expected 2 rows, as the agency's total says, found 1"


@pytest.mark.parametrize("total", ["", "many", "-1", "1.0", "１", None, True])
def test_a_total_that_is_no_number_is_not_looked_at(total: Any):
    assert moenv.incomplete(PAGED, [json.dumps({"total": total, "records": [{"id": "1"}]}).encode()]) is None


@pytest.mark.parametrize(
    "wrap", [lambda one: one, lambda one: {"records": one}, lambda one: {"result": {"records": one}}]
)
def test_records_of_every_era_are_found(wrap: Any):
    assert moenv.records(PAGED, json.dumps(wrap([{"id": 1}])).encode()).to_pylist() == [{"id": "1"}]


FILE = file.Source(address="https://waters.example/x.csv", format="csv")


def test_a_file_is_asked_once_and_only_if_it_changed():
    first = file.ask(FILE, [], None)
    assert first is not None
    assert (first.address, first.headers, first.secrets) == (FILE.address, {}, {})
    again = file.ask(FILE, [], Previous({"etag": '"x"', "last-modified": "y", "date": "z"}, b""))
    assert again is not None
    assert again.headers == {"If-None-Match": '"x"', "If-Modified-Since": "y"}
    assert file.ask(FILE, [b"a\n1\n"], None) is None


@pytest.mark.parametrize(
    ("form", "records", "body", "why"),
    [
        ("csv", "", b"a\n1\n", None),
        ("csv", "", gzip.compress(b"a\n1\n", mtime=0), None),
        ("csv", "", b"", "not data: expected a file with rows, found an empty body"),
        ("csv", "", b"a,b\n", "not data: expected rows, found none"),
        ("csv", "", gzip.compress(b"a\n1\n", mtime=0)[:-9], "not data: expected a whole gzip file"),
        ("csv", "", gzip.compress(b"", mtime=0), "not data: expected CSV, found an empty body"),
        ("json", "", b'[{"a": 1}]', None),
        ("json", "data.rows", b'{"data": {"rows": [{"a": 1}]}}', None),
        ("json", "data", b'{"rows": []}', "not data: expected a list of records at data, found"),
        ("json", "", b"{}", "not data: expected a list of records at the top"),
        ("json", "", b"[]", "not data: expected rows, found none"),
    ],
)
def test_a_file_without_rows_is_no_data(form: Any, records: str, body: bytes, why: str | None):
    reading = {"records": records} if form == "json" else {}
    found = file.incomplete(file.Source(address="https://a.example/x", format=form, reading=reading), [body])
    assert found is None if why is None else str(found).startswith(why)


def test_evidence_from_when_records_stood_beside_format_is_still_read():
    said = {"protocol": "file", "address": "https://a.example/x", "format": "json", "records": "d"}
    _, source = find(said, "fetch 1")
    assert file.records(source, b'{"d": [{"a": 1}]}').to_pylist() == [{"a": "1"}]


def test_a_notice_in_html_is_no_csv():
    assert file.incomplete(FILE, [b"<!DOCTYPE html>\n<html><body>\n<h1>maintenance</h1>\n</body></html>\n"]) is not None


def test_a_table_beside_the_declaration():
    source = inline.Source(table="table.csv")
    request = inline.ask(source, [], None)
    assert request is not None
    assert request.path == "table.csv"
    assert inline.ask(source, [b"a\n1\n"], None) is None
    assert inline.incomplete(source, [b"a\n1\n"]) is None
    assert inline.incomplete(source, [b"a,b\n"]) == "expected rows in table.csv, found a header only"
    with pytest.raises(SourceError, match=r"table\.csv: expected CSV"):
        inline.incomplete(source, [b"a,b\n1\n"])


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ({"protocol": "ftp"}, "minsheng.source.protocol: no 'ftp'; known: derived, file, inline, moa, moenv"),
        ({"protocol": "words"}, "no 'words'"),
        ({"protocol": "../file"}, "no '../file'"),
        ({"protocol": "file", "format": "csv"}, "minsheng.source: address: is required and missing"),
        ({"protocol": "file", "address": "http://a.example/x", "format": "csv"}, "address"),
        ({"protocol": "file", "address": "https://a@b.example/x", "format": "csv"}, "address"),
        ({"protocol": "file", "address": "https://a.example/x?key=1", "format": "csv"}, "address"),
        (
            {"protocol": "file", "address": "https://a.example/x", "format": "pdf"},
            "format: no 'pdf'; known: csv, .*json",
        ),
        ({"protocol": "file", "address": "https://a.example/x", "format": "text"}, "format: no 'text'; known: csv"),
        (
            {"protocol": "file", "address": "https://a.example/x", "format": "csv", "reading": {"encodng": "big5"}},
            "minsheng.source: reading: csv: encodng: is not known; known here: after, columns, comment, .*encoding",
        ),
        (
            {"protocol": "file", "address": "https://a.example/x", "format": "csv", "reading": {"skip": -1, "x": 1}},
            "reading: csv: skip: .*greater than or equal to 0.*; csv: x: is not known",
        ),
        ({"protocol": "inline", "table": "../other.csv"}, "table"),
        ({"protocol": "inline", "table": "/etc/passwd"}, "table"),
        ({"protocol": "inline", "tabel": "x.csv"}, "tabel: is not known; known here: table"),
        ({"protocol": "moenv", "dataset": "AQX"}, "dataset"),
        ({"protocol": "moenv", "dataset": "aqx_p_432", "limit": 1001}, "limit"),
        ({"protocol": "moenv", "dataset": "aqx_p_432", "key_env": "x y"}, "key_env"),
        ({"protocol": "moenv", "dataset": "aqx_p_432", "host": "a/b"}, "host"),
    ],
)
def test_wrong_parameters_name_what_is_known(source: dict[str, Any], words: str):
    with pytest.raises(DeclarationError, match=words):
        find(source, "rivers")


def test_a_protocol_is_a_file():
    assert {"file", "inline", "moenv"} <= set(known())
    module, source = find(dataset().minsheng.source, "rivers")
    assert module is file
    assert source.address == "https://waters.example/rivers.csv"
