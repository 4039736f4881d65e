"""A candidate as a steward looks at it: what it would do, what fails, which fetch brings what. It only reads."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from catalog import keys
from catalog.errors import DecisionError
from catalog.reasons.concerned import ConcernedRows
from catalog.reasons.values import Reason
from catalog.release import changes, publish
from catalog.release.digest import Document
from catalog.release.document import Candidate, Release
from catalog.release.read import CandidateFiles
from catalog.store import Store
from pipelines.candidate.concerned import KIND_OF, concerned
from pipelines.candidate.failing import failing_of
from pipelines.context import Context
from pipelines.declared import Declared, of_stored
from pipelines.refresh.state import read_state, superseded_by

SHORTEST = 8
"""Digits of an id that tell a candidate."""
MOST_ROWS, MOST_CHANGES = 3, 10
"""How many first rows, and changes of each kind, are shown."""
_ID = re.compile(rf"[0-9a-f]{{{SHORTEST},64}}")


class Became(NamedTuple):
    """Where a candidate stands."""

    what: str
    """waits, released, superseded, or left: a run died before anybody could decide on it."""
    since: str | None = None
    """Of one that waits."""
    n: int | None = None
    """The release that it is."""
    by: Reason | None = None
    """Why nobody can decide on it any more."""


@dataclass(frozen=True)
class ShownCandidate:
    """What there is to see of a candidate."""

    candidate: Candidate = field(repr=False)
    became: Became
    reasons: tuple[Reason, ...]
    """What a steward is told of it; nothing where it does not wait any more."""
    quality: Document = field(repr=False)
    """The `quality` fact."""
    began: dict[int, str]
    """By fetch in it, when it began."""
    moved: pa.Table | None = field(repr=False)
    """The changes against the release that it is made on; None where no row changes, or all rows are new."""
    failing: pa.Table | None = field(repr=False)
    """As `pipelines.candidate.failing.failing_rows`; None where it is not kept."""
    first: list[dict[str, Any]] = field(repr=False)
    """The first rows of the newest partition that changes."""
    key: tuple[str, ...]
    concerned: dict[str, ConcernedRows] = field(repr=False)
    """By kind of change, update and delete, how many rows of each month and place."""


def is_id(text: str) -> bool:
    """Return whether a text names a candidate: a release has fewer digits."""
    return _ID.fullmatch(text) is not None


def find_candidate(private: Store, slugs: Iterable[str], identity: str) -> Candidate:
    """Find a stored candidate by the beginning of its id, whatever became of it.

    Args:
        private: the store with candidates.
        slugs: the datasets to look at.
        identity: 8 digits of its id or more.

    Raises:
        DecisionError: there is none, or there are several.
    """
    if not is_id(identity):
        raise DecisionError(f"expected {SHORTEST} to 64 digits of a candidate's id, found {identity[:80]!r}")
    found = set()
    for slug in slugs:
        begin = keys.candidates(slug)
        listed = private.list(f"{begin}{identity}")
        found |= {(slug, key.removeprefix(begin).partition("/")[0]) for key in listed}
    if len(found) > 1:
        raise DecisionError(f"{len(found)} candidates begin with {identity}; write more digits of the id")
    if not found:
        raise DecisionError(f"no candidate {identity} is kept; `minsheng candidates` lists what waits")
    ((slug, whole),) = found
    return publish.staged(private, slug, whole)


def files_of(ctx: Context, candidate: Candidate) -> CandidateFiles:
    """Return the files of a candidate."""
    return CandidateFiles(ctx.private, ctx.public, candidate)


def declared_of(ctx: Context, candidate: Candidate) -> Declared:
    """Return a dataset as a candidate declares it."""
    place = f"{candidate.name} as declared in candidate {candidate.identity[: keys.SHA_SHORT]}"
    return of_stored(files_of(ctx, candidate).fact("declaration"), place, candidate.facts.inputs)


def base_of_candidate(ctx: Context, candidate: Candidate) -> Release | None:
    """Return the release that a candidate is made on; None for a first one."""
    return publish.load(ctx.public, candidate.name, candidate.facts.base) if candidate.facts.base else None


def shown_candidate(ctx: Context, slugs: Iterable[str], identity: str) -> ShownCandidate:
    """Read all that there is to see of a candidate.

    Args:
        ctx: stores; nothing is written.
        slugs: the datasets to look at.
        identity: 8 digits of its id or more.

    Raises:
        DecisionError: there is none, or there are several.
        IntegrityError: a file of it is gone or altered.
    """
    candidate = find_candidate(ctx.private, slugs, identity)
    slug, files, evidence = candidate.name, files_of(ctx, candidate), ctx.evidence(candidate.name)
    state = read_state(ctx, slug)
    waiting = state.waiting if state.waiting and state.waiting.identity == candidate.identity else None
    moved, dataset = files.changes(), declared_of(ctx, candidate).dataset
    return ShownCandidate(
        candidate=candidate,
        became=_became(ctx, candidate, since=waiting.since if waiting else None),
        reasons=waiting.told if waiting else (),
        quality=files.fact("quality"),
        began={k: evidence.read(k).fetched_at.isoformat() for k in candidate.facts.evidence},
        moved=moved,
        failing=failing_of(ctx.private, slug, candidate.identity),
        first=_first(ctx, candidate, files),
        key=tuple(files.schema()["primaryKey"]),
        concerned={kind: rows for kind in KIND_OF.values() if (rows := concerned(dataset, moved, kind))},
    )


def _became(ctx: Context, candidate: Candidate, since: str | None) -> Became:
    if since:
        return Became("waits", since=since)
    previous = candidate.facts.previous
    n = previous.n + 1 if previous else 1
    if ctx.public.head(keys.document(candidate.name, n)) is not None:
        release = publish.load(ctx.public, candidate.name, n)
        if release.candidate == candidate.identity:
            return Became("released", n=n)
    by = superseded_by(ctx.private, candidate.name, candidate.identity)
    return Became("superseded", by=by) if by else Became("left")


def _first(ctx: Context, candidate: Candidate, files: CandidateFiles) -> list[dict[str, Any]]:
    base = base_of_candidate(ctx, candidate)
    before = base.hashes if base else {}
    changed = [label for label, digest in candidate.hashes.items() if before.get(label) != digest]
    label = max(changed or candidate.partitions, default=None)
    rows: list[dict[str, Any]] = files.partition(label).slice(0, MOST_ROWS).to_pylist() if label else []
    return rows


def examples(moved: pa.Table | None) -> list[dict[str, Any]]:
    """Return some changes of each kind, as a changes file has them."""
    if moved is None:
        return []
    found: list[dict[str, Any]] = []
    for kind in changes.Counts._fields:
        of_kind = moved.filter(pc.equal(moved.column(changes.CHANGE), kind))
        found += of_kind.slice(0, MOST_CHANGES).to_pylist()
    return found
