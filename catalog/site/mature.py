"""What pages say of how far the agency has looked at its figures, and in which release that changed."""

from typing import NamedTuple

from markupsafe import Markup

from catalog.release.maturity import UNSAID
from catalog.site.sources import Released
from catalog.site.words import Words


class Mature(NamedTuple):
    """How mature the rows of a release are."""

    word: Markup
    """In a word, or how many rows are of which."""
    says: Markup
    """What that means, and since when it is so."""
    changed: list[Markup]
    """What this release changed of it."""


def mature(words: Words, released: Released) -> Mature | None:
    """Return what a release says of its maturity; None where its agency says nothing.

    Args:
        words: the language.
        released: the release with its facts.
    """
    block = released.release.document["minsheng"]
    said = block.get("maturity") if isinstance(block, dict) else None
    if not said:
        return None
    since = words("maturity.since", n=said["since"])
    if "word" in said:
        word = said["word"]
        return Mature(words(f"maturity.word.{word}"), words.sentences(words(f"maturity.means.{word}"), since), [])
    rows: dict[str, int] = said["rows"]
    counted = [words("maturity.rows", n=count, word=words(f"maturity.word.{word}")) for word, count in rows.items()]
    means = [words(f"maturity.means.{word}") for word in rows if word != UNSAID]
    changed = [
        words(
            "maturity.changed",
            n=each["rows"],
            before=words(f"maturity.word.{each['from']}"),
            after=words(f"maturity.word.{each['to']}"),
        )
        for each in said["changed"]
    ]
    return Mature(
        words.listed(counted) if counted else words("maturity.word.unsaid"), words.sentences(*means, since), changed
    )
