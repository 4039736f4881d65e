"""The release document as types: parsed once, checked whole, frozen. Reads and writes nothing.

A release document is a Data Package 2.0 descriptor (https://datapackage.org/standard/data-package/) in canonical JSON
(RFC 8785): the SHA-256 of the file is the release's identity. docs/layout.md tells every property. What has no type
here stays in `document`: a later version may add properties, and this one still reads it.
"""

import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Any, Literal, NoReturn, TypeVar

from pydantic import AfterValidator, AliasPath, BeforeValidator, Field, TypeAdapter, ValidationError

from catalog import keys
from catalog.declaration.explain import sentence
from catalog.errors import IntegrityError, StoreError
from catalog.formats import csv, parquet
from catalog.release.changes import Counts
from catalog.release.digest import Document, numbers, sha256
from catalog.release.version import Kind

Verdict = Literal["pass", "hold", "block"]
FACTS = ("quality", "provenance", "declaration")
"""Every release has a file of each."""
MOST_FETCHES = 1_000_000
"""In the ranges of one release: more than a century of hourly fetches."""
_HASH = "sha256:"
_SHOWN_BYTES = 60
_MEND = "`minsheng repair` restores it if it can, or restore it from a mirror"


def _inside(path: str) -> str:
    try:
        return keys.check_key(path)
    except StoreError:
        raise ValueError("expected a path below the dataset's folder") from None


def _moment(text: str) -> str:
    if dt.datetime.fromisoformat(text).tzinfo is None:
        raise ValueError("expected a time with its offset, as 2026-07-05T12:00:00+08:00")
    return text


def _unprefixed(value: object) -> object:
    if isinstance(value, str) and value.startswith(_HASH):
        return value.removeprefix(_HASH)
    raise ValueError(f"expected {_HASH} and 64 hex digits")


def _expanded(value: object) -> tuple[int, ...]:
    if not isinstance(value, list):
        raise ValueError("expected ranges, as [[1, 3], [7, 7]]")
    last = count = 0
    for pair in value:
        if not (isinstance(pair, list) and len(pair) == 2 and all(type(number) is int for number in pair)):
            raise ValueError("expected ranges, as [[1, 3], [7, 7]]")
        if not last < pair[0] <= pair[1]:
            raise ValueError("expected ranges in order, from 1 on")
        last, count = pair[1], count + pair[1] - pair[0] + 1
        if count > MOST_FETCHES:
            raise ValueError(f"expected at most {MOST_FETCHES:,} fetches")
    return numbers(value)


def _counted(value: object) -> Counts:
    if not (isinstance(value, dict) and set(value) == set(Counts._fields)):
        raise ValueError(f"expected {', '.join(Counts._fields)}")
    if not all(type(count) is int and count >= 0 for count in value.values()):
        raise ValueError("expected counts from 0 on")
    return Counts(**value)


def _by_name(value: object) -> object:
    """Files of facts by what they hold: `facts/quality.0123456789abcdef.json` is `quality`."""
    paths = [each.get("path") for each in value if isinstance(each, dict)] if isinstance(value, list) else []
    named = [str(path).removeprefix("facts/").partition(".")[0] for path in paths]
    if not isinstance(value, list) or len(set(named)) != len(value) or not set(FACTS) <= set(named):
        raise ValueError(f"expected a list with one file each of {', '.join(FACTS)}")
    return dict(zip(named, value, strict=True))


def _with_document(value: object) -> object:
    return {**value, "document": value} if isinstance(value, dict) else value


def _at(first: str, *rest: str) -> Any:
    """Where a value stands in the document, if not under its own name."""
    return Field(validation_alias=AliasPath(first, *rest))


Size = Annotated[int, Field(ge=0, strict=True)]
Number = Annotated[int, Field(ge=1, strict=True)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
SemVer = Annotated[str, Field(pattern=r"^[0-9]{1,9}\.[0-9]{1,9}\.[0-9]{1,9}$")]
Path = Annotated[str, AfterValidator(_inside)]
Moment = Annotated[str, AfterValidator(_moment)]
"""ISO 8601, with offset."""
Fetches = Annotated[tuple[int, ...], BeforeValidator(_expanded)]
"""Numbers of fetches; in the document as ranges."""


@dataclass(frozen=True)
class FileReference:
    """A file that a document names, its path relative to the dataset's folder."""

    path: Path
    bytes: Size
    sha256: Sha256


@dataclass(frozen=True)
class Resource:
    """A table of a release, in one file."""

    name: str
    path: Path
    bytes: Size
    sha256: Annotated[Sha256, BeforeValidator(_unprefixed), _at("hash")]
    rows: Annotated[Size, _at("minsheng", "rows")]
    content_sha256: Annotated[Sha256, _at("minsheng", "content_sha256")]
    document: Mapping[str, object] = field(repr=False)
    """As it stands in the release document."""
    partition: Annotated[str | None, _at("minsheng", "partition")] = None
    """The label of its partition; None for changes and quarantine."""
    footer_bytes: Annotated[Size | None, _at("minsheng", "footer_bytes")] = None
    """Of a Parquet file: what a reader needs before any row."""

    @property
    def is_parquet(self) -> bool:
        """Whether the file is Parquet."""
        return self.path.endswith(f".{parquet.END}")

    @property
    def is_csv(self) -> bool:
        """Whether the file is the canonical CSV, compressed."""
        return self.path.endswith(f".{csv.END}")

    @property
    def reference(self) -> FileReference:
        """The file, as any other one."""
        return FileReference(self.path, self.bytes, self.sha256)


@dataclass(frozen=True)
class PreviousRelease:
    """The release that another one follows."""

    n: Number
    candidate: Sha256
    sha256: Sha256 | None = None
    """Of its document; None in a candidate."""


@dataclass(frozen=True)
class Input:
    """A release of another dataset, from which this one took something."""

    dataset: Slug
    n: Number
    sha256: Sha256


@dataclass(frozen=True)
class Approval:
    """Who let a release pass: `auto`, or a steward with a reason."""

    by: str
    reason: str | None = None
    second: "Approval | None" = None
    """Of another person, where the declaration asks for two."""

    @property
    def people(self) -> tuple["Approval", ...]:
        """The approvals, one for each person."""
        return (self, *self.second.people) if self.second else (self,)


@dataclass(frozen=True)
class Licence:
    """Under what the data may be used."""

    name: str
    path: str
    title: str


@dataclass(frozen=True)
class ReleaseContributor:
    """Somebody who had a part in the data."""

    title: str
    roles: tuple[str, ...] = ()
    path: str | None = None


@dataclass(frozen=True)
class SourceReference:
    """Where the data comes from."""

    title: str
    path: str | None = None


@dataclass(frozen=True, kw_only=True)
class ReleaseFacts:
    """The block `minsheng`: all that Data Package has no words for, without what the commit adds."""

    kind: Kind
    previous: PreviousRelease | None
    base: Number | None
    as_of: Moment
    """When the newest fetch that is folded began."""
    fingerprint: Sha256
    evidence: Fetches
    over: Fetches = ()
    """Later evidence, judged already, that kept the last word where it speaks of the same key."""
    inputs: tuple[Input, ...]
    changes: Annotated[Counts, BeforeValidator(_counted)]
    verdict: Annotated[Verdict, _at("quality", "verdict")]
    failed: Annotated[tuple[str, ...], _at("quality", "failed")]
    suite: Annotated[Sha256, _at("quality", "suite")]
    schema: FileReference
    facts: Annotated[Mapping[str, FileReference], BeforeValidator(_by_name)]
    """By name: quality, provenance, declaration."""
    synthetic: Annotated[bool, Field(strict=True)]


@dataclass(frozen=True, kw_only=True)
class Described:
    """What a candidate and a release both say."""

    document: Mapping[str, object] = field(repr=False)
    """As it is stored: for its canonical bytes. What it says has its types below."""
    name: Slug
    title: str
    description: str
    attribution: str
    title_zh: Annotated[str, _at("translations", "zh-TW", "title")]
    description_zh: Annotated[str, _at("translations", "zh-TW", "description")]
    attribution_zh: Annotated[str, _at("translations", "zh-TW", "attribution")]
    licenses: Annotated[tuple[Licence, ...], Field(min_length=1)]
    contributors: tuple[ReleaseContributor, ...]
    sources: tuple[SourceReference, ...]
    resources: Annotated[tuple[Annotated[Resource, BeforeValidator(_with_document)], ...], Field(repr=False)]
    facts: Annotated[ReleaseFacts, _at("minsheng")] = field(repr=False)

    @cached_property
    def partitions(self) -> Mapping[str, Resource]:
        """The Parquet resource of each partition, by label, in the order of labels."""
        return self._of_partitions(lambda each: each.is_parquet)

    @cached_property
    def texts(self) -> Mapping[str, Resource]:
        """The CSV resource of each partition, by label, in the order of labels."""
        return self._of_partitions(lambda each: each.is_csv)

    def _of_partitions(self, wanted: Callable[[Resource], bool]) -> Mapping[str, Resource]:
        found = {each.partition: each for each in self.resources if each.partition is not None and wanted(each)}
        return dict(sorted(found.items()))

    @property
    def hashes(self) -> dict[str, str]:
        """The content hash of each partition."""
        return {label: each.content_sha256 for label, each in self.partitions.items()}

    @property
    def rows(self) -> int:
        """Rows of the whole table."""
        return sum(each.rows for each in self.partitions.values())

    @property
    def total_bytes(self) -> int:
        """Bytes of all files that it names."""
        return sum(each.bytes for each in self.files())

    def resource(self, part: str) -> Resource | None:
        """Return the resource named `<dataset>_<part>`, or None."""
        name = f"{self.name}_{part}"
        return next((each for each in self.resources if each.name == name), None)

    def files(self) -> tuple[FileReference, ...]:
        """Return every file that the document names: tables, facts, schema."""
        tables = [each.reference for each in self.resources]
        return (*tables, *self.facts.facts.values(), self.facts.schema)

    def about(self) -> Document:
        """Return the properties for people as they stand in the document, for lists of datasets."""
        names = ("name", "title", "description", "translations", "licenses")
        return {name: self.document[name] for name in names}


@dataclass(frozen=True, kw_only=True)
class Candidate(Described):
    """A release that is not one yet: all but what the commit adds."""

    identity: Sha256
    """The SHA-256 of its document, the same on every machine with the same code and lock."""

    @classmethod
    def parse(cls, body: bytes, place: str) -> "Candidate":
        """Read a candidate's document; `place` names it in messages.

        Raises:
            IntegrityError: it is none; says what is wrong where.
        """
        return _read(_CANDIDATE, body, place, {"identity": sha256(body)})


@dataclass(frozen=True, kw_only=True)
class Release(Described):
    """A committed release."""

    sha256: Sha256
    """Of the bytes that are stored: the identity of the release."""
    n: Annotated[Number, _at("minsheng", "n")]
    """The number of the release: 1, 2, 3 ..."""
    candidate: Annotated[Sha256, _at("minsheng", "candidate")]
    """The id of the candidate that became this release."""
    approval: Annotated[Approval, _at("minsheng", "approval")]
    version: SemVer
    created: Moment

    @classmethod
    def parse(cls, body: bytes, place: str) -> "Release":
        """Read a release document; `place` names it in messages.

        Raises:
            IntegrityError: it is none; says what is wrong where.
        """
        return _read(_RELEASE, body, place, {"sha256": sha256(body)})


_CANDIDATE = TypeAdapter(Candidate)
_RELEASE = TypeAdapter(Release)
_Kind = TypeVar("_Kind", bound=Described)


def _read(kind: TypeAdapter[_Kind], body: bytes, place: str, identity: dict[str, str]) -> _Kind:
    try:
        document = json.loads(body.decode(), parse_constant=_no_number)
        read = kind.validate_python({**document, **identity, "document": document})
    except ValidationError as error:
        raise IntegrityError(f"{place}: expected a release document; {_first(error)}; {_MEND}") from None
    except (ValueError, TypeError, RecursionError) as error:
        raise IntegrityError(f"{place}: expected a release document, found {body[:_SHOWN_BYTES]!r}; {_MEND}") from error
    tables = [each for each in read.resources if each.partition is not None]
    if len(tables) != 2 * len(read.partitions) or set(read.texts) != set(read.partitions):
        raise IntegrityError(f"{place}: expected each partition once as CSV and once as Parquet; {_MEND}")
    return read


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON")


def _first(error: ValidationError) -> str:
    """The first of the faults, as `minsheng.as_of: expected ..., found 'yesterday'`."""
    fault = error.errors(include_url=False)[0]
    where = ".".join(map(str, fault["loc"]))
    return f"{where} {sentence(fault)}" if fault["type"] == "missing" else f"{where}: {sentence(fault)}"
