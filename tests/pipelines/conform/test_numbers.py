"""Texts of one column as integers and numbers."""

from decimal import Decimal, localcontext
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from worlds import column, dataset, texts

from catalog.declaration.fields import FieldDeclaration
from pipelines.conform.cells import read
from pipelines.conform.columns import find_columns
from pipelines.conform.rows import conform


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
        ("9007199254740993", "integer", 1, 9_007_199_254_740_993),
        ("999999999999999999", "integer", 1, 999_999_999_999_999_999),
        ("99999999999999999.9", "integer", 10, 999_999_999_999_999_999),
        ("999999999999999999", "integer", 10, None),
        ("1e18", "integer", 1, None),
        ("1e17", "integer", 1, 10**17),
        ("0e99", "integer", 10, 0),
        ("100000000000000000000000", "integer", 1e-10, 10**13),
        ("1e300", "integer", 10, None),
    ],
)
def test_scale(text: str, kind: str, scale: float, expected: float | None):
    assert value(text, kind, scale=scale) == expected


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


@pytest.mark.parametrize(
    ("text", "expected"),
    [("3", 0.3), ("17", 1.7), ("-17", -1.7), ("215", 21.5), ("-0", 0.0), ("2.5e1", 2.5), ("1e-400", 0.0)],
)
def test_tenths_are_published_as_tenths(text: str, expected: float):
    assert value(text, "number", scale=0.1) == expected


@given(
    st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**25), max_value=10**25),
    st.one_of(
        st.integers(-30, 30).map(lambda power: float(f"1e{power}")),
        st.sampled_from([0.3048, -3.6, 1609.344, 0.0254, 5e-07, 25.4]),
    ),
)
@example(Decimal("1234567890123456789.5"), 0.1)
def test_a_scaled_number_is_the_double_next_to_the_exact_product(number: Decimal, scale: float):
    exact = Decimal(repr(scale))
    with localcontext(prec=200):
        assert value(f"{number:f}", "number", scale=scale) == float(number * exact)


def conformed(cell: str | None, kind: str = "number", **more: Any) -> tuple[Any, bool]:
    """The value of a cell, and whether it goes to quarantine."""
    declared = dataset(fields=[column("site"), column("x", kind, **more)])
    rows = conform(declared, find_columns(declared, 1, texts(site=["a", "b"], x=[cell, None])).table, {})
    assert rows.rows.column("x")[1].as_py() is None
    return rows.rows.column("x")[0].as_py(), "x" in rows.unread


COMMA, POINT, BLANK = ({"number": {"group": mark}} for mark in ",. ")
MINUS = {"number": {"minus": ["(5)", "5-", "\u22125", "△5"], "units": ["NT$", "mm", "%", "m2"], "group": ","}}
FACTORS = {"number": {"units": {"萬": 10_000, "km": 1000, "m": 1}}}


@pytest.mark.parametrize(
    ("cell", "more", "expected"),
    [
        ("19,236.20", COMMA, 19236.2),
        ("1,234,567", COMMA, 1234567),
        ("+1,234", COMMA, 1234),
        ("-1,234.5", COMMA, -1234.5),
        ("98", COMMA, 98),
        ("1234567.5", COMMA, 1234567.5),
        ("1e3", COMMA, 1000),
        (".5", COMMA, 0.5),
        ("1,23", COMMA, None),
        ("12,34,567", COMMA, None),
        ("0,123", COMMA, None),
        ("1234,567", COMMA, None),
        (",123", COMMA, None),
        ("1,234,", COMMA, None),
        ("1.234,567", COMMA, None),
        ("1.234", POINT, 1234),
        ("98.760", POINT, 98760),
        ("1.234.567,5", POINT, 1234567.5),
        ("12,5", POINT, 12.5),
        ("12.5", POINT, None),
        ("1 234", BLANK, 1234),
        ("1\u202f234\u00a0567.25", BLANK, 1234567.25),
        ("1\u2019234", {"number": {"group": "'"}}, 1234),
        ("12,5", {"number": {"decimal": ","}}, 12.5),
        ("12.5", {"number": {"decimal": ","}}, None),
        ("(1,234)", MINUS, -1234),
        ("(NT$1,234)", MINUS, -1234),
        ("NT$(5)", MINUS, -5),
        ("NT$ -5", MINUS, -5),
        ("-NT$5", MINUS, -5),
        ("-NT$-5", MINUS, None),
        ("(-5)", MINUS, None),
        ("(5", MINUS, None),
        ("5)", MINUS, None),
        ("-5-", MINUS, None),
        ("5-", MINUS, -5),
        ("\u22125.5", MINUS, -5.5),
        ("△ 3", MINUS, -3),
        ("12.5%", MINUS, 12.5),
        ("12.5 mm", MINUS, 12.5),
        ("5m2", MINUS, 5),
        ("m25", MINUS, None),
        ("12.5 cm", MINUS, None),
        ("5-", {}, None),
        ("(5)", {}, None),
        ("\u22125", {}, None),
        ("3.5萬", FACTORS, 35000),
        ("0.3 km", FACTORS, 300),
        ("7m", FACTORS, 7),
        ("7", FACTORS, None),
        ("m7km", FACTORS, None),
        ("7", {"number": {"units": {"km": 1000, "": 1}}}, 7),
        ("-0.1km", FACTORS, -100),
        ("12.5%", {"number": {"units": ["%"]}, "scale": 0.01}, 0.125),
        ("－１，２３４．５", {"number": {"group": ","}, "normalize": ["width"]}, -1234.5),
        ("１２", {}, None),
    ],
)
def test_numbers_as_agencies_write_them(cell: str, more: dict[str, Any], expected: float | None):
    assert conformed(cell, **more) == (expected, expected is None)


@pytest.mark.parametrize(
    ("cell", "more", "expected"),
    [
        ("34.0", {"integral": True}, 34),
        ("3.4e1", {"integral": True}, 34),
        ("34.5", {"integral": True}, None),
        ("34.0", {}, None),
        ("3,436", {"group": ","}, 3436),
        ("3,436.00", {"group": ",", "integral": True}, 3436),
        ("3.5萬", {"units": {"萬": 10_000}}, 35000),
        ("123456789012345678", {"integral": True}, 123_456_789_012_345_678),
    ],
)
def test_integers_as_agencies_write_them(cell: str, more: dict[str, Any], expected: int | None):
    assert conformed(cell, "integer", number=more) == (expected, expected is None)


@pytest.mark.parametrize(
    ("cell", "more", "expected"),
    [
        ("-998.00", {"missing_numbers": [-998, -999.9]}, None),
        ("-998", {"missing_numbers": [-998, -999.9]}, None),
        ("-999.90", {"missing_numbers": [-998, -999.9]}, None),
        ("-9.98e2", {"missing_numbers": [-998]}, None),
        ("-998.1", {"missing_numbers": [-998]}, -998.1),
        ("-9", {"missing_numbers": {"below": 0}}, None),
        ("0", {"missing_numbers": {"below": 0}}, 0),
        ("901", {"missing_numbers": {"above": 900}}, None),
        ("900", {"missing_numbers": {"above": 900}}, 900),
        ("9,999", {"missing_numbers": [9999], "number": {"group": ","}}, None),
        ("-99", {"missing_numbers": [-99], "scale": 0.1}, None),
        ("-990", {"missing_numbers": [-99], "scale": 0.1}, -99),
    ],
)
def test_numbers_that_mean_no_value_leave_nothing_in_quarantine(cell: str, more: dict[str, Any], expected: Any):
    assert conformed(cell, **more) == (expected, False)


MARKS = [(group, mark) for group in (None, ",", ".", "'", " ") for mark in ".," if group != mark]


@given(st.integers(-(10**15) + 1, 10**15 - 1), st.integers(0, 6), st.sampled_from(MARKS))
def test_every_decimal_reads_as_itself_in_any_marks(number: int, places: int, marks: tuple[str | None, str]):
    group, mark = marks
    exact = Decimal(number).scaleb(-places)
    written = f"{exact:,.{places}f}" if group else f"{exact:.{places}f}"
    written = written.translate({ord(","): group, ord("."): mark})
    form = {"decimal": mark} | ({"group": group} if group else {})
    assert conformed(written, number=form) == (float(exact), False)
