"""Decisions of stewards as they are kept: numbered, appended, never lost, and what follows from all of them."""

from pathlib import Path
from typing import Any

import pytest

from catalog import keys
from catalog.errors import IntegrityError, StoreError
from catalog.release.digest import canonical
from catalog.store import Unknown
from catalog.store.file import FileStore
from pipelines import decisions
from pipelines.decisions import Decision


@pytest.fixture
def private(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path)


def decision(action: Any, candidate: str = "c1", *evidence: int, **more: Any) -> Decision:
    told = {"by": "chen", "reason": "x", "at": "2026-07-01T08:00:00+08:00"} | more
    return Decision(action=action, candidate=candidate, evidence=evidence, **told)


def test_each_gets_the_next_number_and_is_read_back_in_order(private: FileStore) -> None:
    assert [decisions.append(private, "rivers", decision("reject", f"c{i}")).i for i in range(3)] == [1, 2, 3]
    assert decisions.append(private, "lakes", decision("approve")).i == 1
    assert [(one.i, one.candidate) for one in decisions.read(private, "rivers")] == [
        (1, "c0"),
        (2, "c1"),
        (3, "c2"),
    ]


def test_a_broken_decision_is_no_missing_one(private: FileStore) -> None:
    decisions.append(private, "rivers", decision("reject"))
    private.put_new(keys.decision("rivers", 2), b"{")
    with pytest.raises(IntegrityError, match="restore it from a backup"):
        decisions.read(private, "rivers")


class Lossy(FileStore):
    """Its first answers are lost; whether the bytes are stored all the same is up to the test."""

    def __init__(self, root: Path, *, stores: bool, lost: int) -> None:
        super().__init__(root)
        self.stores, self.lost = stores, lost

    def put_new(self, key: str, body: bytes) -> None:
        if self.lost:
            self.lost -= 1
            if self.stores:
                super().put_new(key, body)
            raise Unknown(key)
        super().put_new(key, body)


@pytest.mark.parametrize("stores", [True, False])
def test_a_lost_answer_is_one_decision(tmp_path: Path, stores: bool) -> None:
    private = Lossy(tmp_path, stores=stores, lost=1)
    assert decisions.append(private, "rivers", decision("reject")).i == 1
    assert len(decisions.read(private, "rivers")) == 1


def test_a_store_that_never_answers_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="nothing was decided, try again"):
        decisions.append(Lossy(tmp_path, stores=False, lost=100), "rivers", decision("reject"))


def test_what_is_excluded_can_be_let_in_again_and_excluded_again() -> None:
    taken = [decision("reject", "c1", 3, 4), decision("exclude", "c2", 7), decision("lift", "c3", 4)]
    assert decisions.excluded(taken) == {3, 7}
    assert decisions.excluded([*taken, decision("approve", "c4", 9), decision("reject", "c5", 4)]) == {3, 4, 7}


def test_a_withdrawal_sets_aside_and_is_told_by_the_same_bodies_until_it_is_lifted() -> None:
    gone = decision("withdraw", "", 2, 3, notice={"i": 4}, bodies=(("aa", "bb"), ("cc",)))
    taken = [decision("reject", "c1", 1), gone]
    assert gone.of_notice == 4
    assert decisions.excluded(taken) == {1, 2, 3}
    assert decisions.withdrawn(taken) == {2, 3}
    assert decisions.withdrawal(taken, ("aa", "bb")) == gone
    assert decisions.withdrawal(taken, ("aa",)) is None, "a part of an answer is another answer"
    lifted = [*taken, decision("lift", "", 2, 3)]
    assert decisions.withdrawn(lifted) == set()
    assert decisions.withdrawal(lifted, ("cc",)) is None


def test_a_notice_is_decided_on_once(private: FileStore) -> None:
    gone = decision("withdraw", None, 2, notice={"i": 1, "by": "Lin"})  # type: ignore[arg-type]
    first = decisions.append(private, "rivers", gone)
    assert decisions.append(private, "rivers", gone) == first
    assert decisions.append(private, "rivers", gone.model_copy(update={"notice": {"i": 2}})).i == 2
    assert decisions.read(private, "rivers")[0].notice == {"i": 1, "by": "Lin"}


def test_the_last_decision_on_a_candidate_counts() -> None:
    taken = [decision("approve", "c1"), decision("reject", "c1"), decision("approve", "c2")]
    assert decisions.on(taken, "c1") == taken[1]
    assert decisions.on(taken, "c3") is None


def test_a_rejection_stands_until_all_that_it_set_aside_is_let_in_again() -> None:
    taken = [decision("reject", "c1", 3, 4), decision("lift", None, 3)]  # type: ignore[arg-type]
    assert decisions.on(taken, "c1") == taken[0]
    lifted = [*taken, decision("lift", None, 4)]  # type: ignore[arg-type]
    assert decisions.on(lifted, "c1") is None
    again = [*lifted, decision("approve", "c1")]
    assert decisions.on(again, "c1") == again[-1]


def test_rejected_declarations_are_those_of_rejections() -> None:
    taken = [
        decision("reject", fingerprint="f1"),
        decision("approve", fingerprint="f2"),
        decision("reject", suite="s1"),
    ]
    assert (decisions.rejected(taken, "fingerprint"), decisions.rejected(taken, "suite")) == ({"f1"}, {"s1"})


def test_a_candidate_is_decided_once(private: FileStore) -> None:
    first = decisions.append(private, "rivers", decision("approve"))
    for other in (
        decision("approve"),
        decision("reject"),
        decision("approve", by="lin", at="2027-01-01T08:00:00+08:00"),
    ):
        assert decisions.append(private, "rivers", other) == first
    assert decisions.append(private, "rivers", decision("reject", "c2")).i == 2
    assert decisions.append(private, "lakes", decision("reject")).i == 1, "another dataset"


class Late(FileStore):
    """Its first answer is lost, and what was written shows only when the key is written again."""

    late: tuple[str, bytes] | None = None

    def put_new(self, key: str, body: bytes) -> None:
        if self.late is None:
            self.late = (key, body)
            raise Unknown(key)
        if not self.head(key):
            super().put_new(*self.late)
        super().put_new(key, body)


def test_an_answer_that_was_lost_and_shows_late_is_one_decision(tmp_path: Path) -> None:
    private = Late(tmp_path)
    assert decisions.append(private, "rivers", decision("reject")).i == 1
    assert len(decisions.read(private, "rivers")) == 1


class Taken(FileStore):
    """Others are first, so many times."""

    others: int = 3

    def put_new(self, key: str, body: bytes) -> None:
        if self.others:
            self.others -= 1
            other = decision("reject", f"other {self.others}", i=int(key[-13:-5]))
            super().put_new(key, other.body)
        super().put_new(key, body)


def test_numbers_that_others_took_first_leave_no_gap(tmp_path: Path) -> None:
    private = Taken(tmp_path)
    assert decisions.append(private, "rivers", decision("approve")).i == 4
    assert [each.i for each in decisions.read(private, "rivers")] == [1, 2, 3, 4]


BROKEN = {
    "missing": None,
    "empty": b"",
    "no object": b"[]",
    "an empty object": b"{}",
    "cut": decision("reject", "c2", i=2).body[:-9],
    "not UTF-8": decision("reject", "c2", i=2).body.decode().encode("utf-16"),
    "another number": decision("reject", "c2", i=3).body,
    "another dataset": decision("reject", "c2", i=2, dataset="lakes").body,
    "a word for a number": decision("reject", "c2", i=2).body.replace(b'"evidence":[]', b'"evidence":["1"]'),
    "a flipped bit": decision("reject", "c2", i=2).body.replace(b'"by":"chen"', b'"by":"chem"'),
    "an unknown action": decision("reject", "c2", i=2).body.replace(b'"reject"', b'"perhaps"'),
}


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN)
def test_a_decision_that_is_not_whole_stops_its_dataset_and_takes_no_number(
    private: FileStore, body: bytes | None
) -> None:
    for i in (1, 2, 3):
        decisions.append(private, "rivers", decision("reject", f"c{i}", i))
    private.delete(keys.decision("rivers", 2))
    if body is not None:
        private.put_new(keys.decision("rivers", 2), body)
    with pytest.raises(IntegrityError, match=r"decision.* 00000002|decision 2|00000002.json"):
        decisions.read(private, "rivers")
    with pytest.raises(IntegrityError):
        decisions.append(private, "rivers", decision("approve", "c9"))
    assert len(list(private.list("decisions/rivers/"))) == (2 if body is None else 3)


def test_what_version_0_1_stored_is_read(private: FileStore) -> None:
    old = {"action": "approve", "at": "2026-07-01T08:00:00+08:00", "by": "chen", "candidate": "c1", "evidence": []}
    private.put_new(keys.decision("rivers", 1), canonical(old | {"i": 1, "reason": "x"}))
    private.put_new(keys.decision("rivers", 2), canonical(old | {"action": "reject", "i": 2, "reason": "y"}))
    taken = decisions.read(private, "rivers")
    assert decisions.on(taken, "c1") == taken[1], "the last one of two on a candidate counts"


def test_the_last_rejection_of_a_fetch_is_told() -> None:
    taken = [
        decision("reject", "c1", 3),
        decision("approve", "c2"),
        decision("lift", "c3", 3),
        decision("reject", "c4", 4),
    ]
    assert decisions.rejection(taken, 3) == taken[0]
    assert decisions.rejection(taken, 9) is None
