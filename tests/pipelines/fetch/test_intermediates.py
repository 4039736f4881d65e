"""A server that sends its own certificate and not the one between it and the authority: real TLS on loopback."""

import contextlib
import datetime as dt
import http.server
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from worlds import SLUG, World, declaration

from catalog.declaration.dataset import Agency, load_agencies, load_dataset
from catalog.errors import DeclarationError
from pipelines.fetch.fetcher import Fetcher
from pipelines.fetch.intermediates import read_intermediates
from pipelines.fetch.transport import FetchLimits, trusted_authorities

DATASETS = Path(__file__).resolve().parents[3] / "datasets"
SINCE, UNTIL = dt.datetime(2020, 1, 1, tzinfo=dt.UTC), dt.datetime(2120, 1, 1, tzinfo=dt.UTC)


class Issued(NamedTuple):
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    @property
    def private(self) -> str:
        form = serialization.PrivateFormat.PKCS8
        return self.key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


def issued(name: str, by: Issued | None = None, server: bool = False) -> Issued:
    """A certificate, signed by another one or by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signer = by.key if by else key
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    usage = x509.KeyUsage(server, False, False, False, False, not server, not server, False, False)
    builder = (
        x509.CertificateBuilder(by.certificate.subject if by else subject, subject, key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(SINCE)
        .not_valid_after(UNTIL)
        .add_extension(x509.BasicConstraints(ca=not server, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(identifier, critical=False)
        .add_extension(usage, critical=True)
    )
    if server:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    return Issued(builder.sign(signer, hashes.SHA256()), key)


class Chain(NamedTuple):
    root: Issued
    between: Issued
    server: Issued


@pytest.fixture(scope="module")
def chain() -> Chain:
    root = issued("A root")
    between = issued("Between", root)
    return Chain(root, between, issued("localhost", between, server=True))


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b"site,level\na,1\n"
        self.send_response_only(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


class _Server(http.server.ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # a caller that does not trust it hangs up


@contextlib.contextmanager
def serving(folder: Path, chain: Chain) -> Iterator[str]:
    """A server that sends no certificate but its own."""
    (folder / "server.pem").write_text(chain.server.pem + chain.server.private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    server = _Server(("127.0.0.1", 0), _Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"https://localhost:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def world(tmp_path: Path) -> World:
    found = World(tmp_path / "home")
    found.declare(declaration())
    return found


@pytest.mark.parametrize(
    ("trusted", "added", "answers"),
    [(True, True, True), (True, False, False), (False, True, False)],
    ids=["added", "not added", "its root is not trusted"],
)
def test_a_chain_is_made_whole_and_verified_all_the_same(
    world: World, chain: Chain, monkeypatch: pytest.MonkeyPatch, trusted: bool, added: bool, answers: bool
):
    (world.root / "roots.pem").write_text((chain.root if trusted else issued("Another root")).pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(world.root / "roots.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(world.root / "none"))
    (world.datasets / "between.pem").write_text(chain.between.pem)
    of = {"title": {"en": "W", "zh-TW": "W"}, "homepage": "https://waters.example", "hosts": ["waters.example"]}
    agency = Agency.model_validate(of | ({"intermediates": ["between.pem"]} if added else {}))
    trusted_authorities.cache_clear()
    try:
        with serving(world.root, chain) as url:
            fetcher = Fetcher({}, FetchLimits(attempts=1), url)
            fetched = fetcher.fetch(load_dataset(world.datasets, SLUG), world.datasets / SLUG, agency, None)
    finally:
        trusted_authorities.cache_clear()
    assert fetched.answered == answers
    assert "certificate verify failed" in str(fetched.why) or answers


@pytest.mark.parametrize(
    ("pem", "words"),
    [
        (lambda chain: chain.root.pem, "found a root, which only the system may trust"),
        (lambda chain: chain.server.pem, "found one of a server"),
        (lambda chain: "no certificate", "expected certificates in PEM"),
        (None, "expected this file beside agencies.yaml"),
    ],
)
def test_what_is_no_intermediate_is_refused(tmp_path: Path, chain: Chain, pem: Any, words: str):
    if pem:
        (tmp_path / "x.pem").write_text(pem(chain))
    of = {"title": {"en": "W", "zh-TW": "W"}, "homepage": "https://waters.example", "intermediates": ["x.pem"]}
    with pytest.raises(DeclarationError, match=words):
        read_intermediates(tmp_path, Agency.model_validate(of))


def of_the_system(subject: x509.Name) -> x509.Certificate | None:
    """The authority of this machine that has this name, or nothing."""
    paths, context = ssl.get_default_verify_paths(), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    for file in [Path(paths.cafile)] if paths.cafile else sorted(Path(paths.capath or "/nowhere").glob("*.pem")):
        context.load_verify_locations(file)
    # only those that hold the name are parsed: some others are malformed
    named = (each for each in context.get_ca_certs(binary_form=True) if subject.public_bytes() in each)
    found = map(x509.load_der_x509_certificate, named)
    return next((each for each in found if each.subject == subject), None)


@pytest.mark.parametrize("name", [name for name, agency in load_agencies(DATASETS).items() if agency.intermediates])
def test_what_we_add_for_an_agency_is_signed_by_an_authority_of_the_system(name: str):
    added = read_intermediates(DATASETS, load_agencies(DATASETS)[name]).encode()
    for certificate in x509.load_pem_x509_certificates(added):
        authority = of_the_system(certificate.issuer)
        if authority is None:
            pytest.skip(f"this machine does not know {certificate.issuer.rfc4514_string()}")
        certificate.verify_directly_issued_by(authority)
        assert certificate.not_valid_after_utc > dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
