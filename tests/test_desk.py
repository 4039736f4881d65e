"""A steward's day in the Dagster UI, in a real browser, against `minsheng up`. docs/stewards.md walks through it."""

import re
from collections.abc import Iterator

import pytest
from browsers import CHROMIUM
from desks import Desk, desk

COVID, CROPS = "covid-19-onset-county", "crop-prices"
SLUGS = ("air-quality-hourly", "air-quality-stations", COVID, CROPS, "counties", "county-spellings")
# One desk for all tasks, in the order of a day: each test goes on from the one before.
pytestmark = [
    pytest.mark.soak,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
    pytest.mark.xdist_group("desk"),
]


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with desk(tmp_path_factory.mktemp("desk"), SLUGS) as opened:
        yield opened


def candidate(at: Desk) -> str:
    (one,) = [each for each in at.run("candidates") if each["dataset"] == COVID]
    return str(one["candidate"])[:16]


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


def test_she_looks_at_the_rows_that_fail(at: Desk) -> None:
    at.open(f"/assets/{COVID}.table?view=checks&checkDetail=imported__code")
    at.text("Failed")
    at.text("None")
    at.picture("check")


def test_a_reason_may_have_a_colon_and_the_rejection_is_seen_at_once(at: Desk) -> None:
    one = candidate(at)
    run = at.decide(f"{COVID}|{one}", action="reject", by="Lin Mei", reason="nonsense: half of the rows say None")
    assert at.runs()[run] == "SUCCESS"
    at.open(f"/assets/{COVID}.table?view=overview")
    at.text("rejected")
    at.text("Lin Mei")
    at.text(re.compile("不公開"))
    at.picture("rejected")
    assert not at.run("candidates")
    at.open(f"/assets/{COVID}.release?view=checks&checkDetail=state")
    at.text("Succeeded")


def test_she_holds_a_dataset_that_she_doubts(at: Desk) -> None:
    run = at.decide(COVID, action="hold", by="Lin Mei", reason="we asked the agency")
    assert at.runs()[run] == "SUCCESS"
    at.open(f"/assets/{COVID}.release?view=overview")
    at.text("on hold")


def test_she_lifts_the_hold(at: Desk) -> None:
    run = at.decide(COVID, action="lift", by="Lin Mei", reason="the agency says that it is mended")
    assert at.runs()[run] == "SUCCESS"
    at.open(f"/assets/{COVID}.release?view=overview")
    at.text("lifted")


def test_she_announces_a_breaking_change(at: Desk) -> None:
    said = {"change_en": "The codes change.", "change_zh": "代碼將變更。", "from": "2136-03-01"}
    run = at.decide(CROPS, action="announce", by="Lin Mei", **said)
    assert at.runs()[run] == "SUCCESS"
    at.open(f"/assets/{CROPS}.release?view=overview")
    at.text(re.compile("已預告"))


def test_she_asks_for_days_again_with_one_action(at: Desk) -> None:
    before = set(at.runs())
    at.open("/locations/minsheng/jobs/dataset_crop_prices")
    at.text(re.compile("^Materialize all")).click()
    box = at.page.get_by_role("dialog").get_by_role("textbox").first
    box.wait_for()
    box.fill("[2026-11-05...2026-11-06]")
    box.press("Enter")
    at.text("2 partitions")
    at.picture("days")
    at.page.get_by_role("button", name="Launch backfill").click()
    run = at.ended(before)
    assert at.runs()[run] == "SUCCESS"
    newest = at.run("releases", CROPS)[-1]
    assert (newest["n"], newest["changes"]["insert"] > 0) == (3, True)


def test_she_withdraws_a_release_after_she_has_seen_what_would_go(at: Desk) -> None:
    at.open("/locations/minsheng/jobs/withdraw/playground/setup")
    at.page.locator(".CodeMirror-line").first.wait_for()
    fields = {"dataset": CROPS, "by": "Lin Mei", "reason": "a market: wrong scales", "basis": "the agency asked"}
    for name, value in fields.items():
        at.write(name, value)
    run = at.launch()
    assert at.runs()[run] == "SUCCESS"
    at.open(f"/runs/{run}")
    at.text(re.compile("would withdraw releases"))
    assert at.run("releases", CROPS)[-1].get("withdrawn") is None
