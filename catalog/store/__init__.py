"""Object stores behind one protocol: a directory, any S3, and a mirror that can only be read."""

from pathlib import Path
from urllib.parse import urlsplit

from catalog.errors import StoreError
from catalog.store.base import Absent, Blob, Changed, Exists, HasClock, Head, Span, Store, Unknown
from catalog.store.file import FileStore
from catalog.store.sure import probe, put_first, put_over, put_same

__all__ = [
    "Absent",
    "Blob",
    "Changed",
    "Exists",
    "HasClock",
    "Head",
    "Span",
    "Store",
    "Unknown",
    "check_address",
    "open_store",
    "probe",
    "put_first",
    "put_over",
    "put_same",
]

_KNOWN = "known are file:DIR, s3://BUCKET/PREFIX, and https://HOST/PATH or http://HOST/PATH (read-only)"


def open_store(url: str) -> Store:
    """Return the store at an address; nothing is asked of it yet.

    Args:
        url: `file:DIR`, `s3://BUCKET/PREFIX` (endpoint and credentials from boto3's usual environment), or an http(s)
            address that is only read.

    Raises:
        StoreError: the address is none of these, or holds a password or a query.
    """
    folder = check_address(url)
    if folder:
        return FileStore(folder)
    if url.startswith("s3:"):
        # boto3 costs more than half a second to import; a directory or a mirror does not pay for it.
        from catalog.store.s3 import S3Store

        parts = urlsplit(url)
        return S3Store(parts.netloc, parts.path.strip("/"))
    from catalog.store.https import HttpsStore

    return HttpsStore(url)


def check_address(url: str) -> Path | None:
    """See that an address is one of a store, and return the folder of a directory, None for any other kind.

    Raises:
        StoreError: it is none, or holds a password or a query.
    """
    scheme, _, rest = url.partition(":")
    if scheme == "file":
        return _folder(rest)
    if scheme not in {"s3", "http", "https"}:
        raise StoreError(f"no store has an address that begins with {scheme[:20]!r}: {_KNOWN}")
    parts = urlsplit(url)
    # The address itself is not repeated here, because it may hold what must not be shown.
    if parts.username or parts.password or parts.query or parts.fragment:
        raise StoreError(
            f"a {scheme} address must be without user, password, query and fragment, because it is shown in reports: "
            "give credentials by the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY)"
        )
    if not parts.netloc:
        raise StoreError(f"{url!r} names no host or bucket: {_KNOWN}")
    return None


def _folder(rest: str) -> Path:
    if rest.startswith("//"):
        host, _, path = rest[2:].partition("/")
        if host not in {"", "localhost"}:
            raise StoreError(f"file://{host}/... names a host: write file:DIR or file:///DIR")
        rest = f"/{path}"
    if not rest:
        raise StoreError("file: names no directory: write file:DIR")
    return Path(rest)
