"""Evidence -> the texts heard: each fetch decoded as it was asked, not as it would be asked today."""

from collections.abc import Iterable
from typing import Any

import pyarrow as pa

from catalog.errors import SourceError
from pipelines.candidate.plan import Refusal
from pipelines.conform.columns import Heard, hear
from pipelines.context import Context
from pipelines.declared import Declared
from pipelines.evidence import Record
from pipelines.fold import windows
from pipelines.fold.windows import Window
from pipelines.protocols import Speaks, find, of_windows


def speaks(declared: Declared, record: Record) -> tuple[Speaks, Any]:
    """Return the protocol that a fetch was asked by, and its parameters then: the declared source may be another now.

    Raises:
        DeclarationError: that protocol, or one of its parameters, is not known any more.
    """
    place = f"{declared.dataset.name}: fetch {record.k}"
    protocol, source = find(record.asked.get("source", declared.dataset.minsheng.origin), place)
    if asked := record.asked.get("window"):
        source = of_windows(protocol, place).narrow(source, {word: (low, high) for word, (low, high) in asked.items()})
    return protocol, source


def decoded(ctx: Context, declared: Declared, k: int) -> list[pa.Table]:
    """Return the records of each page of fetch k, as the agency names and writes them.

    Raises:
        SourceError: they cannot be decoded.
        Absent, IntegrityError: a body is gone, or is not what its hash says.
    """
    evidence = ctx.evidence(declared.dataset.name)
    record = evidence.read(k)
    protocol, source = speaks(declared, record)
    return [protocol.records(source, evidence.body(digest)) for digest in record.bodies]


def read_fetch(ctx: Context, declared: Declared, k: int) -> Heard:
    """Return the rows of fetch k as trimmed text.

    Raises:
        Refusal: its bodies are no records of this dataset.
    """
    try:
        return hear(declared.dataset, k, pa.concat_tables(decoded(ctx, declared, k), promote_options="default"))
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
