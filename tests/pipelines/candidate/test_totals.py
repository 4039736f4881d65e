"""Totals of a source are the sums of their rows, or a check says so."""

from pathlib import Path
from typing import Any

import pytest
from nights import LOOSE, said
from worlds import World, column, declaration, text

from catalog.errors import DeclarationError
from catalog.release.read import ReleaseFiles

FIELDS = [column("site"), column("county", heard_as="county"), column("level", "number"), column("count", "integer")]
TOTAL = {"id": "county", "of": ["level", "count"], "by": ["county"]}
GOOD = "site,county,level,count\na,甲,0.1,1\nb,甲,0.2,2\nc,乙,5,\n合計,甲,0.3,3\n合計,乙,5,0\n"
OFF = GOOD.replace("合計,甲,0.3", "合計,甲,0.4")


def declare(root: Path, **more: Any) -> World:
    world = World(root)
    omit = [
        {"when": {"county": "全國"}, "reason": text("The country.")},
        {"when": {"site": "合計"}, "reason": text("Totals."), "total": TOTAL | more},
    ]
    world.declare(declaration(fields=FIELDS, omit=omit, guards=LOOSE))
    return world


def found(world: World) -> tuple[bool, str]:
    guards = ReleaseFiles(world.public, world.newest()).fact("quality")["guards"]
    (line,) = [guard for guard in guards if guard["id"] == "total.county"]
    return line["success"], line["observed"]


@pytest.mark.parametrize(
    ("body", "more", "success", "observed"),
    [
        (GOOD, {}, True, "0 of 2 totals are not the sum of their rows"),
        (GOOD + "合計,全國,99,99\n", {}, True, "0 of 2 totals are not the sum of their rows"),
        (OFF, {}, False, "1 of 2 totals are not the sum of their rows"),
        (OFF, {"within": 0.2}, True, "0 of 2 totals are not the sum of their rows"),
        (GOOD.replace("合計,乙,5,0", "合計,丙,5,0"), {}, False, "1 of 2 totals are not the sum of their rows"),
        (GOOD.replace("c,乙,5", "c,乙,many"), {}, False, "1 of 2 totals are not the sum of their rows"),
        ("site,county,level,count\na,甲,1,1\n", {}, True, "0 of 0 totals are not the sum of their rows"),
        (GOOD + "合計,,5.3,3\n", {"by": []}, False, "1 of 1 totals are not the sum of their rows"),
    ],
)  # fmt: skip
def test_each_total_is_compared_with_its_rows(
    tmp_path: Path, body: str, more: dict[str, Any], success: bool, observed: str
):
    world = declare(tmp_path, **more)
    assert said(world.tell(body)) == [("released", 1)]
    assert found(world) == (success, observed)
    assert world.newest().facts.failed[-1:] == (() if success else ("total.county",))


def test_a_warning_is_told_once_and_each_fetch_is_added_up_alone(tmp_path: Path):
    world = declare(tmp_path)
    world.hear(GOOD)
    world.hear(OFF)
    world.settle()
    assert found(world) == (False, "1 of 4 totals are not the sum of their rows")
    assert said(world.tell(OFF)) == [("unchanged", 1)]


def test_where_it_is_declared_so_the_candidate_waits_and_the_steward_sees_which(tmp_path: Path):
    world = declare(tmp_path, severity="hold")
    (held,) = world.tell(OFF)
    assert (held.outcome, held.failed_checks) == ("held", ("total.county",))
    assert str(held.reason).endswith("found 1 of 2 totals are not the sum of their rows: '甲'")


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"of": ["site"]}, "total.of: 'site' is no published number; there are level, count"),
        ({"of": ["depth"]}, "total.of: 'depth' is no published number"),
        ({"by": ["land"]}, "total.by: 'land' is no field; there are site, county, level, count"),
        ({"of": []}, "expected at least 1"),
        ({"within": -1}, "expected 0.0 or more"),
    ],
)
def test_a_total_of_what_is_no_number_is_refused(tmp_path: Path, more: dict[str, Any], told: str):
    with pytest.raises(DeclarationError) as raised:
        declare(tmp_path, **more).ctx.declarations.of("rivers")
    assert told in str(raised.value)
