"""Zip files (https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT), read with bounds; no name is ever a path.

Python's zipfile unpacks. It has no bound for all members together, takes the last of two members with one name, and
unpacks bzip2 and LZMA without any bound; what stands here refuses these.
"""

import io
import struct
import zipfile
import zlib

from catalog.errors import SourceError
from pipelines.decode.parts.limits import LIMITS

_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
"""The others cannot be unpacked with a bound."""
_BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, ValueError, NotImplementedError)


class Archive:
    """The members of a zip file, by name; each is unpacked when asked for, and all together up to the limit."""

    def __init__(self, body: bytes, what: str = "a zip file", names: str | None = None) -> None:
        """Look at the directory of a zip file.

        Args:
            body: its bytes.
            what: what is expected, for messages.
            names: the encoding of names that do not say that they are UTF-8; default: that of the standard.

        Raises:
            SourceError: no zip file, more members than the limit, or one that stands twice.
        """
        self._what, self._left = what, LIMITS.unpacked_bytes
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(body), metadata_encoding=names)
        except (*_BROKEN, OverflowError) as error:
            raise SourceError(f"expected {what}, found a body that begins {body[:60]!r} ({error})") from error
        entries = [one for one in self._zip.infolist() if not one.filename.endswith("/")]
        if len(entries) > LIMITS.members:
            raise SourceError(f"expected {what} of at most {LIMITS.members:,} members, found {len(entries):,}")
        self._entries: dict[str, zipfile.ZipInfo] = {}
        for entry in entries:
            if entry.filename in self._entries:
                raise SourceError(f"expected each member once, found {entry.filename[:60]!r} more than once in {what}")
            self._entries[entry.filename] = entry

    @property
    def names(self) -> list[str]:
        """The names of all members, in order."""
        return list(self._entries)

    def unpack(self, name: str) -> bytes:
        """Return what a member holds.

        Raises:
            SourceError: encrypted, packed in another way, broken, or more than the limit.
        """
        entry = self._entries[name]
        if entry.flag_bits & 1:
            raise SourceError(f"expected a member that anyone can read, found {name[:60]!r} encrypted")
        if entry.compress_type not in _METHODS:
            raise SourceError(
                f"expected a stored or deflated member, found {name[:60]!r} packed by {entry.compress_type}"
            )
        try:
            with self._zip.open(entry) as member:
                found = member.read(self._left + 1)
        except _BROKEN as error:
            raise SourceError(f"expected {self._what}, found {name[:60]!r} broken ({error})") from error
        self._left -= len(found)
        if self._left < 0:
            raise SourceError(f"expected {self._what} of at most {LIMITS.unpacked_bytes:,} bytes, found more")
        return found

    def unpack_all(self) -> dict[str, bytes]:
        """Return what every member holds, by name; raises SourceError as `unpack` does."""
        return {name: self.unpack(name) for name in self.names}


def around(members: dict[str, bytes]) -> bytes:
    """Return a zip file of these members alone, for a library that may read another one in its own way."""
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_STORED) as made:
        for name, content in members.items():
            made.writestr(zipfile.ZipInfo(name), content)
    return body.getvalue()
