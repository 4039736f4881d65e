"""Where records lie in nested JSON: `data.list`, `locations{}[]`. Declared, so that nothing is searched for.

JMESPath, which boto3 uses, loses the names of members and leaves nulls out; a record needs what was passed on the way.

A path is keys joined by dots. `[]` goes to each item of a list, `{}` to each member of an object; a key in double
quotes is taken as it is, `""` for the empty one.
"""

import re
from dataclasses import dataclass
from typing import Any, Literal

from catalog.errors import SourceError

_STEP = re.compile(r'(?P<each>\[\])|(?P<member>\{\})|"(?P<quoted>[^"]*)"|(?P<key>[^.\[\]{}"]+)')


@dataclass(frozen=True)
class PathStep:
    """One step down: to a key, to each item, or to each member."""

    to: Literal["key", "each", "member"]
    key: str = ""


@dataclass(frozen=True)
class Passed:
    """A value that a path goes through."""

    value: Any
    member: str | None = None
    """Its name, where it is a member that `{}` went to."""


@dataclass(frozen=True)
class Reached:
    """A value at the end of a path, and what was passed after each step."""

    value: Any
    passed: tuple[Passed, ...] = ()


def parse(path: str) -> tuple[PathStep, ...]:
    """Return the steps of a path; raises ValueError where it is none."""
    steps: list[PathStep] = []
    at = 0
    while at < len(path):
        dotted = path[at] == "."
        found = _STEP.match(path, at + dotted)
        key = found is not None and found.lastgroup in ("key", "quoted")
        if found is None or dotted != (key and bool(steps)):
            raise ValueError(f"{path!r} is no path at character {at + 1}; write for instance data.list or places{{}}[]")
        steps.append(
            PathStep("key", found[found.lastgroup or 0]) if key else PathStep("each" if found["each"] else "member")
        )
        at = found.end()
    return tuple(steps)


def walk(document: Any, steps: tuple[PathStep, ...]) -> list[Reached] | None:
    """Return every value that a path leads to, or None where the document has no such place.

    A place that only some items or members have is no fault: the others have no records.

    Raises:
        SourceError: an item or member holds something else where the path goes on.
    """
    found = [Reached(document)]
    spread = False
    for i, step in enumerate(steps):
        following: list[Reached] = []
        for reached in found:
            below = _below(reached.value, step)
            if below is None and not spread:
                return None
            if below is None and reached.value is not None and not isinstance(reached.value, dict):
                raise SourceError(f"expected {written(steps[: i + 1])}, found {str(reached.value)[:60]!r} in its place")
            following += [Reached(one.value, (*reached.passed, one)) for one in below or ()]
        found = following
        spread = spread or step.to != "key"
    return found


def written(steps: tuple[PathStep, ...]) -> str:
    """Return a path as it is declared; `the top` for none."""
    signs = {"each": "[]", "member": "{}"}
    return "".join(signs.get(step.to, "." + (step.key or '""')) for step in steps).lstrip(".") or "the top"


def _below(value: Any, step: PathStep) -> list[Passed] | None:
    if step.to == "key":
        return [Passed(value[step.key])] if isinstance(value, dict) and step.key in value else None
    if step.to == "each":
        return [Passed(one) for one in value] if isinstance(value, list) else None
    if value == []:  # how some languages write an object without members
        return []
    return [Passed(one, name) for name, one in value.items()] if isinstance(value, dict) else None
