"""Records that cannot be read, on the whole path: they leave alone, counted and shown."""

from typing import Any

import pytest
from nights import LOOSE, Make, sound
from worlds import SLUG, World, column, text

from pipelines.trace.why import why

FIELDS = [column("site"), column("level", "number"), column("kind", constraints={"required": True})]
BODY = '{"site":"a","level":1,"kind":"x"}\n{"site":"b","level":\n{"site":"c","level":3,"kind":"x"}\n'
BAD = '{"site":"b","level":'
FULL = {
    "id": "level-there",
    "type": "ExpectColumnValuesToNotBeNull",
    "kwargs": {"column": "level"},
    "severity": "hold",
    "reason": text("Each site tells its level."),
}


def source(format_: str = "ndjson", **reading: Any) -> dict[str, Any]:
    return {"protocol": "file", "address": "https://waters.example/r", "format": format_, "reading": reading}


def lines(world: World) -> list[tuple[Any, ...]]:
    return [tuple(each.values())[1:] for each in world.quarantine()]


def test_it_leaves_alone_and_is_shown(make: Make) -> None:
    world = make(fields=FIELDS, source=source(), guards=LOOSE, quality=[FULL])
    (item,) = world.tell(BODY)
    assert item.outcome == "released"
    assert [row["site"] for row in world.rows()] == ["a", "c"]
    assert lines(world) == [(3, "", None, BAD, "row.readable", "row")]
    fact = world.fact("quality")
    (check,) = [each for each in fact["checks"] if each["failed"]]
    assert (check["id"], check["rows"], check["severity"]) == ("row.readable", 3, "quarantine")
    assert check["examples"] == [{"fetch": 1, "row": 3, "value": BAD}]
    assert {each["id"]: each["rows"] for each in fact["checks"]}["level-there"] == 2
    (fetch,) = fact["fetches"]
    assert (fetch["rows"], fetch["quarantined"], fetch["collapsed"]) == (3, 1, 0)
    sound(world)


def test_the_guard_counts_it_and_says_why(make: Make) -> None:
    world = make(fields=FIELDS, source=source())
    (item,) = world.tell(BODY)
    assert (item.outcome, item.failed_checks) == ("held", ("row.readable", "guard.quarantined"))


def test_the_same_again_is_no_change_and_the_older_row_stays(make: Make) -> None:
    world = make(fields=FIELDS, source=source(), guards=LOOSE)
    world.tell(BODY.replace(BAD, BAD + '2,"kind":"x"}'))
    (item,) = world.tell(BODY)
    assert (item.outcome, [row["site"] for row in world.rows()]) == ("released", ["a", "b", "c"])
    (item,) = world.tell(BODY + "\n")
    assert item.outcome == "unchanged"


def test_where_every_record_can_be_read_the_check_says_so(make: Make) -> None:
    world = make(fields=FIELDS, source=source())
    world.tell(BODY.replace(BAD + "\n", ""))
    assert {each["id"]: (each["rows"], each["failed"]) for each in world.fact("quality")["checks"]}["row.readable"] == (
        2,
        0,
    )


@pytest.mark.parametrize("more", [{"quarantine": "counts"}, {"fields": [*FIELDS, column("phone", publish="no")]}])
def test_its_text_is_kept_back_where_a_cell_would_be(make: Make, more: dict[str, Any]) -> None:
    world = make(**({"fields": FIELDS, "source": source(), "guards": LOOSE} | more))
    world.tell(BODY.replace("}", ',"phone":"0912"}') if "fields" in more else BODY)
    assert [line[3] for line in lines(world)] == ([] if "quarantine" in more else [None])
    (check,) = [each for each in world.fact("quality")["checks"] if each["failed"]]
    assert check["examples"] == [{"fetch": 1, "row": 3, "value": None}]


def test_a_value_beside_it_is_found_in_the_evidence(make: Make) -> None:
    world = make(fields=FIELDS, source=source("json"), guards=LOOSE)
    world.tell('[{"site":"a","level":1,"kind":"x"},null,{"site":"c","level":3,"kind":"x"}]')
    traced = why(world.ctx, SLUG, "site=c", "level")
    assert traced.origin is not None
    assert (traced.origin.row, traced.origin.raw, traced.quarantine) == (2, "3", ())


@pytest.mark.parametrize("load", ["replace", "window"])
def test_of_a_whole_it_is_missing(make: Make, load: str) -> None:
    fields = [*FIELDS, column("day", "date", **{"from": {"value": "2026-07-01"}})]
    window = {"window": {"from": "day"}} if load == "window" else {}
    world = make(fields=fields, source=source(), guards=LOOSE, load=load, key=["site", "day"], **window)
    world.tell(BODY.replace(BAD, BAD + '2,"kind":"x"}'))
    world.tell(BODY)
    assert [row["site"] for row in world.rows()] == ["a", "c"]
    assert len(lines(world)) == 1
