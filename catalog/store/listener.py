"""A port, and a server on it that no reader can hold up: by asking drop by drop, by not reading, by being many."""

import asyncio
import errno
import resource
import socket
import threading
from dataclasses import dataclass
from typing import Self

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from catalog.errors import DecisionError


@dataclass(frozen=True)
class ListenerLimits:
    """Time and connections of this module."""

    ask_seconds: float = 20.0  # from the first byte of a request, or from the connection's begin, to the request's end
    idle_seconds: int = 60  # between two requests
    stall_seconds: float = 60.0  # until a reader has taken the piece that waits for them
    stop_seconds: float = 2.0  # for what is under way when the server ends
    waiting: int = 2048  # connections that the system holds until they are taken up
    connections: int = 2000
    files: int = 8192  # what the process may have open, if the system lets us ask for it
    own_files: int = 64  # of these, not for readers


LIMITS = ListenerLimits()
_LOOK_SECONDS = 0.2

_NOT_LISTENING = {
    errno.EADDRINUSE: "another program listens there; end it, or name another port (--port; 0 takes a free one)",
    errno.EACCES: "this user may not open that port; name one from 1024 on (--port; 0 takes a free one)",
    errno.EADDRNOTAVAIL: "this machine does not have that address; name one that it has, as 127.0.0.1",
}


def listen(port: int, host: str = "127.0.0.1") -> socket.socket:
    """Take a port, so that nobody else gets it; connections wait until a `Server` takes them up.

    Args:
        port: 0 takes a free one.
        host: loopback unless said otherwise.

    Raises:
        DecisionError: it cannot be had; with what to do.
    """
    try:
        return socket.create_server((host, port), backlog=LIMITS.waiting)
    except OSError as error:
        why = _NOT_LISTENING.get(error.errno or 0, f"{error.strerror}; name an address of this machine, as 127.0.0.1")
        raise DecisionError(f"cannot listen on port {port} of {host}: {why}") from error


class Server:
    """Serves an application to whoever connects to a listener, in a thread of its own, while its context is open."""

    def __init__(self, application: ASGIApp, listener: socket.socket) -> None:
        config = uvicorn.Config(
            application,
            http=_Connection,
            ws="none",
            loop="asyncio",
            lifespan="off",
            interface="asgi3",
            proxy_headers=False,
            server_header=False,
            headers=[("Server", "minsheng")],
            log_config=None,
            log_level="critical",  # what it would say, of requests that are none, helps nobody; the rest is logged here
            backlog=LIMITS.waiting,
            timeout_keep_alive=LIMITS.idle_seconds,
        )
        host, port = listener.getsockname()
        self.address = f"http://{host}:{port}"
        self._server = _Uvicorn(config)
        # A daemon, and so are the threads that it starts: a store that does not answer does not hold the process back.
        self._thread = threading.Thread(target=self._run, args=(listener,), daemon=True)
        self._is_left = False

    def _run(self, listener: socket.socket) -> None:
        try:
            self._server.run([listener])
        except Exception:
            if not self._is_left:  # else the process ends around it, and what it lacks there is no fault
                raise

    def __enter__(self) -> Self:
        """Begin."""
        _allow_files()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End, and cut off whoever is being served."""
        self._server.should_exit = True
        self._thread.join(2 * LIMITS.stop_seconds)
        self._is_left = self._thread.is_alive()

    def wait(self) -> None:
        """Return when it has ended; for as long as nobody ends it, not at all."""
        while self._thread.is_alive():  # the system may give a signal to another thread: look for it now and then
            self._thread.join(_LOOK_SECONDS)


class _Uvicorn(uvicorn.Server):
    """A server that ends at once: what it serves can be asked for again."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        if self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks, timeout=LIMITS.stop_seconds)


class _Connection(H11Protocol):
    """A connection that ends when its reader takes too long to ask, or to take what waits for them."""

    _asking: asyncio.TimerHandle | None = None
    _stalled: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        super().connection_made(transport)
        # Whatever the system does not take at once waits for the reader, and the next piece with it.
        transport.set_write_buffer_limits(high=0)
        # Head and body go out in two writes; Nagle's rule would hold the second one back for 40 ms.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if len(self.connections) > _most_connections():
            transport.abort()
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        for timer in (self._asking, self._stalled, self.timeout_keep_alive_task):
            if timer:
                timer.cancel()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def eof_received(self) -> bool:  # type: ignore[override]  # uvicorn's gives nothing, and so closes
        """Go on sending to who only ends to ask; end if there is nothing to send."""
        if self.cycle is None or self.cycle.response_complete:
            return False
        self.cycle.keep_alive = False
        return True

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stalled = self.loop.call_later(LIMITS.stall_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._stalled:
            self._stalled.cancel()

    def _watch(self) -> None:
        """Limit the time of a request that is not yet here, however its bytes come."""
        if self.cycle is not None and not self.cycle.response_complete:
            if self._asking:
                self._asking.cancel()
                self._asking = None
        elif not self._asking:
            self._asking = self.loop.call_later(LIMITS.ask_seconds, self.transport.abort)


def _allow_files() -> None:
    """Let the process have more files open, where the system lets it: a reader takes two."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = LIMITS.files if hard == resource.RLIM_INFINITY else min(LIMITS.files, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _most_connections() -> int:
    """Return how many connections the files that we may have open are enough for."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files == resource.RLIM_INFINITY:
        return LIMITS.connections
    return min(LIMITS.connections, (files - LIMITS.own_files) // 2)
