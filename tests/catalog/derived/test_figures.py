"""`figures.json`: reckoned when a release or a table of names is new, of the newest periods alone."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from watched import Calls, Watched
from worlds import World, column, damage, declaration, inline

from catalog import keys
from catalog.declaration.site import SiteDeclaration
from catalog.derived import figures
from catalog.derived import write as derived
from catalog.errors import IntegrityError
from catalog.figures.document import Figures
from catalog.release import served
from catalog.store import put_over

FIELDS = [
    column("site"),
    column("day", "date"),
    column("county"),
    column("level", "number", unit="m"),
    column("note"),
]
MONTHS = [f"{year}-{month:02}" for year in (2022, 2023, 2024, 2025) for month in range(1, 13)][:40]
"""From 2022-01 to 2025-04."""
SITE = SiteDeclaration.model_validate({"places": {"dataset": "counties", "code": "code", "tiles": {"TW-TPE": [1, 1]}}})
COUNTIES = "code,en,zh\nTW-TPE,Taipei,臺北\nTW-KHH,Kaohsiung,高雄\n"


def rivers(step: str = "day", grain: str = "month", **views: Any) -> dict[str, Any]:
    """A table of days, in partitions, that refers to counties."""
    return declaration(
        fields=FIELDS,
        key=["site", "day"],
        partition={"field": "day", "grain": grain} if grain != "none" else {"grain": "none"},
        references=[{"fields": ["county"], "dataset": "counties", "to": ["code"]}],
        views={"step": step} | views,
    )


def told(days: list[str], note: str = "") -> str:
    """One row of two sites for each day: a at 1, b at 2."""
    rows = [f"{site},{day},TW-TPE,{level},{note}" for day in days for site, level in (("a", 1), ("b", 2))]
    return "\n".join(["site,day,county,level,note", *rows, ""])


def places(**views: Any) -> dict[str, Any]:
    """The table of counties."""
    views = views or {"labels": {"code": {"en": "en", "zh-TW": "zh"}}}
    return inline("counties", fields=[column("code"), column("en"), column("zh")], views=views)


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Counties with a release, and rivers of forty months, declared by day."""
    made = World(tmp_path)
    made.declare(places())
    made.tell(COUNTIES, "counties")
    made.declare(rivers())
    made.tell(told([f"{month}-15" for month in MONTHS]))
    return made


def write(world: World, calls: Calls | None = None, slugs: tuple[str, ...] = ("counties", "rivers")) -> Figures:
    """Write the figures of rivers."""
    newest = served.served_of_each(world.public, list(slugs)).releases
    store = Watched(world.public, calls) if calls is not None else world.public
    return figures.write(store, newest, "rivers", "counties")


def read_periods(calls: Calls) -> list[str]:
    """Of which periods the rows were read."""
    files = [key.rpartition("/data/rivers_")[2] for verb, key, _ in calls.made if verb == "get"]
    found = [file.split(".")[0] for file in files if file.endswith(".parquet") and "/" not in file]
    assert len(found) == len(set(found)), "each once"
    return sorted(found)


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("day", ["2024-04", *MONTHS[-3:]]),
        ("week", MONTHS[-13:]),
        ("month", MONTHS[-36:]),
        ("year", MONTHS),
    ],
)
def test_only_the_periods_that_are_shown_are_read(world: World, step: str, expected: list[str]) -> None:
    world.declare(rivers(step))
    world.settle()
    calls = Calls()
    found = write(world, calls)
    assert read_periods(calls) == expected
    assert (found.whole.value, found.whole.month, found.whole.year_before) == (1.5, 1.5, 1.5)
    assert found.steps[-1] == {"day": "2025-04-15", "week": "2025-04-14", "month": "2025-04", "year": "2025"}[step]
    assert (found.counties["TW-TPE"].items, found.more, [item.key for item in found.items]) == (2, 0, ["b", "a"])


def test_a_table_without_partitions_is_read_whole(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.declare(rivers(grain="none"))
    world.tell(told(["2026-07-01", "2025-07-02", "2020-01-01"]))
    found = write(world, slugs=("rivers",))
    assert (found.whole.year_before, len(found.steps)) == (1.5, 42)


def test_no_more_rows_are_read_than_are_bearable_and_steps_begin_where_they_are_whole(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.declare(rivers("week"))
    world.settle()
    monkeypatch.setattr(figures, "MOST_ROWS", 5)
    calls = Calls()
    found = write(world, calls)
    assert read_periods(calls) == ["2024-04", "2025-03", "2025-04"]
    assert found.steps[0] == "2025-03-03", "the week of 24 February was not read whole"
    assert (found.whole.value, found.whole.year_before) == (1.5, 1.5)


def test_a_table_without_a_measure_reads_a_year(world: World) -> None:
    fields = [field for field in FIELDS if field["name"] != "level"]
    world.declare(declaration("seas", fields, key=["site", "day"], partition={"field": "day", "grain": "month"}))
    rows = "".join(f"s{month},{month}-15,TW-TPE,\n" for month in MONTHS)
    world.tell("site,day,county,note\n" + rows, "seas")
    newest = served.served_of_each(world.public, ["seas"]).releases
    found = figures.write(world.public, newest, "seas", "counties")
    assert (found.measure, found.step, found.steps, found.whole.value) == (None, None, (), None)
    assert len(found.items) == 13
    assert found.preview.rows[0] == ("s2025-04", "2025-04-15", "TW-TPE", None)


def test_again_without_news_one_object_is_read_and_nothing_written(world: World) -> None:
    before = write(world)
    calls = Calls()
    newest = served.served_of_each(world.public, ["counties", "rivers"]).releases
    assert figures.write(Watched(world.public, calls), newest, "rivers", "counties") == before
    assert [(verb, key) for verb, key, _ in calls.made] == [("get", keys.figures("rivers"))]


def test_a_new_release_of_the_table_of_names_makes_them_anew(world: World) -> None:
    world.declare(rivers(by="county"))
    world.settle()
    label = write(world).items[0].label
    assert (label.en, label.zh_tw) == ("Taipei", "臺北")
    world.tell(COUNTIES.replace("Taipei", "Taipei City"), "counties")
    assert write(world).items[0].label.en == "Taipei City"
    assert write(world, slugs=("rivers",)).items[0].label.en == "TW-TPE", "a table without a release names nothing"
    assert figures.read(world.public, "rivers") == write(world, slugs=("rivers",))


def test_a_declaration_that_shows_another_thing_makes_them_anew(world: World) -> None:
    write(world)
    world.declare(rivers(together="max"))
    world.settle()
    assert world.newest().n == 2
    assert write(world).whole.value == 2.0


@pytest.mark.parametrize("stored", [b"", b"{", b"[]", b'{"made_of": "x"}', b"\xff", None])
def test_one_that_is_gone_or_broken_is_made_again(world: World, stored: bytes | None) -> None:
    write(world)
    body = world.public.get(keys.figures("rivers")).body
    world.public.delete(keys.figures("rivers"))
    if stored is not None:
        put_over(world.public, keys.figures("rivers"), stored)
    assert figures.read(world.public, "rivers") is None
    write(world)
    assert world.public.get(keys.figures("rivers")).body == body, "same inputs, same bytes"


def test_the_whole_document(world: World) -> None:
    world.declare(rivers(by="site", across="county", first={"field": "site", "value": "b"}, growing=2))
    world.settle()
    found = write(world)
    assert (found.n, found.measure, found.together, found.by, found.across) == (2, "level", "mean", "site", "county")
    assert (found.first and found.first.en, found.step, found.growing, found.decimals) == ("b", "day", 2, 1)
    assert found.tables == ("counties",)
    assert (found.whole.value, [(item.key, item.value) for item in found.others]) == (2.0, [("TW-TPE", 2.0)])
    assert found.others[0].label.zh_tw == "臺北"
    assert found.preview.columns == ("site", "day", "county", "level", "note")
    assert found.preview.rows[:2] == (
        ("a", "2025-04-15", "TW-TPE", "1", None),
        ("b", "2025-04-15", "TW-TPE", "2", None),
    )
    assert len(found.preview.rows) == figures.PREVIEW_ROWS
    assert found.newest == "2025-04-15"


@pytest.mark.parametrize(
    ("field", "code", "name"), [("county", "TW-TPE", "Taipei"), ("county", "TW-XXX", "TW-XXX"), ("site", "z", "z")]
)
def test_what_is_shown_first_has_its_name_where_it_has_one(world: World, field: str, code: str, name: str) -> None:
    world.declare(rivers(by="site", across="county", first={"field": field, "value": code}))
    world.settle()
    first = write(world).first
    assert first is not None
    assert first.en == name


def test_a_release_without_rows_has_figures_that_say_nothing(world: World) -> None:
    empty = {"rivers": replace(world.newest(), resources=())}
    found = figures.write(world.public, empty, "rivers", "counties")
    assert (found.steps, found.items, found.counties, found.preview.rows) == ((), (), {}, ())
    assert found.preview.columns[0] == "site"


def test_hostile_texts_stay_data(world: World) -> None:
    hostile = "<script>alert(1)</script>\u202e"
    quoted = '=HYPERLINK("javascript:x", "y")'
    world.tell(told(["2025-04-16"], f'"{quoted.replace(chr(34), chr(34) * 2)}"') + f"{hostile},2025-04-16,TW-TPE,9,\n")
    found = write(world)
    assert found.items[0].key == found.items[0].label.en == hostile
    assert {row[4] for row in found.preview.rows[:3]} == {quoted, None}, "as it is, without the quotes of CSV"
    assert json.loads(world.public.get(keys.figures("rivers")).body)["items"][0]["key"] == hostile


def test_a_damaged_file_is_told_and_stops_no_other_dataset(world: World) -> None:
    world.declare(declaration("lakes", FIELDS, key=["site", "day"]))
    world.tell(told(["2025-04-16"]), "lakes")
    damage(world.public, world.newest("rivers"), "data", "flipped")
    slugs = ["counties", "rivers", "lakes"]
    with pytest.raises(IntegrityError, match=r"rivers: data/rivers_2025-04\."):
        derived.write(world.public, slugs, declared=SITE)
    assert figures.read(world.public, "rivers") is None
    lakes = figures.read(world.public, "lakes")
    assert lakes is not None
    assert lakes.whole.value == 1.5
    assert world.public.head(keys.dataset_page("lakes", "en")) is not None


def test_a_release_without_a_declaration_is_told(world: World) -> None:
    release = world.newest()
    other = dict(release.facts.facts) | {"declaration": release.facts.facts["quality"]}
    lost = {"rivers": replace(release, facts=replace(release.facts, facts=other))}
    with pytest.raises(IntegrityError, match="expected a declaration in release 1"):
        figures.write(world.public, lost, "rivers", None)
