"""Which release readers are given: the newest that no notice withdraws."""

import pytest
from watched import Calls, Watched
from worlds import SLUG, publish_three

from catalog import keys
from catalog.errors import DecisionError
from catalog.release import notices, served
from catalog.release.notices import GoneCounts, NamedRelease, WithdrawalNotice, WithdrawnRelease
from catalog.store.file import FileStore


def withdraw(public: FileStore, *ns: int) -> None:
    notices.append(
        public,
        WithdrawalNotice(
            dataset=SLUG,
            at="2026-07-01T12:00:00+08:00",
            by="Lin",
            reason="wrong",
            releases=tuple(NamedRelease(dataset=SLUG, n=n, sha256="a" * 64) for n in ns),
            counts=GoneCounts(releases=len(ns), rows=0),
        ),
    )


def test_without_a_notice_it_is_the_newest(public: FileStore, private: FileStore) -> None:
    assert served.line(public, SLUG) == (None, None, ())
    *_, third = publish_three(public, private)
    assert served.served(public, SLUG) == served.named(public, SLUG) == served.whole(public, SLUG) == third
    assert served.served_of_each(public, [SLUG, "seas"]).releases == {SLUG: third}


def test_of_withdrawn_releases_it_is_the_last_before_them(public: FileStore, private: FileStore) -> None:
    first, second, third = publish_three(public, private)
    withdraw(public, 3)
    assert served.line(public, SLUG)[:2] == (third, second)
    withdraw(public, 2)
    assert served.served(public, SLUG) == first
    assert served.named(public, SLUG, 3) == third, "its document stays"
    for n in (2, 3):
        with pytest.raises(WithdrawnRelease, match=f"release {n} of rivers was withdrawn by Lin .*release 1 is served"):
            served.whole(public, SLUG, n)


def test_what_was_made_on_a_withdrawn_release_falls_with_it(public: FileStore, private: FileStore) -> None:
    first, *_ = publish_three(public, private)
    withdraw(public, 2)
    assert served.served(public, SLUG) == first


def test_where_all_are_withdrawn_none_is_served(public: FileStore, private: FileStore) -> None:
    publish_three(public, private)
    withdraw(public, 1, 2, 3)
    line = served.line(public, SLUG)
    assert (line.newest.n if line.newest else 0, line.served) == (3, None)
    found = served.served_of_each(public, [SLUG])
    assert (set(found.lines), found.releases) == ({SLUG}, {})
    with pytest.raises(WithdrawnRelease):
        served.named(public, SLUG)
    with pytest.raises(DecisionError, match="seas has no release"):
        served.named(public, "seas")


def test_the_base_is_what_a_release_names_and_not_what_came_before(public: FileStore, private: FileStore) -> None:
    first, second, third = publish_three(public, private)
    assert served.base_of(public, third) == second
    assert served.base_of(public, first) is None


def test_many_withdrawn_releases_are_not_looked_for_one_by_one(public: FileStore, private: FileStore) -> None:
    publish_three(public, private)
    withdraw(public, 1, 2, 3)
    public.delete(keys.pointer(SLUG))
    calls = Calls()
    assert served.line(Watched(public, calls), SLUG).served is None  # type: ignore[arg-type]
    assert [key for verb, key, _ in calls.made if verb == "head"] == [keys.document(SLUG, n) for n in (1, 3, 4)]
