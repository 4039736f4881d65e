"""`evidence:URL`: the evidence of another private store, copied fetch by fetch."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from catalog import keys
from catalog.declaration.dataset import Dataset
from catalog.errors import StoreError
from catalog.store import Store
from pipelines import decisions
from pipelines.context import Context, kind_of
from pipelines.evidence import Evidence
from pipelines.records import Fetched, Page, Record


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

    @property
    def side_by_side(self) -> bool:
        """All of it is read here, in order."""
        return False

    def begin(self, ctx: Context, wanted: list[str]) -> None:
        """Begin at the oldest record."""
        theirs = [Evidence(self.store, slug) for slug in wanted]
        times = [evidence.read(1).fetched_at for evidence in theirs if evidence.newest()]
        if times:
            ctx.clock.advance(min(times))

    def fetches(self, ctx: Context, dataset: Dataset) -> Iterator[Fetched]:
        """Yield the records that this home has not kept, without what their store judged of them.

        What was withdrawn there is not copied: no other home may publish it, and its bodies may be purged.
        """
        gone = decisions.withdrawn(decisions.read(self.store, dataset.name))
        kept = {record.identity for record in ctx.evidence(dataset.name).records()}
        theirs = Evidence(self.store, dataset.name)
        for record in theirs.records():
            if record.identity not in kept and record.k not in gone:
                yield fetched_of(theirs, record)


def fetched_of(evidence: Evidence, record: Record) -> Fetched:
    """Return a record with its bodies, as it was fetched: to be kept elsewhere, or once more.

    Raises:
        Absent: a body is gone.
        IntegrityError: a body is not what its hash says.
    """
    return Fetched(
        asked=record.asked,
        fetched_at=record.fetched_at,
        pages=tuple(
            Page(page["address"], page["status"], page["headers"], evidence.body(page["sha256"]), page["redacted"])
            for page in record.pages
        ),
        why=record.why,
        answered=record.transport != "unanswered",
        window=record.window,
        stopped=record.stopped,
        clock_is_right_at=record.clock_is_right_at,
    )
