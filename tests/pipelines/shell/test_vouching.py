"""Who starts a run: asked of a real web server of Dagster over HTTP, with runs that wait in its queue."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg
import httpx
import pytest
import uvicorn
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import PythonFileTarget
from worlds import SLUG, World, declaration, table_csv

from pipelines.identity import of_process
from pipelines.settings import read
from pipelines.shell.forms import DECISION, REVIEW, review_form
from pipelines.shell.location import build
from pipelines.shell.vouching import TAG, vouched_by, who_decides
from pipelines.shell.webserver import webserver

HEADER = "X-Minsheng-Identity"
LOCATION = """
import dagster as dg

days = dg.StaticPartitionsDefinition(["a", "b"])

@dg.op
def nothing(): ...

@dg.job(config=dg.PartitionedConfig(days, lambda day: {}))
def desk():
    nothing()

defs = dg.Definitions(jobs=[desk])
"""
SELECTOR = {"repositoryLocationName": "desk", "repositoryName": "__repository__", "jobName": "desk"}
LAUNCH = """mutation Launch($params: ExecutionParams!) { launchRun(executionParams: $params) {
    __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }"""
AGAIN = """mutation Again($params: ReexecutionParams!) { launchRunReexecution(reexecutionParams: $params) {
    __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }"""
BACKFILL = """mutation Backfill($params: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $params) {
    __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }"""


@dataclass
class Ui:
    """A web server of ours, and what it stored."""

    address: str
    instance: dg.DagsterInstance

    def ask(self, query: str, params: dict[str, Any], **headers: str) -> dict[str, Any]:
        """Give an order; headers are named with _ for -."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        body = {"query": query, "variables": {"params": params}}
        answer = httpx.post(f"{self.address}/graphql", json=body, headers=sent, trust_env=False, timeout=30)
        assert answer.status_code == 200, answer.text
        (got,) = answer.json()["data"].values()
        assert got["__typename"] in ("LaunchRunSuccess", "LaunchBackfillSuccess"), got
        return dict(got)

    def launch(self, *tags: tuple[str, str], **headers: str) -> str:
        metadata = {"tags": [{"key": key, "value": value} for key, value in tags]}
        params = {"selector": SELECTOR, "runConfigData": "{}", "executionMetadata": metadata}
        return str(self.ask(LAUNCH, params, **headers)["run"]["runId"])

    def who(self, run_id: str) -> str | None:
        run = self.instance.get_run_by_id(run_id)
        assert run
        assert run.status == dg.DagsterRunStatus.QUEUED
        return run.tags.get(TAG)


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkspaceProcessContext]:
    folder = tmp_path_factory.mktemp("desk")
    (folder / "desk.py").write_text(LOCATION)
    queue = {"module": "dagster.core.run_coordinator", "class": "QueuedRunCoordinator"}
    with (
        dg.DagsterInstance.local_temp(
            str(folder), overrides={"run_coordinator": queue, "telemetry": {"enabled": False}}
        ) as instance,
        WorkspaceProcessContext(instance, target(folder)) as process,
    ):
        yield process


def target(folder: Path) -> PythonFileTarget:
    return PythonFileTarget(str(folder / "desk.py"), None, str(folder), "desk")


def served(process: WorkspaceProcessContext, header: str | None, **more: str) -> Iterator[Ui]:
    chosen = read(({"MINSHENG_IDENTITY_HEADER": header} if header else {}) | more)
    app = webserver(chosen)(process).create_asgi_app()
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", ws="websockets-sansio"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive()
    port = server.servers[0].sockets[0].getsockname()[1]
    yield Ui(f"http://127.0.0.1:{port}", process.instance)
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="module")
def ui(process: WorkspaceProcessContext) -> Iterator[Ui]:
    """Behind a proxy."""
    yield from served(process, HEADER)


def test_a_run_bears_whom_the_proxy_says_and_what_the_client_said_is_gone(ui: Ui) -> None:
    assert ui.who(ui.launch(X_Minsheng_Identity="lin")) == "proxy:lin"
    forged = ((TAG, "proxy:director"), ("team", "water"))
    run_id = ui.launch(*forged, X_Minsheng_Identity="wu", Origin=ui.address)
    assert ui.who(run_id) == "proxy:wu"
    run = ui.instance.get_run_by_id(run_id)
    assert run
    assert run.tags["team"] == "water"


def test_who_executes_a_run_again_is_who_started_the_new_one(ui: Ui) -> None:
    first = ui.launch(X_Minsheng_Identity="lin")
    again = {"parentRunId": first, "strategy": "ALL_STEPS", "extraTags": [{"key": TAG, "value": "proxy:director"}]}
    second = ui.ask(AGAIN, again, X_Minsheng_Identity="wu")["run"]["runId"]
    assert (ui.who(first), ui.who(second)) == ("proxy:lin", "proxy:wu")


def test_a_backfill_bears_whom_the_proxy_says(ui: Ui) -> None:
    selector = {"repositoryLocationName": "desk", "repositoryName": "__repository__"}
    params = {
        "selector": {"partitionSetName": "desk_partition_set", "repositorySelector": selector},
        "partitionNames": ["a", "b"],
        "tags": [{"key": TAG, "value": "proxy:director"}],
    }
    backfill_id = ui.ask(BACKFILL, params, X_Minsheng_Identity="lin")["backfillId"]
    backfill = ui.instance.get_backfill(backfill_id)
    assert backfill
    assert backfill.tags[TAG] == "proxy:lin"


def test_a_tag_is_not_put_on_a_run_later(ui: Ui) -> None:
    run_id = ui.launch(X_Minsheng_Identity="lin")
    ui.instance.add_run_tags(run_id, {TAG: "proxy:director", "team": "water"})
    assert ui.who(run_id) == "proxy:lin"


@pytest.mark.parametrize(
    "headers",
    [[], [("X-Minsheng-Identity", "")], [("X-Minsheng-Identity", "lin"), ("X-Minsheng-Identity", "wu")]],
    ids=["none", "empty", "two"],
)
def test_what_did_not_come_through_the_proxy_is_refused(ui: Ui, headers: list[tuple[str, str]]) -> None:
    before = ui.instance.get_runs_count()
    for method in ("GET", "POST"):
        answer = httpx.request(method, f"{ui.address}/graphql", headers=headers, trust_env=False)
        assert answer.status_code == 403
        assert "Come through the proxy" in answer.text
    assert ui.instance.get_runs_count() == before


def test_a_page_of_another_site_is_refused_also_behind_the_proxy(ui: Ui) -> None:
    headers = {HEADER: "lin", "Host": "stewards.example.gov.tw"}
    for origin, status in (("https://stewards.example.gov.tw", 200), ("https://example.org", 403), ("null", 403)):
        answer = httpx.post(
            f"{ui.address}/graphql",
            json={"query": "{ version }"},
            headers=headers | {"Origin": origin},
            trust_env=False,
        )
        assert answer.status_code == status


def test_without_a_proxy_nobody_is_named_by_a_header_or_a_tag(process: WorkspaceProcessContext) -> None:
    for plain in served(process, None):
        assert plain.who(plain.launch((TAG, "proxy:director"), X_Minsheng_Identity="director")) is None


def test_viewers_get_files_of_failing_rows_and_health_and_start_nothing(tmp_path: Path, ui: Ui) -> None:
    (tmp_path / "desk.py").write_text(LOCATION)
    home = {"MINSHENG_HOME": str(tmp_path), "MINSHENG_STORE": f"file:{tmp_path / 'public'}"}
    before = ui.instance.get_runs_count()
    with WorkspaceProcessContext(ui.instance, target(tmp_path), read_only=True) as viewing:
        for viewers in served(viewing, HEADER, **home):
            for path, status, words in (
                ("/health", 200, '"ok": true'),
                (f"/failing/rivers/{'0' * 64}/level.range.csv", 404, "not kept any more"),
            ):
                found = httpx.get(viewers.address + path, headers={HEADER: "guest"}, trust_env=False)
                assert (found.status_code, words in found.text) == (status, True)
            with pytest.raises(AssertionError, match="UnauthorizedError"):
                viewers.launch(X_Minsheng_Identity="guest")
    assert ui.instance.get_runs_count() == before


@pytest.mark.parametrize(
    ("header", "tag", "expected"),
    [
        (HEADER, "proxy:lin", "proxy:lin"),
        (HEADER, None, of_process()),
        (HEADER, "os:director", of_process()),
        (None, "proxy:lin", of_process()),
    ],
)
def test_the_tag_is_believed_only_where_a_proxy_is_named(header: str | None, tag: str | None, expected: str) -> None:
    context: Any = SimpleNamespace(run=SimpleNamespace(tags={TAG: tag} if tag else {}))
    chosen: Any = SimpleNamespace(settings=SimpleNamespace(identity_header=header))
    assert who_decides(context, chosen) == expected


def test_a_decision_keeps_who_started_its_run_and_nobody_outside_reads_it(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.declare(declaration())
    world.tell(table_csv({"a": 1}))
    named = {"HOME": tmp_path, "DATASETS": tmp_path / "datasets", "STORE": f"file:{tmp_path}/public"}
    settings = {f"MINSHENG_{name}": str(value) for name, value in named.items()}
    settings |= {"MINSHENG_EVIDENCE": f"file:{tmp_path}/private", "MINSHENG_IDENTITY_HEADER": HEADER}
    form = review_form(SLUG)["ops"][DECISION]["config"] | {"action": "hold", "by": "Director", "reason": "x"}
    job = build(read(settings)).resolve_job_def(REVIEW)
    with dg.DagsterInstance.ephemeral() as instance:
        config = {"ops": {DECISION: {"config": form}}}
        done = job.execute_in_process(instance=instance, run_config=config, tags={TAG: "proxy:zq-lin-7f3a"})
    (decision,) = world.state().decisions
    assert (decision.by, decision.identity) == ("Director", "proxy:zq-lin-7f3a")
    *_, shown = done.asset_materializations_for_node(DECISION)
    assert shown.metadata["identity"] == dg.MetadataValue.text(vouched_by("proxy:zq-lin-7f3a"))
    assert b"zq-lin-7f3a" not in b"".join(world.public.get(key).body for key in world.public.list(""))
