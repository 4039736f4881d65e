"""catalog.json: what is here, derived from the newest releases; written once per run, only where it changed."""

from catalog import database, keys, publish, releases, workbook
from catalog.release import Document, Release, canonical
from catalog.store import Store, put_over

KEY = "catalog.json"


def write(public: Store, slugs: list[str], address: str | None = None) -> None:
    """Write the list of all declared datasets that have a release, each one's list of releases, and catalog.duckdb.

    Args:
        public: the store.
        slugs: the declared datasets.
        address: where readers reach the store over HTTP, if that is known.
    """
    newest = [one for slug in slugs if (one := publish.newest(public, slug))]
    for release in newest:
        releases.update(public, str(release.document["name"]), release)
        workbook.write(public, release)
    put_over(public, KEY, canonical({"name": "minsheng", "datasets": [_entry(one) for one in newest]}))
    database.write(public, newest, address)


def _entry(release: Release) -> Document:
    document, facts = release.document, release.facts
    return {
        "name": document["name"],
        "title": document["title"],
        "description": document["description"],
        "translations": document["translations"],
        "licenses": document["licenses"],
        "version": document["version"],
        "created": document["created"],
        "as_of": facts["as_of"],
        "release": release.n,
        "kind": facts["kind"],
        "rows": release.rows,
        "bytes": sum(size for _, size, _ in release.files()),
        "changes": facts["changes"],
        "failed_checks": facts["quality"]["failed"],
        "synthetic": facts["synthetic"],
        "path": keys.pointer(document["name"]),
        "this_release": keys.document(document["name"], release.n),
        "sha256": release.sha256,
    }
