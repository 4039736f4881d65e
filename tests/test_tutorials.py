"""The tutorials are true: their blocks run in order, and what a page says is seen is seen.

Marks before a block, invisible to a reader, say what it is: `run`, or `run: 3` for a last exit code of 3, which a
block of text may follow with what is seen, an ellipsis standing for anything; `file: PATH` writes a file; `insert
after: LINE` puts lines into it, as the reader's editor would. ID in a command is the id seen last.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest
from hosts import hosted

from catalog.declaration.dataset import slugs
from catalog.declaration.yaml12 import read_yaml
from pipelines import settings
from pipelines.fetch.fetcher import Fetcher
from pipelines.fetch.live import Live
from pipelines.fetch.transport import FetchLimits
from pipelines.run import run
from pipelines.settings import open_context
from sandbox import Sandbox
from sandbox.clock import parse_time

ROOT = Path(__file__).resolve().parents[1]
BLOCK = re.compile(
    r"<!-- (run|file|insert after)(?:: (.*?))? -->\n```\w+\n(.*?)```\n(?:```text\n(.*?)```\n)?", re.DOTALL
)
MARK = re.compile(r"<!-- (?:run|file|insert after)")


class Block(NamedTuple):
    """A block of a page that is carried out."""

    kind: str
    argument: str
    text: str
    seen: str


def blocks(page: str) -> list[Block]:
    """The marked blocks of a page, in order; a mark without a block would be a promise that nobody keeps."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    found = [Block(*one) for one in BLOCK.findall(text)]
    assert len(found) == len(MARK.findall(text)) > 4
    return found


@dataclass
class Newcomer:
    """Someone at a terminal, who does what a page says. The shell's variables and folder last from block to block."""

    folder: Path
    environ: dict[str, str]
    last_id: str = ""
    files: list[Path] = field(default_factory=list)
    groups: list[int] = field(default_factory=list)

    def follow(self, block: Block) -> None:
        if block.kind == "file":
            self.files.append(self.folder / block.argument)
            self.files[-1].write_text(block.text, encoding="utf-8")
        elif block.kind == "insert after":
            self.insert(block.argument, block.text)
        else:
            self.run(block)

    def insert(self, line: str, lines: str) -> None:
        """Put lines after the one line of the files written so far that says so."""
        (path,) = [path for path in self.files if path.read_text(encoding="utf-8").count(line) == 1]
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace(f"{line}\n", f"{line}\n{lines}"), encoding="utf-8")

    def run(self, block: Block) -> None:
        command = re.sub(r"(?<=--candidate )ID\b", self.last_id, block.text)
        state = self.folder / ".shell"
        before, after = (
            f"[ ! -f {state} ] || . {state}",
            f'code=$?; {{ export -p; echo "cd $PWD"; }} > {state}; exit $code',
        )
        script = f"{before}\n{command}\n{after}"
        with subprocess.Popen(
            ["bash", "-c", script], cwd=self.folder, env=self.environ, text=True, start_new_session=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        ) as process:  # fmt: skip
            self.groups.append(process.pid)
            said, _ = process.communicate(timeout=120)
        assert process.returncode == int(block.argument or 0), f"{command}\n{said}"
        self.last_id = (re.findall(r"--candidate ([0-9a-f]{16})", said) or [self.last_id])[-1]
        assert_seen(block.seen, said)


def assert_seen(told: str, said: str) -> None:
    """Each line that a page tells was printed, in that order; an ellipsis is any text, a line of it any lines."""
    lines = iter(said.splitlines())
    for line in told.splitlines():
        if line == "…":
            continue
        pattern = re.compile(".*".join(re.escape(part) for part in line.rstrip().split("…")))
        assert any(pattern.fullmatch(one.rstrip()) for one in lines), f"not printed: {line}\nprinted was:\n{said}"


@pytest.fixture
def newcomer(tmp_path: Path) -> Iterator[Newcomer]:
    """A checkout's root as a newcomer sees it, with an environment that says nothing of Minsheng."""
    shutil.copytree(ROOT / "datasets", tmp_path / "datasets")
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    for name in ("minsheng", "python"):
        (tmp_path / ".venv" / "bin" / name).symlink_to(Path(sys.executable).parent / name)
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    found = Newcomer(tmp_path, kept | {"LANG": "C.UTF-8"})
    yield found
    for group in found.groups:
        try:
            os.killpg(group, signal.SIGTERM)
        except ProcessLookupError:
            continue


@pytest.mark.soak
@pytest.mark.skipif(shutil.which("iconv") is None, reason="iconv, with which the page writes CP950, is not here")
def test_a_stewards_first_dataset(newcomer: Newcomer) -> None:
    for block in blocks("first-dataset.md"):
        newcomer.follow(block)


HUB = "http://127.0.0.1:8600"
"""Where the researcher's page expects the catalog."""


@pytest.fixture
def catalog(newcomer: Newcomer) -> Iterator[str]:
    """What `make demo` leaves, without Dagster: the datasets that the page names, after each of its rounds; served."""
    home, datasets = newcomer.folder / "home", newcomer.folder / "datasets"
    said = {"MINSHENG_HOME": str(home), "MINSHENG_STORE": f"file:{home / 'public'}", "MINSHENG_DATASETS": str(datasets)}
    newcomer.environ |= said
    rounds = [parse_time(one["at"]) for one in read_yaml(datasets / "demo.yaml")["rounds"]]
    page = (ROOT / "docs" / "first-hour.md").read_text(encoding="utf-8")
    named = [slug for slug in slugs(datasets) if slug in page]
    key = read_yaml(datasets / "air-quality-hourly" / "sandbox.yaml")["speaks"]["key"]
    with Sandbox(datasets, rounds[0]) as sandbox, open_context(settings.read(said)) as ctx:
        fetcher = Fetcher({"MOENV_API_KEY": key}, FetchLimits(backoff_seconds=0.01), sandbox.url)
        for at in rounds:
            httpx.put(f"{sandbox.url}/sandbox/clock", json={"now": at.isoformat()}, trust_env=False).raise_for_status()
            list(run(ctx, Live(fetcher, "sandbox"), named))
        with hosted(ctx.public) as address:
            yield address


@pytest.mark.soak
def test_a_researchers_first_hour(newcomer: Newcomer, catalog: str, reader: Path) -> None:
    work = newcomer.folder / "research"
    work.mkdir()
    (work / "reader").symlink_to(reader.parents[1])
    newcomer.environ["HOME"] = str(work)  # extensions of DuckDB go there
    newcomer.folder = work
    for block in blocks("first-hour.md"):
        newcomer.follow(block._replace(text=block.text.replace(HUB, catalog)))
