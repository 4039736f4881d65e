"""One dataset from evidence to release, night after night."""

import datetime as dt
import json
import subprocess
import sys
from pathlib import Path

import pytest
from nights import LOOSE, Make, levels, redeclare, said, sound, what
from refreshes import refreshed
from worlds import SLUG, START, World, column, declaration, many, table_csv, text

from catalog import keys
from catalog.errors import DecisionError
from catalog.reasons.sentences import sentence, sentences
from catalog.reasons.stored import public_json
from catalog.release.changes import Counts
from catalog.store import put_over
from pipelines.fetch.fetcher import Fetcher
from pipelines.fetch.live import Live
from pipelines.fetch.replay import Replay
from pipelines.records import Fetched, Outcome, Page
from pipelines.refresh.result import RefreshResult
from pipelines.refresh.settle import record as keep
from pipelines.run import run


@pytest.mark.parametrize("load", ["upsert", "replace"])
def test_first_update_delete_unchanged(make: Make, load: str):
    world = make(load=load, guards={"removed": 1})
    assert said(world.tell("site,level\nb,2\na,1\n")) == [("released", 1)]
    (item,) = world.tell("site,level\na,1.5\nc,3\n")
    gone = int(load == "replace")
    assert (item.outcome, item.changes) == ("released", Counts(insert=1, update=1, delete=gone))
    assert levels(world) == ({"a": 1.5, "c": 3} if gone else {"a": 1.5, "b": 2, "c": 3})
    assert said(world.tell("site,level\nc,3.0\na,1.50\n")) == [("unchanged", 2)]
    assert [world.newest().version, world.newest().facts.kind] == ["1.1.0", "regular"]
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
    list(refreshed(world.ctx, Live(Fetcher({})), [SLUG]))
    code = """
import sys
from pathlib import Path
from worlds import SLUG, World
from pipelines.fetch.fetcher import Fetcher
from pipelines.run import run
from pipelines.fetch.live import Live
for table in ("a,1.00", "a,1\\na,2"):
    world = World(Path(sys.argv[1]))
    (world.datasets / SLUG / "table.csv").write_text("site,level\\n" + table + "\\n")
    print([item.outcome for item in run(world.ctx, Live(Fetcher({})), [SLUG])], "great_expectations" in sys.modules)
"""
    root = Path(__file__).resolve().parents[3]
    asked = [sys.executable, "-W", "ignore", "-c", code, str(world.root)]
    env = {"PYTHONPATH": f"{root}:{root / 'tests'}", "PATH": "/usr/bin:/bin"}
    done = subprocess.run(asked, env=env, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.splitlines() == ["['unchanged'] False", "['refused'] False"]


def test_a_conflict_refuses_one_fetch_and_not_the_others(make: Make):
    world = make()
    world.hear("site,level\na,1\n")
    world.hear("site,level\nb,1\nb,2\n")
    world.hear("site,level\nc,1\n")
    items = world.settle()
    assert said(items) == [("refused", None), ("released", 1)]
    assert (
        "expected one content for each key, found two for site='b': level is '1.0' in row 1 and '2.0' in row 2"
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
    assert world.newest().version == "1.0.1"
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


@pytest.mark.parametrize(
    ("quarantine", "told"),
    [("table", "level.type: 2 of 10 rows fail ('wrong')"), ("counts", "level.type: 2 of 10 rows fail")],
)
def test_what_was_quarantined_is_named_and_shown_only_where_it_may_be(make: Make, quarantine: str, told: str):
    world = make(load="replace", guards={"quarantined": 0.1, "removed": 1}, quarantine=quarantine)
    (item,) = world.tell(table_csv(many(8) | {"s009": "wrong", "s010": "wrong"}))
    assert sentence(item.reasons[0]) == told
    # What everyone reads quotes no agency.
    public = [each.public() for each in item.reasons]
    status = json.loads(world.public.get(keys.status(SLUG)).body)
    assert (status["reason"], status["reasons"]) == (sentences(public), public_json(public))
    assert "wrong" not in str(status)


@pytest.mark.parametrize("quarantine", ["table", "counts"])
def test_a_value_at_hold_is_shown_only_where_it_may_be(make: Make, quarantine: str):
    fields = [column("site"), column("level", "number", constraints={"minimum": 0}, severity={"range": "hold"})]
    world = make(fields=fields, quarantine=quarantine, guards=LOOSE)
    (item,) = world.tell("site,level\na,-77\n")
    assert item.outcome == "held"
    assert ("-77" in str(item.reason)) is (quarantine == "table")


# The run ----------------------------------------------------------------------------------------------------


def inline(world: World, table: str) -> list[RefreshResult]:
    world.declare(declaration(load="replace", source={"protocol": "inline", "table": "table.csv"}), table=table)
    return list(refreshed(world.ctx, Live(Fetcher({})), [SLUG]))


def test_a_home_keeps_to_one_kind_of_source(make: Make, tmp_path: Path):
    world = make()
    inline(world, "site,level\na,1\n")
    before = set(world.public.list(""))
    (tmp_path / "replay").mkdir()
    with pytest.raises(DecisionError, match="holds live data, and this run would bring replay data: they never mix"):
        list(refreshed(world.ctx, Replay(tmp_path), [SLUG]))
    assert set(world.public.list("")) == before


def test_a_run_writes_the_catalog_of_what_is_released(make: Make):
    world = make()
    source = {"protocol": "inline", "table": "table.csv"}
    world.declare(declaration(load="replace", source=source), table="site,level\na,1\n")
    list(run(world.ctx, Live(Fetcher({})), [SLUG]))
    found = json.loads(world.public.get("catalog.json").body)["datasets"]
    assert [(one["name"], one["release"], one["rows"]) for one in found] == [(SLUG, 1, 1)]


def replay(world: World, lines: str, **files: str) -> list[RefreshResult]:
    folder = world.root / "recorded"
    (folder / "replay").mkdir(parents=True, exist_ok=True)
    (folder / "replay" / f"{SLUG}.csv").write_text(f"fetched_at,file\n{lines}")
    for name, body in files.items():
        (folder / f"{name}.csv").write_text(body)
    return list(refreshed(world.ctx, Replay(folder), [SLUG], each=True))


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
    assert world.newest().created >= world.newest().facts.as_of


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
    items = list(refreshed(world.ctx, Live(Fetcher({})), [SLUG, "lakes"]))
    assert [(item.dataset, item.outcome) for item in items] == [(SLUG, "refused"), ("lakes", "released")]


def test_a_file_in_big5_does_not_stop_another_dataset(make: Make):
    world = make()
    world.declare(
        declaration("lakes", load="replace", source={"protocol": "inline", "table": "table.csv"}),
        table="site,level\na,1\n",
    )
    world.declare(declaration(load="replace", source={"protocol": "inline", "table": "table.csv"}))
    (world.datasets / SLUG / "table.csv").write_bytes("測站,level\n臺北,1\n".encode("big5"))
    items = list(refreshed(world.ctx, Live(Fetcher({})), [SLUG, "lakes"]))
    assert [(item.dataset, item.outcome) for item in items] == [(SLUG, "refused"), ("lakes", "released")]


@pytest.mark.parametrize(
    "body", [b'{"state": "fresh"}', b'{"decided": null}', b'{"decided": {"k": -9, "n": 9, "open": []}}']
)
def test_a_broken_status_is_only_a_hint(make: Make, body: bytes):
    world = make()
    world.tell("site,level\na,1\n")
    put_over(world.public, keys.status(SLUG), body)
    assert said(world.tell("site,level\na,2\n")) == [("released", 2)]
    assert world.state().newest_k == 2


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
    assert world.newest().facts.as_of == (START + dt.timedelta(hours=1)).isoformat()


def test_a_lost_candidate_is_made_again(make: Make):
    world = make(load="replace")
    world.tell(table_csv(many(10)))
    world.tell(table_csv(many(5)))
    waiting = world.state().waiting
    assert waiting is not None
    world.private.delete(keys.candidate(SLUG, waiting.identity))
    assert said(world.settle()) == [("held", 1)]


def test_a_table_without_rows_is_a_table(make: Make):
    world = make(guards=LOOSE, load="replace")
    world.tell("site,level\na,1\n")
    world.tell("site,level\n,1\n")  # its only row has no key, and leaves
    assert world.rows() == []
    low = {"id": "low", "type": "ExpectColumnValuesToBeBetween", "kwargs": {"column": "level", "max_value": 5}}
    redeclare(world, [low | {"reason": text("In tests.")}], guards=LOOSE, load="replace")
    assert said(world.settle()) == [("released", 3)], "a suite judges it"
    refers = [{"fields": ["site"], "dataset": SLUG, "to": ["site"]}]
    world.declare(declaration("users", guards=LOOSE, references=refers))
    (item,) = world.tell("site,level\na,1\n", "users")
    assert "none that can be published" in str(item.reason), "another refers to it, in vain"
