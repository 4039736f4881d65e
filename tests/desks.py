"""A steward's desk: `minsheng up` over a few datasets, and a browser at its Dagster."""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
from browsers import chromium
from playwright.sync_api import Locator, Page

ROOT = Path(__file__).parents[1]
PROGRAM = Path(sys.executable).parent / "minsheng"
PICTURES = "MINSHENG_TEST_PICTURES"
"""A folder for the pictures of docs/stewards.md; without it none are kept."""
_SLOW = 90_000
"""Milliseconds until a page must show something, on a machine that does much else."""


class Desk:
    """What a steward has: a browser. What the test has beside it: the sandbox's faults and the command line."""

    def __init__(self, page: Page, home: Path, datasets: Path, told: str) -> None:
        self.page, self.home, self.datasets = page, home, datasets
        found = {name: re.search(rf"{name} +(http://\S+)", told) for name in ("Dagster", "Site", "Sandbox")}
        assert all(found.values()), told
        self.ui, self.site, self.sandbox = (match[1] for match in found.values() if match)

    def open(self, path: str) -> Page:
        """Go to a page of the UI."""
        self.page.goto(self.ui + path)
        return self.page

    def text(self, words: str | re.Pattern[str], *, exact: bool = False) -> Locator:
        """Wait for a text on the page, and return it."""
        found = self.page.get_by_text(words, exact=exact).first
        found.wait_for(timeout=_SLOW)
        return found

    def decide(self, partition: str, **fields: str) -> str:
        """Fill the form of the job `review` and launch it; returns the id of the run.

        Args:
            partition: how its name begins, as the steward types it.
            fields: what the steward writes, by field.
        """
        self.open("/locations/minsheng/jobs/review/playground/setup")
        box = self.page.get_by_placeholder("Partition")
        box.wait_for(timeout=_SLOW)
        dataset, bar, identity = partition.partition("|")
        box.click()
        box.fill(dataset)
        # The list cuts long names.
        offered = re.compile(rf"^{re.escape(dataset)}" + (rf"\|{identity[:4]}" if bar else "$"))
        self.page.get_by_text(offered).first.click(timeout=_SLOW)
        self.text(f"'{dataset}'")
        for name, value in fields.items():
            self.write(name, value)
        return self.launch()

    def write(self, name: str, value: str) -> None:
        """Write a value into the form: between the quotes, or in place of what stands there."""
        line = self.page.locator(".CodeMirror-line", has_text=re.compile(rf"^\s*{name}:")).first
        line.click()
        self.page.keyboard.press("End")
        stands = line.inner_text().partition(":")[2].strip()
        if stands == "''":
            self.page.keyboard.press("ArrowLeft")
        else:
            for _ in stands:
                self.page.keyboard.press("Backspace")
        self.page.keyboard.insert_text(value)

    def launch(self) -> str:
        """Press Launch Run, and wait for the end of the run; returns its id."""
        button = self.page.get_by_role("button", name="Launch Run")
        self.page.wait_for_function("button => !button.disabled", arg=button.element_handle(), timeout=_SLOW)
        before = set(self.runs())
        button.click()
        return self.ended(before)

    def ended(self, before: set[str]) -> str:
        """Wait until a run that was not there before has ended; returns its id."""
        until = time.monotonic() + 240
        while time.monotonic() < until:
            new = {run: status for run, status in self.runs().items() if run not in before}
            if new and not set(new.values()) & {"QUEUED", "NOT_STARTED", "STARTING", "STARTED", "MANAGED"}:
                return next(iter(new))
            time.sleep(0.5)
        raise AssertionError(f"no run ended: {self.runs()}")

    def runs(self) -> dict[str, str]:
        """The runs with their statuses, the newest first, as the UI's own interface tells."""
        query = "{ runsOrError(limit: 20) { ... on Runs { results { runId status } } } }"
        answer = httpx.post(f"{self.ui}/graphql", json={"query": query}, trust_env=False, timeout=60).json()
        return {run["runId"]: run["status"] for run in answer["data"]["runsOrError"]["results"]}

    def run(self, *words: str) -> Any:
        """What a command says, as JSON."""
        done = subprocess.run(
            [str(PROGRAM), *words, "--json"], cwd=ROOT, env=environ(self.home, self.datasets),
            capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        return json.loads(done.stdout)

    def picture(self, name: str) -> None:
        """Keep a picture of the page for the docs, if a folder is named."""
        if folder := os.environ.get(PICTURES):
            self.page.wait_for_timeout(1_000)
            self.page.screenshot(path=Path(folder) / f"{name}.png")


def environ(home: Path, datasets: Path) -> dict[str, str]:
    """The environment of a desk: nothing of the machine's settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MINSHENG_", "DAGSTER_", "AWS_"))}
    return kept | {"MINSHENG_HOME": str(home), "MINSHENG_DATASETS": str(datasets), "TZ": "Asia/Taipei"}


@contextlib.contextmanager
def desk(folder: Path, slugs: tuple[str, ...]) -> Iterator[Desk]:
    """Start `minsheng up` over some datasets of the project, and a browser; ends both."""
    datasets, home = folder / "datasets", folder / "home"
    datasets.mkdir()
    for file in (ROOT / "datasets").glob("*.yaml"):
        shutil.copy(file, datasets)
    for slug in slugs:
        shutil.copytree(ROOT / "datasets" / slug, datasets / slug)
    command = [str(PROGRAM), "up"]
    with subprocess.Popen(
        command, cwd=ROOT, env=environ(home, datasets), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout
        try:
            told = ""
            for line in process.stdout:
                told += line
                if "Ctrl-C" in line:
                    break
            with chromium() as browser:
                page = browser.new_page(viewport={"width": 1400, "height": 900}, locale="zh-TW")
                opened = Desk(page, home, datasets, told)
                opened.open("/overview")
                with contextlib.suppress(Exception):  # shown once, to a browser that is new
                    page.get_by_text("Skip", exact=True).first.click(timeout=15_000)
                yield opened
        finally:
            process.terminate()
            process.wait(timeout=120)
