"""Tables that are not one row a record, and values that stand in several columns."""

import pyarrow as pa
import pytest

from pipelines.propose.columns import Column, columns_of
from pipelines.propose.fields import Known, ProposedField, propose_fields
from pipelines.propose.shapes import join_times, packed, part_of, see_shape


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (["1/22/20", "1/23/20", "1/24/20"], "day"),
        (["2013 ", "2012 ", "2011 "], "year"),
        (["115/01", "115/02", "115/03"], "month"),
        ([str(hour) for hour in range(24)], "hour"),
        ([f"{hour:02}" for hour in range(24)], "hour"),
        (["1", "2", "3"], None),
        (["2013", "2014"], None),
    ],
)
def test_columns_whose_names_are_periods_become_rows(names: list[str], kind: str | None) -> None:
    records = pa.table({"place": ["a", "b"], **{name: ["1", ""] for name in names}})
    shape = see_shape(records)
    if kind is None:
        assert shape.steps == []
        return
    (step,) = shape.steps
    assert (step["unpivot"]["name"], step["unpivot"]["empty"]) == (kind, "drop")
    assert shape.records.num_rows == len(names)  # those of b are empty


GROUPS = {
    "county": ["甲", "", "", "乙", ""],
    "town": ["a", "", "b", "a", ""],
    "kind": ["x", "y", "x", "x", "y"],
    "note": ["", "", "", "", "see 2"],
}


def test_groups_that_are_named_once_are_filled() -> None:
    shape = see_shape(pa.table(GROUPS))
    assert shape.steps == [{"fill_down": {"columns": ["county", "town"]}}]
    assert shape.records.column("town").to_pylist() == ["a", "a", "b", "a", "a"]
    assert shape.notes[0].startswith("Guess:")
    wide = see_shape(pa.table({"county": GROUPS["county"], **{f"{year} ": ["1"] * 5 for year in (2013, 2014, 2015)}}))
    assert [next(iter(step)) for step in wide.steps] == ["fill_down", "unpivot"]
    assert wide.records.num_rows == 15


@pytest.mark.parametrize(
    "columns",
    [
        {"note": ["", "x", "y"], "kind": ["a", "b", "c"]},
        {"note": ["x", "", "x"], "kind": ["a", "b", "c"]},
        {"note": ["x", "", ""], "kind": ["a", "b", "c"]},
        {"kind": ["a", "b", "c"], "note": ["x", "", "y"]},
        {"county": ["x", "", "y"], "town": ["a", "b", ""]},
        {"note": ["x", "", "y", ""], "kind": ["a", "b", "", "c"]},
    ],
)
def test_empty_cells_that_are_of_no_group_stay(columns: dict[str, list[str]]) -> None:
    assert see_shape(pa.table(columns)).steps == []


def test_a_total_begins_a_group_without_a_part() -> None:
    columns = {"county": ["甲", "", "小計", "乙", ""], "town": ["a", "b", "", "a", "c"], "n": list("12334")}
    assert see_shape(pa.table(columns)).steps == [{"fill_down": {"columns": ["county"]}}]
    merged = {**columns, "county": ["甲", "", "小計", "乙", "丙"]}
    assert see_shape(pa.table(merged), ("county",)).steps == [{"fill_down": {"columns": ["county"]}}]


def test_merged_cells_that_the_file_tells_are_filled_wherever_they_stand() -> None:
    shape = see_shape(pa.table({"kind": ["a", "b", "c"], "area": ["x", "", "x"]}), ("area",))
    assert (shape.steps, shape.notes[0][:18]) == ([{"fill_down": {"columns": ["area"]}}], "Seen: merged cells")


def test_packed_cells_are_parts() -> None:
    column = Column("unit,geo\\time", {"T,AT": 2, "T,BE": 1}, 0)
    assert packed(column) == (",", ["unit", "geo"])
    assert part_of(column, ",", 1, "geo").counts == {"AT": 2, "BE": 1}
    assert packed(Column("Lage, Ort", {"a": 1, "b, c": 1}, 0)) is None


def joined(**columns: list[str]) -> dict[str, ProposedField]:
    found = columns_of(pa.table(columns))
    fields = [one for at, column in enumerate(found, 1) for one in propose_fields(column, at, (), Known())]
    return {one.name: one for one in join_times(fields, found)}


def test_a_day_and_an_hour() -> None:
    time = joined(day=["2026-07-01", "2026-07-02"], hour=["1", "24"])["time"].values
    assert (time["join"], time["date"]) == (
        {"fields": ["day_text", "hour_text"]}, {"patterns": ["%Y-%m-%d %H"], "24:00": True}
    )  # fmt: skip


def test_a_time_and_the_name_of_its_offset() -> None:
    time = joined(at=["2014-03-07 00:00", "2014-03-10 00:15"], tz_cd=["EST", "EDT"])["time"].values
    assert time["date"]["offsets"] == {"EDT": "-04:00", "EST": "-05:00"}
    assert time["date"]["zone"] == "UTC"
    assert "time" not in joined(at=["2014-03-07 00:00"], tz_cd=["CST"])  # of America, or of China


def test_a_year_and_a_month() -> None:
    month = joined(年=["114", "115"], 月=["1", "12"])["month"].values
    assert (month["join"]["by"], month["date"]) == ("-", {"calendar": "roc", "patterns": ["%Y-%m"]})
