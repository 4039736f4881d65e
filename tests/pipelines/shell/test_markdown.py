"""What an agency writes is shown by the Dagster UI as it is: no link, no image, no element is made of it."""

import contextlib
import os
import re
import shutil
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import httpx
import pytest
from playwright.sync_api import Page, sync_playwright
from worlds import World, column, declaration

from pipelines import settings
from pipelines.cli.processes import started
from pipelines.shell.location import build

ROOT = Path(__file__).parents[3]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PICTURE = "http://127.0.0.1:9/p.png"
HARM = f"[x](javascript:alert(1)) ![i]({PICTURE}) <img src=x onerror=alert(1)>"
FIELDS = [
    column("site"),
    column("level", "number"),
    column("name", constraints={"pattern": "[a-z]+"}, severity={"pattern": "hold"}),
]
HELD = f'site,level,name,"{HARM}"\na,1,ok,x\nb,"{HARM}",ok,x\nc,1,"{HARM}",x\n'
SAID = {"rivers": HELD, "lakes": f'"{HARM}",level\na,1\n', "ponds": f"<p>{HARM}</p>\n"}
MADE_OF_IT = "a[href^='javascript'], img[src='x'], img[src*=':9/'], [onerror]"


@dataclass
class Shown:
    """A night of agencies that mean harm, kept by an instance of Dagster."""

    environ: dict[str, str]
    run: dg.ExecuteInProcessResult


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    world = World(tmp_path_factory.mktemp("harm") / "home")
    recorded, dagster = world.root / "recorded", world.root / "dagster"
    (recorded / "replay").mkdir(parents=True)
    dagster.mkdir()
    shutil.copy(ROOT / "dagster.yaml", dagster)
    for slug, body in SAID.items():
        source = {"protocol": "file", "address": f"https://waters.example/{slug}.csv", "format": "csv"}
        world.declare(declaration(slug, FIELDS, source=source))
        (recorded / f"{slug}.csv").write_text(body, encoding="utf-8")
        listed = f"fetched_at,file\n2026-07-01T08:00:00+08:00,{slug}.csv\n"
        (recorded / "replay" / f"{slug}.csv").write_text(listed, encoding="utf-8")
    environ = {
        "MINSHENG_HOME": str(world.root),
        "MINSHENG_STORE": f"file:{world.root / 'public'}",
        "MINSHENG_EVIDENCE": f"file:{world.root / 'private'}",
        "MINSHENG_SOURCES": f"replay:{recorded}",
        "MINSHENG_DATASETS": str(world.datasets),
        "DAGSTER_HOME": str(dagster),
    }
    with pytest.MonkeyPatch.context() as patch, contextlib.ExitStack() as opened:
        patch.setenv("DAGSTER_HOME", str(dagster))
        instance = opened.enter_context(dg.DagsterInstance.get())
        job = build(settings.read(environ)).resolve_job_def("nightly")
        yield Shown(environ, job.execute_in_process(instance=instance, raise_on_error=False))


def told(run: dg.ExecuteInProcessResult) -> Iterator[tuple[str | None, dict[str, Any]]]:
    """Description and metadata of each event of a run that has both."""
    for event in run.all_events:
        data = event.event_specific_data
        for each in (data, getattr(data, "materialization", None), getattr(data, "asset_observation", None)):
            if hasattr(each, "metadata"):
                yield getattr(each, "description", None), dict(each.metadata)


def test_no_description_holds_what_an_agency_wrote_and_metadata_only_as_text_or_in_tables(shown: Shown):
    kinds = set()
    for description, metadata in told(shown.run):
        assert "onerror" not in (description or "")
        kinds |= {type(value) for value in metadata.values() if "onerror" in str(value)}
    assert kinds == {dg.TextMetadataValue, dg.TableMetadataValue}, "they are there, and nowhere else"
    evaluations = shown.run.get_asset_check_evaluations()
    assert len(evaluations) > 8
    assert not [one for one in evaluations if "onerror" in str(one.description)]


def test_definitions_are_of_declarations_alone(shown: Shown):
    """They are loaded without a look into a store: what they describe in Markdown cannot be an agency's."""
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "pipelines" / "shell").glob("*.py"))
    assert not re.findall(r"MetadataValue\.md|MarkdownMetadataValue", code)


@pytest.fixture(scope="module")
def ui(shown: Shown) -> Iterator[str]:
    """The address of the UI, over that instance."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = str(Path(sys.executable).parent / "dagster-webserver")
    command = [program, "-h", "127.0.0.1", "-p", str(port), "-w", str(ROOT / "workspace.yaml")]
    log = Path(shown.environ["DAGSTER_HOME"]) / "webserver.log"
    with started("webserver", command, log, os.environ | shown.environ):
        for _ in range(600):
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"http://127.0.0.1:{port}/server_info", trust_env=False).is_success:
                    break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        rights = ["--no-sandbox"] if os.getuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=rights)
        yield browser.new_page(viewport={"width": 1400, "height": 1800})
        browser.close()


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
@pytest.mark.parametrize(
    "path",
    [
        "/assets/rivers.table?view=overview",
        "/assets/rivers.table?view=checks&checkDetail=name__pattern",
        "/assets/rivers.release?view=overview",
        "/runs/{run}",
    ],
)
def test_a_browser_makes_nothing_of_it(ui: str, page: Page, shown: Shown, path: str):
    heard: list[str] = []
    page.on("request", lambda request: heard.append(request.url))
    page.on("dialog", lambda dialog: heard.append(f"dialog {dialog.message}"))
    page.goto(ui + path.format(run=shown.run.run_id))
    page.get_by_text("<img src=x onerror=alert(1)>").first.wait_for(timeout=60_000)
    assert page.locator(MADE_OF_IT).count() == 0
    assert [url for url in heard if url == PICTURE or url.startswith("dialog") or url.endswith("/x")] == []
