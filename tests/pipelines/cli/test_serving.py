"""`minsheng serve` as a process: it serves, ends when told to, says what it cannot, and needs little memory."""

import asyncio
import contextlib
import datetime as dt
import hashlib
import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest
from consoles import PROGRAM, Console
from worlds import SLUG, World

from pipelines.health import beat

BIG = "datasets/air/data/air_big.0123456789abcdef.parquet"


class Serving(NamedTuple):
    """`minsheng serve`, as a process."""

    process: subprocess.Popen[str]
    port: int

    def end(self, ending: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """Tell it to end; its exit code, and what it said on standard error."""
        self.process.send_signal(ending)
        _, err = self.process.communicate(timeout=60)
        return self.process.returncode, err

    def megabytes(self, figure: str) -> float:
        """Its memory, by the name that the system gives the figure."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(rf"^{figure}:\s+(\d+) kB$", status, re.MULTILINE)
        assert found
        return int(found[1]) / 1024


@contextlib.contextmanager
def serving(**environ: str) -> Iterator[Serving]:
    with subprocess.Popen(
        [str(PROGRAM), "serve", "--port", "0"],
        env=os.environ | environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        said = re.fullmatch(r"http://127\.0\.0\.1:(\d+)/index\.html \(Ctrl-C ends it\)\n", process.stdout.readline())
        assert said
        try:
            yield Serving(process, int(said[1]))
        finally:
            process.kill()


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_the_store_is_served_until_it_is_told_to_end(world: World, ending: signal.Signals) -> None:
    with serving() as served:
        answer = httpx.get(f"http://127.0.0.1:{served.port}/datasets/{SLUG}/datapackage.json", trust_env=False)
        assert answer.json()["name"] == SLUG
        assert served.end(ending) == (0, "")


def test_health_says_whether_the_nights_go_on(world: World) -> None:
    with serving() as served:
        address = f"http://127.0.0.1:{served.port}/health"
        answer = httpx.get(address, trust_env=False)
        assert (answer.status_code, answer.json()["stale"]) == (200, [])
        beat(Path(os.environ["MINSHENG_HOME"]), dt.datetime.now(dt.UTC) - dt.timedelta(hours=1), looked=True)
        answer = httpx.get(address, trust_env=False)
        assert (answer.status_code, answer.json()["ok"]) == (503, False)
        head = httpx.head(address, trust_env=False)
        assert (head.status_code, head.content) == (503, b"")


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_readers_do_not_hold_it_back(settings: World, ending: signal.Signals) -> None:
    settings.public.put_new(BIG, bytes(20_000_000))
    with serving() as served, contextlib.ExitStack() as stack:
        for asked in [f"GET /{BIG} HTTP/1.1\r\nHost: x\r\n\r\n", "GET /", ""] * 10:
            reader = stack.enter_context(socket.create_connection(("127.0.0.1", served.port), timeout=30))
            reader.sendall(asked.encode())
        assert httpx.get(f"http://127.0.0.1:{served.port}/nothing", trust_env=False).status_code == 404
        assert served.end(ending) == (0, "")


def test_a_store_that_does_not_answer_does_not_hold_it_back(settings: World) -> None:
    """It would be waited for two minutes: as long as a read of it may take, with all attempts."""
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        contextlib.ExitStack() as stack,
        serving(MINSHENG_STORE=f"http://127.0.0.1:{silent.getsockname()[1]}") as served,
    ):
        for _ in range(5):
            reader = stack.enter_context(socket.create_connection(("127.0.0.1", served.port), timeout=30))
            reader.sendall(b"GET /catalog.json HTTP/1.1\r\nHost: x\r\n\r\n")
        asked, _ = silent.accept()
        with asked:
            assert asked.recv(1000).startswith(b"HEAD /catalog.json ")
            began = time.monotonic()
            assert served.end() == (0, "")
            assert time.monotonic() - began < 25


def test_a_used_port_is_one_sentence_and_1(settings: World, console: Console) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        assert console.fault("serve", "--port", port) == (
            f"minsheng: cannot listen on port {port} of 127.0.0.1: another program listens there; end it, or name "
            "another port (--port; 0 takes a free one)\n"
        )


def test_a_used_port_is_told_before_a_store_is_started(
    settings: World, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINSHENG_STORE", "embedded")
    monkeypatch.setenv("MINSHENG_EVIDENCE", "embedded")
    with socket.create_server(("127.0.0.1", 0)) as other:
        assert "cannot listen on port" in console.fault("serve", "--port", str(other.getsockname()[1]))
    assert not (settings.root / "store").exists()


def test_other_commands_pay_for_no_web_server() -> None:
    look = "import sys, pipelines.cli.main, pipelines.cli.operator; print({'starlette', 'uvicorn'} & set(sys.modules))"
    assert subprocess.check_output([sys.executable, "-c", look], text=True) == "set()\n"


class Taken(NamedTuple):
    """What one slow reader got."""

    status: bytes
    size: int
    sha256: str


async def take_slowly(port: int, begun: asyncio.Barrier) -> Taken:
    """Read some, by drops, until everybody has; then the rest."""
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)  # the system does not read ahead for them
        one.setblocking(False)
        await asyncio.get_running_loop().sock_connect(one, ("127.0.0.1", port))
        reader, writer = await asyncio.open_connection(sock=one, limit=65536)
        writer.write(f"GET /{BIG} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        status = (await reader.readuntil(b"\r\n\r\n"))[9:12]
        size, sha256 = 0, hashlib.sha256()
        for _ in range(20):
            size += len(part := await reader.read(16384))
            sha256.update(part)
            await asyncio.sleep(0.05)
        await begun.wait()
        while part := await reader.read(1 << 20):
            size += len(part)
            sha256.update(part)
        writer.close()
    return Taken(status, size, sha256.hexdigest())


async def all_at_once(readers: int, port: int) -> set[Taken]:
    begun = asyncio.Barrier(readers)
    return set(await asyncio.gather(*(take_slowly(port, begun) for _ in range(readers))))


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the memory of a process is read from /proc")
@pytest.mark.parametrize(
    ("readers", "megabytes"), [(40, 10), pytest.param(200, 60, marks=pytest.mark.soak)], ids=["some", "many"]
)
def test_slow_readers_of_large_files_cost_no_memory(settings: World, readers: int, megabytes: int) -> None:
    body = random.Random(5).randbytes(megabytes << 20)
    settings.public.put_new(BIG, body)
    with serving() as served:
        httpx.get(f"http://127.0.0.1:{served.port}/{BIG}", headers={"Range": "bytes=0-9"}, trust_env=False)
        before = served.megabytes("VmRSS")
        taken = asyncio.run(all_at_once(readers, served.port))
        peak = served.megabytes("VmHWM")
        assert served.end() == (0, "")
    print(f"{readers} readers of {megabytes} MB: {before:.0f} MB before, {peak:.0f} MB at most")
    assert taken == {Taken(b"200", len(body), hashlib.sha256(body).hexdigest())}
    assert peak < 200
    assert peak - before < readers * 0.25 + 20  # some pieces each, and the threads that read
