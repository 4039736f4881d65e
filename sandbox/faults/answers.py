"""Faults in the answer: each one changes or replaces the answer. The name of a function is the name of its fault.

The first line of each docstring is the description of the fault.
"""

import codecs
import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from pydantic import Field, field_validator

from sandbox.faults.params import FaultParams, NoParams
from sandbox.messages import Answer, Exchange

_NOTICE = """<!DOCTYPE html>
<html lang="zh-Hant"><head><meta charset="utf-8"><title>系統維護公告</title></head>
<body><h1>系統維護中</h1><p>本網站暫停服務，請稍後再試。(synthetic: made by the sandbox)</p></body></html>
"""
_GZIP_MAGIC = b"\x1f\x8b"


class UnavailableParams(FaultParams):
    """Parameters: the value of Retry-After. None: no such header."""

    seconds: int | None = Field(default=None, ge=0)


class TooManyParams(FaultParams):
    """Parameters: the value of Retry-After."""

    seconds: int = Field(default=1, ge=0)


class TimeoutParams(FaultParams):
    """Parameters: how long the silence lasts."""

    seconds: float = Field(default=30.0, ge=0)


class SlowParams(FaultParams):
    """Parameters: how long the body takes, and in how many pieces it is sent."""

    seconds: float = Field(default=30.0, ge=0)
    pieces: int = Field(default=30, ge=1)


class OversizeParams(FaultParams):
    """Parameters: how many bytes are sent."""

    bytes: int = Field(default=1 << 30, ge=0)


class RedirectParams(FaultParams):
    """Parameters: the address in Location."""

    to: str = "https://elsewhere.invalid/notice"


class WrongEncodingParams(FaultParams):
    """Parameters: the encoding of the bytes, and the charset in Content-Type. None: the charset stays."""

    encoding: str = "cp950"
    charset: str | None = None

    @field_validator("encoding")
    @classmethod
    def _is_known(cls, name: str) -> str:
        try:
            codecs.lookup(name)
        except LookupError as error:
            raise ValueError(str(error)) from error
        return name


class EchoKeyParams(FaultParams):
    """Parameters: the status of the answer."""

    status: int = Field(default=500, ge=200, le=599)


def down(exchange: Exchange, params: NoParams) -> Answer:
    """The agency closes the connection without an answer."""
    return replace(exchange.answer, silent=True)


def timeout(exchange: Exchange, params: TimeoutParams) -> Answer:
    """The agency is silent for some seconds, then it closes the connection."""
    return replace(exchange.answer, wait_seconds=params.seconds, silent=True)


def unavailable(exchange: Exchange, params: UnavailableParams) -> Answer:
    """HTTP 503."""
    headers = {"Content-Type": "text/html; charset=utf-8"}
    if params.seconds is not None:
        headers["Retry-After"] = str(params.seconds)
    return Answer(503, headers, _NOTICE.encode())


def error_500(exchange: Exchange, params: NoParams) -> Answer:
    """HTTP 500."""
    return Answer(500, {"Content-Type": "text/plain; charset=utf-8"}, b"Internal Server Error")


def too_many(exchange: Exchange, params: TooManyParams) -> Answer:
    """HTTP 429 with Retry-After. With `times`, later requests are answered well."""
    headers = {"Content-Type": "application/json", "Retry-After": str(params.seconds)}
    return Answer(429, headers, b'{"message": "too many requests"}')


def html(exchange: Exchange, params: NoParams) -> Answer:
    """HTTP 200 with a notice in HTML instead of data."""
    return Answer(200, {"Content-Type": "text/html; charset=utf-8"}, _NOTICE.encode())


def empty(exchange: Exchange, params: NoParams) -> Answer:
    """HTTP 200 with an empty body."""
    return Answer(200, {"Content-Type": exchange.answer.headers.get("Content-Type", "text/plain")})


def truncated(exchange: Exchange, params: NoParams) -> Answer:
    """Half of the body is sent, and Content-Length fits that half."""
    body = exchange.answer.body
    return replace(exchange.answer, body=body[: len(body) // 2])


def cut(exchange: Exchange, params: NoParams) -> Answer:
    """The connection ends in the middle of the body, and Content-Length is that of the whole body."""
    body = exchange.answer.body
    return replace(exchange.answer, body=body[: len(body) // 2], claimed_bytes=len(body))


def slow(exchange: Exchange, params: SlowParams) -> Answer:
    """The body is sent slowly, in pieces."""
    return replace(exchange.answer, pieces=params.pieces, pause_seconds=params.seconds / params.pieces)


def wrong_encoding(exchange: Exchange, params: WrongEncodingParams) -> Answer:
    """The text is in another encoding than the one in Content-Type."""
    body = exchange.answer.body
    is_gzip = body.startswith(_GZIP_MAGIC)
    text = (gzip.decompress(body) if is_gzip else body).decode("utf-8-sig")
    encoded = text.encode(params.encoding, errors="replace")
    headers = dict(exchange.answer.headers)
    if params.charset is not None:
        media_type = headers.get("Content-Type", "text/plain").partition(";")[0]
        headers["Content-Type"] = f"{media_type}; charset={params.charset}"
    return replace(exchange.answer, headers=headers, body=gzip.compress(encoded, mtime=0) if is_gzip else encoded)


def oversize(exchange: Exchange, params: OversizeParams) -> Answer:
    """A very long body is streamed, without Content-Length."""
    return replace(exchange.answer, stream_bytes=params.bytes)


def redirect(exchange: Exchange, params: RedirectParams) -> Answer:
    """HTTP 302 to another host."""
    return Answer(302, {"Location": params.to})


def echo_key(exchange: Exchange, params: EchoKeyParams) -> Answer:
    """An error whose body repeats the query, with the caller's key in it."""
    query = exchange.call.query
    target = f"{exchange.call.request.path}?{urlencode(query)}"
    body = json.dumps({"message": f"request {target} failed", "query": query}, ensure_ascii=False)
    return Answer(params.status, {"Content-Type": "application/json; charset=utf-8"}, body.encode())


ANSWER_FAULTS: tuple[tuple[Callable[[Exchange, Any], Answer], type[FaultParams]], ...] = (
    (down, NoParams),
    (timeout, TimeoutParams),
    (unavailable, UnavailableParams),
    (error_500, NoParams),
    (too_many, TooManyParams),
    (html, NoParams),
    (empty, NoParams),
    (truncated, NoParams),
    (cut, NoParams),
    (slow, SlowParams),
    (wrong_encoding, WrongEncodingParams),
    (oversize, OversizeParams),
    (redirect, RedirectParams),
    (echo_key, EchoKeyParams),
)
