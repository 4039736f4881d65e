"""What pages say of declared corrections: known faults of the source that a release does not have."""

from typing import NamedTuple

from catalog.site.sources import Released
from catalog.site.views import fields
from catalog.site.words import Words


class Mended(NamedTuple):
    """A fault of the source, and what is published instead."""

    id: str
    key: list[tuple[str, str]]
    """Title and text of each part of the key, as the source writes it."""
    column: str
    found: str
    value: str
    reason: str
    reported: str
    until: str


def mended(words: Words, released: Released) -> list[Mended]:
    """Return the corrections that a release was made with, in the order of the declaration.

    Args:
        words: the language.
        released: the release with its facts.
    """
    titles = {each.name: each.title for each in fields(words, released)}
    return [
        Mended(
            id=each["id"],
            key=[(titles.get(name, name), text) for name, text in each["when"].items()],
            column=titles.get(each["field"], each["field"]),
            found=each["found"],
            value=each["value"],
            reason=words.of(each["reason"]),
            reported=each["reported"],
            until=each["until"],
        )
        for each in released.declared.get("minsheng", {}).get("corrections", ())
    ]
