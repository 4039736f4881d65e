"""How mature the rows of a candidate are: what of the base and of the fold tells it."""

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from catalog.release.changes import compare
from catalog.release.digest import Document
from catalog.release.document import Release
from catalog.release.maturity import maturity
from catalog.release.read import ReleaseFiles
from pipelines.context import Context
from pipelines.declared import Declared
from pipelines.fold.partitions import Folded


def maturity_of(
    ctx: Context,
    declared: Declared,
    before: tuple[Release | None, Release | None],
    folded: Folded | None,
    *,
    again: bool = False,
) -> Document | None:
    """Return `minsheng.maturity` of a candidate; None where the declaration does not say it.

    Args:
        ctx: the run.
        declared: the declaration.
        before: the release that it stands on, and the one that it follows, which may be withdrawn.
        folded: what changes; None where every file of the base is carried.
        again: whether all evidence was folded from nothing, perhaps with other columns or another key.
    """
    base, previous = before

    def tables() -> Iterator[pa.Table]:
        if folded:
            yield from (partition.table for partition in folded.changed)
        if base:
            files = ReleaseFiles(ctx.public, base)
            yield from (files.partition(label) for label in (folded.kept if folded else base.partitions))

    said: Any = base.document["minsheng"] if base else {}
    moved = folded.moved if folded and folded.moved is not None else _nothing(declared)
    n = previous.n + 1 if previous else 1
    return maturity(declared.dataset.minsheng, said.get("maturity"), n, None if again else moved, tables)


def _nothing(declared: Declared) -> pa.Table:
    """The changes of a release that changes no row."""
    none = declared.dataset.arrow.empty_table()
    return compare(none, none, list(declared.dataset.table.primary_key))
