"""What the explore page hands to its script says which files there are, and what columns and codes mean."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from explorables import SLUG, explorable, publish_site
from worlds import World, column, declaration

from catalog import keys
from catalog.site.explore import explore_data
from catalog.site.sources import Reader, Released
from catalog.site.words import words


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = explorable(tmp_path_factory.mktemp("explored"))
    publish_site(world)
    return world


@pytest.fixture(scope="module")
def released(made: World) -> Released:
    return Reader(made.public).released(made.newest(SLUG))


@pytest.fixture(scope="module")
def counties(made: World) -> Released:
    return Reader(made.public).released(made.newest("counties"))


def block(page: str, name: str) -> Any:
    found = re.search(rf'<script type="application/json" id="{name}">(.*?)</script>', page)
    assert found
    return json.loads(found[1])


def test_files_have_what_a_reader_by_range_needs(made: World, released: Released) -> None:
    files = explore_data(words("en"), released, [], {})["release"]["files"]
    assert [each["partition"] for each in files["data"]] == ["2026-04", "2026-05", "2026-06"]
    for file in (*files["data"], *files["changes"], *files["quarantine"]):
        body = made.public.get(keys.dataset(SLUG, file["path"])).body
        assert len(body) == file["bytes"]
        assert int.from_bytes(body[-8:-4], "little") + 8 == file["footer"]
    assert sum(each["rows"] for each in files["data"]) == released.release.rows


def test_columns_say_title_kind_unit_and_labels_in_the_language(released: Released) -> None:
    columns = {each["name"]: each for each in explore_data(words("zh-TW"), released, [], {})["release"]["columns"]}
    assert columns["level"] == {
        "name": "level", "title": "臺：level", "kind": "number", "unit": "µg/m³", "zone": "Asia/Taipei", "labels": {},
    }  # fmt: skip
    assert columns["state"]["labels"] == {"dry": "臺：Dry", "wet": "臺：Wet"}
    assert columns["at"]["kind"] == "datetime"


@pytest.mark.parametrize(("language", "label"), [("zh-TW", "name_zh"), ("en", "name_en")])
def test_codes_are_explained_by_the_table_that_they_refer_to(
    released: Released, counties: Released, language: str, label: str
) -> None:
    (reference,) = explore_data(words(language), released, [], {"counties": counties})["references"]
    path = next(iter(counties.release.partitions.values())).path
    assert reference["column"] == "county_code"
    assert (reference["code"], reference["label"]) == ("code", label)
    assert reference["file"]["path"] == f"../counties/{path}"
    assert explore_data(words(language), released, [], {})["references"] == []
    assert explore_data(words(language), counties, [], {})["references"] == []


def test_a_table_without_periods_has_none(counties: Released, released: Released) -> None:
    assert explore_data(words("en"), counties, [], {})["partition"] is None
    assert explore_data(words("en"), released, [], {})["partition"] == {"field": "at", "grain": "month"}


def test_the_page_holds_texts_and_data_and_allows_only_its_own_script(made: World) -> None:
    page = made.public.get(keys.explore_page(SLUG, "zh-TW")).body.decode()
    assert "script-src 'self'; connect-src 'self'" in page
    assert block(page, "dataset")["releases"] == [[n, each["created"]] for n, each in listed(made)]
    texts = block(page, "texts")
    assert texts["language"] == "zh-TW"
    assert {key.partition(".")[0] for key in texts["texts"]} == {"explore", "time", "month", "list"}
    script = block(page, "chart").removeprefix("../../")
    assert made.public.head(script) is not None


def listed(made: World) -> list[tuple[int, dict[str, Any]]]:
    said = json.loads(made.public.get(keys.releases(SLUG)).body)["releases"]
    return [(each["n"], each) for each in reversed(said)]


def test_pages_run_scripts_of_their_own_host_alone_and_none_that_stands_in_them(made: World) -> None:
    pages = {key: made.public.get(key).body.decode() for key in made.public.list("") if key.endswith(".html")}
    assert all("; script-src 'self';" in page and "unsafe" not in page for page in pages.values())
    tags = {tag for page in pages.values() for tag in re.findall("<script[^>]*>", page)}
    ours = re.compile(r' src="(\.\./)*(site/)?\w+\.[0-9a-f]{16}\.js"| type="application/json"')
    assert [tag for tag in tags if not ours.search(tag)] == []
    assert {key for key, page in pages.items() if 'type="module"' in page} >= {keys.explore_page(SLUG, "en")}


def test_the_page_is_written_again_with_its_release_only(made: World, tmp_path: Path) -> None:
    before = made.public.head(keys.explore_page(SLUG, "en"))
    publish_site(made)
    assert made.public.head(keys.explore_page(SLUG, "en")) == before


def test_a_year_is_a_whole_number_to_the_script_and_a_month_a_text(tmp_path: Path) -> None:
    world = World(tmp_path)
    fields = [
        column("month", "month", date={"patterns": ["%Y-%m"]}),
        column("year", "year", date={"patterns": ["%Y"]}),
        column("week", "week", date={"patterns": ["%Y-%V"]}),
    ]
    world.declare(declaration(fields=fields))
    world.tell("month,year,week\n2026-07,2026,2026-27\n")
    released = Reader(world.public).released(world.newest())
    columns = explore_data(words("en"), released, [], {})["release"]["columns"]
    assert [each["kind"] for each in columns] == ["string", "integer", "string"]
