"""releases.json: every release of a dataset in one small file, derived from the documents; a hint, never the truth.

It spares readers and pages one request for each release. What it lacks, or a file that is broken or gone, is mended
from the documents at the next run.
"""

from typing import Any

from catalog import keys, publish
from catalog.release import Document, Release, canonical
from catalog.store import Store, put_over


def listed(public: Store, slug: str) -> list[Document]:
    """Return what releases.json says, oldest first; nothing where it is broken.

    Each release: n, version, created, as_of, kind, rows, bytes, changes (insert, update, delete), failed_checks, path
    of its document and of its changes file, relative to the dataset's folder, and sha256 of the document.
    """
    said: Any = publish.read_json(public, keys.releases(slug))
    found = said.get("releases") if isinstance(said, dict) else None
    if not isinstance(found, list) or [one.get("n") for one in found if isinstance(one, dict)] != list(
        range(1, len(found) + 1)
    ):
        return []
    return found


def update(public: Store, slug: str, newest: Release) -> list[Document]:
    """Add to releases.json what was committed since it was written, and return the list up to the newest release."""
    found = listed(public, slug)
    if len(found) > newest.n or (len(found) == newest.n and found[-1].get("sha256") != newest.sha256):
        found = []  # of another store, or tampered with
    if len(found) == newest.n:
        return found
    for n in range(len(found) + 1, newest.n + 1):
        found.append(entry(newest if n == newest.n else publish.load(public, slug, n)))
    put_over(public, keys.releases(slug), canonical({"dataset": slug, "releases": found}))
    return found


def entry(release: Release) -> Document:
    """Return what the list says of a release."""
    document, facts = release.document, release.facts
    changes = [one["path"] for one in document["resources"] if one["path"].startswith("facts/changes.")]
    return {
        "n": release.n,
        "version": document["version"],
        "created": document["created"],
        "as_of": facts["as_of"],
        "kind": facts["kind"],
        "rows": release.rows,
        "bytes": sum(size for _, size, _ in release.files()),
        "changes": facts["changes"],
        "failed_checks": facts["quality"]["failed"],
        "path": f"datapackage-{release.n}.json",
        "changes_path": changes[0] if changes else None,
        "sha256": release.sha256,
    }
