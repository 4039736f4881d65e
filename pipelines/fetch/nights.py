"""What is due where an agency is asked by the day: the days of tonight, days that no night asked for, refused ones."""

import datetime as dt
import json
from dataclasses import dataclass, field

from catalog.declaration.dataset import Dataset
from catalog.release.digest import canonical
from pipelines.context import ZONE, Context
from pipelines.fetch.filling import told
from pipelines.protocols import as_window_protocol
from pipelines.protocols.parts.request import RequestWindow
from pipelines.records import Record

_HOUR = "%Y-%m-%dT%H:00:00"


def windows_due(ctx: Context, dataset: Dataset) -> list[RequestWindow]:
    """Return what to ask for: the days of the run; else as many days back as declared, and those not asked for yet.

    Windows of earlier days that were refused come last, so that they keep no night from its own days.
    """
    module, source = told(ctx, dataset)
    protocol = as_window_protocol(module, dataset.name)
    today = ctx.clock.now().date()
    if ctx.days:
        due = protocol.windows(source, ctx.days[0], min(ctx.days[1], today))
        return [one for one in due if one.get("hour", ("",))[0] <= ctx.clock.now().strftime(_HOUR)]
    if "hour" in dataset.minsheng.window_asked:
        hours = source.over["hour"].periods(ctx.clock.now())
        first_hour = dt.datetime.fromisoformat(hours[0]) if hours else ctx.clock.now()
        return [one for one in protocol.windows(source, first_hour.date(), today) if one["hour"][0] in hours]
    if "day" not in dataset.minsheng.window_asked:
        return protocol.windows(source, today, today)
    night = last_night(ctx, dataset.name)
    first_unasked = min(today, night.first_unasked or today)
    first = first_unasked - dt.timedelta(days=source.days - 1)
    due = protocol.windows(source, first, today)
    for window in _worth_asking(ctx, dataset.name, night, source.days):
        low, high = (dt.date.fromisoformat(day) for day in window["day"])
        # Only what is still asked for: kinds and interface may be others now.
        due += [window] if low < first and window in protocol.windows(source, low, high) else []
    return due


def is_about(ctx: Context, window: RequestWindow) -> bool:
    """Return whether a window has a day that the run is about."""
    limits = window.get("day") or window.get("hour")
    if ctx.days is None or limits is None:
        return True
    low, high = (day[: len("2026-07-01")] for day in limits)
    return low <= ctx.days[1].isoformat() and ctx.days[0].isoformat() <= high


@dataclass
class LastNight:
    """The last night that was asked to its end, and the windows that were refused in it and since."""

    first_unasked: dt.date | None = None
    """The first day that no night asked for; None before the first night."""
    refused: dict[str, dt.date] = field(default_factory=dict)
    """Windows, as text, that brought no whole answer since, and the day on which they were asked for last."""


def last_night(ctx: Context, slug: str) -> LastNight:
    """Look back over the evidence to the last night.

    A night ends with the day it is asked on; days of long ago (`--days`) that were asked for since fill no gap.
    """
    evidence, night = ctx.evidence(slug), LastNight()
    answered, ended = set[str](), None
    for record in evidence.dated(evidence.newest(), ctx.clock.now() if ctx.clock_is_right else None):
        day, window, whole = _day_of(record), _window_text(record), evidence.whole(record.k)
        if ended and day < ended:
            break
        if not whole and window and window not in answered:
            night.refused.setdefault(window, day)
        if whole:
            answered.add(window)
        if not ended and whole and record.asked.get("window", {}).get("day", [""])[-1] == day.isoformat():
            broken_off = any(
                asked_on == day and _window_from(text)["day"][1] == day.isoformat()
                for text, asked_on in night.refused.items()
            )
            ended, night.first_unasked = day, day if broken_off else day + dt.timedelta(days=1)
    return night


def _worth_asking(ctx: Context, slug: str, night: LastNight, nights: int) -> list[RequestWindow]:
    """The refused windows, but for those that were refused on so many days in a row already."""
    if not night.refused:
        return []
    evidence, newest = ctx.evidence(slug), max(night.refused.values())
    refused_on: dict[str, set[dt.date]] = {window: set() for window in night.refused}
    for k in range(evidence.newest(), 0, -1):
        record = evidence.read(k)
        if _day_of(record) <= newest - dt.timedelta(days=nights):
            break
        if _window_text(record) in refused_on and not evidence.whole(k):
            refused_on[_window_text(record)].add(_day_of(record))
    return [_window_from(window) for window, days in sorted(refused_on.items()) if len(days) < nights]


def _day_of(record: Record) -> dt.date:
    return record.fetched_at.astimezone(ZONE).date()


def _window_text(record: Record) -> str:
    """What a fetch asked for, as text; nothing where that was no days."""
    window = record.asked.get("window", {})
    return canonical(window).decode() if "day" in window else ""


def _window_from(text: str) -> RequestWindow:
    return {word: (low, high) for word, (low, high) in json.loads(text).items()}
