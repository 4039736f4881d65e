"""Stage, commit, repair, on stores in directories."""

import json

import pytest
from worlds import SLUG, START, parts, publish_rows, publish_three

from catalog import keys
from catalog.errors import DecisionError, IntegrityError
from catalog.release import publish
from catalog.release.assemble import assemble
from catalog.release.digest import canonical
from catalog.release.publish import Superseded
from catalog.store import put_over
from catalog.store.file import FileStore

AT = START.isoformat()
AUTO = {"by": "auto"}


def test_staging_and_committing_once_more_changes_nothing(public: FileStore, private: FileStore):
    made = assemble(parts({"a": 1.0}))
    identity = publish.stage(private, SLUG, made)
    assert publish.stage(private, SLUG, made) == identity == made.candidate.identity
    first = publish.commit(public, private, SLUG, identity, AT, AUTO)
    before = {key: public.get(key) for key in public.list("")}
    again = publish.commit(public, private, SLUG, identity, "2030-01-01T00:00:00+08:00", AUTO)
    assert (again.n, again.sha256) == (first.n, first.sha256)
    assert {key: public.get(key) for key in public.list("")} == before


def test_before_the_commit_nothing_is_visible(public: FileStore, private: FileStore):
    publish.stage(private, SLUG, assemble(parts({"a": 1.0})))
    assert list(public.list("")) == []
    assert publish.newest(public, SLUG) is None


def test_two_candidates_on_one_base_make_one_release(public: FileStore, private: FileStore):
    first = publish_rows(public, private, {"a": 1.0})
    one = publish.stage(private, SLUG, assemble(parts({"a": 2.0}, first)))
    two = publish.stage(private, SLUG, assemble(parts({"a": 3.0}, first)))
    publish.commit(public, private, SLUG, one, AT, AUTO)
    with pytest.raises(Superseded, match=rf"candidate {two[:16]} is superseded by release 2") as raised:
        publish.commit(public, private, SLUG, two, AT, AUTO)
    assert raised.value.n == 2


def test_a_first_release_is_superseded_by_another_first(public: FileStore, private: FileStore):
    identity = publish.stage(private, SLUG, assemble(parts({"a": 2.0})))
    publish_rows(public, private, {"a": 1.0})
    with pytest.raises(Superseded):
        publish.commit(public, private, SLUG, identity, AT, AUTO)


@pytest.mark.parametrize("approval", [AUTO, {"by": "chen"}, {"by": "chen", "candidate": "0" * 64}])
def test_a_held_candidate_needs_an_approval_of_its_id(public: FileStore, private: FileStore, approval: dict[str, str]):
    identity = publish.stage(private, SLUG, assemble(parts({"a": 1.0}, verdict="hold", failed=("guard.removed",))))
    with pytest.raises(DecisionError, match=r"waits for a steward \(guard.removed\)"):
        publish.commit(public, private, SLUG, identity, AT, approval)
    assert publish.newest(public, SLUG) is None
    done = publish.commit(public, private, SLUG, identity, AT, {"by": "chen", "candidate": identity})
    assert done.approval.by == "chen"


def test_a_blocked_candidate_is_not_released_even_when_approved(public: FileStore, private: FileStore):
    identity = publish.stage(private, SLUG, assemble(parts({"a": 1.0}, verdict="block", failed=("key.unique",))))
    with pytest.raises(DecisionError, match="is blocked"):
        publish.commit(public, private, SLUG, identity, AT, {"by": "chen", "candidate": identity})


def test_numbers_have_no_gaps_and_each_release_names_the_one_before(public: FileStore, private: FileStore):
    found = publish_three(public, private)
    assert [one.n for one in found] == [1, 2, 3]
    assert [one.facts.previous and one.facts.previous.sha256 for one in found] == [
        None,
        found[0].sha256,
        found[1].sha256,
    ]


@pytest.mark.parametrize(
    "created", ["2020-01-01T00:00:00+08:00", "2026-07-01T08:30:00+09:00"], ids=["earlier", "earlier in another zone"]
)
def test_created_never_goes_back(public: FileStore, private: FileStore, created: str):
    first = publish_rows(public, private, {"a": 1.0})
    identity = publish.stage(private, SLUG, assemble(parts({"a": 2.0}, first)))
    assert publish.commit(public, private, SLUG, identity, created, AUTO).created == first.created


@pytest.mark.parametrize("file", ["document.json", "data", "facts"])
def test_a_candidate_that_was_changed_is_not_released(public: FileStore, private: FileStore, file: str):
    identity = publish.stage(private, SLUG, assemble(parts({"a": 1.0})))
    key = next(key for key in private.list(f"candidates/{SLUG}/{identity}/{file}"))
    put_over(private, key, private.get(key).body + b" ")
    with pytest.raises(IntegrityError, match="run the refresh again"):
        publish.commit(public, private, SLUG, identity, AT, AUTO)
    assert publish.newest(public, SLUG) is None


def test_a_candidate_that_lost_a_file_is_not_released(public: FileStore, private: FileStore):
    identity = publish.stage(private, SLUG, assemble(parts({"a": 1.0})))
    private.delete(next(private.list(f"candidates/{SLUG}/{identity}/data")))
    with pytest.raises(IntegrityError, match=r"data/.* of candidate .*, found no such file; run the refresh"):
        publish.commit(public, private, SLUG, identity, AT, AUTO)


def test_an_unknown_candidate_is_told(public: FileStore, private: FileStore):
    with pytest.raises(DecisionError, match="no candidate 0000000000000000; `minsheng candidates`"):
        publish.commit(public, private, SLUG, "0" * 64, AT, AUTO)


def test_published_bytes_are_never_overwritten(public: FileStore, private: FileStore):
    made = assemble(parts({"a": 1.0}))
    identity = publish.stage(private, SLUG, made)
    taken = keys.dataset(SLUG, made.files[-1].path)
    public.put_new(taken, b"other bytes")
    with pytest.raises(IntegrityError, match="already holds other bytes"):
        publish.commit(public, private, SLUG, identity, AT, AUTO)
    assert public.get(taken).body == b"other bytes"
    assert publish.newest(public, SLUG) is None


def test_a_release_that_is_not_there_is_told_with_the_newest(public: FileStore, private: FileStore):
    with pytest.raises(DecisionError, match="no release 7; it has none yet"):
        publish.load(public, SLUG, 7)
    publish_three(public, private)
    with pytest.raises(DecisionError, match="no release 7; its newest release is 3"):
        publish.load(public, SLUG, 7)


@pytest.mark.parametrize(
    "pointer",
    [
        None,
        b"",
        b"\xff",
        b"[]",
        b'{"minsheng": {"n": "3"}}',
        canonical({"minsheng": {"n": 0}}),
        canonical({"minsheng": {"n": 1}}),
        canonical({"minsheng": {"n": 9}}),
        canonical({"minsheng": {"n": -1}}),
    ],
)
def test_the_newest_is_found_whatever_the_pointer_says(public: FileStore, private: FileStore, pointer: bytes | None):
    publish_three(public, private)
    if pointer is None:
        public.delete(keys.pointer(SLUG))
    else:
        put_over(public, keys.pointer(SLUG), pointer)
    found = publish.newest(public, SLUG)
    assert found is not None
    assert found.n == 3


def test_a_pointer_without_any_release_is_none(public: FileStore, private: FileStore):
    public.put_new(keys.pointer(SLUG), canonical({"minsheng": {"n": 2}}))
    assert publish.newest(public, SLUG) is None


@pytest.mark.parametrize(("body", "found"), [(b"{", None), (b"\xff", None), (b'{"a": 1}', {"a": 1})])
def test_derived_json_that_is_broken_is_none(public: FileStore, body: bytes, found: object):
    public.put_new("some.json", body)
    assert publish.read_json(public, "some.json") == found
    assert publish.read_json(public, "absent.json") is None


def test_the_document_is_canonical_json(public: FileStore, private: FileStore):
    publish_rows(public, private, {"a": 1.0})
    body = public.get(keys.document(SLUG, 1)).body
    assert canonical(json.loads(body)) == body
