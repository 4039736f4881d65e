"""Marks what nothing needs any more; deletes what was marked long enough ago, and nothing has named since.

Two phases, by two calls: the first that sees a thing notes the time, and a later one deletes it. What is deleted is
taken from the marks before, so that a thing that appears once more under the same key waits its whole time again.
"""

import contextlib
import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from catalog import keys
from catalog.errors import StoreError
from catalog.release import leaving
from catalog.release.digest import Document, canonical
from catalog.store import Absent, Changed, Store
from pipelines.context import Context
from pipelines.fetch.clock import check_clock
from pipelines.garbage.found import KINDS, Garbage, Kind, Search
from pipelines.keep import Keep

_AT_ONCE = 50
"""So many things are announced, looked at once more, and deleted."""


@dataclass(frozen=True)
class Marked:
    """A thing that nothing needs, and since when that is known."""

    garbage: Garbage
    since: dt.datetime | None
    """None: this call is the first that sees it."""
    due: dt.datetime
    """When it may be deleted."""
    deleted: bool = False

    def json(self) -> Document:
        """Return what `minsheng gc --json` documents."""
        return {
            "kind": self.garbage.kind,
            "store": "public" if self.garbage.public else "private",
            "name": self.garbage.name,
            "objects": len(self.garbage.objects),
            "bytes": self.garbage.bytes,
            "since": self.since.isoformat() if self.since else None,
            "due": self.due.isoformat(),
            "deleted": self.deleted,
        }


@dataclass
class Collection:
    """What a call found, and did."""

    at: dt.datetime
    seen: list[Marked]
    skipped: Mapping[str, str]
    """By dataset, or `evidence`, why nothing of it is deleted."""
    did: bool = False
    """Whether things were marked and deleted; else it is only said what would be."""

    @property
    def due(self) -> list[Marked]:
        """What may be deleted now, or was."""
        return [each for each in self.seen if each.deleted or (each.since is not None and each.due <= self.at)]

    @property
    def sums(self) -> dict[Kind, "Sum"]:
        """How much there is of each kind of which there is anything."""
        found: dict[Kind, Sum] = {}
        for kind in KINDS:
            of_kind = [each for each in self.seen if each.garbage.kind == kind]
            if of_kind:
                due = [each for each in self.due if each.garbage.kind == kind]
                found[kind] = Sum(len(of_kind), _bytes(of_kind), len(due), _bytes(due))
        return found

    def json(self) -> Document:
        """Return what `minsheng gc --json` documents."""
        found = [each.json() for each in self.seen]
        return {"at": self.at.isoformat(), "did": self.did, "skipped": dict(self.skipped), "found": found}


@dataclass(frozen=True)
class Sum:
    """How much there is of a kind."""

    things: int
    bytes: int
    due: int
    due_bytes: int


def _bytes(seen: list[Marked]) -> int:
    return sum(each.garbage.bytes for each in seen)


def look(ctx: Context, keep: Keep, now: dt.datetime) -> Collection:
    """Say what would be marked and deleted. Nothing is written.

    Args:
        ctx: the stores and declarations.
        keep: for how long things are kept.
        now: the time.
    """
    search = Search(ctx)
    marks, _ = _marks(ctx.private, now)
    return Collection(now, [_seen(each, marks, keep, now) for each in search.find()], search.skipped)


def collect(ctx: Context, keep: Keep, now: dt.datetime) -> Collection:
    """Mark what is new, and delete what was marked long enough ago.

    Args:
        ctx: the stores and declarations.
        keep: for how long things are kept.
        now: the time.

    Raises:
        ClockDoubt: this machine's clock is not to be believed; nothing was written.
        StoreError: another collection works, or the store does not answer; nothing is half done, run it again.
    """
    check_clock(ctx, ctx.declarations.slugs)
    search = Search(ctx)
    marks, etag = _marks(ctx.private, now)
    seen = [_seen(each, marks, keep, now) for each in search.find()]
    found = Collection(now, seen, search.skipped, did=True)
    due = [each.garbage for each in found.due]
    stay = {each.garbage.mark: each.since or now for each in seen if each.garbage not in due}
    _write(ctx.private, stay, etag)
    gone = set[str]()
    for i in range(0, len(due), _AT_ONCE):
        gone |= _delete(ctx, search, due[i : i + _AT_ONCE])
    found.seen = [replace(each, deleted=True) if each.garbage.mark in gone else each for each in seen]
    return found


def _seen(garbage: Garbage, marks: Mapping[str, dt.datetime], keep: Keep, now: dt.datetime) -> Marked:
    since = marks.get(garbage.mark)
    days = {"candidate": keep.candidates, "report": keep.reports}.get(garbage.kind, keep.unnamed)
    return Marked(garbage, since, (since or now) + dt.timedelta(days=days))


def _delete(ctx: Context, search: Search, garbage: list[Garbage]) -> set[str]:
    """Delete what nothing has named since it was found; returns the marks of that."""
    going = [key for each in garbage for key in each.objects]
    with leaving.announced(ctx.private, going, dt.datetime.now(dt.UTC)):
        still = search.still(garbage)
        for each in still:
            store = ctx.public if each.public else ctx.private
            for key in each.objects:
                store.delete(key)
    return {each.mark for each in still}


def _marks(private: Store, now: dt.datetime) -> tuple[dict[str, dt.datetime], str | None]:
    """Since when each thing is marked, and the etag of that. What a wrong clock marked in the future is not."""
    try:
        blob = private.get(keys.MARKED)
    except Absent:
        return {}, None
    with contextlib.suppress(ValueError, TypeError, AttributeError):
        stored = {mark: dt.datetime.fromisoformat(since) for mark, since in json.loads(blob.body).items()}
        return {mark: since for mark, since in stored.items() if since <= now}, blob.etag
    return {}, blob.etag


def _write(private: Store, marks: Mapping[str, dt.datetime], etag: str | None) -> None:
    body = canonical({mark: since.isoformat() for mark, since in marks.items()})
    try:
        private.put_if(keys.MARKED, body, etag)
    except Changed:
        raise StoreError(
            "another garbage collection works at the same time; nothing was deleted; run it again"
        ) from None
