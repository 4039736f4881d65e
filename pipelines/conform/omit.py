"""Which records are no rows of the table, as `minsheng.omit` says. Each distinct text is looked at once."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from catalog.declaration.dataset import Dataset
from catalog.declaration.names import whole
from catalog.declaration.rows import CellCondition
from pipelines.decode.parts.beside import FAULT


def omitted_by(dataset: Dataset, table: pa.Table) -> list[np.ndarray]:
    """Return, for each entry of `omit`, which records it omits: they are no rows of this table.

    The first entry that fits a record omits it.

    Args:
        dataset: the declaration.
        table: records as trimmed text, one column for each declared field; and `beside.FAULT`, if there is any.
    """
    left = np.ones(table.num_rows, bool)
    if FAULT in table.column_names:  # what cannot be read as a record is a fault, whatever its cells say
        left = pc.is_null(table.column(FAULT)).to_numpy()
    by_entry = []
    for omit in dataset.minsheng.omit:
        matches = np.ones(table.num_rows, bool)
        for name, condition in omit.when.items():
            coded = pc.fill_null(table.column(name).cast(pa.string()), "").combine_chunks().dictionary_encode()
            coded = coded.combine_chunks() if isinstance(coded, pa.ChunkedArray) else coded
            field = dataset.field(name)
            missing = dataset.table.missing if field.missing is None else field.missing
            holds = _holds(condition, coded.dictionary, (*missing, ""))
            matches &= holds.take(coded.indices).to_numpy(zero_copy_only=False)
        by_entry.append(matches & left)
        left = left & ~matches
    return by_entry


def _holds(condition: CellCondition, texts: pa.Array, missing: tuple[str, ...]) -> pa.Array:
    """For each text, whether the condition holds."""
    if isinstance(condition, str):
        return pc.equal(texts, condition)
    if isinstance(condition, tuple):
        return pc.is_in(texts, value_set=pa.array(condition, pa.string()))
    if condition.other is not None:
        return pc.invert(_holds(condition.other, texts, missing))
    if condition.matches is not None:
        return pc.match_substring_regex(texts, pattern=whole(condition.matches))
    if condition.begins is not None:
        begins = [pc.starts_with(texts, pattern=text).to_numpy(zero_copy_only=False) for text in condition.begins]
        return pa.array(np.logical_or.reduce(begins))
    return pc.is_in(texts, value_set=pa.array(missing, pa.string()))
