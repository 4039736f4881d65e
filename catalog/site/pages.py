"""The pages: what they show, in a language, as bytes. Pure: the same documents give the same page."""

import functools
import posixpath
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import jinja2

from catalog import keys
from catalog.figures.document import Figures, Label
from catalog.profile.document import Profile
from catalog.release.announcements import Announced
from catalog.release.digest import Document
from catalog.score.scores import Score
from catalog.site import announced, assets, front, grades, guards, lately, quality, use, views
from catalog.site import downloads as take
from catalog.site.about import about
from catalog.site.column_table import column_table
from catalog.site.coverage import coverage
from catalog.site.downloads import Spreadsheet
from catalog.site.explore import explore_data
from catalog.site.mature import mature
from catalog.site.measures import Measures
from catalog.site.mended import mended
from catalog.site.opening import opening
from catalog.site.report import letter
from catalog.site.sources import Released, Shared, Standing
from catalog.site.withdrawn import WithdrawnOf, told
from catalog.site.words import FOLDER, Words, seen, words

SHOWN_PARTITIONS = 12
SHOWN_RELEASES = 10
SHOWN_NEWS = 10
NEWS_OF_ONE = 3
"""How many of the newest releases of the home page may be of one dataset."""
MOST_OPEN = 12
"""Datasets that the home page lists openly; more are folded by topic."""
ATTENTION = ("damaged", "withdrawn", "held", "failing", "overdue", "never")


class Entry(NamedTuple):
    """A dataset on the home page; without `newest` it has no release that can be read."""

    slug: str
    newest: Released | None
    listed: Sequence[Document]
    """Its releases that are not withdrawn, oldest first."""
    standing: Standing | None
    spreadsheets: Sequence[Spreadsheet] = ()
    """Of the periods of the newest release, as far as they could be made."""
    old_pages: bool = False
    """Whether a damaged dataset has pages from before it was damaged."""
    figures: Figures | None = None
    """The newest figures, where they could be reckoned."""
    profile: Profile | None = None
    """How the values of its columns lie and which periods have data, where that could be counted."""
    score: Score | None = None
    """How good it is, where that could be judged."""
    withdrawn: WithdrawnOf | None = None
    """What of it is withdrawn."""
    announced: Sequence[Announced] = ()
    """The breaking changes that were announced, oldest first."""

    @property
    def past(self) -> Sequence[Document]:
        """All its releases, the withdrawn ones too: release n is the n-th."""
        return self.withdrawn.listed if self.withdrawn else self.listed


class Planned(NamedTuple):
    """A page that is to be in the store."""

    key: str
    made_of: Any
    """What decides all that it shows, as JSON values."""
    make: Callable[[], bytes]


class News(NamedTuple):
    """A release in the list of the newest."""

    slug: str
    title: str
    release: Document
    """As releases.json lists it."""


def home(language: str, entries: Sequence[Entry], shared: Shared, places: Mapping[str, Label]) -> bytes:
    """Return the first page: newest figures, which datasets there are, the newest releases, what is held or overdue.

    Args:
        language: one of `keys.LANGUAGES`.
        entries: the datasets, in the order in which they are shown.
        shared: what the pages of all datasets share.
        places: the names of the places that have a page, by code.
    """
    texts = words(language)
    released = [(entry, entry.newest) for entry in entries if entry.newest]
    datasets = [entry for entry, newest in released if not newest.is_reference]
    measured = {
        entry.slug: (views.title(texts, newest), Measures(texts, newest, entry.figures))
        for entry, newest in released
        if entry.figures
    }
    named = {code: label.of(language) for code, label in places.items()}
    links = {code: keys.site_page(f"places/{code}", language) for code in named}
    return page(
        "home.html",
        keys.home_page(language),
        texts,
        {other: keys.home_page(other) for other in keys.LANGUAGES},
        section="data",
        address=shared.address,
        entries=entries,
        datasets=datasets,
        by_topic=_by_topic(texts, datasets, shared) if len(datasets) > MOST_OPEN else [],
        references=[entry for entry, newest in released if newest.is_reference],
        attention=[entry for entry in entries if entry.standing and entry.standing.state in ATTENTION],
        cards=front.cards(measured, named, shared.declared),
        map=front.newest_map(measured, named, shared.declared, links),
        places=named,
        topics=_topics(texts, [newest for _, newest in released], shared),
        news=newest_releases(texts, [entry for entry, _ in released]),
        rows=sum(newest.release.rows for _, newest in released),
        agencies={views.agency(texts, newest) for _, newest in released if not newest.is_reference},
        synthetic=any(newest.release.facts.synthetic for _, newest in released),
    )


def dataset(language: str, entry: Entry, shared: Shared, places: Mapping[str, Label]) -> bytes:
    """Return the page of a dataset with its newest release.

    Args:
        language: one of `keys.LANGUAGES`.
        entry: the dataset; it must have a newest release.
        shared: what the pages of all datasets share.
        places: the names of the places that have a page, by code.
    """
    released, texts, address = _newest(entry), words(language), shared.address
    measures = Measures(texts, released, entry.figures) if entry.figures else None
    named = {code: measures.name(label) for code, label in places.items()} if measures else {}
    return page(
        "dataset.html",
        keys.dataset_page(entry.slug, language),
        texts,
        {other: keys.dataset_page(entry.slug, other) for other in keys.LANGUAGES},
        section="data",
        address=address,
        measures=measures,
        figures=entry.figures,
        places=named,
        opening=opening(measures, named, shared.declared) if measures else None,
        columns=column_table(texts, released, entry.profile),
        covered=coverage(texts, released, entry.profile.coverage) if entry.profile and entry.profile.coverage else None,
        standing=entry.standing,
        announced=announced.shown(texts, entry.announced),
        withdrawn=[told(texts, each) for each in reversed(entry.withdrawn.notices)] if entry.withdrawn else [],
        downloads=take.downloads(released.release, entry.spreadsheets),
        history=list(reversed(entry.listed))[:SHOWN_RELEASES],
        score=entry.score,
        asked=quality.questions(words(language), released, entry.standing),
        snippets=use.snippets(released.release, address),
        helper="copy",
        mail=letter(texts, shared.declared.contact, entry.slug, views.title(texts, released), released.release.n),
        **_belongs(language, released, shared),
        **of_release(texts, released, address),
    )


def quality_of(language: str, entry: Entry, address: str | None) -> bytes:
    """Return the page of a dataset's quality: every check of its newest release with its result, and the score.

    Args:
        language: one of `keys.LANGUAGES`.
        entry: the dataset; it must have a newest release.
        address: as for `home`.
    """
    released, texts, score = _newest(entry), words(language), entry.score
    titles = {each.name: each.title for each in views.fields(texts, released)}
    return page(
        "quality.html",
        keys.quality_page(entry.slug, language),
        texts,
        {other: keys.quality_page(entry.slug, other) for other in keys.LANGUAGES},
        address=address,
        section="data",
        asked=quality.questions(texts, released, entry.standing),
        score=score,
        heads=grades.heads(texts, score, titles) if score else [],
        advice=grades.advice(texts, score, titles) if score else [],
        last_days=lately.lately(texts, entry.listed),
        legend=lately.legend(texts),
        past=grades.history(texts, score) if score else [],
        bars=grades.bars(score) if score else [],
        **of_release(texts, released, address),
    )


def badge(language: str, score: Score) -> bytes:
    """Return the picture of a score, for any page.

    Args:
        language: one of `keys.LANGUAGES`.
        score: of the dataset.
    """
    shown = grades.badge(words(language), score)
    return _environment().get_template("badge.svg").render(shown._asdict()).strip().encode()


def explore(language: str, entry: Entry, references: Mapping[str, Released], address: str | None) -> bytes:
    """Return the page on which a reader filters, groups and takes away the rows of any release of a dataset.

    Args:
        language: one of `keys.LANGUAGES`.
        entry: the dataset; it must have a newest release.
        references: the tables that it refers to, by dataset.
        address: where readers reach the store, without a slash at the end; None if that is not known.
    """
    released, texts = _newest(entry), words(language)
    return page(
        "explore.html",
        keys.explore_page(entry.slug, language),
        texts,
        {other: keys.explore_page(entry.slug, other) for other in keys.LANGUAGES},
        script="explore",
        address=address,
        chart=assets.script("chart").key,
        shown=explore_data(texts, released, entry.listed, references),
        **of_release(texts, released, address),
    )


def menu(language: str) -> dict[str, str]:
    """Return the pages that every page links at its head: their keys, by the name of the section of the site."""
    return {
        "data": keys.home_page(language),
        "places": keys.site_page("places/index", language),
        "agencies": keys.site_page("agencies/index", language),
        "changes": keys.changes_page(language),
        "search": keys.search_page(language),
    }


def guides(language: str) -> dict[str, str]:
    """Return the pages that every page links at its foot: their keys, by name."""
    names = {"use": "use", "licence": "licence", "for_agencies": "for-agencies", "about": "about", "contact": "contact"}
    return {name: keys.site_page(path, language) for name, path in names.items()}


def _topics(texts: Words, released: Sequence[Released], shared: Shared) -> dict[str, str]:
    """The titles of the topics that a dataset is about, by name."""
    about = {each.declared.get("minsheng", {}).get("topic") for each in released}
    declared = shared.declared.topics
    return {name: texts.of(each.title.model_dump(by_alias=True)) for name, each in declared.items() if name in about}


def _by_topic(texts: Words, datasets: Sequence[Entry], shared: Shared) -> list[tuple[str, list[Entry]]]:
    """Datasets below the titles of their topics, in the order of site.yaml; last those of no declared topic."""
    titles = {name: texts.of(each.title.model_dump(by_alias=True)) for name, each in shared.declared.topics.items()}
    found: dict[str, list[Entry]] = {title: [] for title in [*titles.values(), texts.plain("search.others")]}
    for entry in datasets:
        topic = about(_newest(entry)).topic
        found[titles.get(topic, texts.plain("search.others"))].append(entry)
    return [(title, some) for title, some in found.items() if some]


def _newest(entry: Entry) -> Released:
    if entry.newest is None:
        raise ValueError(f"{entry.slug} has no release and so no page")
    return entry.newest


def of_release(texts: Words, released: Released, address: str | None) -> dict[str, Any]:
    """Return the values of a template that shows a release."""
    release = released.release
    return {
        "released": released,
        "release": release,
        "slug": released.slug,
        "title": views.title(texts, released),
        "synthetic": release.facts.synthetic,
        "partitions": views.partitions(release),
        "checks": quality.checks(texts, released),
        "guards": guards.guards(texts, released),
        "mended": mended(texts, released),
        "mature": mature(texts, released),
        "left_by_rule": quality.left_by_rule(texts, released),
        "left_rows": quality.left_out(texts, released, released.left),
        "citation": use.citation(texts, released, address),
    }


def _belongs(language: str, released: Released, shared: Shared) -> dict[str, Any]:
    """The pages of the agency and of the topic of a dataset."""
    said, texts = about(released), words(language)
    topic = shared.declared.topics.get(said.topic)
    title = texts.of(topic.title.model_dump(by_alias=True)) if topic else ""
    return {
        "agency_page": keys.site_page(f"agencies/{said.agency}", language) if said.agency else None,
        "topic": (title, keys.site_page(f"topics/{said.topic}", language)) if topic else None,
    }


def newest_releases(texts: Words, released: Sequence[Entry]) -> list[News]:
    """Return the newest releases of some datasets, newest first."""
    news = [
        News(entry.slug, views.title(texts, entry.newest), release)
        for entry in released
        if entry.newest
        for release in list(entry.listed)[-NEWS_OF_ONE:]
    ]
    newest_first = sorted(news, key=lambda item: (item.release["created"], item.slug, item.release["n"]), reverse=True)
    return newest_first[:SHOWN_NEWS]


def page(
    template: str,
    key: str,
    texts: Words,
    languages: dict[str, str],
    *,
    script: str | None = None,
    helper: str | None = None,
    **shown: Any,
) -> bytes:
    """Return a page.

    Args:
        template: its file.
        key: of the page.
        texts: the words of its language.
        languages: by language, the key of the same page.
        script: the entry point of its script; None for a page without one.
        helper: the entry point of a script without which nothing is missing, and that also runs off a disk.
        shown: what the template shows.
    """
    to = functools.partial(relative, key)

    def below(path: str) -> str:
        return to(keys.dataset(shown["slug"], path))

    names = {language: words(language)("site.name") for language in languages}
    body = _environment().get_template(template).render(
        t=texts, to=to, below=below, key=key, languages=languages, views=views, keys=keys, take=take,
        unknown=use.UNKNOWN, menu=menu(texts.language), guides=guides(texts.language), names=names,
        helper=assets.script(helper).key if helper else None,
        theme=assets.script("theme").key, style=assets.style().key, other_style=assets.other_style().key,
        sheet=_key(assets.sheet(script)) if script else None, script=assets.script(script).key if script else None,
        limits={"partitions": SHOWN_PARTITIONS, "releases": SHOWN_RELEASES}, **shown
    )  # fmt: skip
    return body.encode()


def _key(asset: assets.Asset | None) -> str | None:
    return asset.key if asset else None


def relative(key: str, target: str) -> str:
    """Return the address of an object as it is seen from a page.

    A relative address that is a key begins with no scheme, whatever a document names.

    Args:
        key: of the page.
        target: the key of the object.
    """
    return posixpath.relpath(keys.check_key(target), posixpath.dirname(key) or ".")


@functools.cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=seen,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["data_json"] = assets.data_json
    environment.filters["cut"] = views.cut
    environment.filters["web"] = views.web
    return environment
