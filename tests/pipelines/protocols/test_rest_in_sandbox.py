"""Declared interfaces asked of the sandbox, which speaks each manner by itself, and with its faults."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from agencies import FIELDS, GUARDS, KEY, NOW, SITES, WINDOW, night, speak
from worlds import World, column, declaration

from pipelines.evidence import Evidence
from pipelines.validate import validate
from sandbox import Sandbox

SLUG = "levels"
FAULTS = ["repeated_page", "short_page", "moved_page", "wrong_key", "html", "truncated", "empty"]
WHOLE = {
    "records": "result.records",
    "envelope": {"success": "true"},
}
READ = {"reading": {"records": "result.records"}, "success": {"path": "success", "is": "true"}}
MANNERS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "page": (
        {"paging": {"by": "page", "rows": 3, "size_name": "size"}},
        {"paging": {"by": "page", "name": "page", "size": 3, "size_name": "size", "last": "empty"}},
    ),
    "pages": (
        WHOLE | {"paging": {"by": "page", "rows": 3, "pages": "result.pages"}},
        READ | {"paging": {"by": "page", "name": "page", "pages": "result.pages"}},
    ),
    "offset": (
        WHOLE
        | {"paging": {"by": "offset", "name": "offset", "rows": 3, "size_name": "limit", "total": "result.total"}},
        READ | {"paging": {"by": "offset", "name": "offset", "size": 5, "size_name": "limit", "total": "result.total"}},
    ),
    "cursor": (
        WHOLE | {"paging": {"by": "cursor", "name": "cursor", "rows": 3, "next": "next", "total": "n"}},
        READ | {"paging": {"by": "cursor", "name": "cursor", "next": "next", "total": "n"}},
    ),
    "link": (
        WHOLE | {"paging": {"by": "link", "name": "at", "rows": 3, "next": "next", "total": "n"}},
        READ | {"paging": {"by": "link", "next": "next", "total": "n"}},
    ),
    "header": (
        WHOLE | {"paging": {"by": "link", "name": "at", "rows": 3, "header": True, "total": "n"}},
        READ | {"paging": {"by": "link", "total": "n"}},
    ),
    "flag": (
        WHOLE | {"method": "POST", "paging": {"by": "page", "rows": 3, "more": "more", "total": "n"}},
        READ
        | {"post": {"json": {"a": "b"}}}
        | {"paging": {"by": "page", "name": "page", "into": "post", "more": "more", "total": "n"}},
    ),
}


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "home")


def declared(world: World, manner: str) -> Iterator[Sandbox]:
    speaks, source = MANNERS[manner]
    asked = {"protocol": "rest", "format": "json", "address": "https://waters.example/api/levels"} | source
    asked["key"] = {"env": "MOENV_API_KEY", "header": "Authorization", "prefix": "Bearer "}
    world.declare(declaration(SLUG, FIELDS, key=["site", "at"], source=asked, guards=GUARDS))
    assert validate(world.datasets, SLUG) == []
    spoken = speaks | {"key": KEY, "key_name": "Authorization", "key_in": "header", "key_prefix": "Bearer "}
    speak(world, SLUG, {"host": "waters.example", "path": "/api/levels", "protocol": "rest", "speaks": spoken})
    with Sandbox(world.datasets, NOW) as sandbox:
        yield sandbox


@pytest.mark.parametrize("manner", MANNERS)
def test_each_manner_is_heard_to_its_end(world: World, manner: str):
    for sandbox in declared(world, manner):
        (result,) = night(world, sandbox, SLUG)
        assert (result.outcome, len(world.rows(SLUG))) == ("released", 8), result.reason
        assert len(sandbox.log) == (4 if manner == "page" else 3)


@pytest.mark.parametrize("manner", MANNERS)
@pytest.mark.parametrize(
    "fault", ["repeated_page", "short_page", "moved_page", "wrong_key", "html", "truncated", "empty"]
)
def test_no_fault_of_an_agency_is_released(world: World, manner: str, fault: str):
    params = {"rows": 1} if fault == "short_page" else {}
    params |= {"skip": 1} if fault in ("html", "truncated", "empty") else {}
    for sandbox in declared(world, manner):
        sandbox.set_fault(SLUG, fault, **params)
        (result,) = night(world, sandbox, SLUG)
        if (manner, fault) == ("offset", "short_page"):  # the next page goes on where the short one ended
            assert (result.outcome, len(world.rows(SLUG))) == ("released", 8)
            return
        assert result.outcome == "refused", (fault, result)
        assert Evidence(world.private, SLUG).newest() == 1


@pytest.mark.parametrize("fault", ["error_500", "unavailable", "down", "too_many"])
def test_what_passes_is_asked_again_on_any_page(world: World, fault: str):
    for sandbox in declared(world, "cursor"):
        sandbox.set_fault(SLUG, fault, skip=1, times=1, **({"seconds": 0} if fault == "too_many" else {}))
        assert [item.outcome for item in night(world, sandbox, SLUG)] == ["released"]


def test_files_by_the_month_in_a_path(world: World):
    fields = [column("site"), column("name"), column("at", "date", date={"patterns": ["%Y-%m-%d"]}), column("level")]
    source = {"protocol": "file", "format": "csv", "address": "https://waters.example/m/{month:%Y%m}.csv"}
    source["over"] = {"month": {"each": "month", "last": 3, "calendar": "roc"}}
    world.declare(declaration(SLUG, fields, key=["site", "at"], source=source | {"missing": "gap"}, guards=GUARDS))
    assert validate(world.datasets, SLUG) == []
    (world.datasets / SLUG / "sandbox-sites.csv").write_text(SITES, encoding="utf-8")
    months = {"month": {"column": "at", "times": ["%Y-%m-%d", "%Y%m"], "calendar": "roc"}}
    rows = {"window": WINDOW | {"steps": 30, "step_minutes": 1440}}
    rows["window"]["columns"] = WINDOW["columns"] | {"at": {"time": "%Y-%m-%d"}}
    said = {"host": "waters.example", "path": "/m/{month}.csv", "protocol": "file", "seed": 1, "rows": rows}
    said["speaks"] = {"filters": months, "absent": "missing"}
    (world.datasets / SLUG / "sandbox.yaml").write_text(json.dumps(said))
    with Sandbox(world.datasets, NOW) as sandbox:
        (result,) = night(world, sandbox, SLUG)
    assert (result.outcome, len(world.rows(SLUG))) == ("released", 120), result.reason
    assert Evidence(world.private, SLUG).read(1).missing == ("https://waters.example/m/11509.csv",)
