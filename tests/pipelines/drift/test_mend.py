"""The whole way: a wrong figure, a patch, a corrected release, a source that mends it, a patch that lifts it."""

import datetime as dt
import subprocess

import pytest
from drifting import ROWS, declare, reread, table
from nights import Make, approve, state
from worlds import SLUG, World

from catalog.declaration.strict import Text
from catalog.errors import DecisionError, DeclarationError
from pipelines.drift.corrections import Mending
from pipelines.drift.drift import drift
from pipelines.drift.mend import MendedDeclaration, correct, lift, write
from pipelines.validate import validate

REASON = Text.model_validate({"en": 'The gauge was stuck: "9999".', "zh-TW": "水位計卡死。"})
REPORTED = dt.date(2026, 7, 2)
WRONG, RIGHT = [("S00", "測站0", "9999"), *ROWS[1:]], [("S00", "測站0", "10.75"), *ROWS[1:]]


@pytest.fixture
def world(make: Make) -> World:
    """A released figure that is wrong."""
    world = make()
    declare(world)
    world.tell(table(WRONG))
    return world


def mending(instead: str = "10.5", column: str = "level", **more: str) -> Mending:
    return Mending(column, instead, REASON, REPORTED, identity=more.get("identity"))


def apply(world: World, found: MendedDeclaration) -> None:
    """As a steward does."""
    subprocess.run(["patch", "-p1"], cwd=world.root, input=found.patch.encode(), check=True, capture_output=True)
    reread(world)
    assert validate(world.datasets, SLUG) == []


def first(world: World) -> float:
    level: float = world.rows()[0]["level"]
    return level


def test_from_a_wrong_figure_to_the_source_that_mends_it(world: World):
    before = state(world)
    found = correct(world.ctx, SLUG, "site=S00", mending())
    assert state(world) == before, "it only looks"
    assert found.says == (
        "level of site=S00 is '9999' in row 1 of fetch 1; the correction level-2026-07-02 reads '10.5'"
    )
    assert found.after
    assert (found.after.result, [one.kind for one in found.after.reasons]) == ("held", ["guard-tripped"])
    apply(world, found)
    (held,) = world.settle()
    assert (held.outcome, held.changes) == ("held", (0, 1, 0))
    approve(world)
    assert first(world) == 10.5
    (listed,) = world.newest().document["minsheng"]["corrections"]  # type: ignore[index]
    assert (listed["id"], listed["found"], listed["value"]) == ("level-2026-07-02", "9999", "10.5")

    assert world.tell(table(WRONG))[-1].outcome == "unchanged"
    (mended,) = world.tell(table(RIGHT))
    assert (mended.outcome, mended.failed_checks, first(world)) == ("released", ("correction.level-2026-07-02",), 10.75)

    proposed = drift(world.ctx, SLUG)
    assert [(one.kind, one.says) for one in proposed.changes] == [
        ("mended", "the source has mended what the correction level-2026-07-02 is about")
    ]
    lifted = lift(world.ctx, SLUG, "level-2026-07-02")
    assert lifted.patch == proposed.patch
    assert (lifted.says, lifted.after and lifted.after.result) == (
        "the correction level-2026-07-02 is lifted", "unchanged",
    )  # fmt: skip
    apply(world, lifted)
    world.settle()
    assert first(world) == 10.75
    assert "corrections" not in world.newest().document["minsheng"]  # type: ignore[operator]
    assert "correction.level-2026-07-02" not in world.newest().facts.failed
    assert not drift(world.ctx, SLUG).changes


def test_a_cell_that_cannot_be_read(make: Make):
    world = make()
    declare(world)
    world.tell(table([("S00", "測站0", "1O.5"), *ROWS[1:]]))
    apply(world, correct(world.ctx, SLUG, "S00", mending()))
    world.settle()
    assert first(world) == 10.5


def test_a_second_one_joins_the_first_and_each_is_lifted_alone(world: World):
    apply(world, correct(world.ctx, SLUG, "S00", mending()))
    apply(world, correct(world.ctx, SLUG, "S01", mending("12.5")))
    assert [one.id for one in world.ctx.declarations.dataset(SLUG).minsheng.corrections] == [
        "level-2026-07-02",
        "level-2026-07-02-2",
    ]
    apply(world, lift(world.ctx, SLUG, "level-2026-07-02"))
    assert [one.when for one in world.ctx.declarations.dataset(SLUG).minsheng.corrections] == [{"site": "S01"}]


def test_what_is_no_correction(world: World):
    with pytest.raises(DecisionError, match="no row of the newest 1 fetches has the key"):
        correct(world.ctx, SLUG, "S99", mending())
    with pytest.raises(DecisionError, match="no column 'depth'"):
        correct(world.ctx, SLUG, "S00", mending(column="depth"))
    with pytest.raises(DecisionError, match="is '9999' already"):
        correct(world.ctx, SLUG, "S00", mending("9999"))
    with pytest.raises(DecisionError, match="no correction 'stuck'; there are none"):
        lift(world.ctx, SLUG, "stuck")
    with pytest.raises(DeclarationError, match="id"):
        correct(world.ctx, SLUG, "S00", mending(identity="Not An Id"))


def test_it_is_written_in_place_or_not_at_all(world: World):
    path = world.datasets / SLUG / "dataset.yaml"
    before, found = path.read_text(), correct(world.ctx, SLUG, "site=S00", mending())
    path.chmod(0o640)
    path.with_name(".dataset.yaml.new").mkdir()
    with pytest.raises(
        DecisionError,
        match=r"dataset\.yaml cannot be written here \(Is a directory\); nothing is written: give the patch",
    ):
        write(found)
    assert path.read_text() == before
    path.with_name(".dataset.yaml.new").rmdir()
    write(found)
    assert (path.read_text() == before, path.stat().st_mode & 0o777) == (False, 0o640)
    with pytest.raises(DecisionError, match="was changed meanwhile"):
        write(found)
    reread(world)
    write(lift(world.ctx, SLUG, "level-2026-07-02"))
    assert path.read_text() == before
    assert [each.name for each in path.parent.iterdir()] == ["dataset.yaml"]
