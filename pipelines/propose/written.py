"""A proposal as a steward would write it: YAML in the order and the look of the declarations, with comments.

PyYAML writes no comments, and its flow and block style cannot be chosen for each place.
"""

import json
import re
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

WIDTH = 120
Path = tuple[str | int, ...]
Notes = Mapping[Path, Sequence[str]]
"""By the place in the declaration, the lines of comment above it."""
_PLAIN = re.compile(r"[A-Za-z\u3400-\u9fff][\w\u3400-\u9fff ./()+%。，；、「」－：（）-]*")
_ADDRESS = re.compile(r"https://[A-Za-z0-9._~/=&%+-]*[A-Za-z0-9/]|[0-9]+[mhd]")
_WORDS = ("true", "false", "null", "yes", "no", "on", "off", "y", "n")
_BLOCK = ("schema", "minsheng", "source", "fields", "licenses", "contributors", "sources", "shape", "guards")
"""Keys whose values are written over several lines, however short they are."""
_APART = ("schema", "minsheng")
"""Keys with an empty line above them."""


def write(values: Mapping[str, Any], notes: Notes, head: Sequence[str] = ()) -> str:
    """Return a declaration as text.

    Args:
        values: the declaration, in order.
        notes: comments by place.
        head: lines of comment at the top.
    """
    lines = ["# yaml-language-server: $schema=../dataset.schema.json", *_comments(head, 0)]
    for key, value in values.items():
        if key in _APART:
            lines.append("")
        lines += [*_comments(notes.get((key,), ()), 0), *_entry(key, value, 0, (key,), notes)]
    return "\n".join(lines) + "\n"


def scalar(value: Any) -> str:
    """Return a scalar as YAML 1.2 and 1.1 both read it."""
    if value is None or isinstance(value, int | float):
        return json.dumps(value)
    text = str(value)
    if _ADDRESS.fullmatch(text) or (_PLAIN.fullmatch(text) and text == text.strip() and text.lower() not in _WORDS):
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(sign if sign.isprintable() else _escaped(sign) for sign in quoted)


def _escaped(sign: str) -> str:
    return f"\\u{ord(sign):04x}" if ord(sign) <= 0xFFFF else f"\\U{ord(sign):08x}"


def flow(value: Any) -> str:
    """Return a value as YAML on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(key)}: {flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(flow, value)) + "]"
    return scalar(value)


def _entry(key: str, value: Any, indent: int, path: Path, notes: Notes) -> list[str]:
    """The lines of one key."""
    lead = f"{' ' * indent}{scalar(key)}:"
    if key == "publish":
        return [f"{lead} {value}"]  # `no` is a text in YAML 1.2, and declarations write it so
    noted = any(place[: len(path)] == path and len(place) > len(path) for place in notes)
    if not isinstance(value, Mapping | list | tuple):
        return _text(lead, value, indent)
    line = f"{lead} {flow(value)}"
    if not noted and (key not in _BLOCK or not value) and _width(line) <= WIDTH and not _holds_sentence(value):
        return [line]
    if isinstance(value, Mapping):
        return [lead, *_mapping(value, indent + 2, path, notes)]
    if not any(isinstance(one, Mapping) for one in value):
        return [lead, *(f"{' ' * (indent + 2)}- {flow(one)}" for one in value)] if _width(line) > WIDTH else [line]
    return [lead, *(line for at, one in enumerate(value) for line in _item(one, indent + 2, (*path, at), notes))]


def _mapping(value: Mapping[str, Any], indent: int, path: Path, notes: Notes) -> list[str]:
    lines = []
    for key, one in value.items():
        lines += _comments(notes.get((*path, key), ()), indent)
        lines += _entry(key, one, indent, (*path, key), notes)
    return lines


def _item(value: Mapping[str, Any], indent: int, path: Path, notes: Notes) -> list[str]:
    """The lines of one mapping of a list."""
    comments = _comments(notes.get(path, ()), indent)
    line = f"{' ' * indent}- {flow(value)}"
    plain = not any(isinstance(one, Mapping) for one in value.values())
    if "name" not in value and plain and _width(line) <= WIDTH and not _holds_sentence(value):
        return [*comments, line]
    lines = _mapping(value, indent + 2, path, notes)
    lines[0] = f"{' ' * indent}- {lines[0].lstrip()}"
    return [*comments, *lines]


def _text(lead: str, value: Any, indent: int) -> list[str]:
    line = f"{lead} {scalar(value)}"
    foldable = isinstance(value, str) and value.isascii() and value == " ".join(value.split())
    if _width(line) <= WIDTH or not foldable:
        return [line]
    return [
        f"{lead} >-",
        *textwrap.wrap(value, WIDTH, initial_indent=" " * (indent + 2), subsequent_indent=" " * (indent + 2)),
    ]


def _holds_sentence(value: Any) -> bool:
    """Whether a text in it is longer than a few words, so that a line for each is easier to read."""
    if isinstance(value, Mapping):
        return any(_holds_sentence(one) for one in value.values())
    return isinstance(value, str) and len(value) > 60


def _width(line: str) -> int:
    return sum(2 if sign >= "\u2e80" else 1 for sign in line)


def _comments(notes: Sequence[str], indent: int) -> list[str]:
    lead = f"{' ' * indent}# "
    lines = []
    for note in notes:
        clean = "".join(sign if sign.isprintable() else " " for sign in note)
        lines += textwrap.wrap(clean, WIDTH, initial_indent=lead, subsequent_indent=lead, break_on_hyphens=False) or [
            lead
        ]
    return lines
