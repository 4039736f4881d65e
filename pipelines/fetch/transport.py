"""One request on its way: what it may cost, whom to trust, and what came back of the body."""

import functools
import socket
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Self
from urllib.parse import urlsplit

import httpx

from catalog.connections import Allowance, TooManyBytes
from catalog.errors import SourceError
from pipelines.protocols.parts.request import MAX_BODY_BYTES, Request
from pipelines.redaction import SHORTEST_SECRET


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

    passes = True
    """Whether the same may go well in a moment."""


class Unanswerable(Unreachable):
    """The agency cannot be talked to until a person has mended something, there or here."""

    passes = False


class NotAsked(Unreachable):
    """Something of ours is missing, or it is not the time, so that the agency was not asked at all."""

    passes = False


class CutShort(SourceError):
    """A body came in part, as of a connection that broke; the whole of it may come in a moment."""


@dataclass(frozen=True)
class Sending:
    """A request with its secrets, as it goes out. Never shown."""

    address: str = field(repr=False)
    method: str
    headers: dict[str, str] = field(repr=False)
    content: bytes | None = field(repr=False)
    secret_headers: dict[str, str] = field(repr=False)
    """Those of the headers that only the host that was asked first may know."""
    variables: tuple[str, ...] = ()
    """Of the environment: where the secrets come from."""

    @classmethod
    def of(cls, request: Request, secrets: Mapping[str, str]) -> Self:
        """Put the secrets into a request.

        Args:
            request: what a protocol asks for.
            secrets: values, by the name of their environment variable.

        Raises:
            NotAsked: one is not in the environment.
        """
        query = dict(request.query)
        query.update({parameter: _secret(secrets, variable) for parameter, variable in request.secrets.items()})
        hidden = {
            name: prefix + _secret(secrets, variable) for name, (variable, prefix) in request.secret_headers.items()
        }
        address = request.address
        if query:  # added to what the address has: that may be encoded in another way than ours
            address += f"{'&' if '?' in address else '?'}{httpx.QueryParams(query)}"
        headers = request.headers | hidden
        variables = {*request.secrets.values(), *(variable for variable, _ in request.secret_headers.values())}
        sent = cls(address, "GET", headers, None, hidden, tuple(sorted(variables)))
        if request.body is None:
            return sent
        headers |= {"Content-Type": request.body.content_type}
        return replace(sent, method="POST", headers=headers, content=request.body.content)

    def redirected(self, target: str, status: int) -> Self:
        """Return what is sent to where an answer points: without a key for another host, and without a body mostly."""
        same_host = urlsplit(target).hostname == urlsplit(self.address).hostname
        headers = {name: text for name, text in self.headers.items() if same_host or name not in self.secret_headers}
        if status in (307, 308):
            return replace(self, address=target, headers=headers)
        headers.pop("Content-Type", None)
        return replace(self, address=target, headers=headers, method="GET", content=None)


def _secret(secrets: Mapping[str, str], variable: str) -> str:
    if not secrets.get(variable):
        raise NotAsked(
            f"expected a key of {SHORTEST_SECRET} characters or more in the environment variable {variable}, "
            "found none; set it and run again"
        )
    value = secrets[variable]
    if not value.isascii() or not value.isprintable():
        raise NotAsked(f"expected a key of visible signs in the environment variable {variable}; set it and run again")
    return value


class Body(NamedTuple):
    """What came of a body."""

    bytes: bytes
    cut: str | None
    """Why that is not all, or None."""
    passes: bool = False
    """Whether all of it may come in a moment."""


def read_body(answer: httpx.Response, limits: FetchLimits, allowance: Allowance) -> Body:
    """Read a body within limits.

    Args:
        answer: whose body is still to come.
        limits: how much it may hold.
        allowance: of the request that it answers.
    """
    parts, size, passes = [], 0, False
    cut: str | None = None
    try:
        for part in answer.iter_raw():
            parts.append(part)
            size += len(part)
            if size > limits.body_bytes:
                cut = f"expected at most {limits.body_bytes:,} bytes, found more"
                break
    except httpx.RemoteProtocolError as error:
        cut, passes = f"expected a whole body, found one that ended after {size:,} bytes", True
        if isinstance(error.__cause__, TooManyBytes):
            cut, passes = f"expected at most {limits.body_bytes:,} bytes, found {size:,} and more around them", False
    except httpx.ReadTimeout:
        cut, passes = f"expected more bytes within {limits.read_seconds:g} s, found silence after {size:,}", True
        if allowance.spent:  # the next try would take as long
            cut, passes = f"expected a body within {limits.request_seconds:g} s, found {size:,} bytes and no end", False
    return Body(b"".join(parts)[: limits.body_bytes], cut, passes)


@functools.cache
def trusted_authorities(clear_strict: bool = False, intermediates: str = "") -> ssl.SSLContext:
    """Return the authorities to trust; made once, because to read all of them takes longer than most fetches.

    Args:
        clear_strict: whether a certificate may lack a key identifier.
        intermediates: certificates in PEM that a server does not send; a chain over them still ends at an authority.
    """
    context = ssl.create_default_context()
    if clear_strict:
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if intermediates:
        context.load_verify_locations(cadata=intermediates)
        context.verify_flags &= ~ssl.VERIFY_X509_PARTIAL_CHAIN  # else they would be trusted by themselves
    return context


def unreachable(error: Exception, told: str) -> Unreachable:
    """Return what it means that a request failed: a certificate, or too many bytes, are the same in a moment."""
    causes = set(map(type, _causes(error)))
    lasting = causes & {ssl.SSLCertVerificationError, TooManyBytes}
    return (Unanswerable if lasting else Unreachable)(told)


def is_burden(error: Exception) -> bool:
    """Whether the host had to do with a request that failed; else the network or the name was at fault."""
    return not any(isinstance(cause, socket.gaierror) for cause in _causes(error))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


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
    for cause in _causes(error):
        if isinstance(cause, socket.gaierror):
            return "its name leads nowhere from here; is there a network?"
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"certificate verify failed: {cause.verify_message}; see intermediates in agencies.yaml"
    return str(error) or type(error).__name__
