"""Texts of one column as integers and numbers."""

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import column, dataset

from catalog.declaration.fields import FieldDeclaration
from pipelines.conform.cells import read


def field(kind: str, **more: Any) -> FieldDeclaration:
    return dataset(fields=[column("site"), column("x", kind, **more)]).field("x")


def value(text: str | None, kind: str, **more: Any) -> Any:
    return read(pa.array([text, None, text], pa.string()), field(kind, **more)).to_pylist()[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12", 12),
        ("-12", -12),
        ("+12", 12),
        ("0012", 12),
        ("-0", 0),
        ("999999999999999999", 999_999_999_999_999_999),
        ("9999999999999999999", None),
        ("12.0", None),
        ("1e3", None),
        ("1,234", None),
        ("１２", None),
        ("0x10", None),
        ("--1", None),
        ("", None),
        ("1 2", None),
        ("12\n", None),
    ],
)
def test_integers(text: str, expected: int | None):
    assert value(text, "integer") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12", 12.0),
        ("-1.50", -1.5),
        ("+.5", 0.5),
        ("5.", 5.0),
        ("1e3", 1000.0),
        ("1E-7", 1e-7),
        ("5e-324", 5e-324),
        ("1e-999", 0.0),
        ("1e999", None),
        ("NaN", None),
        ("inf", None),
        ("1,234.5", None),
        (".", None),
        ("1e", None),
        ("1_0", None),
        ("1.2.3", None),
        ("ND", None),
        ("9" * 400, None),
    ],
)
def test_numbers(text: str, expected: float | None):
    assert value(text, "number") == expected


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_reads_as_itself(number: float):
    assert value(repr(number), "number") == number


@pytest.mark.parametrize(
    ("text", "kind", "scale", "expected"),
    [
        ("1.5", "number", 1000, 1500.0),
        ("3", "number", 0.1, 0.3),
        ("1.5", "integer", 1000, 1500),
        ("1.5", "integer", 1, None),
        ("9007199254740993", "integer", 1, None),
        ("1e300", "integer", 10, None),
    ],
)
def test_scale(text: str, kind: str, scale: float, expected: float | None):
    assert value(text, kind, scale=scale) == pytest.approx(expected)


def test_a_number_that_scaling_makes_infinite_is_not_read():
    assert value("1e308", "number", scale=1000) is None


@pytest.mark.parametrize(
    ("text", "scale", "expected"),
    [("0.29", 100, 29), ("0.07", 100, 7), ("-0.29", 100, -29), ("0", 100, 0), ("4035.57", 100, 403_557)],
)
def test_scaling_a_decimal_to_an_integer_is_exact(text: str, scale: float, expected: int):
    assert value(text, "integer", scale=scale) == expected


@pytest.mark.parametrize("text", ["0.291", "1234567890.001", "1e-20", "0.0000000001"])
def test_what_scaling_leaves_broken_is_no_integer(text: str):
    assert value(text, "integer", scale=100) is None


@given(st.integers(-(10**14), 10**14), st.integers(0, 6))
def test_every_decimal_scales_to_its_integer(number: int, digits: int):
    sign, text = "-" if number < 0 else "", str(abs(number)).rjust(digits + 1, "0")
    written = f"{sign}{text[: len(text) - digits]}.{text[len(text) - digits :]}"
    assert value(written, "integer", scale=10**digits) == number
