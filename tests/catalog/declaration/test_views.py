"""`minsheng.views`: what may be shown first, and the sentences for what may not."""

from typing import Any

import pytest
from pydantic import ValidationError
from worlds import column, dataset, text

from catalog.declaration.views import Views
from catalog.errors import DeclarationError

FIELDS = [
    column("site"),
    column("day", "date"),
    column("level", "number", unit="m"),
    column("lon", "number", unit="deg"),
    column("lat", "number", unit="deg"),
    column("status", categories=[{"value": "good", "label": text("Good")}, {"value": "bad", "label": text("Bad")}]),
    column("secret", publish="no"),
]
WHOLE = {
    "measure": "level", "together": "mean", "weight": "lon", "by": "site", "across": "day",
    "first": {"field": "site", "value": "a"}, "labels": {"site": "status", "day": {"en": "site", "zh-TW": "status"}},
    "position": {"longitude": "lon", "latitude": "lat"}, "levels": {"field": "status", "order": ["good", "bad"]},
    "step": "week", "growing": 2, "noun": text("sites"),
}  # fmt: skip


def views(**told: Any) -> Views | None:
    return dataset(fields=FIELDS, key=["site", "day"], views=told).minsheng.views


def test_every_key_is_read_and_written_again() -> None:
    found = dataset(fields=FIELDS, key=["site", "day"], views=WHOLE)
    assert found.dump()["minsheng"]["views"] == WHOLE
    assert dataset(fields=FIELDS, key=["site", "day"]).minsheng.views is None


def test_every_field_that_is_named_is_known() -> None:
    found = views(**WHOLE)
    assert found is not None
    assert {name for _, name in found.named} == {"site", "day", "level", "lon", "lat", "status"}
    assert Views().named == []


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"measure": "depth"}, "minsheng.views.measure: 'depth' is no published field; fields: site, day, level"),
        ({"by": "secret"}, "minsheng.views.by: 'secret' is no published field"),
        ({"measure": "site"}, "minsheng.views.measure: the field 'site' is no number"),
        (
            {"position": {"longitude": "site", "latitude": "lat"}},
            "minsheng.views.position: the field 'site' is no number",
        ),
        ({"labels": {"site": "gone"}}, "minsheng.views.labels: 'gone' is no published field"),
        ({"labels": {"gone": "site"}}, "minsheng.views.labels: 'gone' is no published field"),
        ({"levels": {"field": "gone", "order": ["a"]}}, "minsheng.views.levels: 'gone' is no published field"),
        (
            {"levels": {"field": "status", "order": ["good", "worse"]}},
            "minsheng.views.levels.order: no 'worse' in the categories of 'status': good, bad",
        ),
        ({"weight": "lon"}, "minsheng.views: weight: weighs a mean; write `together: mean` with it"),
        ({"together": "mean", "weight": "site"}, "minsheng.views.weight: the field 'site' is no number"),
        ({"first": {"field": "site", "value": "a"}}, "first.field: must be the field that `by` or `across` names"),
        (
            {"by": "site", "first": {"field": "site", "value": 1}},
            "views.first.value: expected a text, found 1",
        ),
        ({"labels": {"site": {"en": "site"}}}, "minsheng.views.labels.site"),
        ({"step": "decade"}, "minsheng.views.step: expected 'hour', 'day', 'week', 'month' or 'year'"),
        ({"growing": 0}, "minsheng.views.growing: expected 1 or more, found 0"),
        ({"levels": {"field": "status", "order": []}}, "minsheng.views.levels.order"),
        ({"mesure": "level"}, "minsheng.views.mesure: is not known; known here: across, by, first, growing, labels"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(told: dict[str, Any], words: str) -> None:
    with pytest.raises(DeclarationError) as fault:
        views(**told)
    assert words in str(fault.value)
    assert str(fault.value).startswith("rivers/dataset.yaml: ")


def test_levels_of_a_field_without_categories_are_taken_as_they_are() -> None:
    found = views(levels={"field": "site", "order": ["any"]})
    assert found is not None
    assert found.levels is not None
    assert found.levels.order == ("any",)


def test_values_do_not_change_afterwards() -> None:
    found = views(measure="level")
    assert found is not None
    with pytest.raises(ValidationError, match="frozen"):
        found.measure = "lon"  # type: ignore[misc]


def test_a_topic_is_a_slug() -> None:
    assert dataset(topic="air").minsheng.topic == "air"
    with pytest.raises(DeclarationError, match=r"minsheng.topic: expected a text that matches the pattern"):
        dataset(topic="<Air>")
