"""Tables that lie apart in one body - sheets of a workbook, members of a zip file - as one."""

from collections.abc import Mapping
from typing import Literal

import pyarrow as pa
from pydantic import Field

from catalog.declaration.strict import Strict
from catalog.errors import SourceError
from pipelines.decode.parts import limits
from pipelines.decode.parts.beside import is_beside


class Together(Strict):
    """What a declaration may say of several tables that become one."""

    differing: Literal["refuse", "fill"] = Field(
        default="refuse", description="tables with other columns than the first; fill: null where one is missing"
    )


def together(tables: Mapping[str, pa.Table], said: Together) -> pa.Table:
    """Return the rows of all tables, one below the other; columns belong together by their names, in any order.

    Args:
        tables: by the name of the sheet or the member. One without columns is empty, and has no records.
        said: as declared.

    Raises:
        SourceError: a table has other columns than the first, and that is not declared; or there are more columns or
            cells than the limits.
    """
    kept = {name: table for name, table in tables.items() if _columns(table)}
    if not kept:
        return next(iter(tables.values()))
    first, *_ = kept
    columns = _columns(kept[first])
    for name, table in kept.items():
        differ = sorted(set(columns) ^ set(_columns(table)))
        if differ and said.differing == "refuse":
            without = name if differ[0] in columns else first
            raise SourceError(
                f"expected the same columns in all tables, found {differ[0]!r} not in {without[:60]!r}, but in "
                f"{(first if without == name else name)[:60]!r}; write differing: fill if that is right"
            )
    named = {column for table in kept.values() for column in _columns(table)}
    limits.columns(len(named))
    limits.cells(len(named) * sum(table.num_rows for table in kept.values()))
    return pa.concat_tables(kept.values(), promote_options="default")


def _columns(table: pa.Table) -> list[str]:
    return [name for name in table.column_names if not is_beside(name)]
