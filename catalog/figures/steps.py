"""Moments -> the steps of a picture: whole numbers without gaps, so that a step in which nothing was measured shows."""

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from catalog.declaration.views import Step

STEPS: dict[Step, int] = {"hour": 96, "day": 42, "week": 52, "month": 36, "year": 30}
"""How many steps are shown."""
NEVER = np.iinfo(np.int64).min
"""The step of no moment."""
Whole = np.ndarray[tuple[int], np.dtype[np.int64]]
_HOUR = 3600
_DAY = 24 * _HOUR
_MONDAY = 3  # day 0, 1 January 1970, was a Thursday
_UNIT: dict[Step, str] = {"day": "D", "week": "D", "month": "M", "year": "Y"}


@dataclass(frozen=True)
class StepScale:
    """The steps of one column of dates or times, in its zone."""

    step: Step
    zone: str | None
    """None with dates, and times without a zone."""
    offset: int
    """Seconds by which the zone is ahead of UTC at the newest moment."""

    @classmethod
    def of(cls, moments: pa.ChunkedArray, step: Step) -> "StepScale":
        """Return the scale of a column.

        Args:
            moments: dates or times; may hold nulls.
            step: what one step is.
        """
        zone = getattr(moments.type, "tz", None)
        newest = pc.max(moments)
        if zone is None or not newest.is_valid:
            return cls(step, zone, 0)
        local = pc.local_timestamp(newest).cast(pa.timestamp("s"), safe=False).cast(pa.int64())
        return cls(
            step, zone, local.as_py() - newest.cast(pa.timestamp("s", zone), safe=False).cast(pa.int64()).as_py()
        )

    def places(self, moments: pa.ChunkedArray, step: Step | None = None) -> Whole:
        """Return the step of each moment; NEVER where there is none.

        Args:
            moments: the column.
            step: another step than that of the scale.
        """
        step = step or self.step
        if step == "hour":  # hours of the clock of the world: a day on which clocks are set has 23 or 25
            seconds = _numpy(moments, "s")
            return np.where(seconds == NEVER, NEVER, (seconds + self.offset % _HOUR) // _HOUR)
        local = moments if self.zone is None else pc.local_timestamp(moments)
        found = _numpy(local, _UNIT[step])
        return np.where(found == NEVER, NEVER, (found + _MONDAY) // 7) if step == "week" else found

    def name(self, place: int) -> str:
        """Return a step as it is written: an hour with its offset, a day, a Monday, a month, a year."""
        if self.step == "hour":
            zone = ZoneInfo(self.zone) if self.zone else dt.UTC
            begun = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=place * _HOUR - self.offset % _HOUR)
            local = begun.astimezone(zone)
            return (local if self.zone else local.replace(tzinfo=None)).isoformat()
        place = place * 7 - _MONDAY if self.step == "week" else place
        return str(np.datetime64(place, _UNIT[self.step]))  # type: ignore[call-overload]

    def whole_since(self, day: dt.date) -> int:
        """Return the first step that begins on a day or later."""
        days = (day - dt.date(1970, 1, 1)).days
        if self.step == "hour":
            return -(-(days * _DAY - self.offset + self.offset % _HOUR) // _HOUR)
        if self.step == "week":
            return -(-(days + _MONDAY) // 7)
        if self.step == "month":
            return (day.year - 1970) * 12 + day.month - 1 + (day.day > 1)
        return days if self.step == "day" else day.year - 1970 + ((day.month, day.day) > (1, 1))


def _numpy(moments: pa.ChunkedArray, unit: str) -> Whole:
    found: Whole = moments.to_numpy().astype(f"datetime64[{unit}]").astype(np.int64)
    return found
