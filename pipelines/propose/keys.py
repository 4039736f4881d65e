"""Which fields identify a row: proved on the values of the file, the fewest fields first."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.propose import times
from pipelines.propose.fields import ProposedField
from pipelines.propose.numbers import is_code_name

_MOST_FIELDS = 4
_MOST_CANDIDATES = 14
_FEW_TWICE = 0.005
"""The share of rows whose key may stand twice before the key is no key: they go to quarantine."""
_FEW_ROWS = 30
"""Rows that prove too little: many fields tell them apart by chance."""
_FEW_INTEGERS = 60
"""Different whole numbers of a column that may still be of the key: hours, ranks, instruments."""


@dataclass(frozen=True)
class FoundKey:
    """The fields of a key, and what the rows of the file say of it."""

    fields: tuple[str, ...]
    rows: int
    """Rows that differ in some cell."""
    same: int = 0
    """Rows that are alike in every cell to another one."""
    twice: int = 0
    """Rows whose key stands in another row too."""
    alike: tuple[str, ...] = ()
    """Fields of codes that are the same in all rows of the file: of the key, if other files have others."""
    occurrence: bool = False
    """Whether rows must be counted, because no fields identify them."""
    rivals: tuple[tuple[str, ...], ...] = ()
    """Where rows are too few to prove a key: other ones of as many fields that tell them apart too."""

    @property
    def is_weak(self) -> bool:
        """Whether so few rows prove little: in a larger file two may share it."""
        return self.rows < _FEW_ROWS


def find_key(rows: pa.Table, fields: Sequence[ProposedField]) -> FoundKey:
    """Return the key.

    Args:
        rows: the typed values of the published fields.
        fields: which may be of the key, in the order of the table.
    """
    coded = {one.name: _numbered(rows.column(one.name)) for one in fields}
    counts = any(one.type in ("integer", "number") for one in fields)
    everything = _together(list(coded.values()))
    first = np.unique(everything, return_index=True)[1] if rows.num_rows else np.array([], np.int64)
    coded = {name: column[np.sort(first)] for name, column in coded.items()}
    count, same = len(first), rows.num_rows - len(first)
    candidates = _candidates(rows, fields, coded)
    if same and not counts:  # a list of cases: two that are alike are two
        return FoundKey(
            _in_order(candidates or [fields[0].name], fields),
            rows.num_rows,
            twice=_of_keys_twice([everything]),
            occurrence=True,
        )
    found, best = _fewest(coded, candidates, count)
    if found is None and candidates:
        found = _all_but_needless(coded, candidates, count)
    if found:
        constant = [one.name for one in fields if is_code(one) and coded[one.name].max(initial=0) < 1]
        found = _code_of_few(found, fields, coded, candidates, count)
        alike, rivals = tuple(constant) if count > 1 else (), _rivals(coded, candidates, found, count)
        return FoundKey(
            _in_order(found, fields), count, same, alike=alike, rivals=tuple(_in_order(one, fields) for one in rivals)
        )
    if best and count - best[0] <= _FEW_TWICE * count:
        twice = _of_keys_twice([coded[name] for name in best[1]])
        return FoundKey(_in_order(best[1], fields), count, same, twice)
    names = candidates or [fields[0].name]
    return FoundKey(
        _in_order(names, fields), count, same, _of_keys_twice([coded[name] for name in names]), occurrence=True
    )


def of_names(fields: Sequence[ProposedField]) -> FoundKey:
    """Return a key for a table without rows: the first field that is called as one of codes, else the first.

    Args:
        fields: which may be of the key.
    """
    return FoundKey((next((one.name for one in fields if is_code(one)), fields[0].name),), 0)


def _fewest(
    coded: dict[str, np.ndarray], candidates: list[str], count: int
) -> tuple[tuple[str, ...] | None, tuple[int, tuple[str, ...]] | None]:
    """The fewest fields that tell all rows apart; and those that tell most of them apart, with how many."""
    best: tuple[int, tuple[str, ...]] | None = None
    for size in range(1, min(_MOST_FIELDS, len(candidates)) + 1):
        for chosen in sorted(itertools.combinations(range(len(candidates)), size), key=sum):
            names = tuple(candidates[at] for at in chosen)
            if _most(coded, names) < count * (1 - _FEW_TWICE):
                continue
            distinct = len(np.unique(_together([coded[name] for name in names])))
            if distinct == count:
                return names, best
            best = max(best or (0, ()), (distinct, names), key=lambda one: one[0])
    return None, best


def _code_of_few(
    found: tuple[str, ...],
    fields: Sequence[ProposedField],
    coded: dict[str, np.ndarray],
    candidates: list[str],
    count: int,
) -> tuple[str, ...]:
    """Of few rows, the code that tells them apart rather than the time, in which a few differ by chance."""
    if count >= _FEW_ROWS or len(found) != 1:
        return found
    codes = {one.name for one in fields if is_code(one)}
    alone = (name for name in candidates if name in codes and len(np.unique(coded[name])) == count)
    return found if found[0] in codes else next(((name,) for name in alone), found)


def _rivals(
    coded: dict[str, np.ndarray], candidates: list[str], key: Sequence[str], count: int
) -> list[tuple[str, ...]]:
    """Of few rows, the other keys of as many fields."""
    if not 1 < count < _FEW_ROWS or len(key) > _MOST_FIELDS:
        return []
    return [
        names
        for names in itertools.combinations(candidates, len(key))
        if set(names) != set(key) and len(np.unique(_together([coded[name] for name in names]))) == count
    ]


def _all_but_needless(coded: dict[str, np.ndarray], candidates: list[str], count: int) -> tuple[str, ...] | None:
    """All fields but those without which rows are told apart too, the least likely left out first."""
    names = tuple(candidates)
    if len(np.unique(_together([coded[name] for name in names]))) < count:
        return None
    for name in reversed(candidates):
        rest = tuple(one for one in names if one != name)
        if rest and len(np.unique(_together([coded[one] for one in rest]))) == count:
            names = rest
    return names


def _numbered(column: pa.ChunkedArray) -> np.ndarray:
    """The values as numbers; null is one."""
    array = column.combine_chunks()
    array = pa.concat_arrays(array.chunks) if isinstance(array, pa.ChunkedArray) else array
    found: np.ndarray = pc.fill_null(array.dictionary_encode().indices, -1).to_numpy(zero_copy_only=False)
    return found.astype(np.int64)


def _together(columns: Sequence[np.ndarray]) -> np.ndarray:
    """One number for each combination of values."""
    found = columns[0]
    for column in columns[1:]:
        found = np.unique(found, return_inverse=True)[1] * (int(column.max(initial=0)) + 2) + column + 1
    return found


def _most(coded: dict[str, np.ndarray], names: Sequence[str]) -> float:
    """How many combinations there can be."""
    return float(np.prod([float(coded[name].max(initial=0) + 1) for name in names]))


def _of_keys_twice(columns: Sequence[np.ndarray]) -> int:
    counts = np.unique(_together(columns), return_counts=True)[1]
    return int(counts[counts > 1].sum())


def _in_order(names: Sequence[str], fields: Sequence[ProposedField]) -> tuple[str, ...]:
    return tuple(one.name for one in fields if one.name in names)


def _candidates(rows: pa.Table, fields: Sequence[ProposedField], coded: dict[str, np.ndarray]) -> list[str]:
    """The fields that may identify a row, the likeliest first: times, codes, words; no quantities, no empty cells."""
    found: list[tuple[int, int, str]] = []
    for place, one in enumerate(fields):
        column = coded[one.name]
        if column.min(initial=0) < 0 or column.max(initial=0) < 1:  # a cell is empty, or all are alike
            continue
        if one.type == "number" or one.values.get("unit") or _is_serial(rows.column(one.name)):
            continue
        code = is_code(one)
        if one.type == "integer" and not code and column.max() + 1 > _FEW_INTEGERS:
            continue  # it counts something
        rank = 0 if one.type in times.TYPES else 1 if code else 2 if one.type in ("string", "boolean") else 3
        long = one.type == "string" and _is_long(rows.column(one.name))
        found.append((rank + (4 if long else 0), place, one.name))
    return [name for _, _, name in sorted(found)][:_MOST_CANDIDATES]


def is_code(field: ProposedField) -> bool:
    """Return whether a field is called as one of codes."""
    return field.type in ("string", "integer") and is_code_name(str(field.values.get("heard_as", field.name)))


def _is_serial(column: pa.ChunkedArray) -> bool:
    """Whether numbers only count the rows of the file."""
    try:
        values = column.cast(pa.int64()).to_numpy()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return False
    return len(values) > 1 and values[0] in (0, 1) and bool((np.diff(values) == 1).all())


def _is_long(column: pa.ChunkedArray) -> bool:
    """Whether texts are sentences or addresses."""
    length = pc.mean(pc.utf8_length(column)).as_py()
    return bool(length and length > 25)
