"""XML bytes -> records of text (https://www.w3.org/TR/xml/): a row for each element at a declared path.

defusedxml parses. pandas.read_xml would lay out only children one level deep, and it guesses types.

Nothing outside the document is read: a document type, with its entities, is refused.
"""

import itertools
import json as stdlib
import re
from collections.abc import Iterator
from typing import Any, Self
from xml.etree.ElementTree import Element, ParseError

import pyarrow as pa
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from pydantic import Field, model_validator

from catalog.declaration.fields import Strict, Texts
from catalog.errors import SourceError
from pipelines.decode.parts import json_values, text
from pipelines.decode.parts.limits import LIMITS
from pipelines.decode.parts.text import Encoding, Undecodable

_NAME = r"[^/@{}\s]+"
_PATH = rf"^/?/?{_NAME}(//?{_NAME})*$"
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)""")
_ENCODINGS: dict[str, Encoding] = {"utf-8": "utf-8", "utf8": "utf-8", "us-ascii": "utf-8", "iso-8859-1": "latin-1"}
_ENCODINGS |= {"big5": "cp950", "cp950": "cp950", "utf-16": "utf-16"}


class Reading(Strict):
    """What a declaration may say of XML. Paths are names joined by /; // goes to any depth."""

    records: str = Field(pattern=_PATH, description="the path of the records, from the root: list/item")
    keep: dict[str, str] = Field(
        default_factory=dict, description="columns from above the records: name and path, which may end in /@attribute"
    )
    lists: Texts = Field(default=(), description="places in a record that may hold several elements: a JSON list")
    named: dict[str, str] = Field(
        default_factory=dict, description="places that hold several elements, and the child that names each"
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
            if not _shared(list(_steps(path)), list(_steps(self.records))):
                raise ValueError(f"keep.{name}: expected a path that begins as {self.records!r} does")
        return self


def decode(body: bytes, reading: Reading) -> pa.Table:
    """Return a row for each element at the path.

    A column is called after the child, `time/obsTime` for one within another, `@unit` or `time/@unit` for an attribute,
    all without prefixes. An element without text is an empty text, an absent one null.

    Raises:
        SourceError: no XML, a document type, another root, or several elements where one is expected.
    """
    if not body.strip():
        raise SourceError("expected XML, found an empty body")
    if body.startswith(b"PK\x03\x04"):
        raise SourceError("expected XML, found a zip file; its format is zip, and what is within is XML")
    root = _parse(_text(body, reading))
    steps = list(_steps(reading.records))
    if not steps[0][0] and not _is(root, steps[0][1], reading):
        raise SourceError(f"expected the root element {steps[0][1]}, found {_local(root)}")
    try:
        return json_values.records([_record(trail, steps, reading) for trail in _find(root, steps, reading)])
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
    try:
        root: Element = fromstring(said, forbid_dtd=True)
    except DefusedXmlException as error:
        raise SourceError(f"expected XML without a document type or entities, found {type(error).__name__}") from error
    except (ParseError, ValueError) as error:
        raise SourceError(f"expected XML, found a body that begins {said[:60]!r} ({error})") from error
    return root


def _steps(path: str) -> Iterator[tuple[bool, str]]:
    """The steps of a path: whether to any depth, and the name."""
    for slashes, name in re.findall(r"(/*)([^/]+)", path):
        yield slashes == "//", name


def _shared(wanted: list[tuple[bool, str]], steps: list[tuple[bool, str]]) -> int:
    """How many steps two paths have in common."""
    pairs = zip(wanted, steps, strict=False)
    return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))


def _local(element: Element) -> str:
    return element.tag.rsplit("}", 1)[-1]


def _is(element: Element, name: str, reading: Reading) -> bool:
    prefix, colon, local = name.partition(":")
    return element.tag == f"{{{reading.namespaces[prefix]}}}{local}" if colon else _local(element) == name


def _find(root: Element, steps: list[tuple[bool, str]], reading: Reading) -> list[tuple[Element, ...]]:
    """Every element at the path, with the elements on the way to it, one a step."""
    deep, first = steps[0]
    found: list[tuple[Element, ...]] = [(one,) for one in (root.iter() if deep else [root]) if _is(one, first, reading)]
    for deep, name in steps[1:]:
        found = [
            (*trail, one)
            for trail in found
            for one in (trail[-1].iter() if deep else trail[-1])
            if one is not trail[-1] and _is(one, name, reading)
        ]
        found = list({id(trail[-1]): trail for trail in found}.values())  # by two ways of // to one element
    return found


def _record(trail: tuple[Element, ...], steps: list[tuple[bool, str]], reading: Reading) -> dict[str, str | None]:
    record: dict[str, str | None] = {name: _kept(path, trail, steps, reading) for name, path in reading.keep.items()}
    for name, value in _cells(trail[-1], "", reading):
        name = name or _local(trail[-1])
        if name in record:
            raise SourceError(
                f"expected {name} once in a record, found it more than once; `lists` or `named` tell how to read it"
            )
        record[name] = value
    return record


def _kept(path: str, trail: tuple[Element, ...], steps: list[tuple[bool, str]], reading: Reading) -> str | None:
    wanted = list(_steps(path))
    shared = _shared(wanted, steps)
    found = [trail[shared - 1]]
    for _, name in wanted[shared:]:
        if name.startswith("@"):
            return found[0].get(name[1:]) if found else None
        found = [child for one in found for child in one if _is(child, name, reading)]
    if len(found) > 1:
        raise SourceError(f"expected one {path} above a record, found {len(found)}")
    return (found[0].text or "") if found else None


def _cells(element: Element, place: str, reading: Reading) -> Iterator[tuple[str, str | None]]:
    """The columns and texts of an element, of those within it, and of their attributes."""
    for name, value in element.attrib.items():
        yield _below(place, f"@{name.rsplit('}', 1)[-1]}"), value
    own = "".join([element.text or "", *(child.tail or "" for child in element)])
    if own.strip() or not len(element):
        yield place, own
    listed: dict[str, list[Any]] = {}
    for child in element:
        at = _below(place, _local(child))
        if at in reading.lists:
            listed.setdefault(at, []).append(_value(child))
        elif at in reading.named:
            name, rest = _named(child, reading.named[at], at)
            for within in rest:
                yield from _cells(within, f"{at}/{name}/{_local(within)}", reading)
        else:
            yield from _cells(child, at, reading)
    for at, values in listed.items():
        yield at, stdlib.dumps(values, ensure_ascii=False)


def _below(place: str, name: str) -> str:
    return f"{place}/{name}" if place else name


def _named(element: Element, child: str, place: str) -> tuple[str, list[Element]]:
    """The name that an element gives itself, and its other children."""
    names = [one for one in element if _local(one) == child]
    if len(names) != 1 or not (names[0].text or "").strip():
        raise SourceError(f"expected one {child} with a text in each {place}, found {len(names)}")
    return (names[0].text or "").strip(), [one for one in element if one is not names[0]]


def _value(element: Element) -> Any:
    """An element as a JSON value: its text, or its attributes and children by name."""
    if not len(element) and not element.attrib:
        return element.text or ""
    found: dict[str, Any] = {f"@{name}": value for name, value in element.attrib.items()}
    if (element.text or "").strip():
        found[""] = element.text
    for name in dict.fromkeys(map(_local, element)):
        values = [_value(child) for child in element if _local(child) == name]
        found[name] = values[0] if len(values) == 1 else values
    return found
