"""An installation as an operator has one: settings in the environment, small datasets of several agencies, a replay."""

import datetime as dt
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from worlds import AGENCIES, World, declaration

from pipelines.settings import ROOT

FIRST = dt.datetime.fromisoformat("2026-07-01T01:30:00+08:00")


@dataclass
class Installation:
    """A folder with everything: `datasets`, `recordings`, `public`, `evidence`, `home`, `dagster`."""

    root: Path
    datasets: int = 2
    agencies: int = 2
    more: dict[str, str] = field(default_factory=dict)
    """Further variables."""

    def __post_init__(self) -> None:
        self.slugs = [f"rivers-{i}" for i in range(self.datasets)]
        self.recordings, self.dagster = self.root / "recordings", self.root / "dagster"
        for folder in (self.root / "datasets", self.recordings / "replay", self.dagster):
            folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / "dagster.yaml", self.dagster / "dagster.yaml")
        names = [f"waters-{i}" for i in range(self.agencies)]
        agencies = {name: {**AGENCIES["waters"], "hosts": [f"{name}.example"]} for name in names}
        (self.root / "datasets" / "agencies.yaml").write_text(json.dumps(agencies), encoding="utf-8")
        world = World(self.root)
        for i, slug in enumerate(self.slugs):
            agency = names[i % self.agencies]
            source = {"protocol": "file", "address": f"https://{agency}.example/{slug}.csv", "format": "csv"}
            world.declare(declaration(slug, agency=agency, source=source, guards={"changed": 1}))

    @property
    def environ(self) -> dict[str, str]:
        """The environment of its processes."""
        own = {
            "MINSHENG_HOME": str(self.root / "home"),
            "MINSHENG_STORE": f"file:{self.root / 'public'}",
            "MINSHENG_EVIDENCE": f"file:{self.root / 'evidence'}",
            "MINSHENG_DATASETS": str(self.root / "datasets"),
            "MINSHENG_SOURCES": f"replay:{self.recordings}",
            "DAGSTER_HOME": str(self.dagster),
            "PYTHONPATH": str(ROOT),
        }
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("MINSHENG_", "DAGSTER_"))}
        return kept | own | self.more

    def say(self, night: int, rows: Mapping[str, float] | None = None) -> None:
        """What each agency says in a night, counted from 0: by default each site a level more than the night before."""
        at = (FIRST + dt.timedelta(days=night)).isoformat()
        for i, slug in enumerate(self.slugs):
            path = self.recordings / "replay" / f"{slug}.csv"
            lines = path.read_text(encoding="utf-8") if path.exists() else "fetched_at,file\n"
            path.write_text(f"{lines}{at},{slug}-{night}.csv\n", encoding="utf-8")
            said = rows or {f"site{j}": i + j + night for j in range(5)}
            body = "".join(f"{site},{level}\n" for site, level in said.items())
            (self.recordings / f"{slug}-{night}.csv").write_text("site,level\n" + body, encoding="utf-8")

    def do(self, *command: str, code: int = 0, root: Path = ROOT) -> str:
        """Run a command of ours as a process, and return what it printed."""
        started = [sys.executable, "-c", "from pipelines.cli.main import entry; entry()", *command]
        environ = self.environ | {"PYTHONPATH": str(root)}
        done = subprocess.run(started, env=environ, cwd=root, capture_output=True, text=True, timeout=600)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    def verify(self) -> None:
        """Every release of every dataset is whole."""
        for slug in self.slugs:
            self.do("verify", slug)
