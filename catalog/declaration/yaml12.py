"""Reads YAML by the 1.2 JSON schema (https://yaml.org/spec/1.2.2/#102-json-schema): no dates, no yes/no, no octals.

No library has these rules as an option: PyYAML speaks YAML 1.1, in which a field named `no` would become false, and
ruamel.yaml speaks 1.2 but makes dates. So the implicit resolvers of PyYAML are replaced.
A plain scalar that is no number, true, false or null is text, as the core schema has it. A duplicate key is an error.
"""

import math
import re
from pathlib import Path
from typing import Any

import yaml

from catalog.errors import DeclarationError

MAX_BYTES = 4 * 1024 * 1024
"""A declaration is written by hand: more than this is a mistake, or an attack by aliases."""
MAX_DEPTH = 100
"""Lists and mappings in one another; a declaration needs ten."""
MAX_INTEGER = 2**53 - 1
"""Up to it JSON knows every integer."""


def _fault(problem: str, mark: yaml.Mark) -> yaml.constructor.ConstructorError:
    return yaml.constructor.ConstructorError(None, None, problem, mark)


class _Rules:
    """What is allowed, whoever scans the text."""

    _depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.peek_event()  # type: ignore[attr-defined]
        # Aliases expand without bound ("billion laughs"); a tag makes a date, a set or bytes. A declaration needs none.
        if self.check_event(yaml.AliasEvent):  # type: ignore[attr-defined]
            problem = "an alias (*name) is not allowed: write what it stands for once more"
            raise _fault(problem, event.start_mark)
        if event.tag is not None:
            raise _fault(
                f"a tag is not allowed: remove {event.tag!r}, and write text, numbers or lists", event.start_mark
            )
        if self._depth == MAX_DEPTH:
            raise RecursionError
        self._depth += 1
        try:
            return super().compose_node(parent, index)  # type: ignore[misc]
        finally:
            self._depth -= 1

    def construct_yaml_int(self, node: yaml.ScalarNode) -> int:
        digits = len(node.value.lstrip("-"))
        if digits > len(str(MAX_INTEGER)) or abs(int(node.value)) > MAX_INTEGER:
            raise _fault(
                f"a number of {digits:,} digits: expected an integer from -{MAX_INTEGER} to {MAX_INTEGER}, or write it "
                "as text, in quotes",
                node.start_mark,
            )
        return int(node.value)

    def construct_yaml_float(self, node: yaml.ScalarNode) -> float:
        number = float(node.value)
        if not math.isfinite(number):
            raise _fault(
                f"{node.value[:40]!r} is more than a number can hold: expected less than 1e308", node.start_mark
            )
        return number

    def construct_yaml_str(self, node: yaml.ScalarNode) -> str:
        if any("\ud800" <= sign <= "\udfff" for sign in node.value):
            raise _fault('half of a character ("\\ud800" to "\\udfff"): write the character itself', node.start_mark)
        return str(node.value)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)  # type: ignore[attr-defined]
            if not isinstance(key, str):
                raise _fault(f"the key {key!r} is not text: write it in quotes", key_node.start_mark)
            if key in seen:
                raise _fault(f"the key {key!r} stands twice", key_node.start_mark)
            seen.add(key)
        return dict(super().construct_mapping(node, deep))  # type: ignore[misc]


class _Loader(_Rules, yaml.SafeLoader):
    """Slow, and tells what is wrong in the words that are explained."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012  replaces the parent's

    def scan_flow_scalar_non_spaces(self, double: bool, start_mark: yaml.Mark) -> Any:
        try:
            return super().scan_flow_scalar_non_spaces(double, start_mark)
        except (ValueError, OverflowError):
            raise _fault('there is no such character: expected at most "\\U0010ffff"', start_mark) from None


class _FastLoader(_Rules, yaml.composer.Composer, yaml.CSafeLoader):
    """Scans in C, several times as fast: for a text with which nothing is wrong."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012  replaces the parent's

    def __init__(self, stream: Any) -> None:
        yaml.CSafeLoader.__init__(self, stream)
        yaml.composer.Composer.__init__(self)


for _tag, _pattern, _first in (
    ("tag:yaml.org,2002:null", r"null|", ["n", ""]),
    ("tag:yaml.org,2002:bool", r"true|false", list("tf")),
    ("tag:yaml.org,2002:int", r"-?(?:0|[1-9][0-9]*)", list("-0123456789")),
    ("tag:yaml.org,2002:float", r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?", list("-0123456789")),
):
    for _loader in (_Loader, _FastLoader):
        _loader.add_implicit_resolver(_tag, re.compile(f"^(?:{_pattern})$"), _first)


for _name in ("int", "float", "str"):
    for _loader in (_Loader, _FastLoader):
        _loader.add_constructor(f"tag:yaml.org,2002:{_name}", getattr(_Rules, f"construct_yaml_{_name}"))


def read_yaml(path: Path) -> dict[str, Any]:
    """Read one YAML file that holds a mapping.

    Args:
        path: the file.

    Returns:
        Its mapping, of text, numbers, true, false, null, lists and mappings with text keys.

    Raises:
        DeclarationError: the file is missing, too large, not UTF-8, not YAML, nested too deep, holds an alias, a tag, a
            duplicate key, a number or a character that JSON does not know, or no mapping; names file and line.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise DeclarationError(f"{path}: more than {MAX_BYTES:,} bytes; a declaration is written by hand")
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise DeclarationError(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise DeclarationError(f"{path}: not UTF-8 at byte {error.start}; save the file as UTF-8") from error
    return parse_yaml(text, str(path))


def parse_yaml(text: str, path: str) -> dict[str, Any]:
    """Read the text of a YAML file that holds a mapping.

    Args:
        text: of the file.
        path: which file, for messages.

    Raises:
        DeclarationError: as `read_yaml`.
    """
    try:
        try:
            values = yaml.load(text, Loader=_FastLoader)  # noqa: S506  a SafeLoader with fewer types
        except (yaml.YAMLError, UnicodeError, RecursionError):
            values = yaml.load(text, Loader=_Loader)  # noqa: S506  the same, which tells what is wrong
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        problem = f"the character U+{error.character:04X} is not allowed: remove it"
        raise DeclarationError(f"{path}:{line}: not YAML: {problem}") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{path}:{mark.line + 1}" if mark else path
        raise DeclarationError(f"{place}: not YAML: {getattr(error, 'problem', None) or error}") from error
    except RecursionError as error:
        raise DeclarationError(
            f"{path}: lists and mappings are nested hundreds deep; a declaration needs few"
        ) from error
    if not isinstance(values, dict):
        raise DeclarationError(f"{path}: expected keys and values, found {type(values).__name__}")
    return values
