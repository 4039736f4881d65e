"""Texts of one column -> values of one type, a whole column at a time. A text that cannot be read becomes null."""

import pyarrow as pa
import pyarrow.compute as pc

from catalog.declaration.fields import FieldDeclaration
from catalog.periods import PERIODS
from catalog.rows import each_once
from pipelines.conform import numbers, periods, times
from pipelines.decode.parts.text import NO_TEXT


def read(text: pa.Array, field: FieldDeclaration) -> pa.Array:
    """Read texts as the values of a field.

    Args:
        text: trimmed strings; null means no value.
        field: its type, calendar, scale and texts for true and false say how to read.

    Returns:
        An array of `field.arrow`; null where the text is null or cannot be read.
    """
    if field.type == "string":
        undecodable = pc.match_substring(text, NO_TEXT)  # `undecodable: quarantine` marks these and lets them pass
        return pc.if_else(undecodable, None, text) if pc.any(undecodable).as_py() else text
    return each_once(text, lambda distinct: _values(distinct, field))


def _values(text: pa.Array, field: FieldDeclaration) -> pa.Array:
    if field.type == "boolean":
        is_true = pc.is_in(text, value_set=pa.array(field.true_values))
        known = pc.or_(is_true, pc.is_in(text, value_set=pa.array(field.false_values)))
        return pc.if_else(known, is_true, None)
    if field.date is not None and field.type in PERIODS:
        return periods.read(text, field.date, field.type)
    if field.date is not None:
        return times.read(text, field.date, field.arrow)
    return numbers.read(text, field)
