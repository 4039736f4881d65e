"""Thirty simulated nights against agencies that misbehave in every way that the sandbox knows, and against kills.

After each night, and at the end, an independent count of what should be there agrees with what is served.
"""

import subprocess
import sys
from pathlib import Path

import pytest
import thirty_plan as plan
from conftest import Counted
from thirty_count import DERIVED, TABLES, Values, served_rows
from thirty_dagster import Daemon, daemon
from thirty_disk import small_disk
from thirty_home import Home, home
from thirty_month import Month
from thirty_proof import candidates, chain, newest, no_secret, summed_changes, unnamed

from pipelines.settings import ROOT
from sandbox.faults.registry import FAULTS

ALL = TABLES | DERIVED
Rows = dict[str, Values]
"""By dataset."""
VERIFY = "import sys; from pipelines.cli.main import main; sys.exit(max(main(['verify', one]) for one in sys.argv[1:]))"


def test_every_fault_of_the_sandbox_has_its_night() -> None:
    assert {trouble.fault for trouble in plan.TROUBLES} == set(FAULTS)


@pytest.mark.soak
def test_this_machine_has_a_disk_that_a_test_may_fill(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        if disk is None:
            pytest.skip("no process may have a namespace of its own here: the night on a full disk is as any other")
        write = [*disk.within, "dd", "if=/dev/zero", f"of={disk.folder}/file", "bs=1M", "count=1"]
        with disk.full():
            assert "No space left" in subprocess.run(write, capture_output=True, text=True, timeout=60).stderr
        subprocess.run(write, check=True, capture_output=True, timeout=60)


@pytest.mark.soak
def test_thirty_nights(tmp_path: Path, counted: Counted, monkeypatch: pytest.MonkeyPatch) -> None:
    with home(tmp_path) as found:
        monkeypatch.setenv("DAGSTER_HOME", found.environ["DAGSTER_HOME"])
        month = Month(found)
        for night in plan.NIGHTS:
            if night not in plan.DAGSTER:
                one_night(month, night)
            if night == plan.DAGSTER[0]:
                nights_in_dagster(month)
            if night in plan.NOONS:
                month.noon(night, ahead=24 if night == plan.CLOCK_AHEAD else 0)
        month.reports("at the end")
        lost_is_what_was_said(month)
        whole(found, counted)
        for slug in ("air", "cases", "gauges"):
            wrong = month.wrong(slug, month.expected()[slug], summed_changes(found.served, slug))
            assert not wrong, f"{slug}: its changes files do not come to its rows: {wrong}"
        nothing_is_left(found)


def one_night(month: Month, night: int) -> None:
    """A night of the command `run`."""
    month.begin(night)
    if night == plan.CLOCK_BACK:
        month.overtaken(night)
    before, served = on_a_full_disk(month) if night == plan.FULL_DISK else ({}, {})
    is_killed(month, plan.KILLS.get(night))
    month.ends(night, month.run())
    after = month.expected()
    for slug, rows in served.items():  # what still had room is a whole release, all else is as before
        wrong = month.wrong(slug, before[slug], rows) and month.wrong(slug, after[slug], rows)
        assert not wrong, f"on the full disk: {slug}: {wrong}"
    if night in (1, max(plan.AWAY) + 1):
        month.reports(f"night {night}")


def is_killed(month: Month, what: plan.Kill | None) -> None:
    """Kill something in the middle of a run, or between two; the run after it is to make all good."""
    found = month.home
    if what == "agencies":
        found.agencies.kill()
        found.agencies.start()
    elif what == "run at its evidence":
        found.killed(month.next_evidence("cases"))
    elif what == "run at its commit":
        found.killed(month.next_commit("cases"))
    elif what == "store":
        found.loses_its_store(month.next_evidence("cases"))


def nights_in_dagster(month: Month) -> None:
    """Some nights in a row, through Dagster's daemon."""
    with daemon(month.home) as through:
        for night in plan.DAGSTER:
            month.begin(night)
            run_in_dagster(month, night, through)
            month.ends(night, None)


def run_in_dagster(month: Month, night: int, through: Daemon) -> None:
    """A night in Dagster's queue; after a kill it is launched once more."""
    kill, run, seen = plan.KILLS.get(night), through.launch(), month.next_evidence("cases")
    if kill:
        through.reaches(run, seen)
    if kill == "worker":
        through.kill_worker(run)
        assert through.ended(run) == "FAILURE"
    if kill == "daemon":
        through.kill()
        through.start()
        assert through.ended(run) in ("SUCCESS", "FAILURE")
    if kill:
        run = through.launch()
    fails = "lost" in {trouble.effect for trouble in plan.troubles(night)}
    assert through.ended(run) == ("FAILURE" if fails else "SUCCESS"), f"night {night}"


def on_a_full_disk(month: Month) -> tuple[Rows, Rows]:
    """A run on a full disk fails and says so; returns what should be served before it, and what is served after it."""
    before = month.expected()
    if month.home.disk is None:  # the test of disks says so
        return before, before
    with month.home.disk.full():
        month.home.do("run", codes=(1,))
        return before, {slug: served_rows(month.home.served, slug) for slug in ALL}


def lost_is_what_was_said(month: Month) -> None:
    """The hours that nobody ever heard are those that the reports named, and no others."""
    assert month.never_heard() == month.said_lost()
    assert month.never_heard()


def whole(found: Home, counted: Counted) -> None:
    """Each release of each dataset is as its document says, and they make a chain."""
    releases = {slug: newest(found.served, slug) for slug in ALL}
    names = [f"{slug}@{n}" for slug, last in releases.items() for n in range(1, last + 1)]
    done = subprocess.run(
        [*found.within, sys.executable, "-c", VERIFY, *names],
        env=found.environ, cwd=ROOT, capture_output=True, text=True, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("files are as its document says") == len(names)
    for slug in ALL:
        chain(found.served, slug)
    counted("releases of thirty nights", len(names))


def nothing_is_left(found: Home) -> None:
    """No object shows a secret, and what no release names is known to be garbage."""
    for store in (found.server.open_public(), found.server.open_private()):
        assert no_secret(store) > 100
    left = {key for slug in ALL for key in unnamed(found.server.open_public(), found.served, slug)}
    garbage = {each["name"] for each in found.tell("gc")["found"] if each["kind"] == "file"}
    assert garbage <= left
    staged = candidates(found.server.open_private())
    assert not [key for key in left - garbage if key.split("/", 2)[2] not in staged]
