"""Values, steps of time, levels and names in words."""

import pytest
from measured import FIELDS, HOURS, LEVELS, VIEWS, course, figures, label, measures

from catalog.figures.document import Course
from catalog.site.measures import moment, steps, unit
from catalog.site.words import words

ZH, EN = words("zh-TW"), words("en")


@pytest.mark.parametrize(
    ("value", "decimals", "shown"),
    [(1234.56, 1, "1,234.6"), (-0.26, 1, "−0.3"), (7.0, 0, "7"), (0.0, 1, "0.0"), (None, 1, "no value")],
)
def test_values(value: float | None, decimals: int, shown: str) -> None:
    assert measures("en", figures(decimals=decimals)).value(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"), [(0.5, "0.5"), (-20, "−20"), (1500, "1,500"), (2_500_000, "2,500,000"), (1e-7, "1e−07")]
)
def test_values_of_an_axis(value: float, shown: str) -> None:
    assert measures("en", figures()).tick(value) == shown


def test_names_units_and_titles_are_those_of_the_language() -> None:
    zh, en = measures("zh-TW", figures()), measures("en", figures())
    assert (zh.measure, en.measure) == ("水位", "Water level")
    assert (zh.unit, en.unit) == ("元／公斤", "NT$ per kg")
    assert (zh.by, en.by) == ("地點", "Place"), "the column of names, not of codes"
    assert (zh.name(label("a")), en.name(label("a")), en.name(None)) == ("a", "A", "")
    assert unit(EN, "ug/m3") == "µg/m³"
    assert (unit(EN, "1"), unit(ZH, "1")) == ("", ""), "an index has no unit, and the figure 1 is no word for that"
    assert en.with_unit(3) == "3.0 NT$ per kg"


def test_without_names_the_column_of_codes_is_named() -> None:
    assert measures("en", figures(), {"measure": "level", "by": "place"}).by == "Place code"


def test_levels_have_a_name_without_brackets_and_a_tone_by_their_place() -> None:
    zh, en = measures("zh-TW", figures(), VIEWS | LEVELS), measures("en", figures(), VIEWS | LEVELS)
    assert (zh.level("calm"), en.level("calm"), en.level(None)) == ("平靜", "Calm", "")
    assert (en.tone("calm"), en.tone("wild"), en.tone("odd"), en.tone(None)) == ("level1", "level2", "", "")
    assert (zh.noun(), en.noun(), measures("en", figures()).noun()) == ("條", "rivers", "")
    assert en.level("odd") == "odd"
    assert measures("en", figures()).level("calm") == "", "nothing is said where no levels are declared"


@pytest.mark.parametrize(
    ("step", "grain", "zh", "en", "short"),
    [
        (HOURS[5], "hour", "2026 年 7 月 1 日（民國 115 年）05:00", "1 July 2026, 05:00", "2026-07-01 05:00"),
        ("2026-07-09", "day", "2026 年 7 月 9 日（民國 115 年）", "9 July 2026", "2026-07-09"),
        ("2026-07-06", "week", "2026 年 7 月 6 日（民國 115 年）起一週", "week of 6 July 2026", "2026-07-06"),
        ("2026-02", "month", "2026 年（民國 115 年）2 月", "February 2026", "2026-02"),
        ("2026", "year", "2026 年（民國 115 年）", "2026", "2026"),
    ],
)
def test_steps_of_time(step: str, grain: str, zh: str, en: str, short: str) -> None:
    assert moment(ZH, step, grain, whole=True) == zh  # type: ignore[arg-type]
    assert moment(EN, step, grain, whole=True) == en  # type: ignore[arg-type]
    assert moment(EN, step, grain, whole=False) == short  # type: ignore[arg-type]


def test_cells_of_the_preview_are_read_by_people() -> None:
    zh, en = measures("zh-TW", figures()), measures("en", figures())
    assert (zh.cell("state", "calm", {}), en.cell("state", "calm", {})) == ("平靜（至 1）", "Calm (up to 1)")
    assert en.cell("place", "c1", {"c1": "Lake County"}) == "Lake County"
    assert en.cell("place", "c2", {"c1": "Lake County"}) == "c2"
    assert en.cell("state", "odd", {}) == "odd"
    assert en.cell("heard", "2026-07-07T21:00:00+08:00", {}) == "2026-07-07 21:00"
    assert en.cell("heard", "no time", {}) == "no time"


def test_no_step_is_nothing() -> None:
    assert moment(EN, None, "day", whole=True) == ""
    assert moment(EN, "2026", None, whole=True) == ""


def test_steps_are_clocks_on_the_wall() -> None:
    assert [f"{step:%m-%d %H:%M}" for step in steps(figures(step="hour", steps=HOURS))][:2] == [
        "07-01 00:00",
        "07-01 01:00",
    ]
    assert [step.year for step in steps(figures(step="year", steps=("1999", "2000")))] == [1999, 2000]
    assert [step.month for step in steps(figures(step="month", steps=("1999-11", "1999-12")))] == [11, 12]


@pytest.mark.parametrize(
    ("series", "said"),
    [
        ((5.0, 7.5), "2.5 NT$ per kg more than the 5.0 before."),
        ((7.5, 5.0), "2.5 NT$ per kg less than the 7.5 before."),
        ((5.0, 5.0), "The same as before."),
        ((5.0, None, 7.0), "2.0 NT$ per kg more than the 5.0 of the last time with a value."),
        ((5.0, None), ""),
        ((None, 7.0), ""),
        ((7.0,), ""),
    ],
)
def test_a_value_against_the_one_before(series: tuple[float | None, ...], said: str) -> None:
    assert measures("en", figures()).against(Course(**course(*series))) == said


def test_what_is_declared_stays_text() -> None:
    fields = [{"name": "level", "title": "<script>"}]
    shown = measures("en", figures())
    shown.released.schema["fields"] = fields
    try:
        assert shown.measure == "<script>"  # escaped where it becomes markup: test_opening.py
    finally:
        shown.released.schema["fields"] = FIELDS
