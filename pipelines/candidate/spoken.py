"""Which rows a fetch speaks of, with `load: window`: what it asked for, or values that it brought."""

from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc

from catalog.errors import SourceError
from pipelines.candidate.origins import of_body
from pipelines.candidate.plan import Refusal
from pipelines.candidate.records import read_fetch
from pipelines.conform.columns import FETCH, ROW
from pipelines.conform.rows import conform
from pipelines.context import Context
from pipelines.declared import Declared
from pipelines.fold import windows
from pipelines.fold.windows import ValueWindow, Window


def windows_of(
    ctx: Context, declared: Declared, ks: Iterable[int], rows: pa.Table | None = None
) -> dict[int, Window | ValueWindow]:
    """Return the windows of fetches; none if the dataset is not loaded by windows.

    Args:
        ctx: the run.
        declared: the dataset.
        ks: numbers of fetches.
        rows: the typed rows of all of them, before anything leaves; None: they are read if they are needed.

    Returns:
        By fetch, in order; a fetch that asked for no window is left out.

    Raises:
        DeclarationError: the declaration names no field for a part of a window.
        Refusal: a fetch cannot be read, or says nothing of its window.
    """
    block = declared.dataset.minsheng
    if block.load != "window":
        return {}
    if block.window_from:
        return {k: _of_values(ctx, declared, k, rows) for k in sorted(set(ks))}
    evidence = ctx.evidence(declared.dataset.name)
    by_fetch = {k: windows.of_record(evidence.read(k), block.window_asked) for k in sorted(set(ks))}
    return {k: window for k, window in by_fetch.items() if window}


def _of_values(ctx: Context, declared: Declared, k: int, rows: pa.Table | None) -> ValueWindow:
    """The values in the rows of a fetch, and those that it has without any row: of its file's name, of its time."""
    fields = list(declared.dataset.minsheng.window_from)
    if rows is None:
        rows = conform(declared.dataset, read_fetch(ctx, declared, k).table, declared.tables).rows
    mine = rows.filter(pc.equal(rows.column(FETCH), k)).select(fields)
    return windows.of_values(pa.concat_tables([mine, *_of_bodies(ctx, declared, k, fields)]), fields)


def _of_bodies(ctx: Context, declared: Declared, k: int, fields: list[str]) -> list[pa.Table]:
    """The values that each body of a fetch has, however many rows it brings; none where they stand in rows only."""
    dataset, record = declared.dataset, ctx.evidence(declared.dataset.name).read(k)
    named = [dataset.field(name) for name in fields]
    if any(field.origin is None or field.origin.is_of_records for field in named):
        return []
    count = len(record.answers)
    texts = {field.name: pa.nulls(count, pa.string()) for field in dataset.table.fields}
    try:
        texts |= {field.name: pa.array([of_body(field, record, at) for at in range(count)]) for field in named}
    except SourceError as error:
        raise Refusal(dataset.name, k, str(error)) from error
    places = {FETCH: pa.array([k] * count, pa.int64()), ROW: pa.array(range(1, count + 1), pa.int64())}
    typed = conform(dataset, pa.table(places | texts), declared.tables).rows.select(fields)
    for name in fields:
        if typed.column(name).null_count:
            text = texts[name].filter(pc.is_null(typed.column(name).combine_chunks()))[0].as_py()
            raise Refusal(dataset.name, k, f"expected a value of {name}, for the window of the fetch, found {text!r}")
    return [typed]
