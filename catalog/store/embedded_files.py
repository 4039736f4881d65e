"""The files that the embedded server is started with: the credentials of S3, and what closes its inner ports."""

import json
import os
import secrets
import shutil
from pathlib import Path

from catalog.store.mutual_tls import make_certificate

PUBLIC_BUCKET = "minsheng"
PRIVATE_BUCKET = "minsheng-evidence"
_S3 = "s3.json"
CERTIFICATE, _KEY = "inner.crt", "inner.key"
_NO_ROOM = b"no space left on device"


def write_secrets(folder: Path) -> None:
    """Make the credentials of S3 once, and all by which the server's parts know each other anew at each start.

    The server reads them from the files, nobody from a command line. Files of a version before are written over.

    Args:
        folder: of the server, where it is started.
    """
    keys = read_keys(folder) or {"accessKey": secrets.token_hex(10), "secretKey": secrets.token_hex(20)}
    # The one identity. With an anonymous one, anyone might use what the server offers beside S3, such as table buckets;
    # what everyone may read is said by the policy of the public bucket.
    admin = {"name": "admin", "credentials": [keys], "actions": ["Admin", "Read", "Write", "List", "Tagging"]}
    write_private(folder / _S3, json.dumps({"identities": [admin]}, indent=1))
    close_inner_ports(folder)


def close_inner_ports(folder: Path) -> None:
    """Write what lets only the parts of a server speak to each other; one that is started in the folder reads it."""
    for name, text in zip((CERTIFICATE, _KEY), make_certificate(), strict=True):
        write_private(folder / name, text)
    write_private(folder / "security.toml", _security())


def read_keys(folder: Path) -> dict[str, str]:
    """Return the credentials of S3 by the server's names for them; empty if there are none yet."""
    try:
        keys: dict[str, str] = json.loads((folder / _S3).read_text())["identities"][0]["credentials"][0]
    except FileNotFoundError:
        return {}
    return keys


def is_spoilt(folder: Path, room_mb: int) -> bool:
    """Return whether the disk was full since the server started, and has room again.

    The server's list of objects refuses each write after one that found no room, until it is started anew. While there
    is no room it is left alone: it may not come up, and goes on to serve what it has.

    Args:
        folder: of the server.
        room_mb: how much room it needs.
    """
    try:
        with (folder / "weed.log").open("rb") as log:
            was_full = any(_NO_ROOM in line for line in log)
    except FileNotFoundError:
        return False
    return was_full and shutil.disk_usage(folder / "data").free >= room_mb << 20


def _security() -> str:
    """What closes the inner ports: mutual TLS, and behind it orders that are signed; paths are of the folder."""
    own = {"cert": f'"{CERTIFICATE}"', "key": f'"{_KEY}"'}
    shown = {"ca": f'"{CERTIFICATE}"'}
    tables = {"grpc": shown}
    tables |= {f"grpc.{part}": own for part in ("master", "volume", "filer", "s3", "client")}
    tables |= {f"https.{part}": own | shown for part in ("master", "volume", "filer")}
    tables["https.client"] = {"enabled": "true"} | own | shown
    # The filer's socket in the folder speaks without TLS.
    for part in ("jwt.signing", "jwt.signing.read", "jwt.filer_signing", "jwt.filer_signing.read"):
        tables[part] = {"key": f'"{secrets.token_hex(20)}"', "expires_after_seconds": "60"}
    return "\n".join(
        f"[{table}]\n" + "".join(f"{name} = {value}\n" for name, value in values.items())
        for table, values in tables.items()
    )


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
