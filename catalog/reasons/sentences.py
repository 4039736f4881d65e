"""The sentences of reasons in two languages: the only place where a reason becomes text.

Every text stands in texts/<language>.yaml. A text holds `{name}` where a field comes in; `<kind>.<variant>` is chosen
by the value. Numbers are grouped (1,234), shares are written with two decimals (57.85%).
"""

import functools
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from catalog import keys
from catalog.declaration.yaml12 import read_yaml
from catalog.errors import IntegrityError
from catalog.reasons.base import Value
from catalog.reasons.values import Reason

LANGUAGES = keys.LANGUAGES
FOLDER = Path(__file__).parent / "texts"
_ID_SHOWN = keys.SHA_SHORT


def sentence(reason: Reason, language: str = "en") -> str:
    """Return a reason as one sentence, without a full stop: with the fields for stewards, if it has them.

    Args:
        reason: a value; give its `public()` where everyone reads the sentence.
        language: one of catalog.LANGUAGES.
    """
    return _said(reason, texts(language), "{:,}".format)


def sentences(reasons: Iterable[Reason], language: str = "en") -> str:
    """Return reasons in one line."""
    return texts(language)["join.reasons"].join(sentence(reason, language) for reason in reasons)


def in_both(reason: Reason) -> str:
    """Return a reason for a page without a language: in English with all details, then in Chinese without them."""
    return f"{sentence(reason)}\n{sentence(reason.public(), 'zh-TW')}"


def published(measure: Value) -> str:
    """Return what a guard observed or expected as the `quality` fact holds it: English, numbers without groups.

    Everyone reads it once it is released, so it has no text of an agency. It is part of a candidate's id: its words
    never change; a test holds each of them.
    """
    return _said(measure.public(), texts("en"), str)


@functools.cache
def texts(language: str) -> Mapping[str, str]:
    """Return the texts of a language by key, read once.

    Raises:
        IntegrityError: there are none in it.
    """
    if language not in LANGUAGES:
        raise IntegrityError(f"expected one of the languages {', '.join(LANGUAGES)}, found {language!r}")
    return dict(_flat(read_yaml(FOLDER / f"{language}.yaml")))


def _flat(texts: Mapping[str, Any], above: str = "") -> Iterable[tuple[str, str]]:
    for name, value in texts.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value


def _said(value: Value, words: Mapping[str, str], number: Callable[[int], str]) -> str:
    key = f"{value.kind}.{value.variant}" if value.variant else value.kind
    slots = value.slots
    return words[key].format(**{name: _shown(name, each, words, number) for name, each in slots.items()})


def _shown(name: str, value: Any, words: Mapping[str, str], number: Callable[[int], str]) -> str:
    """One field as text: by its type, and a word of a closed list by its word in this language."""
    if isinstance(value, Value):
        return _said(value, words, number)
    if isinstance(value, tuple):
        if not value:
            return words.get(f"empty.{name}", "")
        join = words.get(f"join.{name}", words["join.list"])
        return join.join(
            _quoted(each, words) if name == "values" else _shown(name, each, words, number) for each in value
        )
    if isinstance(value, float):
        return f"{value:.2%}"
    if isinstance(value, int):
        return number(value)
    if name == "candidate":
        return str(value)[:_ID_SHOWN]
    return words.get(f"word.{name}.{value}", "" if value is None else str(value))


def _quoted(text: str, words: Mapping[str, str]) -> str:
    """A text from outside in quotation marks, its control characters visible."""
    return words["quote"].format(text=repr(text)[1:-1])
