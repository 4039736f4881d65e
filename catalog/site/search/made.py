"""All files of the search: its page in each language, and the index."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import TypeAdapter, ValidationError

from catalog import keys
from catalog.figures.document import Label
from catalog.release.digest import canonical
from catalog.site.pages import Entry, page
from catalog.site.search.findable import FACETS, findable, names
from catalog.site.search.index import files, numbered
from catalog.site.search.topics import by_topic
from catalog.site.sources import Released, Shared
from catalog.site.words import words

_NUMBERS = TypeAdapter(dict[str, int])


def made(entries: Sequence[Entry], shared: Shared, places: Mapping[str, Label], before: Any) -> dict[str, bytes]:
    """Return the files of the search, by key.

    Args:
        entries: the datasets; those without a release are left out.
        shared: what the pages of all datasets share.
        places: the names of the places that have a page, by code.
        before: the numbers of the datasets as they were stored, or anything else where there are none.
    """
    released = [(entry, entry.newest) for entry in entries if entry.newest]
    found = [
        (
            findable(
                newest,
                entry.standing,
                entry.figures,
                places,
                excel=_has_excel(entry),
                score=entry.score.score if entry.score else None,
            ),
            newest,
        )
        for entry, newest in released
    ]
    datasets = [each for each, _ in found]
    numbers = numbered((each.slug for each in datasets), _stored(before))
    made_pages = {
        keys.search_page(language): search_page(language, [newest for _, newest in released], shared)
        for language in keys.LANGUAGES
    }
    index = files(datasets, numbers, names(found, shared, places))
    return made_pages | {keys.SEARCH_NUMBERS: canonical(numbers)} | index


def search_page(language: str, released: Sequence[Released], shared: Shared) -> bytes:
    """Return the page of the search; the datasets by topic stand in it, for those who have no script.

    Args:
        language: one of `keys.LANGUAGES`.
        released: the newest release of each dataset.
        shared: what the pages of all datasets share.
    """
    return page(
        "search.html",
        keys.search_page(language),
        words(language),
        {other: keys.search_page(other) for other in keys.LANGUAGES},
        script="search",
        section="search",
        address=shared.address,
        topics=by_topic(words(language), released, shared),
        facets=FACETS,
        synthetic=any(each.release.facts.synthetic for each in released),
    )


def _has_excel(entry: Entry) -> bool:
    return any(each.xlsx for each in entry.spreadsheets)


def _stored(before: Any) -> dict[str, int]:
    """The numbers that were stored; none where they are gone or broken, or two datasets have the same."""
    try:
        numbers = _NUMBERS.validate_python(before, strict=True)
    except ValidationError:
        return {}
    sound = len(set(numbers.values())) == len(numbers) and all(number >= 0 for number in numbers.values())
    return numbers if sound else {}
