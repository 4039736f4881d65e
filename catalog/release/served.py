"""The release that readers are given: the newest that is not withdrawn. Withdrawn ones keep their documents."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from catalog.errors import DecisionError, IntegrityError
from catalog.release import notices, publish
from catalog.release.document import Release
from catalog.release.notices import Notice, WithdrawnRelease
from catalog.store import Store


class ReleaseLine(NamedTuple):
    """The newest release of a dataset, the one that is served, and why they differ."""

    newest: Release | None
    """Withdrawn or not: the next release follows it."""
    served: Release | None
    """The newest that is not withdrawn; None also where all are."""
    notices: tuple[Notice, ...]


def line(store: Store, slug: str) -> ReleaseLine:
    """Read where a dataset stands.

    Args:
        store: any store, a mirror over https too.
        slug: the dataset.

    Raises:
        IntegrityError: a document or a notice is broken.
    """
    newest = publish.newest(store, slug)
    found = notices.read(store, slug) if newest else ()
    return ReleaseLine(newest, standing(store, newest, found), found)


def standing(store: Store, newest: Release | None, found: Sequence[Notice]) -> Release | None:
    """Return the newest release that no notice withdraws.

    Args:
        store: any store.
        newest: the newest release.
        found: all notices of the dataset.
    """
    if newest is None or not found:
        return newest
    named, release = notices.withdrawn(found, newest.name), newest
    while notices.notice_of(release, found):
        n = release.n - 1
        while n in named:
            n -= 1
        if not n:
            return None
        release = publish.load(store, newest.name, n)
    return release


def served(store: Store, slug: str) -> Release | None:
    """Read the newest release that is not withdrawn, if there is one."""
    return line(store, slug).served


class Served(NamedTuple):
    """The releases of many datasets that are served."""

    lines: dict[str, ReleaseLine]
    """By dataset, of those that have a release."""
    damaged: dict[str, str]
    """By dataset, why its newest release document cannot be read."""

    @property
    def releases(self) -> dict[str, Release]:
        """By dataset, of those that have one that is not withdrawn."""
        return {slug: each.served for slug, each in self.lines.items() if each.served}


def served_of_each(store: Store, slugs: Iterable[str]) -> Served:
    """Read where each dataset stands; a broken document is listed, and stops no other dataset."""
    results = Served({}, {})
    for slug in slugs:
        try:
            found = line(store, slug)
        except IntegrityError as error:
            results.damaged[slug] = str(error)
            continue
        if found.newest:
            results.lines[slug] = found
    return results


def named(store: Store, slug: str, n: int | None = None) -> Release:
    """Read release n, withdrawn or not; or the one that is served where none is named.

    Raises:
        DecisionError: there is none.
        WithdrawnRelease: none is named, and all are withdrawn.
        IntegrityError: its document is broken, or that of another release.
    """
    if n:
        return publish.load(store, slug, n)
    found = line(store, slug)
    if found.served:
        return found.served
    if found.newest:
        notice = notices.notice_of(found.newest, found.notices)
        if notice:
            raise WithdrawnRelease(slug, found.newest.n, notice)
    raise DecisionError(f"{slug} has no release in {store.url}; `minsheng status` lists what is there")


def whole(store: Store, slug: str, n: int | None = None) -> Release:
    """Read release n, or the one that is served, whose files are there.

    Raises:
        DecisionError: there is none.
        WithdrawnRelease: it is withdrawn.
        IntegrityError: its document is broken, or that of another release.
    """
    release = named(store, slug, n)
    found = notices.read(store, slug) if n else ()
    notice = notices.notice_of(release, found)
    if notice:
        now = standing(store, publish.newest(store, slug), found)
        raise WithdrawnRelease(slug, release.n, notice, now.n if now else None)
    return release


def base_of(store: Store, release: Release) -> Release | None:
    """Read the release that another one was made on: the one before, unless that was withdrawn then."""
    base, previous = release.facts.base, release.facts.previous
    if base is None:
        return None
    if previous and previous.n == base:
        return publish.before(store, release)
    return publish.load(store, release.name, base)
