"""Times as the agencies write them: always at +08:00, without summer time."""

from datetime import datetime, timedelta, timezone

from sandbox.errors import SandboxError

TAIPEI = timezone(timedelta(hours=8))


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
