"""The words of the site in one language: its texts, and how numbers, sizes and times are written.

Every text stands in texts/<language>.yaml and nowhere else. A text holds `{name}` where a value comes in, and may be
`{one: ..., other: ...}`, chosen by the value `n`.
"""

import datetime as dt
import functools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from catalog.declaration.yaml12 import read_yaml

FOLDER = Path(__file__).parent
ZONE = ZoneInfo("Asia/Taipei")
_UNITS = ("B", "kB", "MB", "GB", "TB")
UNSEEN = re.compile(
    "["
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # control characters, which HTML forbids
    "\u202a-\u202e\u2066-\u2069"  # what turns the direction of the text around it
    "\ud800-\udfff\ufdd0-\ufdef"
    + "".join(chr(plane * 0x10000 + last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
    + "]"
)


def seen(value: Any) -> Any:
    """Return a value to be put into a page with a visible mark for each character that a page cannot hold.

    These are the characters that HTML forbids, and those that would reorder the text around them.
    """
    if not isinstance(value, str) or value.replace("\n", "").isprintable():  # Python prints none of these characters
        return value
    clean = UNSEEN.sub("\ufffd", value)
    return Markup(clean) if isinstance(value, Markup) else clean  # noqa: S704  what was escaped stays so


@dataclass(frozen=True)
class Words:
    """The texts of one language."""

    language: str
    texts: Mapping[str, str | dict[str, str]]

    def __call__(self, key: str, **values: Any) -> Markup:
        """Return a text with its values put in, all of it escaped; numbers are grouped.

        Raises:
            KeyError: there is no such text, or a value for it is missing.
        """
        text = self.texts[key]
        if isinstance(text, dict):
            text = text["one" if values["n"] == 1 else "other"]
        return escape(text).format(**{name: self._shown(value) for name, value in values.items()})

    def plain(self, key: str, **values: Any) -> str:
        """Return a text with its values put in, for what is no HTML."""
        return str(self.texts[key]).format(**values)

    def has(self, key: str) -> bool:
        """Return whether there is such a text."""
        return key in self.texts

    def under(self, *families: str) -> dict[str, str | dict[str, str]]:
        """Return the texts of families, for the browser: `explore` gives every `explore....`."""
        return {key: text for key, text in self.texts.items() if key.partition(".")[0] in families}

    def of(self, text: Any) -> str:
        """Return a text of a declaration, `{en: ..., zh-TW: ...}`, in this language; a plain text as it is."""
        if isinstance(text, Mapping):
            return str(text.get(self.language) or text.get("en") or "")
        return str(text or "")

    def number(self, value: float) -> str:
        """Return a number with groups of three digits."""
        return f"{value:,}"

    def size(self, count: int) -> str:
        """Return a count of bytes in decimal units, with three digits at most."""
        value, step = float(count), 0
        while value >= 999.5 and step < len(_UNITS) - 1:
            value, step = value / 1000, step + 1
        return f"{value:.{0 if step == 0 or value >= 99.5 else 1}f}\u00a0{_UNITS[step]}"

    def day(self, moment: str) -> str:
        """Return the day of a moment, in Taipei."""
        at = _taipei(moment)
        return str(self("time.day", year=str(at.year), month=self._month(at), day=str(at.day)))

    def time(self, moment: str) -> str:
        """Return day and time of a moment, in Taipei."""
        return str(self("time.moment", day=self.day(moment), time=f"{_taipei(moment):%H:%M}"))

    def stamp(self, moment: str) -> str:
        """Return day and time of a moment for a column of a table, in Taipei."""
        return f"{_taipei(moment):%Y-%m-%d %H:%M}"

    def listed(self, parts: Iterable[Any]) -> Markup:
        """Return parts joined as in a sentence."""
        *first, last = [escape(part) for part in parts]
        if not first:
            return last
        return self("list.last", first=self("list.between").join(first), last=last)

    def sentences(self, *parts: Any) -> Markup:
        """Return sentences one after the other, without those that are empty."""
        return self("list.space").join(escape(part) for part in parts if part)

    def _month(self, at: dt.datetime) -> str:
        return str(self(f"month.{at.month}"))

    def _shown(self, value: Any) -> Any:
        return self.number(value) if isinstance(value, int) and not isinstance(value, bool) else value


@functools.cache
def words(language: str) -> Words:
    """Return the words of a language, read once."""
    return Words(language, dict(_flat(read_yaml(FOLDER / "texts" / f"{language}.yaml"))))


def _flat(texts: Mapping[str, Any], above: str = "") -> Iterable[tuple[str, str | dict[str, str]]]:
    for name, value in texts.items():
        if isinstance(value, dict) and set(value) != {"one", "other"}:
            yield from _flat(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value


def _taipei(moment: str) -> dt.datetime:
    return dt.datetime.fromisoformat(moment).astimezone(ZONE)
