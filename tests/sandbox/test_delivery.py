"""Each way to send an answer, byte by byte, over a real connection."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from sandbox.delivery import deliver
from sandbox.messages import Answer

Send = Callable[..., bytes]


class OneAnswerServer(HTTPServer):
    """A server that sends the same answer to every request."""

    answer: Answer
    stopped: threading.Event


class OneAnswerHandler(BaseHTTPRequestHandler):
    """Send the answer of the server."""

    protocol_version = "HTTP/1.1"
    server: OneAnswerServer

    def do_GET(self) -> None:
        deliver(self, self.server.answer, self.server.stopped)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[OneAnswerServer]:
    with OneAnswerServer(("127.0.0.1", 0), OneAnswerHandler) as server:
        server.stopped = threading.Event()
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.stopped.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def send(server: OneAnswerServer) -> Send:
    """Send an answer and return all bytes until the connection ends, without the Date and Server headers."""

    def all_bytes(answer: Answer, *, keep_alive: bool = False) -> bytes:
        server.answer = answer
        request = b"GET / HTTP/1.1\r\nHost: x\r\n" + (b"" if keep_alive else b"Connection: close\r\n") + b"\r\n"
        with socket.create_connection(("127.0.0.1", server.server_port), timeout=10) as connection:
            connection.sendall(request)
            received = b"".join(iter(lambda: connection.recv(1 << 16), b""))
        head, separator, body = received.partition(b"\r\n\r\n")
        lines = [line for line in head.split(b"\r\n") if not line.startswith((b"Date:", b"Server:"))]
        return b"\r\n".join(lines) + separator + body

    return all_bytes


def test_a_plain_answer_is_sent_with_its_length(send: Send) -> None:
    answer = Answer(404, {"Content-Type": "text/plain"}, b"missing")
    assert send(answer) == (b"HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nContent-Length: 7\r\n\r\nmissing")


def test_not_modified_has_no_length(send: Send) -> None:
    assert send(Answer(304, {"ETag": '"x"'})) == b'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\n\r\n'


def test_a_false_length_is_sent_and_then_the_connection_ends(send: Send) -> None:
    received = send(Answer(body=b"half", claimed_bytes=8), keep_alive=True)
    assert received == b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalf"


def test_silence_ends_without_a_byte(send: Send) -> None:
    began = time.monotonic()
    assert send(Answer(body=b"never", silent=True, wait_seconds=0.1), keep_alive=True) == b""
    assert time.monotonic() - began >= 0.1


@pytest.mark.parametrize("pieces", [1, 3, 4, 99])
def test_pieces_make_up_the_body(send: Send, pieces: int) -> None:
    body = bytes(range(10))
    assert send(Answer(body=body, pieces=pieces)).endswith(b"\r\n\r\n" + body)


def test_there_is_a_pause_before_each_piece(send: Send) -> None:
    began = time.monotonic()
    send(Answer(body=b"abcdef", pieces=3, pause_seconds=0.05))
    assert time.monotonic() - began >= 0.15


@pytest.mark.parametrize("total_bytes", [0, 5, (1 << 16) + 1])
def test_a_stream_has_chunks_of_blanks_and_no_length(send: Send, total_bytes: int) -> None:
    received = send(Answer(body=b"unused", stream_bytes=total_bytes))
    head, _, chunks = received.partition(b"\r\n\r\n")
    assert head == b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked"
    blanks = b""
    while chunks != b"0\r\n\r\n":
        size, _, rest = chunks.partition(b"\r\n")
        blanks += rest[: int(size, 16)]
        chunks = rest[int(size, 16) + 2 :]
    assert blanks == b" " * total_bytes


@pytest.mark.parametrize(
    "answer",
    [
        Answer(body=b"never", wait_seconds=60),
        Answer(body=b"never", pieces=2, pause_seconds=60),
        Answer(stream_bytes=1 << 50),
    ],
    ids=["wait", "pause", "stream"],
)
def test_a_stop_ends_every_wait(server: OneAnswerServer, send: Send, answer: Answer) -> None:
    threading.Timer(0.1, server.stopped.set).start()
    began = time.monotonic()
    assert not send(answer).endswith((b"never", b"0\r\n\r\n"))
    assert time.monotonic() - began < 10
