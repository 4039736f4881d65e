"""Retry-After: any header is a number of seconds or None, and words. What a fetch does with it: test_answers.py."""

import datetime as dt
import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipelines.fetch.retry_after import in_words, wait_seconds

NOW = dt.datetime(2026, 10, 21, 7, 28, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("headers", "seconds", "words"),
    [
        ({}, None, "a while"),
        ({"retry-after": "soon"}, None, "a while"),
        ({"retry-after": "0"}, 0, "0 s"),
        ({"retry-after": "3600"}, 3600, "3600 s"),
        ({"retry-after": "9" * 400}, math.inf, "inf s"),
        ({"retry-after": "Wed, 21 Oct 2026 07:30:00 GMT"}, 120, "until 2026-10-21 07:30:00+00:00"),
        ({"retry-after": "Wed, 21 Oct 2026 15:30:00 +0800"}, 120, "until 2026-10-21 15:30:00+08:00"),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, None, "until 2026-10-21 07:28:00+00:00"),
    ],
)
def test_seconds_and_words(headers: dict[str, str], seconds: float | None, words: str):
    assert (wait_seconds(headers, NOW), in_words(headers)) == (seconds, words)


DATES = st.text("0123456789 ,:-+()<>@GMTOctWed\u00b2", max_size=40) | st.text(max_size=20)


@settings(deadline=None)
@given(after=DATES, date=DATES)
@example(after="Fri, 31 Dec 9999 23:59:59 -2359", date="Wed, 21 Oct 0100 07:28:00 +2359")
def test_no_header_is_an_error(after: str, date: str):
    headers = {"retry-after": after, "date": date}
    wait = wait_seconds(headers, NOW)
    assert wait is None or wait >= 0
    assert in_words(headers)
