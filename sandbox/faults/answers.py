"""Faults in how it is said: they change or replace the answer. The name of a function is the fault's."""

import codecs
import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from pydantic import Field, field_validator

from sandbox.faults.params import Nothing, Params
from sandbox.messages import Answer, Ask

_NOTICE = """<!DOCTYPE html>
<html lang="zh-Hant"><head><meta charset="utf-8"><title>系統維護公告</title></head>
<body><h1>系統維護中</h1><p>本網站暫停服務，請稍後再試。(synthetic: made by the sandbox)</p></body></html>
"""


_GZIP = b"\x1f\x8b"


class Retry(Params):
    """Parameters: what Retry-After says, if anything."""

    seconds: int | None = Field(default=None, ge=0)


class TooMany(Params):
    """Parameters: what Retry-After says."""

    seconds: int = Field(default=1, ge=0)


class Seconds(Params):
    """Parameters: for how long nothing is said."""

    seconds: float = Field(default=30.0, ge=0)


class Drip(Params):
    """Parameters: how long the body takes, and in how many pieces it comes."""

    seconds: float = Field(default=30.0, ge=0)
    pieces: int = Field(default=30, ge=1)


class Size(Params):
    """Parameters: how many bytes are sent."""

    bytes: int = Field(default=1 << 30, ge=0)


class Where(Params):
    """Parameters: the address in Location."""

    to: str = "https://elsewhere.invalid/notice"


class Encoding(Params):
    """Parameters: the encoding of the bytes, and the one that Content-Type names, if it is to name another."""

    encoding: str = "cp950"
    charset: str | None = None

    @field_validator("encoding")
    @classmethod
    def _is_one(cls, name: str) -> str:
        try:
            codecs.lookup(name)
        except LookupError as error:
            raise ValueError(str(error)) from error
        return name


class Status(Params):
    """Parameters: the status of the answer."""

    status: int = Field(default=500, ge=200, le=599)


def down(answer: Answer, ask: Ask, params: Nothing) -> Answer:
    """The connection is closed without an answer."""
    return replace(answer, silent=True)


def timeout(answer: Answer, ask: Ask, params: Seconds) -> Answer:
    """Nothing is said for so many seconds, then the connection is closed."""
    return replace(answer, wait_seconds=params.seconds, silent=True)


def unavailable(answer: Answer, ask: Ask, params: Retry) -> Answer:
    """HTTP 503."""
    headers = {"Content-Type": "text/html; charset=utf-8"}
    if params.seconds is not None:
        headers["Retry-After"] = str(params.seconds)
    return Answer(503, headers, _NOTICE.encode())


def error_500(answer: Answer, ask: Ask, params: Nothing) -> Answer:
    """HTTP 500."""
    return Answer(500, {"Content-Type": "text/plain; charset=utf-8"}, b"Internal Server Error")


def too_many(answer: Answer, ask: Ask, params: TooMany) -> Answer:
    """HTTP 429 with Retry-After; with `times`, all is well after so many requests."""
    headers = {"Content-Type": "application/json", "Retry-After": str(params.seconds)}
    return Answer(429, headers, b'{"message": "too many requests"}')


def html(answer: Answer, ask: Ask, params: Nothing) -> Answer:
    """HTTP 200 with a notice in HTML instead of data."""
    return Answer(200, {"Content-Type": "text/html; charset=utf-8"}, _NOTICE.encode())


def empty(answer: Answer, ask: Ask, params: Nothing) -> Answer:
    """HTTP 200 with a body of no bytes."""
    return Answer(200, {"Content-Type": answer.headers.get("Content-Type", "text/plain")})


def truncated(answer: Answer, ask: Ask, params: Nothing) -> Answer:
    """The body ends in the middle, and the length told is that of what is sent."""
    return replace(answer, body=answer.body[: len(answer.body) // 2])


def cut(answer: Answer, ask: Ask, params: Nothing) -> Answer:
    """The connection ends in the middle of the body: the length told is more than what is sent."""
    return replace(answer, body=answer.body[: len(answer.body) // 2], claimed_bytes=len(answer.body))


def slow(answer: Answer, ask: Ask, params: Drip) -> Answer:
    """The body drips."""
    return replace(answer, pieces=params.pieces, pause_seconds=params.seconds / params.pieces)


def wrong_encoding(answer: Answer, ask: Ask, params: Encoding) -> Answer:
    """The text is in another encoding, whatever the header says."""
    zipped = answer.body.startswith(_GZIP)
    text = (gzip.decompress(answer.body) if zipped else answer.body).decode("utf-8-sig")
    body = text.encode(params.encoding, errors="replace")
    headers = dict(answer.headers)
    if params.charset is not None:
        kind = headers.get("Content-Type", "text/plain").partition(";")[0]
        headers["Content-Type"] = f"{kind}; charset={params.charset}"
    return replace(answer, headers=headers, body=gzip.compress(body, mtime=0) if zipped else body)


def oversize(answer: Answer, ask: Ask, params: Size) -> Answer:
    """A body of so many bytes is streamed, with no length told."""
    return replace(answer, stream_bytes=params.bytes)


def redirect(answer: Answer, ask: Ask, params: Where) -> Answer:
    """HTTP 302 to another host."""
    return Answer(302, {"Location": params.to})


def echo_key(answer: Answer, ask: Ask, params: Status) -> Answer:
    """An error whose body repeats the query, the caller's key in it."""
    asked = f"{ask.request.path}?{urlencode(ask.query)}"
    body = json.dumps({"message": f"request {asked} failed", "query": ask.query}, ensure_ascii=False)
    return Answer(params.status, {"Content-Type": "application/json; charset=utf-8"}, body.encode())


ALL: tuple[tuple[Callable[[Answer, Ask, Any], Answer], type[Params]], ...] = (
    (down, Nothing),
    (timeout, Seconds),
    (unavailable, Retry),
    (error_500, Nothing),
    (too_many, TooMany),
    (html, Nothing),
    (empty, Nothing),
    (truncated, Nothing),
    (cut, Nothing),
    (slow, Drip),
    (wrong_encoding, Encoding),
    (oversize, Size),
    (redirect, Where),
    (echo_key, Status),
)
