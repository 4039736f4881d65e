"""For all tests: stores, as a directory and as a real S3 server that is started once; and a researcher's Python."""

import fcntl
import gc
import os
import secrets
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from stores import quick_store

from catalog.store import Store
from catalog.store.embedded import Embedded, embedded

# On a busy machine an example may take any time. All else stays, also what Hypothesis does by itself where CI is set.
hypothesis.settings.register_profile("minsheng", deadline=None)
hypothesis.settings.load_profile("minsheng")

MEMORY = Path("/dev/shm")
ENOUGH_BYTES = 6 * 2**30
# Each write of a store waits for the disk, and a test of crashes makes thousands of homes; no test pulls the plug. So
# their folders lie in memory, where there is enough of it.
if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ENOUGH_BYTES:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files right here are few and long (whole jobs): first, so that no worker ends alone with one of them."""
    here = Path(__file__).parent
    items.sort(key=lambda item: item.path.parent != here)


def pytest_collection_finish() -> None:
    """What is imported by now stays: the garbage collector need not look at it again and again."""
    gc.freeze()


Counted = Callable[[str, int], None]


@pytest.fixture
def counted(request: pytest.FixtureRequest) -> Counted:
    """Count what a test tried, by kind; the sums stand at the end of the output."""
    return lambda what, count: request.node.user_properties.append((what, count))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    sums: Counter[str] = Counter()
    for report in terminalreporter.getreports("passed"):
        if report.when == "call":
            sums.update(dict(report.user_properties))
    for what, count in sorted(sums.items()):
        terminalreporter.write_line(f"tried: {count:,} {what}; broken: 0")


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    """The embedded S3 server; that it cannot start is a failure, not a reason to skip."""
    with embedded(tmp_path_factory.mktemp("s3-home")) as server:
        yield server


@pytest.fixture(scope="session")
def reader() -> Path:
    """The Python of `.venv-reader`, which has nothing of ours; the script installs it unless it is there."""
    root = Path(__file__).resolve().parents[1]
    script = root / "scripts" / "reader.sh"
    with script.open("rb") as alone:
        fcntl.flock(alone, fcntl.LOCK_EX)  # two workers may come here at once
        done = subprocess.run(["bash", str(script)], capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr
    return root / ".venv-reader" / "bin" / "python"


@pytest.fixture(params=["file", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """An empty store of each kind that can hold releases."""
    if request.param == "file":
        return quick_store(tmp_path / "store")
    server: Embedded = request.getfixturevalue("s3_server")
    return server.open_public(f"test-{secrets.token_hex(8)}")
