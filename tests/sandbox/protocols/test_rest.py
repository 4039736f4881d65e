"""An agency in whatever manner is declared: its pages, its envelope, its links."""

import json
from typing import Any

import pytest
from simulated import NIGHT_1

from sandbox.messages import AgencyCall, AgencyTable, Answer, ReceivedRequest
from sandbox.protocols.rest import RestSettings, answer, select_rows

TABLE = AgencyTable(["site", "level"], [{"site": f"s{i}", "level": str(i)} for i in range(5)], NIGHT_1)


def ask(settings: dict[str, Any], **query: str) -> Answer:
    call = AgencyCall(ReceivedRequest("GET", "a.example", "/x", query, {}), NIGHT_1)
    spec = RestSettings.model_validate(settings)
    return answer(call, select_rows(call, TABLE, spec), spec, {})


def test_without_paging_it_is_one_list() -> None:
    assert json.loads(ask({}).body) == TABLE.rows
    nested = json.loads(ask({"names": {"level": "now.level"}, "numbers": ["level"]}).body)
    assert nested[1] == {"site": "s1", "now": {"level": 1}}
    assert ask({"format": "csv"}).body.startswith(b"site,level\r\ns0,0\r\n")


@pytest.mark.parametrize(
    ("paging", "query", "sites", "said"),
    [
        ({"by": "page", "pages": "p", "total": "t"}, {"page": "2"}, "s2 s3", {"p": 3, "t": 5}),
        ({"by": "page", "first": 0, "more": "m"}, {"page": "2"}, "s4", {"m": False}),
        ({"by": "offset", "name": "o", "size_name": "l", "more": "m"}, {"o": "1", "l": "1"}, "s1", {"m": True}),
        ({"by": "cursor", "name": "c", "next": "n"}, {"c": "2"}, "s2 s3", {"n": "4"}),
        ({"by": "cursor", "name": "c", "next": "n"}, {"c": "4"}, "s4", {"n": None}),
        ({"by": "link", "name": "at", "next": "n"}, {"k": "v"}, "s0 s1", {"n": "/x?k=v&at=2"}),
    ],
)
def test_pages(paging: dict[str, Any], query: dict[str, str], sites: str, said: dict[str, Any]) -> None:
    settings = {"records": "d.rows", "envelope": {"ok": "true"}, "paging": {"rows": 2} | paging}
    document = json.loads(ask(settings, **query).body)
    assert [row["site"] for row in document.pop("d")["rows"]] == sites.split()
    assert document == {"ok": "true"} | said


def test_a_link_header_names_the_next_page_until_the_last() -> None:
    settings = {"paging": {"by": "link", "name": "at", "rows": 3, "header": True}}
    assert ask(settings).headers["Link"] == '</x?at=3>; rel="next"'
    assert "Link" not in ask(settings, at="3").headers


def test_what_is_wrong_is_said() -> None:
    assert ask({"paging": {"by": "page"}}, page="x").status == 400
    assert ask({"key": "k"}).status == 401
    nowhere = {"filters": {"s": {"column": "site"}}}
    assert json.loads(ask(nowhere | {"no_data": {"code": "N"}}, s="?").body) == {"code": "N"}
    assert ask(nowhere | {"absent": "missing"}, s="?").status == 404


def test_records_that_are_no_objects() -> None:
    once = {"records": "rows", "once": {"level": ""}}
    assert json.loads(ask(once | {"record": "list"}).body) == {"": "0", "rows": [[f"s{i}"] for i in range(5)]}
    parts = {"records": "rows", "record": "parts", "parts": [["site"], ["level"]], "filters": {"s": {"column": "site"}}}
    assert json.loads(ask(parts, s="s3").body) == {"rows": [{"site": "s3"}, {"level": "3"}]}
    assert len(json.loads(ask(parts).body)["rows"]) == 5


def test_records_by_name_and_answers_within_a_list() -> None:
    keyed = {"keyed": ["site"], "numbers": ["level"], "filters": {"s": {"column": "site"}}}
    assert json.loads(ask(keyed).body) == {f"s{i}": i for i in range(5)}
    assert json.loads(ask(keyed | {"keyed": ["level", "site"]}, s="s3").body) == {"3": {"s3": {}}}
    assert json.loads(ask(keyed | {"hidden": ["level"]}, s="s3").body) == {"s3": {}}
    wrapped = {"records": "rows", "once": {"level": "at"}, "wrapped": True, "filters": {"s": {"column": "site"}}}
    assert json.loads(ask(wrapped, s="s3").body) == [{"at": "3", "rows": [{"site": "s3"}]}]
    assert json.loads(ask(wrapped, s="?").body) == []


def test_lists_in_lists() -> None:
    found = json.loads(
        ask({"records": "at", "nest": [{"columns": ["site"], "list": "levels"}], "numbers": ["level"]}).body
    )
    assert found["at"][3] == {"site": "s3", "levels": [{"level": 3}]}
