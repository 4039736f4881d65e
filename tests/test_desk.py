"""A steward's day in the Dagster UI, in a real browser, against `minsheng up`. docs/stewards.md walks through it."""

import csv
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from browsers import CHROMIUM
from desks import Desk, desk

AIR, COVID, CROPS, SPELLINGS = "air-quality-hourly", "covid-19-onset-county", "crop-prices", "county-spellings"
SLUGS = (AIR, "air-quality-stations", COVID, CROPS, "counties", SPELLINGS)
NONSENSE = "nonsense: half of the rows say None"
# One desk for all tasks, in the order of a day: each test goes on from the one before.
pytestmark = [
    pytest.mark.soak,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
    pytest.mark.xdist_group("desk"),
]


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with desk(tmp_path_factory.mktemp("desk"), SLUGS, "lin", {SPELLINGS: "approvals: 2"}) as opened:
        yield opened


def candidate(at: Desk, slug: str) -> str:
    """What waits of a dataset, as the job `review` offers it."""
    (one,) = [each for each in at.run("candidates") if each["dataset"] == slug]
    return f"{slug}|{one['candidate'][:16]}"


def public(at: Desk, path: str) -> str:
    """What any reader gets."""
    root = at.told.site.removesuffix("index.html")
    return httpx.get(root + path, trust_env=False).raise_for_status().text


def test_she_sees_at_a_glance_what_needs_her(at: Desk) -> None:
    at.open("/assets/night")
    at.text(re.compile("to look at"))
    at.text(COVID)
    at.text(re.compile("起待審"))
    at.text("agencies / 機關")
    at.picture("night")
    at.open(f"/assets/{COVID}.release?view=checks&checkDetail=state")
    at.text(re.compile("held since"))
    at.text(re.compile("起待審"))


def test_she_tells_the_assets_apart_in_the_graph(at: Desk) -> None:
    at.open("/locations/minsheng/jobs/dataset_counties")
    at.text("minsheng", exact=True)
    for stage in ("evidence", "table", "release"):
        at.open(f"/assets/counties.{stage}?view=lineage&lineageScope=neighbors")
        at.text(re.compile(rf"^counties\.{stage}"))
    assert "**" not in at.page.locator("body").inner_text()


def test_she_looks_at_the_rows_that_fail_at_all_of_them_and_at_what_the_agency_sent(at: Desk, tmp_path: Path) -> None:
    at.open(f"/assets/{COVID}.table?view=checks&checkDetail=imported__code")
    at.text("Failed")
    at.text("None")
    at.picture("check")
    link = at.text(re.compile(r"^/failing/.*imported\.code\.csv"))
    link.evaluate("each => { each.target = '_self' }")  # a tab that becomes a file is gone before anybody sees it
    with at.page.expect_download() as download:
        link.click()
    with Path(download.value.path()).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) > 1_000
    assert {row["imported"] for row in rows} == {"None"}
    _, *words = shlex.split(at.text(re.compile("^minsheng evidence")).inner_text())
    at.shell(*words, folder=tmp_path)
    (kept,) = tmp_path.iterdir()
    assert kept.read_bytes().startswith("確定病名,發病日".encode())


def test_a_reason_may_have_a_colon_and_the_rejection_is_seen_at_once(at: Desk) -> None:
    at.open(f"/assets/{COVID}.table?view=overview")
    at.stale = at.text(re.compile("/jobs/review/playground")).inner_text()
    at.open(at.stale)
    run = at.fill(action="reject", by="Lin Mei", reason=NONSENSE)
    assert at.went(run) == "SUCCESS"
    at.open(f"/assets/{COVID}.table?view=overview")
    at.text("rejected")
    at.text("Lin Mei")
    at.text(re.compile("不公開"))
    at.picture("rejected")
    assert not at.run("candidates")
    at.open(f"/assets/{COVID}.release?view=checks&checkDetail=state")
    at.text("Succeeded")
    for path in (f"datasets/{COVID}/status.json", f"datasets/{COVID}/datapackage.json", "catalog.json"):
        assert NONSENSE not in public(at, path)


def test_a_link_to_what_is_decided_says_what_became_of_it(at: Desk) -> None:
    at.open(at.stale)
    run = at.fill(action="approve", by="Wu Jun", reason="it looks right")
    assert at.went(run) == "FAILURE"
    at.open(f"/runs/{run}")
    at.text(re.compile(r"was rejected by Lin Mei .* it stands, so this one is not recorded"))


def test_a_missing_field_is_one_clear_sentence(at: Desk) -> None:
    run = at.decide(SPELLINGS, action="hold", by="Lin Mei")
    assert at.went(run) == "FAILURE"
    at.open(f"/runs/{run}")
    at.text(re.compile("expected reason for the action hold, found it empty; fill it in"))


def test_she_holds_a_dataset_that_she_doubts(at: Desk) -> None:
    run = at.decide(SPELLINGS, action="hold", by="Lin Mei", reason="we asked the office")
    assert at.went(run) == "SUCCESS"
    at.open(f"/assets/{SPELLINGS}.release?view=overview")
    at.text("on hold")


def test_what_changes_waits_for_two_people(at: Desk) -> None:
    table = at.told.datasets / SPELLINGS / "county-spellings.csv"
    rows = table.read_text(encoding="utf-8").splitlines()
    table.write_text("\n".join([*rows[:-1], ""]), encoding="utf-8")
    assert at.went(at.refresh(SPELLINGS)) == "SUCCESS"
    chosen = candidate(at, SPELLINGS)
    at.decide(chosen, action="approve", by="Lin Mei", reason="the office says so")
    at.open(f"/assets/{SPELLINGS}.table?view=overview")
    at.text("approved by one of two")
    at.text(re.compile("^lin, as the proxy says"))
    with at.seat("wu") as other:
        run = other.decide(chosen, action="approve", by="Wu Jun", reason="I asked too")
        assert at.went(run) == "SUCCESS"
        other.open(f"/assets/{SPELLINGS}.release?view=overview")
        other.text("Lin Mei + Wu Jun")
    assert not at.run("candidates")


def test_she_lifts_the_hold(at: Desk) -> None:
    run = at.decide(SPELLINGS, action="lift", by="Lin Mei", reason="the office says that it is mended")
    assert at.went(run) == "SUCCESS"
    at.open(f"/assets/{SPELLINGS}.release?view=overview")
    at.text("lifted")


def test_she_announces_a_breaking_change(at: Desk) -> None:
    said = {"change_en": "The codes change.", "change_zh": "代碼將變更。", "from": "2136-03-01"}
    run = at.decide(CROPS, action="announce", by="Lin Mei", **said)
    assert at.went(run) == "SUCCESS"
    at.open(f"/assets/{CROPS}.release?view=overview")
    at.text(re.compile("已預告"))


def test_a_run_of_a_release_alone_says_that_nobody_was_asked_and_offers_the_job_that_asks(at: Desk) -> None:
    at.open("/assets/counties.release?view=overview")
    run = at.press(at.page.get_by_role("button", name=re.compile(r"\bMaterialize$")))
    assert at.went(run) == "SUCCESS"
    at.open("/assets/counties.release?view=overview")
    at.text(re.compile("未向機關擷取"))
    with at.page.expect_popup() as tab:
        at.text("/locations/minsheng/jobs/dataset_counties").click()
    with tab.value as asks:
        asks.get_by_text(re.compile("^Materialize all")).first.wait_for()


def test_she_asks_for_days_again_with_one_action(at: Desk) -> None:
    at.open("/locations/minsheng/jobs/dataset_crop_prices")
    at.text(re.compile("^Materialize all")).click()
    box = at.page.get_by_role("dialog").get_by_role("textbox").first
    box.wait_for()
    box.fill("[2026-11-05...2026-11-06]")
    box.press("Enter")
    at.text("2 partitions")
    at.picture("days")
    run = at.press(at.page.get_by_role("button", name="Launch backfill"))
    assert at.went(run) == "SUCCESS"
    newest = at.run("releases", CROPS)[-1]
    assert (newest["n"], newest["changes"]["insert"] > 0) == (3, True)


def test_she_corrects_a_wrong_figure_and_lifts_the_correction(at: Desk) -> None:
    declared = at.told.datasets / AIR / "dataset.yaml"
    before = declared.read_text(encoding="utf-8")
    at.agency(air_quality_hourly={"fault": "bad_value", "column": "pm2.5", "text": "9999", "rows": 1})
    assert at.went(at.refresh(AIR)) == "SUCCESS"
    at.agency(air_quality_hourly=None)
    at.open(f"/assets/{AIR}.table?view=checks&checkDetail=pm2_5__range")
    at.text("9999")
    link = at.text(re.compile("/jobs/correct/playground")).inner_text()
    at.open(link)
    run = at.fill(instead="12", reason="The instrument was stuck.", reason_zh="儀器卡死。")
    at.open(f"/runs/{run}")
    at.text(re.compile("尚未寫入"))
    at.picture("correct")
    at.open(link)
    run = at.fill(instead="12", reason="The instrument was stuck.", reason_zh="儀器卡死。", sure="true")
    assert at.went(run) == "SUCCESS"
    assert at.went(at.refresh(AIR)) == "SUCCESS"
    (correction,) = at.run("show", AIR)["minsheng"]["corrections"]
    assert (correction["found"], correction["value"]) == ("9999", "12")
    run = at.form("correct", empty=True, dataset=AIR, lift=correction["id"], sure="true")
    assert at.went(run) == "SUCCESS"
    assert declared.read_text(encoding="utf-8") == before


def test_she_withdraws_a_release_after_she_has_seen_what_would_go(at: Desk) -> None:
    fields = {"dataset": COVID, "by": "Lin Mei", "reason": "a town: wrong sex", "basis": "the agency asked"}
    run = at.form("withdraw", **fields)
    assert at.went(run) == "SUCCESS"
    at.open(f"/runs/{run}")
    at.text(re.compile("would withdraw releases"))
    assert at.run("releases", COVID)[-1].get("withdrawn") is None
    run = at.form("withdraw", sure="true")  # what she wrote stands there still
    assert at.went(run) == "SUCCESS"
    at.open(f"/assets/{COVID}.release?view=overview")
    at.text("withdrawn")
    at.text("the agency asked")
    at.text(re.compile("^lin, as the proxy says"))
    assert at.run("releases", COVID)[-1]["withdrawn"] == 1
    notice = public(at, f"datasets/{COVID}/notices/1.json")
    assert ("a town: wrong sex" in notice, "lin, " in notice, "proxy" in notice) == (True, False, False)


def test_a_run_that_failed_is_run_again_from_where_it_failed(at: Desk) -> None:
    at.agency(now="2026-11-23T19:00:00+08:00", covid_19_onset_county={"fault": "down"})
    failed = at.refresh(COVID)
    assert at.went(failed) == "FAILURE"
    at.agency(covid_19_onset_county=None)
    at.open(f"/runs/{failed}")
    at.text(re.compile("^Re-execute all"))
    at.page.locator("button:right-of(:text('Re-execute all'))").first.click()
    again = at.press(at.text("From failure"))
    assert at.went(again) == "SUCCESS"
    assert {step.partition("_")[0] for step in at.steps(again)} == {"covid", "catalog"}


def test_what_is_approved_with_an_embargo_is_public_from_its_time_on(at: Desk) -> None:
    until = "2026-11-24T09:00+08:00"
    run = at.decide(candidate(at, COVID), action="embargo", by="Lin Mei", reason="as announced", embargo=until)
    assert at.went(run) == "SUCCESS"
    at.open(f"/assets/{COVID}.table?view=overview")
    at.text(re.compile("approved, not public yet"))
    assert at.run("releases", COVID)[-1]["n"] == 1
    at.agency(now="2026-11-24T19:00:00+08:00")
    assert at.went(at.refresh(COVID)) == "SUCCESS"
    at.open(f"/assets/{COVID}.release?view=checks&checkDetail=state")
    at.text("Succeeded")
    assert "as announced" in public(at, f"datasets/{COVID}/datapackage-2.json")  # 3 is what came since
    assert at.run("releases", COVID)[-1]["n"] == 3


def test_a_run_that_she_terminates_says_what_is_safe_and_what_comes_next(at: Desk) -> None:
    at.agency(now="2026-11-25T19:00:00+08:00", covid_19_onset_county={"fault": "timeout", "seconds": 300})
    at.open("/locations/minsheng/jobs/dataset_covid_19_onset_county")
    before = set(at.runs())
    at.text(re.compile("^Materialize all")).click()
    run = at.begun(before)
    at.open(f"/runs/{run}")
    at.page.get_by_role("button", name="Terminate").click()
    dialog = at.page.get_by_role("dialog")
    dialog.get_by_role("button", name=re.compile("Terminate")).click()
    at.ended(before)
    assert at.went(run) == "CANCELED"
    at.said(run, "由外部中止")
    at.open(f"/runs/{run}")
    at.text(re.compile("本次執行於 covid-19-onset-county.evidence 時由外部中止"))
    at.agency(covid_19_onset_county=None)


def test_what_nothing_needs_is_shown_before_it_goes(at: Desk) -> None:
    for delete in ("false", "true"):
        run = at.form("gc", delete=delete)
        assert at.went(run) == "SUCCESS"
