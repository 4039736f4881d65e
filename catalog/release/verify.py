"""What a reader can prove of a release, with nothing but its address: sizes, hashes, chain, content."""

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from catalog import keys
from catalog.errors import IntegrityError
from catalog.formats import csv, parquet
from catalog.release import notices, publish
from catalog.release.assemble import same_candidate
from catalog.release.digest import sha256
from catalog.release.document import Release, Resource
from catalog.release.notices import WithdrawalNotice
from catalog.release.version import next_version
from catalog.store import Absent, Store


@dataclass(frozen=True)
class Mismatch:
    """A difference between what a document says and what is stored."""

    path: str
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{self.path}: expected {self.expected}, found {self.found}"


def verify(store: Store, slug: str, n: int) -> Iterator[Mismatch]:
    """Check one release: every file's size and hash, both forms of every partition, the candidate's id, the chain.

    Args:
        store: any store, a mirror over https too.
        slug: the dataset.
        n: the release.

    Yields:
        What is not as the document says; nothing when all is. Of a withdrawn release: which of its files are there
        that a notice withdraws.

    Raises:
        DecisionError: there is no such release.
    """
    release = publish.document(store, slug, n)
    yield from _identity(release, slug, n)
    broken = list(_chain(store, slug, release))
    yield from broken or _committed(store, slug, release)
    notice = notices.notice_of(release, notices.read(store, slug))
    yield from _withdrawn(store, slug, release, notice) if notice else _files(store, slug, release)


def _identity(release: Release, slug: str, n: int) -> Iterator[Mismatch]:
    """The document is that of this release, and gives the id of its candidate."""
    key = keys.document(slug, n)
    if not same_candidate(release):
        yield Mismatch(key, f"the candidate {release.candidate[: keys.SHA_SHORT]}", "another content")
    if release.name != slug:
        yield Mismatch(key, f"release {n} of {slug}", f"release {release.n} of {release.name}")
    elif release.n != n:
        yield Mismatch(key, f"release {n}", f"release {release.n}")


def _files(store: Store, slug: str, release: Release) -> Iterator[Mismatch]:
    """Size, hash and content of every file that the document names."""
    bodies: dict[str, bytes] = {}
    for file in release.files():
        try:
            body = store.get(keys.dataset(slug, file.path)).body
        except Absent:
            yield Mismatch(file.path, f"{file.bytes} bytes", "no such file")
            continue
        if len(body) != file.bytes:
            yield Mismatch(file.path, f"{file.bytes} bytes", f"{len(body)} bytes")
        elif sha256(body) != file.sha256:
            yield Mismatch(file.path, f"SHA-256 {file.sha256}", sha256(body))
        else:
            bodies[file.path] = body
    for resource in release.resources:
        if resource.path in bodies:
            yield from _content(resource, bodies[resource.path])


def _withdrawn(store: Store, slug: str, release: Release, notice: WithdrawalNotice) -> Iterator[Mismatch]:
    """What a notice withdraws is not there."""
    for file in release.files():
        if file.sha256 in notice.hashes and store.head(keys.dataset(slug, file.path)) is not None:
            yield Mismatch(file.path, f"no such file, because notice {notice.i} withdraws it", "a file")


def _committed(store: Store, slug: str, release: Release) -> Iterator[Mismatch]:
    """What the commit added to the candidate, checked by the list of checksums and the rule of versions.

    No later release names the hash of the newest one, so the chain does not prove it.
    """
    key = keys.document(slug, release.n)
    try:
        listed = store.get(keys.sums(slug, release.n)).body.decode()
    except (Absent, UnicodeDecodeError):
        listed = ""
    for line in listed.splitlines():
        digest, _, path = line.partition("  ")
        if path == f"datapackage-{release.n}.json" and digest != release.sha256:
            yield Mismatch(key, f"SHA-256 {digest}, as {keys.sums(slug, release.n)} says", release.sha256)
    before = release.facts.previous
    is_stored = before and store.head(keys.document(slug, before.n)) is not None
    last = publish.document(store, slug, before.n).version if before and is_stored else None
    expected = next_version(last, release.facts.kind, release.facts.changes)
    if (last or not before) and release.version != expected:
        yield Mismatch(key, f"version {expected}", release.version)


def _content(resource: Resource, body: bytes) -> Iterator[Mismatch]:
    """The content hash, from the bytes of either form."""
    try:
        content = sha256(gzip.decompress(body)) if resource.is_csv else csv.content_hash(parquet.read(body))
    except (IntegrityError, ValueError, OSError, EOFError, zlib.error) as error:
        content = f"a file that cannot be read ({error})"
    if content != resource.content_sha256:
        yield Mismatch(resource.path, f"content {resource.content_sha256}", content)


def _chain(store: Store, slug: str, release: Release) -> Iterator[Mismatch]:
    """Each release names the hash of the one before, down to the first."""
    while (before := release.facts.previous) is not None:
        key = keys.document(slug, before.n)
        try:
            body = store.get(key).body
        except Absent:
            yield Mismatch(key, f"release {before.n}, which release {release.n} follows", "no such file")
            return
        if sha256(body) != before.sha256:
            yield Mismatch(key, f"SHA-256 {before.sha256}, as release {release.n} says", sha256(body))
            return
        release = Release.parse(body, key)
