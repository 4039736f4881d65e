"""One dataset from evidence to release, night after night."""

import datetime as dt
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from isal import igzip
from worlds import SLUG, START, World, column, declaration, many, table_csv, text

from catalog import keys, publish
from catalog.errors import DecisionError, DeclarationError, IntegrityError, MinshengError
from catalog.release import canonical
from catalog.store import put_over
from catalog.verify import verify
from pipelines import decide
from pipelines.basis import read_partition
from pipelines.evidence import Fetched, Outcome, Page
from pipelines.fetch import Fetcher
from pipelines.items import Item
from pipelines.rebuild import rebuild
from pipelines.refresh import keep
from pipelines.run import run
from pipelines.sources import Live, Replay

Make = Callable[..., World]
DAILY = [column("site"), column("day", "date"), column("level", "number")]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Make a world with one dataset declared."""

    def made(name: str = "home", **more: Any) -> World:
        quality = more.pop("quality", None)
        world = World(tmp_path / name)
        world.declare(declaration(**more), quality)
        return world

    return made


def said(items: list[Item]) -> list[tuple[str, int | None]]:
    return [(item.outcome, item.release) for item in items]


def levels(world: World) -> dict[str, Any]:
    return {row["site"]: row["level"] for row in world.rows()}


def what(world: World, k: int) -> Outcome | None:
    return world.line().evidence.outcome(k)


def approve(world: World) -> Item:
    """Approve what waits; then settle what is still pending, as the next run would."""
    waiting = world.line().waiting
    assert waiting is not None, "nothing waits"
    item = decide.approve(world.ctx, SLUG, waiting.identity, "chen", "looked at it")
    world.settle()
    return item


def reject(world: World, *evidence: int) -> list[Item]:
    waiting = world.line().waiting
    assert waiting is not None, "nothing waits"
    return list(decide.reject(world.ctx, SLUG, waiting.identity[:12], "chen", "it is wrong", evidence))


def sound(world: World) -> None:
    """Every release can be proved and folded again."""
    for n in range(1, world.newest().n + 1):
        assert not list(verify(world.public, SLUG, n))
    assert rebuild(world.ctx, SLUG, world.newest().n).same


BAD = table_csv(many(40, 1.0), "site,level,extra").replace(",1.0\n", ",7.0,x\n")
"""A batch with a column that nobody declared: it is held whatever its rows say."""


@pytest.mark.parametrize("load", ["upsert", "replace"])
def test_first_update_delete_unchanged(make: Make, load: str):
    world = make(load=load, guards={"removed": 1})
    assert said(world.tell("site,level\nb,2\na,1\n")) == [("released", 1)]
    (item,) = world.tell("site,level\na,1.5\nc,3\n")
    gone = int(load == "replace")
    assert (item.outcome, item.changes) == ("released", {"insert": 1, "update": 1, "delete": gone})
    assert levels(world) == ({"a": 1.5, "c": 3} if gone else {"a": 1.5, "b": 2, "c": 3})
    assert said(world.tell("site,level\nc,3.0\na,1.50\n")) == [("unchanged", 2)]
    assert [world.newest().document["version"], world.newest().facts["kind"]] == ["1.1.0", "regular"]
    assert [what(world, k) for k in (1, 2, 3)] == [
        Outcome("folded", n=1),
        Outcome("folded", n=2),
        Outcome("unchanged", n=2),
    ]
    sound(world)


def test_settling_again_does_nothing(make: Make):
    world = make()
    world.tell("site,level\na,1\n")
    before = {key: world.public.get(key).body for key in world.public.list("")}
    assert world.settle() == []
    assert {key: world.public.get(key).body for key in world.public.list("")} == before


def test_an_unchanged_night_does_not_import_great_expectations(make: Make, tmp_path: Path):
    world = make(load="replace", source={"protocol": "inline", "table": "table.csv"})
    world.declare(
        declaration(load="replace", source={"protocol": "inline", "table": "table.csv"}), table="site,level\na,1\n"
    )
    list(run(world.ctx, Live(Fetcher({})), [SLUG]))
    code = """
import sys
from pathlib import Path
from worlds import SLUG, World
from pipelines.fetch import Fetcher
from pipelines.run import run
from pipelines.sources import Live
for table in ("a,1.00", "a,1\\na,2"):
    world = World(Path(sys.argv[1]))
    (world.datasets / SLUG / "table.csv").write_text("site,level\\n" + table + "\\n")
    print([item.outcome for item in run(world.ctx, Live(Fetcher({})), [SLUG])], "great_expectations" in sys.modules)
"""
    root = Path(__file__).resolve().parents[2]
    asked = [sys.executable, "-W", "ignore", "-c", code, str(world.root)]
    env = {"PYTHONPATH": f"{root}:{root / 'tests'}", "PATH": "/usr/bin:/bin"}
    done = subprocess.run(asked, env=env, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.splitlines() == ["['unchanged'] False", "['refused'] False"]


def test_a_batch_held_by_a_guard_waits_and_is_released_when_approved(make: Make):
    world = make(load="replace")
    world.tell(table_csv(many(10)))
    (item,) = world.tell(table_csv(many(5)))
    assert (item.outcome, item.release, item.failed_checks) == ("held", 1, ("guard.removed",))
    assert "guard.removed: expected at most 1.00%, found 50.00% of rows removed" in str(item.reason)
    assert len(levels(world)) == 10
    waiting = world.line().waiting
    assert waiting is not None
    assert approve(world).release == 2
    assert len(levels(world)) == 5
    assert world.newest().facts["approval"] == {
        "by": "chen",
        "reason": "looked at it",
        "candidate": waiting.identity,
        "i": 1,
    }
    # Approving once more says the same release and records nothing.
    again = decide.approve(world.ctx, SLUG, waiting.identity[:8], "chen", "again")
    assert (again.outcome, again.release) == ("released", 2)
    assert len(world.line().decisions) == 1
    sound(world)


def test_the_first_release_may_have_to_wait(make: Make):
    world = make(approve="first")
    assert said(world.tell("site,level\na,1\n")) == [("held", None)]
    assert publish.newest(world.public, SLUG) is None
    assert approve(world).release == 1
    assert said(world.tell("site,level\na,2\n")) == [("released", 2)]


def test_always_means_each_release(make: Make):
    world = make(approve="always")
    world.tell("site,level\na,1\n")
    approve(world)
    assert said(world.tell("site,level\na,2\n")) == [("held", 1)]


def test_what_was_approved_before_a_newer_release_is_refused(make: Make):
    world = make(load="replace")
    world.tell(table_csv(many(10)))
    world.tell(table_csv(many(5)))
    old = world.line().waiting
    assert old is not None
    assert said(world.tell(table_csv(many(10, 2)))) == [("released", 2)]
    for identity in (old.identity, old.identity[:16]):
        with pytest.raises(DecisionError, match="none waits"):
            decide.approve(world.ctx, SLUG, identity, "chen", "late")
    with pytest.raises(DecisionError, match="superseded by release 2"):
        decide.approve(world.ctx, SLUG, old.identity, "chen", "late")
    assert world.line().decisions == []
    assert levels(world)["s001"] == 2
    assert what(world, 2) == Outcome("superseded", by=3)


@pytest.mark.parametrize(
    ("identity", "by", "reason"),
    [("short", "chen", "x"), ("0" * 64, "chen", "x"), ("", "chen", "x"), ("12345678", " ", "x")],
)
def test_a_decision_without_candidate_name_or_reason_is_refused(make: Make, identity: str, by: str, reason: str):
    world = make()
    world.tell("site,level\na,1\n")
    with pytest.raises(DecisionError):
        decide.approve(world.ctx, SLUG, identity, by, reason)
    assert world.line().decisions == []


def test_a_source_bad_for_five_fetches_leaves_one_candidate(make: Make):
    world = make(load="replace")
    world.tell(table_csv(many(10)))
    ids = {world.tell(table_csv(many(5)))[0].candidate for _ in range(5)}
    assert len(ids) == 1
    assert [what(world, k) and what(world, k).what for k in (2, 3, 4, 5, 6)] == [None, "same", "same", "same", "same"]
    # Mended: the table is what is published, and nothing waits any more.
    assert said(world.tell(table_csv(many(10)))) == [("unchanged", 1)]
    assert world.line().waiting is None
    assert world.line().open == []


def test_a_rejection_excludes_the_bad_fetch_and_folds_the_rest(make: Make):
    world = make()
    world.tell(table_csv(many(3)))
    world.hear(table_csv({"a": 1}))
    world.hear(BAD)
    world.hear(table_csv({"b": 2}))
    assert said(world.settle()) == [("held", 1)]
    waiting = world.line().waiting
    assert waiting is not None
    assert (waiting.evidence, waiting.alone) == ((2, 3, 4), (3,))
    assert said(reject(world)) == [("released", 2)]
    assert levels(world) == many(3) | {"a": 1, "b": 2}
    assert world.line().excluded == [3]
    assert world.settle() == []
    sound(world)


def test_a_rejection_of_what_is_not_in_the_candidate_is_refused(make: Make):
    world = make(guards={"changed": 0.5})
    world.tell(table_csv(many(3)))
    world.tell(table_csv(many(3, 2)))
    with pytest.raises(DecisionError, match=r"fetch 1 is not in candidate .*; it has \[2\]"):
        reject(world, 1)
    assert world.line().decisions == []


def test_what_only_the_whole_fold_trips_needs_names(make: Make):
    world = make(guards={"changed": 0.5})
    world.tell(table_csv(many(4)))
    world.hear(table_csv({"s001": 2, "s002": 2}))
    world.hear(table_csv({"s003": 2}))
    assert said(world.settle()) == [("held", 1)]
    with pytest.raises(DecisionError, match=r"not clear what to exclude; name fetches with --evidence, of \[2, 3\]"):
        reject(world)
    assert said(reject(world, 2)) == [("released", 2)]
    assert levels(world) == many(4) | {"s003": 2}


def test_a_bad_batch_held_and_rejected_loses_nothing_that_came_after(make: Make):
    world = make()
    world.tell(table_csv(many(3)))
    assert said(world.tell(BAD)) == [("held", 1)]
    assert said(world.tell(table_csv({"a": 1}))) == [("released", 2)]
    assert world.line().waiting is not None
    assert said(world.tell(table_csv({"b": 2}))) == [("released", 3)]
    reject(world)
    assert levels(world) == many(3) | {"a": 1, "b": 2}
    assert world.line().waiting is None
    sound(world)


def test_a_held_batch_is_made_again_on_top_and_later_words_stay(make: Make):
    world = make()
    world.tell(table_csv(many(3)))
    world.tell(BAD)
    before = world.line().waiting
    world.tell(table_csv({"s001": 3}))
    after = world.line().waiting
    assert before is not None
    assert after is not None
    assert before.identity != after.identity
    approve(world)
    assert levels(world) == many(40, 7) | {"s001": 3}
    sound(world)


ORDER = "where two fetches speak of one key the later k must win, whatever was folded first"


def test_a_later_word_that_takes_back_a_waiting_batch_leaves_nothing_to_decide(make: Make):
    world = make(guards={"changed": 0.1})
    world.tell(table_csv(many(5)))
    assert said(world.tell(table_csv(many(5, 9)))) == [("held", 1)]
    # The later word takes back all that waited: nothing is left to decide.
    assert said(world.tell(table_csv(many(5)))) == [("unchanged", 1), ("unchanged", 1)]
    assert world.line().waiting is None
    assert levels(world) == many(5)


def test_a_later_word_that_changed_nothing_keeps_it_when_an_older_batch_is_approved(make: Make):
    world = make(guards={"changed": 0.1})
    world.tell(table_csv(many(5)))
    assert said(world.tell(table_csv(many(5, 9)))) == [("held", 1)]
    assert said(world.tell(table_csv({"s001": 1}))) == [("unchanged", 1)]
    approve(world)
    assert levels(world) == many(5, 9) | {"s001": 1}
    sound(world)


def test_a_batch_that_no_longer_has_to_wait_does_not_overrule_what_came_after(make: Make):
    world = make(guards={"changed": 0.5})
    world.tell(table_csv(many(4)))
    assert said(world.tell(table_csv(many(3, 2)))) == [("held", 1)]
    # Adds so many rows that the waiting batch is a small change now.
    world.tell(table_csv({"s001": 3} | {f"t{i}": 1 for i in range(10)}))
    assert levels(world)["s001"] == 3
    assert (levels(world)["s002"], levels(world)["s003"]) == (2, 2)


def test_the_rest_of_a_rejected_batch_does_not_overrule_what_came_after(make: Make):
    world = make(guards={"changed": 0.4})
    world.tell(table_csv(many(4)))
    assert said(world.tell(table_csv({"s001": 2, "s002": 2, "s003": 2}))) == [("held", 1)]
    assert said(world.tell(table_csv({"s001": 3}))) == [("released", 2)]
    assert said(world.tell(table_csv({"s004": 9, "s003": 9, "s002": 9}))) == [("held", 2)]
    reject(world, 4)
    if world.line().waiting:
        approve(world)
    assert levels(world) == {"s001": 3, "s002": 2, "s003": 2, "s004": 1}


def test_a_conflict_refuses_one_fetch_and_not_the_others(make: Make):
    world = make()
    world.hear("site,level\na,1\n")
    world.hear("site,level\nb,1\nb,2\n")
    world.hear("site,level\nc,1\n")
    items = world.settle()
    assert said(items) == [("refused", None), ("released", 1)]
    assert (
        "rivers: expected one content for each key, found two for site=b: level is 1.0 in row 1 and 2.0 in row 2"
        in str(items[0].reason)
    )
    assert set(levels(world)) == {"a", "c"}


def test_with_replace_the_newest_of_many_fetches_counts(make: Make):
    world = make(load="replace")
    for i in (1, 2, 3):
        world.hear(table_csv(many(3, i)))
    assert said(world.settle()) == [("released", 1)]
    assert levels(world) == many(3, 3)
    assert [what(world, k) for k in (1, 2)] == [Outcome("superseded", by=3)] * 2


def test_with_replace_a_refused_newest_fetch_leaves_the_one_before(make: Make):
    world = make(load="replace")
    world.hear(table_csv(many(3)))
    world.hear("site,level\na,1\na,2\n")
    assert said(world.settle()) == [("refused", None), ("released", 1)]


# Quarantine -------------------------------------------------------------------------------------------------

LOOSE = {"quarantined": 1, "removed": 1}


def test_bad_cells_and_rows_leave_and_are_listed(make: Make):
    fields = [column("site", constraints={"required": True}), column("level", "number", constraints={"minimum": 0})]
    world = make(fields=fields, guards=LOOSE)
    world.tell("site,level\na,1\nb,bad\n,3\nd,-4\n")
    assert levels(world) == {"a": 1, "b": None, "d": None}
    listed = [
        (one["row"], one["key"], one["column"], one["raw"], one["rule"], one["left"]) for one in world.quarantine()
    ]
    assert listed == [
        (2, "site=b", "level", "bad", "level.type", "cell"),
        (3, "site=", "site", "", "site.required", "row"),
        (4, "site=d", "level", "-4", "level.range", "cell"),
    ]
    checks = {one["id"]: (one["failed"], one["success"]) for one in world.fact("quality")["checks"]}
    assert checks["level.type"] == checks["site.required"] == checks["level.range"] == (1, False)


def test_evidence_that_brings_only_quarantine_makes_one_patch_release(make: Make):
    world = make(guards=LOOSE)
    world.tell("site,level\na,1\nb,\n")
    assert said(world.tell("site,level\na,1\nb,bad\n")) == [("released", 2)]
    assert world.newest().document["version"] == "1.0.1"
    assert said(world.tell("site,level\na,1\nb,bad\n")) == [("unchanged", 2)]


def test_counted_quarantine_that_repeats_makes_no_release(make: Make):
    world = make(guards=LOOSE, quarantine="counts")
    world.tell("site,level\na,1\nb,bad\n")
    assert said(world.tell("site,level\na,1\nb,bad\n")) == [("unchanged", 1)]


def test_too_much_quarantine_waits(make: Make):
    world = make(load="replace", guards={"quarantined": 0.1, "removed": 1})
    world.tell(table_csv(many(10)))
    assert said(world.tell(table_csv(many(9) | {"s010": "bad"}))) == [("released", 2)]
    assert said(world.tell(table_csv(many(8) | {"s009": "bad", "s010": "bad"}))) == [("held", 2)]


# The declaration changes ------------------------------------------------------------------------------------


def spellings(world: World, rows: str) -> None:
    source = {"protocol": "inline", "table": "table.csv"}
    fields = [column("word"), column("code")]
    world.declare(declaration("places", fields, source=source, load="replace"), table=f"word,code\n{rows}")


CODED = [column("site"), column("place", codes={"table": {"dataset": "places", "key": "word", "value": "code"}})]


def refresh(world: World) -> list[tuple[str, int | None, str | None]]:
    """A run over the inline tables and what is pending of the dataset."""
    found = list(run(world.ctx, Live(Fetcher({})), ["places"]))
    assert {item.outcome for item in found} <= {"released", "unchanged"}
    return [(item.outcome, item.release, item.reason) for item in world.settle()]


@pytest.mark.parametrize("load", ["upsert", "replace"])
def test_a_spelling_added_brings_quarantined_cells_back_by_itself(make: Make, load: str):
    world = make(fields=CODED, load=load, guards=LOOSE)
    spellings(world, "臺北,TPE\n")
    refresh(world)
    world.tell("site,place\na,臺北\nb,台北\n")
    assert [row["place"] for row in world.rows()] == ["TPE", None]
    spellings(world, "臺北,TPE\n台北,TPE\n")
    assert refresh(world) == [("released", 2, "refold")]
    assert [row["place"] for row in world.rows()] == ["TPE", "TPE"]
    assert world.quarantine() == []
    sound(world)


def test_a_spelling_that_nobody_waited_for_is_metadata(make: Make):
    world = make(fields=CODED, guards=LOOSE)
    spellings(world, "臺北,TPE\n")
    refresh(world)
    world.tell("site,place\na,臺北\n")
    files = world.newest().document["resources"][:2]
    spellings(world, "臺北,TPE\n台北,TPE\n")
    assert refresh(world) == [("released", 2, "metadata")]
    assert [one["path"] for one in world.newest().document["resources"]] == [one["path"] for one in files]
    sound(world)


def test_a_spelling_that_means_something_else_waits(make: Make):
    world = make(fields=CODED, guards=LOOSE)
    spellings(world, "臺北,TPE\n")
    refresh(world)
    world.tell("site,place\na,臺北\n")
    spellings(world, "臺北,TPQ\n")
    ((outcome, release, reason),) = refresh(world)
    assert (outcome, release) == ("held", 1)
    assert "approve.refold: expected a steward's approval" in str(reason)
    approve(world)
    assert world.rows()[0]["place"] == "TPQ"
    assert world.newest().facts["kind"] == "refold"


def test_a_table_that_gives_codes_and_has_no_release_is_told_with_the_command(make: Make):
    world = make(fields=CODED)
    spellings(world, "臺北,TPE\n")
    world.hear("site,place\na,臺北\n")
    with pytest.raises(MinshengError, match="takes codes from places, which has no release; run `minsheng run places`"):
        world.settle()


MORE = [*DAILY, column("flow", "number", unit="m3/s")]
DAYS = "site,day,level,flow\na,2026-06-30,1,10\na,2026-07-01,2,\n"
MONTHS = {"key": ["site", "day"], "partition": {"field": "day", "grain": "month"}}


def test_a_new_column_waits_as_schema_and_then_all_files_have_it(make: Make):
    hidden = [*DAILY, column("flow", publish="no")]
    world = make(fields=hidden, **MONTHS)
    world.tell(DAYS)
    assert "10" not in str(world.rows())
    world.declare(declaration(fields=MORE, **MONTHS))
    assert said(world.settle()) == [("held", 1)]
    assert world.settle() == []
    # The next night's evidence is folded into what waits.
    assert said(world.tell("site,day,level,flow\na,2026-07-02,3,30\n")) == [("held", 1)]
    approve(world)
    release = world.newest()
    assert (release.facts["kind"], release.document["version"], sorted(release.partitions)) == (
        "schema",
        "2.0.0",
        ["2026-06", "2026-07"],
    )
    assert [row["flow"] for row in world.rows()] == [10, None, 30]
    assert {one["schema"] for one in release.document["resources"] if one.get("type") == "table"} == {
        release.facts["schema"]["path"]
    }
    assert said(world.tell("site,day,level,flow\na,2026-07-03,4,40\n")) == [("released", 3)]
    sound(world)


def test_a_rejected_schema_is_not_tried_again_until_the_declaration_changes(make: Make):
    world = make(fields=[*DAILY, column("flow", publish="no")], **MONTHS)
    world.tell(DAYS)
    world.declare(declaration(fields=MORE, **MONTHS))
    world.settle()
    assert reject(world) == []
    assert said(world.tell("site,day,level,flow\na,2026-07-02,3,30\n")) == [("released", 2)]
    assert "flow" not in world.rows()[0]
    world.declare(declaration(fields=[*DAILY, column("flow", "integer")], **MONTHS))
    assert said(world.settle()) == [("held", 2)]


def test_another_type_and_a_new_partition_in_one_fold(make: Make):
    day = column("day", "date")
    monthly = {"partition": {"field": "day", "grain": "month"}, "key": ["site", "day"], "guards": LOOSE}
    world = make(fields=[column("site"), day, column("level", "integer")], **monthly)
    world.tell("site,day,level\na,2026-07-01,1\n")
    world.declare(declaration(fields=[column("site"), day, column("level", "number")], **monthly))
    world.hear("site,day,level\na,2026-08-01,2.5\n")
    assert said(world.settle()) == [("held", 1)]
    approve(world)
    newest = world.newest()
    types = {read_partition(world.public, newest, label).schema.field("level").type for label in newest.partitions}
    assert types == {pa.float64()}
    assert len(newest.partitions) == 2


def test_a_number_that_becomes_text_waits_as_schema(make: Make):
    world = make(guards=LOOSE)
    world.tell("site,level\na,1\nb,5#\n")
    world.declare(declaration(fields=[column("site"), column("level")], guards=LOOSE))
    assert said(world.settle()) == [("held", 1)]
    approve(world)
    assert levels(world) == {"a": "1", "b": "5#"}


@pytest.mark.parametrize(
    ("before", "after", "key"),
    [
        ([*DAILY[::2], column("day", publish="no")], DAILY, ["site", "day"]),
        ([column("site", "integer"), *DAILY[1:]], DAILY, ["site"]),
    ],
    ids=["longer", "another type"],
)
def test_another_key_waits_as_schema(make: Make, before: list[Any], after: list[Any], key: list[str]):
    world = make(fields=before, key=["site"])
    world.tell("site,day,level\n1,2026-07-01,1\n2,2026-07-01,2\n")
    world.declare(declaration(fields=after, key=key))
    assert said(world.settle()) == [("held", 1)]
    approve(world)
    assert len(world.rows()) == 2


def test_another_key_of_the_same_columns_waits_as_schema(make: Make):
    world = make(fields=DAILY, key=["site"])
    world.tell("site,day,level\na,2026-07-01,1\nb,2026-07-01,2\n")
    world.declare(declaration(fields=DAILY, key=["site", "day"]))
    assert said(world.settle()) == [("held", 1)]
    approve(world)
    assert world.newest().document["version"] == "2.0.0"


def test_after_a_rejection_a_change_of_text_is_still_published(make: Make):
    world = make(guards=LOOSE)
    world.tell("site,level\na,1\nb,-2\n")
    fields = [column("site"), column("level", "number", constraints={"minimum": 0})]
    world.declare(declaration(fields=fields, guards=LOOSE))
    assert said(world.settle()) == [("held", 1)]
    reject(world)
    world.declare(declaration(fields=fields, guards=LOOSE, top={"title": text("Rivers of Taiwan")}))
    world.settle()
    assert world.newest().document["title"] == "Rivers of Taiwan"
    assert levels(world)["b"] == -2


def test_a_declaration_that_cannot_read_what_was_released_is_told_as_a_fault_of_the_declaration(make: Make):
    world = make()
    world.tell("site,level\na,1\n")
    world.declare(declaration(fields=[column("site", heard_as="station"), column("level", "number")]))
    with pytest.raises(DeclarationError, match=r"expected the column 'station'.*the new one cannot read it"):
        world.settle()
    assert world.newest().n == 1


def test_a_change_of_text_is_metadata(make: Make):
    world = make()
    world.tell("site,level\na,1\n")
    world.declare(declaration(top={"title": text("Rivers of Taiwan")}))
    (item,) = world.settle()
    assert (item.outcome, item.release, item.reason) == ("released", 2, "metadata")
    release = world.newest()
    assert (release.document["title"], release.document["version"]) == ("Rivers of Taiwan", "1.0.1")
    assert release.facts["changes"] == {"insert": 0, "update": 0, "delete": 0}
    assert world.settle() == []
    sound(world)


QUALITY = {
    "id": "level-below-five",
    "type": "ExpectColumnValuesToBeBetween",
    "kwargs": {"column": "level", "max_value": 5},
    "reason": text("since a test"),
}


def test_a_new_warning_judges_all_that_is_published_once(make: Make):
    world = make()
    world.tell("site,level\na,1\nb,9\n")
    world.declare(declaration(), [QUALITY | {"severity": "warn"}])
    assert [(item.outcome, item.reason) for item in world.settle()] == [("released", "metadata")]
    assert world.newest().facts["quality"]["failed"] == ["level-below-five"]
    assert levels(world) == {"a": 1, "b": 9}
    assert world.settle() == []


@pytest.mark.parametrize("severity", ["quarantine", "hold"])
def test_an_expectation_that_takes_cells_out_folds_again_and_waits(make: Make, severity: str):
    world = make(guards=LOOSE)
    world.tell("site,level\na,1\nb,9\n")
    world.declare(declaration(guards=LOOSE), [QUALITY | {"severity": severity}])
    assert said(world.settle()) == [("held", 1)]
    approve(world)
    assert levels(world) == {"a": 1, "b": None}
    assert [one["rule"] for one in world.quarantine()] == ["level-below-five"]


def test_a_blocking_expectation_refuses_the_batch(make: Make):
    world = make(quality=[QUALITY | {"severity": "block"}], guards=LOOSE)
    world.tell("site,level\na,1\n")
    (item,) = world.tell("site,level\nb,9\n")
    assert (item.outcome, item.release) == ("refused", 1)
    assert "blocked: level-below-five: 1 of 1 rows fail ('9')" in str(item.reason)
    assert said(world.tell("site,level\nb,2\n")) == [("released", 2)]


# Proof ------------------------------------------------------------------------------------------------------


def three_releases(world: World) -> World:
    for i in (1, 2, 3):
        world.tell(f"site,day,level\na,2026-0{i}-01,{i}\nb,2026-01-01,{i}\nc,2026-07-0{i},bad\n")
    return world


def test_a_rebuild_needs_none_of_the_releases_data(make: Make):
    world = three_releases(make(fields=DAILY, guards=LOOSE, **MONTHS))
    shutil.rmtree(world.root / "public" / "datasets" / SLUG / "data")
    for n in (1, 2, 3):
        found = rebuild(world.ctx, SLUG, n)
        assert found.same
        assert all(one.same_bytes for one in found.partitions)


@pytest.mark.parametrize(
    "body",
    [
        igzip.compress(b"site,day,level\na,2026-01-01,9\n"),
        pytest.param(
            b"no gzip",
        ),
        pytest.param(
            igzip.compress(b"site,day,level\n")[:-10],
        ),
    ],
    ids=["other bytes", "no gzip", "cut short"],
)
def test_a_rebuild_from_changed_bytes_fails(make: Make, body: bytes):
    world = three_releases(make(fields=DAILY, guards=LOOSE, **MONTHS))
    digest = world.line().evidence.read(2).bodies[0]
    put_over(world.private, keys.blob(digest), body)
    with pytest.raises(IntegrityError, match="not what its hash says"):
        rebuild(world.ctx, SLUG, 3)
    assert rebuild(world.ctx, SLUG, 1).same


def test_a_rebuild_without_the_evidence_says_what_is_missing(make: Make):
    world = three_releases(make(fields=DAILY, guards=LOOSE, **MONTHS))
    world.private.delete(keys.blob(world.line().evidence.read(2).bodies[0]))
    with pytest.raises(IntegrityError, match="release 3 cannot be rebuilt: evidence is missing"):
        rebuild(world.ctx, SLUG, 3)


def test_a_rebuild_from_other_evidence_finds_the_partitions(make: Make):
    world = three_releases(make(fields=DAILY, guards=LOOSE, **MONTHS))
    record = json.loads(world.private.get(keys.evidence(SLUG, 2)).body)
    record["pages"][0]["sha256"] = world.line().evidence.read(1).bodies[0]
    put_over(world.private, keys.evidence(SLUG, 2), canonical(record))
    found = rebuild(World(world.root).ctx, SLUG, 3)  # another process, which remembers nothing
    assert not found.same
    assert [one.label for one in found.partitions if not one.same] == ["2026-02", "2026-07"]


def test_two_homes_give_equal_candidates(make: Make):
    homes = [three_releases(make(name, fields=DAILY, guards=LOOSE, **MONTHS)) for name in ("one", "two")]
    for n in (1, 2, 3):
        one, two = (publish.load(home.public, SLUG, n) for home in homes)
        assert one.candidate == two.candidate
        assert one.facts["approval"] == {"by": "auto"}


def test_folding_all_at_once_gives_the_rows_of_folding_step_by_step(make: Make):
    step = three_releases(make("step", fields=DAILY, guards=LOOSE, **MONTHS))
    once = make("once", fields=DAILY, guards=LOOSE, **MONTHS)
    for k in (1, 2, 3):
        once.hear(step.line().evidence.body(step.line().evidence.read(k).bodies[0]))
    assert said(once.settle()) == [("released", 1)]
    assert once.newest().hashes == step.newest().hashes


def test_nothing_new_reads_only_the_partition_that_is_touched(make: Make):
    world = three_releases(make(fields=DAILY, guards=LOOSE, **MONTHS))
    for path in (world.root / "public" / "datasets" / SLUG / "data").glob("*2026-0[123]*"):
        path.unlink()  # carried by reference, unread
    assert said(world.tell("site,day,level\na,2026-07-09,1\n")) == [("released", 4)]


# The run ----------------------------------------------------------------------------------------------------


def inline(world: World, table: str) -> list[Item]:
    world.declare(declaration(load="replace", source={"protocol": "inline", "table": "table.csv"}), table=table)
    return list(run(world.ctx, Live(Fetcher({})), [SLUG]))


def test_a_home_keeps_to_one_kind_of_source(make: Make, tmp_path: Path):
    world = make()
    inline(world, "site,level\na,1\n")
    before = set(world.public.list(""))
    (tmp_path / "replay").mkdir()
    with pytest.raises(DecisionError, match="holds live data, and this run would bring replay data: they never mix"):
        list(run(world.ctx, Replay(tmp_path), [SLUG]))
    assert set(world.public.list("")) == before


def test_a_run_writes_the_catalog_of_what_is_released(make: Make):
    world = make()
    inline(world, "site,level\na,1\n")
    found = json.loads(world.public.get("catalog.json").body)["datasets"]
    assert [(one["name"], one["release"], one["rows"]) for one in found] == [(SLUG, 1, 1)]


def replay(world: World, lines: str, **files: str) -> list[Item]:
    folder = world.root / "recorded"
    (folder / "replay").mkdir(parents=True, exist_ok=True)
    (folder / "replay" / f"{SLUG}.csv").write_text(f"fetched_at,file\n{lines}")
    for name, body in files.items():
        (folder / f"{name}.csv").write_text(body)
    return list(run(world.ctx, Replay(folder), [SLUG], each=True))


@pytest.mark.parametrize("load", ["upsert", "replace"])
def test_a_replay_folds_what_it_has_not_heard(make: Make, load: str):
    world = make(load=load, guards=LOOSE)
    first = "2026-07-01T08:00:00+08:00,one.csv\n2026-07-02T08:00:00+08:00,two.csv\n"
    files = {"one": "site,level\na,1\n", "two": "site,level\nb,2\n"}
    assert said(replay(world, first, **files)) == [("released", 1), ("released", 2)]
    assert set(levels(world)) == ({"a", "b"} if load == "upsert" else {"b"})
    assert said(replay(world, first)) == [("unchanged", 2)]
    assert said(replay(world, first + "2026-07-03T08:00:00+08:00,one.csv\n")) == [
        ("released", 3) if load == "replace" else ("unchanged", 2)
    ]
    assert world.newest().document["created"] >= world.newest().facts["as_of"]


def test_a_fetch_that_is_overtaken_is_refused(make: Make):
    world = make()
    world.tell("site,level\na,2\n")
    page = Page("x", 200, {}, b"site,level\na,1\n")
    _, item = keep(world.ctx, SLUG, Fetched({}, world.now - dt.timedelta(minutes=5), (page,), None))
    assert item is not None
    assert (item.outcome, item.release) == ("refused", 1)
    assert "overtaken" in str(item.reason)
    assert world.settle() == []


def test_a_fault_of_one_dataset_does_not_stop_another(make: Make):
    world = make()
    world.declare(
        declaration("lakes", load="replace", source={"protocol": "inline", "table": "table.csv"}),
        table="site,level\na,1\n",
    )
    world.declare(
        declaration(load="replace", source={"protocol": "inline", "table": "table.csv"}), table="site,level\na,1\na,2\n"
    )
    items = list(run(world.ctx, Live(Fetcher({})), [SLUG, "lakes"]))
    assert [(item.dataset, item.outcome) for item in items] == [(SLUG, "refused"), ("lakes", "released")]


def test_a_file_in_big5_does_not_stop_another_dataset(make: Make):
    world = make()
    world.declare(
        declaration("lakes", load="replace", source={"protocol": "inline", "table": "table.csv"}),
        table="site,level\na,1\n",
    )
    world.declare(declaration(load="replace", source={"protocol": "inline", "table": "table.csv"}))
    (world.datasets / SLUG / "table.csv").write_bytes("測站,level\n臺北,1\n".encode("big5"))
    items = list(run(world.ctx, Live(Fetcher({})), [SLUG, "lakes"]))
    assert [(item.dataset, item.outcome) for item in items] == [(SLUG, "refused"), ("lakes", "released")]


@pytest.mark.parametrize(
    "body", [b'{"state": "fresh"}', b'{"decided": null}', b'{"decided": {"k": 9, "n": 9, "open": []}}']
)
def test_a_broken_status_is_only_a_hint(make: Make, body: bytes):
    world = make()
    world.tell("site,level\na,1\n")
    put_over(world.public, keys.status(SLUG), body)
    assert said(world.tell("site,level\na,2\n")) == [("released", 2)]
    assert world.line().newest_k == 2


def test_a_lost_status_and_pointer_are_written_again(make: Make):
    world = make()
    world.tell("site,level\na,1\n")
    for key in (keys.status(SLUG), keys.pointer(SLUG), keys.sums(SLUG, 1), keys.outcome(SLUG, 1)):
        if key.startswith("datasets"):
            world.public.delete(key)
        else:
            world.private.delete(key)
    assert said(world.tell("site,level\na,2\n")) == [("released", 2)]
    assert what(world, 1) == Outcome("folded", n=1)
    assert world.public.get(keys.pointer(SLUG)).body == world.public.get(keys.document(SLUG, 2)).body


def test_the_clock_of_a_release_is_that_of_its_evidence(make: Make):
    world = make()
    world.tell("site,level\na,1\n")
    assert world.newest().facts["as_of"] == (START + dt.timedelta(hours=1)).isoformat()


def test_a_lost_candidate_is_made_again(make: Make):
    world = make(load="replace")
    world.tell(table_csv(many(10)))
    world.tell(table_csv(many(5)))
    waiting = world.line().waiting
    assert waiting is not None
    world.private.delete(keys.candidate(SLUG, waiting.identity))
    assert said(world.settle()) == [("held", 1)]
