"""Announcements of breaking changes: notices that withdraw nothing; what ends one, and with which release it came."""

import datetime as dt
import json
from typing import Any

import pytest
from worlds import SLUG, publish_three

from catalog import keys
from catalog.declaration.strict import Text
from catalog.errors import IntegrityError
from catalog.release import notices, served
from catalog.release.announcements import ChangeNotice, TakeBackNotice, announced, newest_then
from catalog.release.notices import GoneCounts, NamedRelease, WithdrawalNotice
from catalog.release.verify import verify
from catalog.store.file import FileStore

CHANGE = ChangeNotice(
    dataset=SLUG,
    at="2026-07-01T12:00:00+08:00",
    by="Lin",
    starts=dt.date(2026, 9, 1),
    change=Text(en="The level is in metres.", zh_tw="水位改以公尺計。"),
    instead=Text(en="Divide older values by 100.", zh_tw="先前的數值請除以 100。"),
    fields=("level",),
)
BACK = TakeBackNotice(dataset=SLUG, at="2026-07-02T12:00:00+08:00", by="Wu", reason="It stays.", takes_back=1)
GONE = WithdrawalNotice(
    dataset=SLUG,
    at="2026-07-01T12:00:00+08:00",
    by="Lin",
    reason="It holds names.",
    releases=(NamedRelease(dataset=SLUG, n=3, sha256="a" * 64),),
    counts=GoneCounts(releases=1, rows=1),
)


def release(n: int, version: str, created: str) -> dict[str, Any]:
    return {"n": n, "version": version, "created": f"{created}T08:00:00+08:00"}


def test_all_kinds_are_numbered_together_and_read_back_as_they_were_stored(public: FileStore) -> None:
    stored = tuple(notices.append(public, each) for each in (CHANGE, GONE, BACK))
    assert [each.i for each in stored] == [1, 2, 3]
    assert notices.read(public, SLUG) == stored
    assert notices.withdrawals(stored) == (stored[1],)
    document = json.loads(public.get(keys.notice(SLUG, 1)).body)
    assert document == {
        "form": 1,
        "kind": "breaking-change",
        "dataset": SLUG,
        "i": 1,
        "at": "2026-07-01T12:00:00+08:00",
        "by": "Lin",
        "from": "2026-09-01",
        "change": {"en": "The level is in metres.", "zh-TW": "水位改以公尺計。"},
        "instead": {"en": "Divide older values by 100.", "zh-TW": "先前的數值請除以 100。"},
        "fields": ["level"],
    }


def test_an_announcement_withdraws_nothing(public: FileStore, private: FileStore) -> None:
    *_, newest = publish_three(public, private)
    stored = [notices.append(public, each) for each in (CHANGE, BACK)]
    assert notices.withdrawn(stored, SLUG) == {}
    assert notices.notice_of(newest, stored) is None
    assert served.line(public, SLUG) == (newest, newest, tuple(stored))
    assert list(verify(public, SLUG, 3)) == []


def test_a_withdrawal_of_an_earlier_version_is_read(public: FileStore) -> None:
    document = GONE.model_copy(update={"i": 1}).document
    for body in (document, {name: value for name, value in document.items() if name != "kind"}):
        assert notices.parse(json.dumps(body).encode(), SLUG, 1) == GONE.model_copy(update={"i": 1})


@pytest.mark.parametrize(
    "wrong",
    [{"kind": "other"}, {"from": "soon"}, {"change": {"en": "x"}}, {"releases": []}, {"replaces": 0}, {"more": 1}],
    ids=str,
)
def test_what_is_no_announcement_is_refused(wrong: dict[str, Any]) -> None:
    body = json.dumps(CHANGE.model_copy(update={"i": 1}).document | wrong).encode()
    with pytest.raises(IntegrityError, match=r"notices/1\.json: expected a notice"):
        notices.parse(body, SLUG, 1)


def test_the_same_is_not_said_twice_while_it_stands(public: FileStore) -> None:
    first = notices.append(public, CHANGE)
    assert notices.append(public, CHANGE.model_copy(update={"at": "2026-07-05T12:00:00+08:00"})) == first
    assert notices.append(public, CHANGE.model_copy(update={"by": "Wu"})).i == 2, "two people: both are kept"
    assert notices.append(public, BACK).i == 3
    assert notices.append(public, BACK.model_copy(update={"by": "Chen"})).i == 3
    assert notices.append(public, CHANGE).i == 4, "it was taken back, and is said again"


def test_a_later_notice_replaces_an_announcement_or_takes_it_back() -> None:
    first = CHANGE.model_copy(update={"i": 1})
    second = CHANGE.model_copy(update={"i": 2, "replaces": 1, "starts": dt.date(2026, 10, 1)})
    back = BACK.model_copy(update={"i": 3, "takes_back": 2})
    late = BACK.model_copy(update={"i": 4, "takes_back": 1})
    found = announced([first, second, back, late])
    assert [(each.notice.i, each.ended, each.stands, each.to_come) for each in found] == [
        (1, second, False, False),
        (2, back, False, False),
    ]
    assert [each.document for each in found] == [
        {"state": "replaced", "ended_by": 2},
        {"state": "taken-back", "ended_by": 3},
    ]


@pytest.mark.parametrize(
    ("releases", "came"),
    [
        ([], None),
        ([release(1, "1.0.0", "2026-06-01"), release(2, "1.1.0", "2026-09-02")], None),
        ([release(1, "1.0.0", "2026-06-01"), release(2, "2.0.0", "2026-08-31")], None),
        ([release(1, "1.0.0", "2026-06-01"), release(2, "2.0.0", "2026-09-01")], 2),
        ([release(1, "1.0.0", "2026-06-01"), release(2, "2.0.0", "2026-08-01"), release(3, "3.0.0", "2026-09-05")], 3),
        ([release(1, "1.0.0", "2026-06-01"), release(4, "2.0.0", "2026-09-05"), release(5, "3.0.0", "2026-09-06")], 4),
    ],
)
def test_it_has_come_with_the_first_major_version_on_its_day_or_later(
    releases: list[dict[str, Any]], came: int | None
) -> None:
    (found,) = announced([CHANGE.model_copy(update={"i": 1})], releases)
    assert (found.came, found.to_come) == (came, came is None)
    assert found.document == ({"state": "came", "came_with": came} if came else {"state": "to-come"})


def test_a_major_version_of_the_same_day_that_came_before_it_is_not_the_one() -> None:
    late = CHANGE.model_copy(update={"i": 1, "at": "2026-09-01T12:00:00+08:00"})
    (found,) = announced([late], [release(1, "1.0.0", "2026-06-01"), release(2, "2.0.0", "2026-09-01")])
    assert found.to_come


def test_which_release_was_the_newest_when_it_was_said() -> None:
    releases = [release(1, "1.0.0", "2026-06-01"), release(3, "1.1.0", "2026-07-01"), release(4, "1.2.0", "2026-07-02")]
    assert newest_then(CHANGE, releases) == 3
    assert newest_then(CHANGE, releases[2:]) == 1
