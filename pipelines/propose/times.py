"""Is a column one of days, times or periods, and in which patterns are they written: ROC years, digits, AM and PM."""

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from catalog.periods import PERIODS

TYPES = ("datetime", "date", *PERIODS)
"""Types of a time, the likeliest first to say of which time a row is."""
NAMES = re.compile(r"time|date|sent|時間|日期", re.IGNORECASE)
"""In the name of a value that may be the time of all records."""
CELL = re.compile(
    r"(?:民國)?[0-9]{1,4}\s*[/.\-年:]\s*[0-9]{1,2}[0-9/.\-:+年月日時分秒季TZAPMapm上下午(（)）一二三四五六星期週\s]{0,25}"
    r"|[0-9]{3,4}[SQ][1-4]"
)
"""A cell that looks like a time."""
PERIOD = re.compile(r"(?:1[89]|20)[0-9]{2}|[0-9]{1,4}[/\-][0-9]{1,2}(?:[/\-][0-9]{1,4})?")
"""A name of a column that may be a period."""
_YEAR_NAMES = re.compile(r"年|year|yyy", re.IGNORECASE)
_MONTH_NAMES = re.compile(r"年月|月|month|ym|yyymm|期", re.IGNORECASE)
_WEEK_NAMES = re.compile(r"週|周|week|yyyyww", re.IGNORECASE)
_DAY_NAMES = re.compile(r"日|date|day|時間|time", re.IGNORECASE)
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec"
_DAY = (
    (re.compile(r"(?P<y>[0-9]{2,4})(?P<s>[/.\-])[0-9]{1,2}(?P=s)[0-9]{1,2}"), ("%Y{s}%m{s}%d",)),
    (re.compile(r"[0-9]{1,2}(?P<s>[/.\-])[0-9]{1,2}(?P=s)(?P<y>[0-9]{4})"), ("%m{s}%d{s}%Y", "%d{s}%m{s}%Y")),
    (re.compile(r"[0-9]{1,2}(?P<s>[/.\-])[0-9]{1,2}(?P=s)[0-9]{2}"), ("%m{s}%d{s}%y", "%d{s}%m{s}%y")),
    (re.compile(r"(?P<y>[0-9]{2,4})年(?P<b> ?)[0-9]{1,2}月(?P<c> ?)[0-9]{1,2}日"), ("%Y年{b}%m月{c}%d日",)),
    (re.compile(r"民國(?P<y>[0-9]{2,3})年[0-9]{1,2}月[0-9]{1,2}日"), ("民國%Y年%m月%d日",)),
    (re.compile(r"[0-9]{1,2}(?P<s>[ \-])[A-Za-z]{3}(?P=s)(?P<y>[0-9]{4})"), ("%d{s}%b{s}%Y",)),
    (re.compile(r"(?P<y>[0-9]{4})[0-9]{4}"), ("%Y%m%d",)),
    (re.compile(r"(?P<y>[01][0-9]{2})[0-9]{4}"), ("%Y%m%d",)),
)
_PERIODS = (
    ("month", re.compile(r"(?P<y>[0-9]{2,4})(?P<s>[/\-])[0-9]{1,2}"), ("%Y{s}%m",)),
    ("month", re.compile(r"(?P<y>[0-9]{2,4})年(?P<b> ?)[0-9]{1,2}月"), ("%Y年{b}%m月",)),
    ("month", re.compile(r"民國(?P<y>[0-9]{2,3})年[0-9]{1,2}月"), ("民國%Y年%m月",)),
    ("month", re.compile(r"[A-Za-z]{3}(?P<s>[ \-])(?P<y>[0-9]{4})"), ("%b{s}%Y",)),
    ("month", re.compile(r"(?P<y>[0-9]{4})M[0-9]{2}"), ("%YM%m",)),
    ("quarter", re.compile(r"(?P<y>[0-9]{2,4})(?P<s>-?[SQ])[1-4]"), ("%Y{s}%q",)),
    ("quarter", re.compile(r"(?P<y>[0-9]{2,4})年第[1-4一二三四]季"), ("%Y年第%q季",)),
    ("week", re.compile(r"(?P<y>[0-9]{4})(?P<s>-?W)[0-9]{2}"), ("%Y{s}%V",)),
    ("year", re.compile(r"(?P<y>[0-9]{2,4})年"), ("%Y年",)),
    ("year", re.compile(r"民國(?P<y>[0-9]{2,3})年"), ("民國%Y年",)),
)
_CLOCK = re.compile(
    r"(?P<ap>上午|下午|凌晨|早上|中午|晚上)? ?(?P<h>[0-9]{1,2})(?:(?P<zh>時)|:)(?P<m>[0-9]{2})"
    r"(?:(?P<fen>分)(?P<miao>[0-9]{1,2}秒)?)?(?P<sec>:[0-9]{2})?(?P<f>\.[0-9]{1,9})?"
    r"(?P<b> ?)(?P<p>[AaPp]\.?[Mm]\.?)?(?P<z> ?(?:Z|[+\-][0-9]{2}:?[0-9]{2}))?"
)
_DIGITS = {14: "%Y%m%d%H%M%S", 12: "%Y%m%d%H%M", 10: "%Y%m%d%H"}
_FEWEST = 5
"""Different texts of digits that prove a date where the name of the column does not say so."""
_PIVOT = 70
_COUNT = re.compile(r"[1-9][0-9]{4,13}(?:\.[0-9]{1,12})?")
_STAMP_NAMES = re.compile(r"stamp|epoch|unix|(?:^|_)ts$|_at$|update", re.IGNORECASE)
_SINCE = (315_532_800, 2_524_608_000)
"""Seconds since 1970 of which an agency speaks: from 1980 to 2050."""
_SPREADSHEET = (20_000, 60_000)
"""Days of a spreadsheet: from 1954 to 2064."""


class TimeForm(NamedTuple):
    """How one text may be a time."""

    kind: str
    pattern: str
    short: bool
    """Whether its year has fewer than four digits."""


def ways(heard: str, texts: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield how a column of times may be declared; nothing if one of its texts is like no time.

    Args:
        heard: the name of the column.
        texts: its different texts, without those that mean no value.
    """
    if not texts:
        return
    yield from _counts(heard, texts)
    digits = all(text.isdecimal() and text.isascii() for text in texts)
    found = [_of_digits(heard, text, len(texts)) if digits else list(_of_text(text)) for text in texts]
    if not all(found):
        return
    # A text that may be read in two ways leaves it to the others to say which one is meant.
    for number in range(max(map(len, found))):
        each = [ways[min(number, len(ways) - 1)] for ways in found]
        kinds = {one.kind for one in each}
        if kinds == {"date", "datetime"}:
            kinds = {"datetime"}
        if len(kinds) == 1:
            yield {"type": kinds.pop(), "date": _date(each, texts)}


def alike(heard: str, texts: Sequence[str]) -> list[str]:
    """Return the texts that are like a time; of digits alone all, because only together they tell it.

    Args:
        heard: the name of the column.
        texts: its different texts.
    """
    if all(text.isdecimal() for text in texts):
        return list(texts)
    return [text for text in texts if any(ways(heard, [text]))]


def _date(each: Sequence[TimeForm], texts: Sequence[str]) -> dict[str, Any]:
    patterns = list(dict.fromkeys(one.pattern for one in each))
    short = {one.short for one in each if "%y" not in one.pattern}
    said: dict[str, Any] = {"calendar": "mixed" if len(short) > 1 else "roc"} if True in short else {}
    said["patterns"] = patterns
    if any("%y" in pattern for pattern in patterns):
        said["pivot"] = _PIVOT
    if any("%f" in pattern for pattern in patterns):
        said["fraction"] = "drop"
    if any(re.search(r"(?:^|\D)24:00(?::00)?(?:\D|$)", text) for text in texts):
        said["24:00"] = True
    return said


def _of_text(text: str) -> Iterator[TimeForm]:
    for shape, patterns in _DAY:
        found = shape.match(text)
        if not found:
            continue
        groups = {name: value or "" for name, value in found.groupdict().items()}
        short = len(groups.get("y", "2000")) < 4
        rest = text[found.end() :]
        clock = _clock(rest)
        if clock is not None:
            for pattern in patterns:
                day = pattern.format(**groups)
                yield TimeForm("datetime" if clock else "date", day + clock, short)
            return
    for kind, shape, patterns in _PERIODS:
        found = shape.fullmatch(text)
        if found and _month_is_named(text):
            groups = {name: value or "" for name, value in found.groupdict().items()}
            yield TimeForm(kind, patterns[0].format(**groups), len(groups["y"]) < 4)
            return


def _month_is_named(text: str) -> bool:
    word = re.match(r"[A-Za-z]{3}", text)
    return word is None or word[0].lower() in _MONTHS.split()


def _clock(rest: str) -> str | None:
    """The pattern of what follows a day: none, or a time; None if it is neither."""
    if not rest:
        return ""
    between = rest[0] if rest[0] in "T " else ""
    found = _CLOCK.fullmatch(rest[len(between) :].lstrip() if between == " " else rest[len(between) :])
    if not found or (not between and not found["ap"] and not found["zh"]) or bool(found["zh"]) != bool(found["fen"]):
        return None
    hour = "%I" if found["ap"] or found["p"] else "%H"
    pattern = f"{between}{'%p ' if found['ap'] and ' ' in found[0] else '%p' if found['ap'] else ''}{hour}"
    pattern += f"時%M分{'%S秒' if found['miao'] else ''}" if found["zh"] else ":%M"
    pattern += (":%S" if found["sec"] else "") + (".%f" if found["f"] else "")
    pattern += f"{found['b'] if found['p'] else ''}%p" if found["p"] else ""
    zone = found["z"] or ""
    return pattern + (f"{' ' if zone.startswith(' ') else ''}%z" if zone else "")


def _of_digits(heard: str, text: str, count: int) -> list[TimeForm]:
    """How digits alone may be a time: by their number, and by the name of the column where a number is as likely."""
    day, month, year = (bool(names.search(heard)) for names in (_DAY_NAMES, _MONTH_NAMES, _YEAR_NAMES))
    length, proven = len(text), count >= _FEWEST
    if length in _DIGITS and (day or proven) and _plausible(text[:8]):
        return [TimeForm("datetime", _DIGITS[length], short=False)]
    if length == 8 and (day or proven) and _plausible(text):
        return [TimeForm("date", "%Y%m%d", short=False)]
    if length == 7 and (day or proven) and _plausible(f"{int(text[:3]) + 1911}{text[3:]}"):
        return [TimeForm("date", "%Y%m%d", short=True)]
    if length == 6 and _WEEK_NAMES.search(heard) and 1 <= int(text[4:]) <= 53:
        return [TimeForm("week", "%Y%V", short=False)]
    if length == 6 and (month or proven) and _plausible(f"{text}01"):
        return [TimeForm("month", "%Y%m", short=False)]
    if length == 5 and month and _plausible(f"{int(text[:3]) + 1911}{text[3:]}01"):
        return [TimeForm("month", "%Y%m", short=True)]
    if year and not day and (length in (2, 3) or (length == 4 and 1800 <= int(text) <= 2100)):
        return [TimeForm("year", "%Y", short=length < 4)]
    return []


def _counts(heard: str, texts: Sequence[str]) -> Iterator[dict[str, Any]]:
    """How numbers may count time: since 1970, or as the days of a spreadsheet."""
    if not all(_COUNT.fullmatch(text) for text in texts):
        return
    low, high = (pick(map(float, texts)) for pick in (min, max))
    named = bool(_DAY_NAMES.search(heard) or _STAMP_NAMES.search(heard))
    whole = all("." not in text for text in texts)
    if whole and _SINCE[0] * 1000 <= low and high <= _SINCE[1] * 1000 and (named or len(texts) >= _FEWEST):
        dropped = {} if all(text.endswith("000") for text in texts) else {"fraction": "drop"}
        yield {"type": "datetime", "date": {"epoch": "milliseconds", **dropped}}
    if named and _SINCE[0] <= low and high <= _SINCE[1] and not (whole and all(map(_is_hour_of_day, texts))):
        yield {"type": "datetime", "date": {"epoch": "seconds", **({} if whole else {"fraction": "drop"})}}
    if named and _SPREADSHEET[0] <= low and high <= _SPREADSHEET[1]:
        yield {"type": "date" if whole else "datetime", "date": {"excel": 1900}}


def _is_hour_of_day(text: str) -> bool:
    return len(text) == 10 and _plausible(text[:8]) and int(text[8:]) <= 24


def counted(date: dict[str, Any], text: str) -> str | None:
    """Return what a number that counts time means, for people; None where a time is written by patterns."""
    if "excel" in date:
        at = dt.datetime(1899, 12, 30, tzinfo=dt.UTC) + dt.timedelta(days=float(text))
        other = at + dt.timedelta(days=1462)
        return f"days of a spreadsheet ({text} is {at:%Y-%m-%d}; with excel: 1904 it would be {other:%Y-%m-%d})"
    if "epoch" not in date:
        return None
    seconds = float(text) / (1000 if date["epoch"] == "milliseconds" else 1)
    return f"{date['epoch']} since 1970 ({text} is {dt.datetime.fromtimestamp(seconds, dt.UTC):%Y-%m-%d %H:%M} UTC)"


def _plausible(digits: str) -> bool:
    """Whether eight digits may be a day that an agency speaks of."""
    year, month, day = int(digits[:4]), int(digits[4:6]), int(digits[6:8])
    return 1850 <= year <= 2100 and 1 <= month <= 12 and 1 <= day <= 31


def is_clock(texts: Sequence[str]) -> str | None:
    """Return the pattern of texts that are times of a day without the day, or None."""
    found = {_clock(f" {text}") for text in texts}
    return found.pop().strip() if len(found) == 1 and None not in found and texts else None  # type: ignore[union-attr]


def is_hour(heard: str, texts: Sequence[str]) -> bool:
    """Return whether texts are hours of a day, by the name of the column and their values."""
    named = re.fullmatch(r"(?:小?時|hour|hr|hh|時間|time)", heard.strip(), re.IGNORECASE)
    return bool(named and texts) and all(text.isdecimal() and int(text) <= 24 for text in texts)
