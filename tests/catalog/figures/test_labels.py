"""Names of codes: of the row, of categories, of a reference table; hostile ones stay data."""

from typing import Any

import pyarrow as pa
import pytest
from worlds import column, dataset, text

from catalog.declaration.dataset import Dataset
from catalog.declaration.views import Names
from catalog.figures.document import Label
from catalog.figures.labels import Labels, labels
from catalog.figures.roles import roles

HOSTILE = "<script>alert('臺')</script>\u202e=1+1"
NAMES = Names.model_validate({"en": "en", "zh-TW": "zh"})


def label(en: str, zh: str | None = None) -> Label:
    return Label.model_validate({"en": en, "zh-TW": zh or en})


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"en": "Taipei", "zh": "臺北"}, label("Taipei", "臺北")),
        ({"en": HOSTILE, "zh": HOSTILE}, label(HOSTILE)),
        ({"en": None, "zh": "臺北"}, label("listed")),
        ({"en": 1, "zh": 2}, label("listed")),
        (None, label("listed")),
    ],
)
def test_the_names_of_the_row_come_first(row: dict[str, Any] | None, expected: Label) -> None:
    assert Labels({"site": NAMES}, {"site": {"a": label("listed")}}).of("site", "a", row) == expected


@pytest.mark.parametrize("code", ["a", HOSTILE])
def test_a_code_without_a_name_is_its_own(code: str) -> None:
    assert Labels().of("site", code) == label(code)
    assert Labels({}, {"site": {"b": label("B")}}).of("site", code, {}) == label(code)


def referring(**more: Any) -> Dataset:
    """A table with categories, and with codes of another table."""
    fields = [
        column("site"),
        column("state", categories=[{"value": "ok", "label": text("Fine")}]),
    ]
    return dataset(fields=fields, references=[{"fields": ["site"], "dataset": "places", "to": ["code"]}], **more)


def places(views: dict[str, Any] | None) -> dict[str, tuple[Dataset, pa.Table]]:
    declared = dataset("places", [column("code"), column("en"), column("zh")], views=views)
    return {
        "places": (declared, pa.table({"code": ["a", "b", None], "en": ["A", None, "C"], "zh": ["甲", "乙", "丙"]}))
    }


def test_categories_name_codes() -> None:
    declared = referring()
    found = labels(declared, roles(declared, None), {})
    assert found.of("state", "ok") == label("Fine", "臺：Fine")
    assert found.of("site", "a") == label("a"), "its table has no release"


@pytest.mark.parametrize(
    ("views", "expected"),
    [
        ({"labels": {"code": {"en": "en", "zh-TW": "zh"}}}, label("A", "甲")),
        ({"labels": {"code": "zh"}}, label("甲")),
        ({"labels": {"en": "zh"}}, label("a")),
        (None, label("a")),
    ],
)
def test_a_reference_table_names_codes_as_its_own_declaration_says(views: Any, expected: Label) -> None:
    declared = referring()
    found = labels(declared, roles(declared, None), places(views))
    assert found.of("site", "a") == expected
    assert found.of("site", "b") == (label("乙") if views and views["labels"].get("code") == "zh" else label("b"))


def test_names_of_the_declaration_come_before_all_others() -> None:
    declared = referring(views={"labels": {"site": "state"}, "names": {"site": {"a": text("Cabbage")}}})
    found = labels(declared, roles(declared, None), places({"labels": {"code": "zh"}}))
    assert found.of("site", "a", {"state": "row"}) == label("Cabbage", "臺：Cabbage")
    assert found.of("site", "b", {"state": "row"}) == label("row"), "one that is not listed keeps its other name"
