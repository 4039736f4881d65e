"""Files that are asked for with a query, a key, a body, one by one from a list or a template: over real HTTP."""

import json
from pathlib import Path
from typing import Any

import pytest
from agencies import leaks
from leaks import texts
from nights import LOOSE
from speaking import SECRET, Heard, Says, agency, asked
from worlds import World, bodies, column, declaration, inline

from catalog.errors import DeclarationError
from pipelines.evidence import Evidence
from pipelines.protocols import load_protocol
from pipelines.validate import validate

FIELDS = [column("site"), column("level", "number")]
AT = "https://waters.example/dq.php"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "home")


def rivers(world: World, source: dict[str, Any], **more: Any) -> None:
    said = {"protocol": "file", "format": "csv"} | source
    world.declare(declaration("rivers", FIELDS, key=["site"], source=said, **({"load": "replace"} | more)))
    assert validate(world.datasets, "rivers") == []


def one(heard: Heard) -> Says:
    return Says("site,level\na,1\n", headers={"ETag": '"1"'})


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ({"address": f"{AT}?nid=6564&md5_url=c9fa"}, "/waters.example/dq.php?nid=6564&md5_url=c9fa"),
        ({"address": f"{AT}?name=%A4%F4&x=1"}, "/waters.example/dq.php?name=%A4%F4&x=1"),
        ({"address": f"{AT}?a=1", "query": {"b": "水 位"}}, "/waters.example/dq.php?a=1&b=%E6%B0%B4+%E4%BD%8D"),
        ({"address": "https://waters.example?x"}, "/waters.example?x"),
    ],
)
def test_the_address_is_asked_as_it_is_declared(world: World, source: dict[str, Any], target: str):
    rivers(world, source)
    with agency(one) as waters:
        assert [item.outcome for item in asked(world, waters, "rivers")] == ["released"]
        assert [item.outcome for item in asked(world, waters, "rivers")] == ["unchanged"]
    assert [heard.target for heard in waters.heard] == [target, target]
    assert waters.heard[1].headers["if-none-match"] == '"1"'


@pytest.mark.parametrize(
    "key", [{"query": "Authorization"}, {"header": "Authorization"}, {"header": "X-Key", "prefix": "Bearer "}]
)
def test_a_key_is_sent_and_left_nowhere(world: World, key: dict[str, str], caplog: pytest.LogCaptureFixture):
    caplog.set_level("DEBUG")
    rivers(world, {"address": AT, "key": {"env": "A_KEY"} | key})

    def echo(heard: Heard) -> Says:
        said = heard.query.get("Authorization") or heard.headers.get(key.get("header", "").lower())
        assert said == key.get("prefix", "") + SECRET
        return Says(f"site,level\n{said},1\n", headers={"ETag": SECRET})

    with agency(echo) as waters:
        results = asked(world, waters, "rivers")
    assert [item.outcome for item in results] == ["released"]
    found = [text for store in (world.public, world.private) for name, body in bodies(store) for text in texts(body)]
    assert not [text for text in [*found, repr(results), caplog.text] if "MARKED-51ab" in text]
    assert Evidence(world.private, "rivers").read(1).pages[0]["redacted"]
    assert not leaks(repr(results))


def test_a_key_goes_to_no_other_host(world: World):
    (world.datasets / "agencies.yaml").write_text(
        (world.datasets / "agencies.yaml").read_text().replace('["waters.example"]', '["waters.example", "b.example"]')
    )
    rivers(world, {"address": AT, "key": {"env": "A_KEY", "header": "Authorization"}, "post": {"json": {"a": "b"}}})

    def moved(heard: Heard) -> Says:
        if heard.path.startswith("/waters.example"):
            return Says("", 307, {"Location": "https://b.example/x"})
        return one(heard)

    with agency(moved) as waters:
        # the stand-in is asked where the agency points to only by its own address
        asked(world, waters, "rivers")
    assert "authorization" in waters.heard[0].headers
    assert [(heard.method, "authorization" in heard.headers) for heard in waters.heard[1:]] == [("POST", False)]


@pytest.mark.parametrize(
    ("post", "sent", "kind"),
    [
        ({"json": {"site": "{site}", "n": 1, "text": "{{x}}"}}, b'{"site": "a/b", "n": 1, "text": "{x}"}', "json"),
        ({"form": {"site": "{site}"}}, b"site=a%2Fb", "x-www-form-urlencoded"),
    ],
)
def test_a_body_is_posted(world: World, post: dict[str, Any], sent: bytes, kind: str):
    rivers(world, {"address": AT, "post": post, "over": {"site": ["a/b"]}})
    with agency(one) as waters:
        assert [item.outcome for item in asked(world, waters, "rivers")] == ["released"]
    (heard,) = waters.heard
    assert (heard.method, heard.body, heard.headers["content-type"]) == ("POST", sent, f"application/{kind}")
    assert Evidence(world.private, "rivers").read(1).asked["values"] == [{"site": "a/b"}]


def of_site(heard: Heard) -> Says:
    site = heard.path.rpartition("/")[2]
    return Says("nothing", 404) if site == "b" else Says(f"site,level\n{site},{len(site)}\n")


@pytest.mark.parametrize("missing", ["refuse", "gap"])
def test_what_is_missing_is_a_gap_only_where_that_is_declared(world: World, missing: str):
    rivers(world, {"address": "https://waters.example/{s}", "over": {"s": ["a", "b", "甲"]}, "missing": missing})
    with agency(of_site) as waters:
        (result,) = asked(world, waters, "rivers")
    evidence = Evidence(world.private, "rivers").read(1)
    if missing == "refuse":
        assert result.outcome == "refused"
        assert "found 404" in str(result.reason)
        return
    assert (result.outcome, result.reason) == ("released", "nothing at 1 of 3 addresses")
    assert [row["site"] for row in world.rows("rivers")] == ["a", "甲"]
    assert evidence.missing == ("https://waters.example/b",)
    assert world.fact("provenance", "rivers")["evidence"][0]["missing"] == ["https://waters.example/b"]
    assert [heard.target for heard in waters.heard][2] == "/waters.example/%E7%94%B2"


def test_a_fetch_of_gaps_only_is_refused(world: World):
    rivers(world, {"address": ["https://waters.example/b", "https://waters.example/x/b"], "missing": "gap"})
    with agency(of_site) as waters:
        (result,) = asked(world, waters, "rivers")
    assert result.outcome == "refused"
    assert "nothing at any of 2 addresses" in str(result.reason)


def test_days_and_months_of_the_republic_are_written_as_declared(world: World):
    over = {"day": {"each": "day", "last": 3, "ago": 1, "since": "2026-06-30"}}
    over["month"] = {"each": "month", "last": 2, "ago": 5, "calendar": "roc"}
    over["season"] = {"each": "quarter", "calendar": "roc"}
    rivers(world, {"address": "https://waters.example/{season:%YS%q}/{month:%Y%m}/{day:%Y%m%d}.csv", "over": over})
    with agency(lambda heard: Says(f"site,level\n{heard.path.replace('/', '-')},1\n")) as waters:
        asked(world, waters, "rivers")
    months = ["11501", "11502"]
    days = ["20260630", "20260701"]
    assert sorted(heard.path for heard in waters.heard) == sorted(
        f"/waters.example/115S3/{month}/{day}.csv" for month in months for day in days
    )


def test_the_column_of_another_dataset_fills_a_template(world: World):
    fields = [column("code"), column("name")]
    world.declare(inline("sites", fields=fields, key=["code"]), table="code,name\nz,1\na,2\nb,3\n")
    over = {"s": {"dataset": "sites", "column": "code"}}
    rivers(world, {"address": "https://waters.example/{s}", "over": over, "missing": "gap"})
    with agency(of_site) as waters:
        results = asked(world, waters, "rivers")
    assert [(item.dataset, item.outcome) for item in results] == [("sites", "released"), ("rivers", "released")]
    assert [heard.path[-1] for heard in waters.heard] == ["a", "b", "z"]
    over["s"]["column"] = "kode"
    rivers_fault = {"protocol": "file", "format": "csv", "address": "https://waters.example/{s}", "over": over}
    world.declare(declaration("rivers", FIELDS, key=["site"], source=rivers_fault, load="replace"))
    assert "minsheng.source.over.s: sites has no field 'kode'" in validate(world.datasets, "rivers")[0]


def test_each_day_of_a_window_is_a_fetch_of_its_own(world: World):
    fields = [column("site"), column("day", "date", date={"patterns": ["%Y-%m-%d"]}), column("level", "number")]
    source = {"protocol": "file", "format": "csv", "address": AT, "query": {"day": "{day:%Y-%m-%d}", "kind": "{k}"}}
    source["over"] = {"day": {"each": "day", "last": 2, "since": "2026-06-01"}, "k": ["x", "y"]}
    more = {"load": "window", "window": {"day": "day"}}
    world.declare(declaration("rivers", fields, key=["site", "day"], source=source, **more))
    assert validate(world.datasets, "rivers") == []

    def of_day(heard: Heard) -> Says:
        return Says(f"site,day,level\n{heard.query['kind']},{heard.query['day']},1\n")

    with agency(of_day) as waters:
        asked(world, waters, "rivers")
    assert [(heard.query["day"], heard.query["kind"]) for heard in waters.heard] == [
        (day, kind) for day in ("2026-07-01", "2026-07-02") for kind in "xy"
    ]
    record = Evidence(world.private, "rivers").read(2)
    assert record.window == {"day": ["2026-07-02", "2026-07-02"]}
    assert len(world.rows("rivers")) == 4


def test_each_hour_of_a_window_replaces_the_rows_of_that_hour(world: World):
    fields = [
        column("site"),
        column("at", "datetime", date={"patterns": ["%Y-%m-%d %H:%M"]}),
        column("level", "number"),
    ]
    source = {"protocol": "file", "format": "csv", "address": "https://waters.example/{hour:%Y%m%d}/{hour:%H}.csv"}
    source["over"] = {"hour": {"each": "hour", "last": 2, "since": "2026-06-01"}}
    more = {"load": "window", "window": {"hour": "at"}, "guards": LOOSE}
    world.declare(declaration("rivers", fields, key=["site", "at"], source=source, **more))
    assert validate(world.datasets, "rivers") == []

    def hours(sites: str) -> list[str]:
        def of_hour(heard: Heard) -> Says:
            day, hour = heard.path.removesuffix(".csv").split("/")[-2:]
            at = f"{day[:4]}-{day[4:6]}-{day[6:]} {hour}:30"
            return Says("site,at,level\n" + "".join(f"{site},{at},1\n" for site in sites))

        with agency(of_hour) as waters:
            asked(world, waters, "rivers")
        return [heard.path[-6:-4] for heard in waters.heard]

    assert hours("ab") == ["00", "01"]
    assert Evidence(world.private, "rivers").read(2).window == {"at": ["2026-07-02T01:00:00"] * 2}
    assert len(world.rows("rivers")) == 4
    hours("b")
    assert [row["site"] for row in world.rows("rivers")] == ["b", "b"]


@pytest.mark.parametrize("value", ["..", ".", "a\\b", "a\nb", " ", "x" * 201])
def test_a_value_never_changes_the_path(world: World, value: str):
    rivers(world, {"address": "https://waters.example/x/{s}", "over": {"s": ["a", value]}})
    with agency(of_site) as waters:
        (result,) = asked(world, waters, "rivers")
    assert result.outcome in ("refused", "failed")
    assert [heard.path for heard in waters.heard] == ["/waters.example/x/a"]


@pytest.mark.parametrize("value", ["a/../../b", "a?b=1#c", "x&y=2", "%2e%2e", "http://b.example/"])
def test_signs_of_addresses_are_encoded(world: World, value: str):
    rivers(world, {"address": "https://waters.example/x/{s}?q={s}", "over": {"s": [value]}})
    with agency(lambda heard: one(heard)) as waters:
        asked(world, waters, "rivers")
    (heard,) = waters.heard
    assert (heard.path, heard.query) == (f"/waters.example/x/{value}", {"q": value})
    assert heard.target.partition("?")[0].count("/") == 3


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ({"address": "https://a.example/{%Y}.csv"}, "nothing fills '{%Y}': name it, as {day:%Y%m%d}"),
        ({"address": "https://a.example/{day:%Y}.csv"}, "nothing fills {day}: write over"),
        ({"address": "https://a.example/{c}", "over": {"c": {"each": "day"}}}, "is written {c:%Y%m%d}"),
        ({"address": "https://a.example/{c:%Y}", "over": {"c": ["a"]}}, "is written {c}"),
        ({"address": "https://a.example/{c:%Q}", "over": {"c": {"each": "day"}}}, "known: %Y"),
        ({"address": "https://a.example/x", "over": {"c": ["a"]}}, "no place {c} in address"),
        ({"address": "https://{c}.example/x", "over": {"c": ["a"]}}, "a host without user and places"),
        ({"address": "https://a.example/x", "query": {"api_key": "x"}}, "a declaration is public"),
        ({"address": "https://a.example/x", "key": {"env": "A_KEY"}}, "either query or header"),
        ({"address": "https://a.example/x", "key": {"env": "NAME", "query": "k"}}, "env"),
        ({"address": "https://a.example/x", "post": {}}, "either json or form"),
        ({"address": "https://a.example/}", "post": {"json": 1}}, "nothing fills '}'"),
        ({"address": "https://a.example/{c}", "over": {"c": {"dataset": "x"}}}, "dataset and column"),
        ({"address": "https://a.example/x", "headers": {"Cookie": "a"}}, "headers"),
    ],
)
def test_a_template_that_nothing_fills_is_refused_by_load(source: dict[str, Any], words: str):
    with pytest.raises(DeclarationError) as caught:
        load_protocol({"protocol": "file", "format": "csv"} | source, "rivers")
    assert words in str(caught.value)


def test_what_is_declared_is_what_the_record_keeps(world: World):
    source = {"address": AT, "post": {"json": {"a": 1}}, "key": {"env": "A_KEY", "query": "k"}}
    rivers(world, source)
    with agency(one) as waters:
        asked(world, waters, "rivers")
    kept = Evidence(world.private, "rivers").read(1).asked
    assert json.loads(json.dumps(kept)) == {"source": {"protocol": "file", "format": "csv"} | source}
