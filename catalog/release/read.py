"""The rows of a release, read back from its Parquet files."""

import json

import pyarrow as pa

from catalog import keys
from catalog.declaration.dataset import Dataset
from catalog.errors import IntegrityError
from catalog.formats import parquet
from catalog.release.digest import Document, sha256
from catalog.release.document import Candidate, FileReference, Release
from catalog.store import Absent, Store

WHOLE = "all"
"""The label of the only partition of a dataset that has none."""


def read_partition(store: Store, release: Release, label: str) -> pa.Table:
    """Read one partition of a release; its bytes must be those that the document names."""
    slug, resource = release.name, release.partitions[label]
    try:
        body = store.get(keys.dataset(slug, resource.path)).body
    except Absent as error:
        raise IntegrityError(
            f"{slug}: {resource.path} of release {release.n} is gone; restore it from a mirror"
        ) from error
    if sha256(body) != resource.sha256:
        raise IntegrityError(f"{slug}: {resource.path} is not what release {release.n} says; restore it from a mirror")
    return parquet.read(body)


def columns_of_none(store: Store, release: Release) -> pa.Schema:
    """Return the columns of a release without rows, and so without files, from the declaration that it stored.

    Raises:
        IntegrityError: that is gone, or not what the document says.
    """
    slug, fact = release.name, release.facts.facts["declaration"]
    try:
        body = store.get(keys.dataset(slug, fact.path)).body
    except Absent:
        body = b""
    if sha256(body) != fact.sha256:
        raise IntegrityError(f"{slug}: {fact.path} is not what release {release.n} says; restore it from a mirror")
    return Dataset.load(json.loads(body)["dataset"], f"{slug} as declared in release {release.n}").arrow


def read_table(store: Store, release: Release) -> pa.Table:
    """Read the whole table of a release; all of its rows may have gone."""
    if not release.partitions:
        return columns_of_none(store, release).empty_table()
    return pa.concat_tables([read_partition(store, release, label) for label in sorted(release.partitions)])


class ReleaseFiles:
    """Interim."""

    def __init__(self, store: Store, release: Release) -> None:
        self._store, self._release = store, release

    def _body(self, file: FileReference) -> bytes:
        try:
            body = self._store.get(keys.dataset(self._release.name, file.path)).body
        except Absent:
            body = b""
        if sha256(body) != file.sha256:
            raise IntegrityError(f"{self._release.name}: {file.path} is missing or altered; restore it from a mirror")
        return body

    def fact(self, name: str) -> Document:
        """Interim."""
        found: Document = json.loads(self._body(self._release.facts.facts[name]))
        return found

    def partition(self, label: str) -> pa.Table:
        """Interim."""
        return read_partition(self._store, self._release, label)

    def table(self) -> pa.Table:
        """Interim."""
        return read_table(self._store, self._release)

    def quarantine(self) -> pa.Table | None:
        """Interim."""
        resource = self._release.resource("quarantine")
        return parquet.read(self._body(resource.reference)) if resource else None


class CandidateFiles:
    """Interim."""

    def __init__(self, private: Store, public: Store, candidate: Candidate) -> None:
        self._private, self._public, self._candidate = private, public, candidate

    def fact(self, name: str) -> Document:
        """Interim."""
        file, slug = self._candidate.facts.facts[name], self._candidate.name
        places = (
            (self._private, keys.candidate(slug, self._candidate.identity, file.path)),
            (self._public, keys.dataset(slug, file.path)),
        )
        for store, key in places:
            try:
                body = store.get(key).body
            except Absent:
                continue
            if sha256(body) == file.sha256:
                found: Document = json.loads(body)
                return found
        raise IntegrityError(f"{slug}: {file.path} of candidate {self._candidate.identity[:16]} is missing; run again")
