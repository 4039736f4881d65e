"""Nights of fetches that asked for days and kinds, from evidence to release, with stewards in between."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markets import FIELDS, KEY, SOURCE, Rows, Span, hear, on, prices, published
from nights import LOOSE, approve, finished, killed, reject, said, sound, state, waits, watching, what
from watched import Calls
from worlds import SLUG, World, declaration

from catalog import keys
from catalog.errors import DeclarationError
from catalog.release import publish
from catalog.release.changes import Counts
from pipelines.records import Fetched, Outcome, Page
from pipelines.refresh.settle import record as keep

CAREFUL = {"removed": 0.25}


def open_world(root: Path, **more: Any) -> World:
    world = World(root)
    world.declare(prices(**more))
    return world


@pytest.fixture
def world(tmp_path: Path) -> World:
    return open_world(tmp_path / "home")


def day(number: int, crops: str = "abcd", kind: str = "N04", price: float = 1.0) -> Rows:
    """The rows of a day of April."""
    return {(f"04-{number:02}", kind, crop): price for crop in crops}


def days(first: int, last: int, crops: str = "abcd", price: float = 1.0) -> Rows:
    return {key: value for number in range(first, last + 1) for key, value in day(number, crops, price=price).items()}


def april(number: int, kind: str = "N04") -> Span:
    return on(f"04-{number:02}", kind)


# One night after the other ----------------------------------------------------------------------------------


def test_each_night_replaces_what_it_asked_for(world: World):
    hear(world, april(17), day(17))
    hear(world, april(17, "N05"), day(17, "a", "N05"))
    assert said(world.settle()) == [("released", 1)]
    hear(world, april(17), day(17, "ab", price=2))
    hear(world, april(18), day(18))
    (item,) = world.settle()
    assert item.changes == Counts(insert=4, update=2, delete=2)
    assert published(world) == day(17, "ab", price=2) | day(17, "a", "N05") | day(18)
    sound(world)


def test_days_without_rows_are_data_and_no_release_before_there_is_a_row(world: World):
    hear(world, april(18), {})
    (item,) = world.settle()
    assert (item.outcome, item.release, item.reason) == ("unchanged", None, "no rows, and none before")
    assert what(world, 1) == Outcome("unchanged", n=0)
    hear(world, april(17), day(17))
    hear(world, april(18), {})
    assert said(world.settle()) == [("released", 1)]
    hear(world, april(18), {})
    hear(world, april(19), {})
    assert said(world.settle()) == [("unchanged", 1)]
    sound(world)


@pytest.mark.parametrize(("again", "stays"), [(17, False), (18, True)], ids=["the same day", "another day"])
def test_an_empty_day_while_the_first_release_waits(tmp_path: Path, again: int, stays: bool):
    world = open_world(tmp_path / "home", approve="first")
    hear(world, april(17), day(17))
    assert said(world.settle()) == [("held", None)]
    hear(world, april(again), {})
    assert {one.outcome for one in world.settle()} == {"unchanged"}
    assert (waits(world) is not None) is stays
    if stays:
        approve(world)
        assert published(world) == day(17)
    assert world.state().pending == ()


def test_a_first_answer_of_which_nothing_can_be_published_is_refused(world: World):
    hear(world, april(17), {}, more=[{"TransDate": "soon", "TcType": "N04", "CropCode": "a", "Price": 1}])
    assert said(world.settle()) == [("refused", None)]


def test_what_came_and_went_in_one_night_is_no_release(world: World):
    hear(world, april(17), day(17))
    hear(world, april(17), {})
    assert said(world.settle()) == [("unchanged", None)]
    hear(world, april(18), day(18))
    world.settle()
    hear(world, on("05-02"), {("05-02", "N04", "a"): 1.0})
    hear(world, on("05-02"), {})
    assert said(world.settle()) == [("unchanged", 1)]
    sound(world)


def test_records_that_are_no_rows_are_left_out_and_counted(tmp_path: Path):
    closed = {"when": {"crop": "-"}, "reason": {"en": "Closed.", "zh-TW": "休市。"}}
    world = open_world(tmp_path / "home", omit=[closed], guards=CAREFUL)
    record = {"TransDate": "115.04.17", "TcType": "N04", "CropCode": "-", "Price": 0}
    hear(world, april(17), day(17), more=[record, record])
    world.settle()
    assert published(world) == day(17)
    (fetch,) = world.fact("quality")["fetches"]
    assert (fetch["rows"], fetch["omitted"], fetch["collapsed"]) == (4, 2, 0)
    # A market that closed is a removal like any other: nobody says that its rows were wrong.
    hear(world, april(17), {}, more=[record])
    assert said(world.settle()) == [("held", 1)]


def test_rows_that_were_not_asked_for_refuse_the_fetch_and_no_other(world: World):
    hear(world, april(17), day(17))
    hear(world, april(18), day(18) | day(19, "a"))
    hear(world, april(20), day(20))
    refused, released = world.settle()
    assert refused.reason == (
        "expected rows of day 2026-04-18, kind N04, as asked, found row 5 of day 2026-04-19, kind N04: "
        "not what was asked"
    )
    assert said([refused, released]) == [("refused", None), ("released", 1)]
    assert published(world) == day(17) | day(20)


def test_a_row_that_left_is_a_removal_with_its_reason(tmp_path: Path):
    world = open_world(tmp_path / "home", fields=[*FIELDS[:3], FIELDS[3] | {"constraints": {"required": True}}])
    hear(world, april(17), day(17))
    world.settle()
    hear(world, april(17), day(17, "abc") | {("04-17", "N04", "d"): None})
    assert said(world.settle()) == [("released", 2)]
    assert published(world) == day(17, "abc")
    assert [(one["key"], one["rule"], one["left"]) for one in world.quarantine()] == [
        ("day=115.04.17, kind=N04, crop=d", "price.required", "row")
    ]
    sound(world)


# Guards -----------------------------------------------------------------------------------------------------


def test_one_empty_day_among_sixty_good_ones_waits_and_rejecting_it_keeps_the_sixty(tmp_path: Path):
    world = open_world(tmp_path / "home", guards={"removed": 0.05})
    numbers = [(month, number) for month in ("04", "05") for number in range(1, 31)]
    for month, number in numbers:
        hear(world, on(f"{month}-{number:02}"), {(f"{month}-{number:02}", "N04", crop): 1.0 for crop in "abcd"})
    assert said(world.settle()) == [("released", 1)]
    before = published(world)
    for month, number in numbers:
        one = f"{month}-{number:02}"
        rows = {} if one == "04-17" else {(one, "N04", crop): 2.0 for crop in "abcd"}
        hear(world, on(one), rows)
    (item,) = world.settle()
    assert item.outcome == "held"
    assert item.reason == "guard.removed: expected at most 5.00%, found 100.00% of rows removed"
    assert item.changes == Counts(insert=0, update=236, delete=4)
    waiting = world.state().waiting
    assert waiting is not None
    assert waiting.alone == (60 + 17,)
    assert said(reject(world)) == [("released", 2)]
    assert published(world) == {key: 2.0 if key[0] != "04-17" else price for key, price in before.items()}
    sound(world)


def test_a_thin_day_of_a_night_is_judged_alone_and_all_days_together(tmp_path: Path):
    world = open_world(tmp_path / "home", guards=CAREFUL)
    hear(world, Span("04-01", "04-10"), days(1, 10))
    world.settle()
    # A fifth of each day: each passes alone.
    hear(world, Span("04-01", "04-05"), {key: price for key, price in days(1, 5).items() if key[2] != "d"})
    assert said(world.settle()) == [("released", 2)]
    # What another window holds dilutes nothing: half of one day goes.
    hear(world, april(6), day(6, "ab"))
    hear(world, Span("04-07", "04-10"), days(7, 10))
    (item,) = world.settle()
    assert (item.outcome, item.reason) == (
        "held",
        "guard.removed: expected at most 25.00%, found 50.00% of rows removed",
    )


def test_what_a_later_fetch_of_the_night_brings_back_counts_once_and_for_who_let_it_go(tmp_path: Path):
    world = open_world(tmp_path / "home", guards=CAREFUL)
    hear(world, april(17), day(17))
    world.settle()
    hear(world, april(17), {})
    hear(world, april(17), day(17, price=2))
    assert said(world.settle()) == [("held", 1)]
    waiting = world.state().waiting
    assert waiting is not None
    assert waiting.alone == (2,)
    assert said(reject(world)) == [("released", 2)]
    assert published(world) == day(17, price=2)


# What waits -------------------------------------------------------------------------------------------------


def test_a_later_fetch_of_the_same_window_keeps_the_last_word_over_what_waited(tmp_path: Path):
    world = open_world(tmp_path / "home", guards=CAREFUL)
    hear(world, Span("04-17", "04-18"), days(17, 18))
    world.settle()
    hear(world, Span("04-17", "04-18"), day(17, "a"))  # 7 of 8 rows gone
    assert said(world.settle()) == [("held", 1)]
    hear(world, april(18), day(18, price=3))
    assert said(world.settle()) == [("released", 2)]
    assert waits(world) is not None
    approve(world)
    assert published(world) == day(17, "a") | day(18, price=3)
    assert world.newest().facts.over == (3,)
    sound(world)


def test_what_waits_goes_when_its_whole_window_was_heard_well_again(tmp_path: Path):
    world = open_world(tmp_path / "home", guards=CAREFUL)
    hear(world, april(17), day(17))
    world.settle()
    hear(world, april(17), {})
    assert said(world.settle()) == [("held", 1)]
    hear(world, april(17), {})
    hear(world, april(18), {})
    assert said(world.settle()) == [("held", 1)]
    assert what(world, 3) == what(world, 4) == Outcome("same", candidate=waits(world))
    hear(world, april(17), day(17))
    assert [outcome for outcome, _ in said(world.settle())] == ["unchanged"] * 2
    assert waits(world) is None
    assert world.state().pending == ()
    assert published(world) == day(17)


def test_an_unchanged_night_of_another_window_leaves_what_waits_alone(tmp_path: Path):
    world = open_world(tmp_path / "home", guards=CAREFUL)
    hear(world, Span("04-17", "04-18"), days(17, 18))
    world.settle()
    hear(world, april(17), {})
    world.settle()
    before = waits(world)
    hear(world, april(18), day(18))
    hear(world, april(19), {})
    assert said(world.settle()) == [("unchanged", 1)]
    assert waits(world) == before


WINDOWS = st.sampled_from(
    [Span("04-30", "04-30"), Span("05-01", "05-01"), Span("04-29", "05-01"), Span("04-30", "04-30", "N05")]
)
STEPS = st.tuples(
    WINDOWS, st.sampled_from(["", "a", "ab", "abcd", "bcd"]), st.integers(1, 2), st.sampled_from(["hear", "settle"])
)
VERDICTS = st.sampled_from(["approve", "reject", "leave"])


def told(span: Span, crops: str, price: int) -> Rows:
    listed = [one for one in ("04-29", "04-30", "05-01") if span.first <= one <= span.last]
    return {(one, span.kind, crop): float(price) for one in listed for crop in crops}


@settings(max_examples=8)
@given(st.lists(st.tuples(STEPS, VERDICTS), min_size=2, max_size=6))
def test_whatever_is_held_approved_and_rejected_the_rows_are_those_of_a_dict(
    tmp_path_factory: pytest.TempPathFactory, history: list[tuple[Any, str]]
):
    """What is published is the fetches that counted so far, in order; in the end all but those that were rejected."""
    world = open_world(tmp_path_factory.mktemp("model") / "home", guards=CAREFUL)
    heard: dict[int, tuple[Span, Rows]] = {}
    for (span, crops, price, then), verdict in history:
        rows = told(span, crops, price)
        heard[hear(world, span, rows)] = (span, rows)
        if then == "settle":
            world.settle()
            decided(world, verdict)
            counted(world, heard)
    world.settle()
    while waits(world):
        decided(world, "approve")
    counted(world, heard)
    line = world.state()
    assert line.pending == ()
    if line.newest:
        left = {k for k in heard if line.counts(k)}
        assert published(world) == expected({k: heard[k] for k in left})
        sound(world)


def decided(world: World, verdict: str) -> None:
    waiting = world.state().waiting
    if waiting is None or verdict == "leave":
        return
    if verdict == "approve":
        approve(world)
    else:
        reject(world, *waiting.evidence)


def counted(world: World, heard: dict[int, tuple[Span, Rows]]) -> None:
    """The rows are those of the fetches that had their word; the others wait, or were rejected."""
    line = world.state()
    counts = {k for k in heard if line.counts(k)}
    waiting = set(line.waiting.evidence) if line.waiting else set()
    same = {k for k in heard if (outcome := what(world, k)) and outcome.what == "same"}
    assert set(heard) - counts <= waiting | set(line.excluded) | set(line.repeats) | same
    rows = published(world) if line.newest else {}
    assert rows == expected({k: heard[k] for k in counts})


def expected(heard: dict[int, tuple[Span, Rows]]) -> Rows:
    found: Rows = {}
    for k in sorted(heard):
        span, rows = heard[k]
        found = {key: price for key, price in found.items() if not span.has(key)} | rows
    return found


# Declarations -----------------------------------------------------------------------------------------------

CSV = {"protocol": "file", "address": "https://waters.example/prices.csv", "format": "csv"}


def without_windows(**more: Any) -> dict[str, Any]:
    """The same table, heard as a file that speaks of some rows."""
    said: dict[str, Any] = {"fields": FIELDS, "key": KEY, "source": CSV, "guards": LOOSE}
    return declaration(**(said | {"partition": {"field": "day", "grain": "month"}} | more))


def tell_file(world: World, rows: Rows) -> None:
    body = "TransDate,TcType,CropCode,Price\n"
    body += "".join(f"115.{one.replace('-', '.')},{kind},{crop},{price}\n" for (one, kind, crop), price in rows.items())
    world.now = world.now.replace(hour=(world.now.hour + 1) % 24, day=world.now.day + (world.now.hour == 23))
    world.ctx.clock.advance(world.now)
    page = Page(CSV["address"], 200, {}, body.encode())
    keep(world.ctx, SLUG, Fetched({"source": CSV}, world.now, (page,), None))


def test_what_was_heard_without_windows_is_replaced_by_windows_from_then_on(tmp_path: Path):
    world = World(tmp_path / "home")
    world.declare(without_windows())
    for price in (1.0, 2.0, 3.0):
        tell_file(world, days(17, 18, price=price))
        world.settle()
    assert world.newest().n == 3
    world.declare(prices(guards=CAREFUL))
    assert said(world.settle()) == [("released", 4)], "the same rows: metadata"
    assert world.newest().facts.kind == "metadata"
    hear(world, april(17), day(17, "abc", price=3))
    assert said(world.settle()) == [("released", 5)], "a quarter of its window, and no more"
    hear(world, april(18), {})
    assert said(world.settle()) == [("held", 5)]
    approve(world)
    assert published(world) == day(17, "abc", price=3)
    sound(world)


def test_windows_that_are_pending_when_the_load_changes_are_guarded(tmp_path: Path):
    world = World(tmp_path / "home")
    world.declare(without_windows())
    for price in (1.0, 2.0, 3.0):
        tell_file(world, days(17, 18, price=price))
    world.settle()
    world.declare(prices(guards=CAREFUL))
    hear(world, april(17), {})
    items = world.settle()
    assert said(items)[-1] == ("held", 2)
    assert published(world) == days(17, 18, price=3.0)


def test_without_windows_again_nothing_that_was_heard_has_disappeared(tmp_path: Path):
    world = open_world(tmp_path / "home")
    hear(world, Span("04-17", "04-18"), days(17, 18))
    hear(world, april(17), day(17, "a", price=2))
    world.settle()
    assert published(world) == day(17, "a", price=2) | day(18)
    world.declare(without_windows())
    (item,) = world.settle()
    assert (item.outcome, item.changes) == ("held", Counts(insert=3, update=0, delete=0))
    approve(world)
    assert published(world) == day(17, "a", price=2) | day(17, "bcd") | day(18)
    tell_file(world, day(17, "a", price=5))
    world.settle()
    assert published(world)[("04-17", "N04", "a")] == 5
    sound(world)


def test_a_changed_declaration_folds_windows_again(world: World):
    hear(world, Span("04-17", "04-18"), days(17, 18))
    hear(world, april(17), day(17, "ab", price=-2))
    world.settle()
    scaled = [*FIELDS[:3], FIELDS[3] | {"scale": 10}]
    world.declare(prices(fields=scaled))
    (item,) = world.settle()
    assert (item.outcome, item.changes) == ("held", Counts(insert=0, update=6, delete=0))
    hear(world, april(18), day(18, "a"))
    world.settle()
    approve(world)
    assert published(world) == day(17, "ab", price=-20) | day(18, "a", price=10)
    sound(world)


def test_a_key_field_that_is_named_anew_is_still_the_one_that_was_asked_for(world: World):
    hear(world, Span("04-17", "04-18"), days(17, 18))
    hear(world, april(17), day(17, "ab"))
    world.settle()
    renamed = [FIELDS[0] | {"name": "trade_date"}, *FIELDS[1:]]
    world.declare(
        prices(
            fields=renamed,
            key=["trade_date", "kind", "crop"],
            window={"day": "trade_date", "kind": "kind"},
            partition={"field": "trade_date", "grain": "month"},
        )
    )
    (item,) = world.settle()
    assert (item.outcome, item.changes) == ("held", Counts(insert=6, update=0, delete=6))
    approve(world)
    assert {(f"{row['trade_date']:%m-%d}", row["kind"], row["crop"]) for row in world.rows()} == set(
        day(17, "ab") | day(18)
    )
    sound(world)


def test_another_partition_or_source_reads_the_same(world: World):
    hear(world, april(17), day(17))
    hear(world, on("05-02"), {("05-02", "N04", "a"): 1.0})
    world.settle()
    world.declare(prices(partition={"grain": "none"}, source=SOURCE | {"interface": "legacy"}))
    world.settle()
    assert published(world) == day(17) | {("05-02", "N04", "a"): 1.0}
    sound(world)


def test_old_windows_that_a_declaration_cannot_name_are_its_fault(world: World):
    hear(world, april(17), day(17))
    world.settle()
    world.declare(prices(window={"day": "day"}))
    with pytest.raises(DeclarationError, match=r"minsheng\.window"):
        world.settle()
    assert published(world) == day(17)


# Cost and crashes -------------------------------------------------------------------------------------------


def test_a_night_reads_and_writes_the_months_that_it_asked_for(world: World):
    for month in ("01", "02", "03", "04", "05", "06"):
        hear(world, on(f"{month}-10"), {(f"{month}-10", "N04", "a"): 1.0})
    world.settle()
    paths = {label: one.path for label, one in world.newest().partitions.items()}
    hear(world, Span("03-20", "04-10"), {("04-10", "N04", "a"): 2.0})
    with watching(world, Calls()) as calls:
        assert said(world.settle()) == [("released", 2)]
    read = {key.rpartition("/")[2] for verb, key, _ in calls.made if verb == "get" and "/data/" in key}
    written = {key for verb, key, _ in calls.made if verb == "put_new" and key.startswith(f"datasets/{SLUG}/data/")}
    old = {Path(path).name for path in paths.values()}
    assert read & old == {Path(paths["2026-03"]).name, Path(paths["2026-04"]).name}
    assert len(written) == 2, "one month in two formats"
    assert {label for label, one in world.newest().partitions.items() if one.path == paths[label]} == set(paths) - {
        "2026-04"
    }


def held_and_pending(world: World) -> None:
    """An emptied day waits; pending are the day itself once more, and another."""
    hear(world, Span("04-17", "04-18"), days(17, 18))
    world.settle()
    hear(world, april(17), {})
    world.settle()
    hear(world, april(17), day(17, "abc", price=2))
    hear(world, april(18), day(18, price=2))


def test_killed_at_any_moment_a_night_of_windows_ends_the_same(tmp_path: Path):
    world = open_world(tmp_path / "home", guards=CAREFUL)
    held_and_pending(world)
    root = world.root
    whole = again(world, root.with_name("whole"))
    with watching(whole, Calls()) as calls:
        assert said(whole.settle()) == [("released", 2), ("unchanged", 2)], "what waited is overruled"
    end = state(whole)
    assert published(whole) == day(17, "abc", price=2) | day(18, price=2)
    commit = [(verb, key) for verb, key, _ in calls.made].index(("put_new", keys.document(SLUG, 2)))
    writes = [i for i, (verb, _, _) in enumerate(calls.made) if verb.startswith("put")]
    assert len(writes) > 10
    for moment in [(i, when) for i in writes for when in ("before", "after") if i in (commit, *writes[::5])]:
        dying = again(world, root.with_name("dying"))
        call = f"killed {moment[1]} call {moment[0]}: {calls.made[moment[0]]}"
        assert killed(dying, dying.settle, die_at=moment), call
        dying.settle()
        left = state(dying)
        different = {key for key in end | left if end.get(key) != left.get(key)}
        assert {key for key in different if not key.endswith("superseded.json")} == set(), call
        finished(dying)
        shutil.rmtree(dying.root)


def again(world: World, root: Path) -> World:
    """A copy of a home."""
    shutil.copytree(world.root, root)
    found = World(root, world.now)
    found.ctx.clock.advance(world.now)
    return found


def test_the_record_says_what_was_asked_in_both_words(world: World):
    hear(world, april(17, "N05"), {})
    said = json.loads(world.private.get(keys.evidence(SLUG, 1)).body)
    assert said["asked"]["window"] == {"day": ["2026-04-17", "2026-04-17"], "kind": ["N05", "N05"]}
    assert said["window"] == said["asked"]["window"], "the fields have the same names here"
    assert publish.newest(world.public, SLUG) is None
