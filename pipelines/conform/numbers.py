"""Texts of one column -> integers or numbers, as a field declares them. A text that cannot be read becomes null."""

import pyarrow as pa
import pyarrow.compute as pc

from catalog.declaration.fields import FieldDeclaration

_NUMBER = r"^[+-]?(\d{1,308}(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?$"
_INTEGER = r"^[+-]?\d{1,18}$"
"""Up to 18 digits: all fit in 64 bits."""
_ROUNDING = 1e-15
"""The largest relative error of a text of up to 15 digits after it is multiplied."""


def read(text: pa.Array, field: FieldDeclaration) -> pa.Array:
    """Read texts as the numbers of a field.

    Args:
        text: trimmed strings; null means no value.
        field: of type integer or number; its scale says how to read.

    Returns:
        An array of `field.arrow`; null where the text is null or cannot be read.
    """
    if field.type == "integer" and field.scale is None:
        return pc.cast(_only(text, _INTEGER), pa.int64())
    numbers = pc.cast(_only(text, _NUMBER), pa.float64())
    if field.scale is not None:
        numbers = pc.multiply(numbers, field.scale)
    numbers = pc.if_else(pc.is_finite(numbers), numbers, None)
    return _whole(numbers) if field.type == "integer" else numbers


def _whole(numbers: pa.Array) -> pa.Array:
    """Numbers that are integers except for a rounding error: 0.29 times 100 is 28.999999999999996."""
    nearest = pc.round(numbers)
    size = pc.abs(nearest)
    near = pc.less_equal(pc.abs(pc.subtract(numbers, nearest)), pc.multiply(size, _ROUNDING))
    return pc.cast(pc.if_else(pc.and_(near, pc.less(size, 2.0**53)), nearest, None), pa.int64())


def _only(text: pa.Array, pattern: str) -> pa.Array:
    """The texts that match, without a leading plus; the rest is null."""
    kept = pc.if_else(pc.match_substring_regex(text, pattern), text, None)
    return pc.replace_substring_regex(kept, r"^\+", "")
