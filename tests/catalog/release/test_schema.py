"""The published Table Schema."""

import json

from worlds import column, dataset, parts, text

from catalog.release.assemble import assemble
from catalog.release.schema import table_schema


def test_each_column_has_its_texts_in_both_languages_its_unit_codes_and_rules() -> None:
    fields = [
        column("site", categories=[{"value": "a", "label": text("A")}], constraints={"required": True}),
        column("level", "number", unit="m"),
        column("secret", publish="no"),
    ]
    schema = table_schema(dataset(fields=fields))
    site, level = schema["fields"]
    assert schema["primaryKey"] == ["site"]
    assert schema["missingValues"] == [""]
    assert site["categories"] == [{"value": "a", "label": "A"}]
    assert site["translations"]["zh-TW"]["categories"] == [{"value": "a", "label": "臺：A"}]
    assert site["constraints"] == {"required": True}
    assert (level["type"], level["unit"], level["title"]) == ("number", "m", "level")
    assert level["translations"]["zh-TW"]["title"] == "臺：level"


def test_a_column_without_unit_codes_and_rules_names_none() -> None:
    (site, _) = table_schema(dataset())["fields"]
    assert set(site) == {"name", "type", "title", "description", "translations"}


def test_it_is_the_schema_file_of_a_candidate() -> None:
    made = assemble(parts({"a": 1.0}))
    body = next(file.body for file in made.files if file.path.startswith("schema/"))
    assert json.loads(body) == table_schema(dataset())


def test_periods_are_called_as_the_standard_calls_them() -> None:
    fields = [
        column("year", "year", date={"patterns": ["%Y"]}, constraints={"minimum": 2008}),
        column("month", "month", date={"patterns": ["%Y-%m"]}, constraints={"required": True}),
        column("quarter", "quarter", date={"patterns": ["%YQ%q"]}, constraints={"minimum": "2019-Q4"}),
        column("week", "week", date={"patterns": ["%Y-%V"]}, constraints={"required": True}),
    ]
    told = {
        each["name"]: (each["type"], each["constraints"]) for each in table_schema(dataset(fields=fields))["fields"]
    }
    assert told["year"] == ("year", {"minimum": 2008})
    assert told["month"] == ("yearmonth", {"required": True})
    assert told["quarter"] == ("string", {"pattern": "[0-9]{4}-Q[1-4]"})
    assert told["week"][1]["required"]
    assert "W" in told["week"][1]["pattern"]
