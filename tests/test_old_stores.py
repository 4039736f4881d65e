"""Stores that an earlier version made: the code of today verifies, rebuilds and continues them.

What lies in them, and how they were made, stands in stores/README.md.
"""

import datetime as dt
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from catalog import keys
from catalog.declaration.dataset import load_dataset, slugs
from catalog.derived import releases_json
from catalog.past.asof import moment, release_at
from catalog.past.history import history
from catalog.reasons.sentences import sentence
from catalog.release import publish
from catalog.release.changes import Counts
from catalog.release.document import Release
from catalog.release.read import ReleaseFiles
from catalog.release.verify import verify
from catalog.store.file import FileStore
from pipelines.context import ZONE, Clock, Context
from pipelines.declared import Declarations
from pipelines.fetch.fetcher import Fetcher, asking
from pipelines.fetch.live import Live
from pipelines.records import Fetched, Page
from pipelines.refresh import decide
from pipelines.refresh.marks import Waiting
from pipelines.refresh.result import RefreshResult
from pipelines.refresh.settle import record, settle
from pipelines.refresh.status import read_status
from pipelines.run import run, write_lists
from pipelines.trace.rebuild import rebuild
from pipelines.trace.why import why

OLD = Path(__file__).parent / "stores" / "0.1.0"
NOW = dt.datetime.fromisoformat("2026-07-02T05:00:00+08:00")
"""An hour after its last fetch."""

RELEASES = {"highest": 1, "lakes": 3, "markets": 2, "places": 1, "rivers": 6}
EVERY = [(slug, n) for slug, newest in RELEASES.items() for n in range(1, newest + 1)]
KINDS = {
    "highest": ["1.0.0 first"],
    "lakes": ["1.0.0 first", "1.1.0 regular", "2.0.0 schema"],
    "markets": ["1.0.0 first", "1.1.0 regular"],
    "places": ["1.0.0 first"],
    "rivers": [
        "1.0.0 first",
        "1.1.0 regular",
        "1.2.0 regular",
        "1.2.1 metadata",
        "1.3.0 regular",
        "1.4.0 regular",
    ],
}
CONTENT = {
    "highest": {"all": "67e87a354abab3809d57f20149be27e07ad05b263d516037077d05a5b5560c7e"},
    "lakes": {"all": "1523444fca88fb99d6a98dd4f3cc55d0cb229d52fa0e6f5bb92fad50b6fd4945"},
    "markets": {
        "2026-06": "0cb73c7a798c96790ea3e4ee1ecd8bf76f074ebfb5d777233e8de7ecf1d3c3e9",
        "2026-07": "d36128b6305594bc65e317e22dcd340a69522f8a219a9c206910ba5f216ad2d9",
    },
    "places": {"all": "2e433b6721378b370a7cebb71b967c7ac0dcdf0c2175697f8d2aaadaf8ca5175"},
    "rivers": {
        "2026-05": "6a85fba3493a2a09f00d3c5eb42e0696db9224bf8afcf6613192fa3ee18da596",
        "2026-06": "c637f3e0b8053dcd069f577853e842b48c72d60c1574a3fa0d54b4c8098d30d7",
        "2026-07": "6b1952095dde39c9ad67531620839a3afc9ea95dbc053e430c1ff0bf8dbb34d3",
    },
}
"""Of the newest releases: by partition, the hash of its canonical CSV."""
OUTCOMES: dict[str, list[str | None]] = {
    "highest": ["folded"],
    "lakes": ["folded", "unchanged", "refused", "refused", "superseded", "folded", "refused", "folded"],
    "markets": ["folded", "folded", "folded", "folded", "unchanged"],
    "places": ["folded"],
    "rivers": ["folded", "folded", "folded", None, "folded", None, "same", "folded"],
}
"""By number of the fetch; None while it is open: excluded, or in the candidate that waits."""
WAITS = "125d275848441d375e1c68ac7f35deff24f4dbda51af13165112ab6b34804990"

N04 = {"day": ("2026-06-30", "2026-06-30"), "kind": ("N04", "N04")}
PRICES = {
    "RS": "OK",
    "Next": False,
    "Data": [{"TransDate": "115.06.30", "TcType": "N04", "CropCode": "SC1", "Price": 9}],
}
NEW_DAY = "測站,日期,水位\n永和,115/07/03,0.75\n"
NEW_LAKES = "lake,depth,county\n日月潭,26,南投\n鯉魚潭,12,花蓮\n"


@pytest.fixture
def ctx(tmp_path: Path) -> Context:
    """A copy of the old home, opened by the code of today."""
    home = tmp_path / "home"
    shutil.copytree(OLD, home)
    stores = FileStore(home / "public"), FileStore(home / "private")
    return Context(*stores, Declarations(home / "datasets"), {}, clock=Clock(NOW))


def hear(ctx: Context, slug: str, body: str, window: Any = None) -> list[RefreshResult]:
    """Keep what an agency says an hour later, and fold it."""
    ctx.clock.advance(ctx.clock.now() + dt.timedelta(hours=1))
    _, _, asked, fields = asking(load_dataset(ctx.declarations.folder, slug), window)
    page = Page("https://waters.example/answer", 200, {}, body.encode())
    _, item = record(ctx, slug, Fetched(asked, ctx.clock.now(), (page,), None, window=fields))
    assert item is None
    return list(settle(ctx, slug))


def ours(ctx: Context, slug: str) -> list[RefreshResult]:
    """Run a dataset for which no agency is asked."""
    ctx.clock.advance(ctx.clock.now() + dt.timedelta(hours=1))
    return [item for item in run(ctx, Live(Fetcher({}), "sandbox"), [slug]) if item.dataset == slug]


def add_place(ctx: Context) -> None:
    """The steward adds a row to the inline table."""
    with (ctx.declarations.folder / "places" / "table.csv").open("a", encoding="utf-8") as table:
        table.write("BTN,碧潭\n")


def newest(ctx: Context, slug: str) -> Release:
    found = publish.newest(ctx.public, slug)
    assert found is not None
    return found


def rows(ctx: Context, slug: str) -> list[tuple[Any, ...]]:
    """The rows of the newest release; days as text."""
    table = ReleaseFiles(ctx.public, newest(ctx, slug)).table().to_pylist()
    return [tuple(str(one) if isinstance(one, dt.date) else one for one in row.values()) for row in table]


def waits(ctx: Context) -> list[tuple[str, Waiting]]:
    return decide.waiting(ctx, slugs(ctx.declarations.folder))


def follows(ctx: Context, slug: str, before: Release) -> None:
    """A release was added to the chain, and can be proved."""
    after = newest(ctx, slug)
    previous = after.facts.previous
    assert previous is not None
    assert (after.n, previous.n, previous.sha256) == (before.n + 1, before.n, before.sha256)
    assert not list(verify(ctx.public, slug, after.n))
    assert rebuild(ctx, slug, after.n).same


def files(ctx: Context) -> dict[str, bytes]:
    """Every object of both stores."""
    stores = {"public": ctx.public, "private": ctx.private}
    return {f"{side}/{key}": store.get(key).body for side, store in stores.items() for key in store.list("")}


def test_the_list_of_what_is_there_is_whole(ctx: Context):
    assert slugs(ctx.declarations.folder) == sorted(RELEASES)
    assert {slug: newest(ctx, slug).n for slug in RELEASES} == RELEASES
    found = {
        slug: [outcome.what if outcome else None for outcome in map(ctx.evidence(slug).outcome, range(1, len(ks) + 1))]
        for slug, ks in OUTCOMES.items()
    }
    assert found == OUTCOMES
    assert {slug: ctx.evidence(slug).newest() for slug in OUTCOMES} == {slug: len(ks) for slug, ks in OUTCOMES.items()}


@pytest.mark.parametrize(("slug", "n"), EVERY)
def test_each_release_is_verified_and_rebuilt(ctx: Context, slug: str, n: int):
    assert not list(verify(ctx.public, slug, n))
    rebuilt = rebuild(ctx, slug, n)
    assert rebuilt.same
    if n == RELEASES[slug]:
        assert {one.label: one.found for one in rebuilt.partitions} == CONTENT[slug]


def test_each_dataset_stands_as_it_did(ctx: Context):
    found = {slug: read_status(ctx, load_dataset(ctx.declarations.folder, slug), NOW) for slug in RELEASES}
    assert {slug: (one.release, one.rows, one.state) for slug, one in found.items()} == {
        "highest": (1, 3, "fresh"),
        "lakes": (3, 3, "overdue"),
        "markets": (2, 4, "fresh"),
        "places": (1, 3, "fresh"),
        "rivers": (6, 11, "held"),
    }
    assert found["rivers"].candidate == WAITS


def test_the_candidate_waits_with_its_reasons(ctx: Context):
    ((slug, waiting),) = waits(ctx)
    assert (slug, waiting.identity, waiting.evidence, waiting.alone) == ("rivers", WAITS, (6,), (6,))
    assert (waiting.candidate.facts.verdict, waiting.since) == ("hold", "2026-07-01T14:00:00+08:00")
    (reason,) = waiting.reasons
    assert sentence(reason) == "guard.changed: expected at most 40.00%, found 45.45% of rows changed"


@pytest.mark.parametrize("hint", [True, False], ids=["with status.json", "without status.json"])
def test_what_is_decided_is_not_folded_again(ctx: Context, hint: bool):
    status = [f"public/datasets/{slug}/status.json" for slug in RELEASES]
    before = files(ctx)
    for slug in RELEASES if not hint else ():
        ctx.public.delete(f"datasets/{slug}/status.json")
    assert [item for slug in RELEASES for item in settle(ctx, slug)] == []
    after = files(ctx)
    kept = {f"private/{keys.kept_document(slug, n)}" for slug, n in RELEASES.items()}
    assert {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)} <= {*status, *kept}
    assert all(after[key] == after[f"public/{keys.pointer(key.split('/')[2])}"] for key in kept), "kept from now on"
    assert [waiting.identity for _, waiting in waits(ctx)] == [WAITS]


def test_the_lists_of_all_datasets_are_as_they_were(ctx: Context):
    """What is derived is made again, and what was there of it stays."""
    before = files(ctx)
    write_lists(ctx)
    after = files(ctx)
    assert {key: after[key] for key in before} == before
    assert {"public/catalog.duckdb", "public/index.html", "public/datasets/rivers/release-6.html"} <= set(after)


def test_a_new_answer_is_released_on_top_and_the_candidate_goes_on_waiting(ctx: Context):
    before = newest(ctx, "rivers")
    assert [(item.outcome, item.release) for item in hear(ctx, "rivers", NEW_DAY)] == [("released", 7)]
    follows(ctx, "rivers", before)
    assert len(rows(ctx, "rivers")) == 12
    ((_, waiting),) = waits(ctx)
    assert waiting.identity != WAITS
    assert (waiting.evidence, waiting.since) == ((6,), "2026-07-01T14:00:00+08:00")
    assert decide.approve(ctx, "rivers", waiting.identity, "chen", "a flood").release == 8


def test_a_whole_table_is_replaced(ctx: Context):
    before = newest(ctx, "lakes")
    assert [(item.outcome, item.release) for item in hear(ctx, "lakes", NEW_LAKES)] == [("released", 4)]
    follows(ctx, "lakes", before)
    assert rows(ctx, "lakes") == [("日月潭", 26.0, "南投"), ("鯉魚潭", 12.0, "花蓮")]


def test_a_window_is_replaced(ctx: Context):
    before = newest(ctx, "markets")
    items = hear(ctx, "markets", json.dumps(PRICES), N04)
    assert [(item.outcome, item.release) for item in items] == [("released", 3)]
    follows(ctx, "markets", before)
    assert rows(ctx, "markets") == [
        ("2026-06-30", "N04", "SC1", 9.0),
        ("2026-07-01", "N04", "LA1", 22.0),
        ("2026-07-01", "N05", "A1", 64.0),
    ]


def test_a_table_of_ours_grows_and_brings_back_what_was_put_aside(ctx: Context):
    before = {slug: newest(ctx, slug) for slug in ("places", "rivers")}
    assert [(item.outcome, item.release) for item in ours(ctx, "places")] == [("unchanged", 1)]
    add_place(ctx)
    assert [(item.outcome, item.release) for item in ours(ctx, "places")] == [("released", 2)]
    follows(ctx, "places", before["places"])
    (item,) = settle(ctx, "rivers")
    assert (item.outcome, item.release, item.reason) == ("released", 7, "refold")
    assert item.changes == Counts(1, 0, 0)
    follows(ctx, "rivers", before["rivers"])
    assert ("BTN", "2026-07-01", 3.0, None) in rows(ctx, "rivers")


def test_what_is_derived_follows_its_input(ctx: Context):
    before = newest(ctx, "highest")
    assert [(item.outcome, item.release) for item in ours(ctx, "highest")] == [("unchanged", 1)]
    hear(ctx, "rivers", NEW_DAY)
    assert [(item.outcome, item.release) for item in ours(ctx, "highest")] == [("released", 2)]
    follows(ctx, "highest", before)
    assert rows(ctx, "highest") == [("TPB", 4, 1.75), ("XND", 4, 2.5), ("YHE", 4, 51.0)]


def test_the_candidate_is_approved(ctx: Context):
    before = newest(ctx, "rivers")
    assert decide.approve(ctx, "rivers", WAITS, "chen", "a flood").release == 7
    follows(ctx, "rivers", before)
    released = newest(ctx, "rivers")
    assert (released.facts.evidence, released.facts.over) == ((6,), (8,))
    assert released.document["minsheng"]["approval"]["candidate"] == WAITS
    assert ("TPB", "2026-05-31", 1.625, None) in rows(ctx, "rivers")
    assert ("XND", "2026-06-30", 2.0625, None) in rows(ctx, "rivers"), "fetch 8 keeps the last word"
    assert waits(ctx) == []
    said = [(item.outcome, item.release) for item in settle(ctx, "rivers")]
    assert said == [("unchanged", 7)], "fetch 7 says what was approved, and nothing more"
    assert list(settle(ctx, "rivers")) == []


def test_the_candidate_is_rejected(ctx: Context):
    list(decide.reject(ctx, "rivers", WAITS, "chen", "no flood"))
    for _, waiting in waits(ctx):  # fetch 7 repeats an earlier form of this candidate, and may wait in one of its own
        assert waiting.evidence == (7,)
        assert list(decide.reject(ctx, "rivers", waiting.identity, "chen", "still no flood")) == []
    assert waits(ctx) == []
    assert list(settle(ctx, "rivers")) == []
    assert newest(ctx, "rivers").n == 6


@pytest.mark.parametrize("slug", RELEASES)
def test_the_past_is_listed(ctx: Context, slug: str):
    found = releases_json.upto(ctx.public, slug, newest(ctx, slug))
    assert [f"{one['version']} {one['kind']}" for one in found] == KINDS[slug]
    assert found == releases_json.listed(ctx.public, slug)


@pytest.mark.parametrize(
    ("at", "n"),
    [("2026-07-01T09:00", 1), ("2026-07-01T12:59", 4), ("2026-07-01T13:00", 5), ("2026-07-01", 6)],
)
def test_the_release_of_a_moment_is_told(ctx: Context, at: str, n: int):
    assert release_at(ctx.public, "rivers", moment(at, ZONE)).n == n


def test_the_history_of_a_row_is_told(ctx: Context):
    found = history(ctx.public, "rivers", "site=TPB,day=2026-07-01")
    assert [(step.n, step.kind, step.columns["level"]) for step in found.steps] == [
        (2, "insert", (None, 1.25)),
        (5, "update", (1.25, 1.375)),
    ]
    found = history(ctx.public, "lakes", "日月潭")
    assert [(step.n, step.kind, dict(step.columns)) for step in found.steps] == [
        (1, "insert", {"depth": (None, 27.0)}),
        (2, "update", {"depth": (27.0, 26.5)}),
        (3, "schema", {"county": (None, "南投")}),
    ]


@pytest.mark.parametrize(
    ("slug", "key", "column", "value", "heard"),
    [
        ("rivers", "TPB,2026-07-01", "level", 1.375, (5, 2, "1.375")),
        ("rivers", "XND,2026-07-01", "level", None, (3, 1, "many")),
        ("rivers", "YHE,2026-05-31", "level", None, (1, 3, "#")),
        ("lakes", "澄清湖", "depth", None, (6, 2, "deep")),
        ("lakes", "日月潭", "county", "南投", (8, 1, "南投")),
        ("markets", "2026-06-30,N04,LA1", "price", 20.75, (4, 1, "20.75")),
        ("highest", "YHE", "highest", 51.0, (1, 3, "51.0")),
        ("places", "XND", "name", "新店", (1, 2, "新店")),
    ],
)
def test_a_value_is_traced_to_what_the_agency_wrote(
    ctx: Context, slug: str, key: str, column: str, value: Any, heard: tuple[int, int, str]
):
    found = why(ctx, slug, key, column)
    assert found.value == value
    assert found.origin is not None
    assert (found.origin.k, found.origin.row, found.origin.raw) == heard
