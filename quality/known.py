"""Which expectations are surely right, by the JSON Schemas that Great Expectations ships: its import takes seconds.

A schema does not know all that the class checks. So only plain kwargs with plain values are sure; for anything else the
library itself is asked, which also says what is wrong.
"""

import datetime as dt
import functools
import importlib.util
import json
import re
from pathlib import Path
from typing import Any

import jsonschema

from quality.suite import Check

_OF_ROWS = ("Column Map", "Column Pair Map", "Multicolumn Map")
"""What the schemas call expectations about single rows."""
_PLAIN = {
    *("column", "column_A", "column_B", "column_list", "regex", "value_set", "value_pairs_set"),
    *("min_value", "max_value", "strict_min", "strict_max", "or_equal", "ignore_row_if"),
}
"""Kwargs of which the class checks nothing more than their type, and that they are not empty."""
_BOUNDS = ("min_value", "max_value")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2})?([+-][0-9]{2}:[0-9]{2})?)?")


def surely_right(check: Check) -> bool:
    """Return whether an expectation surely exists, is about single rows, and takes its kwargs."""
    kwargs = check.kwargs
    if not set(kwargs) <= _PLAIN or any(value is None or value in ("", []) for value in kwargs.values()):
        return False
    if any(isinstance(kwargs.get(name), str) and not _is_time(kwargs[name]) for name in _BOUNDS):
        return False
    validator = _validator(check.type)
    if validator is None or not validator.is_valid(kwargs):
        return False
    return not set(_BOUNDS) <= set(validator.schema["properties"]) or not set(_BOUNDS).isdisjoint(kwargs)


def _is_time(text: str) -> bool:
    """Whether a bound is a day or a time, as the class reads it: a schema takes any text for one."""
    if not _TIME.fullmatch(text):
        return False
    try:
        dt.datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


@functools.cache
def _validator(name: str) -> Any:
    """A validator of the kwargs of an expectation; None if there is no schema of it, or it is not about single rows."""
    path = _folder() / f"{name}.json"
    if not path.is_file():
        return None
    schema = json.loads(path.read_bytes())
    said = schema["properties"].get("metadata", {}).get("properties", {}).get("domain_type", {})
    return jsonschema.Draft7Validator(schema) if said.get("description") in _OF_ROWS else None


@functools.cache
def _folder() -> Path:
    """Where the library keeps its schemas; it is found, and not imported."""
    found = importlib.util.find_spec("great_expectations")
    places = found.submodule_search_locations if found else None
    return Path(places[0] if places else ".") / "expectations" / "core" / "schemas"
