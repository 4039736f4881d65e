"""figures.json reads back as it was written, and what is not of its form is refused."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from catalog.figures.document import Figures
from catalog.release.digest import canonical

COURSE: dict[str, Any] = {
    "value": None,
    "level": None,
    "last": None,
    "last_at": None,
    "month": None,
    "year_before": None,
    "series": [],
}
DOCUMENT = {
    "made_of": "f" * 64, "tables": ["counties"], "n": 3, "measure": "level", "together": "max", "by": "site",
    "across": None, "first": {"en": "A", "zh-TW": "甲"}, "step": "day", "steps": ["2026-07-01", "2026-07-02"],
    "growing": 1, "decimals": 0, "whole": COURSE | {"value": 2.5, "series": [None, 2.5]},
    "items": [COURSE | {"key": "a", "label": {"en": "A", "zh-TW": "甲"}, "county": None, "longitude": 1,
                       "latitude": 2}],
    "more": 0, "others": [], "counties": {"TW-TPE": COURSE | {"items": 1, "top": None}},
    "preview": {"columns": ["site"], "rows": [["a"], [None]]},
}  # fmt: skip


def test_it_reads_back_as_it_was_written() -> None:
    figures = Figures.model_validate(json.loads(json.dumps(DOCUMENT)))
    written = canonical(figures.model_dump(mode="json", by_alias=True))
    assert json.loads(written) == DOCUMENT
    assert Figures.model_validate(json.loads(written)) == figures
    assert figures.newest == "2026-07-02"
    assert figures.model_copy(update={"steps": ()}).newest is None


@pytest.mark.parametrize("lost", DOCUMENT)
def test_what_lacks_a_property_is_no_figures(lost: str) -> None:
    with pytest.raises(ValidationError, match=lost):
        Figures.model_validate({key: value for key, value in DOCUMENT.items() if key != lost})
