"""How an answer is sent over the connection, with the faults of sending: silence, slow bodies, early ends."""

import socket
import threading
from http.server import BaseHTTPRequestHandler

from sandbox.messages import Answer

_BLOCK_BYTES = 1 << 16


def deliver(handler: BaseHTTPRequestHandler, answer: Answer, stopped: threading.Event) -> None:
    """Send an answer.

    Args:
        handler: the connection.
        answer: what to send, and how.
        stopped: set when the sandbox stops. It ends every wait.
    """
    if answer.wait_seconds and stopped.wait(answer.wait_seconds):
        handler.close_connection = True
        return
    if answer.silent:
        _hang_up(handler)
        return
    handler.send_response(answer.status)
    for name, value in answer.headers.items():
        handler.send_header(name, value)
    if answer.stream_bytes is not None:
        _stream_blanks(handler, answer.stream_bytes, stopped)
        return
    if answer.status != 304:
        length = len(answer.body) if answer.claimed_bytes is None else answer.claimed_bytes
        handler.send_header("Content-Length", str(length))
    handler.end_headers()
    _send_body(handler, answer, stopped)
    if answer.claimed_bytes is not None:
        _hang_up(handler)


def _send_body(handler: BaseHTTPRequestHandler, answer: Answer, stopped: threading.Event) -> None:
    piece_bytes = max(1, -(-len(answer.body) // answer.pieces))
    for start in range(0, len(answer.body), piece_bytes):
        if answer.pause_seconds and stopped.wait(answer.pause_seconds):
            handler.close_connection = True
            return
        handler.wfile.write(answer.body[start : start + piece_bytes])


def _stream_blanks(handler: BaseHTTPRequestHandler, total_bytes: int, stopped: threading.Event) -> None:
    # chunked, because a Content-Length would warn the caller before the first byte
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    remaining_bytes = total_bytes
    while remaining_bytes and not stopped.is_set():
        block_bytes = min(remaining_bytes, _BLOCK_BYTES)
        handler.wfile.write(b"%x\r\n%b\r\n" % (block_bytes, b" " * block_bytes))
        remaining_bytes -= block_bytes
    if remaining_bytes:
        handler.close_connection = True
    else:
        handler.wfile.write(b"0\r\n\r\n")


def _hang_up(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)
