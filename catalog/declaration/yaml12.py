"""Reads YAML by the 1.2 JSON schema (https://yaml.org/spec/1.2.2/#102-json-schema): no dates, no yes/no, no octals.

No library has these rules as an option: PyYAML speaks YAML 1.1, in which a field named `no` would become false, and
ruamel.yaml speaks 1.2 but makes dates. So the implicit resolvers of PyYAML are replaced.
A plain scalar that is no number, true, false or null is text, as the core schema has it. A duplicate key is an error.
"""

import re
from pathlib import Path
from typing import Any

import yaml

from catalog.errors import DeclarationError

MAX_BYTES = 4 * 1024 * 1024
"""A declaration is written by hand: more than this is a mistake, or an attack by aliases."""


class _Loader(yaml.SafeLoader):
    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012  replaces the parent's

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        # Aliases expand without bound ("billion laughs"); a tag makes a date, a set or bytes. A declaration needs none.
        if self.check_event(yaml.AliasEvent):
            raise yaml.constructor.ConstructorError(None, None, "an alias (*name) is not allowed", event.start_mark)
        if event.tag is not None:
            raise yaml.constructor.ConstructorError(
                None, None, f"a tag is not allowed: remove {event.tag!r}", event.start_mark
            )
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str):
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} is not text: write it in quotes", key_node.start_mark
                )
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} stands twice", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


for _tag, _pattern, _first in (
    ("tag:yaml.org,2002:null", r"null|", ["n", ""]),
    ("tag:yaml.org,2002:bool", r"true|false", list("tf")),
    ("tag:yaml.org,2002:int", r"-?(?:0|[1-9][0-9]*)", list("-0123456789")),
    ("tag:yaml.org,2002:float", r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?", list("-0123456789")),
):
    _Loader.add_implicit_resolver(_tag, re.compile(f"^(?:{_pattern})$"), _first)


def read_yaml(path: Path) -> dict[str, Any]:
    """Read one YAML file that holds a mapping.

    Args:
        path: the file.

    Returns:
        Its mapping, of text, numbers, true, false, null, lists and mappings with text keys.

    Raises:
        DeclarationError: the file is missing, too large, not UTF-8, not YAML, nested too deep, holds an alias, a tag, a
            duplicate key or no mapping; the message names file and line.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise DeclarationError(f"{path}: more than {MAX_BYTES:,} bytes; a declaration is written by hand")
        values = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506  a SafeLoader with fewer types
    except OSError as error:
        raise DeclarationError(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise DeclarationError(f"{path}: not UTF-8 at byte {error.start}; save the file as UTF-8") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{path}:{mark.line + 1}" if mark else str(path)
        raise DeclarationError(f"{place}: not YAML: {getattr(error, 'problem', None) or error}") from error
    except ValueError as error:
        raise DeclarationError(f"{path}: a number of more digits than Python reads ({error})") from error
    except RecursionError as error:
        raise DeclarationError(
            f"{path}: lists and mappings are nested hundreds deep; a declaration needs few"
        ) from error
    if not isinstance(values, dict):
        raise DeclarationError(f"{path}: expected keys and values, found {type(values).__name__}")
    return values
