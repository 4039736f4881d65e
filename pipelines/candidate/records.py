"""Evidence -> the texts heard: each fetch decoded as it was asked, not as it would be asked today."""

from collections.abc import Iterable

import pyarrow as pa

from catalog.errors import SourceError
from pipelines.answers import decoded
from pipelines.candidate.plan import Refusal
from pipelines.conform.columns import Heard, hear
from pipelines.context import Context
from pipelines.declared import Declared
from pipelines.fold import windows
from pipelines.fold.windows import Window


def read_fetch(ctx: Context, declared: Declared, k: int) -> Heard:
    """Return the rows of fetch k as trimmed text.

    Raises:
        Refusal: its bodies are no records of this dataset.
    """
    try:
        return hear(declared.dataset, k, pa.concat_tables(decoded(ctx, declared.dataset, k), promote_options="default"))
    except SourceError as error:
        raise Refusal(declared.dataset.name, k, str(error)) from error


def windows_of(ctx: Context, declared: Declared, ks: Iterable[int]) -> dict[int, Window]:
    """Return, for a dataset that is loaded by windows, what each fetch asked for.

    Raises:
        DeclarationError: the declaration names no field for a part of a window.
    """
    if declared.dataset.minsheng.load != "window":
        return {}
    evidence, fields = ctx.evidence(declared.dataset.name), declared.dataset.minsheng.window
    found = {k: windows.of_record(evidence.read(k), fields) for k in sorted(set(ks))}
    return {k: window for k, window in found.items() if window}
