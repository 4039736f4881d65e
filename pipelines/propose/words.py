"""Words of agencies: what a column may be called in ours, what it may mean in English, which unit it may have.

`words.csv` and `units.csv` hold them. What comes from them is a guess, and the proposal says so.
"""

import csv
import functools
import re
from collections.abc import Collection
from importlib.resources import files
from typing import NamedTuple

from catalog.declaration.names import fold_name

_IN_BRACKETS = re.compile(r"[(（\[【〔]([^()（）\[\]【】〔〕]*)[)）\]】〕]")
_MOST = 60
"""Characters of a name that is made of others."""


class Word(NamedTuple):
    """What a word of an agency may mean."""

    name: str
    title: str
    unit: str | None
    whole: bool = True
    """Whether all of the word is known."""


@functools.cache
def _table(name: str) -> list[dict[str, str]]:
    text = files(__package__).joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@functools.cache
def _words() -> dict[str, Word]:
    return {fold_name(row["word"]): Word(row["name"], row["title"], row["unit"] or None) for row in _table("words.csv")}


@functools.cache
def _units() -> dict[str, str]:
    return {row["written"]: row["unit"] for row in _table("units.csv")}


def unit_written(text: str) -> str | None:
    """Return the UCUM unit of one that an agency writes, or None."""
    text = text.strip().strip("()（）[]").removeprefix("單位").lstrip(":： ").strip()
    return _units().get(text)


def unit_in(heard: str) -> str | None:
    """Return the unit that stands in brackets in the name of a column, or None."""
    found = (unit_written(text) for text in reversed(_IN_BRACKETS.findall(heard)))
    return next((unit for unit in found if unit), None)


def known(heard: str) -> Word | None:
    """Return what the name of a column may mean, or None if no part of it is known."""
    bare = fold_name(_IN_BRACKETS.sub("", heard))
    word = _words().get(fold_name(heard)) or _words().get(bare)
    if word:
        return word._replace(unit=unit_in(heard) or word.unit)
    if not re.search("[\u3400-\u9fff]", bare):
        last = _words().get(re.split(r"[\W_]+", heard.strip().lower())[-1])
        return Word("", "", last.unit, whole=False) if last and last.unit else None
    parts, rest = _cut(re.sub(r"[\W_]", "", bare))
    if not parts:
        return None
    name = "_".join(dict.fromkeys(part.name for part in parts))
    unit = unit_in(heard) or (parts[-1].unit if not rest else None)
    return Word(name[:_MOST].rstrip("_"), " ".join(dict.fromkeys(part.title for part in parts)), unit, not rest)


def _cut(text: str) -> tuple[list[Word], str]:
    """The words of a text, the longest first from the left, and what is no word that is known."""
    words, rest = [], ""
    while text:
        length = next((n for n in range(len(text), 0, -1) if text[:n] in _words()), 0)
        if length:
            words.append(_words()[text[:length]])
        else:
            rest, length = rest + text[0], 1
        text = text[length:]
    return words, rest


def name_for(heard: str, at: int, taken: Collection[str]) -> str:
    """Return a name for a field: of the words that are known, else of the column's own letters, else its place.

    Args:
        heard: the column's name in the agency's records.
        at: its place, from 1.
        taken: names that other fields have.
    """
    word = known(heard)
    name = (word.name if word and word.whole else _spelled(heard)) or f"column_{at}"
    number = 1
    found = name
    while found in taken:
        number += 1
        found = f"{name}_{number}"
    return found


def _spelled(heard: str) -> str:
    """The ASCII letters of a name as one of ours: `SiteName` is site_name, `NO2.avg` is avg."""
    # Of `WeatherElement.AirTemperature` the last part is the name; of `PM2.5` there are no parts.
    nested = re.fullmatch(r"(?:[^/.]+/)+@?(\w[^/]*)|(?:[A-Za-z@][\w@]*\.)+([A-Za-z@]\w*)", heard.strip())
    last = (nested[1] or nested[2]) if nested else heard
    text = _IN_BRACKETS.sub("", last) or last
    if re.search("[\u3400-\u9fff]", text):
        return ""
    text = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", text)
    text = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", text)
    text = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
    if text[:1].isdigit():
        text = f"column_{text}"
    return text[:_MOST].rstrip("_")


def title_for(heard: str, at: int) -> str:
    """Return an English title for a column, and its own words where nothing is known."""
    word = known(heard)
    if word and word.whole:
        return word.title[:1].upper() + word.title[1:]
    if re.search("[\u3400-\u9fff]", heard):
        return f"Column {at}"
    text = re.sub(r"[_@/]+", " ", re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", heard)).strip()
    return (text[:1].upper() + text[1:]) or f"Column {at}"
