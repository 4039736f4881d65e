"""The pages of places: one for each, and one of all. A page is made again when a figure that it shows changed."""

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from catalog import keys
from catalog.figures.document import Figures, Label
from catalog.figures.place import of_place, speaks_of
from catalog.release.digest import Document
from catalog.release.document import Release
from catalog.site import places
from catalog.site.front import ordered
from catalog.site.measures import Measures
from catalog.site.pages import Entry, Planned, page, relative
from catalog.site.places import Speaking
from catalog.site.sources import Shared, Standing
from catalog.site.words import words

INDEX = "places/index"


class PlaceSource(NamedTuple):
    """What is known of a dataset without reading more."""

    newest: Release
    figures: Figures | None
    standing: Standing | None


def planned(
    sources: Mapping[str, PlaceSource], named: Mapping[str, Label], shared: Shared, entry: Callable[[str], Entry]
) -> Iterator[Planned]:
    """Give the pages of all places; that of all together also where there is none, for every page links it.

    Args:
        sources: by dataset, in the order in which they are shown.
        named: the names of the places, by code.
        shared: what the pages of all datasets share.
        entry: reads what a page shows of a dataset.
    """
    codes = set(named)
    slugs = ordered(
        [slug for slug, each in sources.items() if each.figures and speaks_of(each.figures, codes)], shared.declared
    )
    among = [_among(sources[slug], named) for slug in slugs]

    def speaking(language: str) -> list[Speaking]:
        entries = map(entry, slugs)
        return [
            _speaking(language, each, shared.declared.place_table or "")
            for each in entries
            if each.newest and each.figures
        ]

    names = {code: label.model_dump(by_alias=True) for code, label in named.items()}
    for language in keys.LANGUAGES:
        make = functools.partial(_index, language, named, shared, speaking)
        yield Planned(keys.site_page(INDEX, language), [names, among], make)
        for code in named:
            make = functools.partial(_place, language, code, named, shared, speaking)
            own = [_own(sources[slug], code) for slug in slugs]
            yield Planned(keys.site_page(f"places/{code}", language), [names, among, own], make)


def _among(source: PlaceSource, named: Mapping[str, Label]) -> Document:
    """What every page shows of a dataset: what it is, and the newest value of each place."""
    figures, facts = source.figures, source.newest.facts
    counties = figures.counties if figures else {}
    return {
        "dataset": source.newest.name,
        "facts": [facts.schema.sha256, facts.facts["declaration"].sha256, facts.synthetic],
        "newest": figures.newest if figures else None,
        "values": {code: [each.value, each.level] for code, each in counties.items() if code in named},
    }


def _own(source: PlaceSource, code: str) -> Document | None:
    """What one page shows besides."""
    figures = of_place(source.figures, code) if source.figures else None
    if figures is None:
        return None
    shown = figures.model_dump(mode="json", by_alias=True, exclude={"made_of", "n", "tables", "preview", "more"})
    return {"figures": shown, "state": source.standing.state if source.standing else None}


def _speaking(language: str, entry: Entry, table: str) -> Speaking:
    if entry.newest is None or entry.figures is None:
        raise ValueError(f"{entry.slug} has no figures")
    return Speaking(entry.slug, Measures(words(language), entry.newest, entry.figures), entry.standing, table)


def _index(
    language: str, named: Mapping[str, Label], shared: Shared, speaking: Callable[[str], list[Speaking]]
) -> bytes:
    return index(language, speaking(language), named, shared)


def _place(
    language: str, code: str, named: Mapping[str, Label], shared: Shared, speaking: Callable[[str], list[Speaking]]
) -> bytes:
    return place(language, code, speaking(language), named, shared)


def index(language: str, speaking: Sequence[Speaking], named: Mapping[str, Label], shared: Shared) -> bytes:
    """Return the page of all places: a map for each dataset that speaks of many, and a table.

    Args:
        language: one of `keys.LANGUAGES`.
        speaking: the datasets that speak of places, in that language.
        named: the names of the places, by code.
        shared: what the pages of all datasets share.
    """
    texts, key = words(language), keys.site_page(INDEX, language)
    names = places.names_in(texts, named)
    links = {code: relative(key, keys.site_page(f"places/{code}", language)) for code in names}
    tiles = shared.declared.places.tiles if shared.declared.places else {}
    return page(
        "places.html",
        key,
        texts,
        {other: keys.site_page(INDEX, other) for other in keys.LANGUAGES},
        section="places",
        address=shared.address,
        synthetic=_synthetic(speaking),
        maps=places.maps(speaking, names, tiles, links),
        compared=places.compared(speaking, names),
    )


def place(language: str, code: str, speaking: Sequence[Speaking], named: Mapping[str, Label], shared: Shared) -> bytes:
    """Return the page of a place.

    Args:
        language: one of `keys.LANGUAGES`.
        code: of the place.
        speaking: the datasets that speak of places, in that language.
        named: the names of the places, by code.
        shared: what the pages of all datasets share.
    """
    texts = words(language)
    names = places.names_in(texts, named)
    return page(
        "place.html",
        keys.site_page(f"places/{code}", language),
        texts,
        {other: keys.site_page(f"places/{code}", other) for other in keys.LANGUAGES},
        section="places",
        address=shared.address,
        synthetic=_synthetic(speaking),
        name=names[code],
        code=code,
        index=keys.site_page(INDEX, language),
        cards=places.cards(speaking, code),
        ranks=places.ranks(speaking, code, names),
        compared=places.compared(speaking, names),
        details=places.details(speaking, code),
        parts=places.parts(speaking, code),
    )


def _synthetic(speaking: Sequence[Speaking]) -> bool:
    return any(each.measures.released.release.facts.synthetic for each in speaking)
