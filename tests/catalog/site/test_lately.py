"""The last days of a dataset: which had a release, and what of it is said."""

import re
from typing import Any

import pytest

from catalog.site.lately import DAYS, lately
from catalog.site.words import words


def released(created: str, *failed: str) -> dict[str, Any]:
    return {"created": created, "failed_checks": list(failed)}


LISTED = [
    released("2025-01-01T00:00:00+08:00"),
    released("2026-04-09T01:00:00+08:00"),
    released("2026-07-06T18:00:00+00:00", "level-in-range"),  # in Taipei it is the next day
    released("2026-07-07T03:00:00+08:00"),
]


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("en", "New releases on 2 of 90 days; on 1 of these some check was not met."),
        ("zh-TW", "90 日內有 2 日釋出新版本，其中 1 日有檢核未通過。"),
    ],
)
def test_days_are_those_of_taipei_and_end_with_the_newest_release(language: str, says: str) -> None:
    shown = lately(words(language), LISTED)
    assert shown
    assert shown.says == says
    days = re.findall(r"<title>(\d{4}-\d\d-\d\d)", shown.picture)
    assert (days[0], days[-1], len(days)) == ("2026-04-09", "2026-07-07", DAYS)
    classes = re.findall(r'<rect[^>]* class="(\w+)"', shown.picture)
    assert [classes.count(state) for state in ("complete", "partial", "unknown")] == [1, 1, 88]


def test_in_a_list_of_many_they_end_together_and_equal_ones_are_one_box() -> None:
    shown = lately(words("en"), LISTED, "2026-07-09", brief=True)
    assert shown
    assert shown.says.startswith("New releases on 1 of 90 days")
    assert re.findall(r"<title>([^<]+)", shown.picture)[1].startswith("2026-04-11: no new release – 2026-07-06")
    assert len(re.findall("<rect", shown.picture)) == 3
    assert lately(words("en"), []) is None
