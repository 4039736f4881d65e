"""Certificates that an agency's server should send and does not: the links between its own and an authority we trust.

They make no one trusted: a chain must still end at an authority of the system. https://www.rfc-editor.org/rfc/rfc5246#section-7.4.2
"""

import ssl
from pathlib import Path

from catalog.declaration.dataset import Agency
from catalog.errors import DeclarationError

_BEGIN = "-----BEGIN CERTIFICATE-----"


def read_intermediates(datasets: Path, agency: Agency) -> str:
    """Return the intermediate certificates of an agency, in PEM; nothing where none are declared.

    Args:
        datasets: the folder of agencies.yaml, where their files lie.
        agency: the entry.

    Raises:
        DeclarationError: a file is not there, or holds something else than intermediate certificates.
    """
    return "\n".join(_read(datasets / name) for name in agency.intermediates)


def _read(path: Path) -> str:
    place = f"agencies.yaml: intermediates: {path.name}"
    if path.is_symlink() or not path.is_file():
        raise DeclarationError(f"{place}: expected this file beside agencies.yaml, found none")
    text = path.read_text(encoding="utf-8", errors="replace")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(cadata=text)
    except (ssl.SSLError, ValueError) as error:
        raise DeclarationError(f"{place}: expected certificates in PEM, found none that can be read") from error
    found = context.get_ca_certs()
    if len(found) != text.count(_BEGIN):
        raise DeclarationError(f"{place}: expected certificates of authorities only, found one of a server")
    if any(one["subject"] == one["issuer"] for one in found):
        raise DeclarationError(
            f"{place}: expected intermediate certificates, found a root, which only the system may trust; leave it out"
        )
    return text
