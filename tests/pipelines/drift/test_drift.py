"""For each way in which a source changes: the sentence, the patch, and that the same evidence passes with it."""

from dataclasses import dataclass
from dataclasses import field as of
from typing import Any

import pytest
from drifting import BLOCK, FIELDS, LEVEL, NAME, ROWS, SITE, accepted, declare, field, fields_of, patched, table
from nights import Make, state
from recordings import body, needed
from worlds import SLUG, World

from catalog.errors import DecisionError
from pipelines.drift.drift import drift

LATER = [(*row[:2], str(float(row[2]) + 0.25)) for row in ROWS]
KIND = field("kind", "string", "heard_as: 類別", "codes: {map: {有人: manned, 自動: automatic}}")
LISTED = field(
    "kind", "string", "heard_as: 類別", "categories:", "  - {value: a, label: {en: A, zh-TW: 甲}}   # the first"
)
DAY = field("day", "date", "heard_as: 日期", 'date: {patterns: ["%Y/%m/%d"]}')
COUNT = field("visits", "integer", "heard_as: 次數")
UPSERT = BLOCK.replace("load: replace", "load: upsert")


@dataclass
class Case:
    """A source before and after a change."""

    kind: str
    after: str | bytes
    says: str
    """A part of the sentence."""
    fields: tuple[str, ...] = FIELDS
    before: str | bytes = table()
    block: str = BLOCK
    key: str = "[site]"
    edited: dict[str, dict[str, Any]] = of(default_factory=dict)
    """By field, keys that it has then."""


def with_(column: list[Any], head: str) -> str:
    return table([(*row, value) for row, value in zip(ROWS, column, strict=True)], f"站號,站名,水位,{head}")


def daily(days: list[str], factor: float) -> str:
    rows = [(site, name, day, f"{float(level) * factor:.2f}") for day in days for site, name, level in ROWS]
    return table(rows, "站號,站名,日期,水位")


CASES = [
    Case("renamed", table(LATER, "StationId,站名,水位"), "'站號' (field site) is called 'StationId' now",
         edited={"site": {"heard_as": ["站號", "StationId"]}}),
    Case("renamed", table(LATER, "站號,station name,水位_m"), "(field name_zh) is called 'station name' now",
         edited={"name_zh": {"heard_as": ["站名", "station name"]},
                 "level": {"heard_as": ["水位", "level", "水位_m"]}}),
    Case("added", with_(["x"] * 12, "英文站名"), "the column '英文站名' is new",
         edited={"new_column": {"heard_as": "英文站名", "publish": "no"}}),
    Case("gone", table([row[::2] for row in ROWS], "站號,水位"), "'站名' (field name_zh) is gone",
         edited={"name_zh": {"optional": True}}),
    Case("type", with_([f"2026-07-{i:02}" for i in range(1, 13)], "日期"), "field day is written in another way",
         fields=(*FIELDS, DAY), before=with_([f"2026/07/{i:02}" for i in range(1, 13)], "日期"),
         edited={"day": {"date": {"patterns": ["%Y/%m/%d", "%Y-%m-%d"]}}}),
    Case("type", with_([f"115/07/{i:02}" for i in range(1, 13)], "日期"), "field day is written in another way",
         fields=(*FIELDS, DAY.replace("%Y/%m/%d", "%Y-%m-%d")),
         before=with_([f"2026-07-{i:02}" for i in range(1, 13)], "日期"),
         edited={"day": {"date": {"patterns": ["%Y-%m-%d", "%Y/%m/%d"], "calendar": "mixed"}}}),
    Case("type", with_([f'"{i},{i:03}"' for i in range(1, 13)], "次數"), "field visits is written in another way",
         fields=(*FIELDS, COUNT), before=with_([i * 1000 + i for i in range(1, 13)], "次數"),
         edited={"visits": {"number": {"group": ","}}}),
    Case("type", with_([f"{i}.0" for i in range(1, 13)], "次數"), "number: {'integral': True} reads it",
         fields=(*FIELDS, COUNT), before=with_(list(range(1, 13)), "次數")),
    Case("type", with_([f"{i}.5" for i in range(1, 13)], "次數"), "it is a number with a point now",
         fields=(*FIELDS, COUNT), before=with_(list(range(1, 13)), "次數"), edited={"visits": {"type": "number"}}),
    Case("missing", table([(*row[:2], "ND" if i % 3 else row[2]) for i, row in enumerate(ROWS)]),
         "field level has 'ND' where there is no value, 8 times", edited={"level": {"missingValues": ["", "ND"]}}),
    Case("unit", table([(*row[:2], f"{float(row[2]) * 100:.0f}") for row in ROWS]),
         "field level is 100 times what it was", edited={"level": {"scale": 0.01}}),
    Case("unit", daily(["2026-07-03", "2026-07-04"], 1000), "field level is 1000 times what it was",
         fields=(SITE, NAME, DAY.replace("/", "-"), LEVEL), key="[site, day]", block=UPSERT,
         before=daily(["2026-07-01", "2026-07-02"], 1),
         edited={"level": {"scale": {"by": "day", "first": 1, "from": {"2026-07-03": 0.001}}}}),
    Case("codes", with_(["人工", "自動"] * 6, "類別"), "by their rows '人工' means manned", fields=(*FIELDS, KIND),
         before=with_(["有人", "自動"] * 6, "類別"),
         edited={"kind": {"codes": {"map": {"有人": "manned", "自動": "automatic", "人工": "manned"}}}}),
    Case("codes", with_(["a", "b"] * 6, "類別"), "words that nobody declared (1): 'b'", fields=(*FIELDS, LISTED),
         before=with_(["a"] * 12, "類別")),
    Case("encoding", table(LATER).encode("cp950"), "the encoding is 'cp950' now, and was 'utf-8'"),
    Case("encoding", table(LATER), "the encoding is 'utf-8' now, and was 'cp950'", before=table().encode("cp950"),
         block=BLOCK.replace("format: csv\n", "format: csv\n    reading: {encoding: cp950, skip: 0}   # of 2020\n")),
    Case("encoding", table(LATER).replace(",", "\t"), r"the separator is '\t' now"),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=[f"{number}-{case.kind}" for number, case in enumerate(CASES)])
def test_the_patch_accepts_the_same_evidence(make: Make, case: Case) -> None:
    world: World = make()
    declare(world, case.fields, case.block, case.key)
    assert [item.outcome for item in world.tell(case.before)] == ["released"]
    columns = list(world.rows()[0])
    world.tell(case.after)
    before = state(world)
    found, tried = patched(world)
    assert state(world) == before, "nothing is written"
    assert case.kind in {change.kind for change in found.changes}
    assert case.says in "\n".join(change.says for change in found.changes)
    assert found.after is not None
    assert accepted(found.after)
    assert accepted(tried)
    assert not tried.left.num_rows
    assert [one.name for one in tried.declared.dataset.published] == columns, "published names stay"
    now = fields_of(world)
    for name, keys in case.edited.items():
        assert {key: now[name].get(key) for key in keys} == keys


def test_two_columns_that_could_be_it_are_not_guessed(make: Make) -> None:
    world = make()
    declare(world)
    world.tell(table())
    world.tell(table([(*row, row[1]) for row in LATER], "站號,甲,水位,乙"))
    kinds = [change.kind for change in drift(world.ctx, SLUG).changes]
    assert kinds == ["gone", "added", "added"]


def test_a_key_that_is_gone_is_for_a_steward(make: Make) -> None:
    world = make()
    declare(world)
    world.tell(table())
    world.tell(table([row[1:] for row in ROWS], "站名,水位"))
    found = drift(world.ctx, SLUG)
    assert (found.patch, [change.edits for change in found.changes]) == ("", [()])
    assert "(field site) is gone, and the key needs it" in found.changes[0].says


def test_nothing_changed_is_told(make: Make) -> None:
    world = make()
    declare(world)
    with pytest.raises(DecisionError, match="no answer that is kept"):
        drift(world.ctx, SLUG)
    world.tell(table())
    found = drift(world.ctx, SLUG)
    assert (found.changes, found.patch, found.after) == ((), "", None)


def columns_of(*listed: tuple[str, str, str, str]) -> tuple[str, ...]:
    """Fields, each by its name, its type, the agency's name and one more line."""
    return tuple(field(name, kind, f'heard_as: "{heard}"', more) for name, kind, heard, more in listed)


TEXT, NUMBER = 'missingValues: [""]', 'missingValues: ["", "-"]'
LOOSE_BLOCK = BLOCK.replace(
    "  approve", "  guards: {removed: 1, quarantined: 0.05, reason: {en: As recorded., zh-TW: 依紀錄。}}\n  approve"
)
PUBLIC = "{en: Public places., zh-TW: 公共場所。}"
PERSONAL = "  personal: {%s}\n  approve"
IGNORED = "  ignore: {columns: [%s], patterns: ['^$'], reason: {en: Counters., zh-TW: 序號。}}\n  approve"
STATIONS = columns_of(
    ("station", "string", "站號", TEXT), ("name_zh", "string", "站名", TEXT), ("height", "number", "海拔高度(m)", TEXT),
    ("lon", "number", "經度", TEXT), ("lat", "number", "緯度", TEXT), ("county", "string", "城市", TEXT),
    ("address", "string", "地址", TEXT), ("since", "date", "資料起始日期", 'date: {patterns: ["%Y/%m/%d", "%Y/%m"]}'),
    ("until", "date", "撤站日期", 'date: {patterns: ["%Y/%m/%d", "%Y/%m"]}'), ("note", "string", "備註", TEXT),
    ("old", "string", "原站號", TEXT), ("new", "string", "新站號", TEXT),
)  # fmt: skip
DAILY_AIR = columns_of(
    ("county", "string", "縣市", TEXT), ("day", "date", "監測日期", 'date: {patterns: ["%Y/%m/%d"]}'),
    ("station", "string", "測站", TEXT), ("temp", "number", "大氣溫度 AMB_TEMP (℃)", NUMBER),
    ("rain", "number", "降雨量 RAINFALL (mm)", NUMBER), ("rh", "number", "相對濕度 RH (percent)", NUMBER),
)  # fmt: skip
BIKES = columns_of(
    ("sno", "string", "sno", TEXT), ("name", "string", "sna", TEXT), ("total", "integer", "tot", TEXT),
    ("lat", "number", "lat", TEXT), ("lon", "number", "lng", TEXT),
)  # fmt: skip
OTHERS = "sbi, sarea, mday, ar, sareaen, snaen, aren, bemp, act, srcUpdateTime, updateTime, infoTime, infoDate"
LATER_NAMES = {b'"tot"': b'"Quantity"', b'"lat"': b'"latitude"', b'"lng"': b'"longitude"'}
REAL = {
    "weather stations": (
        STATIONS, "[station]",
        LOOSE_BLOCK.replace("  approve", IGNORED % "spare")
        .replace("  approve", PERSONAL % f"address: {PUBLIC}, note: {PUBLIC}"),
        "cwa/station_list_weekly/2022-03-14.csv", "cwa/station_list_weekly/2022-03-23.csv",
        ["the column '英文站名' is new"],
    ),
    "daily air": (
        DAILY_AIR, "[station, day]",
        LOOSE_BLOCK.replace("  approve", IGNORED % "序號").replace("load: replace", "load: upsert"),
        "moenv/air_daily_history/1993-01.csv", "moenv/air_daily_history/2014-12.csv",
        ["(field temp) is called '溫度 AMB_TEMP (℃)' now", "(field rain) is gone", "PM 2.5"],
    ),
    "bikes": (
        BIKES, "[sno]",
        LOOSE_BLOCK.replace("  approve", IGNORED % OTHERS)
        .replace("format: csv", "format: json")
        .replace("  approve", PERSONAL % f"name: {PUBLIC}"),
        "taipei/youbike_feed/2022-10-20.json", "taipei/youbike_feed/2024-04-11.json",
        ["'tot' (field total) is called 'Quantity'", "(field lat) is called 'latitude'", "called 'longitude' now"],
    ),
}  # fmt: skip


@needed
@pytest.mark.parametrize("name", REAL)
def test_the_patch_accepts_what_agencies_did(make: Make, name: str) -> None:
    fields, key, block, before, after, told = REAL[name]
    world = make()
    declare(world, fields, block, key)
    assert [item.outcome for item in world.tell(body(before))] == ["released"]
    changed = body(after)
    for old, new in LATER_NAMES.items() if name == "bikes" else ():
        changed = changed.replace(old, new)  # as the city has called them since
    assert [item.outcome for item in world.tell(changed)] == ["held"]
    found, tried = patched(world)
    assert accepted(tried)
    says = "\n".join(change.says for change in found.changes)
    assert [one for one in told if one not in says] == []
