"""How mature the rows of a release are, as the agency says, and in which release that changed. Computed, no I/O.

The counts of a release follow from those of its base and from the rows that changed, so that a night reads only these.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pyarrow as pa

from catalog.declaration.maturity import MaturityOfRows
from catalog.declaration.pipeline import Block
from catalog.release.changes import BEFORE, CHANGE
from catalog.release.digest import Document

UNSAID = "unsaid"
"""Rows of which the agency does not say it."""


def maturity(
    block: Block,
    before: Mapping[str, Any] | None,
    n: int,
    moved: pa.Table | None,
    tables: Callable[[], Iterable[pa.Table]],
) -> Document | None:
    """Return `minsheng.maturity` of a release document.

    Args:
        block: of the declaration.
        before: the same of the base; None where it has none.
        n: the number of this release.
        moved: the rows that changed, as `changes.compare` gives them; None: nobody knows how the rows stood before.
        tables: the rows of all partitions; asked for only if the base does not say how many there were.

    Returns:
        Either `word` and `since`, or `field`, `words`, `rows` by word, `changed` (a list of `from`, `to`, `rows`) and
        `since`: the release in which it changed last. None where the declaration does not say it.
    """
    said = block.maturity
    if said is None:
        return None
    if not isinstance(said, MaturityOfRows):
        same = before is not None and before.get("word") == said
        return {"word": said, "since": before["since"] if same and before else n}
    of = {"field": said.field, "words": dict(said.words)}
    known = before is not None and moved is not None and {name: before.get(name) for name in of} == of
    if not known or before is None or moved is None:
        counts = Counter(word for table in tables() for word in _words(said, table.column(said.field)))
        return of | {"rows": _sorted(counts), "changed": [], "since": n}
    changed = _changed(said, moved)
    counts = Counter(before["rows"])
    for (old, new), rows in changed.items():
        counts[old] -= rows
        counts[new] += rows
    steps = [{"from": old, "to": new, "rows": rows} for (old, new), rows in sorted(changed.items()) if old and new]
    return of | {"rows": _sorted(counts), "changed": steps, "since": n if steps else before["since"]}


def _words(said: MaturityOfRows, values: pa.ChunkedArray) -> list[str]:
    return [(value is not None and said.of(value)) or UNSAID for value in values.to_pylist()]


def _changed(said: MaturityOfRows, moved: pa.Table) -> Counter[tuple[str, str]]:
    """How many rows went from one word to another; from and to an empty one for rows that came and went."""
    after = moved.column(said.field)
    old = BEFORE + said.field
    before = moved.column(old) if old in moved.column_names else after  # a field of the key never changes
    triples = zip(moved.column(CHANGE).to_pylist(), _words(said, before), _words(said, after), strict=True)
    pairs = (("" if kind == "insert" else was, "" if kind == "delete" else now) for kind, was, now in triples)
    return Counter(pair for pair in pairs if pair[0] != pair[1])


def _sorted(counts: Counter[str]) -> dict[str, int]:
    return {word: rows for word, rows in sorted(counts.items()) if word and rows}
