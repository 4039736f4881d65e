"""The steps of a window: each of some minutes, or of some calendar months. Step 0 began with 1970, in Taipei."""

from datetime import datetime, timedelta

from sandbox.clock import TAIPEI
from sandbox.row_specs import MovingWindowSpec

_EPOCH = datetime(1970, 1, 1, tzinfo=TAIPEI)
_MONTHS = 12


def step_at(spec: MovingWindowSpec, time: datetime) -> int:
    """Return the number of the step in which a time at +08:00 lies."""
    if spec.step_months:
        return ((time.year - _EPOCH.year) * _MONTHS + time.month - 1) // spec.step_months
    return (time - _EPOCH) // timedelta(minutes=spec.step_minutes)


def begin_of(spec: MovingWindowSpec, step: int) -> datetime:
    """Return when a step begins."""
    if spec.step_months:
        years, months = divmod(step * spec.step_months, _MONTHS)
        return _EPOCH.replace(year=_EPOCH.year + years, month=months + 1)
    return _EPOCH + step * timedelta(minutes=spec.step_minutes)
