"""XML bytes -> records of text (https://www.w3.org/TR/xml/): a row for each element at a declared path.

defusedxml parses. pandas.read_xml would lay out only children one level deep, and it guesses types.

Nothing outside the document is read: a document type, with its entities, is refused.
"""

import functools
import json as stdlib
import re
from typing import Any, Literal, Self
from xml.etree.ElementTree import Element, ParseError, tostring

import pyarrow as pa
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser
from pydantic import Field, model_validator

from catalog.declaration.strict import Strict, Texts
from catalog.errors import SourceError
from pipelines.decode.parts import json_values, kml, text
from pipelines.decode.parts.limits import LIMITS
from pipelines.decode.parts.text import Encoding, Undecodable
from pipelines.decode.parts.xml_path import Trail, find, is_named, local, shared, steps_of

_NAME = r"[^/@{}\s]+"
_PATH = rf"^/?/?{_NAME}(//?{_NAME})*$"
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)""")
_ENCODINGS: dict[str, Encoding] = {"utf-8": "utf-8", "utf8": "utf-8", "us-ascii": "utf-8", "iso-8859-1": "latin-1"}
_ENCODINGS |= {"big5": "cp950", "cp950": "cp950", "big5-hkscs": "big5-hkscs", "utf-16": "utf-16"}
_ENCODINGS |= {"windows-1252": "windows-1252"}
_LONG_NAMESPACE = re.compile(
    rf"""\sxmlns(?::[^\s=<>"']{{1,100}})?\s*=\s*(?:"[^"<]{{{LIMITS.namespace}}}[^"<]|'[^'<]{{{LIMITS.namespace}}}[^'<])"""
)
"""The parser writes it out in the name of every element."""


class Reading(Strict):
    """What a declaration may say of XML. Paths are names joined by /; // goes to any depth."""

    records: str = Field(pattern=_PATH, description="the path of the records, from the root: list/item")
    keep: dict[str, str] = Field(
        default_factory=dict, description="columns from above the records: name and path, which may end in /@attribute"
    )
    lists: Texts = Field(default=(), description="places in a record that may hold several elements: a JSON list")
    named: dict[str, str] = Field(
        default_factory=dict,
        description="places that hold several elements, and the child, or the @attribute, that names each",
    )
    geometry: Literal["text", "point"] | None = Field(
        default=None,
        description="elements of KML that are geometries; text: the column geometry, as GeoJSON; point: the columns "
        "geometry.type and, of a point, geometry.longitude, .latitude and .altitude; default: elements like any other",
    )
    namespaces: dict[str, str] = Field(
        default_factory=dict, description="prefixes for paths; a name without one is found in any namespace"
    )
    encoding: Encoding | None = Field(default=None, description="default: what the document itself declares")
    undecodable: Undecodable = Field(default="refuse", description="as in CSV")

    @model_validator(mode="after")
    def _known(self) -> Self:
        for path in (self.records, *self.keep.values()):
            for name in re.split(r"/+", path):
                prefix, colon, _ = name.partition(":")
                if colon and prefix not in self.namespaces:
                    raise ValueError(f"namespaces: the prefix {prefix!r} of {path!r} is not declared")
        for name, path in self.keep.items():
            if not shared(list(steps_of(path)), list(steps_of(self.records))):
                raise ValueError(f"keep.{name}: expected a path that begins as {self.records!r} does")
        return self


def decode(body: bytes, reading: Reading) -> pa.Table:
    """Return a row for each element at the path.

    A column is called after the child, `time/obsTime` for one within another, `@unit` or `time/@unit` for an attribute,
    all without prefixes. An element without text is an empty text, an absent one null. A record whose
    elements do not name themselves, or hold no geometry where one is declared, is a fault beside the others; where all
    are, the first is told.

    Raises:
        SourceError: no XML, a document type, another root, or several elements where one is expected.
    """
    if not body.strip():
        raise SourceError("expected XML, found an empty body")
    if body.startswith(b"PK\x03\x04"):
        raise SourceError("expected XML, found a zip file; its format is zip, and what is within is XML")
    root = _parse(_text(body, reading))
    steps = list(steps_of(reading.records))
    if not steps[0][0] and not is_named(root, steps[0][1], reading.namespaces):
        raise SourceError(f"expected the root element {steps[0][1]}, found {local(root)}")
    try:
        records = _Records(steps, reading)
        return records.table(find(root, steps, reading.namespaces))
    except RecursionError as error:
        raise SourceError("expected records, found elements nested hundreds deep") from error


def _text(body: bytes, reading: Reading) -> str:
    encoding: str | None = reading.encoding
    if encoding is None:
        found = _DECLARED.search(body[:400].removeprefix(b"\xef\xbb\xbf"))
        said = found[1].decode().lower() if found else "utf-16" if body[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
        encoding = _ENCODINGS.get(said)
        if encoding is None:
            raise SourceError(f"expected one of the encodings {', '.join(sorted(_ENCODINGS))}, found {said!r} declared")
    return text.decode(body, encoding, reading.undecodable)


def _parse(said: str) -> Element:
    if said.count("<") > LIMITS.elements:
        raise SourceError(f"expected at most {LIMITS.elements:,} elements, found more")
    if _LONG_NAMESPACE.search(said):
        raise SourceError(f"expected namespaces of at most {LIMITS.namespace:,} characters, found a longer one")
    parser = DefusedXMLParser(forbid_dtd=True)
    # The text so far is put together anew at each of them, and nobody reads them.
    parser.parser.CommentHandler = parser.parser.ProcessingInstructionHandler = None
    try:
        parser.feed(said)
        root: Element = parser.close()
    except DefusedXmlException as error:
        raise SourceError(f"expected XML without a document type or entities, found {type(error).__name__}") from error
    except (ParseError, ValueError) as error:
        raise SourceError(f"expected XML, found a body that begins {said[:60]!r} ({error})") from error
    return root


class _Several(SourceError):
    """The declaration lacks a word: no fault of one record."""


class _Records:
    """Makes records of elements. What is kept from above is found once for all records below one element."""

    def __init__(self, steps: list[tuple[bool, str]], reading: Reading) -> None:
        self._reading = reading
        self._paths = {name: list(steps_of(path)) for name, path in reading.keep.items()}
        self._shared = {name: shared(path, steps) for name, path in self._paths.items()}
        self._kept = functools.cache(self._above)

    def table(self, trails: list[Trail]) -> pa.Table:
        """Return the records of the elements at the ends of paths, and those that cannot be read."""
        found: list[dict[str, str | None]] = []
        faults: list[str] = []
        first = None
        for trail in trails:
            record = {name: self._kept(name, trail[count - 1]) for name, count in self._shared.items()}
            try:
                self._put_cells(trail[-1], "", record)
                found.append(record)
            except _Several:
                raise
            except SourceError as error:
                first = first or error
                faults.append(tostring(trail[-1], encoding="unicode"))
        if first and not found:
            raise first
        return json_values.records(found, faults)

    def _above(self, name: str, ancestor: Element) -> str | None:
        found = [ancestor]
        for _, step in self._paths[name][self._shared[name] :]:
            if step.startswith("@"):
                return found[0].get(step[1:]) if found else None
            found = [child for one in found for child in one if is_named(child, step, self._reading.namespaces)]
        if len(found) > 1:
            raise SourceError(f"expected one {self._reading.keep[name]} above a record, found {len(found)}")
        return (found[0].text or "") if found else None

    def _put_cells(self, element: Element, place: str, record: dict[str, str | None], by: Any = None) -> None:
        """Put the texts of an element, of those within it, and of their attributes into a record, by column.

        The attribute or child that gave the element its name is none of its values; what that child has beside is one.
        """
        _put_attributes(element, place, record, by)
        own = "".join([element.text or "", *(child.tail or "" for child in element)])
        if own.strip() or not len(element):
            _put(place or local(element), own, record)
        listed: dict[str, list[Any]] = {}
        for child in element:
            at = _below(place, local(child))
            if child is by:
                self._put_beside_name(child, at, record)
            elif at in self._reading.lists:
                listed.setdefault(at, []).append(_value(child))
            elif at in self._reading.named:
                name, naming = _named(child, self._reading.named[at], at)
                self._put_cells(child, f"{at}/{name}", record, naming)
            elif self._reading.geometry and local(child) in kml.GEOMETRIES:
                for name, value in kml.columns(child, self._reading.geometry).items():
                    _put(_below(place, name), value, record)
            else:
                self._put_cells(child, at, record)
        for at, values in listed.items():
            _put(at, stdlib.dumps(values, ensure_ascii=False), record)

    def _put_beside_name(self, naming: Element, place: str, record: dict[str, str | None]) -> None:
        _put_attributes(naming, place, record)
        for child in naming:
            self._put_cells(child, f"{place}/{local(child)}", record)


def _put_attributes(element: Element, place: str, record: dict[str, str | None], by: Any = None) -> None:
    for name, value in element.attrib.items():
        if name != by:
            _put(_below(place, f"@{name.rsplit('}', 1)[-1]}"), value, record)


def _put(name: str, value: str, record: dict[str, str | None]) -> None:
    if name in record:
        raise _Several(
            f"expected {name} once in a record, found it more than once; `lists` or `named` tell how to read it"
        )
    record[name] = value


def _below(place: str, name: str) -> str:
    return f"{place}/{name}" if place else name


def _named(element: Element, by: str, place: str) -> tuple[str, str | Element]:
    """The name that an element gives itself, and the attribute or child that holds it."""
    if by.startswith("@"):
        held = [name for name in element.attrib if name.rsplit("}", 1)[-1] == by[1:]]
        if len(held) != 1 or not element.attrib[held[0]].strip():
            raise SourceError(f"expected one attribute {by[1:]} with a text in each {place}, found {len(held)}")
        return element.attrib[held[0]].strip(), held[0]
    names = [one for one in element if local(one) == by]
    if len(names) != 1 or not (names[0].text or "").strip():
        raise SourceError(f"expected one {by} with a text in each {place}, found {len(names)}")
    return (names[0].text or "").strip(), names[0]


def _value(element: Element) -> Any:
    """An element as a JSON value: its text, or its attributes and children by name."""
    if not len(element) and not element.attrib:
        return element.text or ""
    found: dict[str, Any] = {f"@{name}": value for name, value in element.attrib.items()}
    if (element.text or "").strip():
        found[""] = element.text
    children: dict[str, list[Any]] = {}
    for child in element:
        children.setdefault(local(child), []).append(_value(child))
    return found | {name: values[0] if len(values) == 1 else values for name, values in children.items()}
