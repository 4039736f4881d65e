"""What the home page opens with: a map of the newest values, and a card for each dataset that has figures."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from markupsafe import Markup

from catalog.declaration.site import SiteDeclaration
from catalog.site.measures import Measures
from catalog.site.opening import Headline, course, headline, tile_map

MOST_CARDS = 6


class Card(NamedTuple):
    """The newest figure of a dataset."""

    slug: str
    title: str
    when: str
    headline: Headline
    picture: Markup | str


class Map(NamedTuple):
    """The newest value of each place that has a page."""

    slug: str
    title: str
    note: str
    svg: Markup


def ordered(slugs: Sequence[str], declared: SiteDeclaration) -> list[str]:
    """Return datasets in the order in which the home page shows them: first those that site.yaml names."""
    return sorted(slugs, key=lambda slug: declared.first.index(slug) if slug in declared.first else len(declared.first))


def cards(
    shown: Mapping[str, tuple[str, Measures]], places: Mapping[str, str], declared: SiteDeclaration
) -> list[Card]:
    """Return a card for each of the first datasets that measure something.

    Args:
        shown: by dataset, its title and its figures.
        places: the names of the places that have a page, by code.
        declared: in which order.
    """
    measured = [slug for slug, (_, measures) in shown.items() if measures.figures.measure and measures.figures.newest]
    found = []
    for slug in ordered(measured, declared)[:MOST_CARDS]:
        title, measures = shown[slug]
        picture = course(measures)
        when = measures.short(measures.figures.newest)
        found.append(Card(slug, title, when, headline(measures, dict(places)), picture.svg if picture else ""))
    return found


def newest_map(
    shown: Mapping[str, tuple[str, Measures]],
    places: Mapping[str, str],
    declared: SiteDeclaration,
    links: Mapping[str, str],
) -> Map | None:
    """Return the map of the first dataset that speaks of most places; None if none does.

    Args:
        shown: by dataset, its title and its figures.
        places: the names of the places that have a page, by code.
        declared: the order, and where each place stands.
        links: the address of the page of each place that has one.
    """
    tiles = declared.places.tiles if declared.places else {}
    for slug in ordered(list(shown), declared):
        title, measures = shown[slug]
        if len([code for code in tiles if code in measures.figures.counties]) > len(tiles) / 2:
            note = str(measures.words("home.map", of=measures.measure, moment=measures.moment(measures.figures.newest)))
            return Map(slug, title, note, tile_map(measures, dict(places), tiles, dict(links)))
    return None
