"""Periods as values: years, quarters, months and weeks, as integers and as texts such as 2026-Q3, 2026-07, 2026-W27.

Texts of one kind have one length, so they are in the order of time. A week is of the year that ISO 8601 gives it.
"""

from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

Period = Literal["year", "quarter", "month", "week"]
PERIODS: tuple[Period, ...] = ("year", "quarter", "month", "week")
Grain = Literal["hour", "day", "week", "month", "quarter", "year"]
WITHIN: dict[str, tuple[Grain, ...]] = {
    "datetime": ("hour", "day", "week", "month", "quarter", "year"),
    "date": ("hour", "day", "week", "month", "quarter", "year"),
    "week": ("week", "year"),
    "month": ("month", "quarter", "year"),
    "quarter": ("quarter", "year"),
    "year": ("year",),
}
"""By type of a field, the periods that rows may be counted by: each value lies in one."""
WRITTEN: dict[Period, str] = {
    "year": "[0-9]{4}",
    "quarter": "[0-9]{4}-Q[1-4]",
    "month": "[0-9]{4}-(0[1-9]|1[0-2])",
    "week": "[0-9]{4}-W(0[1-9]|[1-4][0-9]|5[0-3])",
}
"""How the values are written; the year as an integer."""
_FORMS: dict[Grain, str] = {"hour": "%Y-%m-%dT%H", "day": "%Y-%m-%d", "week": "%G-W%V", "month": "%Y-%m", "year": "%Y"}


def of_days(days: pa.Array, period: Period, *, sunday: bool = False) -> pa.Array:
    """Return the period in which each day lies.

    Args:
        days: dates or local times, of the years 1 to 9999.
        period: which one.
        sunday: whether weeks begin on Sunday; week 1 is the first with four days in the year, as in ISO 8601.

    Returns:
        Integers for years, else texts.
    """
    times = days.cast(pa.timestamp("s"))
    if period == "year":
        return pc.year(times)
    if period == "week" and sunday:
        year = pc.utf8_lpad(pc.us_year(times).cast(pa.string()), 4, "0")
        week = pc.utf8_lpad(pc.us_week(times).cast(pa.string()), 2, "0")
        return pc.binary_join_element_wise(year, week, "-W")
    return labels(times, period)


def labels(values: pa.Array | pa.ChunkedArray, grain: Grain) -> pa.Array | pa.ChunkedArray:
    """Return the label of the period of a grain in which each value lies: 2026, 2026-Q3, 2026-07, 2026-W27, 2026-07-01.

    Args:
        values: dates, times (in their zone), or periods that are no longer than the grain.
        grain: the period.
    """
    kind = values.type
    if pa.types.is_integer(kind):
        return pc.utf8_lpad(values.cast(pa.string()), 4, "0")
    if pa.types.is_string(kind):
        if grain == "year":
            return pc.utf8_slice_codeunits(values, 0, 4)
        by_month = grain == "quarter" and pc.any(pc.match_substring_regex(values, "^.{4}-[0-9]")).as_py()
        return _quarters(values) if by_month else values
    times = values.cast(pa.timestamp("s")) if pa.types.is_date(kind) else values
    if grain == "quarter":
        return _quarters(pc.strftime(times, format="%Y-%m"))
    return pc.strftime(times, format=_FORMS[grain])


def _quarters(months: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """2026-07 -> 2026-Q3."""
    month = pc.cast(pc.utf8_slice_codeunits(months, 5, 7), pa.int64())
    quarter = pc.cast(pc.divide(pc.add(month, 2), 3), pa.string())
    return pc.binary_join_element_wise(pc.utf8_slice_codeunits(months, 0, 4), quarter, "-Q")


def day_within(values: pa.Array | pa.ChunkedArray, *, sunday: bool = False) -> pa.Array | pa.ChunkedArray:
    """Return a day of each period: the first one; of a week the fourth, which lies in the year that the week is of.

    Args:
        values: periods; dates and times stay as they are.
        sunday: whether weeks begin on Sunday, not on Monday.
    """
    kind = values.type
    if not (pa.types.is_integer(kind) or pa.types.is_string(kind)):
        return values
    texts = pc.utf8_lpad(values.cast(pa.string()), 4, "0") if pa.types.is_integer(kind) else values
    year, part = pc.utf8_slice_codeunits(texts, 0, 4), pc.cast(pc.fill_null(_digits(texts), "1"), pa.int64())
    weekly, quarterly = pc.match_substring(texts, "-W"), pc.match_substring(texts, "-Q")
    month = pc.if_else(quarterly, pc.subtract(pc.multiply(part, 3), 2), pc.if_else(weekly, 1, part))
    text = pc.binary_join_element_wise(year, pc.utf8_lpad(pc.cast(month, pa.string()), 2, "0"), "01", "-")
    first = pc.cast(text, pa.date32())
    if not pc.any(weekly).as_py():
        return first
    days = pc.cast(week_begins(pc.cast(year, pa.int64()), part, sunday=sunday), pa.int32())
    return pc.if_else(weekly, pc.cast(pc.add(days, pa.scalar(3, pa.int32())), pa.date32()), first)


def _digits(texts: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """The number behind the year; null where there is none."""
    digits = pc.replace_substring_regex(pc.utf8_slice_codeunits(texts, 5, 8), "^[WQ]", "")
    return pc.if_else(pc.equal(digits, ""), None, digits)


def week_begins(year: pa.Array, week: pa.Array, *, sunday: bool = False) -> pa.Array:
    """Return the first day of a week of a year: the first week is the one with 4 January.

    Args:
        year: integers, 1 to 9999.
        week: integers; not checked.
        sunday: whether weeks begin on Sunday, not on Monday.
    """
    written = pc.binary_join_element_wise(pc.utf8_lpad(pc.cast(year, pa.string()), 4, "0"), "01", "04", "-")
    fourth = pc.cast(written, pa.date32())
    weekday = pc.day_of_week(fourth, week_start=7 if sunday else 1)
    days = pc.add(
        pc.subtract(pc.cast(fourth, pa.int32()).cast(pa.int64()), weekday), pc.multiply(pc.subtract(week, 1), 7)
    )
    return pc.cast(pc.cast(days, pa.int32()), pa.date32())
