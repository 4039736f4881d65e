"""A clock that does not agree stops a live run before it writes; an operator vouches for it, and all heals."""

import dataclasses
import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from agencies import agency_that_says
from nights import LOOSE, said, sound, state, what
from refreshes import refreshed
from tiers import few
from worlds import SLUG, World, bodies, declaration, inline

from catalog import keys
from catalog.declaration.dataset import load_dataset
from catalog.past.asof import release_at
from catalog.reasons.values import Misdated, Overtaken
from catalog.release import publish
from catalog.store.file import FileStore
from pipelines.context import Clock, Context
from pipelines.declared import Declarations
from pipelines.fetch.clock import ClockDoubt, check_clock
from pipelines.fetch.copied import Copied
from pipelines.fetch.fetcher import Fetcher
from pipelines.fetch.live import Live
from pipelines.fetch.transport import FetchLimits
from pipelines.records import Fetched, Outcome, Page
from pipelines.refresh.result import RefreshResult
from pipelines.refresh.state import DatasetState, read_state
from pipelines.refresh.status import Status, read_status

NOW = dt.datetime.fromisoformat("2026-11-21T01:30:00+08:00")
FUTURE = NOW.replace(year=2036)
HOUR = dt.timedelta(hours=1)


@dataclass
class Loopback(Live):
    """The live agencies, which answer on loopback."""

    address: str = ""

    def begin(self, ctx: Context, wanted: list[str]) -> None:
        super().begin(ctx, wanted)
        self.fetcher.sandbox = self.address


@dataclass
class Home:
    """A live home, and a machine whose clock shows what a test says."""

    world: World
    now: dt.datetime = NOW
    stores_ahead: dict[str, dt.timedelta] = field(default_factory=dict)

    def context(self, *, clock_is_right: bool = False) -> Context:
        clock = Clock(present=lambda: self.now)
        declarations = Declarations(self.world.datasets)
        ahead = self.stores_ahead
        return Context(
            self.world.public,
            self.world.private,
            declarations,
            {},
            clock=clock,
            clock_is_right=clock_is_right,
            stores_ahead=ahead,
        )

    def night(
        self, body: str, *wanted: str, date: str | None = None, clock_is_right: bool = False
    ) -> list[RefreshResult]:
        """What a live run says of an agency that answers with a body, and with a date of its own."""
        headers = {"Date": date} if date else {}
        with agency_that_says(body.encode(), headers=headers) as address:
            sources = Loopback(Fetcher({}, FetchLimits(attempts=1)), address=address)
            return list(refreshed(self.context(clock_is_right=clock_is_right), sources, list(wanted or (SLUG,))))

    def keep(self, body: str, at: dt.datetime) -> int:
        """Keep a fetch as an earlier version, or another machine, did: without a look at any clock."""
        page = Page("https://waters.example/rivers.csv", 200, {}, body.encode())
        return self.context().evidence(SLUG).record(Fetched({"protocol": "file"}, at, (page,), None)).k

    def state(self) -> DatasetState:
        return read_state(self.context(), SLUG)

    def status(self) -> Status:
        return read_status(self.context(), load_dataset(self.world.datasets, SLUG), self.now)


def table(level: float) -> str:
    return f"site,level\na,{level}\n"


@pytest.fixture(params=["upsert", "replace"])
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Home:
    world = World(tmp_path)
    world.declare(declaration(load=request.param, guards=LOOSE, due={"fetched": "30h"}))
    return Home(world)


@pytest.fixture
def wrong_once(home: Home) -> Home:
    """A good night, then one on a machine whose clock was ten years ahead; and the next morning."""
    assert said(home.night(table(1))) == [("released", 1)]
    home.now = FUTURE
    assert said(home.night(table(2))) == [("released", 2)]
    home.now = NOW + dt.timedelta(days=2)
    return home


def test_a_clock_behind_the_newest_evidence_stops_the_run_before_anything_is_written(wrong_once: Home) -> None:
    before = state(wrong_once.world)
    with pytest.raises(ClockDoubt) as raised:
        wrong_once.night(table(3))
    assert str(raised.value) == (
        "this machine's clock says 2026-11-23T01:30:00+08:00, and fetch 2 of rivers is dated "
        "2036-11-21T01:30:00+08:00, by the clock of the machine that made it: expected no fetch from the future; "
        "nothing was written. If this machine's clock is wrong, set it"
    )
    assert state(wrong_once.world) == before


def test_with_the_flag_what_is_new_is_released_and_the_nights_after_go_on_without_it(wrong_once: Home) -> None:
    assert said(wrong_once.night(table(3), clock_is_right=True)) == [("released", 3)]
    wrong_once.now += HOUR
    assert said(wrong_once.night(table(3))) == [("unchanged", 3)]
    wrong_once.now += HOUR
    assert said(wrong_once.night(table(4))) == [("released", 4)]
    assert wrong_once.world.rows() == [{"site": "a", "level": 4.0}]
    assert [what(wrong_once.world, k) for k in (2, 3, 5)] == [Outcome("folded", n=n) for n in (2, 3, 4)]


def test_what_comes_after_is_dated_by_the_right_clock_again(wrong_once: Home) -> None:
    wrong_once.night(table(3), clock_is_right=True)
    right = wrong_once.now.isoformat()
    newest = wrong_once.world.newest()
    assert (newest.created, newest.facts.as_of) == (right, right)
    public = wrong_once.world.public
    assert release_at(public, SLUG, wrong_once.now).n == 3
    assert release_at(public, SLUG, NOW + HOUR).n == 1
    status = json.loads(public.get(keys.status(SLUG)).body)
    assert (status["last_checked"], status["since"]) == (right, NOW.isoformat())
    assert status["due_at"] == (wrong_once.now + dt.timedelta(hours=30)).isoformat()


def test_no_state_is_since_the_future(home: Home) -> None:
    home.now = FUTURE
    home.night(table(1))
    home.now = NOW
    home.night(table(1), clock_is_right=True)
    status = home.status()
    assert (status.state, status.since, status.last_checked) == ("fresh", NOW.isoformat(), NOW.isoformat())


def test_status_says_that_a_clock_is_wrong_until_it_healed(wrong_once: Home) -> None:
    status = wrong_once.status()
    assert (status.state, status.last_checked) == ("failing", FUTURE.isoformat())
    assert status.reasons == (Misdated(checked=FUTURE.isoformat(), now=wrong_once.now.isoformat()),)
    wrong_once.night(table(2), clock_is_right=True)
    assert (wrong_once.status().state, wrong_once.status().reasons) == ("fresh", ())
    wrong_once.now += dt.timedelta(days=2)
    assert wrong_once.status().state == "overdue", "and not ten years later"


def test_a_rebuild_a_refold_and_a_copy_elsewhere_come_to_the_same(wrong_once: Home, tmp_path: Path) -> None:
    wrong_once.night(table(3), clock_is_right=True)
    wrong_once.now += HOUR
    wrong_once.night(table(4))
    world = wrong_once.world
    world.ctx = wrong_once.context()
    sound(world)
    other = World(tmp_path / "other")
    world_said = json.loads((world.datasets / SLUG / "dataset.yaml").read_text())
    other.declare(world_said)
    ctx = Context(other.public, other.private, Declarations(other.datasets), {}, clock=Clock())
    assert said(list(refreshed(ctx, Copied(FileStore(tmp_path / "private")), [SLUG], each=True)))[-1] == ("released", 4)
    evidence = [dict(bodies(each.private)) for each in (world, other)]
    records = [{key: body for key, body in found.items() if key.startswith("evidence/rivers/0")} for found in evidence]
    assert records[0] == records[1], "records and outcomes, byte for byte"
    assert other.rows() == world.rows()
    files = [
        [[file.path for file in publish.load(each.public, SLUG, n).partitions.values()] for n in (1, 2, 3, 4)]
        for each in (world, other)
    ]
    assert files[0] == files[1], "named by the hashes of their bytes"
    # Folded again from nothing: as another machine that lost all hints would.
    world.public.delete(keys.status(SLUG))
    assert wrong_once.state().pending == ()
    assert world.settle() == []


@pytest.mark.parametrize("killed_after", few([1, None, 2]))
def test_what_an_earlier_version_refused_is_heard_once_more(home: Home, killed_after: int | None) -> None:
    home.keep(table(1), NOW)
    home.keep(table(2), FUTURE)
    days = [NOW + dt.timedelta(days=day) for day in (1, 2, 3)]
    assert [home.keep(f"site,level\na,{day.day}\nd{day.day},1\n", day) for day in days] == [3, 4, 5]
    refused = Outcome("refused", reason=Overtaken(by=2))
    assert [what(home.world, k) for k in (3, 4, 5)] == [refused] * 3
    home.now = NOW + dt.timedelta(days=4)
    with pytest.raises(ClockDoubt, match="fetch 2 of rivers"):
        home.night(table(9))
    if killed_after:  # a run with the flag that died in between
        ctx = home.context(clock_is_right=True)
        for fetched in list(Live(Fetcher({})).fetches(ctx, load_dataset(home.world.datasets, SLUG)))[:killed_after]:
            ctx.evidence(SLUG).record(fetched)
    assert "refused" not in [item.outcome for item in home.night("site,level\nz,1\n", clock_is_right=True)]
    evidence = home.context().evidence(SLUG)
    again = [evidence.read(k) for k in range(6, evidence.newest() + 1)]
    assert [record.fetched_at for record in again] == [*days, home.now]
    assert [what(home.world, k) for k in (3, 4, 5)] == [refused] * 3, "outcomes are written once"
    sites = {row["site"] for row in home.world.rows()}
    whole = declared_load(home) == "replace"
    assert sites == ({"z"} if whole else {"a", "d22", "d23", "d24", "z"})
    home.now += HOUR
    assert home.night("site,level\nz,1\n", clock_is_right=True)[-1].outcome == "unchanged"
    assert home.context().evidence(SLUG).newest() == 10, "nothing is heard a third time"


def declared_load(home: Home) -> str:
    return load_dataset(home.world.datasets, SLUG).minsheng.load


def test_what_was_truly_overtaken_stays_so_with_the_flag(home: Home) -> None:
    """Another machine with a right clock was first: its later word stands."""
    home.night(table(1))
    ctx = home.context(clock_is_right=True)
    home.now += HOUR
    home.keep(table(5), home.now)
    page = Page("https://waters.example/rivers.csv", 200, {}, table(4).encode())
    late = ctx.evidence(SLUG).record(Fetched({"protocol": "file"}, home.now - HOUR / 2, (page,), None))
    assert what(home.world, late.k) == Outcome("refused", reason=Overtaken(by=2))


def test_an_outcome_follows_from_the_records_whoever_finds_it(home: Home) -> None:
    home.keep(table(1), FUTURE)
    page = Page("https://waters.example/rivers.csv", 200, {}, table(4).encode())
    ctx = home.context(clock_is_right=True)
    vouched = ctx.evidence(SLUG).record(Fetched({"protocol": "file"}, NOW, (page,), None))
    elsewhere = home.context().evidence(SLUG)
    assert elsewhere.read(vouched.k) == vouched
    assert elsewhere.on_sight(elsewhere.read(vouched.k)) is None
    stored = json.loads(home.world.private.get(keys.evidence(SLUG, vouched.k)).body)
    assert (stored["form"], stored["clock_is_right_at"]) == (3, NOW.isoformat())
    assert json.loads(home.world.private.get(keys.evidence(SLUG, 1)).body)["form"] == 2


@pytest.mark.parametrize("ahead", [dt.timedelta(minutes=11), -dt.timedelta(minutes=11), dt.timedelta(days=3653)])
def test_a_clock_that_is_far_from_the_store_s_stops_the_run(home: Home, ahead: dt.timedelta) -> None:
    home.stores_ahead = {"s3://near": dt.timedelta(minutes=9), "s3://far": ahead}
    with pytest.raises(ClockDoubt) as raised:
        home.night(table(1))
    assert str(raised.value) == (
        f"this machine's clock says {NOW.isoformat()}, that of the store s3://far says {(NOW + ahead).isoformat()}: "
        "expected at most 10 minutes between them; nothing was written. Set the clock that is wrong"
    )
    assert state(home.world) == {}
    assert said(home.night(table(1), clock_is_right=True)) == [("released", 1)]


def test_a_long_pause_is_no_fault(home: Home) -> None:
    home.night(table(1))
    home.now += dt.timedelta(days=800)
    assert said(home.night(table(2))) == [("released", 2)]


def test_the_agency_s_date_is_noted_and_never_believed(home: Home) -> None:
    for day, date in enumerate(["Fri, 21 Nov 2036 00:00:00 GMT", "Thu, 01 Jan 1970 00:00:00 GMT"]):
        home.now = NOW + dt.timedelta(days=day)
        assert said(home.night(table(day), date=date)) == [("released", day + 1)]
        record = home.context().evidence(SLUG).read(day + 1)
        assert (record.pages[0]["headers"]["date"], record.fetched_at) == (date, home.now)


def test_a_table_of_ours_goes_by_no_clock(wrong_once: Home) -> None:
    world = wrong_once.world
    world.declare(inline("spots", guards=LOOSE), table="site,level\na,1\n")
    wrong_once.now = FUTURE
    assert said(wrong_once.night("", "spots")) == [("released", 1)]
    wrong_once.now = NOW
    world.declare(inline("spots", guards=LOOSE), table="site,level\na,2\n")
    assert said(wrong_once.night("", "spots")) == [("released", 2)]


def test_a_broken_record_is_told_by_its_own_dataset(wrong_once: Home) -> None:
    world = wrong_once.world
    world.declare(declaration("lakes", guards=LOOSE))
    path = wrong_once.world.root / "private" / keys.evidence(SLUG, 2)
    path.write_bytes(b"{")
    world.public.delete(keys.status(SLUG))
    results = {item.dataset: item.outcome for item in wrong_once.night(table(3), SLUG, "lakes")}
    assert results == {SLUG: "failed", "lakes": "released"}


def simulated(home: Home) -> Iterator[Context]:
    """Worlds that have no clock of this machine."""
    yield dataclasses.replace(home.context(), clock=Clock(NOW))
    for kind in ("replay", "sandbox"):
        path = home.world.root / "private" / keys.SOURCE_KIND
        path.write_text(json.dumps({"kind": kind}))
        yield home.context()


def test_replayed_simulated_and_copied_evidence_is_exempt(wrong_once: Home) -> None:
    with pytest.raises(ClockDoubt):
        check_clock(wrong_once.context(), [SLUG])
    for ctx in simulated(wrong_once):
        check_clock(ctx, [SLUG])
