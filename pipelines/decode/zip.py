"""Zip bodies, KMZ among them -> records: one member, named by the declaration, in a format of its own."""

import fnmatch

import pyarrow as pa
from pydantic import Field

from catalog.errors import SourceError
from pipelines.decode import Formatted
from pipelines.decode.parts.archive import Archive
from pipelines.decode.parts.beside import MEMBER, with_constant

_SHOWN = 10


class Reading(Formatted):
    """What a declaration may say of a zip file: which member, and its format and reading."""

    member: str = Field(min_length=1, description="its name, or a pattern that fits one name only: *.kml")
    names: str | None = Field(
        default=None,
        pattern=r"^(cp950|big5|utf-8)$",
        description="the encoding of members' names, where it is not said",
    )


def decode(body: bytes, reading: Reading) -> pa.Table:
    """Return the records of the one member.

    Raises:
        SourceError: no zip file, no such member or several, more than the limits, or what the member's format says.
    """
    archive = Archive(body, names=reading.names)
    found = [name for name in archive.names if name == reading.member]
    found = found or [name for name in archive.names if fnmatch.fnmatchcase(name, reading.member)]
    if len(found) != 1:
        listed = found or archive.names
        shown = ", ".join(map(repr, listed[:_SHOWN])) + (", …" if len(listed) > _SHOWN else "")
        raise SourceError(f"expected one member {reading.member!r}, found {len(found)}; there are {shown or 'none'}")
    try:
        return with_constant(reading.records(archive.unpack(found[0])), MEMBER, found[0])
    except SourceError as error:
        raise SourceError(f"{found[0][:60]}: {error}") from error
