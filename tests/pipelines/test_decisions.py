"""Decisions of stewards as they are kept: numbered, appended, never lost, and what follows from all of them."""

from pathlib import Path
from typing import Any

import pytest

from catalog import keys
from catalog.errors import IntegrityError, StoreError
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


def test_the_last_decision_on_a_candidate_counts() -> None:
    taken = [decision("approve", "c1"), decision("reject", "c1"), decision("approve", "c2")]
    assert decisions.on(taken, "c1") == taken[1]
    assert decisions.on(taken, "c3") is None


def test_rejected_declarations_are_those_of_rejections() -> None:
    taken = [
        decision("reject", fingerprint="f1"),
        decision("approve", fingerprint="f2"),
        decision("reject", suite="s1"),
    ]
    assert (decisions.rejected(taken, "fingerprint"), decisions.rejected(taken, "suite")) == ({"f1"}, {"s1"})
