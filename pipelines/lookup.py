"""Reference tables as dictionaries: the row that stands under some words, and of several the one valid at a time."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from catalog.declaration.references import Valid

_EVER = 2**62
"""After every day and every moment: where a row has no end. Minus this: where it has no beginning."""
_DAY = 10
"""Characters of a day, as 2019-12-01."""


class Twofold(NamedTuple):
    """Two rows of a table with the same words and different values."""

    words: tuple[str, ...]
    values: tuple[str, str]


def find(
    table: pa.Table, columns: Sequence[str], words: Sequence[pa.Array], valid: Valid | None, at: pa.Array | None
) -> pa.Array:
    """Return where rows stand in a reference table.

    Args:
        table: the table, all texts.
        columns: its columns with the words.
        words: of each row that is looked up, its texts, one array for each column.
        valid: its columns that say when a row is valid.
        at: with `valid`, the time of each row that is looked up: date32, or timestamp with a zone.

    Returns:
        The place of the first row with these words; with `valid`, of those that are valid then, the last to begin. Null
        where there is none, and where a word or the time is null.
    """
    known, asked = _together([table.column(name) for name in columns]), _together(words)
    if valid is None or at is None:
        return pc.index_in(asked, value_set=known, skip_nulls=True)
    by_moment = pa.types.is_timestamp(at.type) and _has_times(table, valid)
    spans = _starts(table, valid, by_moment), _ends(table, valid, by_moment)
    return _within(known, spans, asked, _numbers(at, by_moment))


def twofold(table: pa.Table, columns: Sequence[str], value: str, valid: Valid | None) -> Twofold | None:
    """Return words of a table under which two values stand, at the same time where its rows have one.

    Args:
        table: the table, all texts. A row without a word or a value says nothing.
        columns: its columns with the words.
        value: its column with the value.
        valid: its columns that say when a row is valid.

    Returns:
        None if under all words stands one value at a time.
    """
    whole = _together([table.column(name) for name in (*columns, value)])
    said = table.filter(pc.is_valid(whole))
    pairs = pa.table({"words": _together([said.column(name) for name in columns]), "value": said.column(value)})
    counts = pairs.group_by(["words", "value"], use_threads=False).aggregate([]).column("words").value_counts()
    several = pc.struct_field(counts, "values").filter(pc.greater(pc.struct_field(counts, "counts"), 1))
    if not len(several):
        return None
    here = pc.is_in(pairs.column("words"), value_set=several)
    pairs, said = pairs.filter(here), said.filter(here)
    if valid is None:
        words = pairs.column("words")[0].as_py()
        values = pairs.filter(pc.equal(pairs.column("words"), words)).column("value").unique().to_pylist()
        return Twofold(tuple(words.split("\0")), (values[0], values[1]))
    by_moment = _has_times(said, valid)
    return _overlapping(pairs, _starts(said, valid, by_moment), _ends(said, valid, by_moment))


def _overlapping(pairs: pa.Table, starts: np.ndarray, ends: np.ndarray) -> Twofold | None:
    """Two values of the same words that are valid at the same time. A day on which one ends is the next one's."""
    words, values = pairs.column("words").to_pylist(), pairs.column("value").to_pylist()
    until: dict[str, dict[str, tuple[int, int]]] = {}
    for i in sorted(range(len(words)), key=lambda place: (starts[place], ends[place])):
        others = until.setdefault(words[i], {})
        for other, (start, end) in others.items():
            if other != values[i] and (starts[i] < end or starts[i] == start):
                return Twofold(tuple(words[i].split("\0")), (other, values[i]))
        start, end = others.get(values[i], (starts[i], ends[i]))
        others[values[i]] = (max(start, starts[i]), max(end, ends[i]))
    return None


def _within(
    known: pa.Array, spans: tuple[np.ndarray, np.ndarray], asked: pa.Array, at: tuple[np.ndarray, np.ndarray]
) -> pa.Array:
    """The place of the row with these words that began last before a time, if one that began before reaches it."""
    distinct = pc.unique(known).drop_null()
    codes, wanted = (_codes(words, distinct) for words in (known, asked))
    (starts, ends), (times, timed) = spans, at
    firsts, lasts = np.unique(starts), np.unique(ends)
    keys = codes * (len(firsts) + 1) + np.searchsorted(firsts, starts) + 1
    order = np.argsort(keys, kind="stable")
    # The codes stand in order, so the greatest so far is the greatest of the word.
    reach = np.maximum.accumulate(codes[order] * len(lasts) + np.searchsorted(lasts, ends[order]))
    sought = wanted * (len(firsts) + 1) + np.searchsorted(firsts, times, side="right")
    place = np.searchsorted(keys[order], sought, side="right") - 1
    at_hand = np.maximum(place, 0)
    stands = (place >= 0) & (wanted >= 0) & timed
    if len(order):
        stands &= codes[order][at_hand] == wanted
        stands &= lasts[reach[at_hand] - codes[order][at_hand] * len(lasts)] >= times
        at_hand = order[at_hand]
    return pa.array(at_hand, pa.int64(), mask=~stands)


def _codes(words: pa.Array, distinct: pa.Array) -> np.ndarray:
    """The number of each text among the distinct ones; -1 for none."""
    found = pc.index_in(words, value_set=distinct, skip_nulls=True)
    return np.asarray(pc.fill_null(found, -1).to_numpy(zero_copy_only=False), np.int64)


def _together(words: Sequence[pa.Array | pa.ChunkedArray]) -> pa.Array:
    """The words of each row as one text, null where one of them is. No text has the U+0000 that joins them."""
    whole = words[0] if len(words) == 1 else pc.binary_join_element_wise(*words, "\0")
    return whole.combine_chunks() if isinstance(whole, pa.ChunkedArray) else whole


def _has_times(table: pa.Table, valid: Valid) -> bool:
    """Whether the table says to the moment when its rows are valid, and not to the day."""
    texts = [table.column(name) for name in valid.fields]
    return all(pc.all(pc.greater(pc.utf8_length(text), _DAY)).as_py() is not False for text in texts)


def _starts(table: pa.Table, valid: Valid, by_moment: bool) -> np.ndarray:
    return _bounds(table, valid.start, by_moment, -_EVER)


def _ends(table: pa.Table, valid: Valid, by_moment: bool) -> np.ndarray:
    return _bounds(table, valid.end, by_moment, _EVER)


def _bounds(table: pa.Table, name: str | None, by_moment: bool, none: int) -> np.ndarray:
    """The days, or moments, in a column as numbers."""
    if name is None:
        return np.full(table.num_rows, none)
    texts = table.column(name).combine_chunks()
    if by_moment:
        bounds, _ = _numbers(texts.cast(pa.timestamp("ms", "UTC")), by_moment)
    else:
        bounds, _ = _numbers(pc.utf8_slice_codeunits(texts, 0, _DAY).cast(pa.date32()), by_moment)
    return np.where(texts.is_valid().to_numpy(zero_copy_only=False), bounds, none)


def _numbers(times: pa.Array, by_moment: bool) -> tuple[np.ndarray, np.ndarray]:
    """Days, or moments, as numbers that compare, and where there is one."""
    if by_moment:
        numbers = times.cast(pa.timestamp("ms", times.type.tz)).cast(pa.int64())
    else:
        days = pc.local_timestamp(times) if pa.types.is_timestamp(times.type) else times
        numbers = pc.floor_temporal(days, unit="day").cast(pa.date32()).cast(pa.int32()).cast(pa.int64())
    present = numbers.is_valid().to_numpy(zero_copy_only=False)
    return pc.fill_null(numbers, 0).to_numpy(zero_copy_only=False), present
