"""The pages that list datasets: of each agency and each topic, and of all agencies and all topics."""

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from catalog import keys
from catalog.figures.document import Label
from catalog.release.digest import Document
from catalog.site import front, views
from catalog.site.about import About
from catalog.site.lately import Lately, day_of, lately, legend
from catalog.site.measures import Measures
from catalog.site.opening import headline
from catalog.site.pages import Entry, Planned, newest_releases, page
from catalog.site.sources import Shared
from catalog.site.words import Words, words

AGENCIES, TOPICS = "agencies/index", "topics/index"


class Subject(NamedTuple):
    """An agency or a topic, with its datasets."""

    name: str
    title: str
    says: str
    """What it is, in a sentence; empty for none."""
    slugs: list[str]


class DatasetLine(NamedTuple):
    """A dataset in a table, with its newest figure."""

    slug: str
    title: str
    summary: str
    figure: str
    at: str
    state: str
    rows: int


class Listing(NamedTuple):
    """What the pages are made of."""

    about: Mapping[str, About]
    """By dataset, in the order in which they are shown."""
    shown: Callable[[str], Document]
    """What decides all that a page shows of a dataset."""
    entry: Callable[[str], Entry]
    places: Mapping[str, Label]
    shared: Shared
    synthetic: bool = False
    """Whether any of the data is made up."""


def planned(listing: Listing) -> Iterator[Planned]:
    """Give the pages of all agencies and topics; those of all of them also where there is none."""
    about, declared = listing.about, listing.shared.declared
    titles = {slug: each.title.model_dump(by_alias=True) for slug, each in about.items()}
    for language in keys.LANGUAGES:
        for kind, index, subjects in (
            ("agency", AGENCIES, agencies(language, about)),
            ("topic", TOPICS, topics(language, about, listing.shared)),
        ):
            folder = index.split("/")[0]
            states = [[each, titles, [_state(listing, slug) for slug in each.slugs]] for each in subjects]
            make = functools.partial(_all, kind, language, index, subjects, listing)
            yield Planned(keys.site_page(index, language), [_plain(states), listing.synthetic], make)
            for each in subjects:
                homes = [[about[slug].homepage, about[slug].email] for slug in each.slugs]
                made_of = [_plain([each]), [listing.shown(slug) for slug in each.slugs], homes, list(declared.first)]
                make = functools.partial(_one, kind, language, each, listing)
                yield Planned(keys.site_page(f"{folder}/{each.name}", language), made_of, make)


def _plain(value: Any) -> Any:
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value


def _state(listing: Listing, slug: str) -> str:
    standing = listing.shown(slug).get("standing") or {}
    return str(standing.get("state", ""))


def agencies(language: str, about: Mapping[str, About]) -> list[Subject]:
    """Return the agencies in the order of their first datasets; those who keep reference tables only come last.

    Args:
        language: one of `keys.LANGUAGES`.
        about: what is said of each dataset.
    """
    ordered = sorted(about, key=lambda slug: about[slug].is_reference)
    names = dict.fromkeys(about[slug].agency for slug in ordered if about[slug].agency)
    found = []
    for name in names:
        slugs = [slug for slug in ordered if about[slug].agency == name]
        title = about[slugs[0]].agency_title.of(language)
        found.append(Subject(name, title or name, "", slugs))
    return found


def topics(language: str, about: Mapping[str, About], shared: Shared) -> list[Subject]:
    """Return the declared topics that a dataset is about.

    Args:
        language: one of `keys.LANGUAGES`.
        about: what is said of each dataset.
        shared: what the pages of all datasets share.
    """
    texts, found = words(language), []
    for name, topic in shared.declared.topics.items():
        slugs = [slug for slug, each in about.items() if each.topic == name]
        if slugs:
            title, says = (texts.of(each.model_dump(by_alias=True)) for each in (topic.title, topic.description))
            found.append(Subject(name, title, says, slugs))
    return found


def _all(kind: str, language: str, index: str, subjects: Sequence[Subject], listing: Listing) -> bytes:
    return page(
        {"agency": "agencies.html", "topic": "topics.html"}[kind],
        keys.site_page(index, language),
        words(language),
        {other: keys.site_page(index, other) for other in keys.LANGUAGES},
        section="agencies" if kind == "agency" else "data",
        address=listing.shared.address,
        synthetic=listing.synthetic,
        subjects=subjects,
        titles={slug: each.title.of(language) or slug for slug, each in listing.about.items()},
        states={slug: _state(listing, slug) for slug in listing.about},
    )


def _one(kind: str, language: str, subject: Subject, listing: Listing) -> bytes:
    entries = [listing.entry(slug) for slug in subject.slugs]
    return one(kind, language, subject, entries, listing)


def one(kind: str, language: str, subject: Subject, entries: Sequence[Entry], listing: Listing) -> bytes:
    """Return the page of an agency or of a topic.

    Args:
        kind: which of them.
        language: one of `keys.LANGUAGES`.
        subject: the agency or topic.
        entries: its datasets.
        listing: what the pages are made of.
    """
    texts, shared = words(language), listing.shared
    folder = {"agency": "agencies", "topic": "topics"}[kind]
    named = {code: label.of(language) for code, label in listing.places.items()}
    measured = {
        entry.slug: (views.title(texts, entry.newest), Measures(texts, entry.newest, entry.figures))
        for entry in entries
        if entry.newest and entry.figures
    }
    first = listing.about[subject.slugs[0]]
    return page(
        f"{kind}.html",
        keys.site_page(f"{folder}/{subject.name}", language),
        texts,
        {other: keys.site_page(f"{folder}/{subject.name}", other) for other in keys.LANGUAGES},
        section="agencies" if kind == "agency" else "data",
        address=shared.address,
        synthetic=any(entry.newest.release.facts.synthetic for entry in entries if entry.newest),
        subject=subject,
        index=keys.site_page(f"{folder}/index", language),
        homepage=first.homepage,
        email=first.email,
        cards=front.cards(measured, named, shared.declared),
        listed=[_listed(texts, entry, measured.get(entry.slug, ("", None))[1], named) for entry in entries],
        last_days=_last_days(texts, entries) if kind == "agency" else [],
        legend=legend(texts),
        news=newest_releases(texts, entries),
    )


def _last_days(texts: Words, entries: Sequence[Entry]) -> list[tuple[str, str, Lately]]:
    """The last days of each dataset, up to the newest release of any; of a reference table nothing is expected."""
    shown = [entry for entry in entries if entry.newest and entry.listed and not entry.newest.is_reference]
    last = max((day_of(texts, entry.listed[-1]) for entry in shown), default=None)
    found = [(entry, lately(texts, entry.listed, last, brief=True)) for entry in shown]
    return [(entry.slug, views.title(texts, entry.newest), each) for entry, each in found if entry.newest and each]


def _listed(texts: Words, entry: Entry, measures: Measures | None, named: dict[str, str]) -> DatasetLine:
    if entry.newest is None:
        raise ValueError(f"{entry.slug} has no release")
    figure = at = ""
    if measures and measures.figures.measure:
        parts = headline(measures, named).parts
        figure, at = (
            texts.plain("lists.dot").join(f"{value} {counted}" for value, counted in parts),
            measures.short(measures.figures.newest),
        )
    rows = entry.newest.release.rows
    summary = views.first_sentence(next(iter(views.paragraphs(texts, entry.newest)), ""))
    state = entry.standing.state if entry.standing else ""
    return DatasetLine(entry.slug, views.title(texts, entry.newest), summary, figure, at, state, rows)
