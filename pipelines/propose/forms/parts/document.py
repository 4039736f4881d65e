"""A parsed JSON document -> where its records lie: the words of `decode.parts.json_layout`.

Numbers are bytes, as `decode.parts.json_values` keeps them.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from catalog.errors import SourceError
from pipelines.propose import times

_PLAIN_KEY = re.compile(r"[^.\[\]{}\"]+")
_NAMES = re.compile(r"(?:^|[a-z_])name$|名稱$", re.IGNORECASE)
_FEWEST_MEMBERS = 3
"""Of an object whose members are records: fewer may be a record of its own."""
_OBJECTS = 0.5
"""The share of a list that objects are: what else stands in it are records that cannot be read, and leave alone."""
_DEEPEST = 12
_MOST_ABOVE = 3
"""Plain values of an object that only holds the list of the records; one with more is a record itself."""
_FEWEST_NUMBERS = 12
"""Members of objects that are plain values: more are no columns, but data."""


@dataclass(frozen=True)
class _Place:
    """A place at which records may lie."""

    path: str
    items: list[Any]
    """What lies there, of all places that the path leads to."""
    keep: dict[str, str]
    """Values from above, by the column's name: their paths."""


def see_document(document: Any) -> tuple[dict[str, Any], list[str]] | None:
    """Return the options of a reading, and what a steward should know; None if nothing there is like a record."""
    places = list(_places(document))
    place = max(places, key=_worth, default=None)
    if place is None or (place.path == "" and not place.items):
        return _single(document)
    if not place.items:
        raise SourceError(f"expected records, found an empty list at {place.path}: take an answer that has some")
    if not any(isinstance(one, dict) for one in place.items):
        if not isinstance(place.items[0], list):
            return {"records": place.path, "columns": ["value"], "keep": place.keep}, []
        return _of_values(document, place)
    reading: dict[str, Any] = {"records": place.path} if place.path else {}
    records = [one for one in place.items if isinstance(one, dict)]
    if _are_parts(records):
        return reading | {"shape": "parts"}, ["Seen: each object of the list holds some values of one record."]
    reading |= {"keep": place.keep} if place.keep else {}
    if any(isinstance(value, dict) for one in records for value in one.values()) or _named(records):
        reading["flatten"] = True
        if named := _named(records):
            reading["named"] = named
    above = _above(document, place)
    notes = [f"Seen above the records: {above}. Write one under keep to have it as a column."] if above else []
    inner = [key for key in dict.fromkeys(key for one in records[:50] for key in one) if _is_list(records, key)]
    inner = [key for key in inner if key not in reading.get("named", {})]
    if inner:
        notes.append(f"Seen: lists in records, which become JSON text: {', '.join(inner[:5])}.")
    return reading, notes


def record_paths(document: Any) -> list[str]:
    """Return every place of a document at which records may lie, the likeliest first."""
    return list(dict.fromkeys(place.path for place in sorted(_places(document), key=_worth, reverse=True)))


def _is_list(records: list[dict[str, Any]], key: str) -> bool:
    return any(isinstance(one.get(key), list) and one[key] for one in records[:50])


def _worth(place: _Place) -> tuple[int, int]:
    """How much a place is like that of the records: cells, then how few steps lead to it."""
    cells = sum(_plain_values(one) for one in place.items)
    return cells, -place.path.count(".")


def _plain_values(value: Any) -> int:
    """The values of a record that are no list of records."""
    if isinstance(value, dict):
        # Nested objects become columns, lists of named objects too.
        return sum(_plain_values(one) if isinstance(one, dict) else 1 for one in value.values())
    return len(value) if isinstance(value, list) else 1


def _places(value: Any, path: str = "", keep: dict[str, str] | None = None, depth: int = 0) -> Iterator[_Place]:
    """Every place with several things of one kind, on the way down."""
    keep = keep or {}
    if depth > _DEEPEST:
        return
    if isinstance(value, list) and not value:
        yield _Place(path, [], keep)
    elif isinstance(value, list):
        yield from _of_list([value], path, keep, depth)
    elif isinstance(value, dict):
        if _is_of_records(value):
            name = _free("name", keep)
            yield _Place(f"{path}{{}}", list(value.values()), keep | {name: f"{path}{{}}"})
        elif _is_of_lists(value):
            items = [one for each in value.values() for one in each]
            yield _Place(f"{path}{{}}[]", items, keep | {_free("name", keep): f"{path}{{}}"})
        elif _is_of_numbers(value):
            items = [one for each in value.values() for one in each.values()]
            keys = {"name": f"{path}{{}}", "part": f"{path}{{}}{{}}"}
            yield _Place(f"{path}{{}}{{}}", items, keep | keys)
        for key, one in value.items():
            yield from _places(one, _step(path, key), keep, depth + 1)


def _of_list(lists: list[list[Any]], path: str, keep: dict[str, str], depth: int) -> Iterator[_Place]:
    items = [one for each in lists for one in each]
    objects = [one for one in items if isinstance(one, dict)]
    if items and (len(objects) >= _OBJECTS * len(items) or _alike(items)):
        yield _Place(path, items, keep)
    if not objects or depth > _DEEPEST or _named(objects):
        return
    inside = f"{path}[]"
    scalars = [key for key, one in objects[0].items() if not isinstance(one, dict | list)]
    if len(scalars) > _MOST_ABOVE:
        return  # the objects themselves are the records
    above = keep | {_free(key, keep): _step(inside, key) for key in scalars}
    for key in dict.fromkeys(key for one in objects for key in one):
        below = [one[key] for one in objects if isinstance(one.get(key), list)]
        if below and any(isinstance(item, dict) for each in below for item in each):
            yield from _of_list(below, _step(inside, key), _without_taken(above, below), depth + 1)


def _without_taken(keep: dict[str, str], lists: list[list[Any]]) -> dict[str, str]:
    """What is kept from above, under names that no record has."""
    taken = {key for each in lists for one in each if isinstance(one, dict) for key in one}
    return {(f"above_{name}" if name in taken else name): path for name, path in keep.items()}


def _step(path: str, key: str) -> str:
    key = key if key and _PLAIN_KEY.fullmatch(key) else f'"{key}"'
    return f"{path}.{key}" if path else key


def _free(name: str, keep: dict[str, str]) -> str:
    return name if name not in keep else _free(f"{name}_2", keep)


def _is_of_records(value: dict[str, Any]) -> bool:
    """Whether the members of an object are records of one kind, and their names data."""
    members = list(value.values())
    if len(members) < _FEWEST_MEMBERS or not all(isinstance(one, dict) and one for one in members):
        return False
    keys = Counter(key for one in members for key in one)
    return sum(1 for count in keys.values() if count >= 0.8 * len(members)) >= 0.8 * len(keys)


def _is_of_lists(value: dict[str, Any]) -> bool:
    """Whether each member of an object is a list of records of one kind, and its name data."""
    lists = list(value.values())
    if len(lists) < _FEWEST_MEMBERS or not all(isinstance(one, list) and one for one in lists):
        return False
    items = [one for each in lists for one in each]
    return all(isinstance(one, dict) for one in items) and _is_of_records(dict(enumerate(items)))  # type: ignore[arg-type]


def _is_of_numbers(value: dict[str, Any]) -> bool:
    """Whether the members of an object are objects whose members are plain values, too many to be columns."""
    members = list(value.values())
    if not members or not all(isinstance(one, dict) and one for one in members):
        return False
    plain = [one for each in members for one in each.values()]
    return len(plain) >= _FEWEST_NUMBERS and all(isinstance(one, bytes) for one in plain)


def _alike(items: list[Any]) -> bool:
    """Whether things are lists of values, each as long as the others."""
    if not all(isinstance(one, list) and one for one in items):
        return False
    plain = all(not isinstance(value, dict | list) for one in items[:50] for value in one)
    return plain and len({len(one) for one in items}) == 1 and len(items[0]) > 1


def _named(records: list[dict[str, Any]]) -> dict[str, str]:
    """By place, lists of objects that name themselves, alike in the records: they become columns."""
    found = {}
    for key in dict.fromkeys(key for one in records[:50] for key in one):
        lists = [one[key] for one in records[:50] if isinstance(one.get(key), list)]
        if not lists or not all(each and all(isinstance(item, dict) for item in each) for each in lists):
            continue
        if any(isinstance(value, list) for each in lists for item in each for value in item.values()):
            continue
        for name in (name for name in lists[0][0] if _NAMES.search(name)):
            sets = [[str(item.get(name)) for item in each] for each in lists]
            if len(sets[0]) > 1 and all(len(set(names)) == len(names) and set(names) == set(sets[0]) for names in sets):
                found[key] = name
                break
    return found


def _are_parts(records: list[dict[str, Any]]) -> bool:
    """Whether objects hold parts of one record: several, and no key in two of them."""
    keys = [key for one in records for key in one]
    return 1 < len(records) <= 100 and len(keys) == len(set(keys))


def _of_values(document: Any, place: _Place) -> tuple[dict[str, Any], list[str]]:
    width = len(place.items[0])
    names = next(
        (
            [str(one) for one in value]
            for value in (document.values() if isinstance(document, dict) else ())
            if isinstance(value, list) and len(value) == width and all(isinstance(one, str) for one in value)
        ),
        None,
    )
    reading: dict[str, Any] = {"records": place.path} if place.path else {}
    reading["columns"] = names or [f"column_{at + 1}" for at in range(width)]
    reading |= {"keep": place.keep} if place.keep else {}
    notes = [] if names else ["Question: what are the columns called? The records are lists without names."]
    said = {key: value for key, value in _scalars(document).items() if times.NAMES.search(key) or _is_time(value)}
    if said:
        reading["keep"] = {_free(key or "time", {}): _step("", key) for key in said}
    return reading, notes


def _is_time(value: Any) -> bool:
    return isinstance(value, str) and bool(re.match(r"[0-9]{3,4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}", value))


def _scalars(document: Any) -> dict[str, Any]:
    return (
        {key: one for key, one in document.items() if not isinstance(one, dict | list)}
        if isinstance(document, dict)
        else {}
    )


def _above(document: Any, place: _Place) -> str:
    """The plain values at the top beside the records, for a person."""
    if not place.path:
        return ""
    said = [f"{key} {_shown(one)}" for key, one in _scalars(document).items() if one not in ("", None)]
    return ", ".join(said[:5])


def _shown(value: Any) -> str:
    return (value.decode() if isinstance(value, bytes) else str(value))[:40]


def _single(document: Any) -> tuple[dict[str, Any], list[str]] | None:
    """A document that is one record, or an object with a list for each column."""
    if not isinstance(document, dict) or not document:
        return None
    lists = [one for one in document.values() if isinstance(one, list)]
    if len(lists) == len(document) > 1 and len({len(one) for one in lists}) == 1:
        return {"shape": "columns"}, []
    nested = {"flatten": True} if any(isinstance(one, dict) for one in document.values()) else {}
    return {"shape": "single"} | nested, ["Seen: one record."]
