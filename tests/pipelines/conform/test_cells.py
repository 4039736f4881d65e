"""Texts of one column as values of one type."""

from typing import Any

import pyarrow as pa
import pytest
from worlds import column, dataset

from catalog.declaration.fields import FieldDeclaration
from pipelines.conform.cells import read


def field(kind: str, **more: Any) -> FieldDeclaration:
    return dataset(fields=[column("site"), column("x", kind, **more)]).field("x")


def value(text: str | None, kind: str, **more: Any) -> Any:
    return read(pa.array([text, None, text], pa.string()), field(kind, **more)).to_pylist()[0]


def test_booleans_are_the_declared_words():
    words = {"trueValues": ["是", "1"], "falseValues": ["否", "0"]}
    found = read(pa.array(["是", "1", "否", "0", "true", "", None]), field("boolean", **words))
    assert found.to_pylist() == [True, True, False, False, None, None, None]


@pytest.mark.parametrize("kind", ["string", "integer", "number", "boolean", "date", "datetime"])
@pytest.mark.parametrize("texts", [[], [None]])
def test_nothing_reads_as_nothing(kind: str, texts: list[None]):
    found = read(pa.array(texts, pa.string()), field(kind))
    assert found.type == field(kind).arrow
    assert found.to_pylist() == texts
