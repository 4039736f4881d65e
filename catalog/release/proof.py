"""Is the newest release the one that was committed? Asked of the witnesses of its document, before anything is folded.

A document proves by itself all that its candidate said: it gives the candidate's id. That it is there at all, and what
the commit added, is proved by what else names it: the copy in the private store, which readers cannot reach; the
pointer and the list of checksums in the public store; and what the caller knows (status, outcomes).

`prove` and `documents` write nothing. `restore` and `keep` do, and only a run, a decision and a repair call them.
"""

import contextlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from catalog import keys
from catalog.errors import IntegrityError
from catalog.release import publish
from catalog.release.assemble import same_candidate
from catalog.release.document import Release
from catalog.release.read import AlteredDocument, LostDocument
from catalog.store import Absent, Store, put_over, put_same
from catalog.store.base import body_of


class Copy(NamedTuple):
    """A release document, wherever it is stored."""

    release: Release
    body: bytes


@dataclass(frozen=True)
class Proof:
    """The newest release, and what is missing of its documents."""

    newest: Release | None
    pointer: Release | None
    """The release of which datapackage.json is a copy."""
    lost: Mapping[int, Copy] = field(default_factory=dict, repr=False)
    """Documents that are gone, by number, as a witness proves them."""
    kept: bool = True
    """Whether the private store has the copy of the newest document."""

    def points_to(self, release: Release | None) -> bool:
        """Whether datapackage.json is a copy of a release; or is not there, where it should be of none."""
        pointed = self.pointer.sha256 if self.pointer else None
        return pointed == (release.sha256 if release else None)

    def known(self, n: int) -> Release | None:
        """Return release n if it was read for the proof."""
        if self.newest and self.newest.n == n:
            return self.newest
        copy = self.lost.get(n)
        return copy.release if copy else None


NOTHING_RELEASED = Proof(None, None)


def prove(public: Store, private: Store, slug: str, named: dict[str, int]) -> Proof:
    """Find the newest release, and prove it.

    Args:
        public: the store that readers see.
        private: the store of the copies.
        slug: the dataset.
        named: by witness, the highest number of a release that it names; it was read before this is called.

    Raises:
        LostDocument: a witness names a later release, and no copy of it can be proved.
        AlteredDocument: the newest document is not the one that was committed.
        IntegrityError: it is no release document at all.
    """
    newest, pointer = publish.newest_and_pointer(public, slug)
    kept = newest is not None and _is_kept(public, private, newest)
    lost: dict[int, Copy] = {}
    last = newest
    try:
        while (copy := _later(public, private, slug, last, pointer)) is not None:
            if _is_there(public, slug, last):
                return prove(public, private, slug, named)
            lost[copy.release.n], last = copy, copy.release
        _is_last(slug, last, named | {keys.pointer(slug): pointer.n if pointer else 0})
    except LostDocument:
        if _is_there(public, slug, last):
            return prove(public, private, slug, named)
        raise
    return Proof(last, pointer, lost, kept=last is None or (kept and not lost))


def _is_there(public: Store, slug: str, last: Release | None) -> bool:
    """Whether the next release is there after all: it was committed since we looked for the newest."""
    return public.head(keys.document(slug, last.n + 1 if last else 1)) is not None


def _is_last(slug: str, last: Release | None, named: Mapping[str, int]) -> None:
    """Check that no witness names a later release."""
    n = last.n if last else 0
    for witness, highest in named.items():
        if highest > n:
            raise LostDocument(slug, highest, witness)


def _later(public: Store, private: Store, slug: str, last: Release | None, pointer: Release | None) -> Copy | None:
    """A proved copy of the release after `last`, if a witness has or names one.

    Raises:
        LostDocument: there was one, and no copy proves its bytes.
    """
    n = last.n + 1 if last else 1
    is_kept = private.head(keys.kept_document(slug, n)) is not None
    copy = _kept(private, slug, n) if is_kept else None
    if copy and _follows(copy.release, last):
        return copy
    is_listed = public.head(keys.sums(slug, n)) is not None
    if pointer and pointer.n == n and _follows(pointer, last) and _listed(public, slug, n) == pointer.sha256:
        return Copy(pointer, public.get(keys.pointer(slug)).body)
    if is_kept or is_listed:
        witness = keys.sums(slug, n) if is_listed else "its copy in the private store, which is no proof,"
        raise LostDocument(slug, n, witness)
    return None


def _follows(release: Release, last: Release | None) -> bool:
    """Whether a release is the one after `last`, as its own words prove."""
    previous = release.facts.previous
    expected = (last.n, last.sha256) if last else None
    return same_candidate(release) and ((previous.n, previous.sha256) if previous else None) == expected


def _is_kept(public: Store, private: Store, newest: Release) -> bool:
    """Whether the private store has the copy of a document; if so it proves it, else the list of checksums does.

    Raises:
        AlteredDocument: a witness shows another document.
    """
    slug, n = newest.name, newest.n
    if not same_candidate(newest):
        raise AlteredDocument(slug, n, f"the id of its candidate {newest.candidate[: keys.SHA_SHORT]}")
    kept = _kept(private, slug, n)
    if kept and kept.release.sha256 != newest.sha256:
        raise AlteredDocument(slug, n, "its copy in the private store")
    listed = None if kept else _listed(public, slug, n)
    if listed and listed != newest.sha256:
        raise AlteredDocument(slug, n, keys.sums(slug, n))
    return kept is not None


def _kept(private: Store, slug: str, n: int) -> Copy | None:
    """The private copy of a document; None where it is not there, or does not prove itself."""
    key = keys.kept_document(slug, n)
    return _copy(body_of(private, key), slug, n, key)


def _listed(public: Store, slug: str, n: int) -> str | None:
    """The hash of release n's document in its list of checksums; None where that says none."""
    with contextlib.suppress(Absent, UnicodeDecodeError):
        for line in public.get(keys.sums(slug, n)).body.decode().splitlines():
            digest, _, path = line.partition("  ")
            if path == f"datapackage-{n}.json":
                return digest
    return None


def restore(public: Store, private: Store, proof: Proof) -> None:
    """Put back the documents that are gone, and keep a copy of the newest one. Repeating it changes nothing.

    Args:
        public: the store that readers see.
        private: the store of the copies.
        proof: what is missing.
    """
    if proof.newest is None:
        return
    slug, n = proof.newest.name, proof.newest.n
    for number, copy in sorted(proof.lost.items()):
        put_same(public, keys.document(slug, number), copy.body)
        keep(private, slug, number, copy.body)
    if not proof.kept and not proof.lost:
        keep(private, slug, n, public.get(keys.document(slug, n)).body)


def keep(private: Store, slug: str, n: int, body: bytes) -> None:
    """Keep a copy of a release document that is proved, in place of one that is broken or says something else."""
    put_over(private, keys.kept_document(slug, n), body)


@dataclass(frozen=True)
class Checked:
    """The document of one release, after all its witnesses were asked."""

    n: int
    copy: Copy | None
    """The document that was committed; None where no witness proves one."""
    was: str | None
    """`gone` or `altered`; None if what is stored is right."""
    source: str | None = None
    """Where the right bytes are."""


def documents(public: Store, private: Store, slug: str) -> Iterator[Checked]:
    """Check the document of every release, newest first: each names the hash of the one before.

    Args:
        public: the store that readers see; it can be listed.
        private: the store of the copies.
        slug: the dataset.
    """
    expected: str | None = None
    for n in range(_highest(public, private, slug), 0, -1):
        places = {
            keys.document(slug, n): body_of(public, keys.document(slug, n)),
            keys.kept_document(slug, n): body_of(private, keys.kept_document(slug, n)),
            keys.pointer(slug): body_of(public, keys.pointer(slug)),
        }
        copies = {place: copy for place, body in places.items() if (copy := _copy(body, slug, n, place))}
        digest = expected or _agreed(copies, _listed(public, slug, n))
        right = {place: copy for place, copy in copies.items() if copy.release.sha256 == digest}
        expected = None
        if keys.document(slug, n) in right:
            yield Checked(n, right[keys.document(slug, n)], None)
        else:
            was = "gone" if places[keys.document(slug, n)] is None else "altered"
            source = next(iter(right), None)
            yield Checked(n, right[source] if source else None, was, source)
        if right and (previous := next(iter(right.values())).release.facts.previous):
            expected = previous.sha256


def _highest(public: Store, private: Store, slug: str) -> int:
    """The highest number of a release that the name of an object has."""
    found = [*public.list(keys.dataset(slug, "datapackage-")), *public.list(keys.dataset(slug, "SHA256SUMS-"))]
    found += private.list(keys.kept_documents(slug))
    return max((number for key in found if (number := keys.number(key)) is not None), default=0)


def _agreed(copies: Mapping[str, Copy], listed: str | None) -> str | None:
    """The hash of the newest document: what two witnesses say; or the only one there is, if none says otherwise."""
    votes = Counter([copy.release.sha256 for copy in copies.values()] + ([listed] if listed else []))
    most = votes.most_common(2)
    if len(most) == 1 or (len(most) == 2 and most[0][1] > most[1][1]):
        return most[0][0]
    return None


def _copy(body: bytes | None, slug: str, n: int, place: str) -> Copy | None:
    """What is stored at a place, if it is the document of release n and gives its own candidate's id."""
    with contextlib.suppress(IntegrityError):
        if body is not None:
            release = Release.parse(body, place)
            if (release.name, release.n) == (slug, n) and same_candidate(release):
                return Copy(release, body)
    return None
