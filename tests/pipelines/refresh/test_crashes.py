"""Killed before and after every store call of one release: old or new stays whole, and the next run ends the same.

All runs die in one home, which is set back to how it was where it differs. A run can know only what is stored: so each
state that a killed run leaves is finished by a next run once, however many moments leave it.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from homes import Home
from watched import Calls, Watched, declare, in_child, readings, record, refresh

import quality.run  # noqa: F401  the children are forked from a process that has it
from catalog.release import publish
from catalog.release.verify import verify

FIRST = {("a", "2026-01-01"): 1.0, ("b", "2026-01-01"): 2.0, ("a", "2026-02-01"): 3.0}
SECOND = {("b", "2026-01-01"): 2.5, ("c", "2026-02-01"): 4.0, ("a", "2026-03-01"): 5.0}


def kill_everywhere(kind: str, tmp_path: Path, server: Any, *, only_commit: bool) -> int:
    datasets = declare(tmp_path / "datasets")
    first = record(tmp_path / "one", [readings(FIRST)])
    both = record(tmp_path / "two", [readings(FIRST), readings(SECOND)])
    base = Home(kind, tmp_path, server)
    refresh(base.public, base.private, datasets, first)
    before = base.all()
    calls = Calls()
    refresh(Watched(base.public, calls), Watched(base.private, calls), datasets, both)
    after = base.all()
    assert len(calls.made) > 60, "the calls of one release are counted"
    moments = [(i, when) for i in range(len(calls.made)) for when in ("before", "after")]
    if only_commit:
        verbs = [(verb, key) for verb, key, _ in calls.made]
        at = next(i for i, one in enumerate(verbs) if one[0] == "put_new" and one[1].endswith("datapackage-2.json"))
        moments = [(i, when) for i, when in moments if at - 1 <= i <= at + 2]
    held, finished = after, set()
    for moment in moments:
        base.set_back(held, before)

        def work(moment: tuple[int, str] = moment) -> None:
            dying = Calls(die_at=moment)
            refresh(Watched(base.public, dying), Watched(base.private, dying), datasets, both)

        call = f"killed {moment[1]} call {moment[0]}: {calls.made[moment[0]]}"
        assert in_child(work) == -9, call
        newest = publish.newest(base.public, "readings")
        assert newest is not None, call
        assert newest.n in (1, 2), call
        assert list(verify(base.public, "readings", newest.n)) == [], call
        held = base.all()
        left = frozenset(held.items())
        if left not in finished:
            finished.add(left)
            refresh(base.public, base.private, datasets, both)
            held = base.all()
            assert held == after, call
    return len(moments)


def test_killed_around_the_commit(tmp_path: Path) -> None:
    assert kill_everywhere("file", tmp_path, None, only_commit=True) == 8


@pytest.mark.soak
@pytest.mark.parametrize("kind", ["file", "s3"])
def test_killed_before_and_after_every_store_call(
    kind: str, tmp_path: Path, s3_server: Any, counted: Callable[[str, int], None]
) -> None:
    points = kill_everywhere(kind, tmp_path, s3_server, only_commit=False)
    counted("kill points of a release", points)
    assert points > 120
