"""The rows: the same always, true to what the sandbox.yaml says, and a sandbox.yaml that is wrong is refused."""

import functools
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from sandbox import SandboxError
from sandbox.clock import moment
from sandbox.messages import Table
from sandbox.noise import grid, pick, unit
from sandbox.rows.table import table_at
from sandbox.spec import Source, load

DATASETS = Path(__file__).parents[2] / "datasets"
AIR, CDC, CROPS = "air-quality-hourly", "covid-19-onset-county", "crop-prices"
NIGHT_1 = moment("2026-11-21T01:30:00+08:00")
SOURCES = load(DATASETS)
STATUS = {"良好": range(15, 51), "普通": range(51, 101), "對敏感族群不健康": range(101, 151), "": range(1)}


def by_key(table: Table, *outside: str) -> dict[tuple[str, ...], dict[str, str]]:
    found = {tuple(text for name, text in row.items() if name not in outside): row for row in table.rows}
    assert len(found) == len(table.rows)
    return found


def stations(now: datetime) -> dict[tuple[str, str], dict[str, str]]:
    return {(row["siteid"], row["publishtime"]): row for row in table_at(SOURCES[AIR], now).rows}


def test_noise_belongs_to_who_asks_and_not_to_when() -> None:
    ticks = np.arange(10, 20, dtype=np.int64)
    whole = grid((1, "a"), ["x", "y"], ticks)
    assert ((whole >= 0) & (whole < 1)).all()
    np.testing.assert_array_equal(grid((1, "a"), ["y"], ticks[3:5]), whole[1:, 3:5])
    assert (grid((2, "a"), ["x", "y"], ticks) != whole).all()
    assert unit("ab", "c") != unit("a", "bc")
    drawn = [pick([1, 0, 3], number) for number in range(400)]
    assert set(drawn) == {0, 2}
    assert 240 < drawn.count(2) < 360


@pytest.mark.parametrize("slug", [AIR, CDC, CROPS])
def test_the_same_moment_gives_the_same_rows(slug: str) -> None:
    assert table_at(load(DATASETS)[slug], NIGHT_1) == table_at(SOURCES[slug], NIGHT_1)


def test_noise_is_pinned() -> None:
    # these values stand in every evidence that a demonstration made; a change of them is a change of the simulated past
    assert f"{unit('pinned'):.6f}" == "0.674127"
    assert f"{grid(('pinned',), ['x'], np.array([5], dtype=np.int64))[0, 0]:.6f}" == "0.588667"


def test_stations_hours_and_fields() -> None:
    table = table_at(SOURCES[AIR], NIGHT_1)
    assert len(table.rows) == 84 * 30
    assert len(stations(NIGHT_1)) == len(table.rows)
    assert len({row["county"] for row in table.rows}) == 22
    assert not any("台" in row["county"] for row in table.rows)
    hours = [row["publishtime"] for row in table.rows]
    assert hours == sorted(hours, reverse=True)
    assert (hours[0], hours[-1]) == ("2026/11/21 01:00:00", "2026/11/19 20:00:00")


def test_values_are_those_of_an_agency() -> None:
    rows = table_at(SOURCES[AIR], NIGHT_1).rows
    for row in rows:
        assert int(row["aqi"]) in STATUS[row["status"]]
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


def test_an_hour_is_told_the_same_until_it_is_a_day_old() -> None:
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


def test_a_day_adds_corrects_and_withdraws() -> None:
    count = "確定病例數"
    for day in range(5):
        now = NIGHT_1 + timedelta(days=day)
        before = by_key(table_at(SOURCES[CDC], now), count)
        after = by_key(table_at(SOURCES[CDC], now + timedelta(days=1)), count)
        assert len(after.keys() - before.keys()) == 20
        assert len(before.keys() - after.keys()) == 2
        changed = [key for key in before.keys() & after.keys() if before[key] != after[key]]
        assert len(changed) == 4
        assert all(int(after[key][count]) == int(before[key][count]) + 1 for key in changed)
    assert 2900 < len(before) < 3200


def test_the_table_changes_when_it_is_published_and_not_between() -> None:
    source = SOURCES[CDC]
    before = table_at(source, moment("2026-11-21T17:04:59+08:00"))
    assert before == table_at(source, NIGHT_1)
    after = table_at(source, moment("2026-11-21T17:05:00+08:00"))
    assert after.as_of == moment("2026-11-21T17:05:00+08:00")
    assert len(after.rows) == len(before.rows) + 18
    assert table_at(source, moment("2026-01-01T00:00:00+08:00")).rows == []


def test_counties_and_keys_of_the_table() -> None:
    table = table_at(SOURCES[CDC], NIGHT_1)
    assert len(by_key(table, "確定病例數", "是否為境外移入")) == len(table.rows)
    counties = {row["縣市"] for row in table.rows}
    assert {"台北市", "台東縣", "空值"} <= counties
    assert not any("臺" in county for county in counties)
    assert all((row["縣市"] == "空值") == (row["鄉鎮"] == "空值") for row in table.rows)
    assert {row["年齡層"] for row in table.rows} <= set(SOURCES[CDC].file.rows.kind.columns["年齡層"].choice or ())


def prices(now: datetime) -> dict[tuple[str, str, str], dict[str, str]]:
    rows = table_at(SOURCES[CROPS], now).rows
    found = {(row["TransDate"], row["MarketName"], row["TcType"] + row["CropCode"]): row for row in rows}
    assert len(found) == len(rows)
    return found


def test_a_market_that_rests_says_so_in_one_row_and_on_a_holiday_nobody_does() -> None:
    found = prices(NIGHT_1)
    monday = [row for (day, *_), row in found.items() if day == "2026-11-16"]
    resting = [row for row in monday if row["CropName"] == "休市"]
    assert {row["MarketName"] for row in monday} - {row["MarketName"] for row in resting} == {"溪湖鎮"}
    assert len(resting) == 9 * 2
    assert {row["CropCode"] for row in resting} == {"-"}
    assert {row[name] for row in resting for name in row if "Price" in name or "Quantity" in name} == {"0"}
    assert {day for day, *_ in found} == {
        day
        for day in ((NIGHT_1 - timedelta(days=back)).date().isoformat() for back in range(1, 45))
        if day != "2026-10-25"
    }


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


@functools.cache
def markets(now: datetime) -> dict[str, set[str]]:
    """By day, who told its prices by then; asked of the same moment for several days."""
    told: dict[str, set[str]] = {}
    for day, market, _ in prices(now):
        told.setdefault(day, set()).add(market)
    return told


def test_a_market_may_be_a_day_or_two_late_and_then_nothing_of_its_day_was_lost() -> None:
    settled = markets(NIGHT_1 + timedelta(days=4))
    late = 0
    for back in range(1, 30):
        day = (NIGHT_1 - timedelta(days=back)).date()
        seen: set[str] = set()
        for days in range(4):
            there = markets(moment(f"{day + timedelta(days=days)}T13:59:00+08:00")).get(day.isoformat(), set())
            assert seen <= there
            late += len(there - seen) if days > 1 else 0
            assert days > 0 or not there, "nothing before 14:00 of the day"
            seen = there
        assert seen == settled.get(day.isoformat(), set())
    assert 0.08 < late / (29 * 10) < 0.22


def test_amounts_of_a_day_are_mended_once_it_is_old() -> None:
    first, later = prices(NIGHT_1), prices(NIGHT_1 + timedelta(days=1))
    both = first.keys() & later.keys()
    changed = [key for key in both if first[key] != later[key]]
    assert {key[0] for key in changed} == {"2026-11-20"}
    assert {name for key in changed for name in first[key] if first[key][name] != later[key][name]} == {
        "Trans_Quantity"
    }
    assert {key[0] for key in later.keys() - first.keys()} == {"2026-11-19", "2026-11-21"}


def rewritten(tmp_path: Path, slug: str, old: str, new: str) -> dict[str, Source]:
    shutil.copytree(DATASETS / slug, tmp_path / slug)
    file = tmp_path / slug / "sandbox.yaml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    return load(tmp_path)


@pytest.mark.parametrize(
    ("slug", "old", "new", "says"),
    [
        (AIR, "protocol: moenv", "protocol: smoke", "unknown protocol 'smoke'; known: file, moa, moenv"),
        (AIR, "seed: 432", "sead: 432", "sandbox.yaml: .*sead: Extra inputs"),
        (AIR, "quota: 300", "qouta: 300", "speaks.qouta: Extra inputs"),
        (AIR, "digits: 2", "digit: 2", "rows.window.columns.co.number.digit: Extra inputs"),
        (AIR, '"no": {number', "5: {number", r"sandbox.yaml:\d+: .*the key 5 is not text: write it in quotes"),
        (AIR, "county: {entity: county}", "county: {entity: county, text: x}", "columns.county.*exactly one of"),
        (AIR, "county: {entity: county}", "county: {entity: shire}", "has no column 'shire'"),
        (AIR, "sandbox-stations.csv", "../x.csv", "is no file beside it"),
        (AIR, "bands:\n          of: aqi", "bands:\n          of: iqa", "'iqa' is not one of columns"),
        (AIR, "fault: down", "fault: flood", "timeline.0: unknown fault 'flood'"),
        (AIR, 'until: "2026-11-22T03:00:00+08:00"', "until: tomorrow", "timeline.0.until: .*ISO 8601 time such as"),
        (
            AIR,
            'until: "2026-11-22T03:00:00+08:00"',
            "until: 20261122",
            "timeline.0.until: .*ISO 8601 text, got 20261122",
        ),
        (CDC, "    column: 是否為境外移入", "    column: 是否", "timeline.0: .*names column '是否'"),
        (CDC, "withdrawn_after_days: [2, 9]", "withdrawn_after_days: two", "withdrawn_after_days"),
        (CDC, "rows:\n  ledger:", "rows: {}\nother:\n  ledger:", "exactly one of window, ledger"),
        (CDC, "host: od", "host: [", "sandbox.yaml"),
        (CROPS, "weekdays: rests", "weekdays: sleeps", "has no column 'sleeps'"),
        (CROPS, "by: [market_code, kind]", "by: [market]", "has no column 'market'"),
        (CROPS, "by: [market_code], share", "by: [town], share", "has no column 'town'"),
        (CROPS, "CropName: 休市", "CropTitle: 休市", "'CropTitle' is not one of columns"),
        (CROPS, "scaled: {of: kilograms", "scaled: {of: tons", "has no column 'tons'"),
        (CROPS, "[sandbox-markets.csv, sandbox-crops.csv]", "[sandbox-markets.csv, x.csv]", "is no file beside it"),
    ],
)
def test_a_wrong_sandbox_yaml_names_file_and_key(tmp_path: Path, slug: str, old: str, new: str, says: str) -> None:
    with pytest.raises(SandboxError, match=rf"{slug}/sandbox\.yaml") as told:
        rewritten(tmp_path, slug, old, new)
    assert told.match(f"(?s){says}")


@pytest.mark.parametrize(
    ("slug", "old", "new", "says"),
    [
        (AIR, "number: {of: aqi, by: 0.36", "number: {of: pm10, by: 0.36", "follows itself: .*pm10 -> pm2.5 -> pm10"),
        (AIR, "of: pm2.5, by: 1.9", "of: county, by: 1.9", "'county' is followed but is no number"),
        (CDC, '{choice: {"1": 909', '{number: {low: 1, high: 2}}\n      X: {choice: {"1": 909', "a ledger knows"),
        (CDC, "unique: [確定病名, 發病日", "unique: [確定病名] #", "no row differs from all others"),
    ],
)
def test_rows_that_cannot_be_made(tmp_path: Path, slug: str, old: str, new: str, says: str) -> None:
    source = rewritten(tmp_path, slug, old, new)[slug]
    with pytest.raises(SandboxError, match=says):
        table_at(source, NIGHT_1)


def test_two_datasets_cannot_live_at_one_address(tmp_path: Path) -> None:
    shutil.copytree(DATASETS / CDC, tmp_path / "one")
    shutil.copytree(DATASETS / CDC, tmp_path / "two")
    with pytest.raises(SandboxError, match=r"two/sandbox\.yaml: host and path are those of one"):
        load(tmp_path)
    with pytest.raises(SandboxError, match=r"no folder there has a sandbox\.yaml"):
        load(tmp_path / "one")
