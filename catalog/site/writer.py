"""Writes the pages into the public store, but only those that changed.

A ledger keeps a digest of what each page was made of. A night without news reads the ledger and the status of each
dataset, and checks that its pages are still those that were written. This costs the same however long the history is.
The ledger is derived like the pages: without it all pages are made again.
"""

import functools
import itertools
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from catalog import keys
from catalog.declaration.references import plain_references
from catalog.errors import IntegrityError, MinshengError
from catalog.figures.document import Figures, Label
from catalog.profile.document import Profile
from catalog.reasons.values import Fault
from catalog.release import publish
from catalog.release.announcements import Announced, newest_then
from catalog.release.digest import Document, canonical, sha256
from catalog.release.document import Release
from catalog.release.read import DamagedFile
from catalog.score.scores import Score
from catalog.site import (
    announced,
    assets,
    changed,
    changes_pages,
    guide_pages,
    list_pages,
    pages,
    place_pages,
    withdrawn_pages,
)
from catalog.site.about import About, about, made_of
from catalog.site.downloads import Spreadsheet
from catalog.site.guide_pages import Guide
from catalog.site.ledger import Ledger
from catalog.site.list_pages import Listing
from catalog.site.named import Named, NamesOfCodes
from catalog.site.pages import Entry
from catalog.site.place_pages import PlaceSource
from catalog.site.search.made import made
from catalog.site.sources import Reader, Released, Shared, Standing, standings
from catalog.site.withdrawn import WithdrawnOf
from catalog.store import Store, put_over

_ALONE = Shared()


class DatasetReleases(NamedTuple):
    """The newest release of a dataset that is not withdrawn, and all such as releases.json lists them, oldest first."""

    newest: Release
    listed: Sequence[Document]
    spreadsheets: Sequence[Spreadsheet] = ()
    """Of the periods of the newest release, as far as they could be made."""
    figures: Figures | None = None
    """Of the newest release."""
    profile: Profile | None = None
    """Of the newest release."""
    score: Score | None = None
    """None where it could not be made."""
    announced: Sequence[Announced] = ()
    """The breaking changes that were announced, oldest first."""


def write(
    public: Store,
    slugs: Sequence[str],
    releases: Mapping[str, DatasetReleases],
    shared: Shared = _ALONE,
    damaged: Iterable[str] = (),
    withdrawn: Mapping[str, WithdrawnOf] | None = None,
) -> None:
    """Write the home page, a page for each dataset and one for each release, where what they show changed.

    Args:
        public: the store.
        slugs: every declared dataset, in the order in which they are shown.
        releases: by dataset, the releases of those that have one.
        shared: what the pages of all datasets share.
        damaged: datasets whose newest release cannot be read; the home page says so, their own pages stay.
        withdrawn: by dataset, what is withdrawn of it. Where all is, each of its pages says so.

    Raises:
        MinshengError: the pages of a dataset could not be made, and stay as they were; those of the others are written
            all the same, and the home page says that this one is damaged.
    """
    site = _Site(public, releases, standings(public, slugs, shared.now) | _damaged(damaged), shared, withdrawn or {})
    site.assets()
    errors = {slug: error for slug in {**releases, **site.withdrawn} if (error := _try_dataset(site, slug))}
    while True:
        site.standings |= _damaged(errors)
        site.releases = {slug: each for slug, each in releases.items() if slug not in errors}
        try:
            site.home(slugs)
            site.changes(slugs)
            site.others(slugs)
            site.search(slugs)
        except DamagedFile as damaged_file:  # of a dataset whose own pages are as they were
            errors[damaged_file.dataset] = damaged_file
            continue
        break
    site.ledger.close()
    for error in errors.values():
        raise error


def _damaged(slugs: Iterable[str]) -> dict[str, Standing]:
    """How datasets stand whose newest release cannot be read: what is found in its place is not for everyone."""
    return {slug: Standing(slug, "damaged", "", (Fault(of="integrity"),), ()) for slug in slugs}


def _try_dataset(site: "_Site", slug: str) -> MinshengError | None:
    """Write the pages of a dataset; return the error that stopped it, so that other datasets go on."""
    try:
        site.dataset(slug)
    except MinshengError as error:
        return error
    except Exception as error:
        logging.getLogger(__name__).exception("a fault of the software with the pages of %s", slug)
        return IntegrityError(f"{slug}: its pages could not be made, please report it: {type(error).__name__}: {error}")
    return None


class _Site:
    def __init__(
        self,
        public: Store,
        releases: Mapping[str, DatasetReleases],
        standings: Mapping[str, Standing],
        shared: Shared,
        withdrawn: Mapping[str, WithdrawnOf],
    ) -> None:
        self.withdrawn = withdrawn
        self.public, self.releases, self.shared, self.address = public, releases, shared, shared.address
        self.standings = dict(standings)
        self.reader, self.names = Reader(public), NamesOfCodes(public)
        self.ledger = Ledger(public, shared)

    def assets(self) -> None:
        for asset in assets.all_assets():
            self.ledger.keep(asset.key, None, functools.partial(bytes, asset.body))

    def dataset(self, slug: str) -> None:
        """The page of a dataset, and of each release that has none yet."""
        self._withdrawn(slug)
        if slug not in self.releases:
            return
        for language in keys.LANGUAGES:
            make = functools.partial(self._dataset_page, language, slug)
            self.ledger.keep(keys.dataset_page(slug, language), self._shown(slug), make)
            make = functools.partial(self._quality_page, language, slug)
            self.ledger.keep(keys.quality_page(slug, language), self._shown(slug), make)
            explored = {"release": self.releases[slug].newest.sha256}
            make = functools.partial(self._explore_page, language, slug)
            self.ledger.keep(keys.explore_page(slug, language), explored, make)
        self._badges(slug)
        self._announced(slug)
        newest = self.releases[slug].newest
        seen = self.ledger.etag_of_unlisted(slug, newest.n)
        for n in range(self.ledger.written_up_to(slug, newest.n) + 1, newest.n + 1):
            if slug in self.withdrawn and n in self.withdrawn[slug].by_release:
                continue
            released = self._released(slug, n)
            told = changed.read(self.public, released), self.names.of(released)
            on_page = announced.of_page(self.releases[slug].announced, self.releases[slug].listed, n)
            for language in keys.LANGUAGES:
                page = changes_pages.release(language, released, *told, self.shared, on_page)
                put_over(self.public, keys.release_page(slug, n, language), page, seen)
            self.ledger.set_written_up_to(slug, n)
        self._history(slug)

    def _announced(self, slug: str) -> None:
        """Let pages of releases be written again that would tell something else of an announcement."""
        of, known = self.releases[slug], self.ledger.announced(slug)
        became = {str(each.notice.i): sha256(canonical(each.document)) for each in of.announced}
        for each in of.announced:
            if known.get(str(each.notice.i)) != became[str(each.notice.i)]:
                self.ledger.forget_from(slug, newest_then(each.notice, of.listed))
        if became != known:
            self.ledger.set_announced(slug, became)

    def _withdrawn(self, slug: str) -> None:
        """The pages in place of withdrawn releases; where all are, in place of every page of the dataset."""
        gone = self.withdrawn.get(slug)
        self.ledger.forget_unless_noticed(slug, len(gone.notices) if gone else 0)
        if gone is None:
            return
        for n in gone.by_release:
            release = functools.cache(functools.partial(publish.load, self.public, slug, n))
            for language in keys.LANGUAGES:
                make = functools.partial(self._withdrawn_page, language, release, gone)
                self.ledger.keep(keys.release_page(slug, n, language), gone.made_of(n), make)
        if slug in self.releases:
            return
        for key in (keys.dataset_page, keys.quality_page, keys.explore_page, keys.compare_page, keys.history_page):
            targets = {language: key(slug, language) for language in keys.LANGUAGES}
            for language, target in targets.items():
                make = functools.partial(withdrawn_pages.instead, language, targets, gone, self.address)
                self.ledger.keep(target, gone.made_of(0), make)

    def _withdrawn_page(self, language: str, release: Callable[[], Release], gone: WithdrawnOf) -> bytes:
        return withdrawn_pages.release(language, release(), gone, self.address)

    def _history(self, slug: str) -> None:
        """The page of all changes of a dataset, and those of its older releases that are full and not written yet."""
        listed, gone = self.releases[slug].listed, self.withdrawn.get(slug)
        for language in keys.LANGUAGES:
            make = functools.partial(self._history_page, language, slug)
            told = [gone.made_of(0)] if gone else []
            self.ledger.keep(keys.history_page(slug, language), [self.releases[slug].newest.sha256, *told], make)
            make = functools.partial(self._compare_page, language, slug)
            self.ledger.keep(keys.compare_page(slug, language), self.releases[slug].newest.sha256, make)
        count = len(gone.listed) if gone else len(listed)
        seen = self.ledger.etag_of_unlisted(slug, count)
        for part in changes_pages.full_parts(count)[self.ledger.history_written(slug, count) :]:
            last = max(each["n"] for each in listed if each["n"] <= part.last or each is listed[0])
            entry = Entry(slug, self._released(slug, last), listed, None, withdrawn=gone)
            for language in keys.LANGUAGES:
                page = changes_pages.history_part(language, entry, part, self.address)
                put_over(self.public, keys.history_page(slug, language, part.number), page, seen)
            self.ledger.set_history_written(slug, part.number)

    def home(self, slugs: Sequence[str]) -> None:
        shown = [slug for slug in slugs if slug in self.releases or slug in self.standings]
        for language in keys.LANGUAGES:
            make = functools.partial(self._home_page, language, shown)
            self.ledger.keep(keys.home_page(language), [self._shown(slug) for slug in shown], make)

    def changes(self, slugs: Sequence[str]) -> None:
        """The page of the newest changes of all datasets."""
        shown = [slug for slug in slugs if slug in self.releases]
        made_of = [[slug, self.releases[slug].newest.sha256] for slug in shown]
        for language in keys.LANGUAGES:
            make = functools.partial(self._changes_page, language, shown)
            self.ledger.keep(keys.changes_page(language), made_of, make)

    def _released(self, slug: str, n: int) -> Released:
        newest = self.releases[slug].newest
        return self.reader.with_left(newest if n == newest.n else publish.load(self.public, slug, n))

    def _history_page(self, language: str, slug: str) -> bytes:
        return changes_pages.history(language, self._entry(slug), self.address)

    def _compare_page(self, language: str, slug: str) -> bytes:
        entry = self._entry(slug)
        named = self.names.of(entry.newest) if entry.newest else Named({}, {})
        return changes_pages.compare(language, entry, named, self.address)

    def _changes_page(self, language: str, shown: Sequence[str]) -> bytes:
        return changes_pages.news(language, [self._entry(slug) for slug in shown], self.address)

    def others(self, slugs: Sequence[str]) -> None:
        """The pages that are of no dataset: of places, agencies and topics, and those that explain."""
        shown = [slug for slug in slugs if slug in self.releases]
        said = {slug: self._about(slug) for slug in shown}
        sources = {
            slug: PlaceSource(self.releases[slug].newest, self.releases[slug].figures, self.standings.get(slug))
            for slug in shown
        }
        newest = {slug: (self.releases[slug].newest, tuple(self.releases[slug].spreadsheets)) for slug in shown}
        places, guide = self._places(), Guide(said, newest, self.shared)
        for planned in itertools.chain(
            place_pages.planned(sources, places, self.shared, self._entry),
            list_pages.planned(Listing(said, self._shown, self._entry, places, self.shared, guide.synthetic)),
            guide_pages.planned(guide),
        ):
            self.ledger.keep(*planned)

    def _about(self, slug: str) -> About:
        """What the declaration of a dataset says, as the ledger has it, else read."""
        newest = self.releases[slug].newest
        known = self.ledger.about(slug)
        if known is None or known.made_of != made_of(newest):
            known = about(self.reader.released(newest))
            self.ledger.set_about(slug, known)
        return known

    def search(self, slugs: Sequence[str]) -> None:
        """The page of the search and its index, made of all datasets together."""
        shown = [slug for slug in slugs if slug in self.releases or slug in self.standings]
        made_of = [self._shown(slug) for slug in shown]
        self.ledger.keep_together("search", made_of, functools.partial(self._search_files, shown))

    def _search_files(self, shown: Sequence[str]) -> dict[str, bytes]:
        numbers = publish.read_json(self.public, keys.SEARCH_NUMBERS)
        return made([self._entry(slug) for slug in shown], self.shared, self._places(), numbers)

    def _dataset_page(self, language: str, slug: str) -> bytes:
        return pages.dataset(language, self._entry(slug), self.shared, self._places())

    def _places(self) -> dict[str, Label]:
        """The names of the places that have a page, in their order, as the figures of their table give them."""
        declared = self.shared.declared.places
        table = self.releases.get(declared.dataset) if declared else None
        named = {item.key: item.label for item in table.figures.items} if table and table.figures else {}
        return {code: named[code] for code in declared.tiles if code in named} if declared else {}

    def _quality_page(self, language: str, slug: str) -> bytes:
        entry = self._entry(slug)
        return pages.quality_of(
            language, entry._replace(newest=self.reader.with_left(self.releases[slug].newest)), self.address
        )

    def _badges(self, slug: str) -> None:
        score = self.releases[slug].score
        if score is None:
            return
        for language in keys.LANGUAGES:
            make = functools.partial(pages.badge, language, score)
            self.ledger.keep(keys.badge(slug, language), score.score, make)

    def _explore_page(self, language: str, slug: str) -> bytes:
        entry = self._entry(slug)
        return pages.explore(language, entry, self._references(self.releases[slug].newest), self.address)

    def _references(self, release: Release) -> dict[str, Released]:
        """The tables that a release refers to, as they were when it was made: its page follows no later one."""
        block = self.reader.released(release).declared.get("minsheng", {})
        named = {each.dataset for each in plain_references(block)}  # what it is derived from may be no one's to see
        return {
            each.dataset: self.reader.released(publish.load(self.public, each.dataset, each.n))
            for each in release.facts.inputs
            if each.dataset in named
        }

    def _home_page(self, language: str, shown: Sequence[str]) -> bytes:
        return pages.home(language, [self._entry(slug) for slug in shown], self.shared, self._places())

    def _entry(self, slug: str) -> Entry:
        releases, standing, old = self.releases.get(slug), self.standings.get(slug), self._has_old_pages(slug)
        if releases is None:
            gone = self.withdrawn.get(slug)
            return Entry(slug, None, (), standing, old_pages=old or gone is not None, withdrawn=gone)
        newest, listed = self.reader.released(releases.newest), releases.listed
        files, figures, profile = releases.spreadsheets, releases.figures, releases.profile
        gone = self.withdrawn.get(slug)
        score, told = releases.score, releases.announced
        return Entry(slug, newest, listed, standing, files, old, figures, profile, score, gone, told)

    def _has_old_pages(self, slug: str) -> bool:
        """Whether there are pages of a damaged dataset, from before."""
        standing = self.standings.get(slug)
        damaged = standing is not None and standing.state == "damaged"
        return damaged and self.public.head(keys.dataset_page(slug, keys.LANGUAGES[0])) is not None

    def _shown(self, slug: str) -> Document:
        """What decides all that a page shows of a dataset: releases are a chain, each names the one before."""
        releases, standing = self.releases.get(slug), self.standings.get(slug)
        return {
            "dataset": slug,
            "release": releases.newest.sha256 if releases else None,
            "spreadsheets": [each.document for each in releases.spreadsheets] if releases else [],
            "figures": releases.figures.made_of if releases and releases.figures else None,
            "profile": releases.profile.made_of if releases and releases.profile else None,
            "score": releases.score.seal if releases and releases.score else None,
            "standing": standing.document if standing else None,
            **({"announced": announced.made_of(releases.announced)} if releases and releases.announced else {}),
            **({"notices": self.withdrawn[slug].made_of(0)["notices"]} if slug in self.withdrawn else {}),
        }
