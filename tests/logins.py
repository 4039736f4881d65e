"""A proxy with a login, before a web server: whoever comes through it is a person, and a header says which."""

import contextlib
import socket
import socketserver
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

HEADER = "X-Minsheng-Identity"
_PIECE, _END = 65_536, b"\r\n\r\n"


class _Login(socketserver.BaseRequestHandler):
    """Passes one request on, with the header in place of what the client said, and all that is answered."""

    upstream: tuple[str, int]
    who: str

    def handle(self) -> None:
        head = b""
        while _END not in head:
            if not (piece := self.request.recv(_PIECE)):
                return
            head += piece
        with socket.create_connection(self.upstream) as server:
            server.sendall(self._named(head))
            asked = threading.Thread(target=_pass, args=(self.request, server), daemon=True)
            asked.start()
            _pass(server, self.request)
            with contextlib.suppress(OSError):
                self.request.shutdown(socket.SHUT_RDWR)
            asked.join()

    def _named(self, begun: bytes) -> bytes:
        head, _, body = begun.partition(_END)
        first, *lines = head.split(b"\r\n")
        named, own = [HEADER.lower().encode()], [f"{HEADER}: {self.who}".encode()]
        if not any(line.lower().startswith(b"upgrade:") for line in lines):
            named.append(b"connection")
            own.append(b"Connection: close")  # so that each request comes by a connection of its own
        kept = [line for line in lines if line.partition(b":")[0].lower() not in named]
        return b"\r\n".join([first, *kept, *own]) + _END + body


def _pass(here: socket.socket, there: socket.socket) -> None:
    """Pass on what comes until no more does."""
    with contextlib.suppress(OSError):
        while piece := here.recv(_PIECE):
            there.sendall(piece)


class _Door(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 128


@contextlib.contextmanager
def logged_in(upstream: str, who: str) -> Iterator[str]:
    """Let a person in.

    Args:
        upstream: the address of the web server.
        who: the person.

    Yields:
        The address at which this person sees it.
    """
    parts = urlsplit(upstream)
    login = type("Login", (_Login,), {"upstream": (parts.hostname, parts.port), "who": who})
    with _Door(("127.0.0.1", 0), login) as door:
        door.block_on_close = False  # a page keeps a connection open as long as it is shown
        thread = threading.Thread(target=door.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"http://127.0.0.1:{door.server_address[1]}"
        door.shutdown()
        thread.join()
