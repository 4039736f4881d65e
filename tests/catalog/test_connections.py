"""One deadline for a whole request, and connections to the address that was checked, on real sockets."""

import ssl
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import httpcore
import httpx
import pytest
from raw_servers import Act, Connection, certificate, raw_server

from catalog.connections import Allowance, BoundedTransport, TooManyBytes, look_up

OK = b"HTTP/1.1 200 OK\r\n"
SECONDS = 0.4
PLAIN = ssl.create_default_context()


def ask(transport: BoundedTransport, allowance: Allowance, url: str, **limits: float) -> bytes:
    """One request of a client whose own time-outs are no help."""
    allowance.start(limits.get("seconds", SECONDS), limits.get("head", 10_000), limits.get("wire", 100_000))
    with (
        httpx.Client(transport=transport, timeout=60, max_redirects=99, follow_redirects=True) as client,
        client.stream("GET", url, headers={"X-Key": "secret"}) as answer,
    ):
        return b"".join(answer.iter_raw())


def chunks(extension: bytes) -> list[bytes]:
    return [OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1" + extension + b"\r\nx\r\n"]


def redirect_to_itself(connection: Connection) -> None:
    connection.stopped.wait(SECONDS / 3)
    connection.socket.sendall(b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


DRIPS: dict[str, Act] = {
    "silence": lambda it: it.drip(b""),
    "the status line": lambda it: it.drip(b"HTTP/1.1 200 ", b"O"),
    "a header": lambda it: it.drip(OK + b"X: ", b"y"),
    "headers": lambda it: it.drip(OK, b"X: y\r\n"),
    "100 Continue": lambda it: it.drip(b"HTTP/1.1 100 Continue\r\n\r\n"),
    "103 Early Hints": lambda it: it.drip(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"),
    "a body": lambda it: it.drip(OK + b"Content-Length: 9999\r\n\r\n", b"x"),
    "a body without a length": lambda it: it.drip(OK + b"\r\n", b"x"),
    "chunks": lambda it: it.drip(*chunks(b"")),
    "a chunk extension": lambda it: it.drip(chunks(b"")[0], b"1;x", b"y"),
    "trailers": lambda it: it.drip(chunks(b"")[0], b"0\r\n", b"X: y\r\n"),
    "redirects": redirect_to_itself,
}


@pytest.mark.parametrize("drip", DRIPS)
def test_no_drip_outlives_the_request(drip: str, counted: Callable[[str, int], None]) -> None:
    counted("requests that drip or flood", 1)
    allowance = Allowance()
    transport = BoundedTransport(allowance, verify=PLAIN, trust_env=False)
    with raw_server(DRIPS[drip]) as server:
        began = time.monotonic()
        with pytest.raises(httpx.TimeoutException):
            ask(transport, allowance, server.url)
        assert time.monotonic() - began < 20 * SECONDS, "generous, for a busy machine; by itself it never ends"
        assert allowance.spent
    assert (len(server.heard) > 1) == (drip == "redirects")


FLOODS: dict[str, tuple[Act, int]] = {
    "100 Continue": (lambda it: it.drip(b"HTTP/1.1 100 Continue\r\n\r\n" * 99, pause=0), 10_000),
    "headers": (lambda it: it.drip(OK, b"X: y\r\n" * 999, pause=0), 10_000),
    "chunk extensions": (lambda it: it.drip(*chunks(b";" + b"y" * 5000), pause=0), 100_000),
}


@pytest.mark.parametrize("flood", FLOODS)
def test_no_flood_goes_beyond_the_bytes_allowed(flood: str, counted: Callable[[str, int], None]) -> None:
    counted("requests that drip or flood", 1)
    act, most = FLOODS[flood]
    allowance = Allowance()
    transport = BoundedTransport(allowance, verify=PLAIN, trust_env=False)
    with (
        raw_server(act) as server,
        pytest.raises(httpx.RemoteProtocolError, match=f"more than {most:,} bytes") as caught,
    ):
        ask(transport, allowance, server.url, seconds=60)
    assert isinstance(caught.value.__cause__, TooManyBytes)


@pytest.mark.parametrize(
    "act",
    [lambda it: it.drip(b""), lambda it: it.drip(b"\x16\x03\x03\x40\x00", b"\x02")],
    ids=["silent", "dripped"],
)
def test_a_slow_handshake_does_not_outlive_the_request(act: Act, tmp_path: Path) -> None:
    allowance = Allowance()
    transport = BoundedTransport(allowance, verify=certificate(tmp_path, "a.example").client, trust_env=False)
    with raw_server(act, listen=False) as server, pytest.raises(httpx.ConnectTimeout):
        ask(transport, allowance, f"https://127.0.0.1:{server.port}/")


def test_a_slow_answer_over_tls_does_not_outlive_the_request(tmp_path: Path) -> None:
    made, allowance = certificate(tmp_path, "a.example"), Allowance()
    transport = BoundedTransport(allowance, verify=made.client, look_up=lambda *_: ["127.0.0.1"], trust_env=False)
    with raw_server(DRIPS["headers"], tls=made.server) as server, pytest.raises(httpx.ReadTimeout):
        ask(transport, allowance, f"https://a.example:{server.port}/")


def test_what_is_quick_comes_whole_and_each_answer_has_its_own_head() -> None:
    body = b"x" * 30_000
    act: Act = lambda it: it.drip(OK + b"Content-Length: 30000\r\n\r\n" + body, b"")  # noqa: E731
    allowance = Allowance()
    with raw_server(act) as server:
        for _ in range(3):
            transport = BoundedTransport(allowance, verify=PLAIN, trust_env=False)
            assert ask(transport, allowance, server.url, seconds=60, head=65536, wire=30_000) == body


def test_time_of_ours_is_given_back() -> None:
    allowance = Allowance()
    allowance.start(0, 1, 1)
    assert allowance.spent
    allowance.extend(60)
    assert not allowance.spent
    assert 0 < (allowance.seconds(None, httpcore.ReadTimeout) or 0) <= 60
    assert allowance.seconds(5, httpcore.ReadTimeout) == 5
    assert Allowance().seconds(None, httpcore.ReadTimeout) is None, "nothing was started"


def test_each_thread_has_an_allowance_of_its_own() -> None:
    allowance, spent = Allowance(), list[bool]()
    allowance.start(0, 1, 1)
    thread = threading.Thread(target=lambda: spent.append(allowance.spent))
    thread.start()
    thread.join()
    assert (allowance.spent, spent) == (True, [False])


# Where it connects to --------------------------------------------------------------------------------------------

GOOD, BAD = "127.0.0.2", "127.0.0.1"
"""Two hosts of loopback: the one stands for a public address, the other for a private one."""


def only_good(host: str, addresses: Sequence[str]) -> None:
    if set(addresses) != {GOOD}:
        raise PermissionError(host)


def says(body: bytes) -> Act:
    return lambda it: it.socket.sendall(OK + b"Content-Length: %d\r\nConnection: close\r\n\r\n%b" % (len(body), body))


def in_turn(*answers: list[str]) -> Callable[..., list[str]]:
    left = list(answers)
    return lambda *_: left.pop(0)


def test_it_connects_to_the_address_that_was_checked_by_the_name_of_the_host(tmp_path: Path) -> None:
    made, allowance = certificate(tmp_path, "agency.example"), Allowance()
    with (
        raw_server(says(b"good"), GOOD, tls=made.server) as good,
        raw_server(says(b"bad"), BAD, good.port, tls=made.server) as bad,
    ):
        rebound = in_turn([GOOD], [BAD], [GOOD, BAD])
        transport = BoundedTransport(allowance, verify=made.client, check=only_good, look_up=rebound, trust_env=False)
        url = f"https://agency.example:{good.port}/"
        assert ask(transport, allowance, url, seconds=60) == b"good"
        for _ in range(2):
            with pytest.raises(PermissionError, match=r"agency\.example"):
                ask(transport, allowance, url, seconds=60)
    assert (len(good.heard), bad.heard) == (1, [])
    assert f"host: agency.example:{good.port}\r\n".encode() in good.heard[0].lower()


def test_the_certificate_is_of_the_name(tmp_path: Path) -> None:
    made, allowance = certificate(tmp_path, "other.example"), Allowance()
    transport = BoundedTransport(allowance, verify=made.client, look_up=lambda *_: [GOOD], trust_env=False)
    with (
        raw_server(says(b"x"), GOOD, tls=made.server) as server,
        pytest.raises(httpx.ConnectError, match="certificate verify failed"),
    ):
        ask(transport, allowance, f"https://agency.example:{server.port}/", seconds=60)
    assert not any(b"secret" in heard for heard in server.heard)


def test_every_hop_of_a_redirect_is_checked(tmp_path: Path) -> None:
    made, allowance = certificate(tmp_path, "agency.example", "inner.example"), Allowance()
    names = {"agency.example": [GOOD], "inner.example": [BAD]}
    with raw_server(says(b"inside"), BAD, tls=made.server) as bad:
        moved = f"HTTP/1.1 302 Found\r\nLocation: https://inner.example:{bad.port}/\r\n"
        head = moved + "Content-Length: 0\r\nConnection: close\r\n\r\n"
        with raw_server(lambda it: it.socket.sendall(head.encode()), GOOD, tls=made.server) as good:
            transport = BoundedTransport(
                allowance, verify=made.client, check=only_good, look_up=lambda host, _: names[host], trust_env=False
            )
            with pytest.raises(PermissionError, match=r"inner\.example"):
                ask(transport, allowance, f"https://agency.example:{good.port}/", seconds=60)
    assert bad.heard == []


def test_the_next_address_is_tried_when_one_does_not_answer() -> None:
    allowance = Allowance()
    with raw_server(says(b"x"), GOOD) as server:
        transport = BoundedTransport(allowance, verify=PLAIN, look_up=lambda *_: [BAD, GOOD], trust_env=False)
        assert ask(transport, allowance, f"http://agency.example:{server.port}/", seconds=60) == b"x"
        transport = BoundedTransport(allowance, verify=PLAIN, look_up=lambda *_: [BAD], trust_env=False)
        with pytest.raises(httpx.ConnectError):
            ask(transport, allowance, f"http://agency.example:{server.port}/", seconds=60)


def test_a_name_is_looked_up_in_a_process_that_can_be_ended() -> None:
    assert "127.0.0.1" in look_up("localhost", 60)
    assert look_up("::1", 0) == ["::1"], "an address needs no look-up"
    with pytest.raises(httpcore.ConnectTimeout):
        look_up("localhost", 0.000_1)
    with pytest.raises(httpcore.ConnectError, match="has no address"):
        look_up("no host", 60)


# Through a proxy -------------------------------------------------------------------------------------------------


def test_a_proxy_of_the_environment_is_used_within_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    allowance = Allowance()
    monkeypatch.setenv("no_proxy", "direct.example")
    with raw_server(says(b"by proxy")) as proxy, raw_server(says(b"direct"), GOOD) as direct:
        monkeypatch.setenv("http_proxy", f"http://user:word@localhost:{proxy.port}")
        names = {"localhost": [BAD], "agency.example": [GOOD]}
        transport = BoundedTransport(allowance, verify=PLAIN, check=only_good, look_up=lambda host, _: names[host])
        assert ask(transport, allowance, "http://agency.example/", seconds=60) == b"by proxy"
        transport = BoundedTransport(allowance, verify=PLAIN, check=only_good, look_up=lambda *_: [GOOD])
        assert ask(transport, allowance, f"http://direct.example:{direct.port}/", seconds=60) == b"direct"
    assert b"proxy-authorization: basic dxnlcjp3b3jk" in proxy.heard[0].lower()


def test_a_host_that_leads_inside_is_refused_before_the_proxy_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    allowance = Allowance()
    with raw_server(says(b"x")) as proxy:
        monkeypatch.setenv("http_proxy", f"127.0.0.1:{proxy.port}")
        transport = BoundedTransport(allowance, verify=PLAIN, check=only_good, look_up=lambda *_: [BAD])
        with pytest.raises(PermissionError):
            ask(transport, allowance, "http://agency.example/", seconds=60)
    assert proxy.heard == []


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1", "ftp://127.0.0.1", "http://user:word@", "http://[bad"])
def test_another_kind_of_proxy_is_told_without_its_password(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("http_proxy", proxy)
    allowance = Allowance()
    with pytest.raises(httpx.TransportError) as caught:
        ask(BoundedTransport(allowance, verify=PLAIN), allowance, "http://agency.example/", seconds=60)
    assert "word" not in str(caught.value)


def test_a_tunnel_that_drips_does_not_outlive_the_request(monkeypatch: pytest.MonkeyPatch) -> None:
    allowance = Allowance()
    with raw_server(DRIPS["headers"]) as proxy:
        monkeypatch.setenv("https_proxy", f"127.0.0.1:{proxy.port}")
        with pytest.raises(httpx.TimeoutException):
            ask(BoundedTransport(allowance, verify=PLAIN), allowance, "https://agency.example/")
    assert proxy.heard[0].startswith(b"CONNECT agency.example:443 ")
