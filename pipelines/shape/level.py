"""Indentation, or marks such as 一、 and (一), as levels: the texts of the lines above become columns."""

from typing import Annotated, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field, model_validator

from catalog.declaration.names import NamePattern, fold_name
from catalog.declaration.strict import Listed, Strict
from catalog.errors import SourceError
from pipelines.shape.parts.origin import header_of, record_of, records_of
from pipelines.shape.parts.table import (
    Claims,
    StepNames,
    agency_columns,
    begins,
    check_free,
    empty,
    faults,
    find,
    optional,
    texts,
)

_BLANKS = "^(?P<blanks>[ \\t\\x{a0}\\x{3000}]*)"


class Level(Strict):
    """What a declaration may say of it: the levels by one of `indent`, `marks` and `alone`."""

    column: str = Field(min_length=1, description="the column whose texts have levels")
    into: Annotated[tuple[str, ...], Listed] = Field(
        min_length=1, max_length=20, description="the new columns, one for each level: the text of the line there"
    )
    indent: int | Annotated[tuple[int, ...], Listed] | None = Field(
        default=None, description="blanks for each level; or a list of how many each level has. A full-width one is two"
    )
    marks: Annotated[tuple[NamePattern, ...], Listed] = Field(
        default=(),
        description="how the text of each level begins, as RE2 reads it; all others are the level after them",
    )
    alone: bool = Field(default=False, description="true: a line without a text in any other column is the first level")

    @model_validator(mode="after")
    def _one(self) -> Self:
        if [self.indent is not None, bool(self.marks), self.alone].count(True) != 1:
            raise ValueError("what tells the levels? Write one of indent, marks and alone: true")
        indent = (self.indent,) if isinstance(self.indent, int) else self.indent or (1,)
        if min(indent) < (1 if isinstance(self.indent, int) else 0) or list(indent) != sorted(set(indent)):
            raise ValueError("indent: expected how many blanks a level has, at least 1; or a list that grows")
        if len({fold_name(name) for name in self.into}) < len(self.into):
            raise ValueError("into: each level needs a name of its own")
        most = 2 if self.alone else len(self.marks) + 1 if self.marks else 20
        if not len(self.marks) <= len(self.into) <= most:
            raise ValueError(f"into: expected a name for each level, found {len(self.into)}")
        return self


OPTIONS = Level
"""What the registry checks a declared step by."""


def names(step: Level) -> StepNames:
    """Return the columns that it reads and makes."""
    return StepNames((step.column,), dict.fromkeys(step.into, (step.column,)))


def apply(records: pa.Table, step: Level, claims: Claims) -> pa.Table:
    """Return the records with a column for each level: of a line its own text there, and those of the lines above it.

    Levels below a line's own are null; so are all where the column has no text.

    Args:
        records: as they are.
        step: as declared.
        claims: not used here.

    Raises:
        SourceError: the column is not there, a line is of no declared level, or two levels below the line above.
    """
    column = find(records, step.column)
    check_free(step.into, agency_columns(records))
    raw = texts(records, column)
    text, silent = pc.utf8_trim_whitespace(raw), empty(raw) | faults(records)
    depth = np.where(silent, -1, _depths(records, column, raw, step))
    _expect(depth >= len(step.into), text, f"at most {len(step.into)} levels, as into names them")
    places, first = np.arange(len(depth)), begins(records)
    stood, above = records_of(records, column), None
    for level, name in enumerate(step.into):
        last = _last(depth == level, places)
        higher = _last((depth >= 0) & (depth < level), places)
        source = np.where((depth >= level) & (last >= first) & (last > higher), last, -1)
        if above is not None:
            _expect((depth >= level) & (above < 0), text, f"a line of level {level} above it")
        taken = optional(source)
        records = records.append_column(name, text.take(taken))
        records = records.append_column(record_of(name), stood.take(taken))
        records = records.append_column(header_of(name), pa.repeat(column, len(depth)).dictionary_encode())
        above = source
    return records


def _last(found: np.ndarray, places: np.ndarray) -> np.ndarray:
    """For each row the last one, up to it, in which something was found, or -1."""
    return np.maximum.accumulate(np.where(found, places, -1)) if len(places) else places


def _expect(wrong: np.ndarray, text: pa.Array, wanted: str) -> None:
    if wrong.any():
        row = int(np.argmax(wrong))
        raise SourceError(f"expected {wanted}, found {str(text[row].as_py())[:60]!r} in row {row + 1:,} of the table")


def _depths(records: pa.Table, column: str, raw: pa.Array, step: Level) -> np.ndarray:
    """The level of each line, from 0; of a line without a text any."""
    if step.alone:
        others = [~empty(texts(records, name)) for name in agency_columns(records) if name != column]
        below: np.ndarray = np.logical_or.reduce([*others, np.zeros(len(raw), bool)])
        return below.astype(np.int64)
    if step.marks:
        return _marked(raw, step)
    blanks = pc.struct_field(pc.extract_regex(pc.fill_null(raw, ""), pattern=_BLANKS), "blanks")
    wide = pc.add(pc.utf8_length(blanks), pc.count_substring(blanks, pattern="\u3000"))
    width = wide.to_numpy(zero_copy_only=False).astype(np.int64)
    depth: np.ndarray
    if isinstance(step.indent, int):
        depth, right = width // step.indent, width % step.indent == 0
    else:
        levels = np.array(step.indent)
        depth = np.searchsorted(levels, width)
        right = levels[np.minimum(depth, len(levels) - 1)] == width
    said = ~(empty(raw) | faults(records))
    _expect(~right & said, raw, f"blanks before a text as indent says, {step.indent}")
    return depth


def _marked(raw: pa.Array, step: Level) -> np.ndarray:
    text = pc.utf8_trim_whitespace(pc.fill_null(raw, ""))
    depth = np.full(len(raw), len(step.marks), np.int64)
    for level, mark in reversed(list(enumerate(step.marks))):
        depth[pc.match_substring_regex(text, pattern=f"^(?:{mark})").to_numpy(zero_copy_only=False)] = level
    return depth
