"""Texts of one column -> integers or numbers, as a field declares them. A text that cannot be read becomes null."""

import decimal
from collections.abc import Iterator
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from catalog.declaration.fields import FieldDeclaration
from catalog.declaration.numbers import MissingNumbers, NumberForm, exact
from catalog.rows import each_once
from pipelines.conform.texts import CellStep

_NUMBER = r"^[+-]?(\d{1,308}(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?$"
_INTEGER = r"^[+-]?\d{1,18}$"
"""Up to 18 digits: all fit in 64 bits."""
_PARTS = r"^(?P<sign>[+-]?)0*(?P<whole>\d*)\.?(?P<fraction>\d*)(?:[eE](?P<exponent>[+-]?\d{1,3}))?$"
_DIGITS = 18
_ENOUGH = decimal.Context(prec=400, Emax=decimal.MAX_EMAX, Emin=decimal.MIN_EMIN)
"""More digits than a text of 308 and a factor of 17 can give."""


def steps(field: FieldDeclaration, text: pa.Array) -> Iterator[CellStep]:
    """Yield what `number` and `missing_numbers` make of the texts of a field.

    Args:
        field: the declaration; of another type than integer and number nothing is made.
        text: trimmed strings; null means no value.

    Yields:
        A step for each of the two that is declared. A text that `number` cannot read stays, and is not sound.
    """
    if field.number is not None:
        written = field.number
        plain = each_once(text, lambda once: _plain(once, written))
        sound = pc.or_(pc.is_valid(plain), pc.is_null(text))
        text = pc.coalesce(plain, text)
        yield CellStep("number", text, sound)
    if field.missing_numbers is not None:
        yield CellStep("missing_numbers", pc.if_else(_is_missing(text, field.missing_numbers), None, text))


def read(text: pa.Array, field: FieldDeclaration) -> pa.Array:
    """Read texts as the numbers of a field.

    Args:
        text: trimmed strings; null means no value.
        field: of type integer or number; its scale, one factor, says how to read.

    Returns:
        An array of `field.arrow`; null where the text is null or cannot be read. With a scale, a number is the double
        next to the exact product of the decimals.
    """
    integral = field.number is not None and field.number.integral
    if field.type == "integer" and field.scale is None and not integral:
        return pc.cast(_only(text, _INTEGER), pa.int64())
    text = _only(text, _NUMBER)
    if field.scale is not None or field.type == "integer":
        factor = exact(field.scale) if isinstance(field.scale, float) else Decimal(1)
        return _whole(text, factor) if field.type == "integer" else _scaled(text, factor)
    numbers = pc.cast(text, pa.float64())
    return pc.if_else(pc.is_finite(numbers), numbers, None)


def _only(text: pa.Array, pattern: str) -> pa.Array:
    """The texts that match, without a leading plus; the rest is null."""
    kept = pc.if_else(pc.match_substring_regex(text, pattern), text, None)
    return pc.replace_substring_regex(kept, r"^\+", "")


def _product(text: pa.Array, factor: Decimal) -> tuple[pa.Array, pa.Array]:
    """Texts times a factor: integers, and the power of ten of each; null where an integer has no room."""
    sign, digits, power = factor.normalize().as_tuple()
    size = int("".join(map(str, digits)))
    parts = pc.extract_regex(text, _PARTS)
    fraction = pc.struct_field(parts, "fraction")
    figures = pc.binary_join_element_wise(pc.struct_field(parts, "whole"), fraction, "")
    figures = pc.if_else(pc.equal(figures, ""), "0", figures)
    figures = pc.if_else(pc.less_equal(pc.utf8_length(figures), _DIGITS - len(digits)), figures, None)
    amount = pc.multiply(pc.cast(figures, pa.int64()), -size if sign else size)
    amount = pc.if_else(pc.equal(pc.struct_field(parts, "sign"), "-"), pc.negate(amount), amount)
    exponent = pc.struct_field(parts, "exponent")
    exponent = pc.replace_substring_regex(pc.if_else(pc.equal(exponent, ""), "0", exponent), r"^\+", "")
    lengths = pc.cast(pc.utf8_length(fraction), pa.int64())
    return amount, pc.add(pc.subtract(pc.cast(exponent, pa.int64()), lengths), int(power))


def _scaled(text: pa.Array, factor: Decimal) -> pa.Array:
    amount, power = _product(text, factor)
    product = pc.binary_join_element_wise(pc.cast(amount, pa.string()), pc.cast(power, pa.string()), "e")
    long = _long(text, amount, factor)
    if long is not None:
        product = pc.coalesce(product, pa.array([None if one is None else str(one) for one in long], pa.string()))
    numbers = pc.cast(product, pa.float64())
    return pc.if_else(pc.is_finite(numbers), numbers, None)


def _whole(text: pa.Array, factor: Decimal) -> pa.Array:
    """Texts times a factor, where the product is an integer of up to 18 digits."""
    amount, power = _product(text, factor)
    tens = 10 ** np.arange(_DIGITS + 1, dtype=np.int64)
    up = pa.array(tens).take(pc.min_element_wise(pc.max_element_wise(power, 0), _DIGITS))
    down = pa.array(tens).take(pc.min_element_wise(pc.max_element_wise(pc.negate(power), 0), _DIGITS))
    limit = pc.divide(pa.scalar(int(tens[-1]) - 1), up)
    fits = pc.and_(pc.less_equal(pc.abs(amount), limit), pc.or_(pc.less_equal(power, _DIGITS), pc.equal(amount, 0)))
    lower = pc.divide(amount, down)
    even = pc.equal(pc.multiply(lower, down), amount)
    value = pc.multiply(pc.if_else(pc.and_(fits, even), lower, None), pc.if_else(fits, up, 1))
    long = _long(text, amount, factor)
    if long is None:
        return value
    integers = [
        None if one is None or one != one.to_integral_value() or abs(one) >= int(tens[-1]) else int(one) for one in long
    ]
    return pc.coalesce(value, pa.array(integers, pa.int64()))


def _long(text: pa.Array, amount: pa.Array, factor: Decimal) -> list[Decimal | None] | None:
    """The exact products of the texts whose digits have no room in an integer; None if there are none."""
    rest = pc.if_else(pc.is_null(amount), text, None)
    if rest.null_count == len(rest):
        return None
    return [None if one is None else _ENOUGH.multiply(Decimal(one), factor) for one in rest.to_pylist()]


def _is_missing(text: pa.Array, missing: MissingNumbers) -> pa.Array:
    numbers = pc.cast(_only(text, _NUMBER), pa.float64())
    absent = pc.is_in(numbers, value_set=pa.array(missing.values, pa.float64()))
    if missing.below is not None:
        absent = pc.or_(absent, pc.fill_null(pc.less(numbers, missing.below), False))
    if missing.above is not None:
        absent = pc.or_(absent, pc.fill_null(pc.greater(numbers, missing.above), False))
    return absent


def _plain(text: pa.Array, written: NumberForm) -> pa.Array:
    """Numbers as the agency writes them -> digits with a point and a minus; null where one is not so written."""
    parts = pc.extract_regex(text, written.pattern)

    def part(name: str) -> pa.Array:
        return pc.fill_null(pc.utf8_trim_whitespace(pc.struct_field(parts, name)), "")

    sign = [part(name) for name in ("open", "inner", "close_inner", "close")]
    sign = pc.binary_join_element_wise(*sign[:2], "5", *sign[2:], "")  # one sign at most, and both of its halves
    negative = pa.array(["-5", *(f"{minus.before}5{minus.behind}" for minus in written.minuses)])
    is_negative = pc.is_in(sign, value_set=negative)
    signed = pc.or_(is_negative, pc.is_in(sign, value_set=pa.array(["5", "+5"])))
    digits = pc.struct_field(parts, "digits")
    if written.groups:
        digits = pc.replace_substring_regex(digits, written.groups, "")
    if written.mark != ".":
        digits = pc.replace_substring(digits, written.mark, ".")
    digits = pc.if_else(is_negative, pc.binary_join_element_wise("-", digits, ""), digits)
    digits = pc.if_else(pc.and_(signed, pc.is_valid(digits)), digits, None)
    return _of_units(digits, part("first"), part("last"), written) if written.units else digits


def _of_units(digits: pa.Array, first: pa.Array, last: pa.Array, written: NumberForm) -> pa.Array:
    """The numbers in one unit, where each unit has its factor."""
    if not isinstance(written.units, dict):
        return digits
    factors = {unit: exact(factor) for unit, factor in written.units.items()}
    units = zip(first.to_pylist(), last.to_pylist(), strict=True)
    return pa.array(
        [_times(one, factors, *unit) for one, unit in zip(digits.to_pylist(), units, strict=True)], pa.string()
    )


def _times(digits: str | None, factors: dict[str, Decimal], first: str, last: str) -> str | None:
    factor = factors.get(first or last)
    if digits is None or factor is None or (first and last):
        return None
    product = _ENOUGH.multiply(Decimal(digits), factor)
    return f"{_ENOUGH.normalize(product):f}" if product else "0"
