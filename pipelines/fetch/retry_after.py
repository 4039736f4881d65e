"""Retry-After (RFC 9110 section 10.2.3): a number of seconds, or the date of HTTP from which on to ask again."""

import datetime as dt
from collections.abc import Mapping
from email.utils import parsedate_to_datetime


def wait_seconds(headers: Mapping[str, str], now: dt.datetime) -> float | None:
    """Return how long an answer asks to wait, in seconds.

    Args:
        headers: of the answer, by names in small letters.
        now: the present, with its zone; used where the answer has no date of its own, by whose clock a wait counts.

    Returns:
        The seconds; None where the header is missing, makes no sense, or names a date that is past.
    """
    asked = _asked(headers)
    if not isinstance(asked, dt.datetime):
        return asked
    wait = (asked - (_date(headers.get("date", "")) or now)).total_seconds()
    return wait if wait > 0 else None


def in_words(headers: Mapping[str, str]) -> str:
    """Return how long an answer asks to wait, as people read it."""
    asked = _asked(headers)
    if asked is None:
        return "a while"
    return f"until {asked.isoformat(sep=' ')}" if isinstance(asked, dt.datetime) else f"{asked:.0f} s"


def _asked(headers: Mapping[str, str]) -> float | dt.datetime | None:
    said = headers.get("retry-after", "")
    return float(said) if said.isascii() and said.isdigit() else _date(said)


def _date(said: str) -> dt.datetime | None:
    """A date in one of the three forms of HTTP, of which one has no zone; all of them are UTC."""
    try:
        date = parsedate_to_datetime(said)
    except ValueError:
        return None
    return date if date.tzinfo else date.replace(tzinfo=dt.UTC)
