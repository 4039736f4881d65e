"""`evidence:URL`: the evidence of another private store, copied fetch by fetch."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field

from catalog import keys
from catalog.declaration.dataset import Dataset
from catalog.errors import StoreError
from catalog.release.digest import canonical
from catalog.store import Store
from pipelines.context import Context, kind_of
from pipelines.evidence import Evidence, Fetched, Page, Record


@dataclass
class Copied:
    """The evidence of another private store; its kind is that of the store."""

    store: Store
    kind: str = field(init=False)

    def __post_init__(self) -> None:
        kind = kind_of(self.store)
        if kind is None:
            raise StoreError(f"{self.store.url} holds no evidence of Minsheng: it has no {keys.SOURCE_KIND}")
        self.kind = kind

    def begin(self, ctx: Context, wanted: list[str]) -> None:
        """Begin at the oldest record."""
        theirs = [Evidence(self.store, slug) for slug in wanted]
        times = [evidence.read(1).fetched_at for evidence in theirs if evidence.newest()]
        if times:
            ctx.clock.advance(min(times))

    def fetches(self, ctx: Context, dataset: Dataset) -> Iterator[Fetched]:
        """Yield the records that this home has not kept, without what their store judged of them."""
        kept = {_identity(record) for record in ctx.evidence(dataset.name).records()}
        theirs = Evidence(self.store, dataset.name)
        for record in theirs.records():
            if _identity(record) in kept:
                continue
            pages = tuple(
                Page(page["address"], page["status"], page["headers"], theirs.body(page["sha256"]), page["redacted"])
                for page in record.pages
            )
            yield Fetched(
                asked=record.asked,
                fetched_at=record.fetched_at,
                pages=pages,
                why=record.why,
                answered=record.transport != "unanswered",
                window=record.window,
                stopped=record.stopped,
            )


def _identity(record: Record) -> tuple[dt.datetime, tuple[str, ...], bytes]:
    """What tells two records apart: of one second there may be two windows in which nothing was."""
    return record.fetched_at, record.bodies, canonical(record.window)
