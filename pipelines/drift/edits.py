"""Edits of a YAML text in place: comments, order and layout stay, and only what is edited changes.

PyYAML tells where each node stands; ruamel.yaml keeps comments, but writes long lines and lists anew.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from pipelines.propose.written import flow

Step = str | int
"""A key, or the index of a list."""


@dataclass(frozen=True)
class Put:
    """Give a key a value: the one that it has is replaced, else the key is added to its mapping."""

    path: tuple[Step, ...]
    value: Any


@dataclass(frozen=True)
class Append:
    """Add an item to the end of a list; a comment may stand above it."""

    path: tuple[Step, ...]
    value: Any
    comment: str = ""


@dataclass(frozen=True)
class Drop:
    """Take an item out of a list: the mapping in which a key has a value. An empty list goes with its key."""

    path: tuple[Step, ...]
    key: str
    value: str


Edit = Put | Append | Drop


def edited(text: str, edits: Sequence[Edit]) -> str:
    """Return a YAML text with edits.

    Args:
        text: a mapping; every key on the paths, but for the last one of a `Put`, is there.
        edits: in order.
    """
    for edit in edits:
        if isinstance(edit, Put):
            text = _put(text, edit)
        else:
            text = _append(text, edit) if isinstance(edit, Append) else _drop(text, edit)
    return text


def _put(text: str, edit: Put) -> str:
    *above, name = edit.path
    mapping = _find(text, above)
    for key, node in mapping.value:
        if key.value == name:
            begin, end = node.start_mark.index, _end(text, node)
            return f"{text[:begin]}{flow(edit.value)}{text[end:]}"
    if mapping.flow_style:
        at = mapping.end_mark.index - 1
        before = text[:at].rstrip()
        comma = ", " if mapping.value else ""
        return f"{before}{comma}{_key(text, mapping, str(name))}: {flow(edit.value)}{text[at:]}"
    indent = " " * mapping.value[0][0].start_mark.column
    # After a short entry, so that the new one does not follow a long list.
    short = [node for _, node in mapping.value if not isinstance(node, yaml.CollectionNode) or node.flow_style]
    return _with_line(text, _end(text, (short or [mapping.value[-1][1]])[-1]), _entry(indent, name, edit.value))


def _entry(indent: str, name: Step, value: Any) -> str:
    """A new entry of a block: a list of mappings has a line for each key."""
    if isinstance(value, list) and value and all(isinstance(each, dict) for each in value):
        lines = [line for each in value for line in _item(each, f"{indent}  ")]
        return "\n".join([f"{indent}{flow(name)}:", *lines])
    return f"{indent}{flow(name)}: {flow(value)}"


def _key(text: str, mapping: Any, name: str) -> str:
    """A key as the others of its mapping are written: JSON has quotes around each."""
    quoted = bool(mapping.value) and text[mapping.value[0][0].start_mark.index] == '"'
    return json.dumps(name, ensure_ascii=False) if quoted else flow(name)


def _append(text: str, edit: Append) -> str:
    found = _find(text, edit.path)
    if found.flow_style or not found.value:
        at = found.end_mark.index - 1
        comma = ", " if found.value else ""
        return (
            f"{text[:at].rstrip()}{comma}{_json(edit.value) if _is_json(text, found) else flow(edit.value)}{text[at:]}"
        )
    indent = " " * found.start_mark.column
    lines = [*([f"{indent}# {edit.comment}"] if edit.comment else []), *_item(edit.value, indent)]
    return _with_line(text, _end(text, found), "\n".join(lines))


def _drop(text: str, edit: Drop) -> str:
    *above, name = edit.path
    found, mapping = _find(text, edit.path), _find(text, above)
    items = found.value
    at = next(
        i
        for i, item in enumerate(items)
        if any(key.value == edit.key and each.value == edit.value for key, each in item.value)
    )
    if len(items) == 1:
        pairs = [(key.start_mark.index, _end(text, node)) for key, node in mapping.value]
        return _without(text, pairs, [key.value for key, _ in mapping.value].index(name), mapping.flow_style)
    spans = [(item.start_mark.index, _end(text, item)) for item in items]
    return _without(text, spans, at, found.flow_style)


def _without(text: str, spans: list[tuple[int, int]], at: int, flow_style: bool) -> str:
    """The text without one of the parts of a mapping or a list: in a block its lines, else itself and a comma."""
    begin, end = spans[at]
    if flow_style:
        if at + 1 < len(spans):
            return text[:begin] + text[spans[at + 1][0] :]
        return text[: spans[at - 1][1]] + text[end:] if at else text[:begin] + text[end:]
    first, last = text.rfind("\n", 0, begin) + 1, text.find("\n", end)
    return text[:first] + (text[last + 1 :] if last >= 0 else "")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _is_json(text: str, node: Any) -> bool:
    return text.lstrip().startswith("{") and text[node.start_mark.index] in "[{"


def _item(value: Any, indent: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{indent}- {flow(value)}"]
    entries = [f"{flow(name)}: {flow(each)}" for name, each in value.items()]
    return [f"{indent}{'  ' if number else '- '}{entry}" for number, entry in enumerate(entries)]


def _with_line(text: str, after: int, line: str) -> str:
    """The text with lines below the one in which a place is."""
    at = text.find("\n", after)
    if at < 0:
        return f"{text}\n{line}\n"
    return f"{text[: at + 1]}{line}\n{text[at + 1 :]}"


def _end(text: str, node: Any) -> int:
    """Where the last sign of a node ends: a block has no sign at its end, and its mark lies behind what follows."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(text, last[1] if isinstance(last, tuple) else last)
    end = int(node.end_mark.index)
    return len(text[:end].rstrip()) if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">") else end


def _find(text: str, path: Sequence[Step]) -> Any:
    node: Any = yaml.compose(text, Loader=yaml.SafeLoader)
    for step in path:
        if isinstance(step, int):
            node = node.value[step]
        else:
            node = next(value for key, value in node.value if key.value == step)
    return node
