"""The known faults of a source, mended as `minsheng.corrections` says, before anything of a cell is read."""

import datetime as dt
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from catalog.declaration.corrections import Correction
from catalog.declaration.dataset import Dataset

Texts = Mapping[str, pa.DictionaryArray]


class Seen(NamedTuple):
    """What a correction found in one fetch."""

    heard: int
    """Rows with its key."""
    rows: tuple[int, ...] = ()
    """The numbers of those that are corrected, from 1."""
    ended: int = 0
    """Rows that have the wrong text still, after the correction ended: they stay as they are."""


def corrected(
    dataset: Dataset, texts: Texts, day: dt.date | None = None
) -> tuple[dict[str, pa.DictionaryArray], dict[str, Seen]]:
    """Mend the cells that the declaration says are wrong.

    Args:
        dataset: the declaration.
        texts: the trimmed texts of each field of one fetch, joined ones too.
        day: on which the fetch began; None: no correction has ended.

    Returns:
        The columns that differ, and by correction what it found; none is left out.
    """
    mended: dict[str, pa.DictionaryArray] = {}
    seen: dict[str, Seen] = {}
    for correction in dataset.minsheng.corrections:
        column = mended.get(correction.field, texts[correction.field])
        named = _named(correction, texts)
        wrong = named & _is(column, correction.found)
        ended = day is not None and day > dt.date.fromisoformat(correction.until)
        rows = () if ended else tuple(int(row) + 1 for row in np.flatnonzero(wrong))
        seen[correction.id] = Seen(int(named.sum()), rows, int(wrong.sum()) if ended else 0)
        if rows:
            mended[correction.field] = _with(column, wrong, correction.value)
    return mended, seen


def _named(correction: Correction, texts: Texts) -> np.ndarray:
    """Which rows have the key of a correction, as the agency wrote it."""
    named: np.ndarray = np.logical_and.reduce([_is(texts[name], text) for name, text in correction.when.items()])
    return named


def _is(column: pa.DictionaryArray, text: str) -> np.ndarray:
    """Which cells have a text; an empty one is no text at all."""
    known = {each: code for code, each in enumerate(column.dictionary.to_pylist())} if len(column) else {}
    codes = column.indices.to_numpy(zero_copy_only=False)
    missing = column.is_null().to_numpy(zero_copy_only=False)
    found: np.ndarray = ~missing & (codes == known[text]) if text in known else np.zeros(len(column), bool)
    return found | missing if text == "" else found


def _with(column: pa.DictionaryArray, where: np.ndarray, text: str) -> pa.DictionaryArray:
    codes = column.indices.to_numpy(zero_copy_only=False).copy()
    missing = column.is_null().to_numpy(zero_copy_only=False) & ~where
    codes[missing] = 0
    codes[where] = len(column.dictionary)
    indices = pa.array(codes.astype(np.int32), mask=missing)
    return pa.DictionaryArray.from_arrays(indices, pa.concat_arrays([column.dictionary, pa.array([text])]))
