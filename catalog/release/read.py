"""Files of releases and candidates, read back: size and SHA-256 of every one are checked against its document.

Nothing else reads a published file whole. Readers of a part of a file open it `by_range`, which says what it can check.
"""

import contextlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pyarrow as pa

from catalog import keys
from catalog.declaration.dataset import Dataset
from catalog.errors import DeclarationError, IntegrityError
from catalog.formats import parquet
from catalog.release.digest import Document, sha256
from catalog.release.document import Candidate, Described, FileReference, Release, Resource
from catalog.store import Absent, Store
from catalog.store.spans import Spans

WHOLE = "all"
"""The label of the only partition of a dataset that has none."""


def way_on(slug: str) -> str:
    """Return what a steward does where something published is gone or altered."""
    return f"`minsheng repair {slug}` restores it if it can, or restore it from a mirror"


class LostDocument(IntegrityError):
    """The document of a release is gone: something else that is stored names it."""

    def __init__(self, slug: str, n: int, witness: str) -> None:
        """Say which.

        Args:
            slug: the dataset.
            n: the release.
            witness: what names it.
        """
        super().__init__(
            f"{keys.document(slug, n)} is not there, but {witness} names release {n}; nothing is made on the release "
            f"before it: {way_on(slug)}",
            place=slug,
        )
        self.n = n


class AlteredDocument(IntegrityError):
    """The document of a release is not the one that was committed."""

    def __init__(self, slug: str, n: int, witness: str) -> None:
        """Say which.

        Args:
            slug: the dataset.
            n: the release.
            witness: what says otherwise.
        """
        super().__init__(
            f"{keys.document(slug, n)} is not the document that was committed, as {witness} shows; nothing is made on "
            f"it: {way_on(slug)}",
            place=slug,
        )


class DamagedFile(IntegrityError):
    """A file that a document names is not there with those bytes. Nothing may be made of it."""

    def __init__(self, place: "Place", path: str, expected: str, found: str) -> None:
        """Say what is damaged.

        Args:
            place: the release or candidate.
            path: of the file, relative to the dataset's folder.
            expected: what the document says.
            found: what is stored.
        """
        super().__init__(f"{path} of {place}: expected {expected}, found {found}; {place.mend}", place=place.dataset)
        self.dataset, self.n, self.path, self.expected, self.found = place.dataset, place.n, path, expected, found


class MissingFile(DamagedFile):
    """It is not there at all."""


class AlteredFile(DamagedFile):
    """It has other bytes."""


@dataclass(frozen=True)
class Place:
    """Whose files are read."""

    dataset: str
    n: int | None = None
    """The release."""
    candidate: str | None = None
    """The id, where it is no release yet."""

    def __str__(self) -> str:
        return f"release {self.n}" if self.n else f"candidate {(self.candidate or '')[: keys.SHA_SHORT]}"

    @property
    def mend(self) -> str:
        """What to do."""
        if self.n:
            return f"{way_on(self.dataset)}; `minsheng verify {self.dataset}@{self.n}` lists all that is damaged"
        return "run the refresh again, or restore it from a copy of the private store"


class _Files:
    """The files that one document names."""

    def __init__(self, described: Described, place: Place) -> None:
        self._described, self._place = described, place

    def _stored(self, path: str) -> Iterator[bytes]:
        """Give the bytes that lie under the path, in each store that has some."""
        raise NotImplementedError

    def body(self, file: FileReference | Resource) -> bytes:
        """Return the bytes of a file that the document names.

        Raises:
            MissingFile: it is not there.
            AlteredFile: it has another size or hash.
        """
        expected, stored = _says(file.bytes, file.sha256), ""
        for body in self._stored(file.path):
            digest = sha256(body)
            if len(body) == file.bytes and digest == file.sha256:
                return body
            stored = _says(len(body), digest)
        if stored:
            raise AlteredFile(self._place, file.path, expected, stored)
        raise MissingFile(self._place, file.path, expected, "no such file")

    def fact(self, name: str) -> Document:
        """Return what a fact says: quality, provenance or declaration."""
        return self._json(self._described.facts.facts[name])

    def schema(self) -> Document:
        """Return the Table Schema."""
        return self._json(self._described.facts.schema)

    def partition(self, label: str) -> pa.Table:
        """Return the rows of a partition, from its Parquet file."""
        return self._table(self._described.partitions[label])

    def table(self) -> pa.Table:
        """Return the whole table; all of its rows may have gone."""
        labels = self._described.partitions
        return pa.concat_tables(map(self.partition, labels)) if labels else self.columns().empty_table()

    def columns(self) -> pa.Schema:
        """Return the published columns with their types, as the declaration of the release gives them."""
        place = f"{self._place.dataset} as declared in {self._place}"
        try:
            return Dataset.load(self.fact("declaration")["dataset"], place).arrow
        except (KeyError, DeclarationError) as error:
            raise IntegrityError(f"{place}: expected a declaration, found none: {error}; {self._place.mend}") from error

    def quarantine(self) -> pa.Table | None:
        """Return what its evidence brought that left; None where nothing is listed."""
        return self._optional("quarantine")

    def changes(self) -> pa.Table | None:
        """Return the row changes; None where no row changed."""
        return self._optional("changes")

    def _optional(self, part: str) -> pa.Table | None:
        resource = self._described.resource(part)
        return self._table(resource) if resource else None

    def _table(self, resource: Resource) -> pa.Table:
        with readable(self._place, resource.path):
            return parquet.read(self.body(resource))

    def _json(self, file: FileReference) -> Document:
        try:
            value = json.loads(self.body(file))
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise AlteredFile(self._place, file.path, "a JSON object", "something else")
        return value


class ReleaseFiles(_Files):
    """The files of a release."""

    def __init__(self, store: Store, release: Release) -> None:
        """Read nothing yet.

        Args:
            store: any store, a mirror over https too.
            release: the release.
        """
        super().__init__(release, Place(release.name, n=release.n))
        self._store = store

    def must_have(self, file: FileReference, size: int | None) -> None:
        """Check the size of a stored file, None where there is none.

        Raises:
            MissingFile: it is not there.
            AlteredFile: it has another size.
        """
        expected = _says(file.bytes, file.sha256)
        if size is None:
            raise MissingFile(self._place, file.path, expected, "no such file")
        if size != file.bytes:
            raise AlteredFile(self._place, file.path, expected, f"{size:,} bytes")

    def _stored(self, path: str) -> Iterator[bytes]:
        with contextlib.suppress(Absent):
            yield self._store.get(keys.dataset(self._described.name, path)).body


class CandidateFiles(_Files):
    """The files of a candidate: its own in the private store, those of its base in the public one."""

    def __init__(self, private: Store, public: Store, candidate: Candidate) -> None:
        """Read nothing yet.

        Args:
            private: where the candidate was staged.
            public: where releases are.
            candidate: the candidate; it may be a release by now.
        """
        super().__init__(candidate, Place(candidate.name, candidate=candidate.identity))
        self._private, self._public = private, public

    def _stored(self, path: str) -> Iterator[bytes]:
        name, identity = self._described.name, self._place.candidate or ""
        places = ((self._private, keys.candidate(name, identity, path)), (self._public, keys.dataset(name, path)))
        for store, key in places:
            with contextlib.suppress(Absent):
                yield store.get(key).body


def by_range(store: Store, place: Place, path: str, size: Callable[[], int]) -> parquet.Opened:
    """Open a Parquet file of a release of which only some spans are fetched.

    The hash of a file that is not fetched whole cannot be checked. A small file is fetched whole: its hash is that in
    its name. Of a larger one the size is checked, and the footer at its end must be Parquet's.

    Args:
        store: any store, a mirror over https too.
        place: the release.
        path: of the file, relative to the dataset's folder.
        size: gives the bytes that the document says; called for a larger file only.

    Raises:
        MissingFile: it is not there.
        AlteredFile: it is another one, as far as that is checked.
    """
    named = path.rpartition(".")[0].rpartition(".")[2]
    try:
        spans = Spans(store, keys.dataset(place.dataset, path))
    except Absent:
        raise MissingFile(place, path, f"a file of SHA-256 {named}…", "no such file") from None
    if spans.whole is not None and sha256(spans.whole)[: keys.SHA_SHORT] != named:
        raise AlteredFile(place, path, f"SHA-256 {named}…", _says(len(spans.whole), sha256(spans.whole)))
    if spans.whole is None and spans.size != size():
        raise AlteredFile(place, path, f"{size():,} bytes", f"{spans.size:,} bytes")
    with readable(place, path):
        return parquet.Opened(spans)


@contextlib.contextmanager
def readable(place: Place, path: str) -> Iterator[None]:
    """Let what cannot be read as Parquet be the fault of the file."""
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        raise AlteredFile(place, path, "a Parquet file", f"one that cannot be read ({error})") from error


def _says(size: int, digest: str) -> str:
    return f"{size:,} bytes of SHA-256 {digest}"
