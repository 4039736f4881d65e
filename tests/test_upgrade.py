"""A home that an older version made is gone on with by today's: its stores, its history, its next nights.

The older version is a commit of this repository, run with the libraries of today. A clone without it skips.
"""

import shutil
import subprocess
from pathlib import Path

import dagster as dg
import pytest
from installations import Installation
from worlds import World

from catalog.release import publish
from catalog.release.verify import verify
from pipelines.cli.main import main
from pipelines.cli.processes import BIN
from pipelines.settings import ROOT

OLDER = "041a276"
"""A version whose dagster.yaml names the event log alone, and whose assets have other names."""


def older(folder: Path) -> Path:
    """The code of the older version; git has it, or the test is skipped."""
    asked = ["git", "-C", str(ROOT), "archive", OLDER]
    archive = subprocess.run(asked, capture_output=True, timeout=120)
    if archive.returncode:
        pytest.skip(f"this clone has no commit {OLDER}: {archive.stderr.decode().strip()}")
    folder.mkdir()
    subprocess.run(["tar", "-x", "-C", str(folder)], input=archive.stdout, check=True, timeout=120)
    shutil.copytree(ROOT / "catalog" / "site" / "built", folder / "catalog" / "site" / "built", dirs_exist_ok=True)
    return folder


def dagster(installed: Installation, root: Path, *words: str) -> None:
    environ = installed.environ | {"PYTHONPATH": str(root)}
    done = subprocess.run([BIN / "dagster", *words], env=environ, cwd=root, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


@pytest.mark.soak
def test_a_home_of_an_older_version_is_gone_on_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = older(tmp_path / "older")
    installed = Installation(tmp_path / "installed", agencies=1)
    shutil.copyfile(before / "dagster.yaml", installed.dagster / "dagster.yaml")
    nightly = ("job", "execute", "-m", "pipelines.definitions", "-j", "nightly")
    installed.say(0)
    dagster(installed, before, *nightly)
    installed.say(1)
    installed.do("run", root=before)

    # The steps of docs/operating.md: today's dagster.yaml, then the schema of the history.
    shutil.copyfile(ROOT / "dagster.yaml", installed.dagster / "dagster.yaml")
    dagster(installed, ROOT, "instance", "migrate")
    for name, value in installed.environ.items():
        monkeypatch.setenv(name, value)
    public = World(installed.root).public
    documents = {path: path.read_bytes() for path in (installed.root / "public").rglob("datapackage-*.json")}
    assert len(documents) == 4
    for slug in installed.slugs:
        assert [list(verify(public, slug, n)) for n in (1, 2)] == [[], []]
        assert main(["rebuild", f"{slug}@1"]) == 0
    assert main(["run"]) == 0
    assert [publish.newest_n(public, slug) for slug in installed.slugs] == [2, 2], "nothing new: no release"
    installed.say(2)
    dagster(installed, ROOT, *nightly)
    assert [publish.newest_n(public, slug) for slug in installed.slugs] == [3, 3]
    assert [list(verify(public, slug, 3)) for slug in installed.slugs] == [[], []]
    assert {path: path.read_bytes() for path in documents} == documents
    with dg.DagsterInstance.get() as instance:
        assert [run.is_success for run in instance.get_runs()] == [True, True], "the runs of before are there"
