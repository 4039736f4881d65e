"""Releases: documents, digests, versions. Decides and computes; reads and writes nothing.

A release document is a Data Package 2.0 descriptor (https://datapackage.org/standard/data-package/) in canonical JSON
(RFC 8785): the SHA-256 of the file is the release's identity. docs/layout.md tells every property.
"""

import hashlib
import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Literal

import pyarrow as pa
import rfc8785

from catalog import keys
from catalog.declaration.dataset import Agency, Dataset
from catalog.declaration.fields import FieldDeclaration, Text
from catalog.errors import IntegrityError
from catalog.formats import csv, parquet
from catalog.release.changes import Counts

Document = dict[str, Any]
Kind = Literal["first", "regular", "correction", "schema", "refold", "metadata"]
Verdict = Literal["pass", "hold", "block"]

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
_AT_COMMIT = ("n", "approval", "candidate")
SYNTHETIC = Text.model_validate(
    {"en": "SYNTHETIC: made by the sandbox, not by an agency. ", "zh-TW": "合成資料：由模擬環境產生，並非機關資料。"}
)


def sha256(body: bytes) -> str:
    """Return the SHA-256 of bytes, in hex."""
    return hashlib.sha256(body).hexdigest()


def canonical(document: Any) -> bytes:
    """Return JSON values as canonical JSON (RFC 8785)."""
    return rfc8785.dumps(document)


@dataclass(frozen=True)
class File:
    """A file of a release, by its path relative to the dataset's folder; the name ends in its own hash."""

    path: str
    body: bytes = field(repr=False)
    sha256: str


@dataclass(frozen=True)
class Release:
    """A committed release: its document, and the hash of the bytes that are stored."""

    document: Document = field(repr=False)
    sha256: str

    @classmethod
    def parse(cls, body: bytes, place: str) -> "Release":
        """Read a stored document; `place` names it in messages."""
        try:
            document = json.loads(body)
            document["minsheng"]["n"] + 0
        except (ValueError, TypeError, KeyError) as error:
            raise IntegrityError(f"{place}: expected a release document, found {body[:60]!r}") from error
        return cls(document, sha256(body))

    @property
    def facts(self) -> Document:
        """The block that Data Package has no words for."""
        found: Document = self.document["minsheng"]
        return found

    @property
    def n(self) -> int:
        """The number of the release: 1, 2, 3 ..."""
        return int(self.facts["n"])

    @property
    def candidate(self) -> str:
        """The id of the candidate that became this release."""
        return str(self.facts["candidate"])

    @property
    def rows(self) -> int:
        """Rows of the whole table."""
        return sum(one["minsheng"]["rows"] for one in self.partitions.values())

    @property
    def partitions(self) -> dict[str, Document]:
        """The Parquet resource of each partition, by label."""
        return {
            one["minsheng"]["partition"]: one
            for one in self.document["resources"]
            if "partition" in one["minsheng"] and one["path"].endswith(parquet.END)
        }

    @property
    def hashes(self) -> dict[str, str]:
        """The content hash of each partition."""
        return {label: one["minsheng"]["content_sha256"] for label, one in self.partitions.items()}

    def resource(self, part: str) -> Document | None:
        """Return the resource named `<slug>_<part>`, or None."""
        name = f"{self.document['name']}_{part}"
        return next((one for one in self.document["resources"] if one["name"] == name), None)

    def fact(self, name: str) -> Document:
        """Return path, bytes and hash of the fact of that name: quality, provenance, declaration."""
        return next(one for one in self.facts["facts"] if one["path"].startswith(f"facts/{name}."))

    def files(self) -> list[tuple[str, int, str]]:
        """Return path, size and SHA-256 of every file that the release names."""
        resources = [
            (one["path"], one["bytes"], one["hash"].removeprefix("sha256:")) for one in self.document["resources"]
        ]
        facts = [(one["path"], one["bytes"], one["sha256"]) for one in self.facts["facts"]]
        schema = self.facts["schema"]
        return [*resources, *facts, (schema["path"], schema["bytes"], schema["sha256"])]


@dataclass(frozen=True)
class NewPartition:
    """A partition to be written."""

    label: str
    table: pa.Table
    content_sha256: str
    packed: bytes | None = field(default=None, repr=False)
    """Its canonical CSV, compressed, where that was made already: to hash it."""


@dataclass(frozen=True)
class Parts:
    """Everything a candidate is made of."""

    dataset: Dataset
    agency: Agency
    previous: Release | None
    base: Release | None
    kind: Kind
    as_of: str
    fingerprint: str
    suite: str
    evidence: tuple[int, ...]
    inputs: tuple[Document, ...]
    partitions: tuple[NewPartition, ...]
    carried: tuple[str, ...]
    changes: pa.Table | None
    counts: Counts
    quarantine: pa.Table | None
    verdict: Verdict
    failed: tuple[str, ...]
    facts: dict[str, Document]
    """quality, provenance, declaration"""
    synthetic: bool
    over: tuple[int, ...] = ()
    """Later evidence, heard already, that kept the last word where it speaks of the same key."""
    kept: tuple[Document, ...] = ()
    """Resources of facts that are carried from the base."""


@dataclass(frozen=True)
class Candidate:
    """A release that is not one yet: the document without what the commit adds, and the files that its base lacks."""

    document: Document = field(repr=False)
    files: tuple[File, ...]

    @property
    def identity(self) -> str:
        """The candidate's id: the SHA-256 of its document, the same on every machine with the same code and lock."""
        return sha256(canonical(self.document))


def assemble(parts: Parts) -> Candidate:
    """Make the candidate of its parts; deterministic."""
    slug = parts.dataset.name
    files: list[File] = []
    schema = canonical(table_schema(parts.dataset))
    schema_file = _file("schema", "", schema, "json")
    files.append(schema_file)
    tables, columns = _partitions(parts, schema_file.path, files)
    resources = tables + columns
    if parts.changes is not None and parts.counts.any:
        resources.append(_extra(slug, "changes", parts.changes, files))
    if parts.quarantine is not None and parts.quarantine.num_rows:
        resources.append(_extra(slug, "quarantine", parts.quarantine, files))
    resources += parts.kept
    facts = []
    for name, value in sorted(parts.facts.items()):
        file = _file("facts", name, canonical(value), "json")
        files.append(file)
        facts.append({"path": file.path, "bytes": len(file.body), "sha256": file.sha256})
    base, previous = parts.base, parts.previous
    block = {
        "kind": parts.kind,
        "previous": {"n": previous.n, "candidate": previous.candidate} if previous else None,
        "base": base.n if base else None,
        "as_of": parts.as_of,
        "fingerprint": parts.fingerprint,
        "evidence": ranges(parts.evidence),
        "over": ranges(parts.over),
        "inputs": list(parts.inputs),
        "changes": parts.counts._asdict(),
        "quality": {"verdict": parts.verdict, "failed": list(parts.failed), "suite": parts.suite},
        "schema": {"path": schema_file.path, "bytes": len(schema), "sha256": schema_file.sha256},
        "facts": facts,
        "synthetic": parts.synthetic,
    }
    document = _metadata(parts.dataset, parts.agency, parts.synthetic) | {"resources": resources, "minsheng": block}
    public = {path for path, _, _ in base.files()} if base else set()
    return Candidate(document, tuple(file for file in files if file.path not in public))


def complete(
    candidate: Document, identity: str, previous: Release | None, created: str, approval: Document
) -> Document:
    """Return the release document of a candidate: what the commit adds is number, version, time, approval and chain."""
    block = dict(candidate["minsheng"])
    if previous:
        block["previous"] = block["previous"] | {"sha256": previous.sha256}
    block |= {"n": previous.n + 1 if previous else 1, "candidate": identity, "approval": approval}
    counts = Counts(**block["changes"])
    version = next_version(previous.document["version"] if previous else None, block["kind"], counts)
    return candidate | {"version": version, "created": created, "minsheng": block}


def candidate_of(document: Document) -> Document:
    """Return the candidate's document of a release's: the inverse of `complete`."""
    block = {name: value for name, value in document["minsheng"].items() if name not in _AT_COMMIT}
    if block["previous"]:
        block["previous"] = {name: value for name, value in block["previous"].items() if name != "sha256"}
    return {name: value for name, value in document.items() if name not in ("version", "created")} | {"minsheng": block}


def same_candidate(release: Release) -> bool:
    """Return whether a release's document gives the candidate's id that it names."""
    return sha256(canonical(candidate_of(release.document))) == release.candidate


def next_version(before: str | None, kind: Kind, counts: Counts) -> str:
    """Return the SemVer of a release (https://datapackage.org/recipes/data-package-version/).

    First 1.0.0; a change of schema raises MAJOR; rows inserted or deleted raise MINOR; all else raises PATCH.
    """
    if before is None:
        return "1.0.0"
    major, minor, patch = map(int, before.split("."))
    if kind == "schema":
        return f"{major + 1}.0.0"
    if counts.insert or counts.delete:
        return f"{major}.{minor + 1}.0"
    return f"{major}.{minor}.{patch + 1}"


def ranges(numbers: Iterable[int]) -> list[list[int]]:
    """Return numbers as sorted ranges, both ends included: 1, 2, 3, 7 -> [[1, 3], [7, 7]]."""
    found: list[list[int]] = []
    for number in sorted(set(numbers)):
        if found and found[-1][1] == number - 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return found


def numbers(found: list[list[int]]) -> tuple[int, ...]:
    """Return the numbers of ranges."""
    return tuple(number for first, last in found for number in range(first, last + 1))


def table_schema(dataset: Dataset) -> Document:
    """Return the published Table Schema (https://datapackage.org/standard/table-schema/)."""
    return {
        "fields": [_published(one) for one in dataset.published],
        "primaryKey": list(dataset.table.primary_key),
        "missingValues": [""],
    }


def _published(one: FieldDeclaration) -> Document:
    found: Document = {"name": one.name, "type": one.type, "title": one.title.en, "description": one.description.en}
    found["translations"] = {"zh-TW": {"title": one.title.zh_tw, "description": one.description.zh_tw}}
    constraints = one.constraints.model_dump(exclude_defaults=True, exclude_none=True)
    if constraints:
        found["constraints"] = constraints
    if one.unit:
        found["unit"] = one.unit
    if one.categories:
        found["categories"] = [{"value": each.value, "label": each.label.en} for each in one.categories]
        found["translations"]["zh-TW"]["categories"] = [
            {"value": each.value, "label": each.label.zh_tw} for each in one.categories
        ]
    return found


def _metadata(dataset: Dataset, agency: Agency, synthetic: bool) -> Document:
    """What people read, in English as the standard's properties and in Chinese under `translations`."""
    said = SYNTHETIC if synthetic else None
    return {
        "$schema": PROFILE,
        "name": dataset.name,
        "title": dataset.title.en,
        "description": (said.en if said else "") + dataset.description.en,
        "translations": {
            "zh-TW": {
                "title": dataset.title.zh_tw,
                "description": (said.zh_tw if said else "") + dataset.description.zh_tw,
                "keywords": [word.zh_tw for word in dataset.keywords],
                "attribution": dataset.minsheng.attribution.zh_tw,
                "publisher": agency.title.zh_tw,
            }
        },
        "keywords": [word.en for word in dataset.keywords] or ["open data"],
        "licenses": [{"name": one.name, "path": one.path, "title": one.title.en} for one in dataset.licenses],
        "contributors": [
            {"title": one.title.en, "roles": list(one.roles)}
            | ({"path": one.path} if one.path else {})
            | ({"email": one.email} if one.email else {})
            for one in dataset.contributors
        ],
        "sources": [{"title": one.title.en} | ({"path": one.path} if one.path else {}) for one in dataset.sources],
        "attribution": dataset.minsheng.attribution.en,
    }


def _file(folder: str, stem: str, body: bytes, end: str) -> File:
    digest = sha256(body)
    name = keys.file_name(stem, digest, end) if stem else f"{digest[: keys.SHA_SHORT]}.{end}"
    return File(f"{folder}/{name}", body, digest)


def _partitions(parts: Parts, schema_path: str, files: list[File]) -> tuple[list[Document], list[Document]]:
    """The CSV and the Parquet resources of all partitions, in order of label; new files are added to `files`."""
    slug = parts.dataset.name
    units = {one.name: one.unit for one in parts.dataset.published if one.unit}
    found: dict[str, tuple[Document, Document]] = {}
    for one in parts.partitions:
        if one.table.num_rows == 0:
            continue
        stem = f"{slug}_{one.label}"
        about = {"rows": one.table.num_rows, "content_sha256": one.content_sha256, "partition": one.label}
        text = _file("data", stem, one.packed or csv.compress(csv.render(one.table)), csv.END)
        columns = _file("data", stem, parquet.render(one.table, units), parquet.END)
        files += [text, columns]
        found[one.label] = (
            _resource(stem, text, about)
            | {
                "type": "table",
                "format": "csv",
                "compression": "gz",
                "mediatype": "application/gzip",
                "encoding": "utf-8",
            },
            _resource(f"{stem}_parquet", columns, about | {"footer_bytes": parquet.footer_bytes(columns.body)})
            | {"format": "vnd.apache.parquet", "mediatype": "application/vnd.apache.parquet"},
        )
    for label in parts.carried:
        if parts.base is None:
            raise IntegrityError(f"{slug}: the partition {label} is carried from no release")
        stem = f"{slug}_{label}"
        two = {one["name"]: one for one in parts.base.document["resources"] if one["name"] in (stem, f"{stem}_parquet")}
        found[label] = (dict(two[stem]), dict(two[f"{stem}_parquet"]))
    ordered = [found[label] for label in sorted(found)]
    return [text | {"schema": schema_path} for text, _ in ordered], [columns for _, columns in ordered]


def _resource(name: str, file: File, about: Document) -> Document:
    return {
        "name": name,
        "path": file.path,
        "bytes": len(file.body),
        "hash": f"sha256:{file.sha256}",
        "minsheng": about,
    }


def _extra(slug: str, part: str, table: pa.Table, files: list[File]) -> Document:
    """A table of facts about the release, as Parquet."""
    with ThreadPoolExecutor(1) as beside:  # changes of a first release are as many as its rows
        content = beside.submit(csv.content_hash, table)
        body = parquet.render(table)
    file = _file("facts", part, body, parquet.END)
    files.append(file)
    about = {
        "rows": table.num_rows,
        "content_sha256": content.result(),
        "footer_bytes": parquet.footer_bytes(body),
    }
    return _resource(f"{slug}_{part}", file, about) | {
        "format": "vnd.apache.parquet",
        "mediatype": "application/vnd.apache.parquet",
    }
