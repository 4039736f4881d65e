"""What a reader can prove of a release, with nothing but its address: sizes, hashes, chain, content."""

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from catalog import keys
from catalog.errors import IntegrityError
from catalog.formats import csv, parquet
from catalog.release import publish
from catalog.release.changes import Counts
from catalog.release.document import Document, Release, next_version, same_candidate, sha256
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
    release = publish.load(store, slug, n)
    if not same_candidate(release):
        yield Fault(keys.document(slug, n), f"the candidate {release.candidate[:16]}", "another content")
    if release.n != n:
        yield Fault(keys.document(slug, n), f"release {n}", f"release {release.n}")
    broken = list(_chain(store, slug, release))
    yield from broken or _committed(store, slug, release)
    bodies: dict[str, bytes] = {}
    for path, size, digest in release.files():
        try:
            body = store.get(keys.dataset(slug, path)).body
        except Absent:
            yield Fault(path, f"{size} bytes", "no such file")
            continue
        if len(body) != size:
            yield Fault(path, f"{size} bytes", f"{len(body)} bytes")
        elif sha256(body) != digest:
            yield Fault(path, f"SHA-256 {digest}", sha256(body))
        else:
            bodies[path] = body
    for resource in release.document["resources"]:
        if resource["path"] in bodies:
            yield from _content(resource, bodies[resource["path"]])


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
    before = release.facts["previous"]
    there = before and store.head(keys.document(slug, before["n"])) is not None
    last = publish.load(store, slug, before["n"]).document["version"] if there else None
    expected = next_version(last, release.facts["kind"], Counts(**release.facts["changes"]))
    if (last or not before) and release.document["version"] != expected:
        yield Fault(key, f"version {expected}", str(release.document["version"]))


def _content(resource: Document, body: bytes) -> Iterator[Fault]:
    """The content hash, from the bytes of either form."""
    expected = resource["minsheng"]["content_sha256"]
    try:
        is_text = resource["path"].endswith(csv.END)
        found = sha256(gzip.decompress(body)) if is_text else csv.content_hash(parquet.read(body))
    except (IntegrityError, ValueError, OSError, EOFError, zlib.error) as error:
        found = f"a file that cannot be read ({error})"
    if found != expected:
        yield Fault(resource["path"], f"content {expected}", found)


def _chain(store: Store, slug: str, release: Release) -> Iterator[Fault]:
    """Each release names the hash of the one before, down to the first."""
    while (before := release.facts["previous"]) is not None:
        key = keys.document(slug, before["n"])
        try:
            body = store.get(key).body
        except Absent:
            yield Fault(key, f"release {before['n']}, which release {release.n} follows", "no such file")
            return
        if sha256(body) != before["sha256"]:
            yield Fault(key, f"SHA-256 {before['sha256']}, as release {release.n} says", sha256(body))
            return
        release = Release.parse(body, key)
