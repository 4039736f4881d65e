"""Stage, commit, repair: the only writer of releases.

The commit is one create-only write of `datapackage-<n>.json`. Before it nothing is visible; after it everything is
repair, which any later run finishes.
"""

import contextlib
import datetime as dt
import json
import time
from collections.abc import Iterable
from typing import Any, NamedTuple

from catalog import keys
from catalog.errors import DecisionError, IntegrityError, StoreError
from catalog.release.assemble import Assembled, complete
from catalog.release.digest import Document, canonical, sha256
from catalog.release.document import Candidate, Release
from catalog.release.read import CandidateFiles
from catalog.store import Absent, Changed, Exists, Store, Unknown, put_over, put_same

COMMIT_TRIES = 3
COMMIT_PAUSE_SECONDS = 0.2
POINTER_TRIES = 20
CLOCKS_DIFFER = dt.timedelta(minutes=10)
"""How far the clocks of two machines may be apart; a run doubts one that is further from a store's."""


class Superseded(DecisionError):
    """Another release was committed since the candidate was made."""

    def __init__(self, slug: str, identity: str, n: int) -> None:
        super().__init__(
            f"{slug}: the candidate {identity[:16]} is superseded by release {n}; decide on what waits now"
        )
        self.n = n


def load(store: Store, slug: str, n: int) -> Release:
    """Read release n.

    Args:
        store: any store, a mirror over https too.
        slug: the dataset.
        n: the number of the release.

    Raises:
        DecisionError: there is none; says which is the newest.
        IntegrityError: what is stored there is not the document of this release.
    """
    return _checked(slug, n, document(store, slug, n))


def _checked(slug: str, n: int, release: Release) -> Release:
    """The release, if it is the one that was asked for."""
    if (release.name, release.n) != (slug, n):
        raise IntegrityError(
            f"{keys.document(slug, n)}: expected release {n} of {slug}, found release {release.n} of {release.name}; "
            "restore it from a mirror"
        )
    return release


def document(store: Store, slug: str, n: int) -> Release:
    """Read the document under the key of release n; whether it is of this release is not checked.

    Args:
        store: any store, a mirror over https too.
        slug: the dataset.
        n: the number of the release.

    Raises:
        DecisionError: there is none; says which is the newest.
        IntegrityError: it is no release document.
    """
    try:
        return Release.parse(store.get(keys.document(slug, n)).body, keys.document(slug, n))
    except Absent as error:
        last = newest(store, slug)
        known = f"its newest release is {last.n}" if last else "it has none yet"
        raise DecisionError(f"{slug} has no release {n}; {known}") from error


def named(store: Store, slug: str, n: int | None = None) -> Release:
    """Read release n, or the newest where none is named.

    Args:
        store: any store, a mirror over https too.
        slug: the dataset.
        n: the number of the release.

    Raises:
        DecisionError: there is none.
        IntegrityError: its document is broken, or that of another release.
    """
    release = load(store, slug, n) if n else newest(store, slug)
    if release is None:
        raise DecisionError(f"{slug} has no release in {store.url}; `minsheng status` lists what is there")
    return release


def newest(store: Store, slug: str) -> Release | None:
    """Read the newest release, if there is one.

    The pointer is a hint, then n+1 is probed until it is absent; never by listing.

    Raises:
        IntegrityError: its document is broken, or that of another release.
    """
    return newest_and_pointer(store, slug)[0]


def newest_and_pointer(store: Store, slug: str) -> tuple[Release | None, bool]:
    """Read the newest release as `newest` does, and whether the pointer is its copy."""
    pointer = _pointer(store, slug)
    hinted, release = (pointer.n if pointer else 0), None
    if hinted:
        key = keys.document(slug, hinted)
        try:
            release = _checked(slug, hinted, Release.parse(store.get(key).body, key))
        except Absent:
            hinted = 0  # it points to what is not there
        except IntegrityError:
            release = None  # if it is the newest, it is read again below, and raises
    n = _probe(store, slug, hinted)
    if release is None or n > hinted:
        release = load(store, slug, n) if n else None
    return release, bool(release and pointer and pointer.sha256 == release.sha256)


def newest_n(store: Store, slug: str) -> int:
    """Find the number of the newest release, 0 for none; its document may be broken."""
    pointer = _pointer(store, slug)
    if pointer is None or store.head(keys.document(slug, pointer.n)) is None:
        return _probe(store, slug, 0)
    return _probe(store, slug, pointer.n)


def _pointer(store: Store, slug: str) -> Release | None:
    """What the pointer says: a hint. None where there is none yet, or a broken copy, which the next run repairs."""
    with contextlib.suppress(Absent, IntegrityError):
        return Release.parse(store.get(keys.pointer(slug)).body, keys.pointer(slug))
    return None


def _probe(store: Store, slug: str, n: int) -> int:
    """The newest number, from one that is known upward."""
    while store.head(keys.document(slug, n + 1)) is not None:
        n += 1
    return n


class Newest(NamedTuple):
    """The newest releases of many datasets."""

    releases: dict[str, Release]
    """By dataset, of those that have one."""
    damaged: dict[str, str]
    """By dataset, why its newest release document cannot be read."""


def newest_of_each(store: Store, slugs: Iterable[str]) -> Newest:
    """Read the newest release of each dataset; a broken document is listed, and stops no other dataset."""
    results = Newest({}, {})
    for slug in slugs:
        try:
            release = newest(store, slug)
        except IntegrityError as error:
            results.damaged[slug] = str(error)
            continue
        if release:
            results.releases[slug] = release
    return results


def stage(private: Store, slug: str, assembled: Assembled) -> str:
    """Put a candidate, files first, into the private store; repeating it changes nothing.

    Args:
        private: where candidates lie.
        slug: the dataset.
        assembled: the candidate with its files.

    Returns:
        The candidate's id.
    """
    candidate = assembled.candidate
    for file in assembled.files:
        put_same(private, keys.candidate(slug, candidate.identity, file.path), file.body)
    put_same(private, keys.candidate(slug, candidate.identity), canonical(candidate.document))
    return candidate.identity


def staged(private: Store, slug: str, identity: str) -> Candidate:
    """Read a candidate.

    Args:
        private: where candidates lie.
        slug: the dataset.
        identity: the candidate's id.

    Raises:
        DecisionError: there is none.
        IntegrityError: its bytes are not those of its id.
    """
    try:
        body = private.get(keys.candidate(slug, identity)).body
    except Absent as error:
        raise DecisionError(
            f"{slug} has no candidate {identity[:16]}; `minsheng candidates` lists what waits"
        ) from error
    if sha256(body) != identity:
        raise IntegrityError(
            f"{slug}: the stored candidate {identity[:16]} is not what its id says; run the refresh again"
        )
    return Candidate.parse(body, keys.candidate(slug, identity))


def commit(public: Store, private: Store, slug: str, identity: str, created: str, approval: Document) -> Release:
    """Publish a staged candidate: files, read back, then the one write that makes the release.

    Args:
        public: the store that readers see.
        private: the store where the candidate lies.
        slug: the dataset.
        identity: the candidate's id.
        created: the time of the commit, ISO 8601 with offset; raised to that of the release before if a little
            earlier. One that lies further ahead than two clocks differ was dated by a wrong clock, and binds nobody.
        approval: who let it pass: `{"by": ...}`.

    Returns:
        The release; the one already committed when this candidate is a release.

    Raises:
        Superseded: the candidate does not follow the newest release.
        DecisionError: its verdict does not let it pass.
        DamagedFile: a file of the candidate is not there, or another one.
        StoreError: the store did not answer; nothing is half done, run again.
    """
    candidate = staged(private, slug, identity)
    last = newest(public, slug)
    if last and last.candidate == identity:
        return last
    _must_follow(slug, candidate, last)
    _let_pass(slug, candidate, approval)
    _put_files(public, private, candidate, last)
    # Not before the release it follows, and not before the data it holds.
    earliest = [candidate.facts.as_of, *([last.created] if last and not _misdated(last, created) else [])]
    created = max([created, *earliest], key=dt.datetime.fromisoformat)
    body = complete(candidate, last, created, approval)
    return _create(public, slug, last.n + 1 if last else 1, body, identity)


def _misdated(last: Release, now: str) -> bool:
    return dt.datetime.fromisoformat(last.created) > dt.datetime.fromisoformat(now) + CLOCKS_DIFFER


def _must_follow(slug: str, candidate: Candidate, last: Release | None) -> None:
    """Refuse a candidate that was not made on the newest release."""
    previous = candidate.facts.previous
    expected = (previous.n, previous.candidate) if previous else None
    if expected != ((last.n, last.candidate) if last else None):
        raise Superseded(slug, candidate.identity, last.n if last else 0)


def _put_files(public: Store, private: Store, candidate: Candidate, last: Release | None) -> None:
    """Publish the files that the base of a candidate lacks, and read each of them back."""
    slug, n = candidate.name, candidate.facts.base
    base = last if last is None or n is None or last.n == n else load(public, slug, n)
    published = {file.path for file in base.files()} if base else set()
    files = CandidateFiles(private, public, candidate)
    # All are read, and so whole, before the first is written.
    new = [(file, files.body(file)) for file in candidate.files() if file.path not in published]
    for file, body in new:
        put_same(public, keys.dataset(slug, file.path), body)
        if sha256(public.get(keys.dataset(slug, file.path)).body) != file.sha256:
            raise IntegrityError(f"{slug}: {file.path} does not read back as it was written; the release is not made")


def _let_pass(slug: str, candidate: Candidate, approval: Document) -> None:
    verdict, identity = candidate.facts.verdict, candidate.identity
    if verdict == "pass" or (verdict == "hold" and approval.get("candidate") == identity):
        return
    failed = ", ".join(candidate.facts.failed)
    what = "waits for a steward" if verdict == "hold" else "is blocked"
    raise DecisionError(f"{slug}: the candidate {identity[:16]} {what} ({failed}); it is not released")


def _create(public: Store, slug: str, n: int, body: bytes, identity: str) -> Release:
    """The commit. A taken key, a lost answer or a server's error all mean: read, and compare the candidate's id."""
    key = keys.document(slug, n)
    for attempt in range(COMMIT_TRIES):
        try:
            public.put_new(key, body)
            return Release.parse(body, key)
        except (Exists, Unknown):
            try:
                stored = Release.parse(public.get(key).body, key)
            except Absent:
                time.sleep(COMMIT_PAUSE_SECONDS * 2**attempt)
                continue
            if stored.candidate == identity:
                return stored
            raise Superseded(slug, identity, stored.n) from None
    raise StoreError(
        f"{slug}: the store did not confirm {key} in {COMMIT_TRIES} tries; nothing is half done, run again"
    )


def point(public: Store, release: Release, *, pointed: bool = False) -> None:
    """Write pointer and checksums, which follow from the newest release. Repeating it changes nothing.

    The pointer is computed, never carried: it only moves forward, and the newest is looked for again afterwards.

    Args:
        public: the store.
        release: the newest release.
        pointed: whether the pointer is already its copy.
    """
    slug, newer = release.name, True
    while newer:
        if not pointed:
            _forward(public, slug, release.n, public.get(keys.document(slug, release.n)).body)
        put_over(public, keys.sums(slug, release.n), sums(release))
        if pointed:
            return
        again, pointed = newest_and_pointer(public, slug)
        newer = again is not None and again.n != release.n
        release = again or release


def _forward(public: Store, slug: str, n: int, body: bytes) -> None:
    """Let the pointer be release n, unless it is a newer one already."""
    for _ in range(POINTER_TRIES):
        etag = None
        with contextlib.suppress(Absent):
            pointer = public.get(keys.pointer(slug))
            etag = pointer.etag
            if pointer.body == body:
                return
            with contextlib.suppress(IntegrityError):
                pointed = Release.parse(pointer.body, keys.pointer(slug)).n
                if pointed > n and public.head(keys.document(slug, pointed)) is not None:
                    return
        with contextlib.suppress(Changed, Unknown):
            public.put_if(keys.pointer(slug), body, etag)
            return
    raise StoreError(f"{slug}: the pointer could not be moved in {POINTER_TRIES} tries; run again")


def sums(release: Release) -> bytes:
    """Return the list for `sha256sum -c`: every file of a release and its document."""
    lines = {(file.path, file.sha256) for file in release.files()} | {(f"datapackage-{release.n}.json", release.sha256)}
    return "".join(f"{digest}  {path}\n" for path, digest in sorted(lines)).encode()


def read_json(store: Store, key: str) -> Any:
    """Read a JSON object of a store, or None if it is absent or broken (only what can be made again is read so)."""
    try:
        return json.loads(store.get(key).body)
    except (Absent, ValueError):
        return None
