"""The newest release is proved by what else names it; a document that is gone comes back, or nothing is made on it."""

from pathlib import Path

import pytest
from stores import quick_store
from worlds import SLUG, publish_rows, publish_three

from catalog import keys
from catalog.errors import IntegrityError
from catalog.release import publish, served
from catalog.release.digest import canonical
from catalog.release.document import Release
from catalog.release.proof import Proof, prove, restore
from catalog.release.read import AlteredDocument, LostDocument
from catalog.store import put_over
from catalog.store.file import FileStore

DOCUMENT, POINTER, SUMS, KEPT = "document", "pointer", "sums", "kept"
NONE: dict[str, int] = {}


@pytest.fixture
def last(public: FileStore, private: FileStore) -> Release:
    """The third of three releases."""
    return publish_three(public, private)[-1]


def place(public: FileStore, private: FileStore, what: str, n: int = 3) -> tuple[FileStore, str]:
    return {
        DOCUMENT: (public, keys.document(SLUG, n)),
        POINTER: (public, keys.pointer(SLUG)),
        SUMS: (public, keys.sums(SLUG, n)),
        KEPT: (private, keys.kept_document(SLUG, n)),
    }[what]


def lose(public: FileStore, private: FileStore, *whats: str) -> None:
    for what in whats:
        store, key = place(public, private, what)
        store.delete(key)


def altered(body: bytes, **more: str) -> bytes:
    """A whole release document that says something else."""
    document = Release.parse(body, "before").document
    return canonical({**document, **more})


def seen(proof: Proof) -> tuple[int | None, list[int], bool, bool]:
    return proof.newest.n if proof.newest else None, sorted(proof.lost), proof.points_to(proof.newest), proof.kept


def test_what_is_whole_is_proved(public: FileStore, private: FileStore, last: Release) -> None:
    assert seen(prove(public, private, SLUG, {"status.json": 3})) == (3, [], True, True)
    assert seen(prove(public, private, "lakes", NONE)) == (None, [], True, True)


@pytest.mark.parametrize(
    ("gone", "pointed", "kept"),
    [
        ([DOCUMENT], True, False),
        ([DOCUMENT, POINTER], False, False),
        ([DOCUMENT, SUMS], True, False),
        ([DOCUMENT, POINTER, SUMS], False, False),
        ([DOCUMENT, KEPT], True, False),
        ([POINTER], False, True),
        ([SUMS], True, True),
        ([KEPT], True, False),
        ([KEPT, SUMS, POINTER], False, False),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, list) else str(value),
)
def test_what_one_witness_proves_is_restored_byte_for_byte(
    public: FileStore, private: FileStore, last: Release, gone: list[str], pointed: bool, kept: bool
) -> None:
    before = {what: store.get(key).body for what in (DOCUMENT, KEPT) for store, key in [place(public, private, what)]}
    lose(public, private, *gone)
    proof = prove(public, private, SLUG, NONE)
    assert seen(proof) == (3, [3] if DOCUMENT in gone else [], pointed, kept)
    assert proof.newest is not None
    assert proof.newest.sha256 == last.sha256
    for _ in range(2):
        restore(public, private, proof)
        assert before == {what: store.get(key).body for what in before for store, key in [place(public, private, what)]}


@pytest.mark.parametrize(
    ("gone", "named", "witness"),
    [
        ([DOCUMENT, KEPT, POINTER], NONE, "SHA256SUMS-3"),
        ([DOCUMENT, KEPT, SUMS], NONE, "datapackage.json"),
        ([DOCUMENT, KEPT, SUMS, POINTER], {"status.json": 3}, "status.json"),
    ],
    ids=["sums", "pointer", "status"],
)
def test_what_no_witness_proves_is_told_and_nothing_is_made(
    public: FileStore, private: FileStore, last: Release, gone: list[str], named: dict[str, int], witness: str
) -> None:
    lose(public, private, *gone)
    with pytest.raises(LostDocument, match=rf"datapackage-3\.json is not there, but .*{witness}.*names release 3"):
        prove(public, private, SLUG, named)


@pytest.mark.parametrize("where", [DOCUMENT, KEPT])
@pytest.mark.parametrize("more", [{"title": "Another"}, {"created": "2026-07-02T00:00:00+08:00"}, {"version": "9.9.9"}])
def test_an_altered_document_stops_and_an_altered_copy_too_if_it_could_be_true(
    public: FileStore, private: FileStore, last: Release, where: str, more: dict[str, str]
) -> None:
    store, key = place(public, private, where)
    put_over(store, key, altered(store.get(key).body, **more))
    if where == KEPT and "title" in more:  # it does not give its own candidate's id: the list of checksums proves
        restore(public, private, prove(public, private, SLUG, NONE))
        assert store.get(key).body == public.get(keys.document(SLUG, 3)).body
        return
    with pytest.raises(AlteredDocument, match=r"datapackage-3\.json is not the document that was committed"):
        prove(public, private, SLUG, NONE)


def test_without_a_copy_the_checksums_tell_what_the_commit_added(
    public: FileStore, private: FileStore, last: Release
) -> None:
    lose(public, private, KEPT)
    key = keys.document(SLUG, 3)
    put_over(public, key, altered(public.get(key).body, created="2026-07-02T00:00:00+08:00"))
    with pytest.raises(AlteredDocument, match=r"as .*SHA256SUMS-3 shows"):
        prove(public, private, SLUG, NONE)


@pytest.mark.parametrize("body", [b"", b"{", b"{}", b"\xff", b"[]"])
def test_a_broken_copy_is_written_again_and_a_broken_document_stops(
    public: FileStore, private: FileStore, last: Release, body: bytes
) -> None:
    store, key = place(public, private, KEPT)
    put_over(store, key, body)
    restore(public, private, prove(public, private, SLUG, NONE))
    assert store.get(key).body == public.get(keys.document(SLUG, 3)).body
    put_over(public, keys.document(SLUG, 3), body)
    with pytest.raises(IntegrityError, match="datapackage-3"):
        prove(public, private, SLUG, NONE)


def test_a_copy_of_another_line_of_releases_is_no_proof(public: FileStore, private: FileStore, tmp_path: Path) -> None:
    publish_rows(public, private, {"a": 1.0})
    elsewhere = quick_store(tmp_path / "p2"), quick_store(tmp_path / "e2")
    for level in (5.0, 6.0):
        publish_rows(*elsewhere, {"a": level})
    private.put_new(keys.kept_document(SLUG, 2), elsewhere[1].get(keys.kept_document(SLUG, 2)).body)
    with pytest.raises(LostDocument, match="its copy in the private store, which is no proof"):
        prove(public, private, SLUG, NONE)


def test_several_lost_documents_come_back(public: FileStore, private: FileStore, last: Release) -> None:
    before = {n: public.get(keys.document(SLUG, n)).body for n in (1, 2, 3)}
    for n in before:
        public.delete(keys.document(SLUG, n))
    proof = prove(public, private, SLUG, NONE)
    assert seen(proof) == (3, [1, 2, 3], True, False)
    restore(public, private, proof)
    assert {n: public.get(keys.document(SLUG, n)).body for n in before} == before


def test_readers_do_not_take_the_release_before_for_the_newest(
    public: FileStore, private: FileStore, last: Release
) -> None:
    lose(public, private, DOCUMENT)
    with pytest.raises(LostDocument):
        publish.newest(public, SLUG)
    assert served.served_of_each(public, [SLUG]).damaged.keys() == {SLUG}


def test_each_release_is_proved_by_the_one_that_follows_it(
    public: FileStore, private: FileStore, last: Release
) -> None:
    second = publish.before(public, last)
    assert second is not None
    assert second.n == 2
    key = keys.document(SLUG, 2)
    put_over(public, key, altered(public.get(key).body, created="2026-07-02T00:00:00+08:00"))
    with pytest.raises(AlteredDocument, match="as release 3 shows"):
        publish.before(public, last)
