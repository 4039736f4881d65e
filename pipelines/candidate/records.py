"""Evidence -> rows of text. Each fetch is decoded as it was asked then, not as it would be asked today."""

import datetime as dt

import pyarrow as pa

from catalog.declaration.dataset import Dataset
from catalog.errors import SourceError
from pipelines.answers import decoded
from pipelines.candidate.origins import with_origins
from pipelines.candidate.plan import Refusal
from pipelines.conform.columns import RawRows, find_columns
from pipelines.context import ZONE, Context
from pipelines.declared import Declared
from pipelines.shape import shaped


def read_fetch(ctx: Context, declared: Declared, k: int) -> RawRows:
    """Return the rows of a fetch as trimmed text.

    Args:
        ctx: the run.
        declared: the declaration to read it by.
        k: the number of the fetch.

    Returns:
        A column of text for each declared field.

    Raises:
        Refusal: its bodies are not records of this dataset.
    """
    try:
        records = one_table(records_of(ctx, declared.dataset, k))
        return find_columns(declared.dataset, k, shaped(declared.dataset, records), began_on(ctx, declared, k))
    except SourceError as error:
        raise Refusal(declared.dataset.name, k, str(error)) from error


def began_on(ctx: Context, declared: Declared, k: int) -> dt.date | None:
    """Return the day on which a fetch began, if corrections are declared, which end on a day."""
    if not declared.dataset.minsheng.corrections:
        return None
    return ctx.evidence(declared.dataset.name).read(k).fetched_at.astimezone(ZONE).date()


def records_of(ctx: Context, dataset: Dataset, k: int) -> list[pa.Table]:
    """Return the records of each body of fetch k, with the texts that come from besides the cells.

    Raises:
        SourceError: they cannot be decoded, or such a text is not there.
    """
    return with_origins(dataset, ctx.evidence(dataset.name).read(k), decoded(ctx, dataset, k))


def one_table(pages: list[pa.Table]) -> pa.Table:
    """Return the records of all bodies, one below the other; a column that a body does not have is null there."""
    return pa.concat_tables(pages, promote_options="default")
