"""pydantic's findings -> sentences for a steward: the place by names, what was expected, what was found."""

from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from catalog.declaration.strict import Strict

_EXPECTED = {
    "string_type": "expected a text",
    "bool_type": "expected true or false",
    "int_type": "expected a whole number",
    "int_parsing": "expected a whole number",
    "int_from_float": "expected a whole number",
    "float_type": "expected a number",
    "float_parsing": "expected a number",
    "finite_number": "expected a number that is not infinite",
    "tuple_type": "expected a list",
    "list_type": "expected a list",
    "dict_type": "expected keys and values",
    "model_type": "expected keys and values",
    "model_attributes_type": "expected keys and values",
    "literal_error": "expected {expected}",
    "string_pattern_mismatch": "expected a text that matches the pattern {pattern}",
    "string_too_short": "expected a text of at least {min_length} signs",
    "string_too_long": "expected a text of at most {max_length} signs",
    "too_short": "expected at least {min_length} in the list",
    "too_long": "expected at most {max_length} in the list",
    "greater_than": "expected more than {gt}",
    "greater_than_equal": "expected {ge} or more",
    "less_than": "expected less than {lt}",
    "less_than_equal": "expected {le} or less",
}
_FORMS = {"str", "int", "float", "bool", "constrained-str", "constrained-int", "constrained-float"}
_BOTH_LANGUAGES = "expected both languages, {en: …, zh-TW: …}"

Place = tuple[int | str, ...]


def explain(error: ValidationError, model: type[Strict], place: str, values: Any = None) -> str:
    """Turn pydantic's findings into sentences for a steward.

    Args:
        error: what pydantic found.
        model: what was to be made.
        place: the file, for messages.
        values: what was read; with it, entries of lists are called by their names.

    Returns:
        One line for each fault: place, key, what was expected, what was found, or what is known there.
    """
    faults: dict[Place, list[ErrorDetails]] = {}
    for fault in error.errors():
        faults.setdefault(_place(fault, values), []).append(fault)
    lines = []
    for at, several in faults.items():
        deeper = any(len(other) > len(at) and other[: len(at)] == at for other in faults)
        if deeper and all(fault["type"] in _EXPECTED for fault in several):
            continue  # another form of this value, or what follows of the fault inside it
        lines.append(f"{place}: {_named(at, values) or 'the file'}: {_sentence(several, model, at)}")
    return "\n".join(map(one_line, lines))


def sentence(fault: ErrorDetails) -> str:
    """Return what is wrong at one place of a document of ours: what was expected, what was found."""
    if fault["type"] == "missing":
        return "is missing"
    return "is not known here" if fault["type"] == "extra_forbidden" else f"{_expected(fault)}{_found(fault)}"


def one_line(text: str) -> str:
    r"""Return a text with signs that nobody sees, and ends of lines, written as `\n`."""
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)


def _place(fault: ErrorDetails, values: Any) -> Place:
    """Where a fault is, without pydantic's names of the forms that a value can have."""
    if values is None:
        return tuple(part for part in fault["loc"] if isinstance(part, int) or not set("[(") & set(part))
    place: list[int | str] = []
    for i, part in enumerate(fault["loc"]):
        last_of_missing = fault["type"] == "missing" and i + 1 == len(fault["loc"])
        if not _holds(values, part) and _is_form(part) and not last_of_missing:
            continue
        values = _inside(values, part)
        place.append(part)
    return tuple(place)


def _is_form(part: int | str) -> bool:
    """Whether a part can be pydantic's name of a form: a type or a model; keys begin with a small letter."""
    return isinstance(part, str) and (bool(set("[(") & set(part)) or part[:1].isupper() or part in _FORMS)


def _holds(values: Any, part: int | str) -> bool:
    if isinstance(part, int):
        return isinstance(values, list | tuple) and part < len(values)
    return isinstance(values, dict) and part in values


def _named(place: Place, values: Any) -> str:
    """A place in words: a field and other entries by their names, and else by their numbers."""
    text = ""
    for i, part in enumerate(place):
        values = _inside(values, part)
        name = values.get("name") if place[:i] == ("schema", "fields") and isinstance(values, dict) else None
        if name and isinstance(name, str):
            text = f"field {name}: "
        elif isinstance(part, int):
            text += _entry(place[:i], part, values)
        else:
            text += part if not text or text.endswith(": ") else f".{part}"
    return text.removesuffix(": ")


def _inside(values: Any, part: int | str) -> Any:
    try:
        return values[part]
    except (KeyError, IndexError, TypeError):
        return None


def _entry(of: Place, number: int, values: Any) -> str:
    """An entry of a list: by its name if it has one, a step of a shape by its number and kind."""
    keys = values if isinstance(values, dict) else {}
    if of[-1:] == ("shape",) and keys:
        return f" (step {number + 1}, {next(iter(keys))})"
    for key in ("id", "name", "value"):
        if keys.get(key) and isinstance(keys[key], str):
            return f" ({key} {keys[key]})"
    return f".{number}"


def _sentence(faults: list[ErrorDetails], model: type[Strict], place: Place) -> str:
    """What is wrong at one place."""
    fault = faults[0]
    if fault["type"] == "extra_forbidden":
        return f"is not known; known here: {', '.join(_known(model, place[:-1]))}"
    if fault["type"] == "missing":
        return "is required and missing"
    expected = ", or ".join(dict.fromkeys(_expected(each) for each in faults)).replace(", or expected ", ", or ")
    return expected + _found(fault)


def _expected(fault: ErrorDetails) -> str:
    context = fault.get("ctx", {})
    if fault["type"] == "model_type" and context.get("class_name") == "Text":
        return _BOTH_LANGUAGES
    if fault["type"] in _EXPECTED:
        return _EXPECTED[fault["type"]].format(**context)
    return fault["msg"].removeprefix("Value error, ")


def _found(fault: ErrorDetails) -> str:
    """What was found, where it is short enough to be recognized."""
    value = fault["input"]
    if fault["loc"] == () or (isinstance(value, dict | list | tuple) and fault["type"] not in _EXPECTED):
        return ""
    if isinstance(value, dict):
        return ", found keys and values"
    if isinstance(value, list | tuple):
        return f", found a list of {len(value)}"
    if value is None:
        return ", found nothing"
    text = repr(value)
    shown = text if len(text) <= 80 else f"{text[:60]} ... ({len(text):,} characters)"
    quotes = isinstance(value, int | float) and not isinstance(value, bool) and fault["type"] == "string_type"
    return f", found {shown}" + (f"; write it in quotes: '{value}'" if quotes else "")


def _known(model: type[Strict], location: Place) -> list[str]:
    """The keys that are known at a place of the declaration."""
    schema = model.model_json_schema(by_alias=True)
    at: dict[str, Any] = schema
    for part in location:
        at = _resolve(schema, at)
        named = at.get("properties", {}) if isinstance(part, str) else {}
        at = at.get("items", {}) if isinstance(part, int) else named.get(part) or _of_any_name(at)
    return sorted(_resolve(schema, at).get("properties", {}))


def _of_any_name(at: dict[str, Any]) -> dict[str, Any]:
    """What stands under each key of a mapping whose keys a steward chooses."""
    values = [at.get("additionalProperties"), *at.get("patternProperties", {}).values()]
    return next((each for each in values if isinstance(each, dict)), {})


def _resolve(schema: dict[str, Any], at: dict[str, Any]) -> dict[str, Any]:
    for option in at.get("anyOf", ()):
        if "$ref" in option or "items" in option:
            at = option
    if "$ref" in at:
        definition: dict[str, Any] = schema["$defs"][at["$ref"].rsplit("/", 1)[-1]]
        return definition
    return at
