"""Texts of one column -> dates or times, as a field declares them. A text that cannot be read becomes null."""

import re

import pyarrow as pa
import pyarrow.compute as pc

from catalog.declaration.dates import Dates

_ROC_YEAR_ZERO = 1911
_FIRST_SECOND, _LAST_SECOND = -62_135_596_800, 253_402_300_799
"""Seconds since 1970 of the years 1 to 9999. Every library that readers use knows these years."""
_PARTS = {"Y": r"(?P<Y>\d{4})", "m": r"(?P<m>\d{1,2})", "d": r"(?P<d>\d{1,2})", "H": r"(?P<H>\d{1,2})"}
_PARTS |= {"M": r"(?P<M>\d{2})", "S": r"(?P<S>\d{2})"}
_YEARS = {"gregorian": r"(?P<Y>\d{4})", "roc": r"(?P<Y>\d{2,3})", "mixed": r"(?P<Y>\d{2,4})"}


def read(text: pa.Array, dates: Dates, kind: pa.DataType) -> pa.Array:
    """Read texts as dates or times.

    Args:
        text: trimmed strings; null means no value.
        dates: how they are written.
        kind: `date32`, or a timestamp with a zone.

    Returns:
        An array of this kind; null where the text is null or cannot be read.
    """
    times = pa.nulls(len(text), pa.timestamp("s"))
    for pattern in dates.patterns:
        times = pc.coalesce(times, _by_pattern(text, pattern, dates))
    times = _within_years(times)
    if pa.types.is_timestamp(kind):
        # When a zone had an hour twice, take the first; when it skipped an hour, take the moment of the change.
        times = _within_years(pc.assume_timezone(times, dates.zone, ambiguous="earliest", nonexistent="latest"))
    return times.cast(kind)


def _within_years(times: pa.Array) -> pa.Array:
    """The times of the years 1 to 9999: local times, or times with a zone, counted in UTC."""
    seconds = times.cast(pa.int64())
    known = pc.and_(pc.greater_equal(seconds, _FIRST_SECOND), pc.less_equal(seconds, _LAST_SECOND))
    return pc.if_else(known, times, None)


def _by_pattern(text: pa.Array, pattern: str, dates: Dates) -> pa.Array:
    parts = pc.extract_regex(text, _regex(pattern, dates))
    names = [field.name for field in parts.type]
    digits = {name: pc.struct_field(parts, name) for name in names}
    year = pc.cast(digits["Y"], pa.int32())
    if dates.calendar != "gregorian":
        year = pc.if_else(pc.less(pc.utf8_length(digits["Y"]), 4), pc.add(year, _ROC_YEAR_ZERO), year)
    hour = digits.get("H")
    ends_day = None
    if hour is not None and dates.end_of_day:
        ends_day = pc.equal(hour, "24")
        for name in ("M", "S"):
            ends_day = pc.and_(ends_day, pc.equal(digits[name], "00")) if name in digits else ends_day
        digits["H"] = pc.if_else(ends_day, "00", hour)
    written = _written(year, digits)
    value = pc.strptime(written, format="%Y-%m-%d %H:%M:%S", unit="s", error_is_null=True)
    # strptime reads 31 February as a day of March: keep a value only if it gives its own text again.
    same = pc.equal(pc.strftime(value, format="%Y-%m-%d %H:%M:%S"), written)
    value = pc.if_else(same, value, None)
    if ends_day is not None:
        day = pa.scalar(86_400, pa.duration("s"))
        value = pc.if_else(pc.fill_null(ends_day, False), pc.add(value, day), value)
    return value


def _written(year: pa.Array, digits: dict[str, pa.Array]) -> pa.Array:
    """Parts as ISO text. A part that the pattern does not have is the first: January, day 1, hour 0."""

    def two(name: str, default: str) -> pa.Array | str:
        return pc.utf8_lpad(digits[name], 2, "0") if name in digits else default

    date = pc.binary_join_element_wise(
        pc.utf8_lpad(pc.cast(year, pa.string()), 4, "0"), two("m", "01"), two("d", "01"), "-"
    )
    time = [two("H", "00"), two("M", "00"), two("S", "00")]
    return pc.binary_join_element_wise(date, pc.binary_join_element_wise(*time, ":"), " ")


def _regex(pattern: str, dates: Dates) -> str:
    """The regular expression of a pattern of %Y %m %d %H %M %S, with a group for each part."""
    written, pieces = "", re.split(r"(%.)", pattern)
    digits_only = not any(pieces[::2])
    for i, piece in enumerate(pieces):
        if i % 2 == 0:
            written += re.escape(piece)
        elif piece == "%Y":
            written += _YEARS[dates.calendar]
        else:
            part = _PARTS[piece[1]]
            # Without separators the parts need fixed widths: 1150701, 11507.
            written += part.replace("{1,2}", "{2}") if digits_only else part
    return f"^{written}$"
