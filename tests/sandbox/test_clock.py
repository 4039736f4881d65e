"""Times at +08:00, with and without a zone."""

from datetime import UTC, date, datetime

import pytest

from sandbox import SandboxError
from sandbox.clock import TAIPEI, parse_time, to_taipei, written


@pytest.mark.parametrize(
    "text", ["2026-11-21T01:30:00+08:00", "2026-11-20T17:30:00Z", "2026-11-21T01:30:00", "2026-11-20T18:30:00+01:00"]
)
def test_a_text_is_read_as_a_time_at_taipei(text: str) -> None:
    assert parse_time(text).isoformat() == "2026-11-21T01:30:00+08:00"


def test_there_is_no_summer_time() -> None:
    assert {to_taipei(datetime(2026, month, 1, tzinfo=UTC)).hour for month in range(1, 13)} == {8}


def test_a_time_without_a_zone_keeps_its_hour() -> None:
    assert to_taipei(datetime(2026, 7, 1, 5)) == datetime(2026, 7, 1, 5, tzinfo=TAIPEI)  # noqa: DTZ001


@pytest.mark.parametrize("value", [None, 20261121, date(2026, 11, 21), datetime(2026, 11, 21, tzinfo=UTC)])
def test_what_is_not_a_text_is_refused(value: object) -> None:
    with pytest.raises(SandboxError, match="expected an ISO 8601 text, got "):
        parse_time(value)


@pytest.mark.parametrize("text", ["", "yesterday", "2026-02-30", "25:00", "115.11.21"])
def test_a_text_that_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(SandboxError, match=rf"expected an ISO 8601 time such as .*, got '{text}'"):
        parse_time(text)


def test_a_time_is_written_as_an_agency_does() -> None:
    assert written(parse_time("2024-07-05T10:00:00"), "{roc}.%m.%d({weekday})%H:%M") == "113.07.05(五)10:00"
    assert written(parse_time("2026-07-01T05:00:00"), "{roc}S{quarter}") == "115S3"
