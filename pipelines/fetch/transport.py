"""One request on its way: what it may cost, whom to trust, and what came back of the body."""

import functools
import socket
import ssl
from dataclasses import dataclass

import httpx

from catalog.connections import Allowance, TooManyBytes
from catalog.errors import SourceError
from pipelines.protocols.parts.request import MAX_BODY_BYTES


@dataclass(frozen=True)
class FetchLimits:
    """What one fetch may cost, the agency and us."""

    connect_seconds: float = 10.0
    read_seconds: float = 30.0
    request_seconds: float = 600.0
    """From the look-up of the name to the last byte of the body, with all redirects."""
    head_bytes: int = 256 * 1024
    """Before a body: status lines, headers, interim answers."""
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


def read_body(answer: httpx.Response, limits: FetchLimits, allowance: Allowance) -> tuple[bytes, str | None]:
    """Read a body within limits.

    Args:
        answer: whose body is still to come.
        limits: how much it may hold.
        allowance: of the request that it answers.

    Returns:
        The bytes that came, and why they are not all, or None.
    """
    parts, size = [], 0
    cut: str | None = None
    try:
        for part in answer.iter_raw():
            parts.append(part)
            size += len(part)
            if size > limits.body_bytes:
                cut = f"expected at most {limits.body_bytes:,} bytes, found more"
                break
    except httpx.RemoteProtocolError as error:
        cut = f"expected a whole body, found one that ended after {size:,} bytes"
        if isinstance(error.__cause__, TooManyBytes):
            cut = f"expected at most {limits.body_bytes:,} bytes, found {size:,} and more around them"
    except httpx.ReadTimeout:
        cut = f"expected more bytes within {limits.read_seconds:g} s, found silence after {size:,}"
        if allowance.spent:
            cut = f"expected a body within {limits.request_seconds:g} s, found {size:,} bytes and no end"
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
    if isinstance(error, httpx.TimeoutException):
        return "it did not answer in time"
    if isinstance(error, httpx.RemoteProtocolError):
        if isinstance(error.__cause__, TooManyBytes):
            return str(error)
        if "disconnected" not in str(error):
            return "what it sent is no answer of HTTP"
    if isinstance(error, httpx.RemoteProtocolError | httpx.ReadError):
        return "it closed the connection without an answer"
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, socket.gaierror):
            return "its name leads nowhere from here; is there a network?"
        cause = cause.__cause__
    return str(error) or type(error).__name__
