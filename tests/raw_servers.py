"""Servers on loopback that say what they like, byte by byte, in plain or over TLS; and a certificate for any name."""

import contextlib
import datetime as dt
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

PAUSE = 0.02
"""Seconds between two drops of a server that drips."""
Act = Callable[["Connection"], None]


class Connection(NamedTuple):
    """One connection of a server."""

    socket: socket.socket
    stopped: threading.Event

    def hear(self) -> bytes:
        """The head of a request."""
        heard = b""
        while not heard.endswith(b"\r\n\r\n") and (part := self.socket.recv(65536)):
            heard += part
        return heard

    def drip(self, *drops: bytes, pause: float = PAUSE) -> None:
        """Send the drops one after the other, the last again and again, until the other side goes."""
        for drop in drops[:-1]:
            self.socket.sendall(drop)
        while not self.stopped.wait(pause):
            self.socket.sendall(drops[-1])


class Raw(NamedTuple):
    """A server: where it is, and what it heard."""

    port: int
    heard: list[bytes]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextlib.contextmanager
def raw_server(
    act: Act, host: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None, listen: bool = True
) -> Iterator[Raw]:
    """Do the same with each connection, after its request was heard; with `listen=False` before anything was.

    All threads have ended when it ends: no connection outlives its test.
    """
    stopped, threads, heard = threading.Event(), [], list[bytes]()
    server = socket.create_server((host, port))
    server.settimeout(0.05)

    def speak(plain: socket.socket) -> None:
        with contextlib.suppress(OSError), plain:
            plain.settimeout(5)
            with tls.wrap_socket(plain, server_side=True) if tls else plain as connected:
                connection = Connection(connected, stopped)
                if listen:
                    heard.append(connection.hear())
                act(connection)

    def serve() -> None:
        while not stopped.is_set():
            with contextlib.suppress(TimeoutError):
                threads.append(thread := threading.Thread(target=speak, args=(server.accept()[0],)))
                thread.start()

    threads.append(accepting := threading.Thread(target=serve))
    accepting.start()
    try:
        yield Raw(server.getsockname()[1], heard)
    finally:
        stopped.set()
        accepting.join()
        for thread in threads:
            thread.join()
        server.close()


class Certificate(NamedTuple):
    """Of a server, and what a client trusts."""

    server: ssl.SSLContext
    client: ssl.SSLContext


def certificate(folder: Path, *names: str) -> Certificate:
    """A certificate for these names, which signs itself."""
    key, now = ec.generate_private_key(ec.SECP256R1()), dt.datetime.now(dt.UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, names[0])])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(each) for each in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    pem, chain = folder / "key.pem", folder / "certificate.pem"
    pem.write_bytes(key.private_bytes(serialization.Encoding.PEM, *private))
    chain.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(chain, pem)
    client = ssl.create_default_context(cafile=str(chain))
    client.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return Certificate(server, client)
