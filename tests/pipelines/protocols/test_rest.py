"""Interfaces that are declared: asked over real HTTP of agencies that answer as the real ones are known to."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from speaking import SECRET, Heard, Says, agency, asked
from worlds import World, bodies, column, declaration

from catalog.errors import DeclarationError
from pipelines.evidence import Evidence
from pipelines.protocols import load_protocol
from pipelines.refresh.result import RefreshResult
from pipelines.validate import validate

FIELDS = [column("site"), column("level", "number")]
ROWS = [{"site": f"s{i}", "level": str(i)} for i in range(7)]
AT = "https://waters.example/api"
Answer = Callable[[Heard], Says]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "home")


def rivers(world: World, source: dict[str, Any], fields: Any = FIELDS, key: Any = ("site",), **more: Any) -> None:
    said = {"protocol": "rest", "format": "json", "address": AT} | source
    world.declare(declaration("rivers", fields, key=list(key), source=said, **({"load": "replace"} | more)))
    assert validate(world.datasets, "rivers") == []


def once(world: World, answer: Answer) -> tuple[RefreshResult, list[Heard]]:
    with agency(answer) as waters:
        results = asked(world, waters, "rivers")
    return results[-1], waters.heard


def number(heard: Heard, name: str, default: int) -> int:
    return int(heard.query.get(name, default))


def by_page(heard: Heard) -> Says:
    """As the water resources agency: bare lists, pages by number."""
    page = number(heard, "page", 1)
    return Says(ROWS[(page - 1) * 3 : page * 3])


def by_offset(heard: Heard) -> Says:
    """As the health insurance: a total, and a limit that is capped without a word."""
    offset, limit = number(heard, "offset", 0), min(number(heard, "limit", 1), 3)
    result = {"total": len(ROWS), "limit": limit, "records": ROWS[offset : offset + limit]}
    return Says({"success": True, "result": result})


def by_cursor(heard: Heard) -> Says:
    at = number(heard, "cursor", 0)
    return Says({"data": ROWS[at : at + 3], "meta": {"next": str(at + 3) if at + 3 < len(ROWS) else None}})


def by_link(heard: Heard) -> Says:
    at = number(heard, "at", 0)
    more = at + 3 < len(ROWS)
    link = f"/api?at={at + 3}&key={heard.query.get('key', '')}"
    header = {"Link": f'<{link}>; rel="next", </api>; rel="first"'} if more else {}
    return Says({"value": ROWS[at : at + 3], "@odata.nextLink": link if more else None}, headers=header)


def by_flag(heard: Heard) -> Says:
    page = number(heard, "Page", 1)
    return Says({"Data": ROWS[(page - 1) * 3 : page * 3], "Next": page < 3})


def by_count(heard: Heard) -> Says:
    page = number(heard, "page", 1)
    return Says({"totalPage": "3", "responseData": ROWS[(page - 1) * 3 : page * 3]})


PAGED: dict[str, tuple[Answer, dict[str, Any]]] = {
    "page": (by_page, {"paging": {"by": "page", "name": "page", "size": 3, "size_name": "size"}}),
    "page-to-an-empty-one": (by_page, {"paging": {"by": "page", "name": "page"}}),
    "offset": (
        by_offset,
        {
            "paging": {
                "by": "offset",
                "name": "offset",
                "size": 5,
                "size_name": "limit",
                "total": "result.total",
            },
            "reading": {"records": "result.records"},
            "success": {"path": "success", "is": "true"},
        },
    ),
    "cursor": (
        by_cursor,
        {"paging": {"by": "cursor", "name": "cursor", "next": "meta.next"}, "reading": {"records": "data"}},
    ),
    "link": (
        by_link,
        {
            "paging": {"by": "link", "next": '"@odata.nextLink"'},
            "reading": {"records": "value"},
            "key": {"env": "A_KEY", "query": "key"},
        },
    ),
    "header": (by_link, {"paging": {"by": "link"}, "reading": {"records": "value"}}),
    "flag": (by_flag, {"paging": {"by": "page", "name": "Page", "more": "Next"}, "reading": {"records": "Data"}}),
    "count": (
        by_count,
        {"paging": {"by": "page", "name": "page", "pages": "totalPage"}, "reading": {"records": "responseData"}},
    ),
}


@pytest.mark.parametrize("kind", PAGED)
def test_pages_are_asked_to_the_last(world: World, kind: str):
    answer, source = PAGED[kind]
    rivers(world, source)
    result, heard = once(world, answer)
    assert (result.outcome, len(world.rows("rivers"))) == ("released", len(ROWS)), result.reason
    assert len(heard) == {"page-to-an-empty-one": 4}.get(kind, 3)
    if kind == "link":
        assert [one.query["key"] for one in heard] == [SECRET] * 3
        assert not [
            name for store in (world.public, world.private) for name, body in bodies(store) if b"MARKED-51ab" in body
        ]


@pytest.mark.parametrize("kind", PAGED)
def test_a_page_that_comes_again_is_refused(world: World, kind: str):
    answer, source = PAGED[kind]
    rivers(world, source)
    result, heard = once(world, lambda one: answer(one._replace(query={})))
    assert result.outcome == "refused"
    assert "repeating an earlier one" in str(result.reason)
    assert len(heard) == 2


@pytest.mark.parametrize(
    ("kind", "change", "words"),
    [
        ("offset", {"total": 9}, "expected 9 rows, as the agency's result.total says, found 7"),
        ("offset", {"total": None}, "expected a whole number at result.total"),
        ("count", {"totalPage": "2"}, None),
        ("count", {"totalPage": "x"}, "expected a whole number at totalPage, found 'x'"),
        ("flag", {"Next": "perhaps"}, "expected true or false at Next"),
    ],
)
def test_what_pages_say_of_each_other_must_hold(world: World, kind: str, change: dict[str, Any], words: str | None):
    answer, source = PAGED[kind]
    rivers(world, source)

    def changed(heard: Heard) -> Says:
        document = dict(answer(heard).body)
        if "result" in document:
            document["result"] = document["result"] | change
        else:
            document |= change
        return Says(document)

    result, _ = once(world, changed)
    assert result.outcome == ("refused" if words else "released")
    if words:
        assert words in str(result.reason)


def test_a_torn_page_and_a_table_that_moved_are_refused(world: World):
    rivers(world, PAGED["page"][1])
    shifted = [ROWS[:3], ROWS[2:5], ROWS[5:]]
    result, _ = once(world, lambda heard: Says(shifted[number(heard, "page", 1) - 1]))
    assert "the table moved" in str(result.reason)


def test_no_more_pages_are_asked_for_than_declared(world: World):
    rivers(world, {"paging": PAGED["page"][1]["paging"] | {"most": 2}})
    result, heard = once(world, by_page)
    assert len(heard) == 2
    assert "expected at most 2 pages" in str(result.reason)


def test_a_link_to_another_host_is_not_followed(world: World):
    rivers(world, PAGED["link"][1])
    document = {"value": ROWS[:3], "@odata.nextLink": "https://elsewhere.example/x"}
    result, heard = once(world, lambda _: Says(document))
    assert len(heard) == 1
    assert "expected an https address at waters.example" in str(result.reason)


def test_paging_in_a_body(world: World):
    source = {"paging": PAGED["flag"][1]["paging"] | {"into": "post"}, "reading": {"records": "Data"}}
    rivers(world, source | {"post": {"form": {"x": "1"}}})
    result, heard = once(world, lambda one: by_flag(one._replace(query={"Page": one.body.decode().rpartition("=")[2]})))
    assert result.outcome == "released", result.reason
    assert [one.body for one in heard] == [b"x=1&Page=1", b"x=1&Page=2", b"x=1&Page=3"]


@pytest.mark.parametrize(
    ("source", "body", "words"),
    [
        (
            {"success": {"path": "success", "is": "true"}, "message": "error.text"},
            {"success": "false", "error": {"text": "no quota"}},
            "expected success true, found 'false': 'no quota'",
        ),
        ({"success": {"path": "success", "is": "true"}}, [], "expected success true, found 'None'"),
        ({"refused": {"text": "系統維護"}}, "<html>系統維護中</html>", "an error of the agency"),
        ({}, "<html>系統維護中</html>", "expected JSON"),
        ({}, "", "found an empty body"),
        ({}, [], "not data: expected rows, found none"),
        ({"no_data": {"path": "code", "is": ["N1"]}}, {"code": "N1"}, "found that there is no data"),
    ],
)
def test_200_is_not_success(world: World, source: dict[str, Any], body: Any, words: str):
    rivers(world, source)
    result, _ = once(world, lambda _: Says(body))
    assert result.outcome == "refused"
    assert words in str(result.reason)


def test_weather_a_key_in_the_query_and_records_deep_inside(world: World):
    source = {"address": f"{AT}/v1/rest/datastore/O-A0003-001", "query": {"format": "JSON"}}
    source |= {"key": {"env": "A_KEY", "query": "Authorization"}, "success": {"path": "success", "is": "true"}}
    source["reading"] = {"records": "records.Station", "flatten": True}
    fields = [column("site", heard_as="StationId"), column("level", "number", heard_as="WeatherElement.AirTemperature")]
    rivers(world, source, fields)

    def weather(heard: Heard) -> Says:
        assert heard.query == {"format": "JSON", "Authorization": SECRET}
        stations = [{"StationId": "466920", "WeatherElement": {"AirTemperature": "31.2"}}]
        return Says({"success": "true", "result": {"echo": heard.query}, "records": {"Station": stations}})

    result, _ = once(world, weather)
    assert result.outcome == "released", result.reason
    assert world.rows("rivers") == [{"site": "466920", "level": 31.2}]


def test_population_months_in_the_path_pages_by_number_and_a_month_without_data(world: World):
    source = {"address": f"{AT}/v1/datastore/ODRP014/{{month:%Y%m}}", "reading": {"records": "responseData"}}
    source["over"] = {"month": {"each": "month", "last": 2, "ago": 1, "calendar": "roc"}}
    source["paging"] = {"by": "page", "name": "page", "pages": "totalPage"}
    source |= {"no_data": {"path": "responseCode", "is": "OD-0102-S"}, "missing": "gap"}
    source["success"] = {"path": "responseCode", "is": "OD-0101-S"}
    rivers(world, source, [column("month"), *FIELDS], ("month", "site"))

    def population(heard: Heard) -> Says:
        month, page = heard.path.rpartition("/")[2], number(heard, "page", 1)
        if month == "11506":
            return Says({"responseCode": "OD-0102-S", "responseMessage": "查無資料"})
        rows = [row | {"month": month} for row in ROWS]
        part = rows[(page - 1) * 4 : page * 4]
        return Says({"responseCode": "OD-0101-S", "totalPage": "2", "responseData": part})

    result, heard = once(world, population)
    assert result.outcome == "released", result.reason
    assert [(one.path[-5:], one.query["page"]) for one in heard] == [("11505", "1"), ("11505", "2"), ("11506", "1")]
    assert len(world.rows("rivers")) == 7


def test_each_day_of_a_window_is_whole_and_an_empty_one_is_data(world: World):
    source = {"query": {"date": "{day:%Y.%m.%d}"}, "reading": {"records": "Data"}}
    source["over"] = {"day": {"each": "day", "last": 2, "since": "2026-01-01", "calendar": "roc"}}
    source["paging"] = PAGED["flag"][1]["paging"]
    fields = [column("day", "date", date={"calendar": "roc", "patterns": ["%Y.%m.%d"]}), *FIELDS]
    rivers(world, source, fields, ("day", "site"), load="window", window={"day": "day"})

    def market(heard: Heard) -> Says:
        rows = [] if heard.query["date"] == "115.07.02" else [row | {"day": heard.query["date"]} for row in ROWS]
        page = number(heard, "Page", 1)
        return Says({"Data": rows[(page - 1) * 4 : page * 4], "Next": page * 4 < len(rows)})

    with agency(market) as waters:
        results = asked(world, waters, "rivers")
    assert not [item for item in results if item.outcome in ("refused", "failed")], results
    assert [one.query["date"] for one in waters.heard] == ["115.07.01", "115.07.01", "115.07.02"]
    assert len(world.rows("rivers")) == 7
    assert Evidence(world.private, "rivers").read(2).window == {"day": ["2026-07-02", "2026-07-02"]}


def test_pages_of_any_format(world: World):
    rivers(world, {"format": "csv", "paging": {"by": "offset", "name": "skip", "size": 3, "size_name": "top"}})

    def text(heard: Heard) -> Says:
        at, top = number(heard, "skip", 0), number(heard, "top", 0)
        lines = [f"{row['site']},{row['level']}" for row in ROWS[at : at + top]]
        return Says("\n".join(["site,level", *lines, ""]))

    result, heard = once(world, text)
    assert (result.outcome, len(heard), len(world.rows("rivers"))) == ("released", 3, 7), result.reason


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ({"paging": {"by": "page"}}, "by: page needs name"),
        ({"paging": {"by": "link", "name": "x"}}, "by: link takes no name"),
        ({"paging": {"by": "cursor", "name": "x"}}, "by: cursor needs next"),
        ({"paging": {"by": "page", "name": "x", "next": "y"}}, "next: belongs to"),
        ({"paging": {"by": "page", "name": "x", "size_name": "y"}}, "size_name: needs size"),
        ({"paging": {"by": "page", "name": "x", "total": "a[]"}}, "keys joined by dots"),
        ({"paging": {"by": "page", "name": "x", "into": "post"}}, "paging.into: post needs post"),
        ({"format": "csv", "success": {"path": "a", "is": "b"}}, "a is a path into JSON, and format is csv"),
        ({"success": {"path": "a"}}, "either path and is, or text"),
    ],
)
def test_what_cannot_be_is_refused_by_load(source: dict[str, Any], words: str):
    with pytest.raises(DeclarationError) as caught:
        load_protocol({"protocol": "rest", "format": "json", "address": AT} | source, "rivers")
    assert words in str(caught.value)


def test_what_a_page_was_asked_for_is_known_of_each_record(world: World):
    source = {"address": f"{AT}/{{s}}/{{month:%Y%m}}", "over": {"s": ["a", "b", "c"], "month": {"each": "month"}}}
    source |= {"missing": "gap", "paging": {"by": "page", "name": "page", "size": 1}}
    fields = [
        column("site", **{"from": {"asked": "s"}}),
        column("month", "date", **{"from": {"asked": "month"}}),
        *[column(name, "number", heard_as=name) for name in ("n",)],
    ]
    rivers(world, source, fields, ("site", "month", "n"))

    def of_site(heard: Heard) -> Says:
        site, page = heard.path.split("/")[-2], number(heard, "page", 1)
        return Says("", 404) if site == "b" else Says([{"n": page}] if page < 3 else [])

    result, _ = once(world, of_site)
    assert result.outcome == "released", result.reason
    assert [(row["site"], row["month"].isoformat(), row["n"]) for row in world.rows("rivers")] == [
        (site, "2026-07-01", n) for site in "ac" for n in (1, 2)
    ]


@pytest.mark.parametrize("body", [[], {"code": "N1"}])
def test_an_empty_table_is_data_where_that_is_declared(world: World, body: Any):
    rivers(world, {"no_data": {"path": "code", "is": "N1"}}, empty="data", guards={"removed": 1})
    said = [Says(ROWS), Says(body)]
    with agency(lambda heard: said.pop(0)) as waters:
        first, second = asked(world, waters, "rivers")[-1], asked(world, waters, "rivers")[-1]
    assert (first.outcome, second.outcome) == ("released", "released"), second.reason
    assert world.rows("rivers") == []


FILE_OR_PAGES = {
    "paging": {"by": "page", "name": "page", "pages": "pages"},
    "success": {"path": "code", "is": "ok"},
    "readings": [{"reading": {"records": "rows"}}, {"format": "csv", "has": ["level"]}],
}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"site,level\na,1\nb,2\n", None),
        ({"code": "ok", "pages": 1, "rows": ROWS[:2]}, None),
        ({"code": "no", "pages": 1, "rows": ROWS[:2]}, "expected code ok"),
        ({"code": "ok", "pages": 2, "rows": ROWS[:2]}, "found page 2 repeating an earlier one"),
        (b"the service is down", "expected one of 2 readings to fit"),
        (b"<html>down</html>", "expected one of 2 readings to fit"),
    ],
)
def test_a_file_in_another_declared_layout_is_whole_and_has_no_signs(world: World, body: Any, words: str | None):
    rivers(world, FILE_OR_PAGES)
    result, _ = once(world, lambda _: Says(body))
    if words is None:
        assert result.outcome == "released"
        assert len(world.rows("rivers")) == 2
    else:
        assert result.outcome == "refused"
        assert words in str(result.reason)
