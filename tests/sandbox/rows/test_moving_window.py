"""A moving window: the stations of the air-quality dataset, and the markets of the crop dataset."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from simulated import AIR, CROPS, DATASETS, NIGHT_1, changed_dataset, table_of

from sandbox import SandboxError
from sandbox.row_specs import MovingWindowSpec
from sandbox.rows.moving_window import moving_window_at
from sandbox.spec import load

LOADED = load(DATASETS)
AQI_OF_STATUS = {"良好": range(15, 51), "普通": range(51, 101), "對敏感族群不健康": range(101, 151), "": range(1)}


def stations(now: datetime) -> dict[tuple[str, str], dict[str, str]]:
    return {(row["siteid"], row["publishtime"]): row for row in table_of(LOADED[AIR], now).rows}


def window_rows(columns: dict[str, object], **more: object) -> list[dict[str, str]]:
    """The rows of two sites at three hours, the newest hour first."""
    window = {"entities": "x.csv", "identity": "site", "steps": 3, "columns": columns} | more
    entities = [{"site": "a", "size": "10"}, {"site": "b", "size": "200"}]
    return moving_window_at(MovingWindowSpec.model_validate(window), entities, 1, NIGHT_1).rows


def test_stations_hours_and_fields() -> None:
    table = table_of(LOADED[AIR], NIGHT_1)
    assert len(table.rows) == 84 * 30
    assert len(stations(NIGHT_1)) == len(table.rows)
    assert len({row["county"] for row in table.rows}) == 22
    assert not any("台" in row["county"] for row in table.rows)
    hours = [row["publishtime"] for row in table.rows]
    assert hours == sorted(hours, reverse=True)
    assert (hours[0], hours[-1]) == ("2026/11/21 01:00:00", "2026/11/19 20:00:00")


def test_values_are_like_those_of_the_agency() -> None:
    rows = table_of(LOADED[AIR], NIGHT_1).rows
    for row in rows:
        assert int(row["aqi"]) in AQI_OF_STATUS[row["status"]]
        assert (row["pollutant"] == "") == (row["status"] in ("良好", ""))
        assert (row["wind_speed"] == "-") == (row["wind_direc"] == "-")
        if row["pm2.5"] and row["pm10"]:
            assert int(row["pm2.5"]) <= int(row["pm10"])
        if row["nox"] and row["no"] and row["no2"]:
            assert float(row["nox"]) == pytest.approx(float(row["no"]) + float(row["no2"]))
        assert not row["so2"].endswith(".0")
    assert 0 < sum(row["aqi"] == "0" for row in rows) < 30
    assert 0 < sum(row["wind_speed"] == "-" for row in rows) < 40
    assert 0 < sum(row["pm2.5"] == "" for row in rows) < 80
    assert {"良好", "普通", "對敏感族群不健康", ""} == {row["status"] for row in rows}


def test_an_hour_stays_the_same_until_it_is_a_day_old() -> None:
    first = stations(NIGHT_1)
    for hours in range(1, 6):
        # means too, which look back to before the window
        then = stations(NIGHT_1 + timedelta(hours=hours))
        assert all(first[key] == then[key] for key in first.keys() & then.keys() if key[1] > "2026/11/20 08")
    soon = stations(NIGHT_1 + timedelta(hours=6))
    young = [key for key in first.keys() & soon.keys() if key[1] > "2026/11/20 08"]
    assert len(young) == 84 * 18
    assert all(first[key] == soon[key] for key in young)

    later = stations(NIGHT_1 + timedelta(hours=26))
    both = first.keys() & later.keys()
    assert {key[1] for key in both} == {
        "2026/11/20 22:00:00",
        "2026/11/20 23:00:00",
        "2026/11/21 00:00:00",
        "2026/11/21 01:00:00",
    }
    cells = {name for key in both for name in first[key] if first[key][name] != later[key][name]}
    assert cells == {"so2", "co", "pm10", "pm2.5"}
    assert 0.05 < sum(first[key] != later[key] for key in both) / len(both) < 0.35


def prices(now: datetime) -> dict[tuple[str, str, str], dict[str, str]]:
    rows = table_of(LOADED[CROPS], now).rows
    by_key = {(row["TransDate"], row["MarketName"], row["TcType"] + row["CropCode"]): row for row in rows}
    assert len(by_key) == len(rows)
    return by_key


def test_prices_of_a_row_keep_their_order_and_crops_their_level() -> None:
    rows = [row for row in prices(NIGHT_1).values() if row["CropCode"] != "-"]
    assert 10_000 < len(rows) < 15_000
    for row in rows:
        low, middle, high, mean = (float(row[f"{name}_Price"]) for name in ("Lower", "Middle", "Upper", "Avg"))
        assert 0 < low <= middle <= high
        assert low <= mean <= high
        assert float(row["Trans_Quantity"]) > 0
    dear = [float(row["Avg_Price"]) for row in rows if row["CropName"] == "葡萄-巨峰"]
    cheap = [float(row["Avg_Price"]) for row in rows if row["CropName"] == "冬瓜-白皮"]
    assert min(dear) > 4 * max(cheap)
    assert len({*dear}) > 100


def test_amounts_are_restated_once_their_day_is_old_enough() -> None:
    first, later = prices(NIGHT_1), prices(NIGHT_1 + timedelta(days=1))
    both = first.keys() & later.keys()
    changed = [key for key in both if first[key] != later[key]]
    assert {key[0] for key in changed} == {"2026-11-20"}
    assert {name for key in changed for name in first[key] if first[key][name] != later[key][name]} == {
        "Trans_Quantity"
    }
    assert {key[0] for key in later.keys() - first.keys()} == {"2026-11-19", "2026-11-21"}


def test_each_kind_of_column() -> None:
    rows = window_rows(
        {
            "site": {"entity": "site"},
            "at": {"time": "%d %H:%M"},
            "unit": {"text": "ppm"},
            "grade": {"choice": {"x": 1, "y": 1}},
            "level": {"number": {"low": 1, "high": 9, "digits": 2}},
            "twice": {"number": {"low": 0, "high": 99, "digits": 2, "jitter": 0, "of": "level", "by": 2}},
            "weight": {"scaled": {"of": "size", "low": 1, "high": 2, "digits": 1}},
            "total": {"sum": {"of": ["level", "twice"], "digits": 2}},
            "band": {"bands": {"of": "level", "upto": [{"upto": 5, "text": "low"}, {"upto": 7, "text": "high"}]}},
        }
    )
    assert [(row["site"], row["at"]) for row in rows] == [
        (site, f"21 0{hour}:00" if hour >= 0 else "20 23:00") for hour in (1, 0, -1) for site in "ab"
    ]
    for row in rows:
        assert row["unit"] == "ppm"
        assert row["grade"] in "xy"
        assert 1 <= float(row["level"]) <= 9
        assert float(row["twice"]) == pytest.approx(2 * float(row["level"]))
        assert float(row["total"]) == pytest.approx(3 * float(row["level"]))
        size = {"a": 10, "b": 200}[row["site"]]
        assert size <= float(row["weight"]) <= 2 * size
        assert row["band"] == ("low" if float(row["level"]) <= 5 else "high"), "the last band takes all higher numbers"


def test_with_a_beginning_no_step_leaves() -> None:
    columns = {"at": {"time": "%d"}, "level": {"number": {"low": 1, "high": 9, "digits": 2}}}
    spec = MovingWindowSpec.model_validate(
        {"entities": "x.csv", "identity": "site", "begin": "2026-11-18", "step_minutes": 1440, "columns": columns}
    )
    first, later = (
        moving_window_at(spec, [{"site": "a"}], 1, now).rows for now in (NIGHT_1, NIGHT_1 + timedelta(days=1))
    )
    assert [row["at"] for row in first] == ["21", "20", "19", "18"]
    assert later[1:] == first


def test_a_mean_is_that_of_the_last_steps() -> None:
    columns = {"level": {"number": {"low": 1, "high": 9}}, "mean": {"mean": {"of": "level", "steps": 2, "digits": 2}}}
    newest, middle, oldest = (window_rows(columns)[index] for index in (0, 2, 4))
    for later, earlier in ((newest, middle), (middle, oldest)):
        assert float(later["mean"]) == (float(later["level"]) + float(earlier["level"])) / 2


def test_an_exception_sees_the_texts_of_another_column() -> None:
    columns = {
        "site": {"entity": "site"},
        "note": {"text": "-", "but": [{"text": "first", "column": "site", "is": "a"}]},
        "copy": {"text": "-", "but": [{"text": "second", "column": "note", "is": "first"}]},
    }
    assert {(row["site"], row["note"], row["copy"]) for row in window_rows(columns)} == {
        ("a", "first", "second"),
        ("b", "-", "-"),
    }


def test_joint_texts_come_in_the_same_rows() -> None:
    columns = {name: {"text": "1"} for name in ("speed", "direction")}
    together = [{"share": 0.5, "set": {"speed": "-", "direction": "-"}}]
    rows = window_rows(columns, together=together, steps=50)
    assert {(row["speed"], row["direction"]) for row in rows} == {("-", "-"), ("1", "1")}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("number: {of: aqi, by: 0.36", "number: {of: pm10, by: 0.36", "follows itself: .*pm10 -> pm2.5 -> pm10"),
        ("of: pm2.5, by: 1.9", "of: county, by: 1.9", "'county' is followed but is no number"),
    ],
)
def test_a_column_that_cannot_be_made(tmp_path: Path, old: str, new: str, message: str) -> None:
    dataset = changed_dataset(tmp_path, AIR, old, new)
    with pytest.raises(SandboxError, match=message):
        table_of(dataset, NIGHT_1)


def test_texts_stand_around_a_text_and_times_are_moved() -> None:
    rows = window_rows(
        {"site": {"entity": "site", "before": "<b>", "after": "</b>"}, "sent": {"time": "%H:%M", "later_minutes": -20}}
    )
    assert rows[0] == {"site": "<b>a</b>", "sent": "00:40"}
