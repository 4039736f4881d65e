"""Names, titles and units that are guessed from what an agency calls a column."""

import csv
from importlib.resources import files

import pytest

from catalog.declaration.fields import is_ucum
from pipelines.propose.words import known, name_for, title_for, unit_in, unit_written


@pytest.mark.parametrize(
    ("heard", "name", "title", "unit"),
    [
        ("縣市", "county", "County", None),
        ("面積(公頃)", "area", "Area", "har"),
        ("監測值(微西弗/時)", "value", "Value", "uSv/h"),
        ("PM2.5", "pm2_5", "PM2.5", "ug/m3"),
        ("SiteName", "site_name", "Site Name", None),
        ("WeatherElement.AirTemperature", "air_temperature", "Weather Element.Air Temperature", None),
        ("01_00060", "column_01_00060", "01 00060", None),
        ("SITE_LATITUDE", "site_latitude", "SITE LATITUDE", "deg"),
        ("磯鷸", "column_3", "Column 3", None),
    ],
)
def test_what_a_column_is_called(heard: str, name: str, title: str, unit: str | None) -> None:
    word = known(heard)
    assert (name_for(heard, 3, ()), title_for(heard, 3), word.unit if word else None) == (name, title, unit)


def test_no_two_fields_have_one_name() -> None:
    assert name_for("縣市", 1, {"county", "county_2"}) == "county_3"


def test_a_unit_that_nobody_knows_is_none() -> None:
    assert (unit_written("CFU/100mL"), unit_in("高度(臺尺)"), unit_written("")) == ("{CFU}/(100.mL)", None, None)


@pytest.mark.parametrize("name", ["words", "units"])
def test_the_tables_say_each_word_once_and_units_of_ucum(name: str) -> None:
    text = files("pipelines.propose").joinpath(f"{name}.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    assert len({next(iter(row.values())) for row in rows}) == len(rows) > 50
    assert [row for row in rows if row["unit"] and not is_ucum(row["unit"])] == []
