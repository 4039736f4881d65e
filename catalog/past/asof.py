"""Which release was the newest at a moment in the past: the last one created by then, of those that still stand."""

import datetime as dt
from zoneinfo import ZoneInfo

from catalog.derived import releases_json
from catalog.errors import DecisionError
from catalog.release import publish, served
from catalog.release.document import Release
from catalog.store import Store


def moment(text: str, zone: ZoneInfo) -> dt.datetime:
    """Read a day, which is its end, or a time.

    Args:
        text: ISO 8601, as 2026-07-05 or 2026-07-05T12:00:00+08:00.
        zone: of a day, and of a time without an offset.

    Raises:
        DecisionError: it is neither.
    """
    try:
        if len(text) <= len("2026-07-05"):
            return dt.datetime.combine(dt.date.fromisoformat(text), dt.time.max, zone)
        time = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise DecisionError(
            f"expected a day or a time, as 2026-07-05 or 2026-07-05T12:00:00+08:00, found {text!r}"
        ) from error
    return time if time.tzinfo else time.replace(tzinfo=zone)


def release_at(public: Store, slug: str, at: dt.datetime) -> Release:
    """Return the newest release that was created by a moment and is not withdrawn.

    Raises:
        DecisionError: there was none yet; says when the first came.
    """
    listed = releases_json.standing(releases_json.upto(public, slug, served.named(public, slug)))
    created = [(each["n"], dt.datetime.fromisoformat(each["created"])) for each in listed]
    # Not in order of time where a wrong clock dated one of them: the last that was there then.
    n = max((n for n, when in created if when <= at), default=0)
    if n == 0:
        asked = at.isoformat(timespec="seconds")
        first = (
            f"the first that is not withdrawn is {created[0][0]}, created"
            if created[0][0] > 1
            else "its first was created"
        )
        raise DecisionError(f"{slug} had no release by {asked}; {first} {created[0][1].isoformat()}")
    return publish.load(public, slug, n)
