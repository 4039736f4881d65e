"""The same definitions on two Dask workers, each a process: both take steps, and what comes of it is the same."""

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.dagster_run import DagsterRunStatus
from distributed import Client
from installations import Installation
from worlds import World

from catalog.release import publish
from catalog.release.verify import verify
from pipelines.cli.processes import BIN, free_port
from pipelines.settings import ROOT, read
from pipelines.shell.location import build, retries
from pipelines.shell.names import key

WORKERS = 2
START_SECONDS = 120


def test_with_a_scheduler_dask_takes_the_steps_and_nothing_else_is_other(tmp_path: Path) -> None:
    installed = Installation(tmp_path)
    alone = read(installed.environ)
    installed.more = {"MINSHENG_DASK": "tcp://127.0.0.1:8786"}
    apart = read(installed.environ)
    jobs = [build(said).resolve_job_def("nightly") for said in (alone, apart)]
    assert [job.executor_def.name for job in jobs] == ["in_process", "dask"]
    steps = [{node.name for node in job.nodes} for job in jobs]
    assert steps[0] == steps[1]
    pools = [{node.definition.pool for node in job.nodes} for job in jobs]
    assert pools == [{None, "waters_0", "waters_1"}, {None}]
    assert (retries(alone).max_retries, retries(apart).max_retries) == (2, 0)


@contextlib.contextmanager
def dask(installed: Installation, workers: int) -> Iterator[list[int]]:
    """A scheduler and worker processes, which have the environment of the installation; gives their numbers."""
    address = f"tcp://127.0.0.1:{free_port()}"
    installed.more = {"MINSHENG_DASK": address}
    scheduler = [BIN / "dask", "scheduler", "--host", "127.0.0.1", "--port", address.rsplit(":")[-1], "--no-dashboard"]
    worker = [BIN / "dask", "worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard"]
    log = installed.root / "dask.log"
    with log.open("w") as file, contextlib.ExitStack() as stack:
        numbers = []
        for command in (scheduler, *[worker] * workers):
            started = subprocess.Popen(command, env=installed.environ, cwd=ROOT, stdout=file, stderr=file)
            stack.callback(started.wait, 30)
            stack.callback(started.terminate)
            numbers.append(started.pid)
        with Client(address, timeout=START_SECONDS) as client:
            client.wait_for_workers(workers, timeout=START_SECONDS)
        yield numbers[1:]


def nightly(installed: Installation, code: int) -> None:
    command = [BIN / "dagster", "job", "execute", "-m", "pipelines.definitions", "-j", "nightly"]
    done = subprocess.run(command, env=installed.environ, cwd=ROOT, capture_output=True, text=True, timeout=900)
    assert done.returncode == code, done.stdout[-3000:] + done.stderr[-3000:]


@pytest.mark.soak
def test_two_workers_both_take_steps_and_the_night_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed = Installation(tmp_path, datasets=4, agencies=2)
    installed.say(0)
    with dask(installed, WORKERS) as workers:
        nightly(installed, 0)
        installed.say(1)
        (installed.recordings / "rivers-3-1.csv").write_text("<html>maintenance</html>")
        nightly(installed, 1)
    for name, value in installed.environ.items():
        monkeypatch.setenv(name, value)
    public = World(tmp_path).public
    assert [publish.newest_n(public, slug) for slug in installed.slugs] == [2, 2, 2, 1]
    assert [list(verify(public, slug, publish.newest_n(public, slug))) for slug in installed.slugs] == [[]] * 4
    with dg.DagsterInstance.get() as instance:
        second, first = instance.get_runs()
        assert (first.status, second.status) == (DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE)
        for run in (first, second):
            events = [entry.dagster_event for entry in instance.all_logs(run.run_id) if entry.dagster_event]
            took = {event.step_key: event.pid for event in events if event.is_step_success}
            assert set(took.values()) == set(workers), "both took steps"
            failed = {event.step_key for event in events if event.is_step_failure}
            assert failed == (set() if run is first else {key("evidence", "rivers-3").to_python_identifier()})
            assert len(took) == 4 * 3 + 1 - len(failed) + ("night" in took)
            lists = [
                event for event in events if event.is_step_materialization and event.asset_key == dg.AssetKey("catalog")
            ]
            assert len(lists) == 1, "the catalog is written once, by its own step"
