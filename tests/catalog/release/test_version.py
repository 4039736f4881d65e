"""Versions: computed from what changed."""

from typing import Any

import pytest

from catalog.release.changes import Counts
from catalog.release.version import next_version


@pytest.mark.parametrize(
    ("before", "kind", "counts", "expected"),
    [
        (None, "first", Counts(5), "1.0.0"),
        (None, "schema", Counts(), "1.0.0"),
        ("1.2.3", "schema", Counts(), "2.0.0"),
        ("1.2.3", "schema", Counts(1, 1, 1), "2.0.0"),
        ("1.2.3", "regular", Counts(insert=1), "1.3.0"),
        ("1.2.3", "regular", Counts(delete=1), "1.3.0"),
        ("1.2.3", "refold", Counts(insert=1, update=9), "1.3.0"),
        ("1.2.3", "regular", Counts(update=9), "1.2.4"),
        ("1.2.3", "regular", Counts(), "1.2.4"),
        ("1.2.3", "metadata", Counts(), "1.2.4"),
        ("1.9.9", "correction", Counts(update=1), "1.9.10"),
        ("9.9.9", "regular", Counts(insert=1), "9.10.0"),
    ],
)
def test_the_version_follows_from_what_changed(before: str | None, kind: Any, counts: Counts, expected: str):
    assert next_version(before, kind, counts) == expected
