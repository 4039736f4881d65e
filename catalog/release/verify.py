"""What a reader can prove of a release, with nothing but its address: sizes, hashes, chain, content."""

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from catalog import keys
from catalog.errors import IntegrityError
from catalog.formats import csv, parquet
from catalog.release import publish
from catalog.release.assemble import same_candidate
from catalog.release.digest import sha256
from catalog.release.document import Release, Resource
from catalog.release.version import next_version
from catalog.store import Absent, Store


@dataclass(frozen=True)
class Fault:
    """One thing that is not as a document says."""

    path: str
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{self.path}: expected {self.expected}, found {self.found}"


def verify(store: Store, slug: str, n: int) -> Iterator[Fault]:
    """Check one release: every file's size and hash, both forms of every partition, the candidate's id, the chain.

    Args:
        store: any store, a mirror over https too.
        slug: the dataset.
        n: the release.

    Yields:
        What is not as the document says; nothing when all is.

    Raises:
        DecisionError: there is no such release.
    """
    release = publish.document(store, slug, n)
    if not same_candidate(release):
        yield Fault(keys.document(slug, n), f"the candidate {release.candidate[:16]}", "another content")
    if (release.name, release.n) != (slug, n):
        expected, found = (
            f"release {a}" + (f" of {b}" if release.name != slug else "")
            for a, b in ((n, slug), (release.n, release.name))
        )
        yield Fault(keys.document(slug, n), expected, found)
    broken = list(_chain(store, slug, release))
    yield from broken or _committed(store, slug, release)
    bodies: dict[str, bytes] = {}
    for file in release.files():
        try:
            body = store.get(keys.dataset(slug, file.path)).body
        except Absent:
            yield Fault(file.path, f"{file.bytes} bytes", "no such file")
            continue
        if len(body) != file.bytes:
            yield Fault(file.path, f"{file.bytes} bytes", f"{len(body)} bytes")
        elif sha256(body) != file.sha256:
            yield Fault(file.path, f"SHA-256 {file.sha256}", sha256(body))
        else:
            bodies[file.path] = body
    for resource in release.resources:
        if resource.path in bodies:
            yield from _content(resource, bodies[resource.path])


def _committed(store: Store, slug: str, release: Release) -> Iterator[Fault]:
    """What the commit added, which no later release vouches for yet: by list of checksums and rule of versions."""
    key = keys.document(slug, release.n)
    try:
        listed = store.get(keys.sums(slug, release.n)).body.decode()
    except (Absent, UnicodeDecodeError):
        listed = ""
    for line in listed.splitlines():
        digest, _, path = line.partition("  ")
        if path == f"datapackage-{release.n}.json" and digest != release.sha256:
            yield Fault(key, f"SHA-256 {digest}, as {keys.sums(slug, release.n)} says", release.sha256)
    before = release.facts.previous
    there = before and store.head(keys.document(slug, before.n)) is not None
    last = publish.document(store, slug, before.n).version if before and there else None
    expected = next_version(last, release.facts.kind, release.facts.changes)
    if (last or not before) and release.version != expected:
        yield Fault(key, f"version {expected}", release.version)


def _content(resource: Resource, body: bytes) -> Iterator[Fault]:
    """The content hash, from the bytes of either form."""
    try:
        found = sha256(gzip.decompress(body)) if resource.is_csv else csv.content_hash(parquet.read(body))
    except (IntegrityError, ValueError, OSError, EOFError, zlib.error) as error:
        found = f"a file that cannot be read ({error})"
    if found != resource.content_sha256:
        yield Fault(resource.path, f"content {resource.content_sha256}", found)


def _chain(store: Store, slug: str, release: Release) -> Iterator[Fault]:
    """Each release names the hash of the one before, down to the first."""
    while (before := release.facts.previous) is not None:
        key = keys.document(slug, before.n)
        try:
            body = store.get(key).body
        except Absent:
            yield Fault(key, f"release {before.n}, which release {release.n} follows", "no such file")
            return
        if sha256(body) != before.sha256:
            yield Fault(key, f"SHA-256 {before.sha256}, as release {release.n} says", sha256(body))
            return
        release = Release.parse(body, key)
