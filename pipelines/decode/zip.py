"""Zip bodies, KMZ among them -> records: the members that the declaration names, in a format of their own."""

import fnmatch
from typing import Self

import pyarrow as pa
from pydantic import Field, model_validator

from catalog.errors import SourceError
from pipelines.decode import Formatted
from pipelines.decode.parts.archive import Archive
from pipelines.decode.parts.beside import MEMBER, with_constant
from pipelines.decode.parts.together import Together, together

_SHOWN = 10


class Reading(Formatted, Together):
    """What a declaration may say of a zip file: which member or members, and their format and reading."""

    member: str | None = Field(
        default=None,
        min_length=1,
        description="its name, or a pattern that fits one name only: *.kml; default: the only one",
    )
    members: str | None = Field(
        default=None, min_length=1, description="or a pattern of the names of all that are one table: data/*.csv"
    )
    names: str | None = Field(
        default=None,
        pattern=r"^(cp950|big5|utf-8)$",
        description="the encoding of members' names, where it is not said",
    )

    @model_validator(mode="after")
    def _one(self) -> Self:
        if self.member and self.members:
            raise ValueError("which member? Write member for one, or members for all that fit a pattern")
        return self


def decode(body: bytes, reading: Reading) -> pa.Table:
    """Return the records of the one member, or of all that fit, in the order of their names.

    Raises:
        SourceError: no zip file, no such member, several where one is declared, more than the limits, other columns
            than in the first, or what the member's format says.
    """
    archive = Archive(body, names=reading.names)
    if reading.members is None:
        return _member(archive, _the_one(archive, reading.member), reading)
    found = sorted(name for name in archive.names if _fits(name, reading.members))
    if not found:
        raise SourceError(f"expected members {reading.members!r}, found none; there are {_shown(archive.names)}")
    return together({name: _member(archive, name, reading) for name in found}, reading)


def _fits(name: str, pattern: str) -> bool:
    # A Mac adds a file of its own for each one that it packs.
    return fnmatch.fnmatchcase(name, pattern) and not name.startswith("__MACOSX/")


def _the_one(archive: Archive, member: str | None) -> str:
    found = [name for name in archive.names if name == member]
    found = found or [name for name in archive.names if _fits(name, member or "*")]
    if len(found) != 1:
        shown = _shown(found or archive.names)
        if member is None:
            raise SourceError(f"expected a zip file of one member, as none is declared, found {len(found)}: {shown}")
        raise SourceError(f"expected one member {member!r}, found {len(found)}; there are {shown}")
    return found[0]


def _shown(names: list[str]) -> str:
    return (", ".join(map(repr, names[:_SHOWN])) + (", …" if len(names) > _SHOWN else "")) or "none"


def _member(archive: Archive, name: str, reading: Reading) -> pa.Table:
    try:
        return with_constant(reading.records(archive.unpack(name)), MEMBER, name)
    except SourceError as error:
        raise SourceError(f"{name[:60]}: {error}") from error
