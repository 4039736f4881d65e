"""Where elements lie in XML: names joined by /; // goes to any depth."""

import itertools
import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

Step = tuple[bool, str]
"""Whether to any depth, and the name."""
Trail = tuple[Element, ...]
"""An element at the end of a path, and before it those on the way, one a step."""


def steps_of(path: str) -> Iterator[Step]:
    """Yield the steps of a path."""
    for slashes, name in re.findall(r"(/*)([^/]+)", path):
        yield slashes == "//", name


def shared(wanted: list[Step], steps: list[Step]) -> int:
    """Return how many steps two paths have in common."""
    pairs = zip(wanted, steps, strict=False)
    return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))


def local(element: Element) -> str:
    """Return the name of an element, without its namespace."""
    return element.tag.rsplit("}", 1)[-1]


def is_named(element: Element, name: str, namespaces: dict[str, str]) -> bool:
    """Return whether an element has a name; one without a prefix is found in any namespace."""
    prefix, colon, rest = name.partition(":")
    return element.tag == f"{{{namespaces[prefix]}}}{rest}" if colon else local(element) == name


def find(root: Element, steps: list[Step], namespaces: dict[str, str]) -> list[Trail]:
    """Return every element at the path, with the elements on the way to it, one a step."""
    deep, first = steps[0]
    found: list[Trail] = [(one,) for one in (root.iter() if deep else [root]) if is_named(one, first, namespaces)]
    for deep, name in steps[1:]:
        if deep:
            found = [(*trail, one) for one, trail in _within(found) if is_named(one, name, namespaces)]
        else:
            found = [(*trail, one) for trail in found for one in trail[-1] if is_named(one, name, namespaces)]
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
