"""What is derived of all datasets together, once per run, where it changed: lists, spreadsheets, database, site."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from catalog import keys, site
from catalog.declaration.site import SiteDeclaration
from catalog.derived import database, figures, profile, releases_json, score, spreadsheets
from catalog.errors import DecisionError, IntegrityError, MinshengError
from catalog.reasons.sentences import sentence
from catalog.reasons.values import Fault
from catalog.release import publish
from catalog.release.digest import Document, canonical
from catalog.release.document import Release
from catalog.site.sources import Standing, standings
from catalog.store import Store, put_over
from catalog.store.remembered import Session

KEY = "catalog.json"
_NOTHING = SiteDeclaration()
DAMAGED = sentence(Fault(of="integrity"))
"""What everyone reads of a damaged dataset; `minsheng status` and `verify` tell a steward which file it is, and why."""


def write(
    public: Store,
    slugs: list[str],
    address: str | None = None,
    now: dt.datetime | None = None,
    declared: SiteDeclaration = _NOTHING,
) -> None:
    """Write the lists of all declared datasets that have a release, and all that is derived of each.

    Args:
        public: the store.
        slugs: every declared dataset.
        address: where readers reach the store over HTTP, if known.
        now: the moment, to tell what is overdue; None with simulated sources, whose present is in the status files.
        declared: what the pages of all datasets share.

    A dataset whose newest release document is broken is listed as damaged, as it was listed last; its pages stay.

    Raises:
        MinshengError: something of a dataset could not be made; all else is written.
    """
    public = Session(public)
    newest, damaged = publish.newest_of_each(public, slugs)
    lists = _lists(public, newest, damaged)
    whole = {slug: newest[slug] for slug in lists}
    _write_catalog(public, slugs, whole, set(damaged))
    faults: list[MinshengError] = []
    _attempt(faults, database.write, public, list(whole.values()), address)
    each = _Derived(public, whole, declared, standings(public, slugs, now), faults)
    histories = {slug: each.dataset(slug, lists[slug]) for slug in whole}
    site.write(public, slugs, histories, site.Shared(declared, address, now), set(damaged))
    if faults:
        raise faults[0]


def _lists(public: Store, newest: Mapping[str, Release], damaged: dict[str, str]) -> dict[str, list[Document]]:
    """The releases of each dataset; one whose list cannot be made is added to the damaged ones."""
    lists: dict[str, list[Document]] = {}
    for slug, release in newest.items():
        try:
            lists[slug] = releases_json.update(public, slug, release)
        except (IntegrityError, DecisionError) as error:  # made anew, and an older document is broken or gone
            damaged[slug] = str(error)
    return lists


class _Derived(NamedTuple):
    """What is made of each dataset by itself; all but the score reads rows."""

    public: Store
    whole: dict[str, Release]
    declared: SiteDeclaration
    standings: dict[str, Standing]
    faults: list[MinshengError]

    def dataset(self, slug: str, listed: list[Document]) -> site.DatasetReleases:
        """Write a dataset's spreadsheets, figures, profile and score."""
        public, release, faults = self.public, self.whole[slug], self.faults
        books: spreadsheets.Written | None = _attempt(faults, spreadsheets.write, public, release, listed)
        faults.extend(books.faults if books else ())
        return site.DatasetReleases(
            release,
            listed,
            spreadsheets=books.files if books else (),
            figures=_attempt(faults, figures.write, public, self.whole, slug, self.declared.place_table),
            profile=_attempt(faults, profile.write, public, release, listed),
            score=_attempt(faults, score.update, public, release, listed, self.standings.get(slug)),
        )


def _attempt(faults: list[MinshengError], make: Callable[..., Any], *given: Any) -> Any:
    """Make something, or keep the error and give None, so that all else is written."""
    try:
        return make(*given)
    except MinshengError as error:
        faults.append(error)
        return None


def _write_catalog(public: Store, slugs: list[str], whole: dict[str, Release], damaged: set[str]) -> None:
    before = publish.read_json(public, KEY) if damaged else None
    listed = before.get("datasets") if isinstance(before, dict) else None
    last = {each.get("name"): each for each in listed if isinstance(each, dict)} if isinstance(listed, list) else {}
    entries = []
    for slug in slugs:
        if slug in damaged:
            entries.append(last.get(slug, {"name": slug}) | {"damaged": DAMAGED})
        elif slug in whole:
            entries.append(_entry(whole[slug]))
    put_over(public, KEY, canonical({"name": "minsheng", "datasets": entries}))


def _entry(release: Release) -> Document:
    facts = release.facts
    return release.about() | {
        "version": release.version,
        "created": release.created,
        "as_of": facts.as_of,
        "release": release.n,
        "kind": facts.kind,
        "rows": release.rows,
        "bytes": release.total_bytes,
        "changes": facts.changes._asdict(),
        "failed_checks": list(facts.failed),
        "synthetic": facts.synthetic,
        "path": keys.pointer(release.name),
        "this_release": keys.document(release.name, release.n),
        "sha256": release.sha256,
    }
