"""A column becomes a field, with comments that say what was seen, guessed and asked."""

from pathlib import Path

from proposing import folder_of

from pipelines.propose.columns import Column
from pipelines.propose.fields import Known, declared_names, propose_fields


def of(heard: str, *texts: str, known: Known | None = None) -> list[tuple[dict[str, object], str]]:
    column = Column(heard, dict.fromkeys(texts, 10), 3)
    proposed = propose_fields(column, 1, (), known or Known())
    return [(one.values, " ".join(one.notes)) for one in proposed]


def test_marks_that_are_data_get_a_field_of_their_own() -> None:
    (value, notes), (flag, _) = of("pm10", "12", "35 #", "x9", *map(str, range(20)))
    assert value["flag"] == {"field": "pm10_flag", "texts": ["#", "x"]}
    assert (flag["name"], flag["type"]) == ("pm10_flag", "string")
    assert "Guess:" in notes


def test_a_few_cells_that_cannot_be_read_are_asked_about() -> None:
    (value, notes), *_ = of("數量", "about a hundred people or so", *map(str, range(400)))
    assert value["type"] == "integer"
    assert "Question: 10 cells cannot be read so ('about a hundred people or so')" in notes


def test_days_that_fit_two_patterns_are_asked_about() -> None:
    ((value, notes),) = of("day", "01/02/2026", "03/04/2026")
    assert value["date"] == {"patterns": ["%m/%d/%Y"]}
    assert "Question: is it %m/%d/%Y? %d/%m/%Y fits too." in notes


def test_codes_percent_and_tags() -> None:
    assert of("id", "001", "7825", "B3")[0][0]["type"] == "string"
    assert of("比", "12.5%", "3%")[0][0]["unit"] == "%"
    assert of("機組", "<b>水力</b>", "火力")[0][0]["strip"] == "markup"


def test_who_may_read_it_is_asked() -> None:
    assert "may everyone read this" in of("聯絡人電話", "02-2345", "04-3456")[0][1]


def test_one_quantity_has_one_name_everywhere(tmp_path: Path) -> None:
    declared = declared_names(folder_of(tmp_path, "air-quality-hourly"))
    ((value, notes),) = of("PM2.5_AVG", "12", "35", known=Known(declared=declared))
    assert (value["name"], value["unit"]) == ("pm2_5_avg", "ug/m3")
    assert "as in air-quality-hourly" in notes


def test_counts_that_a_program_wrote_with_a_point_are_integers() -> None:
    ((value, _),) = of("人口數", "34.0", "12.0", "5")
    assert (value["type"], value["number"], value["unit"]) == ("integer", {"integral": True}, "{persons}")
