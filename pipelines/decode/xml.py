"""XML bytes -> records of text (https://www.w3.org/TR/xml/): a row for each element at a declared path.

defusedxml parses. pandas.read_xml would lay out only children one level deep, and it guesses types.

Nothing outside the document is read: a document type, with its entities, is refused.
"""

import functools
import itertools
import json as stdlib
import re
from collections.abc import Iterator
from typing import Any, Self
from xml.etree.ElementTree import Element, ParseError

import pyarrow as pa
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser
from pydantic import Field, model_validator

from catalog.declaration.strict import Strict, Texts
from catalog.errors import SourceError
from pipelines.decode.parts import json_values, text
from pipelines.decode.parts.limits import LIMITS
from pipelines.decode.parts.text import Encoding, Undecodable

_NAME = r"[^/@{}\s]+"
_PATH = rf"^/?/?{_NAME}(//?{_NAME})*$"
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)""")
_ENCODINGS: dict[str, Encoding] = {"utf-8": "utf-8", "utf8": "utf-8", "us-ascii": "utf-8", "iso-8859-1": "latin-1"}
_ENCODINGS |= {"big5": "cp950", "cp950": "cp950", "utf-16": "utf-16"}
_LONG_NAMESPACE = re.compile(
    rf"""\sxmlns(?::[^\s=<>"']{{1,100}})?\s*=\s*(?:"[^"<]{{{LIMITS.namespace}}}[^"<]|'[^'<]{{{LIMITS.namespace}}}[^'<])"""
)
"""The parser writes it out in the name of every element."""
Trail = tuple[Element, ...]
"""An element at the end of a path, and before it those on the way, one a step."""


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
        records = _Records(steps, reading)
        return json_values.records([records.of(trail) for trail in _find(root, steps, reading)])
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


def _find(root: Element, steps: list[tuple[bool, str]], reading: Reading) -> list[Trail]:
    """Every element at the path, with the elements on the way to it, one a step."""
    deep, first = steps[0]
    found: list[Trail] = [(one,) for one in (root.iter() if deep else [root]) if _is(one, first, reading)]
    for deep, name in steps[1:]:
        if deep:
            found = [(*trail, one) for one, trail in _within(found) if _is(one, name, reading)]
        else:
            found = [(*trail, one) for trail in found for one in trail[-1] if _is(one, name, reading)]
    return found


def _within(found: list[Trail]) -> Iterator[tuple[Element, Trail]]:
    """Each element at any depth below others, once, and the nearest of those: they may lie in one another."""
    trails = {id(trail[-1]): trail for trail in found}
    passed: set[int] = set()
    for top in found:
        if id(top[-1]) in passed:
            continue
        ahead = [(child, top) for child in reversed(top[-1])]
        while ahead:
            one, nearest = ahead.pop()
            yield one, nearest
            nearest = trails.get(id(one), nearest)
            if nearest[-1] is one:
                passed.add(id(one))
            ahead += [(child, nearest) for child in reversed(one)]


class _Records:
    """Makes records of elements. What is kept from above is found once for all records below one element."""

    def __init__(self, steps: list[tuple[bool, str]], reading: Reading) -> None:
        self._reading = reading
        self._paths = {name: list(_steps(path)) for name, path in reading.keep.items()}
        self._shared = {name: _shared(path, steps) for name, path in self._paths.items()}
        self._kept = functools.cache(self._above)

    def of(self, trail: Trail) -> dict[str, str | None]:
        """Return the record of the element at the end of a path."""
        record = {name: self._kept(name, trail[shared - 1]) for name, shared in self._shared.items()}
        self._put_cells(trail[-1], "", record, _local(trail[-1]))
        return record

    def _above(self, name: str, ancestor: Element) -> str | None:
        found = [ancestor]
        for _, step in self._paths[name][self._shared[name] :]:
            if step.startswith("@"):
                return found[0].get(step[1:]) if found else None
            found = [child for one in found for child in one if _is(child, step, self._reading)]
        if len(found) > 1:
            raise SourceError(f"expected one {self._reading.keep[name]} above a record, found {len(found)}")
        return (found[0].text or "") if found else None

    def _put_cells(self, element: Element, place: str, record: dict[str, str | None], own_name: str) -> None:
        """Put the texts of an element, of those within it, and of their attributes into a record, by column."""
        for name, value in element.attrib.items():
            _put(_below(place, f"@{name.rsplit('}', 1)[-1]}"), value, record)
        own = "".join([element.text or "", *(child.tail or "" for child in element)])
        if own.strip() or not len(element):
            _put(place or own_name, own, record)
        listed: dict[str, list[Any]] = {}
        for child in element:
            at = _below(place, _local(child))
            if at in self._reading.lists:
                listed.setdefault(at, []).append(_value(child))
            elif at in self._reading.named:
                name, rest = _named(child, self._reading.named[at], at)
                for within in rest:
                    self._put_cells(within, f"{at}/{name}/{_local(within)}", record, own_name)
            else:
                self._put_cells(child, at, record, own_name)
        for at, values in listed.items():
            _put(at, stdlib.dumps(values, ensure_ascii=False), record)


def _put(name: str, value: str, record: dict[str, str | None]) -> None:
    if name in record:
        raise SourceError(
            f"expected {name} once in a record, found it more than once; `lists` or `named` tell how to read it"
        )
    record[name] = value


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
    children: dict[str, list[Any]] = {}
    for child in element:
        children.setdefault(_local(child), []).append(_value(child))
    return found | {name: values[0] if len(values) == 1 else values for name, values in children.items()}
