"""A steward's desk: `minsheng up` over a few datasets behind a login, and a browser at its Dagster."""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple

import httpx
from browsers import chromium
from logins import HEADER, logged_in
from playwright.sync_api import Browser, Locator, Page, ViewportSize

ROOT = Path(__file__).parents[1]
PROGRAM = Path(sys.executable).parent / "minsheng"
PICTURES = "MINSHENG_TEST_PICTURES"
"""A folder for the pictures of docs/stewards.md; without it none are kept."""
_VIEW = ViewportSize(width=1400, height=900)
_SLOW = 90_000
"""Milliseconds until a page must show something, on a machine that does much else."""

_BY_ITSELF = {"dagster/schedule_name", "dagster/sensor_name"}
"""What marks a run that nobody asked for: with `up`, the schedules are on."""


class Told(NamedTuple):
    """What `minsheng up` says, and where it works."""

    home: Path
    datasets: Path
    ui: str
    site: str
    sandbox: str


class Desk:
    """What a steward has: a browser. What the test has beside it: the sandbox and the command line."""

    def __init__(self, page: Page, ui: str, told: "Told") -> None:
        self.page, self.ui, self.told = page, ui, told
        self.stale = ""
        """A link that she kept."""

    def seat(self, who: str) -> "AbstractContextManager[Desk]":
        """The desk of another steward."""
        return seated(self.page.context.browser, self.told, who)

    def open(self, path: str) -> Page:
        """Go to a page of the UI."""
        self.page.goto(self.ui + path)
        return self.page

    def text(self, words: str | re.Pattern[str], *, exact: bool = False) -> Locator:
        """Wait until a text can be seen on the page, and return it: lists keep rows that nobody sees."""
        found = self.page.get_by_text(words, exact=exact).filter(visible=True).first
        found.wait_for(timeout=_SLOW)
        return found

    def decide(self, partition: str, **fields: str) -> str:
        """Fill the form of the job `review` and launch it; returns the id of the run.

        Args:
            partition: how its name begins, as the steward types it.
            fields: what the steward writes, by field.
        """
        self.choose(partition)
        return self.fill(**fields)

    def choose(self, partition: str) -> None:
        """Open the job `review`, and choose a partition of it."""
        self.open("/locations/minsheng/jobs/review/playground/setup")
        self.empty()  # and asks for the partition, where what stands there came by a link
        box = self.page.get_by_placeholder("Partition")
        box.wait_for(timeout=_SLOW)
        dataset, bar, identity = partition.partition("|")
        box.click()
        box.fill(dataset)
        # The list cuts long names.
        offered = re.compile(rf"^{re.escape(dataset)}" + (rf"\|{identity[:4]}" if bar else "$"))
        self.page.get_by_text(offered).first.click(timeout=_SLOW)
        self.text(f"'{dataset}'")

    def form(self, job: str, *, empty: bool = False, **fields: str) -> str:
        """Fill the form of a job, empty or as it was left, and launch it; returns the id of the run."""
        self.open(f"/locations/minsheng/jobs/{job}/playground/setup")
        if empty:
            self.empty()
        return self.fill(**fields)

    def empty(self) -> None:
        """Open a new tab of a form: what was filled in before stays in the others."""
        self.page.locator(".CodeMirror-line").first.wait_for(timeout=_SLOW)
        tabs = self.page.get_by_text("New Run", exact=True)
        there = tabs.count()
        self.text("+ Add...").click()
        tabs.nth(there).wait_for(timeout=_SLOW)

    def fill(self, **fields: str) -> str:
        """Fill the form that is open and launch it; returns the id of the run."""
        self.page.locator(".CodeMirror-line").first.wait_for(timeout=_SLOW)
        for name, value in fields.items():
            self.write(name, value)
        return self.launch()

    def refresh(self, slug: str) -> str:
        """Press Materialize all of the job of a dataset, and wait for the end of the run; returns its id."""
        self.open(f"/locations/minsheng/jobs/dataset_{slug.replace('-', '_')}")
        return self.press(self.text(re.compile("^Materialize all")))

    def press(self, button: Locator) -> str:
        """Press what starts a run, and wait for its end; returns its id."""
        before = set(self.runs())
        button.click(timeout=_SLOW)
        return self.ended(before)

    def write(self, name: str, value: str) -> None:
        """Write a value into the form, in place of what stands there; quotes stay."""
        line = self.page.locator(".CodeMirror-line", has_text=re.compile(rf"^\s*{name}:")).first
        line.click()
        self.page.keyboard.press("End")
        stands = line.inner_text().partition(":")[2].strip()
        quote = stands[:1] if stands[:1] in ("'", '"') else ""
        for _ in stands:
            self.page.keyboard.press("Backspace")
        self.page.keyboard.insert_text(f"{quote}{value}{quote}")

    def launch(self) -> str:
        """Press Launch Run, and wait for the end of the run; returns its id."""
        button = self.page.get_by_role("button", name="Launch Run")
        self.page.wait_for_function("button => !button.disabled", arg=button.element_handle(), timeout=_SLOW)
        return self.press(button)

    def begun(self, before: set[str]) -> str:
        """Wait until a run that was not there before works on a step; returns its id."""
        until = time.monotonic() + 240
        while time.monotonic() < until:
            new = next((run for run in self.runs() if run not in before), None)
            if new and any(status == "IN_PROGRESS" for status in self.steps(new).values()):
                return new
            time.sleep(0.5)
        raise AssertionError(f"no run began: {self.runs()}")

    def ended(self, before: set[str]) -> str:
        """Wait until a run that was not there before has ended; returns its id."""
        until = time.monotonic() + 240
        while time.monotonic() < until:
            new = {run: status for run, status in self.runs().items() if run not in before}
            if new and not set(new.values()) & {"QUEUED", "NOT_STARTED", "STARTING", "STARTED", "MANAGED", "CANCELING"}:
                return next(iter(new))
            time.sleep(0.5)
        raise AssertionError(f"no run ended: {self.runs()}")

    def runs(self) -> dict[str, str]:
        """The runs of people with their statuses, the newest first, as the UI's own interface tells."""
        found = self.asked("{ runsOrError(limit: 40) { ... on Runs { results { runId status tags { key } } } } }")
        runs = found["runsOrError"]["results"]
        return {run["runId"]: run["status"] for run in runs if not {tag["key"] for tag in run["tags"]} & _BY_ITSELF}

    def went(self, run: str) -> str:
        """How a run went."""
        return self.runs()[run]

    def steps(self, run: str) -> dict[str, str]:
        """The steps of a run with their statuses."""
        found = self.asked(f'{{ runOrError(runId: "{run}") {{ ... on Run {{ stepStats {{ stepKey status }} }} }} }}')
        return {step["stepKey"]: step["status"] for step in found["runOrError"]["stepStats"]}

    def said(self, run: str, words: str) -> None:
        """Wait until an event of a run has these words."""
        query = "{ ... on EventConnection { events { ... on MessageEvent { message } } } }"
        until = time.monotonic() + 240
        while time.monotonic() < until:
            events = self.asked(f'{{ logsForRun(runId: "{run}") {query} }}')["logsForRun"]["events"]
            if any(words in event.get("message", "") for event in events):
                return
            time.sleep(0.5)
        raise AssertionError(f"no event of {run} says {words}")

    def asked(self, query: str) -> Any:
        """What the UI's own interface says."""
        answer = httpx.post(f"{self.ui}/graphql", json={"query": query}, trust_env=False, timeout=60)
        return answer.json()["data"]

    def run(self, *words: str) -> Any:
        """What a command says, as JSON."""
        return json.loads(self.shell(*words, "--json"))

    def shell(self, *words: str, folder: Path = ROOT) -> str:
        """What a command of ours says, in a terminal on the machine."""
        done = subprocess.run(
            [str(PROGRAM), *words],
            cwd=folder, env=environ(self.told.home, self.told.datasets),
            capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        return done.stdout

    def agency(self, *, now: str = "", **faults: object) -> None:
        """Set the clock of the agencies, and what is wrong with them, by dataset; `_` stands for `-`."""
        if now:
            httpx.put(f"{self.told.sandbox}/sandbox/clock", json={"now": now}, trust_env=False).raise_for_status()
        wrong = {slug.replace("_", "-"): fault for slug, fault in faults.items()}
        httpx.put(f"{self.told.sandbox}/sandbox/faults", json=wrong, trust_env=False).raise_for_status()

    def picture(self, name: str) -> None:
        """Keep a picture of the page for the docs, if a folder is named."""
        if folder := os.environ.get(PICTURES):
            self.page.wait_for_timeout(1_000)
            self.page.screenshot(path=Path(folder) / f"{name}.png")


def environ(home: Path, datasets: Path) -> dict[str, str]:
    """The environment of a desk: nothing of the machine's settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MINSHENG_", "DAGSTER_", "AWS_"))}
    own = {"MINSHENG_HOME": str(home), "MINSHENG_DATASETS": str(datasets), "MINSHENG_IDENTITY_HEADER": HEADER}
    return kept | own | {"TZ": "Asia/Taipei"}


@contextlib.contextmanager
def seated(browser: Browser, told: Told, who: str) -> Iterator[Desk]:
    """Let a steward in, with a window of the browser."""
    with logged_in(told.ui, who) as ui, browser.new_context(viewport=_VIEW, locale="zh-TW") as context:
        opened = Desk(context.new_page(), ui, told)
        opened.open("/overview")
        with contextlib.suppress(Exception):  # shown once, to a browser that is new
            opened.page.get_by_text("Skip", exact=True).first.click(timeout=15_000)
        yield opened


@contextlib.contextmanager
def desk(folder: Path, slugs: tuple[str, ...], who: str, more: dict[str, str]) -> Iterator[Desk]:
    """Start `minsheng up` over some datasets of the project, and a browser; ends both.

    Args:
        folder: where it works.
        slugs: the datasets.
        who: the steward.
        more: what some of these declare besides, in the block `minsheng:`.
    """
    datasets, home = folder / "datasets", folder / "home"
    datasets.mkdir()
    for file in (ROOT / "datasets").glob("*.yaml"):
        shutil.copy(file, datasets)
    for slug in slugs:
        shutil.copytree(ROOT / "datasets" / slug, datasets / slug)
    for slug, line in more.items():
        path = datasets / slug / "dataset.yaml"
        path.write_text(path.read_text(encoding="utf-8").replace("\nminsheng:\n", f"\nminsheng:\n  {line}\n"), "utf-8")
    command, env = [str(PROGRAM), "up"], environ(home, datasets)
    with subprocess.Popen(
        command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            with chromium() as browser, seated(browser, _told(process, home, datasets), who) as opened:
                yield opened
        finally:
            process.terminate()
            process.wait(timeout=120)


def _told(process: "subprocess.Popen[str]", home: Path, datasets: Path) -> Told:
    """Read what `up` says until all is up."""
    assert process.stdout
    told = ""
    for line in process.stdout:
        told += line
        if "Ctrl-C" in line:
            break
    found = [re.search(rf"{name} +(http://\S+)", told) for name in ("Dagster", "Site", "Sandbox")]
    assert all(found), told
    return Told(home, datasets, *(match[1] for match in found if match))
