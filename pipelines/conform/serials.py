"""Numbers that are times: counts since 1970, and days of a spreadsheet. A text that is no such number becomes null."""

import pyarrow as pa
import pyarrow.compute as pc

_DAY = 86_400


def since_1970(text: pa.Array, unit: str, fraction: str | None) -> pa.Array:
    """Read counts since 1970-01-01T00:00Z.

    Args:
        text: trimmed strings; null means no value.
        unit: what they count, `seconds` or `milliseconds`.
        fraction: what becomes of parts of a second, `drop` or `round`; without it such a count is not read.

    Returns:
        Times in UTC, without a zone, in whole seconds.
    """
    shape = r"^(?P<whole>-?\d{1,12})(?:\.(?P<part>\d{1,9}))?$"
    if unit == "milliseconds":
        shape = r"^(?P<whole>-?\d{1,15})(?:\.(?P<part>0{1,9}))?$"
    parts = pc.extract_regex(text, shape)
    whole = pc.cast(pc.struct_field(parts, "whole"), pa.int64())
    if unit == "milliseconds":
        seconds = _floor(whole, 1000)
        nanos = pc.multiply(pc.subtract(whole, pc.multiply(seconds, 1000)), 1_000_000)
    else:
        nanos = pc.cast(pc.utf8_rpad(pc.struct_field(parts, "part"), 9, "0"), pa.int64())
        below = pc.and_(pc.starts_with(text, "-"), pc.greater(nanos, 0))
        seconds = pc.if_else(below, pc.subtract(whole, 1), whole)
        nanos = pc.if_else(below, pc.subtract(1_000_000_000, nanos), nanos)
    return whole_seconds(seconds.cast(pa.timestamp("s")), nanos, fraction)


def of_spreadsheet(text: pa.Array, first: int, *, day: bool) -> pa.Array:
    """Read numbers of days, as spreadsheets store dates.

    Args:
        text: trimmed strings; null means no value.
        first: the workbook's first year, 1900 or 1904. Spreadsheets of 1900 count a 29 February 1900, number 60,
            which did not exist: it is not read.
        day: whether a day is wanted; then a number with a part of a day is not read.

    Returns:
        Local times, to the nearest second.
    """
    fits = pc.match_substring_regex(text, r"^\d{1,7}(?:\.\d{1,20})?$")
    number = pc.cast(pc.if_else(fits, text, None), pa.float64())
    if day:
        number = pc.if_else(pc.equal(pc.floor(number), number), number, None)
    if first == 1904:
        shift = pa.scalar(-24_107.0)
    else:
        gone = pc.or_(pc.less(number, 1), pc.equal(pc.floor(number), 60))
        number = pc.if_else(gone, None, number)
        shift = pc.if_else(pc.less(number, 60), -25_568.0, -25_569.0)
    seconds = pc.round(pc.multiply(pc.add(number, shift), float(_DAY)))
    return pc.cast(seconds, pa.int64()).cast(pa.timestamp("s"))


def whole_seconds(times: pa.Array, nanos: pa.Array, fraction: str | None) -> pa.Array:
    """Times in seconds, after `fraction` was said of the nanoseconds beyond: `drop`, `round`, or None (not read)."""
    nanos = pc.fill_null(nanos, 0)
    if fraction == "drop":
        return times
    if fraction is None:
        return pc.if_else(pc.equal(nanos, 0), times, None)
    second = pa.scalar(1, pa.duration("s"))
    return pc.if_else(pc.greater_equal(nanos, 500_000_000), pc.add(times, second), times)


def _floor(number: pa.Array, by: int) -> pa.Array:
    towards_zero = pc.divide(number, by)
    below = pc.less(number, pc.multiply(towards_zero, by))
    return pc.if_else(below, pc.subtract(towards_zero, 1), towards_zero)
