"""Our metadata by the rules of others: frictionless, and the published profiles of Data Package 2.0."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import frictionless
import jsonschema
import pytest
import recordings
from nights import DAILY, LOOSE, MONTHS, redeclare
from recordings import Home, lines, needed, replay
from stores import quick_stores
from worlds import SLUG, World, column, declaration, text

from catalog import keys
from catalog.release.assemble import PROFILE
from catalog.release.digest import Document
from catalog.release.document import Release
from catalog.store import Store

Check = Callable[[Document], list[str]]
BAD = "site,day,level\na,2026-01-01,1\na,2026-02-01,bad\nb,2026-02-01,2\n"


@pytest.fixture(scope="module")
def profiles(reader: Path) -> dict[str, Any]:
    """The published profiles, from the package dplib-py of the researcher's environment."""
    folders = list(reader.parents[1].glob("lib/python*/site-packages/dplib/profiles/2.0"))
    assert len(folders) == 1
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in folders[0].glob("*.json")}


def by_profile(profile: Any) -> Check:
    validator = jsonschema.Draft7Validator(profile)
    return lambda said: [f"{one.json_path}: {one.message}" for one in validator.iter_errors(said)]


def by_frictionless(said: Document) -> list[str]:
    return [str(error.note) for error in frictionless.Package.validate_descriptor(copy.deepcopy(said)).errors]


@pytest.fixture
def checks(profiles: dict[str, Any]) -> dict[str, Check]:
    return {"profile": by_profile(profiles["datapackage"]), "frictionless": by_frictionless}


def world(tmp_path: Path, **more: Any) -> World:
    made = World(tmp_path)
    fields = [
        *DAILY[:2],
        column("level", "number", unit="ug/m3", constraints={"minimum": 0, "maximum": 500.5}),
        column("kind", categories=[{"value": one, "label": text(one)} for one in "ab"]),
        column("code", constraints={"pattern": "[A-Z]{2}", "required": False}),
        column("at_time", "datetime", constraints={"minimum": "2020-01-01T00:00:00"}),
        column("yes", "boolean"),
        column("count", "integer"),
    ]
    top = {
        "keywords": [text("river")],
        "contributors": [
            {"title": text("Waters"), "roles": ["publisher", "steward"], "path": "https://a.example", "email": "a@b.tw"}
        ],
        "sources": [{"title": text("Rivers"), "path": "https://a.example/rivers.csv"}],
    }
    made.declare(declaration(fields=fields, guards=LOOSE, top=top, **(MONTHS | more)))
    made.tell("site,day,level,kind,code,at_time,yes,count\na,2026-01-01,1,a,AB,2026-01-01 00:00:00,true,1\n")
    made.tell("site,day,level,kind,code,at_time,yes,count\na,2026-02-01,bad,b,CD,,,\nb,2026-01-01,2,,,,,\n")
    redeclare(made, fields=fields, guards=LOOSE, top=top | {"title": text("Other words")}, **(MONTHS | more))
    made.settle()
    return made


def schema(store: Store, release: Release) -> Document:
    slug = release.name
    found: Document = json.loads(store.get(keys.dataset(slug, release.facts.schema.path)).body)
    return found


def all_valid(store: Store, release: Release, checks: dict[str, Check], profiles: dict[str, Any]) -> None:
    for name, check in checks.items():
        assert check(release.document) == [], name
    assert release.document["$schema"] == PROFILE
    said = schema(store, release)
    assert by_profile(profiles["tableschema"])(said) == []
    assert frictionless.Schema.validate_descriptor(copy.deepcopy(said)).valid


@pytest.mark.parametrize("more", [{}, {"quarantine": "counts"}], ids=["table", "counts"])
def test_small_releases_of_every_kind_of_field(
    tmp_path: Path, checks: dict[str, Check], profiles: dict[str, Any], more: dict[str, Any]
) -> None:
    made = world(tmp_path, **more)
    kinds = []
    for n in range(1, made.newest().n + 1):
        release = Release.parse(made.public.get(keys.document(SLUG, n)).body, "here")
        all_valid(made.public, release, checks, profiles)
        kinds.append(release.facts.kind)
        assert (release.resource("quarantine") is not None) is (n > 1 and not more)
    assert kinds == ["first", "regular", "metadata"]


@pytest.mark.soak
@needed
@pytest.mark.parametrize("slug", ["air-quality-hourly", "covid-19-onset-county"])
def test_releases_of_recorded_answers(
    tmp_path: Path, checks: dict[str, Check], profiles: dict[str, Any], slug: str
) -> None:
    home = Home(*quick_stores(tmp_path))
    listed = [(at, recordings.body(file)) for at, file in lines(slug)[:2]]
    home.run(slug, replay(tmp_path / "replay", slug, listed))
    for name in (slug, "counties", "county-spellings"):
        all_valid(home.public, home.release(name), checks, profiles)


def without(said: Document, *path: Any) -> None:
    for key in path[:-1]:
        said = said[key]
    del said[path[-1]]


def with_(value: Any, *path: Any) -> Callable[[Document], None]:
    def change(said: Document) -> None:
        for key in path[:-1]:
            said = said[key]
        said[path[-1]] = value

    return change


@pytest.mark.parametrize(
    ("broken", "found_by"),
    [
        (lambda said: without(said, "resources"), {"profile", "frictionless"}),
        (lambda said: without(said, "resources", 0, "name"), {"profile", "frictionless"}),
        (lambda said: without(said, "resources", 0, "path"), {"profile", "frictionless"}),
        (with_("many", "resources", 0, "bytes"), {"profile", "frictionless"}),
        (with_("../secret.csv", "resources", 0, "path"), {"profile", "frictionless"}),
        (with_(17, "version"), {"profile", "frictionless"}),
        (with_([{}], "licenses"), {"profile", "frictionless"}),
        (with_("yesterday", "created"), {"frictionless"}),
        (with_("publisher", "contributors", 0, "roles"), {"profile"}),
    ],
)
def test_a_broken_descriptor_fails(
    tmp_path: Path, checks: dict[str, Check], broken: Callable[[Document], None], found_by: set[str]
) -> None:
    made = World(tmp_path)
    made.declare(declaration())
    made.tell("site,level\na,1\n")
    said = copy.deepcopy(made.newest().document)
    broken(said)
    assert {name for name, check in checks.items() if check(said)} == found_by


@pytest.mark.parametrize(
    "broken",
    [
        lambda said: without(said, "fields"),
        lambda said: without(said, "fields", 0, "name"),
        with_("word", "fields", 0, "type"),
        with_({"minimum": {}}, "fields", 1, "constraints"),
        with_([1], "missingValues"),
    ],
)
def test_a_broken_schema_fails(tmp_path: Path, profiles: dict[str, Any], broken: Callable[[Document], None]) -> None:
    made = World(tmp_path)
    made.declare(declaration())
    made.tell("site,level\na,1\n")
    said = schema(made.public, made.newest())
    assert by_profile(profiles["tableschema"])(said) == []
    broken(said)
    assert by_profile(profiles["tableschema"])(said) != []
