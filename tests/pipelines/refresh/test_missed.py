"""What is lost for good after days off: derived from the evidence and the declared cadence."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from worlds import SLUG, World, dataset, declaration

from catalog.declaration.dataset import Dataset
from catalog.errors import DeclarationError
from catalog.reasons.values import Missed
from pipelines.fetch.sources import mark
from pipelines.records import Fetched, Page
from pipelines.refresh.missed import lost_between, missed_before, missed_since
from pipelines.refresh.settle import record
from pipelines.run import refresh


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(f"2026-07-{text}:00+08:00")


def hourly(reach: str = "1h", fetch: str = "20 * * * *") -> Dataset:
    return dataset(reach=reach, fetch=fetch)


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("01T08:20", "01T09:20"),  # on time
        ("01T08:20", "01T10:15"),  # late, and before the next one is due
        ("01T08:50", "01T09:20"),  # between, by hand
        ("01T08:20", "01T08:20"),
    ],
)
def test_nothing_is_lost_while_the_cadence_is_kept(earlier: str, later: str):
    assert lost_between(hourly(), at(earlier), at(later)) is None


def test_each_time_between_is_lost_but_the_one_that_the_later_answer_stands_for():
    assert lost_between(hourly(), at("01T08:20"), at("01T10:21")) == Missed(
        fetches=1, first="2026-07-01T09:20:00+08:00", last="2026-07-01T09:20:00+08:00"
    )
    assert lost_between(hourly(), at("01T08:20"), at("04T08:20")) == Missed(
        fetches=71, first="2026-07-01T09:20:00+08:00", last="2026-07-04T07:20:00+08:00"
    )


def test_what_the_later_answer_still_tells_is_not_lost():
    assert lost_between(hourly("48h"), at("01T08:20"), at("03T08:20")) is None
    assert lost_between(hourly("48h"), at("01T08:20"), at("04T08:20")) == Missed(
        fetches=24, first="2026-07-01T09:20:00+08:00", last="2026-07-02T08:20:00+08:00"
    )


def test_times_are_of_taipei_whatever_the_zone_of_the_fetch():
    found = lost_between(
        hourly(fetch="30 6 * * *"), at("01T06:30").astimezone(dt.UTC), at("04T06:30").astimezone(dt.UTC)
    )
    assert found == Missed(fetches=2, first="2026-07-02T06:30:00+08:00", last="2026-07-03T06:30:00+08:00")


def test_years_off_are_counted_no_further_than_that():
    found = lost_between(hourly(fetch="*/5 * * * *"), at("01T00:00"), at("01T00:00") + dt.timedelta(days=3650))
    assert found is not None
    assert found.fetches == 10_000


@pytest.mark.parametrize("more", [{"load": "replace"}, {"source": {"protocol": "inline", "table": "table.csv"}}])
def test_a_reach_is_declared_only_where_something_can_be_lost(more: dict[str, Any]):
    with pytest.raises(DeclarationError, match="reach: only with load: upsert, of an agency"):
        dataset(reach="1h", **({"load": "upsert"} | more))


# From the evidence ------------------------------------------------------------------------------------------


@pytest.fixture
def world(tmp_path: Path) -> World:
    found = World(tmp_path)
    found.declare(declaration(reach="1h", fetch="0 * * * *"))
    mark(found.public, found.private, "live")
    return found


def hear(world: World, when: str, body: bytes = b"site,level\na,1\n", why: str | None = None, slug: str = SLUG,
         **more: Any) -> Any:  # fmt: skip
    page = Page("https://waters.example/rivers.csv", 200, {}, body)
    return record(world.ctx, slug, Fetched({"protocol": "file"}, at(when), (page,), why, **more))[0]


def test_a_run_tells_what_was_lost_before_its_fetches(world: World):
    hear(world, "01T08:00")
    first, second = hear(world, "04T08:00"), hear(world, "04T09:00")
    ours = world.ctx.declarations.dataset(SLUG)
    lost = Missed(fetches=71, first="2026-07-01T09:00:00+08:00", last="2026-07-04T07:00:00+08:00")
    assert missed_before(world.ctx, ours, [first, second]) == lost
    assert missed_before(world.ctx, ours, [second]) is None
    assert missed_before(world.ctx, ours, []) is None


def test_answers_that_were_no_data_keep_nothing(world: World):
    hear(world, "01T08:00")
    hear(world, "01T09:00", b"site,le", "cut short")
    newest = hear(world, "01T10:00")
    ours = world.ctx.declarations.dataset(SLUG)
    found = missed_before(world.ctx, ours, [newest])
    assert found is not None
    assert (found.fetches, found.first) == (1, "2026-07-01T09:00:00+08:00")


def test_a_fetch_that_was_overtaken_stands_for_no_time(world: World):
    for when in ("01T08:00", "01T09:00", "01T10:00", "01T05:00"):
        hear(world, when)
    newest = hear(world, "01T11:00")
    assert missed_before(world.ctx, world.ctx.declarations.dataset(SLUG), [newest]) is None


def test_it_is_told_with_the_first_good_answer_and_once(world: World):
    hear(world, "01T08:00")
    hear(world, "03T08:00", b"site,le", "cut short")
    ours = world.ctx.declarations.dataset(SLUG)
    assert missed_since(world.ctx, ours, at("02T00:00")) is None
    hear(world, "04T08:00")
    found = missed_since(world.ctx, ours, at("02T00:00"))
    assert found is not None
    assert found.fetches == 71
    assert missed_since(world.ctx, ours, at("04T08:00")) is None


def test_a_report_looks_past_what_was_overtaken(world: World):
    for when in ("01T08:00", "01T09:00", "01T12:00", "01T06:00", "01T13:00"):
        hear(world, when)
    found = missed_since(world.ctx, world.ctx.declarations.dataset(SLUG), at("01T09:00"))
    assert found == Missed(fetches=2, first="2026-07-01T10:00:00+08:00", last="2026-07-01T11:00:00+08:00")


def test_a_fetch_by_a_clock_that_was_ahead_lost_nothing(world: World):
    ours = world.ctx.declarations.dataset(SLUG)
    hear(world, "01T08:00")
    hear(world, "02T08:00")
    right = hear(world, "01T10:00", clock_is_right_at=at("01T10:00"))
    lost = Missed(fetches=1, first="2026-07-01T09:00:00+08:00", last="2026-07-01T09:00:00+08:00")
    assert world.ctx.evidence(SLUG).whole(right.k)
    assert missed_before(world.ctx, ours, [right]) == lost
    assert missed_since(world.ctx, ours, at("01T08:00")) == lost
    assert missed_since(world.ctx, ours, at("01T10:00")) is None


def test_several_rows_of_missed_fetches_are_told_together(world: World):
    for when in ("01T08:00", "01T10:00", "01T11:00", "01T14:00"):
        hear(world, when)
    found = missed_since(world.ctx, world.ctx.declarations.dataset(SLUG), at("01T08:00"))
    assert found == Missed(fetches=3, first="2026-07-01T09:00:00+08:00", last="2026-07-01T13:00:00+08:00")


def test_a_recording_and_what_declares_no_reach_are_not_judged(tmp_path: Path):
    replayed, silent = World(tmp_path / "replayed"), World(tmp_path / "silent")
    for one, kind, more in ((replayed, "replay", {"reach": "1h"}), (silent, "live", {})):
        one.declare(declaration(fetch="0 * * * *", **more))
        mark(one.public, one.private, kind)
        hear(one, "01T08:00")
        newest = hear(one, "04T08:00")
        assert missed_before(one.ctx, one.ctx.declarations.dataset(SLUG), [newest]) is None
        assert missed_since(one.ctx, one.ctx.declarations.dataset(SLUG), at("01T00:00")) is None


class Says:
    """An agency that answers at one time."""

    kind, side_by_side = "live", True

    def __init__(self, when: str) -> None:
        self.when = when

    def begin(self, *_: Any) -> None:
        """The clock stands where the test put it."""

    def fetches(self, *_: Any) -> Any:
        page = Page("https://waters.example/rivers.csv", 200, {}, f"site,level\na,{self.when[:2]}\n".encode())
        yield Fetched({"protocol": "file"}, at(self.when), (page,), None)


def test_the_sentence_of_a_run_holds_it(world: World):
    for when, says in (
        ("01T08:00", None),
        ("01T09:00", None),
        ("04T08:00", "70 fetches from 2026-07-01T10:00:00+08:00"),
    ):
        (result,) = refresh(world.ctx, Says(when), world.ctx.declarations.of(SLUG), each=False)
        assert result.outcome in ("released", "unchanged")
        assert (says or "") in (result.reason or "")
        assert ("were missed" in (result.reason or "")) == bool(says)
