"""The rows of a release, read back from its Parquet files."""

import json

import pyarrow as pa

from catalog import keys
from catalog.declaration.dataset import Dataset
from catalog.errors import IntegrityError
from catalog.formats import parquet
from catalog.release.document import Release, sha256
from catalog.store import Absent, Store

WHOLE = "all"
"""The label of the only partition of a dataset that has none."""


def read_partition(store: Store, release: Release, label: str) -> pa.Table:
    """Read one partition of a release; its bytes must be those that the document names."""
    slug, resource = release.document["name"], release.partitions[label]
    try:
        body = store.get(keys.dataset(slug, resource["path"])).body
    except Absent as error:
        raise IntegrityError(
            f"{slug}: {resource['path']} of release {release.n} is gone; restore it from a mirror"
        ) from error
    if f"sha256:{sha256(body)}" != resource["hash"]:
        raise IntegrityError(
            f"{slug}: {resource['path']} is not what release {release.n} says; restore it from a mirror"
        )
    return parquet.read(body)


def columns_of_none(store: Store, release: Release) -> pa.Schema:
    """Return the columns of a release without rows, and so without files, from the declaration that it stored.

    Raises:
        IntegrityError: that is gone, or not what the document says.
    """
    slug, fact = release.document["name"], release.fact("declaration")
    try:
        body = store.get(keys.dataset(slug, fact["path"])).body
    except Absent:
        body = b""
    if sha256(body) != fact["sha256"]:
        raise IntegrityError(f"{slug}: {fact['path']} is not what release {release.n} says; restore it from a mirror")
    return Dataset.load(json.loads(body)["dataset"], f"{slug} as declared in release {release.n}").arrow


def read_table(store: Store, release: Release) -> pa.Table:
    """Read the whole table of a release; all of its rows may have gone."""
    if not release.partitions:
        return columns_of_none(store, release).empty_table()
    return pa.concat_tables([read_partition(store, release, label) for label in sorted(release.partitions)])
