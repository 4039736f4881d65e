"""Nights in which the agriculture ministry's stand-in is asked by day and kind, over HTTP on loopback."""

import dataclasses
import datetime as dt
import functools
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import faulty
import httpx
import pytest
from refreshes import refreshed
from stores import quick_store
from watched import Calls, Watched

from catalog.declaration.dataset import Agency, load_agencies, load_dataset
from catalog.errors import DeclarationError
from catalog.release import publish
from catalog.release.read import ReleaseFiles
from pipelines.cli.main import main
from pipelines.context import Clock, Context
from pipelines.declared import Declarations
from pipelines.decode.parts import bounded
from pipelines.fetch.fetcher import Fetcher
from pipelines.fetch.live import Live
from pipelines.fetch.transport import FetchLimits
from pipelines.protocols import moa
from pipelines.refresh.result import RefreshResult
from pipelines.refresh.status import read_status
from pipelines.validate import validate
from sandbox import Sandbox
from sandbox.clock import parse_time

ALL = Path(__file__).parents[3] / "datasets"
CROPS = "crop-prices"
NOW = parse_time("2026-11-20T01:30:00+08:00")
LIMITS = FetchLimits(connect_seconds=2, read_seconds=5, attempts=1, backoff_seconds=0.01)
CAP = 70
V1 = "/api/v1/AgriProductsTransType/"


def declared(root: Path, **edits: str) -> Path:
    """The datasets that are needed, three days asked a night; `edits` are texts to be replaced in dataset.yaml."""
    root.mkdir(parents=True)
    for name in ("agencies.yaml", "site.yaml"):
        shutil.copy(ALL / name, root)
    for slug in (CROPS, "counties"):
        shutil.copytree(ALL / slug, root / slug)
    path = root / CROPS / "dataset.yaml"
    text = path.read_text(encoding="utf-8")
    for old, new in {"    days: 10\n": "    days: 3\n", **edits}.items():
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    (root / CROPS / "quality.yaml").unlink()
    return root


@dataclasses.dataclass
class Home:
    """One home beside the stand-in."""

    root: Path
    sandbox: Sandbox
    calls: Calls = dataclasses.field(default_factory=Calls)

    def __post_init__(self) -> None:
        self.public = Watched(quick_store(self.root / "public"), self.calls)
        self.private = Watched(quick_store(self.root / "private"), self.calls)

    def context(self, days: tuple[dt.date, dt.date] | None = None) -> Context:
        return Context(self.public, self.private, Declarations(self.root / "datasets"), {}, clock=Clock(), days=days)

    def night(self, after: int, *days: str) -> list[RefreshResult]:
        """A run so many days after the first; `days` as of --days. What was asked is in `self.sandbox.log`."""
        self.sandbox.now = NOW + dt.timedelta(days=after)
        self.sandbox.log.clear()
        span = (dt.date.fromisoformat(days[0]), dt.date.fromisoformat(days[-1])) if days else None
        fetcher = Fetcher({}, LIMITS, self.sandbox.url)
        items = list(refreshed(self.context(span), Live(fetcher, "sandbox"), [CROPS]))
        return [item for item in items if item.dataset == CROPS]

    @property
    def asked(self) -> list[tuple[str, str]]:
        """The day and the kind of each request of the last run."""
        for one in self.sandbox.log:
            assert one.path == V1
            assert one.query["Start_time"] == one.query["End_time"]
        return [(one.query["Start_time"], one.query["TcType"]) for one in self.sandbox.log]

    @property
    def asked_days(self) -> list[str]:
        """The days of the last run, as 11-20, each once."""
        return list(dict.fromkeys(day[4:].replace(".", "-") for day, _ in self.asked))

    def rows(self) -> dict[tuple[str, ...], float]:
        release = publish.newest(self.public, CROPS)
        assert release is not None
        table = ReleaseFiles(self.public, release).table().to_pylist()
        names = ("trade_date", "kind", "crop_code", "market_code")
        return {tuple(str(row[name]) for name in names): row["quantity"] for row in table}

    def state(self) -> tuple[str, str | None]:
        ctx = self.context()
        status = read_status(ctx, load_dataset(ctx.declarations.folder, CROPS), self.sandbox.now)
        return status.state, status.reason


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    folder = declared(tmp_path_factory.mktemp("sandbox") / "datasets")
    spec = folder / CROPS / "sandbox.yaml"
    text = spec.read_text(encoding="utf-8")
    # Few crops, pages so small that a day has two of them, and a small cap.
    text = text.replace("page_rows: 1000", "page_rows: 40").replace("cap_rows: 9999", f"cap_rows: {CAP}")
    spec.write_text(text, encoding="utf-8")
    crops = folder / CROPS / "sandbox-crops.csv"
    lines = crops.read_text(encoding="utf-8").splitlines()
    crops.write_text("\n".join([lines[0], *lines[1::4]]) + "\n", encoding="utf-8")
    with Sandbox(folder, NOW) as sandbox:
        yield sandbox


@pytest.fixture
def fresh(running: Sandbox, tmp_path: Path) -> Iterator[Home]:
    """A home without a release."""
    declared(tmp_path / "datasets")
    yield Home(tmp_path, running)
    running.clear_faults()


@pytest.fixture(scope="module")
def after_a_night(running: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("night")
    declared(root / "datasets")
    assert outcomes(Home(root, running).night(0)) == ["released"]
    return root


@pytest.fixture
def home(running: Sandbox, after_a_night: Path, tmp_path: Path) -> Iterator[Home]:
    """A home after its first night."""
    shutil.copytree(after_a_night, tmp_path / "home")
    yield Home(tmp_path / "home", running)
    running.clear_faults()


def spoken(sandbox: Sandbox, first: str, last: str) -> dict[tuple[str, ...], float]:
    """What the agency has of these days now, read by other means: all pages of all days and kinds at once."""
    found, more, number = [], True, 1
    while more:
        query = {"Start_time": f"115.{first}", "End_time": f"115.{last}", "Page": str(number)}
        answer = httpx.get(f"{sandbox.url}/data.moa.gov.tw{V1}", params=query, trust_env=False).json()
        found, more, number = found + answer["Data"], answer["Next"], number + 1
    names = ("TransDate", "TcType", "CropCode", "MarketCode")
    return {
        tuple(row[name].replace("115.", "2026-").replace(".", "-") for name in names): row["Trans_Quantity"]
        for row in found
        if row["CropName"] != "休市"
    }


def outcomes(items: list[RefreshResult]) -> list[str]:
    return [item.outcome for item in items]


def test_a_night_asks_for_each_day_and_kind_and_releases_what_the_agency_has(fresh: Home):
    assert outcomes(fresh.night(0)) == ["released"]
    wanted = [(f"115.11.{day}", kind) for day in (18, 19, 20) for kind in ("N04", "N05")]
    assert list(dict.fromkeys(fresh.asked)) == wanted
    assert len(fresh.asked) > len(wanted), "some days have more than one page"
    assert fresh.rows() == spoken(fresh.sandbox, "11.18", "11.20")


def test_the_next_night_hears_late_markets_and_corrections(home: Home):
    before = home.rows()
    (item,) = home.night(1)
    assert home.asked_days == ["11-19", "11-20", "11-21"], "three days, and no more"
    now = home.rows()
    assert now == {key: one for key, one in before.items() if key[0] == "2026-11-18"} | spoken(
        home.sandbox, "11.19", "11.21"
    )
    assert item.changes is not None
    assert item.changes.insert == len(now) - len(before) + item.changes.delete
    assert outcomes(home.night(1)) == ["unchanged"]
    assert home.asked_days == ["11-19", "11-20", "11-21"]


@pytest.mark.soak
def test_after_an_outage_all_days_are_asked_that_a_night_missed(home: Home):
    for after in (1, 2, 5):
        home.sandbox.set_fault(CROPS, "error_500")
        (item, *_) = home.night(after)
        assert item.outcome in ("failed", "refused")
        assert home.state()[0] == "failing"
    home.sandbox.clear_faults()
    assert outcomes(home.night(6)) == ["released"]
    assert home.asked_days == ["11-19", "11-20", "11-21", "11-22", "11-23", "11-24", "11-25", "11-26"]
    assert home.state() == ("fresh", None)
    home.night(7)
    assert home.asked_days == ["11-25", "11-26", "11-27"]


@pytest.mark.parametrize(
    ("fault", "said", "asked"),
    [
        ({"name": "too_many"}, "too many requests", 1),
        ({"name": "error_500"}, "the agency's own error", 3),
        ({"name": "error_500", "times": 2}, "the agency's own error", 6),
        ({"name": "html"}, "not data", 6),
    ],
    ids=["asked to wait", "errors only", "two errors", "a page of markup"],
)
def test_an_agency_that_says_no_is_not_asked_on_and_on(fresh: Home, fault: dict[str, Any], said: str, asked: int):
    fresh.sandbox.set_fault(CROPS, **fault)
    items = fresh.night(0)
    assert said in str(items[0].reason)
    assert len(set(fresh.asked)) == asked


@pytest.mark.soak
def test_a_window_refused_after_an_outage_is_asked_again(home: Home):
    home.sandbox.set_fault(CROPS, "error_500", skip=6, times=1)
    assert outcomes(home.night(9)) == ["refused", "released"]
    assert home.asked[6] == ("115.11.21", "N04")
    assert not [key for key in home.rows() if key[:2] == ("2026-11-21", "N04")]
    home.sandbox.clear_faults()
    home.night(10)
    assert home.asked_days == ["11-28", "11-29", "11-30", "11-21"], "behind the days of the night, and no other day"
    on_that_day = {key: one for key, one in home.rows().items() if key[0] == "2026-11-21"}
    assert on_that_day == spoken(home.sandbox, "11.21", "11.21")
    home.night(11)
    assert home.asked_days == ["11-29", "11-30", "12-01"]


@pytest.mark.soak
def test_a_window_that_is_always_refused_is_asked_so_many_nights_and_no_more(home: Home, tmp_path: Path):
    home.sandbox.set_fault(CROPS, "error_500", skip=6, times=1)
    home.night(9)
    for after, asked in ((10, ("2026-11-28", "2026-11-30")), (11, ("2026-11-29", "2026-12-01"))):
        home.sandbox.clear_faults()
        shutil.copytree(home.root, tmp_path / str(after))
        Home(tmp_path / str(after), home.sandbox).night(after, *asked)
        home.sandbox.set_fault(CROPS, "error_500", skip=len(home.sandbox.log))  # all that is asked beyond these days
        assert outcomes(home.night(after))[0] == "refused"
        assert home.asked_days[-1] == "11-21"
        assert home.state()[0] == "failing"
    home.sandbox.clear_faults()
    home.night(12)
    assert home.asked_days == ["11-30", "12-01", "12-02"]
    assert home.state() == ("fresh", None)


def test_after_nights_without_a_run_it_is_the_same(home: Home):
    home.night(4)
    assert home.asked_days == ["11-19", "11-20", "11-21", "11-22", "11-23", "11-24"]


def test_a_backfill_asks_for_its_days_and_hides_no_outage(home: Home):
    assert outcomes(home.night(4, "2026-10-24", "2026-10-26")) == ["released"]
    assert home.asked_days == ["10-24", "10-25", "10-26"]
    assert "2026-10-26" in {key[0] for key in home.rows()}
    assert "2026-10-25" not in {key[0] for key in home.rows()}, "nobody trades"
    home.night(5)
    assert home.asked_days == ["11-19", "11-20", "11-21", "11-22", "11-23", "11-24", "11-25"]


def test_days_that_have_not_come_yet_are_not_asked(home: Home):
    assert outcomes(home.night(0, "2026-11-19", "2026-12-31")) == ["unchanged"]
    assert home.asked_days == ["11-19", "11-20"]
    assert outcomes(home.night(0, "2026-12-01", "2026-12-31")) == ["unchanged"]
    assert home.asked == []


def test_when_the_agency_breaks_off_what_it_said_is_kept_and_the_rest_asked_again(home: Home):
    home.sandbox.set_fault(CROPS, "down", skip=3)
    items = home.night(1)
    assert "failed" in outcomes(items)
    asked = home.asked
    assert len(asked) == 4, "after the first silence nothing more is asked"
    state, reason = home.state()
    assert state == "failing", "what was said before does not make it well"
    assert "closed the connection" in str(reason)
    home.sandbox.clear_faults()
    home.night(2)
    assert home.asked_days == ["11-19", "11-20", "11-21", "11-22"]
    assert home.state()[0] == "fresh"


def test_a_table_that_moves_between_pages_refuses_the_day_and_no_other(fresh: Home):
    fresh.sandbox.set_fault(CROPS, "repeated_page", times=1)
    fresh.sandbox.set_fault(CROPS, "moved_page", rows=20, page=1, times=3)
    items = fresh.night(0)
    assert sorted(set(outcomes(items))) == ["refused", "released"]
    assert "the table moved" in str(items[0].reason)
    days = {key[0] for key in fresh.rows()}
    assert days < {"2026-11-18", "2026-11-19", "2026-11-20"} or fresh.rows() != spoken(fresh.sandbox, "11.18", "11.20")
    fresh.sandbox.clear_faults()
    fresh.night(0)
    assert fresh.rows() == spoken(fresh.sandbox, "11.18", "11.20")


def test_the_older_interface_brings_the_same_rows_in_halves(
    running: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(moa, "CAP_ROWS", CAP)
    call = bounded.call
    monkeypatch.setattr(bounded, "call", functools.partial(call, faulty.capped, CAP))
    older = "    resource: FarmTransData\n    interface: legacy\n"
    declared(tmp_path / "datasets", **{"    resource: AgriProductsTransType\n": older})
    home = Home(tmp_path, running)
    assert outcomes(home.night(0)) == ["released"]
    spans = [(one.query["StartDate"], one.query["EndDate"], one.query["TcType"]) for one in running.log]
    assert spans[0] == ("115.11.18", "115.11.20", "N04")
    assert ("115.11.18", "115.11.19", "N04") in spans, "more than the cap"
    assert home.rows() == spoken(running, "11.18", "11.20")


def test_a_filter_that_the_agency_ignores_is_found_out(fresh: Home):
    """It answers with all kinds, whatever was asked: those rows were not asked for."""
    spec = fresh.sandbox.datasets[CROPS]
    known = dict(spec.settings.filters)
    spec.settings.filters.pop("TcType")
    try:
        items = fresh.night(0)
    finally:
        spec.settings.filters.update(known)
    assert "refused" in outcomes(items)
    assert all("not what was asked" in str(item.reason) for item in items if item.outcome == "refused")
    assert publish.newest(fresh.public, CROPS) is None


@pytest.mark.soak
def test_a_long_backfill_costs_as_many_calls_as_it_has_days(home: Home):
    home.calls.made.clear()
    home.night(0, "2026-11-01", "2026-11-05")
    short = len(home.calls.made)
    home.calls.made.clear()
    home.night(0, "2026-10-12", "2026-10-31")
    assert len(home.calls.made) < 4.5 * short, "four times the days"


def test_a_protocol_that_is_asked_by_the_day_needs_windows(home: Home):
    path = home.root / "datasets" / CROPS / "dataset.yaml"
    text = path.read_text(encoding="utf-8").replace("  load: window\n", "  load: upsert\n")
    path.write_text(text.replace("  window: {day: trade_date, kind: kind}\n", ""), encoding="utf-8")
    (fault,) = validate(home.root / "datasets", CROPS)
    assert "minsheng.window: expected a field for each of day, kind, found none; write load: window" in fault
    with pytest.raises(DeclarationError, match=r"minsheng\.window: expected a field for each of day, kind"):
        Fetcher({}, LIMITS, home.sandbox.url).fetch(
            load_dataset(home.root / "datasets", CROPS), home.root, agency(home), None
        )


def agency(home: Home) -> Agency:
    return load_agencies(home.root / "datasets")["moa"]


def test_days_of_a_dataset_that_is_not_asked_by_the_day_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MINSHENG_HOME", str(tmp_path))
    monkeypatch.setenv("MINSHENG_STORE", f"file:{tmp_path / 'public'}")
    assert main(["run", "counties", "--days", "2026-04-17"]) == 1
    assert "counties is not asked by the day" in capsys.readouterr().err
    assert not (tmp_path / "public").exists()
