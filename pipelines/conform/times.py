"""Texts of one column -> dates or times, as a field declares them. A text that cannot be read becomes null."""

import re

import pyarrow as pa
import pyarrow.compute as pc

from catalog.declaration.dates import Dates, offset_of
from catalog.declaration.shifts import delta
from catalog.periods import week_begins
from pipelines.conform import serials

_ROC_YEAR_ZERO = 1911
_FIRST_SECOND, _LAST_SECOND = -62_135_596_800, 253_402_300_799
"""Seconds since 1970 of the years 1 to 9999. Every library that readers use knows these years."""
_PARTS = {"Y": r"(?P<Y>\d{4})", "m": r"(?P<m>\d{1,2})", "d": r"(?P<d>\d{1,2})", "H": r"(?P<H>\d{1,2})"}
_PARTS |= {"M": r"(?P<M>\d{2})", "S": r"(?P<S>\d{2})"}
_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_PARTS |= {
    "I": r"(?P<I>\d{1,2})",
    "p": r"(?P<p>(?i:[AP]\.?M\.?)|上午|下午|凌晨|早上|中午|晚上)",
    "f": r"(?P<f>\d{1,9})",
}
_PARTS |= {"y": r"(?P<y>\d{2})", "B": f"(?P<B>(?i:{'|'.join(_MONTHS)}))", "A": f"(?P<A>(?i:{'|'.join(_WEEKDAYS)}))"}
_PARTS |= {"b": f"(?P<b>(?i:{'|'.join(month[:3] for month in _MONTHS)}))"}
_PARTS |= {"a": f"(?P<a>(?i:{'|'.join(day[:3] for day in _WEEKDAYS)}))"}
_PARTS |= {"q": "(?P<q>[1-4一二三四])", "V": r"(?P<V>\d{1,2})", "j": r"(?P<j>\d{1,3})"}
_BEFORE_NOON = {12: 0} | {hour: hour for hour in range(1, 12)}
_AFTER_NOON = {12: 12} | {hour: hour + 12 for hour in range(1, 12)}
_HALVES: dict[str, dict[int, int]] = {
    "a": _BEFORE_NOON,
    "p": _AFTER_NOON,
    "上午": _BEFORE_NOON,
    "下午": _AFTER_NOON,
    "凌晨": {hour: _BEFORE_NOON[hour] for hour in (12, *range(1, 7))},
    "早上": {hour: hour for hour in range(4, 12)},
    "中午": {11: 11, 12: 12, 1: 13, 2: 14},
    "晚上": {hour: hour + 12 for hour in range(5, 12)},
}
"""By half of a day, which hours may stand beside it, and what each is. 晚上 12 is of one day or the next."""
_HOURS = 13
_HOUR_OF = pa.array([hours.get(hour) for hours in _HALVES.values() for hour in range(_HOURS)], pa.int32())
_QUARTERS = ["1", "2", "3", "4", "一", "二", "三", "四"]
_FOLDS = {"first": "earliest", "second": "latest", "by_order": "earliest"}
_YEARS = {
    "gregorian": r"(?P<Y>\d{4})",
    "roc": r"(?P<Y>\d{2,3})",
    "mixed": r"(?P<Y>[1-9]\d{3}|\d{2,3})",
}
"""Where both are written, 0115 may be a year of the Republic with a zero before it: it is none of them."""


def read(text: pa.Array, dates: Dates, kind: pa.DataType) -> pa.Array:
    """Read texts as dates or times.

    Args:
        text: trimmed strings; null means no value.
        dates: how they are written.
        kind: `date32`, or a timestamp with a zone.

    Returns:
        An array of this kind; null where the text is null or cannot be read.
    """
    zoned = pa.types.is_timestamp(kind)
    if dates.epoch or any("%z" in pattern for pattern in dates.patterns):
        moments = _shifted(_within_years(_moments(text, dates)), dates)
        moments = moments.cast(pa.timestamp("s", "UTC")).cast(pa.timestamp("s", dates.zone))
        return moments.cast(kind) if zoned else _within_years(pc.local_timestamp(moments)).cast(kind)
    times = pa.nulls(len(text), pa.timestamp("s"))
    for pattern in dates.patterns:
        times = pc.coalesce(times, _by_pattern(text, pattern, dates)[0])
    if dates.excel:
        times = pc.coalesce(times, serials.of_spreadsheet(text, dates.excel, day=not zoned))
    times = _within_years(times)
    return _shifted(_within_years(_located(times, dates)) if zoned else times, dates).cast(kind)


def _shifted(times: pa.Array, dates: Dates) -> pa.Array:
    return _within_years(pc.add(times, pa.scalar(delta(dates.shift), pa.duration("s")))) if dates.shift else times


def _moments(text: pa.Array, dates: Dates) -> pa.Array:
    """Times in UTC where some patterns carry an offset, or numbers count since 1970."""
    times = pa.nulls(len(text), pa.timestamp("s"))
    for pattern in dates.patterns:
        local, offset = _by_pattern(text, pattern, dates)
        if offset is None:
            moment = _located(_within_years(local), dates).cast(pa.timestamp("s", "UTC")).cast(pa.timestamp("s"))
        else:
            moment = pc.subtract(local, offset.cast(pa.duration("s")))
        times = pc.coalesce(times, moment)
    if dates.epoch:
        times = pc.coalesce(times, serials.since_1970(text, dates.epoch, dates.fraction))
    if dates.excel:
        local = serials.of_spreadsheet(text, dates.excel, day=False)
        located = _located(_within_years(local), dates).cast(pa.timestamp("s", "UTC")).cast(pa.timestamp("s"))
        times = pc.coalesce(times, located)
    return times


def _located(times: pa.Array, dates: Dates) -> pa.Array:
    """Local times in the zone. A time that the zone skipped is the moment of the change."""
    if dates.fold == "refuse":
        first = pc.assume_timezone(times, dates.zone, ambiguous="earliest", nonexistent="latest")
        second = pc.assume_timezone(times, dates.zone, ambiguous="latest", nonexistent="latest")
        return pc.if_else(pc.equal(first, second), first, None)
    return pc.assume_timezone(times, dates.zone, ambiguous=_FOLDS[dates.fold], nonexistent="latest")


def _within_years(times: pa.Array) -> pa.Array:
    """The times of the years 1 to 9999: local times, or times with a zone, counted in UTC."""
    seconds = times.cast(pa.int64())
    known = pc.and_(pc.greater_equal(seconds, _FIRST_SECOND), pc.less_equal(seconds, _LAST_SECOND))
    return pc.if_else(known, times, None)


def _by_pattern(text: pa.Array, pattern: str, dates: Dates) -> tuple[pa.Array, pa.Array | None]:
    """Local times, and the seconds of their offset where the pattern has one."""
    parts = pc.extract_regex(text, _regex(pattern, dates))
    names = [field.name for field in parts.type]
    digits = {name: pc.struct_field(parts, name) for name in names}
    year = _year(digits, dates)
    _in_digits(digits)
    hour = digits.get("H")
    ends_day = None
    if hour is not None and dates.end_of_day and "I" not in digits:
        ends_day = pc.equal(hour, "24")
        for name in ("M", "S"):
            ends_day = pc.and_(ends_day, pc.equal(digits[name], "00")) if name in digits else ends_day
        if "f" in digits:
            ends_day = pc.and_(ends_day, pc.match_substring_regex(digits["f"], "^0+$"))
        digits["H"] = pc.if_else(ends_day, "00", hour)
    written = _written(year, digits)
    value = pc.strptime(written, format="%Y-%m-%d %H:%M:%S", unit="s", error_is_null=True)
    # strptime reads 31 February as a day of March: keep a value only if it gives its own text again.
    same = pc.equal(pc.strftime(value, format="%Y-%m-%d %H:%M:%S"), written)
    value = _in_its_week(_on_its_day(pc.if_else(same, value, None), digits), digits, dates)
    value = _on_its_weekday(value, digits)
    if "f" in digits:
        nanos = pc.cast(pc.utf8_rpad(digits["f"], 9, "0"), pa.int64())
        value = serials.whole_seconds(value, nanos, dates.fraction)
    if ends_day is not None:
        day = pa.scalar(86_400, pa.duration("s"))
        value = pc.if_else(pc.fill_null(ends_day, False), pc.add(value, day), value)
    return value, _offset(digits["z"], dates) if "z" in digits else None


def _year(digits: dict[str, pa.Array], dates: Dates) -> pa.Array:
    if "y" in digits:
        short = pc.cast(digits["y"], pa.int32())
        return pc.if_else(pc.less(short, dates.pivot), pc.add(short, 2000), pc.add(short, 1900))
    year = pc.cast(digits["Y"], pa.int32())
    if dates.calendar != "gregorian":
        year = pc.if_else(pc.less(pc.utf8_length(digits["Y"]), 4), pc.add(year, _ROC_YEAR_ZERO), year)
    return year


def _in_digits(digits: dict[str, pa.Array]) -> None:
    """Names of months become numbers, and an hour of twelve one of twenty-four: 12 AM is 00."""
    for name in {"b", "B"} & set(digits):
        month = pc.index_in(_short(digits[name]), value_set=pa.array([each[:3] for each in _MONTHS]))
        digits["m"] = pc.cast(pc.add(month, 1), pa.string())
    if "q" in digits:
        quarter = pc.bit_wise_and(pc.index_in(digits["q"], value_set=pa.array(_QUARTERS)), 3)
        digits["m"] = pc.cast(pc.add(pc.multiply(quarter, 3), 1), pa.string())
    if "V" in digits:  # week 1 is the one with 4 January
        digits["d"] = pc.if_else(pc.is_valid(digits["V"]), "04", None)
    if "j" in digits:
        digits["d"] = pc.if_else(pc.is_valid(digits["j"]), "01", None)
    if "I" in digits:
        hour = pc.cast(digits["I"], pa.int32())
        written = pc.replace_substring_regex(pc.utf8_lower(digits["p"]), r"^([ap])\.?m\.?$", r"\1")
        half = pc.index_in(written, value_set=pa.array(list(_HALVES)))
        place = pc.if_else(pc.less(hour, _HOURS), pc.add(pc.multiply(half, _HOURS), hour), None)
        digits["H"] = pc.cast(_HOUR_OF.take(place), pa.string())


def _short(names: pa.Array) -> pa.Array:
    return pc.utf8_slice_codeunits(pc.utf8_lower(names), 0, 3)


def _on_its_weekday(value: pa.Array, digits: dict[str, pa.Array]) -> pa.Array:
    """The times whose weekday is the one that is written; where none is written, all."""
    for name in {"a", "A"} & set(digits):
        weekday = pc.index_in(_short(digits[name]), value_set=pa.array([each[:3] for each in _WEEKDAYS]))
        value = pc.if_else(pc.equal(pc.day_of_week(value), weekday.cast(pa.int64())), value, None)
    return value


def _on_its_day(value: pa.Array, digits: dict[str, pa.Array]) -> pa.Array:
    """Times of 1 January moved to the day of the year that is written; null where the year has no such day."""
    if "j" not in digits:
        return value
    days = pc.subtract(pc.cast(digits["j"], pa.int64()), 1)
    found = pc.add(value, pc.multiply(days, 86_400).cast(pa.duration("s")))
    return pc.if_else(pc.equal(pc.year(found), pc.year(value)), found, None)


def _in_its_week(value: pa.Array, digits: dict[str, pa.Array], dates: Dates) -> pa.Array:
    """Times of 4 January moved to the first day of the week that is written; null where the year has no such week."""
    if "V" not in digits:
        return value
    week, midnight = pc.cast(digits["V"], pa.int64()), pc.floor_temporal(value, unit="day")
    begins = week_begins(pc.year(value), week, sunday=dates.weeks == "sunday").cast(pa.timestamp("s"))
    middle = pc.add(begins, pa.scalar(3 * 86_400, pa.duration("s")))
    found = pc.add(begins, pc.subtract(value, midnight))
    return pc.if_else(pc.equal(pc.year(middle), pc.year(value)), found, None)


def _offset(texts: pa.Array, dates: Dates) -> pa.Array:
    encoded = texts.dictionary_encode()
    known = [offset_of(dates.offsets.get(text, text)) for text in encoded.dictionary.to_pylist()]
    return pa.array(known, pa.int64()).take(encoded.indices)


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
    """The regular expression of a pattern, with a group for each part."""
    written, pieces = "", re.split(r"(%.)", pattern)
    digits_only = not any(pieces[::2])
    for i, piece in enumerate(pieces):
        if i % 2 == 0:
            written += re.escape(piece)
        elif piece == "%Y":
            written += _YEARS[dates.calendar]
        elif piece == "%z":
            names = "".join(f"|{re.escape(name)}" for name in sorted(dates.offsets, key=len, reverse=True))
            written += rf"(?P<z>[Zz]|[+-]\d{{2}}(?::?\d{{2}})?{names})"
        else:
            part = _PARTS[piece[1]]
            # Without separators the parts need fixed widths: 1150701, 11507.
            written += re.sub(r"\{1,(\d)\}", r"{\1}", part) if digits_only and piece != "%f" else part
    return f"^{written}$"
