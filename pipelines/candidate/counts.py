"""Where the records of fetches are: published, quarantined, omitted or collapsed, and in no two of these places."""

from collections.abc import Iterable
from dataclasses import dataclass

from catalog.release.digest import Document
from quality.guards import FetchFigures


@dataclass(frozen=True)
class RecordCounts:
    """Where the records of fetches are: each is in one of four places."""

    heard: int
    published: int
    """Rows that are folded."""
    quarantined: int
    """Rows that left; a row of which only a cell left is published."""
    omitted: int
    collapsed: int

    @property
    def adds_up(self) -> bool:
        """Whether no record is lost, and none is in two places."""
        return self.heard == sum(count for _, count in self.places)

    @property
    def places(self) -> tuple[tuple[str, int], ...]:
        """Each place and how many records are there."""
        names = ("published", "quarantined", "omitted", "collapsed")
        return tuple((name, getattr(self, name)) for name in names)

    def json(self) -> dict[str, int]:
        """Return what `minsheng run --json` documents."""
        return {"heard": self.heard, **dict(self.places)}


def counted(fetches: Iterable[FetchFigures]) -> RecordCounts:
    """Return where the records of fetches are, all together."""
    parts = [(each.heard, each.published, each.left, each.omitted, each.collapsed) for each in fetches]
    rows, published, left, omitted, collapsed = map(sum, zip(*parts, strict=True)) if parts else (0,) * 5
    return RecordCounts(rows + omitted, published, left, omitted, collapsed)


def counted_in(fact: Document) -> RecordCounts | None:
    """Return where the records of a release are, as its `quality` fact says; None where an earlier version wrote it."""
    lines = fact.get("fetches") or []
    if not all("published" in line and "left" in line for line in lines):
        return None
    return counted(
        FetchFigures(
            fetch=line["fetch"],
            heard=line["rows"],
            published=line["published"],
            left=line["left"],
            quarantined=line["quarantined"],
            collapsed=line["collapsed"],
            omitted=line.get("omitted", 0),
        )
        for line in lines
    )
