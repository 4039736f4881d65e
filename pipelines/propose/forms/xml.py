"""XML and KML: the path of the records, the places that hold several elements, and what names each of them."""

import re
from collections import Counter
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from catalog.errors import SourceError
from pipelines.decode.parts import kml, text
from pipelines.decode.parts.xml_path import local
from pipelines.propose import times
from pipelines.propose.forms import Form, first_that_reads
from pipelines.propose.forms.parts.encodings import encoding_of

_NAMES = re.compile(r"name$|名稱$", re.IGNORECASE)
_DECLARED = re.compile(rb"<\?xml[^>]*encoding\s*=", re.IGNORECASE)
_OF_KML = ("ExtendedData/Data", "ExtendedData/SchemaData/SimpleData")
_SAMPLE = 200
_MOST_ABOVE = 3
"""Plain values of an element that only holds lists of records."""


def see(body: bytes) -> Form | None:
    """Return where the records lie, or None if the body is no XML, or has no elements that repeat."""
    begins = body.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not begins.startswith(b"<") and body[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        return None
    declared = _DECLARED.search(body[:400]) is not None or body[:2] in (b"\xff\xfe", b"\xfe\xff")
    encoded = encoding_of(body)
    try:
        root = _root(text.decode(body, encoded.encoding, "quarantine" if encoded.lost else "refuse"))
    except (SourceError, ParseError, ValueError, DefusedXmlException):
        return None
    path = _records(root) or [local(root)]
    path, kept = _deeper(root, path)
    records = _at(root, path)
    reading: dict[str, Any] = {} if declared else dict(encoded.options)
    if local(root) == "kml":
        records = [one for one in root.iter() if local(one) == "Placemark"]
        shapes = {local(child) for one in records for child in one} & kml.GEOMETRIES
        reading |= {"records": "kml//Placemark", "geometry": "point" if shapes <= {"Point"} else "text"}
    else:
        reading["records"] = "/".join(path)
    named, lists = _several(records[:_SAMPLE])
    named |= _named_by_kml(records[:_SAMPLE]) if local(root) == "kml" else {}
    reading |= ({"named": named} if named else {}) | ({"lists": lists} if lists else {})
    if keep := {} if local(root) == "kml" else _above(root, path) | kept:
        reading["keep"] = keep
    notes = [f"Seen: {', '.join(lists)}: several elements in a record, which become JSON text."] if lists else []
    return first_that_reads(body, [Form("xml", reading, notes), Form("xml", reading | encoded.options, notes)])


def _root(said: str) -> Element:
    parser = DefusedXMLParser(forbid_dtd=True)
    parser.feed(said)
    root: Element = parser.close()
    return root


def _records(root: Element) -> list[str] | None:
    """The path of the first elements, from the top, that repeat and hold values."""
    level, path = [root], [local(root)]
    while level:
        counts = Counter(local(child) for one in level for child in one)
        repeated = [name for name in counts if any(_count(one, name) > 1 for one in level)]
        rich = [
            name
            for name in repeated
            if any(_values(child) > 1 for one in level for child in one if local(child) == name)
        ]
        if rich or repeated:
            best = max(rich or repeated, key=lambda name: counts[name])
            return [*path, best]
        if not counts:
            return None
        # Down to where most elements are.
        name = max(
            counts,
            key=lambda name: sum(1 for one in level for child in one if local(child) == name for _ in child.iter()),
        )
        level = [child for one in level for child in one if local(child) == name]
        path.append(name)
    return None


def _deeper(root: Element, path: list[str]) -> tuple[list[str], dict[str, str]]:
    """The path of records within elements that hold little but lists of lists, and what is kept from these."""
    keep: dict[str, str] = {}
    while True:
        elements = _at(root, path)[:_SAMPLE]
        plain = list(dict.fromkeys(local(child) for one in elements for child in one if not len(child)))
        lists = [name for name in dict.fromkeys(local(c) for one in elements for c in one) if _repeats(elements, name)]
        if len(plain) > _MOST_ABOVE or len(lists) != 1:
            return path, keep
        inner = [child for one in elements for child in one if local(child) == lists[0]]
        of_lists = any(_repeats(inner, name) for name in {local(child) for one in inner for child in one})
        if not of_lists and not keep:
            return path, keep
        keep |= {(name if name not in keep else f"above_{name}"): "/".join([*path, name]) for name in plain}
        path = [*path, lists[0]]
        if not of_lists:
            return path, keep


def _repeats(elements: list[Element], name: str) -> bool:
    return any(_count(one, name) > 1 for one in elements)


def _count(element: Element, name: str) -> int:
    return sum(1 for child in element if local(child) == name)


def _values(element: Element) -> int:
    return len(element) + len(element.attrib)


def _at(root: Element, path: list[str]) -> list[Element]:
    level = [root]
    for name in path[1:]:
        level = [child for one in level for child in one if local(child) == name]
    return level


def _several(records: list[Element]) -> tuple[dict[str, str], list[str]]:
    """The places in records with several elements: those that name themselves, and the others."""
    named: dict[str, str] = {}
    lists: list[str] = []
    places: dict[str, list[list[Element]]] = {}
    for record in records:
        _gather(record, "", places)
    for place, groups in places.items():
        inside = any(place.startswith(f"{other}/") for other in (*named, *lists))
        if inside or max(map(len, groups)) < 2 or place.split("/")[-1] in kml.GEOMETRIES:
            continue
        by = _name_of(groups)
        if by:
            named[place] = by
        else:
            lists.append(place)
    return named, lists


def _named_by_kml(records: list[Element]) -> dict[str, str]:
    """Values that KML itself names, also where each record has one only."""
    places: dict[str, list[list[Element]]] = {}
    for record in records:
        _gather(record, "", places)
    return {place: "@name" for place in _OF_KML if place in places}


def _gather(element: Element, place: str, places: dict[str, list[list[Element]]]) -> None:
    groups: dict[str, list[Element]] = {}
    for child in element:
        groups.setdefault(local(child), []).append(child)
    for name, children in groups.items():
        at = f"{place}/{name}" if place else name
        places.setdefault(at, []).append(children)
        for child in children:
            _gather(child, at, places)


def _name_of(groups: list[list[Element]]) -> str | None:
    """The attribute or child by which each of several elements is called, once in each record."""
    first = groups[0][0]
    attributes = [f"@{name.rsplit('}', 1)[-1]}" for name in first.attrib]
    for by in [
        *(one for one in attributes if _NAMES.search(one)),
        *(local(c) for c in first if _NAMES.search(local(c))),
    ]:
        each = [[_called(one, by) for one in group] for group in groups]
        if all(None not in names and "" not in names and len(set(names)) == len(names) for names in each):
            return by
    return None


def _called(element: Element, by: str) -> str | None:
    if by.startswith("@"):
        return next(
            (value.strip() for name, value in element.attrib.items() if name.rsplit("}", 1)[-1] == by[1:]), None
        )
    names = [(one.text or "").strip() for one in element if local(one) == by]
    return names[0] if len(names) == 1 else None


def _above(root: Element, path: list[str]) -> dict[str, str]:
    """Values above the records that may be their time."""
    found: dict[str, str] = {}
    level = root
    for depth, name in enumerate(path[1:], start=1):
        for child in level:
            if not len(child) and times.NAMES.search(local(child)) and _count(level, local(child)) == 1:
                found.setdefault(local(child), "/".join([*path[:depth], local(child)]))
        below = [child for child in level if local(child) == name]
        if len(below) != 1:
            break
        level = below[0]
    return found
