"""Stage and commit: the only writer of releases.

The commit is one create-only write of `datapackage-<n>.json`. Before it nothing is visible; after it everything is
repair, which any later run finishes.
"""

import contextlib
import datetime as dt
import json
import time
from typing import Any

from catalog import keys
from catalog.errors import DecisionError, IntegrityError, StoreError
from catalog.release import leaving, notices
from catalog.release.assemble import Assembled, complete, same_candidate
from catalog.release.digest import Document, canonical, sha256
from catalog.release.document import Candidate, FileReference, Release
from catalog.release.read import AlteredDocument, CandidateFiles, LostDocument, ReleaseFiles, way_on
from catalog.store import Absent, Exists, Store, Unknown, put_over, put_same

COMMIT_TRIES = 3
COMMIT_PAUSE_SECONDS = 0.2
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
            f"{way_on(slug)}"
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


def newest(store: Store, slug: str) -> Release | None:
    """Read the newest release, if there is one.

    The pointer is a hint, then n+1 is probed until it is absent; never by listing.

    Raises:
        IntegrityError: its document is broken, or that of another release.
        LostDocument: the pointer is a copy of a later one, which is not there.
    """
    release, pointer = newest_and_pointer(store, slug)
    n = release.n if release else 0
    if pointer and pointer.n > n:
        raise LostDocument(slug, pointer.n, keys.pointer(slug))
    return release


def newest_and_pointer(store: Store, slug: str) -> tuple[Release | None, Release | None]:
    """Read the newest release whose document is there, and the pointer; one that is no copy of any release is None.

    Raises:
        IntegrityError: the newest document is broken, or that of another release.
    """
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
    return release, pointer


def before(store: Store, release: Release) -> Release | None:
    """Read the release that another one follows; None for the first.

    Raises:
        DecisionError: it is not there.
        IntegrityError: it is not the one that the later one names by its hash.
    """
    previous = release.facts.previous
    if previous is None:
        return None
    found = load(store, release.name, previous.n)
    if found.sha256 != previous.sha256:
        raise AlteredDocument(release.name, previous.n, f"release {release.n}")
    return found


def newest_n(store: Store, slug: str) -> int:
    """Find the number of the newest release, 0 for none; its document may be broken."""
    pointer = _pointer(store, slug)
    if pointer is None or store.head(keys.document(slug, pointer.n)) is None:
        return _probe(store, slug, 0)
    return _probe(store, slug, pointer.n)


def _pointer(store: Store, slug: str) -> Release | None:
    """What the pointer says: a hint. None where there is none yet, or a broken copy, which the next run repairs."""
    with contextlib.suppress(Absent, IntegrityError):
        pointer = Release.parse(store.get(keys.pointer(slug)).body, keys.pointer(slug))
        return pointer if pointer.name == slug and same_candidate(pointer) else None
    return None


def _probe(store: Store, slug: str, n: int) -> int:
    """The newest number, from one that is known upward; releases that notices name are there, and need no look each."""
    if store.head(keys.document(slug, n + 1)) is None:
        return n
    named = max(notices.withdrawn(notices.read(store, slug), slug), default=0)
    n = named if named > n and store.head(keys.document(slug, named)) is not None else n + 1
    while store.head(keys.document(slug, n + 1)) is not None:
        n += 1
    return n


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
        _stage(private, keys.candidate(slug, candidate.identity, file.path), file.body)
    _stage(private, keys.candidate(slug, candidate.identity), canonical(candidate.document))
    return candidate.identity


def _stage(private: Store, key: str, body: bytes) -> None:
    try:
        put_same(private, key, body)
    except IntegrityError:  # its name holds the hash of its bytes: what is there is damaged
        put_over(private, key, body)


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
    _must_follow(public, candidate, last)
    _let_pass(slug, candidate, approval)
    # The candidate names its files: of those only what is leaving already may go, and they are written after that.
    leaving.missed(private, [keys.candidate(slug, identity), *_keys_of(candidate)], "")
    _put_files(public, private, candidate, last)
    # Not before the release it follows, and not before the data it holds.
    earliest = [candidate.facts.as_of, *([last.created] if last and not _misdated(last, created) else [])]
    created = max([created, *earliest], key=dt.datetime.fromisoformat)
    body = complete(candidate, last, created, approval)
    release = _create(public, slug, last.n + 1 if last else 1, body, identity)
    if release.sha256 == sha256(body):  # another publisher's commit has another time
        put_same(private, keys.kept_document(slug, release.n), body)
    return release


def _misdated(last: Release, now: str) -> bool:
    return dt.datetime.fromisoformat(last.created) > dt.datetime.fromisoformat(now) + CLOCKS_DIFFER


def _must_follow(public: Store, candidate: Candidate, last: Release | None) -> None:
    """Refuse a candidate that was not made on the newest release, or on one that is withdrawn, or that names what is.

    Notices are read now, and not as they were when it was made.
    """
    slug, previous, base = candidate.name, candidate.facts.previous, candidate.facts.base
    expected = (previous.n, previous.candidate) if previous else None
    if expected != ((last.n, last.candidate) if last else None):
        raise Superseded(slug, candidate.identity, last.n if last else 0)
    for notice in notices.withdrawals(notices.read(public, slug)):
        if notice.takes(candidate):
            raise DecisionError(
                f"{slug}: the candidate {candidate.identity[: keys.SHA_SHORT]} holds what notice {notice.i} withdraws; "
                "it is not released"
            )
        if base is not None and notice.names(slug, base):
            raise Superseded(slug, candidate.identity, last.n if last else 0)


def read_files(
    public: Store, private: Store, candidate: Candidate, last: Release | None
) -> list[tuple[FileReference, bytes]]:
    """Read every file that a candidate adds to its base, and prove those that it takes over.

    Args:
        public: the store that readers see.
        private: the store where the candidate lies.
        candidate: the candidate.
        last: the newest release.

    Returns:
        The new files with their bytes.

    Raises:
        DamagedFile: one is not there, or another one.
    """
    slug, n = candidate.name, candidate.facts.base
    base = None if n is None else last if last and last.n == n else load(public, slug, n)
    published = {file.path for file in base.files()} if base else set()
    files = CandidateFiles(private, public, candidate)
    new = [(file, files.body(file)) for file in candidate.files() if file.path not in published]
    if base:
        _prove_carried(public, base, [file for file in candidate.files() if file.path in published])
    return new


def _keys_of(candidate: Candidate) -> list[str]:
    return [keys.dataset(candidate.name, file.path) for file in candidate.files()]


def _put_files(public: Store, private: Store, candidate: Candidate, last: Release | None) -> None:
    """Publish the files that the base of a candidate lacks, and read each of them back."""
    slug = candidate.name
    for file, body in read_files(public, private, candidate, last):  # all are whole before the first is written
        put_same(public, keys.dataset(slug, file.path), body)
        if sha256(public.get(keys.dataset(slug, file.path)).body) != file.sha256:
            raise IntegrityError(f"{slug}: {file.path} does not read back as it was written; the release is not made")


def _prove_carried(public: Store, base: Release, carried: list[FileReference]) -> None:
    """Prove that what a release takes over is there: small files by content, data by one listing of names and sizes.

    A name ends in the hash of its bytes, so name and size tell all but a file that was altered in place: `verify`
    reads that.

    Raises:
        DamagedFile: one is not.
    """
    files, data = ReleaseFiles(public, base), keys.dataset(base.name, "data/")
    sizes: dict[str, int] | None = None
    for file in carried:
        key = keys.dataset(base.name, file.path)
        if not key.startswith(data):
            files.body(file)
            continue
        if sizes is None:
            sizes = public.sizes(data)
        files.must_have(file, sizes.get(key))


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


def read_json(store: Store, key: str) -> Any:
    """Read a JSON object of a store, or None if it is absent or broken (only what can be made again is read so)."""
    try:
        return json.loads(store.get(key).body)
    except (Absent, ValueError):
        return None
