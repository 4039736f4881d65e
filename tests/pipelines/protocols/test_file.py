"""One whole file at one address: asked for once, and judged from its bytes."""

import gzip
from typing import Any

import pytest

from pipelines.protocols import file, load_protocol
from pipelines.protocols.parts.request import Previous

FILE = file.Source(address="https://waters.example/x.csv", format="csv")


def test_a_file_is_asked_once_and_only_if_it_changed():
    first = file.ask(FILE, [], None)
    assert first is not None
    assert (first.address, first.headers, first.secrets) == (FILE.address[0], {}, {})
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
    found = file.contents(file.Source(address="https://a.example/x", format=form, reading=reading), [body]).incomplete
    assert found is None if why is None else str(found).startswith(why)


def test_evidence_from_when_records_stood_beside_format_is_still_read():
    said = {"protocol": "file", "address": "https://a.example/x", "format": "json", "records": "d"}
    _, source = load_protocol(said, "fetch 1")
    assert file.records(source, b'{"d": [{"a": 1}]}').to_pylist() == [{"a": "1"}]


def test_a_notice_in_html_is_no_csv():
    assert (
        file.contents(FILE, [b"<!DOCTYPE html>\n<html><body>\n<h1>maintenance</h1>\n</body></html>\n"]).incomplete
        is not None
    )


def test_each_part_of_a_file_is_read():
    contents = file.contents(FILE, [b"a\n1\n", b"a\n2\n3\n"])
    assert [table.num_rows for table in contents.records] == [1, 2]
    assert file.contents(FILE, [b"a\n1\n", b""]).incomplete is not None
