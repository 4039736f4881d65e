"""The model of a column: one kind, limits of its numbers, exceptions."""

from typing import Any

import pytest
from pydantic import ValidationError

from sandbox.columns import ColumnSpec, ExceptionSpec

RANGE = {"low": 0, "high": 9}


@pytest.mark.parametrize(
    "column",
    [
        {"entity": "county"},
        {"time": "%Y"},
        {"text": ""},
        {"choice": {"a": 1, "b": 2.5}},
        {"number": RANGE},
        {"scaled": {"of": "kilograms", **RANGE}},
        {"mean": {"of": "a", "steps": 8}},
        {"sum": {"of": ["a", "b"]}},
        {"bands": {"of": "a", "upto": [{"upto": 1, "text": "low"}]}},
    ],
)
def test_each_kind_is_accepted_alone_and_refused_with_another(column: dict[str, Any]) -> None:
    (kind,) = column
    assert ColumnSpec.model_validate(column).model_dump(exclude_unset=True).keys() == {kind}
    second_kind = {"text": "x"} if kind != "text" else {"entity": "x"}
    with pytest.raises(ValidationError, match=f"expected exactly one of entity, .*, got .*{kind}"):
        ColumnSpec.model_validate(column | second_kind)


def test_a_column_without_a_kind_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"expected exactly one of entity, .*, got none"):
        ColumnSpec.model_validate({"but": [{"text": "-", "share": 0.1}]})


@pytest.mark.parametrize(
    "column",
    [
        {"number": {**RANGE, "digits": -1}},
        {"number": {**RANGE, "digits": 10}},
        {"number": {**RANGE, "jitter": 1.1}},
        {"number": {**RANGE, "skew": 0}},
        {"number": {**RANGE, "wave_steps": 0}},
        {"number": {"low": 0}},
        {"number": {**RANGE, "low": "0"}},
        {"mean": {"of": "a", "steps": 0}},
        {"bands": {"of": "a", "upto": []}},
        {"text": "x", "but": [{"text": "y", "share": -0.1}]},
        {"text": "x", "but": [{"share": 0.1}]},
        {"text": 5},
    ],
)
def test_a_value_outside_its_limits_is_refused(column: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ColumnSpec.model_validate(column)


def test_an_exception_is_for_all_rows_unless_it_says_which() -> None:
    assert ExceptionSpec.model_validate({"text": "-"}).share == 1
    exception = ExceptionSpec.model_validate({"text": "-", "column": "county", "is": "空值"})
    assert (exception.column, exception.is_) == ("county", "空值")
