"""releases.json: every release of a dataset in one small file, derived from the documents; a hint, never the truth.

It spares readers and pages one request for each release. What it lacks, or a file that is broken or gone, is mended
from the documents at the next run.
"""

import contextlib
from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from catalog import keys
from catalog.derived import noticed
from catalog.release import notices, publish
from catalog.release.announcements import Announced, announced
from catalog.release.changes import Counts
from catalog.release.digest import Document, canonical
from catalog.release.document import Release
from catalog.release.notices import Notice, WithdrawalNotice
from catalog.release.read import LostDocument
from catalog.store import Store, put_over

_FORM = ConfigDict(extra="forbid", strict=True)
_Time = Annotated[AwareDatetime, Field(strict=False)]


class _File(BaseModel):
    model_config = _FORM
    path: str
    partition: str
    rows: int
    bytes: int


class _Listed(BaseModel):
    model_config = _FORM
    n: int
    version: str
    created: _Time
    as_of: _Time
    kind: str
    rows: int
    bytes: int
    changes: dict[str, int]
    failed_checks: list[str]
    path: str
    changes_path: str | None
    sha256: str
    added: list[_File]
    removed: list[str]
    withdrawn: int | None = None


_LIST = TypeAdapter(list[_Listed])


def listed(public: Store, slug: str) -> list[Document]:
    """Return what releases.json says, oldest first; nothing where it is broken.

    Each release: n, version, created, as_of, kind, rows, bytes, changes (insert, update, delete), failed_checks, path
    of its document and of its changes file, relative to the dataset's folder, sha256 of the document; and of the
    Parquet files of its data, against the release before, `added` (path, partition, rows, bytes) and `removed` (paths).
    One that is withdrawn has `withdrawn`, the number of the notice, and no changes and no files: those that come after
    it stand against the last release before it that is not withdrawn.
    """
    stored: Any = publish.read_json(public, keys.releases(slug))
    releases: Any = stored.get("releases") if isinstance(stored, dict) else None
    with contextlib.suppress(ValidationError):
        _LIST.validate_python(releases)
        return releases if _is_line(releases) else []
    return []


def upto(public: Store, slug: str, last: Release) -> list[Document]:
    """Return the list up to a release; what releases.json lacks is read from the documents."""
    return _upto(public, slug, listed(public, slug), last, notices.read(public, slug))


def standing(releases: list[Document]) -> list[Document]:
    """Return the releases of a list that are not withdrawn."""
    return [each for each in releases if each.get("withdrawn") is None]


def to_come(public: Store, slug: str, found: Sequence[Notice]) -> list[Announced]:
    """Return the announcements that readers have before them; a list of releases that is gone hides none.

    Args:
        public: the store.
        slug: the dataset.
        found: all its notices.
    """
    if not announced(found):
        return []
    return [each for each in announced(found, standing(listed(public, slug))) if each.to_come]


def _upto(public: Store, slug: str, stored: list[Document], last: Release, found: Sequence[Notice]) -> list[Document]:
    gone = notices.withdrawn(found, slug)
    told = (each.get("withdrawn") == (gone[each["n"]].i if each["n"] in gone else None) for each in stored)
    releases = stored[: min(last.n, next((i for i, right in enumerate(told) if not right), last.n))]
    if releases and not _leads_to(public, slug, releases, last):
        releases = []  # of another store, or tampered with
    paths = {file["path"] for file in files(releases, len(releases))}
    for n in range(len(releases) + 1, last.n + 1):
        release = last if n == last.n else publish.load(public, slug, n)
        if n in gone:
            releases.append(_withdrawn(release, gone[n]))
            continue
        releases.append(entry(release, paths))
        paths = {each.path for each in release.partitions.values()}
    return releases


def _is_line(releases: list[Document]) -> bool:
    """Whether releases follow one another without a gap, and each removes only files that the one before has."""
    paths: set[str] = set()
    for n, release in enumerate(releases, 1):
        added, removed = {file["path"] for file in release["added"]}, set(release["removed"])
        if release["n"] != n or not removed <= paths or added & paths or set(release["changes"]) != set(Counts._fields):
            return False
        paths = paths - removed | added
    return True


def _leads_to(public: Store, slug: str, releases: list[Document], last: Release) -> bool:
    """Whether the newest that is listed is a release of this store: the one after names its hash."""
    n = len(releases)
    if n == last.n:
        paths = {each.path for each in last.partitions.values()}
        if releases[-1].get("withdrawn") is not None:
            paths = {file["path"] for file in files(releases, n)}
        return bool(releases[-1]["sha256"] == last.sha256 and {file["path"] for file in files(releases, n)} == paths)
    after = last if n + 1 == last.n else publish.load(public, slug, n + 1)
    return bool(after.facts.previous and releases[-1]["sha256"] == after.facts.previous.sha256)


def update(public: Store, slug: str, newest: Release, found: Sequence[Notice] = ()) -> list[Document]:
    """Add to releases.json what was committed, withdrawn or announced since it was written, and return the whole list.

    Args:
        public: the store.
        slug: the dataset.
        newest: its newest release, withdrawn or not.
        found: its notices.

    Raises:
        LostDocument: the list has a later release, whose document is not there.
    """
    stored = listed(public, slug)
    if len(stored) > newest.n and public.head(keys.document(slug, newest.n + 1)) is None:
        raise LostDocument(slug, len(stored), keys.releases(slug))
    releases = _upto(public, slug, stored, newest, found)
    told = noticed.told(found, standing(releases))
    put_over(public, keys.releases(slug), canonical({"dataset": slug, "releases": releases} | told))
    return releases


def files(releases: list[Document], n: int) -> list[Document]:
    """Return the Parquet files of release n's data, in order of path: path, partition, rows, bytes.

    Args:
        releases: as `listed` gives it, at least up to n.
        n: the release; 0 for none.
    """
    files_by_path: dict[str, Document] = {}
    for release in releases[:n]:
        files_by_path = {path: file for path, file in files_by_path.items() if path not in release["removed"]}
        files_by_path |= {file["path"]: file for file in release["added"]}
    return [files_by_path[path] for path in sorted(files_by_path)]


def _withdrawn(release: Release, notice: WithdrawalNotice) -> Document:
    """What the list says of a release that is withdrawn."""
    return entry(release, set()) | {
        "changes": Counts()._asdict(),
        "changes_path": None,
        "added": [],
        "removed": [],
        "withdrawn": notice.i,
    }


def entry(release: Release, before: set[str]) -> Document:
    """Return what the list says of a release.

    Args:
        release: the release.
        before: paths of the Parquet files of the release before it.
    """
    facts, changes = release.facts, release.resource("changes")
    data = {each.path: each for each in release.partitions.values()}
    return {
        "n": release.n,
        "version": release.version,
        "created": release.created,
        "as_of": facts.as_of,
        "kind": facts.kind,
        "rows": release.rows,
        "bytes": release.total_bytes,
        "changes": facts.changes._asdict(),
        "failed_checks": list(facts.failed),
        "path": f"datapackage-{release.n}.json",
        "changes_path": changes.path if changes else None,
        "sha256": release.sha256,
        "added": [
            {
                "path": path,
                "partition": data[path].partition,
                "rows": data[path].rows,
                "bytes": data[path].bytes,
            }
            for path in sorted(set(data) - before)
        ],
        "removed": sorted(before - set(data)),
    }
