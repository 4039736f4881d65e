"""Which release was the newest at a moment in the past: the last one created by then."""

import datetime as dt
from zoneinfo import ZoneInfo

from catalog.derived import releases_json
from catalog.errors import DecisionError
from catalog.release import publish
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
    """Return the newest release that was created by a moment.

    Raises:
        DecisionError: there was none yet; says when the first came.
    """
    listed = releases_json.upto(public, slug, publish.named(public, slug))
    created = [dt.datetime.fromisoformat(release["created"]) for release in listed]
    # Not in order of time where a wrong clock dated one of them: the last that was there then.
    n = max((n for n, when in enumerate(created, 1) if when <= at), default=0)
    if n == 0:
        asked = at.isoformat(timespec="seconds")
        raise DecisionError(f"{slug} had no release by {asked}; its first was created {created[0].isoformat()}")
    return publish.load(public, slug, n)
