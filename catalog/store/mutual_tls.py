"""The certificate by which the parts of one server know each other, so that nobody else is heard.

One certificate, signed by itself, is authority, server and client at once: there is no second one to trust, and no
authority whose key could sign more. It is made anew at each start and no clock ends it, so none is ever renewed late.
"""

import datetime as dt
import ipaddress
import socket
import ssl
from pathlib import Path
from typing import NamedTuple

HOST = "127.0.0.1"
_ANSWER_SECONDS = 10.0
_NAME = "minsheng inner ports"
_FIRST, _LAST = dt.datetime(1970, 1, 1, tzinfo=dt.UTC), dt.datetime(9999, 12, 31, 23, 59, 59, tzinfo=dt.UTC)
"""RFC 5280, 4.1.2.5: no well-defined expiration. The clock of a machine may be wrong at the start, or be set later."""


class Certificate(NamedTuple):
    """A certificate and its key, both in PEM."""

    certificate: str
    key: str


def make_certificate() -> Certificate:
    """Return a new certificate for both ends of a connection on loopback, with a new random key."""
    # Here: only who starts a server pays for the import.
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509 import oid

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(oid.NameOID.COMMON_NAME, _NAME)])
    both_ends = [oid.ExtendedKeyUsageOID.SERVER_AUTH, oid.ExtendedKeyUsageOID.CLIENT_AUTH]
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), _FIRST, _LAST)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))]), critical=False)
        .add_extension(x509.ExtendedKeyUsage(both_ends), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    return Certificate(
        certificate.public_bytes(pem).decode(),
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode(),
    )


def refuses_strangers(port: int, certificate: Path) -> bool:
    """Say whether a port of loopback shows the certificate, and refuses who does not show it too.

    Args:
        port: where a server listens.
        certificate: the file that holds the certificate.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3  # the end of this handshake is not yet the server's consent
    context.load_verify_locations(certificate)
    context.set_alpn_protocols(["h2", "http/1.1"])
    try:
        with (
            socket.create_connection((HOST, port), timeout=_ANSWER_SECONDS) as plain,
            context.wrap_socket(plain, server_hostname=HOST) as stranger,
        ):
            stranger.recv(1)  # nothing is asked: what comes now is the refusal, or no refusal comes
    except ssl.SSLError as error:
        return error.reason == "TLSV13_ALERT_CERTIFICATE_REQUIRED"
    except OSError:
        return False
    return False
