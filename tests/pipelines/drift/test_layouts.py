"""A table that lies elsewhere in the answer: records of JSON, lines above a header, a sheet; with several layouts."""

import io
import json
import zipfile
from typing import Any

import pytest
from drifting import BLOCK, FIELDS, ROWS, accepted, declare, field, patched, table
from nights import Make
from worlds import SLUG, World

from catalog.declaration.yaml12 import read_yaml
from pipelines.drift.drift import drift
from pipelines.drift.layouts import find_paths, find_places

RECORDS = [{"站號": site, "站名": name, "水位": level} for site, name, level in ROWS]
JSON = """\
    protocol: rest
    address: https://waters.example/rivers.csv
    format: json
"""
OF_CSV = BLOCK[BLOCK.index("    protocol") : BLOCK.index("  attribution")]


def block(source: str) -> str:
    return BLOCK.replace(OF_CSV, source)


def moved(world: World, source: str, before: Any, after: Any, fields: tuple[str, ...] = FIELDS) -> dict[str, Any]:
    """What the source says after the patch, which the newest answer passes with."""
    declare(world, fields, block(source))
    assert [item.outcome for item in world.tell(_body(before))] == ["released"]
    world.tell(_body(after))
    found, tried = patched(world)
    assert [change.kind for change in found.changes] == ["moved"]
    assert accepted(tried)
    said: dict[str, Any] = read_yaml(world.datasets / SLUG / "dataset.yaml")["minsheng"]["source"]
    return said


def _body(said: Any) -> str | bytes:
    return said if isinstance(said, str | bytes) else json.dumps(said, ensure_ascii=False)


@pytest.mark.parametrize(
    ("before", "after", "reading", "now"),
    [
        ({"data": RECORDS}, {"result": {"items": RECORDS}}, "{records: data}", {"records": "result.items"}),
        (RECORDS, {"status": "ok", "rows": RECORDS}, "", {"records": "rows"}),
        ({"data": RECORDS}, RECORDS, "{records: data}", {}),
        (
            {"at": {"sent": "x"}, "data": RECORDS},
            {"result": {"at": {"sent": "x"}, "data": RECORDS}},
            "{records: data, keep: {sent: at.sent}}",
            {"records": "result.data", "keep": {"sent": "result.at.sent"}},
        ),
    ],
)
def test_records_at_another_path(make: Make, before: Any, after: Any, reading: str, now: dict[str, Any]) -> None:
    source = JSON + (f"    reading: {reading}\n" if reading else "")
    fields = (*FIELDS, field("sent", "string")) if "sent" in reading else FIELDS
    assert moved(make(), source, before, after, fields).get("reading", {}) == now


def test_lines_above_a_header(make: Make) -> None:
    said = moved(make(), OF_CSV, table(), f"河川水位表\n單位：公尺\n{table()}")
    assert said["reading"] == {"skip": 2}


def test_another_format_and_another_encoding_in_a_zip(make: Make) -> None:
    said = moved(make(), OF_CSV, table(), RECORDS)
    assert (said["format"], said.get("reading", {})) == ("json", {})
    source = OF_CSV.replace("format: csv", "format: zip\n    reading: {member: a.csv, format: csv}")
    said = moved(make("zip"), source, packed(table().encode()), packed(table().encode("cp950")))
    assert (said["format"], said["reading"]) == ("zip", {"format": "csv", "reading": {"encoding": "cp950"}})


def packed(member: bytes) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr("a.csv", member)
    return body.getvalue()


def test_a_total_and_its_records_move_together(make: Make) -> None:
    source = JSON + (
        "    paging: {by: page, name: page, total: total}\n    success: {path: ok, is: 'true'}\n"
        "    reading: {records: data}\n"
    )
    body = {"ok": True, "total": len(ROWS), "data": RECORDS}
    said = moved(make(), source, body, {"meta": {"ok": True, "total": len(ROWS)}, "data": RECORDS})
    assert (said["paging"]["total"], said["success"]["path"]) == ("meta.total", "meta.ok")
    both = moved(make("other"), source, body, {"result": body})
    assert (both["paging"]["total"], both["reading"]) == ("result.total", {"records": "result.data"})


def test_a_new_layout_joins_those_there_are(make: Make) -> None:
    source = (
        JSON + "    readings:\n      - {reading: {records: data}}   # since 2020\n      - {reading: {records: rows}}\n"
    )
    said = moved(make(), source, {"rows": RECORDS}, {"result": {"rows": RECORDS}})
    assert [one["reading"]["records"] for one in said["readings"]] == ["data", "rows", "result.rows"]


def test_a_value_above_the_records_that_moved_alone(make: Make) -> None:
    source = JSON + "    reading: {records: data, keep: {sent: sent}}\n"
    after = {"meta": {"sent": "y"}, "data": RECORDS}
    said = moved(make(), source, {"sent": "x", "data": RECORDS}, after, (*FIELDS, field("sent", "string")))
    assert said["reading"]["keep"] == {"sent": "meta.sent"}


def test_what_has_no_table_anywhere_stays_for_a_steward(make: Make) -> None:
    world = make()
    declare(world, block=block(JSON + "    reading: {records: data}\n"))
    world.tell(_body({"data": RECORDS}))
    world.tell(_body({"message": "maintenance"}))
    found = drift(world.ctx, SLUG)
    assert ([change.kind for change in found.changes], found.patch) == (["unreadable"], "")


def test_paths_that_two_values_could_be_are_not_guessed() -> None:
    body = b'{"a": {"total": 1}, "b": {"total": 2, "sent": "x"}, "data": []}'
    assert find_paths(body, ["total", "sent", "a.total"]) == {"sent": "b.sent"}
    assert find_paths(b"no JSON", ["total"]) == {}
    assert find_places(b"no JSON", "json", {"records": "data"}) == []
