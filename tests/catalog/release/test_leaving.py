"""What is being deleted: who needs it waits; one collection at a time; what a killed one left is taken over."""

import datetime as dt

import pytest

from catalog import keys
from catalog.errors import StoreError
from catalog.release import leaving
from catalog.release.leaving import announced, missed, turn
from catalog.store import Store

NOW = dt.datetime(2026, 7, 1, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leaving, "_TRIES", 2)
    monkeypatch.setattr(leaving, "_PAUSE_SECONDS", 0)


def test_who_needs_something_else_does_not_wait(store: Store) -> None:
    assert not missed(store, ["a"], turn(store))
    with announced(store, ["a", "b"], NOW):
        assert not missed(store, ["c"], turn(store))
        with pytest.raises(StoreError, match="garbage collection is deleting what is needed here"):
            missed(store, ["c", "b"], turn(store))
    assert not missed(store, ["b"], turn(store))


def test_who_wrote_meanwhile_hears_of_it_also_when_it_is_over(store: Store) -> None:
    turns = [turn(store)]
    for _ in range(3):
        with announced(store, ["a"], NOW):
            pass
        assert missed(store, ["a"], turns[-1])
        turns.append(turn(store))
    assert len(set(turns)) == 4


def test_who_waited_hears_of_it(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    open_ = announced(store, ["a"], NOW)
    open_.__enter__()
    monkeypatch.setattr(leaving.time, "sleep", lambda _: open_.__exit__(None, None, None))
    assert missed(store, ["a"], turn(store))


def test_a_second_collection_is_refused_until_the_first_must_be_dead(store: Store) -> None:
    for later, error in ((HOUR / 2, "since 2026-07-01"), (HOUR * 2, None)):
        first = announced(store, ["a"], NOW)
        first.__enter__()
        if error:
            with pytest.raises(StoreError, match=error), announced(store, ["b"], NOW + later):
                pytest.fail("it was let in")
            first.__exit__(None, None, None)
            continue
        with announced(store, ["b"], NOW + later):
            assert not missed(store, ["a"], turn(store))
        with pytest.raises(StoreError, match="another garbage collection works"):
            first.__exit__(None, None, None)


def test_what_says_it_is_no_object_of_ours_says_nothing(store: Store) -> None:
    for body in (b"", b"[]", b'{"keys": 3}', b'{"keys": ["a"], "since": "x"}'):
        store.delete(keys.LEAVING)
        store.put_new(keys.LEAVING, body)
        assert not missed(store, ["a"], turn(store))
        with announced(store, ["a"], NOW):
            pass
