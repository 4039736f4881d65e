"""Notices: create-only, numbered, whole; and which releases they withdraw."""

import dataclasses
import json

import pytest
from worlds import SLUG, publish_three

from catalog import keys
from catalog.errors import IntegrityError
from catalog.release import notices
from catalog.release.digest import canonical
from catalog.release.notices import Cause, GoneCounts, NamedRelease, WithdrawalNotice, WithdrawnRelease
from catalog.store.file import FileStore

HASH = "a" * 64
NOTICE = WithdrawalNotice(
    dataset=SLUG,
    at="2026-07-01T12:00:00+08:00",
    by="Lin",
    reason="It holds names: 臺北.",
    releases=(NamedRelease(dataset=SLUG, n=2, sha256=HASH), NamedRelease(dataset="totals", n=7, sha256=HASH)),
    hashes=(HASH,),
    evidence=(2, 3, 4, 9),
    counts=GoneCounts(releases=2, rows=1),
)


def test_a_notice_reads_back_as_it_was_stored(public: FileStore) -> None:
    stored = notices.append(public, NOTICE)
    assert stored == NOTICE.model_copy(update={"i": 1})
    assert notices.read(public, SLUG) == (stored,)
    body = public.get(keys.notice(SLUG, 1)).body
    assert json.loads(body)["evidence"] == [[2, 4], [9, 9]]
    assert body == canonical(json.loads(body))


def test_what_is_said_already_is_not_said_again(public: FileStore) -> None:
    first = notices.append(public, NOTICE)
    assert notices.append(public, NOTICE.model_copy(update={"by": "Wu"})) == first
    assert notices.append(public, NOTICE.model_copy(update={"purged": True})).i == 2
    more = (*NOTICE.releases, NamedRelease(dataset=SLUG, n=3, sha256=HASH))
    assert notices.append(public, NOTICE.model_copy(update={"releases": more})).i == 3


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'{"form": 1}',
        NOTICE.model_copy(update={"i": 2}).body,
        NOTICE.body.replace(b"rivers", b"lakes"),
    ],
)
def test_what_is_no_notice_of_this_number_is_refused(public: FileStore, body: bytes) -> None:
    public.put_new(keys.notice(SLUG, 1), body)
    with pytest.raises(IntegrityError, match=r"notices/1\.json: expected .*; restore it from a mirror"):
        notices.read(public, SLUG)


def test_a_notice_says_who_when_why_and_what_it_follows() -> None:
    said = "was withdrawn by Lin on 2026-07-01T12:00:00+08:00"
    assert NOTICE.says == f"{said} (It holds names: 臺北.)"
    more = {"basis": "PDPA, article 11", "purged": True, "because": Cause(dataset="seas", i=3)}
    assert NOTICE.model_copy(update=more).says == (
        f"{said}, with notice 3 of seas (It holds names: 臺北.; legal basis: PDPA, article 11); "
        "what the agency sent is purged too"
    )
    error = WithdrawnRelease(SLUG, 2, NOTICE, 1)
    assert str(error).startswith(f"release 2 of {SLUG} {said}")
    assert str(error).endswith("its files are gone, its document stays; release 1 is served now")


def test_a_release_is_withdrawn_by_its_number_by_a_hash_or_by_what_it_was_made_on(
    public: FileStore, private: FileStore
) -> None:
    first, second, third = publish_three(public, private)
    for release, expected in ((first, False), (second, True), (third, True)):
        by_number = NOTICE.model_copy(update={"hashes": ()})
        assert (notices.notice_of(release, [by_number]) is not None) == expected, "3 was made on 2"
    unnamed = {"releases": (NamedRelease(dataset="seas", n=2, sha256=HASH),)}
    content = next(iter(third.partitions.values())).content_sha256
    for digest in (content, third.files()[0].sha256):
        by_hash = NOTICE.model_copy(update=unnamed | {"hashes": (digest,)})
        assert notices.notice_of(third, [by_hash]) == by_hash
    assert notices.notice_of(third, [NOTICE.model_copy(update=unnamed)]) is None
    apart = dataclasses.replace(third, facts=dataclasses.replace(third.facts, base=1))
    assert notices.notice_of(apart, [NOTICE]) is None
    assert notices.withdrawn([NOTICE], SLUG) == {2: NOTICE}
