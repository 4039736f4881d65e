"""One request on its way: what it may cost, whom to trust, where it may lead, and what came back of the body."""

import functools
import ipaddress
import socket
import ssl
import time
from dataclasses import dataclass

import httpx

from catalog.errors import SourceError
from pipelines.protocols.parts.request import MAX_BODY_BYTES


@dataclass(frozen=True)
class FetchLimits:
    """What one fetch may cost, the agency and us."""

    connect_seconds: float = 10.0
    read_seconds: float = 30.0
    body_seconds: float = 600.0
    body_bytes: int = MAX_BODY_BYTES
    attempts: int = 3
    backoff_seconds: float = 2.0
    """Doubled after each attempt."""
    longest_wait_seconds: float = 60.0
    """A Retry-After beyond it is left to the next run."""
    redirects: int = 3


class Unreachable(SourceError):
    """The agency did not answer: a failure to repeat later, not an answer to judge."""


class NotAsked(Unreachable):
    """Something of ours is missing, so that the agency was not asked at all."""


def read_body(answer: httpx.Response, limits: FetchLimits) -> tuple[bytes, str | None]:
    """Read a body within limits: the bytes that came, and why they are not all, or None."""
    parts, size, until = [], 0, time.monotonic() + limits.body_seconds
    cut: str | None = None
    try:
        for part in answer.iter_raw():
            parts.append(part)
            size += len(part)
            if size > limits.body_bytes:
                cut = f"expected at most {limits.body_bytes:,} bytes, found more"
                break
            if time.monotonic() > until:
                cut = f"expected a body within {limits.body_seconds:g} s, found {size:,} bytes and no end"
                break
    except httpx.RemoteProtocolError:
        cut = f"expected a whole body, found one that ended after {size:,} bytes"
    except httpx.ReadTimeout:
        cut = f"expected more bytes within {limits.read_seconds:g} s, found silence after {size:,}"
    return b"".join(parts)[: limits.body_bytes], cut


@functools.cache
def trusted_authorities(clear_strict: bool = False) -> ssl.SSLContext:
    """Return the authorities to trust; made once, because to read all of them takes longer than most fetches."""
    context = ssl.create_default_context()
    if clear_strict:
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


def plain_words(error: Exception) -> str:
    """Return what happened to a request, in words."""
    if isinstance(error, httpx.ConnectTimeout | httpx.ReadTimeout | httpx.PoolTimeout | httpx.WriteTimeout):
        return "it did not answer in time"
    if isinstance(error, httpx.RemoteProtocolError | httpx.ReadError):
        return "it closed the connection without an answer"
    if isinstance(error.__cause__, socket.gaierror) or isinstance(error, socket.gaierror):
        return "its name leads nowhere from here; is there a network?"
    return str(error) or type(error).__name__


def refuse_private_host(host: str) -> None:
    """Refuse a host name that leads into a private network; raises SourceError."""
    for *_, address in socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM):
        if not ipaddress.ip_address(address[0]).is_global:
            raise SourceError(f"expected a public address for {host}, found {address[0]}; it is not asked")


def refuse_private_peer(answer: httpx.Response) -> None:
    """Refuse a peer in a private network, even if the name led elsewhere a moment ago; raises SourceError."""
    stream = answer.extensions.get("network_stream")
    peer = stream.get_extra_info("server_addr") if stream else None
    if peer and not ipaddress.ip_address(peer[0]).is_global:
        raise SourceError(f"expected a public address, found {peer[0]}; its answer is not read")
