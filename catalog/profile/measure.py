"""A partition's Parquet file -> what is kept of it. One column is held at a time, so that memory follows the file."""

from collections import Counter
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from catalog.periods import day_within
from catalog.profile.bins import bin_numbers, bin_widening
from catalog.profile.parts import (
    MOST_NUMBERS,
    MOST_TEXTS,
    ColumnPart,
    NumberPart,
    PartitionPart,
    TimePart,
    ValuesPart,
    limited,
)
from catalog.profile.plan import Plan
from catalog.profile.steps import StepsPart, count_steps
from catalog.profile.sums import exact_sum
from catalog.profile.times import Local, bin_times
from catalog.release.digest import sha256

LONGEST_TEXT, _KEPT_OF_LONGER = 80, 60
"""Characters of a value that is kept whole, and of a longer one; the hash after CUT keeps those apart."""
CUT = "\x00"


def measure(body: bytes, plan: Plan) -> PartitionPart:
    """Return what is kept of a partition.

    Args:
        body: its Parquet file.
        plan: how its rows lie in time.

    Raises:
        pyarrow.ArrowException: it cannot be read.
    """
    file = pq.ParquetFile(pa.BufferReader(body))
    schema, rows = file.schema_arrow, file.metadata.num_rows
    columns = {name: _column(_read(file, name), schema.field(name).type) for name in schema.names}
    steps = StepsPart({})
    if plan.field:
        times = local(day_within(_read(file, plan.field), sunday=plan.sunday))
        steps = count_steps(times, [_read(file, name) for name in plan.units], plan.grains)
    return PartitionPart(rows=rows, columns=columns, steps=steps)


def _read(file: pq.ParquetFile, name: str) -> pa.ChunkedArray:
    return file.read(columns=[name], use_threads=False).column(0)


def local(column: pa.ChunkedArray) -> Local:
    """Return days or times by the clock of their zone, NaT where there is none."""
    if pa.types.is_timestamp(column.type):
        column = pc.local_timestamp(column) if column.type.tz else column
    times: Local = column.to_numpy().astype("datetime64[ms]")
    return times


def _column(column: pa.ChunkedArray, kind: pa.DataType) -> ColumnPart:
    missing, there = column.null_count, column.drop_null()
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return _numbers(there.to_numpy(), missing)
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return _times(there, missing, kind)
    return _values(there, missing, kind)


def _numbers(values: Any, missing: int) -> NumberPart:
    values = values.astype(np.float64 if values.dtype.kind == "f" else np.int64)
    distinct, counts = np.unique(values, return_counts=True)
    few = distinct[: MOST_NUMBERS + 1].tolist()
    return NumberPart(
        missing=missing,
        low=_text(distinct[0]) if len(distinct) else None,
        high=_text(distinct[-1]) if len(distinct) else None,
        total=str(exact_sum(values)),
        bins=bin_numbers(values),
        widening=bin_widening(values),
        values=limited({_text(value): int(count) for value, count in zip(few, counts, strict=False)}, MOST_NUMBERS),
    )


def _text(value: Any) -> str:
    value = value.item() if isinstance(value, np.generic) else value
    return repr(value + 0)  # -0.0 is 0.0


def _times(there: pa.ChunkedArray, missing: int, kind: pa.DataType) -> TimePart:
    times, is_date = local(there), pa.types.is_date(kind)
    return TimePart(
        missing=missing,
        first=_iso(times.min(), is_date=is_date) if len(times) else None,
        last=_iso(times.max(), is_date=is_date) if len(times) else None,
        bins=bin_times(times, "day" if is_date else "hour"),
    )


def _iso(moment: np.datetime64, *, is_date: bool) -> str:
    return str(moment.astype("datetime64[D]" if is_date else "datetime64[ms]")).removesuffix(".000")


def _values(there: pa.ChunkedArray, missing: int, kind: pa.DataType) -> ValuesPart:
    counts = pc.value_counts(there)
    distinct = counts.field("values")
    if pa.types.is_boolean(kind):
        found = {str(value).lower(): n for value, n in zip(distinct.to_pylist(), _counts(counts), strict=True)}
        return ValuesPart(kind="boolean", missing=missing, values=limited(found, MOST_TEXTS))
    lengths = pc.min_max(pc.utf8_length(distinct)).as_py()
    values = None
    if len(distinct) <= MOST_TEXTS:
        kept: Counter[str] = Counter()
        for value, count in zip(distinct.to_pylist(), _counts(counts), strict=True):
            kept[_kept(value)] += count
        values = limited(kept, MOST_TEXTS)
    return ValuesPart(kind="text", missing=missing, shortest=lengths["min"], longest=lengths["max"], values=values)


def _counts(counts: pa.StructArray) -> list[int]:
    found: list[int] = counts.field("counts").to_pylist()
    return found


def _kept(text: str) -> str:
    if len(text) <= LONGEST_TEXT:
        return text
    return f"{text[:_KEPT_OF_LONGER]}{CUT}{sha256(text.encode())[:16]}"
