"""What is derived of all datasets together, once per run, where it changed: lists, workbooks, database, site."""

import datetime as dt

from catalog import keys, site
from catalog.derived import database, releases_json, workbook
from catalog.errors import MinshengError
from catalog.release import publish
from catalog.release.digest import Document, canonical
from catalog.release.document import Release
from catalog.store import Store, put_over

KEY = "catalog.json"


def write(public: Store, slugs: list[str], address: str | None = None, now: dt.datetime | None = None) -> None:
    """Write the lists of all declared datasets that have a release, their workbooks, catalog.duckdb, and the site.

    Args:
        public: the store.
        slugs: every declared dataset.
        address: where readers reach the store over HTTP, if that is known.
        now: the moment, to tell what is overdue; None with simulated sources, whose present is in the status files.

    Raises:
        MinshengError: a workbook or the pages of a dataset could not be made; all else is written.
    """
    newest = {slug: one for slug in slugs if (one := publish.newest(public, slug))}
    lists = {slug: releases_json.update(public, slug, one) for slug, one in newest.items()}
    put_over(public, KEY, canonical({"name": "minsheng", "datasets": [_entry(one) for one in newest.values()]}))
    database.write(public, list(newest.values()), address)
    books, faults = set(), list[MinshengError]()
    for slug, one in newest.items():  # a workbook alone of all this reads rows; a fault there stops no other dataset
        try:
            if workbook.write(public, one):
                books.add(slug)
        except MinshengError as error:
            faults.append(error)
    histories = {slug: site.History(one, lists[slug], slug in books) for slug, one in newest.items()}
    site.write(public, slugs, histories, address, now)
    if faults:
        raise faults[0]


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
