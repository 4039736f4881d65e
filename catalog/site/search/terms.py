"""Text -> the terms by which it is found.

The browser makes the same terms of a query: catalog/site/browser/search/terms.ts is this module in TypeScript, and
tests/catalog/site/search/terms.json holds cases that both are tested by. The tables below go to the browser in the
head of the index.
"""

import functools
import re
import unicodedata
from collections.abc import Iterator

VARIANTS = "臺台汙污汚污週周佔占裏裡羣群峯峰恆恒綫線鷄雞牀床滙匯衆眾爲為啓啟着著"
"""Pairs: a way to write a character, and the one that stands for it. Texts of agencies use both for one word."""
_STOP = "a an and are as at by for from in is it its of on or that the this to was were which with"
STOP_WORDS = _STOP.split()
"""Words of English that say nothing of a text."""

_HAN = "\u3005\u3007\u3040-\u30ff\u3100-\u312f\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
_LETTERS = "0-9a-z\u00df-\u00f6\u00f8-\u024f\u0370-\u03ff\u0400-\u04ff"
_RUN = re.compile(f"[{_HAN}]+|[{_LETTERS}]+(?:(?<=[0-9])[._](?=[0-9])[{_LETTERS}]+)*")
_IS_HAN = re.compile(f"[{_HAN}]")
_VOWEL = re.compile("[aeiouy]")
_FOLDED = str.maketrans({ord(a): b for a, b in zip(VARIANTS[::2], VARIANTS[1::2], strict=True)})


def fold(text: str) -> str:
    """Return a text in the form in which texts are compared: NFKC, small letters, one way to write a character."""
    return unicodedata.normalize("NFKC", text).lower().translate(_FOLDED)


@functools.lru_cache(maxsize=200_000)
def terms(text: str) -> frozenset[str]:
    """Return the terms of a text: of Chinese each two neighbours and each character alone, of the rest each word.

    A point or underscore between two digits joins: 2.5, 2_5 and 25 are one word. Every other sign parts.
    """
    return frozenset(_terms(fold(text)))


def runs(text: str) -> Iterator[str]:
    """Yield the words of a text as they are written, folded; of Chinese what stands between other signs."""
    for run in _RUN.findall(fold(text)):
        if run not in STOP_WORDS:
            yield run if _IS_HAN.match(run) else re.sub("[._]", "", run)


def _terms(folded: str) -> Iterator[str]:
    for run in _RUN.findall(folded):
        if _IS_HAN.match(run):
            yield from run
            yield from (run[at : at + 2] for at in range(len(run) - 1))
        elif run not in STOP_WORDS:
            yield stem(re.sub("[._]", "", run))


def stem(word: str) -> str:
    """Return an English word without its plural, -ing, -ed and last e; any other word as it is."""
    if len(word) < 4 or not re.fullmatch("[a-z]+", word):
        return word
    word = _without_ending(_singular(word))
    return word[:-1] if len(word) > 3 and word.endswith("e") else word


def _singular(word: str) -> str:
    if word.endswith("ies"):
        return f"{word[:-3]}y" if len(word) > 4 else word
    if re.search("(?:s|x|z|ch|sh)es$", word):
        return word[:-2]
    return word[:-1] if re.search("[^sui]s$", word) else word


def _without_ending(word: str) -> str:
    rest = re.sub("(?:ing|ed)$", "", word)
    if rest == word or len(rest) < 3 or not _VOWEL.search(rest):
        return word
    return rest[:-1] if re.search(r"([^aeioulsz])\1$", rest) else rest


def shard(term: str, count: int) -> int:
    """Return in which of some shards a term stands: its FNV-1a hash of 32 bits over UTF-8."""
    value = 0x811C9DC5
    for byte in term.encode():
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value % count
