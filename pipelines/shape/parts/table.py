"""Tables of text, as steps see them: a column by its name, which cells are empty, where another table begins."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from catalog.declaration.names import fold_name
from catalog.declaration.pipeline import Ignore
from catalog.errors import SourceError
from pipelines.decode.parts.beside import FAULT, MEMBER, SHEET, TITLE, is_beside
from pipelines.shape.parts.origin import is_place

_MOST_NAMED = 20
TABLES = (MEMBER, SHEET, TITLE)
"""What tells the tables that one fetch holds from one another."""


class StepNames(NamedTuple):
    """The columns that a step reads and makes, as far as it names them."""

    reads: tuple[str, ...]
    makes: Mapping[str, tuple[str, ...]]
    """By new column, the columns that its texts come from."""


class Claims(NamedTuple):
    """The columns that something else needs, or nobody does."""

    names: frozenset[str]
    """Folded: those that a field, or another step, names."""
    ignore: Ignore | None

    def read(self, column: str) -> bool:
        """Return whether a field or another step reads a column."""
        return fold_name(column) in self.names

    def free(self, column: str) -> bool:
        """Return whether a column is neither read nor ignored."""
        return not self.read(column) and not (self.ignore and self.ignore.covers(column))


def agency_columns(records: pa.Table) -> list[str]:
    """Return the names of the agency's columns, in order."""
    return [name for name in records.column_names if not is_beside(name)]


def find(records: pa.Table, name: str) -> str:
    """Return the column of a declared name: the one that is spelled so, else the one that folds to the same.

    Raises:
        SourceError: there is none, or more than one.
    """
    names = agency_columns(records)
    found = [name] if name in names else [one for one in names if fold_name(one) == fold_name(name)]
    if len(found) != 1:
        there = ", ".join(map(repr, found or names[:_MOST_NAMED])) or "none"
        raise SourceError(f"expected one column {name!r}, found {len(found)}; there are {there}")
    return found[0]


def check_free(made: Sequence[str], names: Iterable[str]) -> None:
    """Check that the names of new columns are not those of columns that stay.

    Raises:
        SourceError: one is.
    """
    there = {fold_name(name): name for name in names}
    for name in made:
        if fold_name(name) in there:
            raise SourceError(
                f"expected no column {name!r} of the agency's, for the step makes it, found "
                f"{there[fold_name(name)]!r}; give the new column another name"
            )


def texts(records: pa.Table, name: str) -> pa.Array:
    """Return a column as one array of plain texts."""
    column = records.column(name).combine_chunks()
    column = pa.concat_arrays(column.chunks) if isinstance(column, pa.ChunkedArray) else column
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column.cast(pa.string())


def coded(records: pa.Table, name: str) -> pa.DictionaryArray:
    """Return a column whose distinct texts are stored once, so that a row may be repeated at no cost."""
    column: Any = records.column(name).combine_chunks()
    return column if pa.types.is_dictionary(column.type) else column.dictionary_encode()


def codes(column: pa.Array) -> np.ndarray:
    """Return a number for each distinct text, and -1 for null."""
    numbers: np.ndarray = pc.fill_null(column.dictionary_encode().indices, -1).to_numpy(zero_copy_only=False)
    return numbers.astype(np.int64)


def empty(column: pa.Array) -> np.ndarray:
    """Return which cells hold no text but blanks."""
    blank: np.ndarray = pc.equal(pc.utf8_trim_whitespace(pc.fill_null(column, "")), "").to_numpy(zero_copy_only=False)
    return blank


def faults(records: pa.Table) -> np.ndarray:
    """Return which records cannot be read as one."""
    if FAULT not in records.column_names:
        return np.zeros(records.num_rows, bool)
    none: np.ndarray = pc.is_valid(records.column(FAULT)).to_numpy()
    return none


def group_numbers(records: pa.Table, columns: Iterable[str]) -> np.ndarray:
    """Return a number for each row; rows that have the same texts in these columns have the same number."""
    numbers = np.zeros(records.num_rows, np.int64)
    for name in columns:
        own = codes(pc.utf8_trim_whitespace(pc.fill_null(texts(records, name), "")))
        # Numbers stay below the count of rows, so that two of them make one without an overflow.
        numbers = np.unique(numbers * (int(own.max(initial=0)) + 1) + own, return_inverse=True)[1].reshape(-1)
    return numbers


def begins(records: pa.Table) -> np.ndarray:
    """Return for each row the first row of its table."""
    numbers = group_numbers(records, [name for name in TABLES if name in records.column_names])
    places = np.arange(len(numbers))
    new = np.append(True, numbers[1:] != numbers[:-1])[: len(numbers)]
    return np.maximum.accumulate(np.where(new, places, 0)) if len(numbers) else places


def told_beside(records: pa.Table) -> list[str]:
    """Return the columns that say of each record where it comes from, or hold the texts of fields beside its cells."""
    return [name for name in records.column_names if is_beside(name) and name != FAULT and not is_place(name)]


def optional(places: np.ndarray) -> pa.Array:
    """Return places to take rows from; -1 is none, and gives null."""
    return pa.array(places, pa.int64(), mask=places < 0)
