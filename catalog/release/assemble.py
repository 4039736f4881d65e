"""The parts of a release -> its candidate, and a candidate -> its release: computed, nothing read or written."""

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pyarrow as pa

from catalog import keys
from catalog.declaration.dataset import Agency, Dataset
from catalog.declaration.strict import Text
from catalog.errors import IntegrityError
from catalog.formats import csv, parquet
from catalog.formats.gzip import compress
from catalog.release.changes import Counts
from catalog.release.digest import Document, canonical, ranges, sha256
from catalog.release.document import Candidate, Described, Input, Release, Resource, Verdict
from catalog.release.schema import table_schema
from catalog.release.version import Kind, next_version

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
_PARQUET = {"format": "vnd.apache.parquet", "mediatype": "application/vnd.apache.parquet"}
_AT_COMMIT = ("n", "approval", "candidate")
SYNTHETIC = Text.model_validate(
    {"en": "SYNTHETIC: made by the sandbox, not by an agency. ", "zh-TW": "合成資料：由模擬環境產生，並非機關資料。"}
)


@dataclass(frozen=True)
class File:
    """A file of a release, by its path relative to the dataset's folder; the name ends in its own hash."""

    path: str
    body: bytes = field(repr=False)
    sha256: str


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
    inputs: tuple[Input, ...]
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
    """Later evidence, judged already, that kept the last word where it speaks of the same key."""
    maturity: Document | None = None
    """What `catalog.release.maturity` says of the rows."""
    kept: tuple[Resource, ...] = ()
    """Resources of facts that are carried from the base."""


@dataclass(frozen=True)
class Assembled:
    """A candidate, and those of its files that its base lacks."""

    candidate: Candidate
    files: tuple[File, ...]


def assemble(parts: Parts) -> Assembled:
    """Make the candidate of its parts; deterministic."""
    slug = parts.dataset.name
    files: list[File] = []
    schema_file = _file("schema", "", canonical(table_schema(parts.dataset)), "json")
    files.append(schema_file)
    tables, columns = _partitions(parts, schema_file.path, files)
    resources = tables + columns
    if parts.changes is not None and parts.counts.any:
        resources.append(_extra(slug, "changes", parts.changes, files))
    if parts.quarantine is not None and parts.quarantine.num_rows:
        resources.append(_extra(slug, "quarantine", parts.quarantine, files))
    resources += [dict(each.document) for each in parts.kept]
    facts = [_file("facts", name, canonical(value), "json") for name, value in sorted(parts.facts.items())]
    files += facts
    block = _block(parts) | {"schema": _reference(schema_file), "facts": [_reference(file) for file in facts]}
    document = _metadata(parts.dataset, parts.agency, parts.synthetic) | {"resources": resources, "minsheng": block}
    candidate = Candidate.parse(canonical(document), f"{slug}: the candidate")
    public = {file.path for file in parts.base.files()} if parts.base else set()
    return Assembled(candidate, tuple(file for file in files if file.path not in public))


def _block(parts: Parts) -> Document:
    """What the block `minsheng` says besides files."""
    base, previous, corrections = parts.base, parts.previous, parts.dataset.minsheng.corrections
    declared: Document = {"corrections": [one.model_dump(mode="json", by_alias=True) for one in corrections]}
    declared |= {"maturity": parts.maturity}
    block = {
        "kind": parts.kind,
        "previous": {"n": previous.n, "candidate": previous.candidate} if previous else None,
        "base": base.n if base else None,
        "as_of": parts.as_of,
        "fingerprint": parts.fingerprint,
        "evidence": ranges(parts.evidence),
        "over": ranges(parts.over),
        "inputs": [dataclasses.asdict(each) for each in parts.inputs],
        "changes": parts.counts._asdict(),
        "quality": {"verdict": parts.verdict, "failed": list(parts.failed), "suite": parts.suite},
        "synthetic": parts.synthetic,
    }
    return block | {name: said for name, said in declared.items() if said}


def complete(candidate: Candidate, previous: Release | None, created: str, approval: Document) -> bytes:
    """Return the release document of a candidate: what the commit adds is number, version, time, approval and chain.

    Args:
        candidate: the candidate.
        previous: the release that it follows; None for the first.
        created: the time of the commit, ISO 8601 with offset.
        approval: who let it pass: `{"by": ...}`.

    Returns:
        The document as canonical JSON.
    """
    block = _minsheng(candidate)
    if previous:
        block["previous"] = block["previous"] | {"sha256": previous.sha256}
    block |= {"n": previous.n + 1 if previous else 1, "candidate": candidate.identity, "approval": approval}
    version = next_version(previous.version if previous else None, candidate.facts.kind, candidate.facts.changes)
    return canonical({**candidate.document, "version": version, "created": created, "minsheng": block})


def candidate_of(release: Release) -> Document:
    """Return the candidate's document of a release: the inverse of `complete`."""
    block = {name: value for name, value in _minsheng(release).items() if name not in _AT_COMMIT}
    if block["previous"]:
        block["previous"] = {name: value for name, value in block["previous"].items() if name != "sha256"}
    kept = {name: value for name, value in release.document.items() if name not in ("version", "created")}
    return kept | {"minsheng": block}


def _minsheng(described: Described) -> Document:
    block = described.document["minsheng"]
    return dict(block) if isinstance(block, dict) else {}


def same_candidate(release: Release) -> bool:
    """Return whether a release's document gives the candidate's id that it names."""
    try:
        return sha256(canonical(candidate_of(release))) == release.candidate
    except ValueError:  # of a value that canonical JSON cannot hold, and so no candidate held
        return False


def _metadata(dataset: Dataset, agency: Agency, synthetic: bool) -> Document:
    """What people read, in English as the standard's properties and in Chinese under `translations`."""
    warning = SYNTHETIC if synthetic else None
    return {
        "$schema": PROFILE,
        "name": dataset.name,
        "title": dataset.title.en,
        "description": (warning.en if warning else "") + dataset.description.en,
        "translations": {
            "zh-TW": {
                "title": dataset.title.zh_tw,
                "description": (warning.zh_tw if warning else "") + dataset.description.zh_tw,
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


def _reference(file: File) -> Document:
    return {"path": file.path, "bytes": len(file.body), "sha256": file.sha256}


def _partitions(parts: Parts, schema_path: str, files: list[File]) -> tuple[list[Document], list[Document]]:
    """The CSV and the Parquet resources of all partitions, in order of label; new files are added to `files`."""
    units = {each.name: each.unit for each in parts.dataset.published if each.unit}
    pairs = {
        partition.label: _written(parts.dataset.name, partition, units, files)
        for partition in parts.partitions
        if partition.table.num_rows or parts.dataset.minsheng.stays_without_rows
    }
    for label in parts.carried:
        if parts.base is None:
            raise IntegrityError(f"{parts.dataset.name}: the partition {label} is carried from no release")
        pairs[label] = (dict(parts.base.texts[label].document), dict(parts.base.partitions[label].document))
    ordered = [pairs[label] for label in sorted(pairs)]
    return [text | {"schema": schema_path} for text, _ in ordered], [columns for _, columns in ordered]


def _written(slug: str, partition: NewPartition, units: dict[str, str], files: list[File]) -> tuple[Document, Document]:
    """Both forms of a new partition."""
    stem = f"{slug}_{partition.label}"
    about = {
        "rows": partition.table.num_rows,
        "content_sha256": partition.content_sha256,
        "partition": partition.label,
    }
    text = _file("data", stem, partition.packed or compress(csv.render(partition.table)), csv.END)
    columns = _file("data", stem, parquet.render(partition.table, units), parquet.END)
    files += [text, columns]
    form = {
        "type": "table",
        "format": "csv",
        "compression": "gz",
        "mediatype": "application/gzip",
        "encoding": "utf-8",
    }
    footer = {"footer_bytes": parquet.footer_bytes(columns.body)}
    return _resource(stem, text, about) | form, _resource(f"{stem}_parquet", columns, about | footer) | _PARQUET


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
    return _resource(f"{slug}_{part}", file, about) | _PARQUET
