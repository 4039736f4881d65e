"""The columns of a table of records: which texts each holds, and how often."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.conform import controls
from pipelines.decode.parts.beside import is_beside


@dataclass(frozen=True)
class Column:
    """One column of an agency's table."""

    heard: str
    """Its name in the records."""
    counts: Mapping[str, int]
    """By text, without blanks at its ends: in how many rows; without empty ones."""
    empty: int
    """Rows without a text."""

    @property
    def texts(self) -> list[str]:
        """The different texts, the most frequent first."""
        return list(self.counts)

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return sum(self.counts.values()) + self.empty

    def without(self, texts: Iterator[str] | list[str] | set[str]) -> "Column":
        """Return the column as if some texts were empty cells."""
        left = set(texts)
        kept = {text: count for text, count in self.counts.items() if text not in left}
        return replace(self, counts=kept, empty=self.rows - sum(kept.values()))


def columns_of(table: pa.Table) -> list[Column]:
    """Return the columns of records, in order.

    Args:
        table: the agency's records, as the decoder gives them.
    """
    return [_column(table, name) for name in table.column_names if not is_beside(name)]


def _column(table: pa.Table, name: str) -> Column:
    cells = table.column(name).cast(pa.string()).combine_chunks()
    cells = pa.concat_arrays(cells.chunks) if isinstance(cells, pa.ChunkedArray) else cells
    counted = pc.value_counts(controls.trimmed(cells))
    pairs = [(one["values"], one["counts"]) for one in counted.to_pylist()]
    counts: dict[str, int] = {}
    for text, count in sorted((pair for pair in pairs if pair[0]), key=lambda pair: -pair[1]):
        counts[text] = count
    return Column(name, counts, table.num_rows - sum(counts.values()))
