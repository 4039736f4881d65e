"""The real answers of two agencies. The figures were counted from the raw files, by primary key, by other means."""

import gzip
import hashlib
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import frictionless
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest
import recordings
from recordings import Home, body, lines, replay
from stores import quick_stores
from watched import in_child

import quality.run  # noqa: F401  the children are forked from a process that has it
from catalog.formats import csv, parquet
from catalog.release import publish
from catalog.release.changes import Counts
from catalog.release.document import Input
from catalog.release.read import ReleaseFiles
from catalog.release.verify import verify
from pipelines.refresh import decide
from pipelines.trace.rebuild import rebuild

pytestmark = recordings.needed
AIR, COVID = "air-quality-hourly", "covid-19-onset-county"
CROPS, STATIONS = "crop-prices", "air-quality-stations"


@pytest.fixture(scope="module")
def covid(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, list[Any]]:
    folder = tmp_path_factory.mktemp("covid")
    home = Home(*quick_stores(folder))
    return home, home.run(COVID, each=True)


@pytest.fixture(scope="module")
def air(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, list[Any]]:
    folder = tmp_path_factory.mktemp("air")
    home = Home(*quick_stores(folder))
    return home, home.run(AIR)


@pytest.mark.soak
def test_every_recording_of_the_restated_table_comes_to_what_it_should(covid: tuple[Home, list[Any]]) -> None:
    _, items = covid
    assert len(items) == 27
    by_line = dict(zip([Path(file).name[:3] for _, file in lines(COVID)], items, strict=True))
    assert by_line["010"].outcome == "held"
    assert by_line["089"].outcome == "refused"
    assert "not data" in by_line["089"].reason
    assert by_line["090"].outcome == "unchanged"
    others = [item.outcome for name, item in by_line.items() if name not in ("010", "089", "090")]
    assert others == ["released"] * 24
    assert by_line["011"].release == 11, "the next fetch goes on from 009"


@pytest.mark.soak
def test_the_bad_publication_is_held_for_the_right_reasons(covid: tuple[Home, list[Any]]) -> None:
    held = covid[1][10]
    assert held.changes == Counts(insert=3, update=46, delete=19347)
    assert {"imported.code", "guard.removed", "guard.quarantined"} <= set(held.failed_checks)
    assert "19,502 of 33,599 rows fail ('None')" in held.reason
    assert "57.85%" in held.reason


@pytest.mark.soak
@pytest.mark.parametrize(
    ("n", "rows", "changes"),
    [
        (1, 32_672, Counts(insert=32_672, update=0, delete=0)),
        (2, 32_804, Counts(insert=133, update=4, delete=1)),
        (11, 33_555, Counts(insert=228, update=7, delete=114)),
        (24, 39_094, None),
    ],
)
def test_rows_and_changes(covid: tuple[Home, list[Any]], n: int, rows: int, changes: Counts | None) -> None:
    release = covid[0].release(COVID, n)
    assert release.rows == rows
    assert changes is None or release.facts.changes == changes


@pytest.mark.soak
@pytest.mark.parametrize(("n", "cases"), [(1, 36_303), (24, 43_382)])
def test_cases(covid: tuple[Home, list[Any]], n: int, cases: int) -> None:
    table = ReleaseFiles(covid[0].public, covid[0].release(COVID, n)).table()
    assert pc.sum(table.column("cases")).as_py() == cases


@pytest.mark.soak
def test_a_second_run_does_nothing(covid: tuple[Home, list[Any]]) -> None:
    home, _ = covid
    before = {key: home.public.get(key).body for key in home.public.list("")}
    assert [item.outcome for item in home.run(COVID, each=True)] == ["unchanged"]
    assert {key: home.public.get(key).body for key in home.public.list("")} == before


@pytest.mark.soak
def test_no_empty_release_and_the_last_good_one_served(covid: tuple[Home, list[Any]]) -> None:
    home, _ = covid
    assert publish.newest(home.public, COVID).n == 24  # type: ignore[union-attr]
    pointer = json.loads(home.public.get(f"datasets/{COVID}/datapackage.json").body)
    assert pointer["minsheng"]["n"] == 24


@pytest.mark.soak
def test_one_process_or_twenty_seven_give_equal_candidates(covid: tuple[Home, list[Any]], tmp_path: Path) -> None:
    home, items = covid
    other = Home(*quick_stores(tmp_path))
    folder = tmp_path / "list"
    shutil.copytree(recordings.FOLDER / "cdc" / "covid19_onset_county", folder / "cdc" / "covid19_onset_county")
    (folder / "replay").mkdir()
    for i in range(1, len(lines(COVID)) + 1):
        text = (recordings.FOLDER / "replay" / f"{COVID}.csv").read_text(encoding="utf-8").splitlines()[: i + 1]
        (folder / "replay" / f"{COVID}.csv").write_text("\n".join(text) + "\n", encoding="utf-8")
        assert in_child(lambda: other.run(COVID, folder)) == 0
    mine = [home.release(COVID, n).candidate for n in range(1, 25)]
    assert mine == [other.release(COVID, n).candidate for n in range(1, 25)]
    held = {key.split("/")[2] for key in home.private.list(f"candidates/{COVID}/") if key.count("/") > 2}
    assert {item.candidate for item in items if item.outcome == "held"} <= held
    assert held == {key.split("/")[2] for key in other.private.list(f"candidates/{COVID}/") if key.count("/") > 2}


def test_ninety_nine_answers_in_four_shapes_are_one_table(air: tuple[Home, list[Any]]) -> None:
    home, items = air
    assert [item.outcome for item in items] == ["released"]
    release = home.release(AIR, 1)
    assert release.rows == 8_317
    assert sorted(release.partitions) == ["2019-11", "2022-08", "2024-10", "2026-07"]
    table = ReleaseFiles(home.public, release).table()
    assert (
        table.select(["station_id", "published_at"]).group_by(["station_id", "published_at"]).aggregate([]).num_rows
        == 8_317
    )
    assert release.facts.evidence == tuple(range(1, 100))


def test_missing_is_missing_and_the_odd_zero_is_kept_with_a_warning(air: tuple[Home, list[Any]]) -> None:
    home, _ = air
    table = ReleaseFiles(home.public, home.release(AIR, 1)).table()
    assert table.column("aqi").null_count == 30
    zeros = table.filter(pc.equal(table.column("aqi"), 0))
    assert zeros.num_rows == 4
    assert zeros.column("status").null_count == 0
    checks = {one["id"]: one for one in home.fact(AIR, 1, "quality")["checks"]}
    assert checks["aqi-above-zero"]["failed"] == 4
    assert checks["aqi-above-zero"]["severity"] == "warn"
    for name in ("wind_speed", "wind_direction", "o3", "co", "pm2_5"):
        assert table.column(name).null_count > 0
    assert home.release(AIR, 1).resource("quarantine") is None


def test_a_reused_station_id_keeps_its_names(air: tuple[Home, list[Any]]) -> None:
    table = ReleaseFiles(air[0].public, air[0].release(AIR, 1)).table()
    reused = table.filter(pc.equal(table.column("station_id"), "203"))
    assert set(reused.column("county_code").to_pylist()) == {"TW-HSZ", "TW-TNN", "TW-NAN"}


@pytest.mark.soak
def test_folded_one_by_one_the_content_is_the_same(air: tuple[Home, list[Any]], tmp_path: Path) -> None:
    other = Home(*quick_stores(tmp_path))
    items = other.run(AIR, each=True)
    assert [item.outcome for item in items] == ["released"] * 99
    assert other.release(AIR).hashes == air[0].release(AIR).hashes


@pytest.mark.soak
def test_folded_in_batches_the_content_is_the_same(air: tuple[Home, list[Any]], tmp_path: Path) -> None:
    listed = [(at, body(file)) for at, file in lines(AIR)]
    other = Home(*quick_stores(tmp_path))
    for i in (1, 3, 4, 50, 98):
        assert other.run(AIR, replay(tmp_path / f"list{i}", AIR, listed[:i]))[-1].outcome == "released"
    assert other.run(AIR, replay(tmp_path / "all", AIR, listed))[-1].outcome == "released"
    assert other.release(AIR).hashes == air[0].release(AIR).hashes


def altered(tmp_path: Path, change: Any) -> list[Any]:
    """Release the first recording, then hear a copy of it that the test altered."""
    (at, first), (then, _) = lines(COVID)[:2]
    text = gzip.decompress(body(first)).decode().splitlines()
    home = Home(*quick_stores(tmp_path))
    copy = "\r\n".join(change(text)) + "\r\n"
    return home.run(COVID, replay(tmp_path / "list", COVID, [(at, body(first)), (then, copy.encode())]), each=True)


def test_one_lost_flag_alone_holds(tmp_path: Path) -> None:
    items = altered(tmp_path, lambda text: [text[0], text[1].replace(",否,", ",None,"), *text[2:]])
    assert [item.outcome for item in items] == ["released", "held"]
    assert "imported.code: 1 of 32,672 rows fail ('None')" in items[1].reason
    assert "guard" not in items[1].reason


def test_two_percent_removed_alone_holds(tmp_path: Path) -> None:
    items = altered(tmp_path, lambda text: [text[0], *text[1 + len(text) // 50 :]])
    assert [item.outcome for item in items] == ["released", "held"]
    assert items[1].reason.startswith("guard.removed: expected at most 1.00%, found 2.00%")


@pytest.mark.soak
def test_a_third_of_a_percent_removed_passes(tmp_path: Path) -> None:
    items = altered(tmp_path, lambda text: [text[0], *text[1 + len(text) * 3 // 1000 :]])
    assert [item.outcome for item in items] == ["released", "released"]


@pytest.mark.soak
def test_a_table_of_which_five_percent_stand_twice_holds(tmp_path: Path) -> None:
    # Something changes besides; the next test changes nothing else.
    def twice(text: list[str]) -> list[str]:
        return [*text[:-1], *text[1 : 1 + len(text) // 20]]

    items = altered(tmp_path, twice)
    assert [item.outcome for item in items] == ["released", "held"]
    assert "guard.collapsed" in items[1].reason


@pytest.mark.soak
def test_the_same_table_with_rows_twice_and_nothing_else_holds(tmp_path: Path) -> None:
    items = altered(tmp_path, lambda text: [*text, *text[1 : 1 + len(text) // 20]])
    assert items[0].outcome == "released"
    assert items[1].outcome == "held", "a table of which 5% of the rows stand twice holds"


def half_bad(raw: bytes) -> bytes:
    """A response of which every second row has no time."""
    rows = json.loads(raw)
    for row in rows[::2]:
        row["publish_time"] = "soon"
    return json.dumps(rows, ensure_ascii=False).encode()


@pytest.mark.soak
def test_a_half_bad_answer_is_held_while_good_ones_go_on_and_rejecting_it_loses_none(tmp_path: Path) -> None:
    hours = [(at, body(file)) for at, file in lines(AIR)[3:]]
    bad = [(hours[0][0], half_bad(hours[0][1]))]
    home = Home(*quick_stores(tmp_path))
    first = home.run(AIR, replay(tmp_path / "one", AIR, bad))
    assert [item.outcome for item in first] == ["held"]
    assert len(json.loads(bad[0][1])) == 84
    both = home.run(AIR, replay(tmp_path / "all", AIR, bad + hours[1:]))
    assert [item.outcome for item in both] == ["released"]
    assert home.release(AIR).rows == 95 * 84
    waits = decide.waiting(home.context(), [AIR])
    assert len(waits) == 1
    rejected = list(decide.reject(home.context(), AIR, waits[0][1].identity, "Steward", "half of it has no time"))
    assert [item.outcome for item in rejected] == []
    assert home.release(AIR).rows == 95 * 84
    assert decide.waiting(home.context(), [AIR]) == []
    assert home.private.head(f"evidence/{AIR}/00000001.json") is not None


@pytest.mark.soak
def test_a_source_that_stays_bad_leaves_one_candidate(tmp_path: Path) -> None:
    hours = [(at, half_bad(body(file))) for at, file in lines(AIR)[3:8]]
    home = Home(*quick_stores(tmp_path))
    items = home.run(AIR, replay(tmp_path / "bad", AIR, hours), each=True)
    assert {item.outcome for item in items} == {"held"}
    assert len(decide.waiting(home.context(), [AIR])) == 1
    assert decide.waiting(home.context(), [AIR])[0][1].evidence == (1, 2, 3, 4, 5)


def check_readable(home: Home, slug: str, n: int, folder: Path) -> None:
    """What any reader can do with a release, with tools that are not ours."""
    release = home.release(slug, n)
    for key in home.public.list(f"datasets/{slug}/"):
        path = folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(home.public.get(key).body)
    root = folder / "datasets" / slug
    sums = subprocess.run(["sha256sum", "--quiet", "-c", f"SHA256SUMS-{n}"], cwd=root, capture_output=True, text=True)
    assert sums.returncode == 0, sums.stdout
    report = frictionless.validate(str(root / f"datapackage-{n}.json"))
    assert report.valid, report.flatten(["name", "type", "note"])
    for label, resource in release.partitions.items():
        table = parquet.read((root / resource.path).read_bytes())
        stem = f"{slug}_{label}"
        text = next(one for one in release.resources if one.name == stem)
        plain = subprocess.run(["zcat", text.path], cwd=root, capture_output=True, check=True).stdout
        assert hashlib.sha256(plain).hexdigest() == resource.content_sha256
        assert csv.render(table) == plain, "CSV and Parquet hold the same rows"
        assert len(pd.read_parquet(root / resource.path)) == resource.rows
    assert list(verify(home.public, slug, n)) == []
    assert rebuild(home.context(), slug, n).same


@pytest.mark.soak
@pytest.mark.parametrize("n", [1, 2, 11, 24])
def test_releases_of_the_restated_table_are_readable(covid: tuple[Home, list[Any]], n: int, tmp_path: Path) -> None:
    check_readable(covid[0], COVID, n, tmp_path)


def test_the_release_of_air_quality_is_readable(air: tuple[Home, list[Any]], tmp_path: Path) -> None:
    check_readable(air[0], AIR, 1, tmp_path)


@pytest.mark.soak
def test_both_on_s3(s3_server: Any, covid: tuple[Home, list[Any]], air: tuple[Home, list[Any]], tmp_path: Path) -> None:
    home = Home(s3_server.open_public("recordings"), s3_server.open_private("recordings"))
    listed = [(at, body(file)) for at, file in lines(COVID)[:2]]
    assert [item.outcome for item in home.run(COVID, replay(tmp_path / "two", COVID, listed), each=True)] == [
        "released"
    ] * 2
    assert home.release(COVID, 2).hashes == covid[0].release(COVID, 2).hashes
    assert [item.outcome for item in home.run(AIR)] == ["released"]
    assert home.release(AIR, 1).hashes == air[0].release(AIR, 1).hashes
    check_readable(home, AIR, 1, tmp_path / "read")


def test_decimal_and_date_types_are_as_declared(air: tuple[Home, list[Any]]) -> None:
    table = ReleaseFiles(air[0].public, air[0].release(AIR, 1)).table()
    assert table.schema.field("published_at").type == pa.timestamp("ms", tz="Asia/Taipei")
    assert table.schema.field("aqi").type == pa.int64()


# Asked by day and kind --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def crops(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, list[Any]]:
    folder = tmp_path_factory.mktemp("crops")
    home = Home(*quick_stores(folder))
    return home, home.run(CROPS, each=True)


def counted() -> dict[tuple[str, str, str, str], float]:
    """Every row of the raw files, by key, with its quantity: each trade day was recorded once."""
    found = {}
    for _, file in lines(CROPS):
        for row in json.loads(body(file))["Data"]:
            if row["CropName"] != "休市":
                year, month, day = row["TransDate"].split(".")
                key = (f"{int(year) + 1911}-{month}-{day}", row["TcType"], row["CropCode"], row["MarketCode"])
                assert key not in found
                found[key] = row["Trans_Quantity"]
    return found


def test_crop_prices_are_the_rows_of_the_raw_files(crops: tuple[Home, list[Any]]) -> None:
    home, items = crops
    release, raw = home.release(CROPS), counted()
    table = ReleaseFiles(home.public, release).table()
    names = ("trade_date", "kind", "crop_code", "market_code", "quantity")
    rows = table.select(names).to_pylist()
    assert {tuple(str(row[name]) for name in names[:4]): row["quantity"] for row in rows} == raw
    assert (table.num_rows, len(raw)) == (16_479, 16_479)
    assert sum(kind == "N05" for _, kind, _, _ in raw) == 4_558
    assert table.column("county_code").null_count == 0, "every market is known"
    assert release.resource("quarantine") is None
    assert sorted(release.partitions) == ["2026-04", "2026-05"]
    assert len(items) == 24


def test_days_without_trade_change_nothing(crops: tuple[Home, list[Any]]) -> None:
    home, items = crops
    empty = [not json.loads(body(file))["Data"] for _, file in lines(CROPS)]
    assert sum(empty) == 5
    assert [item.outcome == "unchanged" for item in items] == empty
    records = [json.loads(home.private.get(f"evidence/{CROPS}/{k:08}.json").body) for k in range(1, 25)]
    assert len({one["window"]["trade_date"][0] for one in records}) == 14, "days that were asked for"


@pytest.mark.soak
def test_crop_prices_folded_at_once_are_the_same(crops: tuple[Home, list[Any]], tmp_path: Path) -> None:
    other = Home(*quick_stores(tmp_path))
    assert [item.outcome for item in other.run(CROPS)] == ["released"]
    assert other.release(CROPS).hashes == crops[0].release(CROPS).hashes
    assert [item.outcome for item in other.run(CROPS)] == ["unchanged"]
    check_readable(other, CROPS, 1, tmp_path / "read")
    assert rebuild(crops[0].context(), CROPS, crops[0].release(CROPS).n).same


def test_the_first_page_of_many_is_never_taken_for_the_days(tmp_path: Path) -> None:
    """As recorded: a query of thirty days that heard a thousand rows and no more, day after day."""
    home = Home(*quick_stores(tmp_path))
    folder = replay(tmp_path / "list", CROPS, [(at, body(file)) for at, file in lines("crop-prices-page")])
    path = folder / "replay" / f"{CROPS}.csv"
    head, *listed = path.read_text(encoding="utf-8").splitlines()
    address = "https://data.moa.gov.tw/api/v1/AgriProductsTransType/?Start_time=115.03.25&End_time=115.05.04&TcType=N04"
    path.write_text("\n".join([f"{head},address", *(f"{line},{address}" for line in listed)]) + "\n", encoding="utf-8")
    items = home.run(CROPS, folder)
    assert [item.outcome for item in items] == ["refused"] * 10
    assert all("which says that there are more, found none" in item.reason for item in items)
    assert publish.newest(home.public, CROPS) is None


# Derived ----------------------------------------------------------------------------------------------------


def test_stations_follow_from_the_hours(air: tuple[Home, list[Any]], tmp_path: Path) -> None:
    home = Home(*quick_stores(tmp_path))
    for mine, theirs in ((home.public, air[0].public), (home.private, air[0].private)):
        for key in theirs.list(""):
            mine.put_new(key, theirs.get(key).body)
    assert [item.outcome for item in home.run(STATIONS)] == ["released"]
    release = home.release(STATIONS)
    assert release.rows == 112
    assert release.resource("quarantine") is None
    assert Input(AIR, 1, home.release(AIR).sha256) in release.facts.inputs
    rows = ReleaseFiles(home.public, release).table().to_pylist()
    reused = sorted((row["valid_from"].year, row["county_code"]) for row in rows if row["station_id"] == "203")
    assert reused == [(2019, "TW-HSZ"), (2022, "TW-TNN"), (2026, "TW-NAN")]
    assert {(row["station_id"], row["valid_from"]) for row in rows} == places(
        ReleaseFiles(air[0].public, air[0].release(AIR, 1)).table()
    )
    assert [item.outcome for item in home.run(STATIONS)] == ["unchanged"]
    check_readable(home, STATIONS, 1, tmp_path / "read")


def places(hours: pa.Table) -> set[tuple[str, Any]]:
    """Station and first hour of each place, told row by row."""
    found, before = set(), {}
    names = ("station_id", "published_at", "station_name", "county_code", "longitude", "latitude")
    for row in sorted(hours.select(names).to_pylist(), key=lambda one: (one["station_id"], one["published_at"])):
        last = before.get(row["station_id"])
        name = row["station_name"].replace("（", "(").replace("）", ")")
        here = (name, row["county_code"], row["longitude"], row["latitude"])
        if last is None or last[:2] != here[:2] or max(abs(last[2] - here[2]), abs(last[3] - here[3])) > 0.001:
            found.add((row["station_id"], row["published_at"]))
        before[row["station_id"]] = here
    return found
