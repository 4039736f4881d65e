"""The declaration changes: what was heard is read again, or judged again."""

from typing import Any

import pyarrow as pa
import pytest
from nights import DAILY, LOOSE, MONTHS, Make, approve, levels, redeclare, reject, said, sound
from refreshes import refreshed
from worlds import SLUG, World, column, declaration, text

from catalog.errors import DeclarationError, MinshengError
from catalog.past.history import history
from catalog.release.changes import Counts
from catalog.release.read import ReleaseFiles
from pipelines.fetch.fetcher import Fetcher
from pipelines.fetch.live import Live


def spellings(world: World, rows: str) -> None:
    source = {"protocol": "inline", "table": "table.csv"}
    fields = [column("word"), column("code")]
    world.declare(declaration("places", fields, source=source, load="replace"), table=f"word,code\n{rows}")


CODED = [column("site"), column("place", codes={"table": {"dataset": "places", "key": "word", "value": "code"}})]


def refresh(world: World) -> list[tuple[str, int | None, str | None]]:
    """A run over the inline tables and what is pending of the dataset."""
    found = list(refreshed(world.ctx, Live(Fetcher({})), ["places"]))
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


@pytest.mark.parametrize("load", ["upsert", "replace"])
@pytest.mark.parametrize("key", [["site"], ["site", "place"]], ids=["a cell", "a row"])
def test_it_brings_them_back_too_where_a_later_fetch_said_the_same(make: Make, load: str, key: list[str]):
    world = make(fields=CODED, key=key, load=load, guards=LOOSE)
    spellings(world, "臺北,TPE\n")
    refresh(world)
    world.tell("site,place\na,臺北\nb,台北\n")
    assert said(world.tell("place,site\n台北,b\n臺北,a\n")) == [("unchanged", 1)]
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
    files = world.newest().resources[:2]
    spellings(world, "臺北,TPE\n台北,TPE\n")
    assert refresh(world) == [("released", 2, "metadata")]
    assert [one.path for one in world.newest().resources] == [one.path for one in files]
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
    assert world.newest().facts.kind == "refold"


def test_a_table_that_gives_codes_and_has_no_release_is_told_with_the_command(make: Make):
    world = make(fields=CODED)
    spellings(world, "臺北,TPE\n")
    world.hear("site,place\na,臺北\n")
    with pytest.raises(MinshengError, match="takes codes from places, which has no release; run `minsheng run places`"):
        world.settle()


MORE = [*DAILY, column("flow", "number", unit="m3/s")]
DAYS = "site,day,level,flow\na,2026-06-30,1,10\na,2026-07-01,2,\n"


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
    assert (release.facts.kind, release.version, sorted(release.partitions)) == (
        "schema",
        "2.0.0",
        ["2026-06", "2026-07"],
    )
    assert [row["flow"] for row in world.rows()] == [10, None, 30]
    assert {one.document["schema"] for one in release.resources if one.is_csv} == {release.facts.schema.path}
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
    files = ReleaseFiles(world.public, newest)
    types = {files.partition(label).schema.field("level").type for label in newest.partitions}
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
    assert world.newest().version == "2.0.0"


def test_after_a_rejection_a_change_of_text_is_still_published(make: Make):
    world = make(guards=LOOSE)
    world.tell("site,level\na,1\nb,-2\n")
    fields = [column("site"), column("level", "number", constraints={"minimum": 0})]
    world.declare(declaration(fields=fields, guards=LOOSE))
    assert said(world.settle()) == [("held", 1)]
    reject(world)
    world.declare(declaration(fields=fields, guards=LOOSE, top={"title": text("Rivers of Taiwan")}))
    world.settle()
    assert world.newest().title == "Rivers of Taiwan"
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
    assert (release.title, release.version) == ("Rivers of Taiwan", "1.0.1")
    assert release.facts.changes == Counts()
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
    assert world.newest().facts.failed == ("level-below-five",)
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


@pytest.mark.parametrize(
    ("partition", "labels"),
    [
        ({"field": "day", "grain": "year"}, ["2026"]),
        ({"grain": "none"}, ["all"]),
        ({"field": "seen", "grain": "month"}, ["2026-05"]),
    ],
)
def test_rows_that_only_lie_in_other_partitions_did_not_change(
    make: Make, partition: dict[str, Any], labels: list[str]
):
    declared: dict[str, Any] = {
        "fields": [column("site"), column("day", "date"), column("seen", "date"), column("level", "number")],
        "key": ["site", "day", "seen"],
        "guards": LOOSE,
    }
    world = make(**declared, partition={"field": "day", "grain": "month"})
    head = "site,day,seen,level\n"
    world.tell(f"{head}a,2026-01-01,2026-05-01,1\nb,2026-02-01,2026-05-01,1\n")
    rows = world.rows()
    redeclare(world, **declared, partition=partition)
    assert said(world.settle()) == [("released", 2)], "no row is another one"
    facts = world.newest().facts
    assert (facts.kind, facts.changes) == ("refold", Counts())
    assert world.newest().version == "1.0.1"
    assert (list(world.newest().partitions), world.rows()) == (labels, rows)
    world.tell(f"{head}a,2026-01-01,2026-05-01,2\n")
    assert [one.n for one in history(world.public, SLUG, "a,2026-01-01,2026-05-01").steps] == [1, 3]
    sound(world)


def test_one_that_changed_and_lies_in_another_partition_is_an_update(make: Make):
    world = make(fields=DAILY, guards=LOOSE, **MONTHS)
    world.tell("site,day,level\na,2026-01-01,1\nb,2026-02-01,2\n")
    fields = [*DAILY[:2], column("level", "number", missingValues=["2"])]
    redeclare(world, fields=fields, key=["site", "day"], guards=LOOSE)
    (held,) = world.settle()
    assert (held.outcome, held.changes) == ("held", Counts(insert=0, update=1, delete=0))
    approve(world)
    steps = history(world.public, SLUG, "b,2026-02-01").steps
    assert [(one.n, one.kind) for one in steps] == [(1, "insert"), (2, "update")]
    sound(world)
