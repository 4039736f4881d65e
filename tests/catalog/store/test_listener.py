"""A port that is taken or not, and readers who ask drop by drop, do not read, are many, or do not go away."""

import asyncio
import contextlib
import gc
import http.client
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from hosts import hosted_app
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.types import Receive, Scope, Send

from catalog.errors import DecisionError
from catalog.store import listener
from catalog.store.listener import Server, listen

CHUNK = bytes(65536)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits as short as a test may be; what is fine below them is done at once."""
    limits = replace(listener.LIMITS, ask_seconds=1.5, idle_seconds=2, stall_seconds=1.5, stop_seconds=1.0)
    monkeypatch.setattr(listener, "LIMITS", limits)


class App:
    """Says `here`; at `/endless` it sends for as long as someone reads, at `/stuck` nothing."""

    def __init__(self) -> None:
        self.open = 0
        self.sent = 0
        self.released = threading.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.open += 1
        try:
            if scope["path"] == "/endless":
                await StreamingResponse(self.chunks())(scope, receive, send)
            elif scope["path"] == "/stuck":
                await asyncio.to_thread(self.released.wait)
            elif scope["path"] == "/broken":
                raise OSError("a fault of ours")
            else:
                await PlainTextResponse("here")(scope, receive, send)
        finally:
            self.open -= 1

    async def chunks(self) -> Iterator[bytes]:  # type: ignore[misc]
        while True:
            self.sent += len(CHUNK)
            yield CHUNK
            await asyncio.sleep(0)


@pytest.fixture
def app() -> Iterator[App]:
    made = App()
    yield made
    made.released.set()


@pytest.fixture
def port(app: App) -> Iterator[int]:
    with hosted_app(app) as address:
        yield int(address.rpartition(":")[2])


@contextlib.contextmanager
def connected(port: int, text: str = "") -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as one:
        one.sendall(text.encode())
        yield one


def asked(path: str, *more: str) -> str:
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: x", *more, "", ""])


def heard(one: socket.socket) -> bool:
    """Read until the answer is here, or the connection ends."""
    answer = b""
    while not answer.endswith(b"here") and (part := one.recv(1000)):
        answer += part
    return answer.endswith(b"here")


def is_served(port: int) -> bool:
    return httpx.get(f"http://127.0.0.1:{port}/", trust_env=False, timeout=30).text == "here"


def is_ended(one: socket.socket) -> bool:
    """Read until the server ends the connection; a time-out is a failure."""
    with contextlib.suppress(ConnectionResetError):
        while one.recv(1 << 20):
            pass
    return True


def holds(condition: object) -> bool:
    """Whether it comes true, in half a minute."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        if condition():  # type: ignore[operator]
            return True
        time.sleep(0.02)
    return False


def test_a_free_port_is_taken_and_given_back() -> None:
    with listen(0) as taken:
        host, port = taken.getsockname()
        assert host == "127.0.0.1"
    with listen(port) as again:
        assert again.getsockname() == (host, port)


@pytest.mark.parametrize("listening", [True, False], ids=["a server of ours", "bound only"])
def test_a_used_port_is_told_with_what_to_do(listening: bool) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        if listening:
            other.listen()
        port = other.getsockname()[1]
        with pytest.raises(DecisionError) as refused:
            listen(port)
    assert str(refused.value) == (
        f"cannot listen on port {port} of 127.0.0.1: another program listens there; end it, or name another port "
        "(--port; 0 takes a free one)"
    )


@pytest.mark.parametrize(
    ("host", "why"),
    [("192.0.2.1", "this machine does not have that address"), ("no-such-host.invalid", "name an address of this")],
)
def test_an_address_that_is_not_of_this_machine_is_told(host: str, why: str) -> None:
    with pytest.raises(DecisionError, match=f"cannot listen on port 0 of {host}: .*{why}.* as 127.0.0.1"):
        listen(0, host)


def test_a_port_that_may_not_be_opened_is_told() -> None:
    command = [sys.executable, "-c", "from catalog.store.listener import listen; listen(80)"]
    first_free = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")
    if not first_free.exists() or int(first_free.read_text()) <= 80:
        pytest.skip("everyone may open every port here")
    if os.geteuid() == 0:
        if not shutil.which("setpriv"):
            pytest.skip("root may open every port, and there is no setpriv to lay that right down")
        command = ["setpriv", "--bounding-set=-net_bind_service", *command]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.stderr.splitlines()[-1] == (
        "catalog.errors.DecisionError: cannot listen on port 80 of 127.0.0.1: this user may not open that port; "
        "name one from 1024 on (--port; 0 takes a free one)"
    )


def test_who_connects_before_the_server_is_up_is_served() -> None:
    with listen(0) as taken, connected(taken.getsockname()[1], asked("/")) as one, Server(App(), taken):
        assert heard(one)


@pytest.mark.parametrize("text", ["", "G", "GET / HTTP/1.1\r\nHost: x\r\nX-", asked("/") + "GET"])
def test_who_does_not_end_to_ask_is_cut_off_and_stops_nobody(port: int, text: str) -> None:
    with contextlib.ExitStack() as stack:
        silent = [stack.enter_context(connected(port, text)) for _ in range(300)]
        assert is_served(port)
        assert all(is_ended(one) for one in silent)


def test_who_asks_drop_by_drop_is_cut_off_however_many_drops_come(port: int) -> None:
    began, drops = time.monotonic(), 0
    with connected(port, "GET / HTTP/1.1\r\n") as one:
        with contextlib.suppress(ConnectionError):
            while time.monotonic() - began < 30:
                one.sendall(b"X-A: b\r\n")
                drops += 1
                time.sleep(0.05)
        assert is_ended(one)
    assert 1 < drops < 400  # far from the end of 30 seconds, and from the longest request
    assert is_served(port)


def test_a_second_request_has_the_same_time_as_the_first(port: int) -> None:
    with connected(port, asked("/")) as one:
        assert heard(one)
        with contextlib.suppress(ConnectionError):
            for drop in asked("/", "X-A: " + "b" * 1000):
                one.sendall(drop.encode())
                time.sleep(0.05)
        assert is_ended(one)


def test_a_slow_request_that_comes_in_time_is_answered(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "LIMITS", replace(listener.LIMITS, ask_seconds=30.0))
    with connected(port) as one:
        for part in ("GET / HT", "TP/1.1\r\nHost:", " x\r\n\r", "\n"):
            time.sleep(0.05)
            one.sendall(part.encode())
        assert heard(one)


def test_an_idle_connection_is_kept_for_a_while_and_then_ended(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for _ in range(3):
        connection.request("GET", "/")
        assert connection.getresponse().read() == b"here"
    assert is_ended(connection.sock)
    connection.close()


def test_who_does_not_read_is_cut_off_and_nothing_is_read_ahead_for_them(port: int, app: App) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(20):
            stack.enter_context(connected(port, asked("/endless")))
        assert holds(lambda: app.open == 20)
        assert is_served(port)
        assert holds(lambda: app.open == 0)
    assert app.sent < 20 * 64_000_000  # what the system's buffers hold, and not what was produced meanwhile


def test_who_reads_slowly_is_not_cut_off(port: int, app: App) -> None:
    """Each of many pieces is taken in time, all of them in several times that time."""
    with connected(port, asked("/endless")) as one:
        began, taken = time.monotonic(), 0
        while time.monotonic() - began < 2 * listener.LIMITS.stall_seconds:
            taken += len(one.recv(65536))
            time.sleep(0.002)
        assert taken > 0
        assert one.recv(65536)


def test_a_reader_who_has_ended_to_ask_gets_the_whole_answer(port: int, app: App) -> None:
    with connected(port, asked("/endless")) as one:
        one.shutdown(socket.SHUT_WR)
        got = 0
        while got < 20_000_000:
            got += len(one.recv(1 << 20))
    assert holds(lambda: app.open == 0)


def test_more_connections_than_are_allowed_are_refused_and_the_others_served(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "LIMITS", replace(listener.LIMITS, connections=10, ask_seconds=30.0))
    with contextlib.ExitStack() as stack:
        kept = [stack.enter_context(connected(port, "G")) for _ in range(10)]
        for _ in range(20):
            with connected(port) as refused:
                assert is_ended(refused)
        kept[0].sendall(asked("/")[1:].encode())
        assert heard(kept[0])
    assert holds(lambda: _served_or_refused(port))


def _served_or_refused(port: int) -> bool:
    try:
        return is_served(port)
    except httpx.TransportError:
        return False


def test_two_files_for_each_connection_are_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener.resource, "getrlimit", lambda _: (256, 256))
    assert listener._most_connections() == 96
    monkeypatch.setattr(listener.resource, "getrlimit", lambda _: (1_000_000, 1_000_000))
    assert listener._most_connections() == listener.LIMITS.connections


def test_a_fault_of_ours_is_500_and_the_next_one_is_served(port: int, capfd: pytest.CaptureFixture[str]) -> None:
    for _ in range(3):
        answer = httpx.get(f"http://127.0.0.1:{port}/broken", trust_env=False)
        assert (answer.status_code, answer.text) == (500, "Internal Server Error")
    assert is_served(port)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("path", ["/endless", "/stuck", ""])
def test_it_ends_whatever_is_under_way(app: App, path: str) -> None:
    with contextlib.ExitStack() as stack:
        with hosted_app(app) as address:
            port = int(address.rpartition(":")[2])
            many = [stack.enter_context(connected(port, asked(path) if path else "G")) for _ in range(30)]
            assert holds(lambda: app.open == 30 or not path)
            assert is_served(port)
        assert all(is_ended(one) for one in many)
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
        pass
    with listen(port):
        pass  # nothing holds the port
    app.released.set()
    gc.collect()


def test_it_can_be_waited_for() -> None:
    with listen(0) as taken, Server(App(), taken) as server:
        ending = threading.Timer(0.1, setattr, (server._server, "should_exit", True))
        ending.start()
        server.wait()
        ending.join()
