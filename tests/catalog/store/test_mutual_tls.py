"""The certificate of the inner ports, and whether a port refuses who does not show it: asked of real servers."""

import contextlib
import datetime as dt
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509

from catalog.store import mutual_tls
from catalog.store.mutual_tls import Certificate, make_certificate, refuses_strangers


@pytest.fixture
def shown(tmp_path: Path) -> Path:
    return write(tmp_path / "a", make_certificate())


def write(folder: Path, pair: Certificate) -> Path:
    """Write a pair, and return the file of the certificate; the key lies beside it."""
    folder.mkdir()
    (folder / "key.pem").write_text(pair.key)
    (folder / "certificate.pem").write_text(pair.certificate)
    return folder / "certificate.pem"


def side(kind: int, own: Path | None, trusted: Path | None) -> ssl.SSLContext:
    context = ssl.SSLContext(kind)
    if own:
        context.load_cert_chain(own, own.with_name("key.pem"))
    if trusted:
        context.load_verify_locations(trusted)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


@contextlib.contextmanager
def serving(context: ssl.SSLContext | None) -> Iterator[int]:
    """A server of one connection, which says one byte to whom it hears; its port."""

    def answer() -> None:
        with (
            contextlib.suppress(OSError),
            listener,
            listener.accept()[0] as plain,
            context.wrap_socket(plain, server_side=True) if context else plain as heard,
        ):
            heard.sendall(b"!")

    listener = socket.create_server(("127.0.0.1", 0))
    port: int = listener.getsockname()[1]
    thread = threading.Thread(target=answer)
    thread.start()
    yield port
    thread.join()


def test_who_asks_for_the_certificate_refuses_strangers(shown: Path) -> None:
    with serving(side(ssl.PROTOCOL_TLS_SERVER, shown, shown)) as port:
        assert refuses_strangers(port, shown)


def test_who_hears_anyone_does_not(shown: Path) -> None:
    with serving(side(ssl.PROTOCOL_TLS_SERVER, shown, None)) as port:
        assert not refuses_strangers(port, shown)
    with serving(None) as port:
        assert not refuses_strangers(port, shown)


def test_who_says_nothing_does_not(shown: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mutual_tls, "_ANSWER_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert not refuses_strangers(silent.getsockname()[1], shown)
        port = silent.getsockname()[1]
    assert not refuses_strangers(port, shown)


def test_another_program_on_the_port_is_not_taken_for_ours(shown: Path, tmp_path: Path) -> None:
    other = write(tmp_path / "b", make_certificate())
    with serving(side(ssl.PROTOCOL_TLS_SERVER, other, other)) as port:
        assert not refuses_strangers(port, shown)


def test_both_ends_are_known_by_the_one_certificate(shown: Path) -> None:
    client = side(ssl.PROTOCOL_TLS_CLIENT, shown, shown)
    with (
        serving(side(ssl.PROTOCOL_TLS_SERVER, shown, shown)) as port,
        socket.create_connection(("127.0.0.1", port), timeout=10) as plain,
        client.wrap_socket(plain, server_hostname="127.0.0.1") as heard,
    ):
        assert heard.recv(1) == b"!"


def test_no_clock_ends_it(shown: Path) -> None:
    certificate = x509.load_pem_x509_certificate(shown.read_bytes())
    assert certificate.not_valid_before_utc == dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    assert certificate.not_valid_after_utc.year == 9999


def test_it_is_random_and_signs_nothing_else() -> None:
    one, other = make_certificate(), make_certificate()
    assert one.key != other.key
    certificate = x509.load_pem_x509_certificate(one.certificate.encode())
    assert certificate.issuer == certificate.subject
    with pytest.raises(x509.ExtensionNotFound):
        certificate.extensions.get_extension_for_class(x509.BasicConstraints)
