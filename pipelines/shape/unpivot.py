"""Columns to rows: the name of a column becomes a cell, and so a new column a day is new rows."""

from typing import Annotated, Literal, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field, model_validator

from catalog.declaration.names import NamePattern, fold_name, whole
from catalog.declaration.strict import Listed, Strict, Texts
from catalog.errors import SourceError
from pipelines.decode.parts import limits
from pipelines.decode.parts.beside import FAULT
from pipelines.shape.parts.origin import header_of, record_of, records_of
from pipelines.shape.parts.table import Claims, StepNames, agency_columns, check_free, coded, empty, faults, find, texts


class Unpivot(Strict):
    """What a declaration may say of it."""

    columns: Texts = Field(default=(), description="the columns, each of which must be there")
    patterns: Annotated[tuple[NamePattern, ...], Listed] = Field(
        default=(), description="and those whose whole name fits one of these, as RE2 reads it"
    )
    others: bool = Field(
        default=False, description="true: all columns that no field and no other step reads, and that are not ignored"
    )
    name: str | None = Field(default=None, min_length=1, description="the new column with the names of the columns")
    split: NamePattern | None = Field(
        default=None, description="the name cut into several columns: a pattern whose groups are named (?P<day>...)"
    )
    value: str = Field(min_length=1, description="the new column with the cells")
    empty: Literal["keep", "drop"] = Field(default="keep", description="what becomes of empty cells: drop makes no row")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.others == bool(self.columns or self.patterns):
            raise ValueError("which columns? Write columns and patterns, or others: true")
        if self.name is None and self.split is None:
            raise ValueError("where do the columns' names go? Write name, or split")
        made = [fold_name(one) for one in _made(self)]
        if len(set(made)) < len(made):
            raise ValueError(f"each new column needs a name of its own, found {', '.join(_made(self))}")
        return self


OPTIONS = Unpivot
"""What the registry checks a declared step by."""


def _made(step: Unpivot) -> tuple[str, ...]:
    try:
        groups = _split([""], step.split).names if step.split else []
    except pa.ArrowInvalid as error:
        raise ValueError(f"split: every group needs a name, as in (?P<day>...) ({error})") from error
    if step.split and not groups:
        raise ValueError("split: names no group; write for instance (?P<month>[0-9-]+) (?P<measure>.+)")
    return (*([step.name] if step.name else []), *groups, step.value)


def names(step: Unpivot) -> StepNames:
    """Return the columns that it reads and makes, as far as it names them."""
    return StepNames(step.columns, {name: step.columns if name == step.value else () for name in _made(step)})


def apply(records: pa.Table, step: Unpivot, claims: Claims) -> pa.Table:
    """Return a row for each record and column, in the order of the records, and of the columns in each.

    Args:
        records: as they are.
        step: as declared.
        claims: the columns that something else reads.

    Raises:
        SourceError: a column is not there, none is, a name does not fit `split`, a new name is taken, or there are
            more cells than the limit.
    """
    turned = _turned(records, step, claims)
    kept = [name for name in records.column_names if name not in turned]
    check_free(_made(step), agency_columns(records.select(kept)))
    cells = [texts(records, name) for name in turned]
    rows, at = _places(records, cells, step, len(kept) + len(_made(step)))
    columns = {name: _repeated(records, name).take(pa.array(rows)) for name in kept if name != header_of(step.value)}
    untold = faults(records)[rows]
    for name, values in _names(turned, step).items():
        columns[name] = pa.DictionaryArray.from_arrays(pa.array(at, pa.int32(), mask=untold), values)
    columns[step.value] = pa.concat_arrays(cells).take(pa.array(at * records.num_rows + rows))
    columns[header_of(step.value)] = pa.DictionaryArray.from_arrays(pa.array(at, pa.int32()), pa.array(turned))
    return pa.table(columns | _moved(records, turned, rows, at, step))


def _turned(records: pa.Table, step: Unpivot, claims: Claims) -> list[str]:
    """The columns that become rows, in order."""
    there = agency_columns(records)
    wanted = {find(records, name) for name in step.columns}
    for pattern in step.patterns:
        fit = pc.match_substring_regex(pa.array(there, pa.string()), pattern=whole(pattern)).to_pylist()
        wanted |= {name for name, fits in zip(there, fit, strict=True) if fits}
    if step.others:
        wanted = {name for name in there if claims.free(name)}
    if not wanted:
        said = "that no field reads" if step.others else f"that fit {' or '.join(map(repr, step.patterns))}"
        raise SourceError(f"expected columns {said}, found none; there are {', '.join(map(repr, there[:20]))}")
    return [name for name in there if name in wanted]


def _split(columns: list[str], pattern: str) -> pa.StructType:
    kind: pa.StructType = pc.extract_regex(pa.array(columns, pa.string()), pattern=whole(pattern)).type
    return kind


def _names(turned: list[str], step: Unpivot) -> dict[str, pa.Array]:
    """What the names of the columns become, by new column."""
    columns = pa.array(turned, pa.string())
    found = {step.name: columns} if step.name else {}
    if step.split:
        parts = pc.extract_regex(columns, pattern=whole(step.split))
        strange = columns.filter(pc.is_null(parts)).to_pylist()
        if strange:
            raise SourceError(f"expected names of columns that fit split, {step.split!r}, found {strange[0]!r}")
        found |= {name: parts.field(i) for i, name in enumerate(parts.type.names)}
    return found


def _places(records: pa.Table, cells: list[pa.Array], step: Unpivot, width: int) -> tuple[np.ndarray, np.ndarray]:
    """The record and the column of each row that is made; of a record that is none, one row."""
    if step.empty == "keep":
        limits.cells(records.num_rows * len(cells) * width)
    said = np.stack(
        [~empty(column) if step.empty == "drop" else np.ones(len(column), bool) for column in cells], axis=1
    )
    fault = faults(records)
    said[fault] = False
    said[fault, 0] = True
    rows, at = np.nonzero(said)
    limits.cells(len(rows) * width)
    return rows, at


def _repeated(records: pa.Table, name: str) -> pa.Array:
    plain = name == FAULT or not pa.types.is_string(records.schema.field(name).type)
    return records.column(name).combine_chunks() if plain else coded(records, name)


def _moved(
    records: pa.Table, turned: list[str], rows: np.ndarray, at: np.ndarray, step: Unpivot
) -> dict[str, pa.Array]:
    """In which record each cell stood, where a step before had moved some of them."""
    if not any(record_of(name) in records.column_names for name in turned):
        return {}
    stood = pa.concat_arrays([records_of(records, name) for name in turned])
    return {record_of(step.value): stood.take(pa.array(at * records.num_rows + rows))}
