"""Connections outward: what one request may cost, from the name of the host to the last byte, and where it may lead.

The time-outs of httpx are for one read each: a server that sends a byte now and then outlives them. Here each of them
shrinks to what is left of the whole request, and the bytes are counted as they come, not as HTTP reads them.
"""

import contextlib
import ipaddress
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import httpcore
import httpx

Check = Callable[[str, Sequence[str]], None]
"""Is told a host and all its addresses before any is connected to; raises to refuse."""
_LOOK_UP = """
import socket, sys
try:
    for found in socket.getaddrinfo(sys.argv[1], None, type=socket.SOCK_STREAM):
        print(found[4][0])
except OSError as error:
    sys.exit(f"{error.errno} {error.strerror}")
"""


class TooManyBytes(httpcore.RemoteProtocolError):
    """The other side sends more than one answer may hold."""


class Allowance(threading.local):
    """What the present request of this thread may still cost."""

    def __init__(self) -> None:
        self._until = self._bytes_left = self._bytes = float("inf")

    def start(self, seconds: float, head_bytes: float, wire_bytes: float) -> None:
        """Begin a request, with all the redirects that it leads to.

        Args:
            seconds: for all of it.
            head_bytes: what may come before each answer: its head, and interim answers.
            wire_bytes: what may come after that, the framing too.
        """
        self._until = time.monotonic() + seconds
        self._head_bytes, self._body_bytes = head_bytes, wire_bytes
        self.expect_head()

    def extend(self, seconds: float) -> None:
        """Give back time that was spent on our side."""
        self._until += seconds

    def expect_head(self) -> None:
        """Count the bytes of another answer's head."""
        self._bytes = self._bytes_left = self._head_bytes

    def expect_body(self) -> None:
        """Count the bytes of a body."""
        self._bytes = self._bytes_left = self._body_bytes

    @property
    def spent(self) -> bool:
        """Whether no time is left."""
        return time.monotonic() >= self._until

    def seconds(self, most: float | None, late: type[httpcore.TimeoutException]) -> float | None:
        """Return for how long the next step may wait; raises `late` when no time is left."""
        left = self._until - time.monotonic()
        if left <= 0:
            raise late("the time for the whole request is over")
        least = min(left, float("inf") if most is None else most)
        return None if least == float("inf") else least

    def room(self, most: int) -> int:
        """Return how many bytes may be read next; raises TooManyBytes when no more may come."""
        if self._bytes_left <= 0:
            raise TooManyBytes(f"it sent more than {self._bytes:,.0f} bytes and no end")
        return int(min(most, self._bytes_left))

    def take(self, count: int) -> None:
        """Count bytes that came."""
        self._bytes_left -= count


def look_up(host: str, seconds: float | None) -> list[str]:
    """Return the addresses of a host.

    In a process of its own: the system's look-up knows no time-out, and a thread that waits in it cannot be ended.

    Raises:
        httpcore.ConnectError: it has none.
        httpcore.ConnectTimeout: nobody said so in time.
    """
    with contextlib.suppress(ValueError):
        return [str(ipaddress.ip_address(host))]
    command = [sys.executable, "-I", "-S", "-c", _LOOK_UP, host]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)  # noqa: S603  no shell
    except subprocess.TimeoutExpired:
        raise httpcore.ConnectTimeout(f"nobody told the address of {host} in time") from None
    if done.returncode:
        number, _, words = done.stderr.strip().partition(" ")
        cause = socket.gaierror(int(number) if number.lstrip("-").isdigit() else 0, words)
        raise httpcore.ConnectError(f"{host} has no address") from cause
    return list(dict.fromkeys(done.stdout.split()))


class _Stream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream, allowance: Allowance) -> None:
        self._stream, self._allowance = stream, allowance

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        seconds = self._allowance.seconds(timeout, httpcore.ReadTimeout)
        found = self._stream.read(self._allowance.room(max_bytes), seconds)
        self._allowance.take(len(found))
        return found

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._allowance.seconds(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        seconds = self._allowance.seconds(timeout, httpcore.ConnectTimeout)
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, seconds), self._allowance)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _Backend(httpcore.SyncBackend):
    """Connects to an address that was checked, and to no other: the name is looked up once."""

    def __init__(self, allowance: Allowance, check: Check | None, look_up: Callable[..., list[str]]) -> None:
        self._allowance, self._check, self._look_up = allowance, check, look_up

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        late = httpcore.ConnectTimeout
        addresses = self._look_up(host, self._allowance.seconds(timeout, late))
        if self._check:
            self._check(host, addresses)
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in addresses:
            seconds = self._allowance.seconds(timeout, late)
            try:
                stream = super().connect_tcp(address, port, seconds, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _Stream(stream, self._allowance)
        raise failure


class BoundedTransport(httpx.BaseTransport):
    """Sends the requests of an `httpx.Client` within an allowance, to addresses that were checked."""

    def __init__(
        self,
        allowance: Allowance,
        *,
        verify: ssl.SSLContext,
        check: Check | None = None,
        look_up: Callable[..., list[str]] = look_up,
        trust_env: bool = True,
    ) -> None:
        """Make a transport.

        Args:
            allowance: what the present request may still cost.
            verify: which authorities to trust.
            check: which addresses a host may have; None for any. A proxy itself is not checked.
            look_up: returns the addresses of a host, within seconds.
            trust_env: whether to go through the proxy that the environment names.
        """
        self._allowance, self._verify, self._check, self._look_up = allowance, verify, check, look_up
        self._backend = _Backend(allowance, check, look_up)
        self._direct = httpcore.ConnectionPool(ssl_context=verify, network_backend=self._backend)
        self._proxies = urllib.request.getproxies() if trust_env else {}
        self._through: dict[str, httpcore.ConnectionPool] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request, and return its answer, whose body is still to come."""
        self._allowance.expect_head()
        url = request.url
        with _errors_of_httpx():
            answer = self._pool(url).handle_request(
                httpcore.Request(
                    method=request.method,
                    url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                    headers=request.headers.raw,
                    content=request.stream,
                    extensions=request.extensions,
                )
            )
        self._allowance.expect_body()
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer))

    def close(self) -> None:
        """Close all connections."""
        for pool in (self._direct, *self._through.values()):
            pool.close()

    def _pool(self, url: httpx.URL) -> httpcore.ConnectionPool:
        proxy = self._proxies.get(url.scheme) or self._proxies.get("all")
        if not proxy or urllib.request.proxy_bypass(url.netloc.decode()):
            return self._direct
        if self._check:  # the proxy looks the name up again: that it finds the same is for it to see to
            self._check(url.host, self._look_up(url.host, self._allowance.seconds(None, httpcore.ConnectTimeout)))
        if proxy not in self._through:
            self._through[proxy] = self._open_proxy(proxy)
        return self._through[proxy]

    def _open_proxy(self, proxy: str) -> httpcore.HTTPProxy:
        try:
            named = httpx.Proxy(proxy if "://" in proxy else f"http://{proxy}")
        except (ValueError, httpx.InvalidURL):
            named = None
        if named is None or named.url.scheme not in ("http", "https"):
            raise httpx.ProxyError("expected the environment to name a proxy as http://HOST:PORT, found another kind")
        url = named.url
        return httpcore.HTTPProxy(
            proxy_url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            proxy_auth=named.raw_auth,
            ssl_context=self._verify,
            proxy_ssl_context=self._verify if url.scheme == "https" else None,
            network_backend=_Backend(self._allowance, None, self._look_up),
        )


class _Body(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        with _errors_of_httpx():
            yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


@contextlib.contextmanager
def _errors_of_httpx() -> Iterator[None]:
    """Raise the errors of httpcore as those of httpx, which have the same names."""
    try:
        yield
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError) as error:
        name = next(kind.__name__ for kind in type(error).__mro__ if hasattr(httpx, kind.__name__))
        raise getattr(httpx, name)(str(error)) from error
