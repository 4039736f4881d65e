"""Times as the agencies write them: always at +08:00, without summer time."""

from datetime import datetime, timedelta, timezone

from sandbox.errors import SandboxError

TAIPEI = timezone(timedelta(hours=8))
_ROC_YEAR_ZERO = 1911
_WEEKDAYS = "一二三四五六日"


def parse_time(text: object) -> datetime:
    """Read an ISO 8601 text as a time at +08:00. A text without a zone is read as a time at +08:00.

    Raises:
        SandboxError: the value is not an ISO 8601 text.
    """
    if not isinstance(text, str):
        raise SandboxError(f"expected an ISO 8601 text, got {text!r}")
    try:
        return to_taipei(datetime.fromisoformat(text))
    except ValueError as error:
        raise SandboxError(f"expected an ISO 8601 time such as 2026-11-21T01:30:00+08:00, got {text!r}") from error


def to_taipei(time: datetime) -> datetime:
    """Return the same instant at +08:00. A time without a zone is read as a time at +08:00."""
    return time.replace(tzinfo=TAIPEI) if time.tzinfo is None else time.astimezone(TAIPEI)


def written(time: datetime, pattern: str) -> str:
    """Return a time as an agency writes it.

    Args:
        time: which, at +08:00.
        pattern: of strftime; in it `{roc}` is the year of the Republic, `{quarter}` the quarter, `{weekday}` the
            weekday as 一 to 日.
    """
    text = pattern.replace("{roc}", str(time.year - _ROC_YEAR_ZERO)).replace("{quarter}", str((time.month + 2) // 3))
    return time.strftime(text.replace("{weekday}", _WEEKDAYS[time.weekday()]))
