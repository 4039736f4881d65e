"""The ledger of the site: what each page was made of, so that only what changed is made again.

It is derived like the pages: without it all pages are made again.
"""

import functools
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from catalog import keys
from catalog.reasons import sentences as reasons
from catalog.release import publish
from catalog.release.digest import canonical, sha256
from catalog.site.about import About
from catalog.site.sources import Shared
from catalog.site.words import FOLDER
from catalog.store import Store, put_over
from catalog.store.sure import UNSEEN

_NOT_RUN = "browser"
"""The sources of the bundles: what of them runs is in built/."""


class _Page(BaseModel):
    of: str
    """Digest of what it was made of."""
    etag: str


class _Together(BaseModel):
    """Files that are made together."""

    of: str
    """Digest of what they were made of."""
    keys: list[str]


class _LedgerDocument(BaseModel):
    made_by: str
    """Digest of templates, texts and code, and of what all pages share."""
    pages: dict[str, _Page] = {}
    together: dict[str, _Together] = {}
    releases: dict[str, int] = {}
    """Up to which release of a dataset the pages are written."""
    about: dict[str, About] = {}
    """What the declaration of each dataset says."""
    histories: dict[str, int] = {}
    """How many of the numbered pages of a dataset's history are written."""
    notices: dict[str, int] = {}
    """How many withdrawals of a dataset its pages know, where there are any."""
    announced: dict[str, dict[str, str]] = {}
    """What became of each announcement of a dataset, by its number, as the pages of its releases tell it."""


class Ledger:
    """What the pages in the store were made of; one that is gone, broken or of other templates is as an empty one."""

    def __init__(self, public: Store, shared: Shared) -> None:
        self.public = public
        empty = _LedgerDocument(made_by=_made_by(shared))
        try:
            stored = _LedgerDocument.model_validate(publish.read_json(public, keys.SITE_LEDGER), strict=True)
        except ValidationError:
            stored = empty
        self._lost = stored.made_by != empty.made_by or not stored.pages
        self._document = empty if self._lost else stored

    def etag_of_unlisted(self, slug: str, newest: int) -> str | None:
        """Return the etag of a page that is not listed: None, for there is no page; UNSEEN if the ledger is no help."""
        return UNSEEN if self._lost or self._document.releases.get(slug, 0) > newest else None

    def written_up_to(self, slug: str, newest: int) -> int:
        """Return up to which release the pages of a dataset are written; 0 if that is more than there are."""
        n = self._document.releases.get(slug, 0)
        return n if n <= newest else 0

    def set_written_up_to(self, slug: str, n: int) -> None:
        """Note that the pages of a dataset are written up to a release."""
        self._document.releases[slug] = n

    def forget_unless_noticed(self, slug: str, count: int) -> None:
        """Let the numbered pages of a dataset be written again if they know another number of its withdrawals."""
        if self._document.notices.get(slug, 0) != count:
            self._document.releases.pop(slug, None)
            self._document.histories.pop(slug, None)
            self._document.notices[slug] = count

    def forget_from(self, slug: str, n: int) -> None:
        """Let the pages of a release and of all later ones be written again."""
        if self._document.releases.get(slug, 0) >= n:
            self._document.releases[slug] = n - 1

    def announced(self, slug: str) -> dict[str, str]:
        """Return what the pages of releases tell of each announcement, by its number."""
        return self._document.announced.get(slug, {})

    def set_announced(self, slug: str, told: dict[str, str]) -> None:
        """Note what the pages of releases tell of announcements."""
        self._document.announced[slug] = told

    def about(self, slug: str) -> About | None:
        """Return what the declaration of a dataset said when it was last read."""
        return self._document.about.get(slug)

    def set_about(self, slug: str, said: About) -> None:
        """Note what the declaration of a dataset says."""
        self._document.about[slug] = said

    def history_written(self, slug: str, newest: int) -> int:
        """Return how many numbered pages of a history are written; 0 if the ledger knows releases that are no more."""
        return self._document.histories.get(slug, 0) if self._document.releases.get(slug, 0) <= newest else 0

    def set_history_written(self, slug: str, count: int) -> None:
        """Note how many numbered pages of a history are written."""
        self._document.histories[slug] = count

    def keep(self, key: str, made_of: Any, make: Callable[[], bytes]) -> None:
        """Write a page, unless it is stored and was made of the same.

        Args:
            key: of the page.
            made_of: what decides all that the page shows, as JSON values.
            make: gives the page.
        """
        digest, page = sha256(canonical(made_of)), self._document.pages.get(key)
        if page and page.of == digest and self._is_whole(key):
            return
        seen = page.etag if page else UNSEEN  # if another one is stored, it is read
        self._document.pages[key] = _Page(of=digest, etag=put_over(self.public, key, make(), seen))

    def keep_together(self, name: str, made_of: Any, make: Callable[[], Mapping[str, bytes]]) -> None:
        """Write files that are made together, each only where its bytes changed.

        Args:
            name: of all of them.
            made_of: what decides all that they hold, as JSON values; while it is the same, none is made again.
            make: gives the files, by key.
        """
        digest, known = sha256(canonical(made_of)), self._document.together.get(name)
        if known and known.of == digest and all(map(self._is_whole, known.keys)):
            return
        files = make()
        for key, body in files.items():
            self.keep(key, sha256(body), functools.partial(bytes, body))
        self._document.together[name] = _Together(of=digest, keys=list(files))

    def _is_whole(self, key: str) -> bool:
        """Whether a file is stored as it was written."""
        page, head = self._document.pages.get(key), self.public.head(key)
        return page is not None and head is not None and head.etag == page.etag

    def close(self) -> None:
        """Write the ledger; of pages that could not be made it says what it said before."""
        put_over(self.public, keys.SITE_LEDGER, canonical(self._document.model_dump()))


def _made_by(shared: Shared) -> str:
    declared = shared.declared.model_dump(mode="json", by_alias=True)
    return sha256(canonical([shared.address, declared, *_ours()]))


@functools.cache
def _ours() -> tuple[str, ...]:
    """Digests of the templates, texts and code that this process runs by."""
    ours = (path for folder in (FOLDER, reasons.FOLDER) for path in folder.rglob("*"))
    files = sorted(path for path in ours if path.is_file() and path.suffix != ".pyc" and _NOT_RUN not in path.parts)
    return tuple(f"{path.name} {sha256(path.read_bytes())}" for path in files)
