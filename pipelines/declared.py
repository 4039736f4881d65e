"""What a fold depends on besides evidence: declaration, suite, tables; as they stand, or as a release stored them."""

import contextlib
import json
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from catalog import keys
from catalog.declaration.dataset import Agency, Dataset, digest, load_agencies, load_dataset
from catalog.errors import DeclarationError, IntegrityError
from catalog.release import publish
from catalog.release.document import Document, Release, sha256
from catalog.release.read import read_partition as read_partition
from catalog.release.read import read_table as read_table
from catalog.store import Absent
from pipelines.conform.quarantine import LEAVES
from pipelines.context import Context
from quality.suite import Suite, load_suite, read_suite


@dataclass(frozen=True)
class Basis:
    """A declaration and everything that it draws on."""

    dataset: Dataset
    agency: Agency
    suite: Suite
    tables: dict[str, pa.Table]
    """The columns used of each reference table, by dataset."""
    inputs: tuple[Document, ...]
    """Dataset, n and sha256 of the release of each table."""
    not_checked: tuple[str, ...]
    """Datasets referred to that have no release."""

    @property
    def fingerprint(self) -> str:
        """The hash of all that rows depend on: the declaration's meaning, tables, expectations that take rows out."""
        taking = [one for one in self.suite.expectations if one.severity in LEAVES]
        return digest(
            {
                "meaning": self.dataset.meaning(),
                "tables": {name: table.to_pylist() for name, table in self.tables.items()},
                "taking": [one.model_dump(mode="json", exclude={"reason"}) for one in taking],
            }
        )

    @property
    def fact(self) -> Document:
        """The `declaration` fact of a release, from which `of_release` makes an equal basis."""
        return {
            "dataset": self.dataset.dump(),
            "agency": self.agency.model_dump(mode="json", by_alias=True),
            "quality": self.suite.model_dump(mode="json", by_alias=True),
            "tables": {name: table.to_pylist() for name, table in self.tables.items()},
            "not_checked": list(self.not_checked),
        }

    @property
    def suite_digest(self) -> str:
        """The hash of quality.yaml's content."""
        return digest(self.suite.model_dump(mode="json", by_alias=True))


def current(ctx: Context, slug: str) -> Basis:
    """Read the declaration as it stands, and the newest release of each dataset that it refers to.

    Raises:
        DeclarationError: it is not right, or a table that gives its codes has no release.
    """
    dataset = load_dataset(ctx.datasets, slug)
    agencies = load_agencies(ctx.datasets)
    if dataset.minsheng.agency not in agencies:
        known = ", ".join(sorted(agencies))
        raise DeclarationError(
            f"{slug}: minsheng.agency: no {dataset.minsheng.agency!r} in agencies.yaml; known: {known}"
        )
    tables, inputs, not_checked = {}, [], []
    for name in dataset.tables:
        release = publish.newest(ctx.public, name)
        if release is None:
            if any(one.codes and one.codes.table and one.codes.table.dataset == name for one in dataset.table.fields):
                raise DeclarationError(
                    f"{slug} takes codes from {name}, which has no release; run `minsheng run {name}` first"
                )
            not_checked.append(name)
            continue
        tables[name] = _used(dataset, name, read_table(ctx.public, release))
        inputs.append({"dataset": name, "n": release.n, "sha256": release.sha256})
    return Basis(
        dataset,
        agencies[dataset.minsheng.agency],
        load_suite(ctx.datasets, slug),
        tables,
        tuple(inputs),
        tuple(not_checked),
    )


def of_release(ctx: Context, release: Release) -> Basis:
    """Return the basis that a release stored.

    Raises:
        IntegrityError: the stored declaration is gone, from the private store too, or not what its hash says.
    """
    slug, fact = release.document["name"], release.fact("declaration")
    body = _declaration(ctx, release, fact["path"])
    if sha256(body) != fact["sha256"]:
        raise IntegrityError(f"{slug}: {fact['path']} is not what release {release.n} says; restore it from a mirror")
    said: dict[str, Any] = json.loads(body)
    place = f"{slug} as declared in release {release.n}"
    return Basis(
        dataset=Dataset.load(said["dataset"], place),
        agency=Agency.model_validate(said["agency"]),
        suite=read_suite(said["quality"], place),
        tables={name: _texts(rows) for name, rows in said["tables"].items()},
        inputs=tuple(release.facts["inputs"]),
        not_checked=tuple(said["not_checked"]),
    )


def with_meaning_of(stored: Basis, current: Basis) -> Basis:
    """Return what rows depend on as stored, and what people read and guards look at as it stands now."""
    texts = {field.name: field for field in current.dataset.table.fields}
    fields = tuple(
        field.model_copy(update={"title": texts[field.name].title, "description": texts[field.name].description})
        if field.name in texts
        else field
        for field in stored.dataset.table.fields
    )
    old = stored.dataset.minsheng
    kept = {
        name: getattr(old, name)
        for name in ("source", "derive", "load", "window", "omit", "partition", "references", "quarantine")
    }
    update = {
        "table": stored.dataset.table.model_copy(update={"fields": fields}),
        "minsheng": current.dataset.minsheng.model_copy(update=kept),
    }
    return replace(
        stored,
        dataset=current.dataset.model_copy(update=update),
        agency=current.agency,
        suite=Suite(
            expectations=tuple(
                [one for one in stored.suite.expectations if one.severity in LEAVES]
                + [one for one in current.suite.expectations if one.severity not in LEAVES]
            )
        ),
    )


def _declaration(ctx: Context, release: Release, path: str) -> bytes:
    """The bytes of a declaration fact; where the public one is gone, those of the candidate that brought it."""
    slug = release.document["name"]
    try:
        return ctx.public.get(keys.dataset(slug, path)).body
    except Absent:
        for n in range(release.n, 0, -1):
            one = release if n == release.n else publish.load(ctx.public, slug, n)
            with contextlib.suppress(Absent):
                return ctx.private.get(keys.candidate(slug, one.candidate, path)).body
    raise IntegrityError(f"{slug}: {path} of release {release.n} is gone; restore it from a mirror")


def _used(dataset: Dataset, name: str, table: pa.Table) -> pa.Table:
    """The columns that the dataset looks at, as texts, in order of name."""
    used = {reference.to[0] for reference in dataset.minsheng.references if reference.dataset == name}
    for field in dataset.table.fields:
        if field.codes and field.codes.table and field.codes.table.dataset == name:
            used |= {field.codes.table.key, field.codes.table.value}
    unknown = sorted(used - set(table.column_names))
    if unknown:
        raise DeclarationError(
            f"{dataset.name} looks at {unknown[0]!r} of {name}, which has {', '.join(table.column_names)}"
        )
    return pa.table({column: table.column(column).cast(pa.string()) for column in sorted(used)})


def _texts(rows: list[dict[str, str]]) -> pa.Table:
    names = sorted({name for row in rows for name in row})
    return pa.Table.from_pylist(rows, schema=pa.schema([(name, pa.string()) for name in names]))
