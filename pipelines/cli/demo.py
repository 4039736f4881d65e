"""`minsheng demo` and `minsheng up`: two simulated nights through Dagster, offline; then the UI over what they left."""

import contextlib
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx

from catalog import keys
from catalog.declaration.dataset import load_dataset, slugs
from catalog.declaration.yaml12 import read_yaml
from catalog.errors import MinshengError
from catalog.reasons.sentences import sentences
from catalog.release import publish, served
from catalog.store import Store
from pipelines.cli import processes
from pipelines.cli.logs import prune, tail
from pipelines.cli.show import changes, say, say_table
from pipelines.cli.terminal import Progress
from pipelines.cli.upkeep import KeptUp, alone, kept_up, port_of
from pipelines.context import Context
from pipelines.protocols import key_variable, load_protocol
from pipelines.refresh import decide
from pipelines.refresh.status import reasons_in_full
from pipelines.settings import ROOT, Settings, open_context

_DONE = "demo.json"


@dataclass(frozen=True)
class Before:
    """How a dataset stood before a round."""

    n: int
    checked: str | None


def demo_command(settings: Settings) -> int:
    """Run the simulated nights, or the second one again, and tell what happened."""
    with _world(settings) as (ctx, environ, address):
        _rounds(ctx, settings, environ, address)
        _next(ctx, settings)
    return 0


def up_command(settings: Settings) -> int:
    """The demo, if it was not run yet; then Dagster, the store and the sandbox stay up until Ctrl-C."""
    with _world(settings) as (ctx, environ, address):
        if not _rounds_done(settings.home):
            _rounds(ctx, settings, environ, address)
        logs, port = settings.home / "logs", port_of(settings.home, "webserver")
        workspace = str(ROOT / "workspace.yaml")
        says = ["-w", workspace, *(["--log-format", "json"] if settings.log == "json" else [])]
        web = [sys.executable, "-m", "pipelines.shell.webserver", *says, "-h", "127.0.0.1", "-p", str(port)]
        daemon = [str(processes.BIN / "dagster-daemon"), "run", *says]
        programs = [
            KeptUp("webserver", web, logs / "webserver.log"),
            KeptUp("daemon", daemon, logs / "daemon.log"),
        ]
        with (
            # Dagster's code servers take orders from anyone at sockets in it.
            tempfile.TemporaryDirectory(prefix="minsheng-") as own,
            kept_up(programs, environ | {"TMPDIR": own}, settings.home) as look,
        ):
            _tell(ctx, programs[0], port, address)
            with contextlib.suppress(KeyboardInterrupt):
                while True:
                    time.sleep(1)
                    look()
            say("stopping")
    return 0


def _tell(ctx: Context, web: KeptUp, port: int, sandbox: str) -> None:
    """Say where everything is, as soon as the web server answers."""
    if web.running:
        processes.wait_for(f"http://127.0.0.1:{port}/server_info", web.running)
    say(f"Dagster  http://127.0.0.1:{port}")
    say(f"Site     {ctx.address or ctx.public.url}/index.html")
    say(f"Catalog  {ctx.address or ctx.public.url}/catalog.json")
    say(f"Sandbox  {sandbox}")
    say("Ctrl-C ends all of it")


@contextlib.contextmanager
def _world(settings: Settings) -> Iterator[tuple[Context, dict[str, str], str]]:
    """Stores, sandbox and Dagster's home, all below the home, up as long as the context is open."""
    settings = replace(settings, sources="sandbox")
    rounds = _declared_rounds(settings.datasets)
    say(f"starting the object store and the stand-ins for the agencies; all that they keep lies in {settings.home}")
    dagster_home = settings.home / "dagster"
    dagster_home.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(ROOT / "dagster.yaml", dagster_home / "dagster.yaml")
    with (
        alone(settings.home),
        open_context(settings) as ctx,
        processes.sandbox(settings.datasets, settings.home, rounds[0]["at"]) as address,
    ):
        environ = dict(os.environ) | {
            "DAGSTER_HOME": str(dagster_home),
            "MINSHENG_HOME": str(settings.home),
            "MINSHENG_STORE": settings.store,
            "MINSHENG_EVIDENCE": settings.evidence,
            "MINSHENG_DATASETS": str(settings.datasets),
            "MINSHENG_SOURCES": "sandbox",
            "MINSHENG_SANDBOX": address,
            "MINSHENG_SCHEDULES": "on",
        }
        yield ctx, environ | _sandbox_keys(settings.datasets), address


def _rounds(ctx: Context, settings: Settings, environ: dict[str, str], address: str) -> None:
    rounds = _declared_rounds(settings.datasets)
    done = _rounds_done(settings.home)
    todo = rounds[done:] or rounds[-1:]
    if done >= len(rounds):
        say("both nights are done: the end of the second is repeated, and nothing new is to be expected")
    for one in todo:
        say()
        say(f"{one['title']['en']}  ({one['at']}, simulated)")
        httpx.put(f"{address}/sandbox/clock", json={"now": one["at"]}, trust_env=False).raise_for_status()
        before = {slug: _before(ctx.public, slug) for slug in slugs(settings.datasets)}
        _night(settings, environ, one)
        _say_table(ctx, settings, before)
        done = min(done + 1, len(rounds))
        (settings.home / _DONE).write_text(json.dumps({"rounds": done}), encoding="utf-8")


def _night(settings: Settings, environ: dict[str, str], one: dict[str, Any]) -> None:
    """Execute the nightly job as a Dagster process; what it says in full goes to a log."""
    log = settings.home / "logs" / f"dagster-{one['at'][:16].replace(':', '')}.log"
    command = [str(processes.BIN / "dagster"), "job", "execute", "-m", "pipelines.definitions", "-j", "nightly"]
    prune(log.parent, "dagster-*.log")
    began = time.monotonic()
    names = {slug.replace("-", "_"): slug for slug in slugs(settings.datasets)}
    steps_in_all = len(names) * 3 + 1
    with (
        processes.started("nightly", command, log, environ | {"MINSHENG_LOG": "text"}) as running,  # it is read here
        Progress("the nightly job begins", steps_in_all) as progress,
    ):
        steps = _Steps(log, progress, names)
        while running.process.poll() is None:
            time.sleep(0.3)
            steps.tell()
        steps.tell()
    took = time.monotonic() - began
    say(f"  the night took {took:.0f} s; its whole log is {log}")
    if "RUN_SUCCESS" not in (text := log.read_text(encoding="utf-8", errors="replace")) and "RUN_FAILURE" not in text:
        raise MinshengError(f"Dagster did not finish the nightly job; {log} ends with: {tail(log)}")


_DOING = {
    "evidence": "asking the agencies",
    "table": "checking what they said",
    "release": "releasing",
    "catalog": "writing the catalog and the site",
}


@dataclass
class _Steps:
    """What a job is at, as its log tells it: a line for each part of the night, and for each dataset that fails."""

    log: Path
    progress: Progress
    names: dict[str, str]
    """Datasets, by what stands for them in the name of a step."""
    lines: int = 0
    done: int = 0
    at: set[str] = field(default_factory=set)

    def tell(self) -> None:
        """Tell of the steps that ended since the last look."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").split("\n")[:-1]
        for line in lines[self.lines :]:
            for event in ("STEP_SUCCESS", "STEP_FAILURE"):
                if event in line and " - " in line:
                    step = line.split(event)[0].rstrip(" -").rsplit(" - ", 1)[-1]
                    self._tell(step, failed=event == "STEP_FAILURE")
        self.lines = len(lines)

    def _tell(self, step: str, *, failed: bool) -> None:
        name, _, stage = step.rpartition("_")
        dataset = self.names.get(name, name)
        if stage not in _DOING:
            return
        self.done += 1
        self.progress.done(self.done)
        self.progress.tell(f"{_DOING[stage]}: {dataset}" if dataset else _DOING[stage])
        if stage not in self.at:
            self.at.add(stage)
            self._say(_DOING[stage])
        if failed:
            self._say(f"{dataset or stage} failed at {_DOING[stage].split()[0]}; the table says why")

    def _say(self, text: str) -> None:
        self.progress.hide()
        say(f"  {text}")
        self.progress.show()


def _before(public: Store, slug: str) -> Before:
    status = publish.read_json(public, keys.status(slug)) or {}
    return Before(publish.newest_n(public, slug), status.get("last_checked"))


def _say_table(ctx: Context, settings: Settings, before: dict[str, Before]) -> None:
    """Say what happened to each dataset, read from the stores and not from what a process said."""
    rows, notes = [], []
    releases = served.served_of_each(ctx.public, slugs(settings.datasets)).releases
    for slug in slugs(settings.datasets):
        newest = releases.get(slug)
        status = publish.read_json(ctx.public, keys.status(slug)) or {}
        n = newest.n if newest else 0
        new = newest is not None and n > before[slug].n
        what = "released" if new else {"failing": "failed", "held": "held"}.get(status.get("state", ""), "unchanged")
        failed = list(newest.facts.failed) if new and newest else []
        if what in ("failed", "held"):
            why = sentences(reasons_in_full(ctx, status), settings.language)
            notes.append(f"  {slug}: {what}: {why}; release {n} stays served")
            failed = status.get("failed_checks", [])
        rows.append(
            (
                slug,
                what,
                n or None,
                newest.rows if newest else None,
                changes(newest.facts.changes._asdict()) if new and newest else "",
                len(failed) or "",
            )
        )
    say_table(("dataset", "what", "release", "rows", "changes", "failed checks"), rows)
    for reason in notes:
        say(reason)


def _next(ctx: Context, settings: Settings) -> None:
    """Print what to do next, and the commands; a test runs each as it is printed."""
    start = _start(settings)
    held = len(decide.waiting(ctx, slugs(settings.datasets)))
    waits = f"{held} datasets wait for a decision" if held > 1 else "a dataset waits for a decision"
    say()
    say("What to do next. Everything above is synthetic, and the pages say so.")
    say()
    say("  Read it as a researcher does: run")
    say(f"    {start} serve")
    say("  and open http://127.0.0.1:8600/index.html in a browser.")
    say()
    say(f"  Work as a steward does: `make up` opens Dagster over all this, where {waits}.")
    say()
    say("  Or stay here:")
    for command in next_commands(ctx, settings):
        say(f"    {command}")
    say()
    say("  Real data now: make live")


def _start(settings: Settings) -> str:
    """How a command of ours begins, from the folder in which the demo runs."""
    program = os.path.relpath(processes.BIN / "minsheng")
    default = settings.home == ROOT / ".minsheng"
    return program if default else f"MINSHENG_HOME={os.path.relpath(settings.home)} {program}"


def next_commands(ctx: Context, settings: Settings) -> list[str]:
    """Return commands that work on what the demo left."""
    start = _start(settings)
    found = [f"{start} status", f"{start} candidates"]
    busiest = max(slugs(settings.datasets), key=lambda slug: _before(ctx.public, slug).n)
    n = _before(ctx.public, busiest).n
    found += [f"{start} releases {busiest}", f"{start} show {busiest}"]
    if n > 1:
        found.append(f"{start} diff {busiest} {n - 1} {n} --rows")
    found += [f"{start} verify {busiest}", f"{start} rebuild {busiest}@1"]
    for slug, one in decide.waiting(ctx, slugs(settings.datasets)):
        who = '--by "Your Name" --reason "a bad publication"'
        found.append(f"{start} reject {slug} --candidate {one.identity[:16]} {who}")
    return found


def _declared_rounds(datasets: Path) -> list[dict[str, Any]]:
    rounds: list[dict[str, Any]] = read_yaml(datasets / "demo.yaml")["rounds"]
    return rounds


def _rounds_done(home: Path) -> int:
    path = home / _DONE
    return int(json.loads(path.read_text(encoding="utf-8"))["rounds"]) if path.exists() else 0


def _sandbox_keys(datasets: Path) -> dict[str, str]:
    """The keys that the sandbox agencies accept, by the variable that the declaration names."""
    found = {}
    for slug in slugs(datasets):
        path = datasets / slug / "sandbox.yaml"
        _, source = load_protocol(load_dataset(datasets, slug).minsheng.origin, slug)
        variable = key_variable(source)
        if variable and path.exists():
            found[variable] = str(read_yaml(path)["speaks"]["key"])
    return found
