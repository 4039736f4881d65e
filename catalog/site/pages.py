"""The pages: what they show, in a language, as bytes. Pure: the same documents give the same page."""

import functools
import posixpath
from collections.abc import Sequence
from typing import Any, NamedTuple

import jinja2

from catalog import keys
from catalog.release.digest import Document
from catalog.site import use, views
from catalog.site.sources import Released, Standing
from catalog.site.words import FOLDER, Words, seen, words

SHOWN_PARTITIONS = 12
SHOWN_RELEASES = 30
SHOWN_NEWS = 10
NEWS_OF_ONE = 3
"""How many of the newest releases of the home page may be of one dataset."""
ATTENTION = ("damaged", "held", "failing", "overdue", "never")


class Entry(NamedTuple):
    """A dataset on the home page; without `one` it was never released."""

    slug: str
    one: Released | None
    listed: Sequence[Document]
    standing: Standing | None
    workbook: bool = False
    """Whether the newest release has one."""
    old_pages: bool = False
    """Whether a dataset without `one` has pages from before it was damaged."""


class News(NamedTuple):
    """A release in the list of the newest."""

    slug: str
    title: str
    said: Document


def home(language: str, entries: Sequence[Entry], address: str | None) -> bytes:
    """Return the first page: what is here, the newest releases, what is held or overdue."""
    said = words(language)
    released = [each for each in entries if each.one]
    return _page(
        "home.html",
        keys.home_page(language),
        said,
        {other: keys.home_page(other) for other in keys.LANGUAGES},
        address=address,
        entries=entries,
        datasets=[each for each in released if each.one and not each.one.is_reference],
        references=[each for each in released if each.one and each.one.is_reference],
        attention=[each for each in entries if each.standing and each.standing.state in ATTENTION],
        news=_news(said, released),
        rows=sum(each.one.release.rows for each in released if each.one),
        agencies={views.agency(said, each.one) for each in released if each.one and not each.one.is_reference},
        synthetic=any(each.one.release.facts.synthetic for each in released if each.one),
    )


def dataset(language: str, entry: Entry, address: str | None) -> bytes:
    """Return the page of a dataset with its newest release."""
    one = _released(entry)
    return _page(
        "dataset.html",
        keys.dataset_page(entry.slug, language),
        words(language),
        {other: keys.dataset_page(entry.slug, other) for other in keys.LANGUAGES},
        address=address,
        standing=entry.standing,
        workbook=keys.workbook(entry.slug) if entry.workbook else None,
        history=list(reversed(entry.listed))[:SHOWN_RELEASES],
        snippets=use.snippets(one.release, address),
        **_of_release(words(language), one, address),
    )


def release(language: str, one: Released, address: str | None) -> bytes:
    """Return the page of one release; it says nothing that a later release could change."""
    n = one.release.n
    return _page(
        "release.html",
        keys.release_page(one.slug, n, language),
        words(language),
        {other: keys.release_page(one.slug, n, other) for other in keys.LANGUAGES},
        address=address,
        **_of_release(words(language), one, address),
    )


def _released(entry: Entry) -> Released:
    if entry.one is None:
        raise ValueError(f"{entry.slug} has no release and so no page")
    return entry.one


def _of_release(said: Words, one: Released, address: str | None) -> dict[str, Any]:
    found = one.release
    return {
        "one": one,
        "release": found,
        "slug": one.slug,
        "title": views.title(said, one),
        "synthetic": found.facts.synthetic,
        "partitions": views.partitions(found),
        "findings": views.failed(said, one),
        "left": views.left(said, one),
        "citation": use.citation(said, one, address),
    }


def _news(said: Words, released: Sequence[Entry]) -> list[News]:
    found = [
        News(each.slug, views.title(said, each.one), release)
        for each in released
        if each.one
        for release in list(each.listed)[-NEWS_OF_ONE:]
    ]
    return sorted(found, key=lambda one: (one.said["created"], one.slug, one.said["n"]), reverse=True)[:SHOWN_NEWS]


def _page(template: str, key: str, said: Words, languages: dict[str, str], **shown: Any) -> bytes:
    def to(target: str) -> str:
        # A relative address that is a key begins with no scheme, whatever a document names.
        return posixpath.relpath(keys.check_key(target), posixpath.dirname(key) or ".")

    def below(path: str) -> str:
        return to(keys.dataset(shown["slug"], path))

    body = _environment().get_template(template).render(
        t=said, to=to, below=below, key=key, languages=languages, views=views, keys=keys, unknown=use.UNKNOWN,
        limits={"partitions": SHOWN_PARTITIONS, "releases": SHOWN_RELEASES}, **shown
    )  # fmt: skip
    return body.encode()


@functools.cache
def _environment() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=seen,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters["cut"] = views.cut
    made.filters["web"] = views.web
    return made
