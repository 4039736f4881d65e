"""Is a column read as a field would declare it? Asked of the pipeline's own `conform`, so that both read alike."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from catalog.declaration.dataset import Dataset
from pipelines.conform.columns import FETCH, ROW
from pipelines.conform.rows import Conformed, conform

_NOTHING = {"en": "-", "zh-TW": "-"}
_ROW = {"name": "row", "title": _NOTHING, "description": _NOTHING, "type": "string"}


def dataset_of(fields: Sequence[Mapping[str, Any]], key: Sequence[str] = ("row",), **more: Any) -> Dataset:
    """Return a declaration that has these fields and nothing else of interest.

    Args:
        fields: as a declaration writes them; titles may be left out.
        key: the primary key; by default a field `row`, which is added.
        more: keys of the block `minsheng`.
    """
    fields = [{"title": _NOTHING, "description": _NOTHING} | dict(field) for field in fields]
    block = {
        "agency": "nobody",
        "source": {"protocol": "file", "address": "https://agency.example/file", "format": "csv"},
        "attribution": _NOTHING,
        "fetch": "0 0 * * *",
        "release": "0 0 * * *",
        "load": "replace",
        "approve": "first",
        "due": {"fetched": "36h"},
    }
    values = {
        "name": "proposal",
        "title": _NOTHING,
        "description": _NOTHING,
        "licenses": [{"name": "none", "path": "https://agency.example/", "title": _NOTHING}],
        "contributors": [{"title": _NOTHING, "roles": ["publisher"]}],
        "sources": [{"title": _NOTHING}],
        "schema": {"fields": ([_ROW] if tuple(key) == ("row",) else []) + fields, "primaryKey": list(key)},
        "minsheng": block | more,
    }
    return Dataset.load(values, "proposal")


def read(field: Mapping[str, Any], texts: Sequence[str], others: Sequence[Mapping[str, Any]] = ()) -> Conformed:
    """Return what `conform` makes of texts as the cells of a field.

    Args:
        field: as a declaration writes it, with its name and type.
        texts: the cells.
        others: fields beside it, which it speaks of; they have no cells of their own.

    Raises:
        DeclarationError: the field cannot be declared so.
    """
    dataset = dataset_of([field, *others])
    places = {FETCH: pa.array(np.zeros(len(texts), np.int64)), ROW: pa.array(np.arange(1, len(texts) + 1))}
    cells = pa.array(texts, pa.string())
    each = {one.name: pa.nulls(len(texts), pa.string()) for one in dataset.table.fields}
    return conform(dataset, pa.table(places | each | {"row": cells, field["name"]: cells}), {})


def unread(field: Mapping[str, Any], texts: Sequence[str]) -> list[str]:
    """Return the texts that cannot be read as values of a field.

    Raises:
        DeclarationError: the field cannot be declared so.
    """
    lost = read(field, texts).unread.get(field["name"])
    return [] if lost is None else [text for text, gone in zip(texts, lost.is_valid().to_pylist(), strict=True) if gone]
