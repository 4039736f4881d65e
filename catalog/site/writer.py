"""Writes the pages into the public store: those of which something changed, and no others.

A ledger keeps a digest of what each page was made of. A night without news reads the ledger, the status of each
dataset, and whether its pages are still those that were written; how long the history is does not matter. The ledger is
derived like the pages: without it all are made again.
"""

import datetime as dt
import functools
import logging
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from pydantic import BaseModel, ValidationError

from catalog import keys
from catalog.errors import IntegrityError, MinshengError
from catalog.reasons import sentences as reasons
from catalog.reasons.values import Recorded
from catalog.release import publish
from catalog.release.digest import Document, canonical, sha256
from catalog.release.document import Release
from catalog.site import pages
from catalog.site.pages import Entry
from catalog.site.sources import Reader, Standing, standings
from catalog.site.words import FOLDER
from catalog.store import Store, put_over
from catalog.store.sure import UNSEEN

_ASSETS = {keys.STYLE: "style.css", keys.ICON: "icon.svg"}


class History(NamedTuple):
    """The newest release of a dataset, and all of them as releases.json lists them, oldest first."""

    newest: Release
    listed: Sequence[Document]
    workbook: bool = False
    """Whether there is one of the newest release."""


def write(
    public: Store,
    slugs: Sequence[str],
    histories: Mapping[str, History],
    address: str | None = None,
    now: dt.datetime | None = None,
    damaged: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Write the home page, a page for each dataset and one for each release, where what they show changed.

    Args:
        public: the store.
        slugs: every declared dataset, in the order in which they are shown.
        histories: of those that have a release.
        address: where readers reach the store, without a slash at the end; None if that is not known.
        now: the moment, to tell what is overdue; None is the newest moment at which any dataset was looked at, which is
            the present of simulated sources.
        damaged: by dataset, why its newest release cannot be read; the home page says so, its own pages stay.

    Raises:
        MinshengError: the pages of a dataset could not be made; those of the others are written all the same, and the
            home page stays as it was.
    """
    standing = standings(public, slugs, now)
    standing |= {
        slug: Standing(slug, "damaged", "", (Recorded(sentence=reason),), ()) for slug, reason in damaged.items()
    }
    site = _Site(public, histories, standing, address)
    faults: list[MinshengError] = []
    site.assets()
    for slug in histories:
        try:
            site.dataset(slug)
        except MinshengError as error:
            faults.append(error)
        except Exception as error:
            logging.getLogger(__name__).exception("a fault of the software with the pages of %s", slug)
            said = f"{slug}: its pages could not be made, please report it: {type(error).__name__}: {error}"
            faults.append(IntegrityError(said))
    if not faults:
        site.home(slugs)
    site.ledger.close()
    if faults:
        raise faults[0]


class _Site:
    def __init__(
        self, public: Store, histories: Mapping[str, History], stand: Mapping[str, Standing], address: str | None
    ) -> None:
        self.public, self.histories, self.standings, self.address = public, histories, stand, address
        self.reader = Reader(public)
        self.ledger = _Ledger(public, address)

    def assets(self) -> None:
        for key, name in _ASSETS.items():
            self.ledger.keep(key, None, (FOLDER / name).read_bytes)

    def dataset(self, slug: str) -> None:
        """The page of a dataset, and of each release that has none yet."""
        for language in keys.LANGUAGES:
            make = functools.partial(self._dataset_page, language, slug)
            self.ledger.keep(keys.dataset_page(slug, language), self._shown(slug), make)
        newest = self.histories[slug].newest
        unlisted = self.ledger.unlisted(slug, newest.n)
        for n in range(self.ledger.told(slug, newest.n) + 1, newest.n + 1):
            one = self.reader.released(newest if n == newest.n else publish.load(self.public, slug, n))
            for language in keys.LANGUAGES:
                page = pages.release(language, one, self.address)
                put_over(self.public, keys.release_page(slug, n, language), page, unlisted)
            self.ledger.tell(slug, n)

    def home(self, slugs: Sequence[str]) -> None:
        shown = [slug for slug in slugs if slug in self.histories or slug in self.standings]
        for language in keys.LANGUAGES:
            make = functools.partial(self._home_page, language, shown)
            self.ledger.keep(keys.home_page(language), [self._shown(slug) for slug in shown], make)

    def _dataset_page(self, language: str, slug: str) -> bytes:
        return pages.dataset(language, self._entry(slug), self.address)

    def _home_page(self, language: str, shown: Sequence[str]) -> bytes:
        return pages.home(language, [self._entry(slug) for slug in shown], self.address)

    def _entry(self, slug: str) -> Entry:
        history = self.histories.get(slug)
        one = self.reader.released(history.newest) if history else None
        workbook = bool(history and history.workbook)
        listed = history.listed if history else ()
        return Entry(slug, one, listed, self.standings.get(slug), workbook, self._has_old_pages(slug))

    def _has_old_pages(self, slug: str) -> bool:
        """Whether there are pages of a damaged dataset, from before."""
        standing = self.standings.get(slug)
        damaged = standing is not None and standing.state == "damaged"
        return damaged and self.public.head(keys.dataset_page(slug, keys.LANGUAGES[0])) is not None

    def _shown(self, slug: str) -> Document:
        """All that a page shows of a dataset follows from this: releases are a chain, each names the one before."""
        history, standing = self.histories.get(slug), self.standings.get(slug)
        return {
            "dataset": slug,
            "release": history.newest.sha256 if history else None,
            "workbook": bool(history and history.workbook),
            "standing": standing.document if standing else None,
        }


class _Page(BaseModel):
    of: str
    """Digest of what it was made of."""
    etag: str


class _Said(BaseModel):
    made_by: str
    """Digest of templates, texts and code, and of the address."""
    pages: dict[str, _Page] = {}
    releases: dict[str, int] = {}
    """Up to which release of a dataset the pages are written."""


class _Ledger:
    """What the pages in the store were made of; a ledger that is gone, broken or of other templates says nothing."""

    def __init__(self, public: Store, address: str | None) -> None:
        self.public = public
        fresh = _Said(made_by=_made_by(address))
        try:
            said = _Said.model_validate(publish.read_json(public, keys.SITE_LEDGER), strict=True)
        except ValidationError:
            said = fresh
        self._lost = said.made_by != fresh.made_by or not said.pages
        self._said = fresh if self._lost else said

    def unlisted(self, slug: str, newest: int) -> str | None:
        """Return what lies where a page is to be that is not listed: nothing; unknown where the ledger is no help."""
        return UNSEEN if self._lost or self._said.releases.get(slug, 0) > newest else None

    def told(self, slug: str, newest: int) -> int:
        """Return up to which release the pages of a dataset are written; 0 if the ledger knows more than there is."""
        known = self._said.releases.get(slug, 0)
        return known if known <= newest else 0

    def tell(self, slug: str, n: int) -> None:
        """Say that the pages of a dataset are written up to a release."""
        self._said.releases[slug] = n

    def keep(self, key: str, of: Any, make: Callable[[], bytes]) -> None:
        """Write a page, unless it lies there and was made of the same."""
        made_of, known = sha256(canonical(of)), self._said.pages.get(key)
        if known and known.of == made_of:
            head = self.public.head(key)
            if head and head.etag == known.etag:
                return
        seen = known.etag if known else UNSEEN  # if another one lies there, it is read
        self._said.pages[key] = _Page(of=made_of, etag=put_over(self.public, key, make(), seen))

    def close(self) -> None:
        """Write the ledger; what could not be made this time is as it was."""
        put_over(self.public, keys.SITE_LEDGER, canonical(self._said.model_dump()))


def _made_by(address: str | None) -> str:
    return sha256(canonical([address, *_ours()]))


@functools.cache
def _ours() -> tuple[str, ...]:
    """Digests of the templates, texts and code that this process runs by."""
    ours = (path for folder in (FOLDER, reasons.FOLDER) for path in folder.rglob("*"))
    files = sorted(path for path in ours if path.is_file() and path.suffix != ".pyc")
    return tuple(f"{path.name} {sha256(path.read_bytes())}" for path in files)
