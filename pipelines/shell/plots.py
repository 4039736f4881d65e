"""Numbers of a night, which Dagster plots over time: rows, changes, failing rows, the lag of the source."""

import contextlib
import datetime as dt
from typing import Any

import dagster as dg
import pyarrow.compute as pc

from catalog.declaration.dataset import Dataset
from catalog.errors import IntegrityError
from catalog.release import publish, served
from catalog.release.changes import Counts
from catalog.release.digest import Document
from catalog.release.document import Candidate, Release
from catalog.release.read import CandidateFiles, Place, by_range
from pipelines.candidate.lag import lag_seconds, time_field
from pipelines.context import Context
from pipelines.refresh.settle import Proposals

Numbers = dict[str, Any]


def of_table(ctx: Context, dataset: Dataset, proposals: Proposals, fact: Document | None) -> Numbers:
    """Return the numbers of a candidate; of the release that is served, with no change, where there is none.

    Args:
        ctx: the run.
        dataset: the declaration.
        proposals: what this run decided.
        fact: the `quality` fact that is shown.
    """
    held = proposals.held
    identity = proposals.passing or (held.candidate if held else None)
    if identity:
        candidate = publish.staged(ctx.private, dataset.name, identity)
        newest, at = _of_candidate(ctx, dataset, candidate)
        return _numbers(candidate.rows, candidate.facts.changes, fact) | _lag(dataset, newest, at)
    base = served.served(ctx.public, dataset.name)
    return _numbers(base.rows, Counts(), fact) if base else {}


def of_release(ctx: Context, dataset: Dataset, release: Release) -> Numbers:
    """Return the lag of the source at the newest whole fetch, by the newest row of a release.

    Args:
        ctx: the run.
        dataset: the declaration.
        release: the release that is served.
    """
    evidence = ctx.evidence(dataset.name)
    newest = evidence.read(evidence.newest()) if evidence.newest() else None
    at = newest.fetched_at if newest and newest.complete else dt.datetime.fromisoformat(release.facts.as_of)
    name = time_field(dataset)
    if name is None or not release.partitions:
        return {}
    resource = release.partitions[max(release.partitions)]
    with contextlib.suppress(IntegrityError):  # what is damaged is told elsewhere
        opened = by_range(ctx.public, Place(dataset.name, n=release.n), resource.path, lambda: resource.bytes)
        return _lag(dataset, opened.largest(name), at)
    return {}


def _numbers(rows: int, counts: Counts, fact: Document | None) -> Numbers:
    failed = {"failed_rows": sum(check["failed"] for check in fact["checks"])} if fact else {}
    return {"rows": rows, **counts._asdict(), **failed}


def _of_candidate(ctx: Context, dataset: Dataset, candidate: Candidate) -> tuple[Any, dt.datetime]:
    """The newest time in a candidate, and when its newest fetch began."""
    name, at = time_field(dataset), dt.datetime.fromisoformat(candidate.facts.as_of)
    if name is None or not candidate.partitions:
        return None, at
    rows = CandidateFiles(ctx.private, ctx.public, candidate).partition(max(candidate.partitions))
    return pc.max(rows.column(name)).as_py(), at


def _lag(dataset: Dataset, newest: Any, at: dt.datetime) -> Numbers:
    seconds = lag_seconds(dataset, newest, at)
    return {} if seconds is None else {"source_lag_hours": dg.MetadataValue.float(round(seconds / 3600, 2))}
