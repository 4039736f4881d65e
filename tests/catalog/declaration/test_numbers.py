"""What a field may say of its numbers, and what it is told where they could be read two ways."""

from pathlib import Path
from typing import Any

import pytest
from worlds import World, column, dataset, declaration

from catalog.declaration.dataset import load_dataset
from catalog.declaration.numbers import NumberForm, exact
from catalog.errors import DeclarationError

DAY = column("day", "date")


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"number": {"group": ".", "decimal": "."}}, "both '.', so 1.234 can be read two ways; write decimal: ','"),
        ({"number": {"group": ",", "decimal": ","}}, "both ',', so 1,234 can be read two ways; write decimal: '.'"),
        ({"number": {"group": ";"}}, r"number\.group: .*found ';'"),
        ({"number": {"grop": ","}}, "known here: decimal, group, integral, minus, units"),
        ({"number": {"units": [" mm"]}}, "without blanks around it, found ' mm'"),
        ({"number": {"units": [""]}}, "without blanks around it, found ''"),
        ({"number": {"units": ["2km"]}}, "'2km' begins like a number"),
        ({"number": {"units": {"km": 0}}}, "the factor of 'km' must be finite and other than 0"),
        ({"number": {"minus": ["5"]}}, r"as '\(5\)' or '5-', found '5'"),
        ({"number": {"minus": ["-"]}}, r"as '\(5\)' or '5-', found '-'"),
        ({"number": {"minus": ["15"]}}, "found '15'"),
        ({"missing_numbers": []}, "expected a list of numbers"),
        ({"missing_numbers": {"below": 3, "above": 2}}, "is every number"),
        ({"missing_numbers": [float("inf")]}, "expected finite numbers"),
        ({"scale": {"by": "day", "first": 1}}, "expected one way to choose the factor"),
        ({"scale": {"point": 100}}, "expected one way"),
        ({"scale": {"by": "site", "texts": {"a": 1}, "point": 1}}, "expected one way"),
        ({"scale": {"by": "site", "texts": {"a": 0}}}, "finite factor other than 0"),
        (
            {"scale": {"by": "sight", "texts": {"a": 1}}},
            "scale.by names 'sight', which is no field; fields: site, x, day",
        ),
        ({"scale": {"by": "site", "first": 1, "from": {"2023-01-01": 2}}}, "needs a date or datetime, site is none"),
        ({"scale": {"by": "day", "first": 1, "from": {"2023": 2}}}, "x.scale.from: expected a day as text"),
        ({"scale": {"point": 1, "whole": 2}, "number": {"units": {"km": 1}}}, "units with factors"),
        ({"scale": "x"}, r"scale\.factor: expected a number"),
    ],
)
def test_what_cannot_work_is_refused_on_load(more: dict[str, Any], words: str):
    with pytest.raises(DeclarationError, match=words):
        dataset(fields=[column("site"), column("x", "number", **more), DAY])


@pytest.mark.parametrize("kind", ["string", "date", "boolean"])
@pytest.mark.parametrize("more", [{"number": {"group": ","}}, {"missing_numbers": [-9]}])
def test_only_numbers_say_how_numbers_are_written(kind: str, more: dict[str, Any]):
    with pytest.raises(DeclarationError, match="belong to an integer or a number"):
        dataset(fields=[column("site"), column("x", kind, **more)])


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"flag": {"field": "mark", "texts": ["#", "-"]}}, r"'-5' can be read two ways; .*alone: \['-'\]"),
        ({"flag": {"field": "mark", "texts": ["+"]}}, "'[+]5' can be read two ways"),
        ({"flag": {"field": "mark", "texts": ["."]}}, "'.5' can be read two ways"),
        ({"flag": {"field": "mark", "texts": ["0"]}}, "'05' can be read two ways"),
        ({"flag": {"field": "mark", "texts": ["e3"]}}, "'5e3' can be read two ways"),
        ({"flag": {"field": "mark", "texts": ["%"]}, "number": {"units": ["%"]}}, "'%5' can be read two ways"),
        ({"flag": {"field": "mark", "texts": ["\u2212"]}, "number": {"minus": ["\u22125"]}}, "can be read two ways"),
        ({"unit": "{persons}"}, r"write type: integer, or number: \{group: '\.'\} if it is 1234"),
    ],
)
def test_a_declaration_that_can_be_read_two_ways_is_refused(tmp_path: Path, more: dict[str, Any], words: str):
    world = World(tmp_path)
    world.declare(declaration(fields=[column("site"), column("x", "number", **more), column("mark")]))
    with pytest.raises(DeclarationError, match=rf"field x: .*{words}"):
        load_dataset(world.datasets, "rivers")


@pytest.mark.parametrize(
    "more",
    [
        {"flag": {"field": "mark", "texts": ["#", "x", "E", "<"], "alone": ["-", "0"]}},
        {"unit": "{persons}", "number": {"decimal": "."}},
        {"unit": "{persons}", "number": {"group": "."}},
        {"unit": "{persons}", "scale": 1000},
        {"unit": "{persons}/d"},
        {"unit": "km2"},
    ],
)
def test_what_can_be_read_one_way_is_not(tmp_path: Path, more: dict[str, Any]):
    world = World(tmp_path)
    world.declare(declaration(fields=[column("site"), column("x", "number", **more), column("mark")]))
    assert load_dataset(world.datasets, "rivers").field("x").type == "number"


@pytest.mark.parametrize(
    "more",
    [
        {"number": {"group": ".", "units": {"km": 1000, "m": 1}, "minus": ["(5)"], "integral": True}},
        {"missing_numbers": [-998, -999.9], "scale": {"by": "day", "first": 100, "from": {"2023-01-01": 1}}},
        {"missing_numbers": {"below": 0}, "normalize": ["width", {"marks": "*"}], "scale": 2},
    ],
)
def test_a_declaration_dumps_as_what_it_loads(more: dict[str, Any]):
    declared = dataset(fields=[column("site"), column("x", "number", **more), DAY])
    assert type(declared).load(declared.dump(), "again") == declared
    assert set(declared.meaning()["fields"][1]) == {"name", "type", "categories", *more}


def test_a_factor_is_the_decimal_that_is_written():
    assert [str(exact(factor)) for factor in (0.1, 1e-7, 0.3048, 100.0)] == ["0.1", "1E-7", "0.3048", "100.0"]


def test_a_comma_is_the_decimal_mark_beside_grouping_points():
    assert [NumberForm(group=group).mark for group in (None, ",", ".", "'", " ")] == [".", ".", ",", ".", "."]
