"""Rows that were corrected or removed, in words: keys by names, values with units, differences as they are written."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.release.changes import Counts
from catalog.site import cells
from catalog.site.cells import Cells, ShownCell, corrections, number, places, removals
from catalog.site.changed import Cell, ChangedRow, ReleaseChanges, Where
from catalog.site.named import Named
from catalog.site.pages import Entry
from catalog.site.sources import Released
from catalog.site.words import words

FIELDS: list[dict[str, Any]] = [
    {"name": "crop_code", "type": "string", "title": "Crop", "translations": {"zh-TW": {"title": "作物"}}},
    {"name": "crop_name", "type": "string", "title": "Name"},
    {"name": "day", "type": "date", "title": "Day"},
    {"name": "price", "type": "number", "title": "Price", "unit": "{TWD}/kg"},
    {"name": "year", "type": "integer", "title": "Year"},
    {"name": "open", "type": "boolean", "title": "Open"},
]
NAMED = Named(
    {"crop_code": {"LA1": {"en": "Cabbage", "zh-TW": "甘藍"}}}, {"crop_code": {"en": "crop_name", "zh-TW": "crop_name"}}
)


@pytest.fixture
def released(entries: list[Entry]) -> Released:
    (one,) = [each.newest for each in entries if each.slug == "rivers" and each.newest]
    schema = {"fields": FIELDS, "primaryKey": ["crop_code", "day"]}
    return Released(one.release, schema, one.quality, one.declaration)


def shown(released: Released, language: str = "en") -> Cells:
    return Cells(words(language), released, NAMED)


def row(crop: str = "LA1", day: int = 1, *moved: Cell, **beside: Any) -> ChangedRow:
    return ChangedRow({"crop_code": crop, "day": dt.date(2026, 7, day)}, beside, moved)


def of(*updated: ChangedRow, deleted: tuple[ChangedRow, ...] = (), update: int | None = None) -> ReleaseChanges:
    counts = Counts(update=len(updated) if update is None else update, delete=len(deleted))
    return ReleaseChanges(counts, 100, 1, updated, deleted)


def test_values_are_written_for_a_reader_of_the_language(released: Released) -> None:
    en, zh = shown(released), shown(released, "zh-TW")
    assert (zh.title("crop_code"), en.title("crop_code"), en.title("gone")) == ("作物", "Crop", "gone")
    assert (zh.head("price"), en.head("price")) == ("Price（元／公斤）", "Price (NT$ per kg)")
    assert (en.value("crop_code", "LA1"), zh.value("crop_code", "LA1")) == ("Cabbage", "甘藍")
    assert (en.value("price", None), zh.value("price", None)) == ("no value", "無數值")
    assert (en.value("open", True), zh.value("open", False)) == ("yes", "否")
    assert (en.value("price", -1234.5), en.value("year", 2024)) == ("−1,234.5", "2024"), "a year is no quantity"
    at = dt.datetime(2026, 7, 7, 13, 0, tzinfo=dt.UTC)
    assert (en.value("day", at), en.value("day", at.replace(second=9))) == ("2026-07-07 21:00", "2026-07-07 21:00:09")


def test_corrections_show_before_after_and_by_how_much(released: Released) -> None:
    found = corrections(
        shown(released), of(row("LA1", 1, Cell("price", 0.1, 0.3)), row("LA2", 1, Cell("price", 7, None)))
    )
    assert found.column == "Price (NT$ per kg)"
    assert found.same == ["2026-07-01"]
    assert [each.key for each in found.rows] == [["Cabbage"], ["LA2"]]
    assert found.rows[0].cells == [ShownCell("Price (NT$ per kg)", "0.1", "0.3", "+0.2")]
    assert found.rows[1].cells == [ShownCell("Price (NT$ per kg)", "7", "no value", "")]


def test_several_columns_have_no_common_head_and_what_is_left_out_is_counted(released: Released) -> None:
    many = tuple(Cell(f"c{i}", i, i + 1) for i in range(cells.MOST_CELLS + 2))
    found = corrections(shown(released), of(row("LA1", 1, *many), update=51))
    assert (found.column, found.left_out, found.same) == ("", 50, [])
    assert (len(found.rows[0].cells), found.rows[0].more) == (cells.MOST_CELLS, 2)
    assert found.rows[0].key == ["Cabbage", "2026-07-01"]


def test_a_removed_row_says_what_it_said_and_its_code_by_the_name_beside(released: Released) -> None:
    gone = (row("B1", 1, crop_name="Leek", price=3.0, open=None), row("B2", 2, crop_name=None, price=4.0))
    found = removals(shown(released), of(deleted=gone))
    assert [each.key for each in found.rows] == [["Leek", "2026-07-01"], ["B2", "2026-07-02"]]
    assert [[cell.before for cell in each.cells] for each in found.rows] == [["3"], ["4"]]
    assert found.column == "Price (NT$ per kg)"


def test_places_have_names_and_bars(released: Released) -> None:
    where = Where("crop_code", "", (("LA1", Counts(3, 0, 1)), ("", Counts(update=1))))
    assert places(shown(released), where) == [
        ("Cabbage", Counts(3, 0, 1), 100, True),
        ("no value", Counts(update=1), 25, False),
    ]
    assert places(shown(released), Where("day", "month", (("2026-07", Counts(1)),)))[0].name == "2026-07"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (0.0, "0"), (-0.5, "−0.5"), (1234567, "1,234,567"), (13.0, "13"), (1e300, "1e+300"), (1e-9, "1e−09")],
)
def test_numbers(value: float, text: str) -> None:
    assert number(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_written_as_it_was_measured(value: float) -> None:
    assert float(number(value).replace(",", "").replace("−", "-")) == value
    assert number(value, signed=True).startswith("+") == (value > 0)
