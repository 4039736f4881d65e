"""Dagster's queue in a real PostgreSQL, with its web server and daemon: who waits for whom, and a run that dies."""

import contextlib
import json
import os
import re
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from databases import execute, postgresql
from installations import Installation
from speaking import Heard, Says, agency

from pipelines.cli.processes import BIN, free_port, started
from pipelines.settings import POSTGRES, ROOT

PATIENCE = 240.0
"""Seconds until what must happen has happened; the daemon looks once a minute whether a process is still there."""
LAUNCH = """mutation($job: String!) { launchRun(executionParams: {
  selector: {repositoryLocationName: "minsheng", repositoryName: "__repository__", jobName: $job}
}) { __typename ... on LaunchRunSuccess { run { runId } } } }"""


@dataclass
class Slow:
    """Agencies that answer when they are let, and note who is asked at the same time."""

    may_answer: dict[str, threading.Event] = field(default_factory=dict)
    now: set[str] = field(default_factory=set)
    """The datasets that are being asked for."""
    together: list[set[str]] = field(default_factory=list)

    def __call__(self, heard: Heard) -> Says:
        slug = Path(heard.path).stem
        self.now.add(slug)
        self.together.append(set(self.now))
        try:
            assert self.may_answer[slug].wait(2 * PATIENCE)
        finally:
            self.now.discard(slug)
        return Says("site,level\na,1\n")


@dataclass
class Shop:
    """A web server and a daemon of Dagster, each a process, with one database."""

    url: str

    def asked(self, query: str, **variables: str) -> Any:
        said = {"query": query, "variables": variables}
        answer = httpx.post(f"{self.url}/graphql", json=said, trust_env=False, timeout=60)
        return answer.raise_for_status().json()["data"]

    def launch(self, slug: str) -> str:
        """Press the button of a dataset; returns the id of the run."""
        said = self.asked(LAUNCH, job=f"dataset_{slug.replace('-', '_')}")["launchRun"]
        assert said["__typename"] == "LaunchRunSuccess", said
        return str(said["run"]["runId"])

    def status(self, run: str) -> str:
        query = "query($r: ID!) { runOrError(runId: $r) { ... on Run { status } } }"
        return str(self.asked(query, r=run)["runOrError"]["status"])

    def messages(self, run: str) -> str:
        events = "... on EventConnection { events { ... on MessageEvent { message } } }"
        query = f"query($r: ID!) {{ logsForRun(runId: $r) {{ {events} }} }}"
        return "\n".join(event.get("message", "") for event in self.asked(query, r=run)["logsForRun"]["events"])


@contextlib.contextmanager
def shop(installed: Installation) -> Iterator[Shop]:
    port, workspace = free_port(), str(ROOT / "workspace.yaml")
    with tempfile.TemporaryDirectory(prefix="minsheng-") as own, contextlib.ExitStack() as stack:  # short, for sockets
        environ = installed.environ | {"TMPDIR": own}
        web = ["dagster-webserver", "-w", workspace, "-h", "127.0.0.1", "-p", str(port)]
        for command in (web, ["dagster-daemon", "run", "-w", workspace]):
            name, *words = command
            stack.enter_context(started(name, [str(BIN / name), *words], installed.root / f"{name}.log", environ))
        made = Shop(f"http://127.0.0.1:{port}")
        eventually(lambda: answers(made), "the web server knows the jobs")
        yield made


def answers(shop: Shop) -> bool:
    with contextlib.suppress(httpx.HTTPError):
        found = shop.asked("{ workspaceOrError { ... on Workspace { locationEntries { loadStatus } } } }")
        return [entry["loadStatus"] for entry in found["workspaceOrError"]["locationEntries"]] == ["LOADED"]
    return False


def eventually(true: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < until, f"not seen: {what}"
        time.sleep(0.2)


@pytest.mark.soak
def test_a_run_waits_for_its_own_agency_only_and_one_that_dies_frees_its_place(tmp_path: Path) -> None:
    slow = Slow({f"rivers-{i}": threading.Event() for i in range(4)})
    with postgresql() as database, agency(slow) as served:
        sandbox = {"MINSHENG_SOURCES": "sandbox", "MINSHENG_SANDBOX": served.url}
        installed = Installation(tmp_path, datasets=4, agencies=2, more={POSTGRES: database, **sandbox})
        with shop(installed) as there:
            # A pool limits from the first pass of the queue on that comes after the one which saw it first (Dagster
            # 1.13); so these two go before the others.
            runs = [there.launch(slug) for slug in installed.slugs[:2]]
            eventually(lambda: slow.now == {"rivers-0", "rivers-1"}, "two agencies are asked at the same time")
            runs += [there.launch(slug) for slug in installed.slugs[2:]]
            stuck, _, behind, last = runs
            time.sleep(5)
            assert [there.status(run) for run in runs] == ["STARTED", "STARTED", "QUEUED", "QUEUED"]
            assert slow.now == {"rivers-0", "rivers-1"}

            slow.may_answer["rivers-1"].set()
            slow.may_answer["rivers-3"].set()
            eventually(lambda: there.status(last) == "SUCCESS", "the other agency's datasets are released")
            assert [there.status(run) for run in runs] == ["STARTED", "SUCCESS", "QUEUED", "SUCCESS"]

            said = re.search(r"\(pid: (\d+)\)", there.messages(stuck))
            assert said
            os.kill(int(said[1]), signal.SIGKILL)
            slow.may_answer["rivers-0"].set()
            slow.may_answer["rivers-2"].set()
            eventually(lambda: there.status(behind) == "SUCCESS", "the run behind the one that died goes on")
            assert there.status(stuck) == "FAILURE"

        assert slow.together
        assert all(
            not {"rivers-0", "rivers-2"} <= each and not {"rivers-1", "rivers-3"} <= each for each in slow.together
        )
        assert execute(database, "SELECT count(DISTINCT run_id) FROM event_logs WHERE run_id <> ''") >= [(4,)]
        assert not (installed.dagster / "history").exists()
        served_now = {each["dataset"]: each["release"] for each in json.loads(installed.do("status", "--json"))}
        assert [served_now[slug] for slug in installed.slugs] == [None, 1, 1, 1]
        for slug in installed.slugs[1:]:
            installed.do("verify", slug)
