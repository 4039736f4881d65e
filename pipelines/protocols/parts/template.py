"""Texts with places to fill: `{county}`, `{day:%Y%m%d}`. What fills them never changes a host or the shape of a path.

`{{` and `}}` are the braces themselves.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

from catalog.errors import SourceError

ROC_YEAR_ZERO = 1911
_TOKEN = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_NAME = re.compile(r"([a-z][a-z0-9_]*)(?::(.+))?")
_DIRECTIVE = re.compile(r"%(.?)")
_DIRECTIVES = "YymdHq%"
_LONGEST = 200
"""What one value may have, in characters."""


class TemplatePlace(NamedTuple):
    """One place to fill."""

    name: str
    pattern: str | None
    """How a time is written there; None for a plain text."""


def places(text: str) -> Iterator[TemplatePlace]:
    """Yield the places of a text; raises ValueError for a brace that is none, and says what to write."""
    for found in _TOKEN.finditer(text):
        if found[0] in ("{{", "}}"):
            continue
        named = _NAME.fullmatch(found[1] or "")
        if not named:
            raise ValueError(
                f"nothing fills {found[0]!r}: name it, as {{day:%Y%m%d}} with over: {{day: {{each: day, last: 1}}}}; "
                "a brace that is meant is written twice"
            )
        if named[2] is not None:
            wrong = [one[0] for one in _DIRECTIVE.finditer(named[2]) if not one[1] or one[1] not in _DIRECTIVES]
            if wrong or "%" not in named[2]:
                known = " ".join(f"%{sign}" for sign in _DIRECTIVES)
                raise ValueError(f"{found[0]!r} has {wrong[0] if wrong else 'no sign of time'!r}; known: {known}")
        yield TemplatePlace(named[1], named[2])


def fill(text: str, values: Mapping[str, str], roc: frozenset[str], write: Callable[[str], str] = str) -> str:
    """Return a text with its places filled.

    Args:
        text: with places that `places` accepts.
        values: by name; a time in ISO 8601.
        roc: names of the times whose years are those of the Republic.
        write: encodes what is filled in.
    """

    def put(found: re.Match[str]) -> str:
        if found[0] in ("{{", "}}"):
            return found[0][0]
        name, _, pattern = found[1].partition(":")
        value = values[name]
        return write(_time(value, pattern, name in roc) if pattern else value)

    return _TOKEN.sub(put, text)


def fill_address(text: str, values: Mapping[str, str], roc: frozenset[str]) -> str:
    """Return an address with its places filled, percent-encoded; it leads to the same depth of the same host.

    Raises:
        SourceError: a value would change that.
    """
    address = fill(text, values, roc, lambda value: quote(_plain(value), safe=""))
    path, wanted = address.partition("?")[0].split("/"), len(_TOKEN.sub("x", text).partition("?")[0].split("/"))
    if "{" in text and (len(path) != wanted or any(part in (".", "..", "") for part in path[3:-1]) or _odd(path[-1])):
        raise SourceError(f"expected values that are one part of a path, found {address[:200]!r}; it is not asked")
    return address


def fill_all(value: Any, values: Mapping[str, str], roc: frozenset[str]) -> Any:
    """Return JSON values with the places in their texts filled."""
    if isinstance(value, str):
        return fill(value, values, roc, _plain)
    if isinstance(value, list):
        return [fill_all(one, values, roc) for one in value]
    if isinstance(value, dict):
        return {key: fill_all(one, values, roc) for key, one in value.items()}
    return value


def read_back(text: str, filled: str, roc: frozenset[str]) -> dict[str, str] | None:
    """Return what the places of a text were filled with; a time in ISO 8601: its hour, or its first day.

    None if the text is another.
    """
    pattern, at = "", 0
    for number, found in enumerate(_TOKEN.finditer(text)):
        pattern += re.escape(text[at : found.start()])
        at = found.end()
        name, _, time = (found[1] or "").partition(":")
        pattern += f"(?P<p{number}_{name}>{_digits(time) if time else '.+?'})" if found[1] else re.escape(found[0][0])
    matched = re.fullmatch(pattern + re.escape(text[at:]), filled)
    if matched is None:
        return None
    values: dict[str, str] = {}
    times: dict[str, dict[str, int]] = {}
    for number, found in enumerate(_TOKEN.finditer(text)):
        name, _, time = (found[1] or "").partition(":")
        if not name:
            continue
        said = matched[f"p{number}_{name}"]
        parts = times.setdefault(name, {}) if time else {}
        read = _parts(said, time) if time else {}
        if read is None or any(parts.setdefault(sign, value) != value for sign, value in read.items()):
            return None
        if not time and values.setdefault(name, said) != said:
            return None
    begun = {name: _beginning(parts, name in roc) for name, parts in times.items()}
    return None if None in begun.values() else values | {name: str(value) for name, value in begun.items()}


def _digits(pattern: str) -> str:
    counts = {"Y": r"\d{2,4}", "q": r"\d", "%": "%"}
    parts = re.split(r"(%.)", pattern)
    return "".join(counts.get(part[1], r"\d\d") if part.startswith("%") else re.escape(part) for part in parts)


def _parts(said: str, pattern: str) -> dict[str, int] | None:
    """The parts of a written time, by sign."""
    signs = "".join(part[1] for part in re.split(r"(%.)", pattern) if part.startswith("%") and part != "%%")
    whole = re.sub(r"\\d(\{2,4\}|\\d)?", lambda found: f"({found[0]})", _digits(pattern))
    matched = re.fullmatch(whole, said)
    return dict(zip(signs, map(int, matched.groups()), strict=True)) if matched else None


def _beginning(parts: Mapping[str, int], roc: bool) -> str | None:
    """The hour, or the first day, of a time; None where it has no year, or is none."""
    if "Y" not in parts:
        return None
    month = parts.get("m", parts.get("q", 1) * 3 - 2)
    try:
        day = dt.date(parts["Y"] + (ROC_YEAR_ZERO if roc else 0), month, parts.get("d", 1))
        return f"{day}T{dt.time(parts['H'])}" if "H" in parts else day.isoformat()
    except ValueError:
        return None


def texts(value: Any) -> Iterator[str]:
    """Yield all texts of JSON values, but for the keys."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from texts(one)


def _odd(part: str) -> bool:
    return part in (".", "..")


def _plain(value: str) -> str:
    if not value.strip() or len(value) > _LONGEST or not value.isprintable() or "\\" in value:
        raise SourceError(f"expected a short text without control characters to ask for, found {value[:60]!r}")
    return value


def _time(value: str, pattern: str, roc: bool) -> str:
    at = dt.datetime.fromisoformat(value)
    year = at.year - (ROC_YEAR_ZERO if roc else 0)
    signs = {
        "Y": str(year) if roc else f"{year:04d}",
        "y": f"{year % 100:02d}",
        "m": f"{at.month:02d}",
        "d": f"{at.day:02d}",
        "H": f"{at.hour:02d}",
        "q": str((at.month + 2) // 3),
        "%": "%",
    }
    return _DIRECTIVE.sub(lambda found: signs[found[1]], pattern)
