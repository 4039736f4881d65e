"""Killed before and after every store call of one release: old or new stays whole, and the next run ends the same."""

import re
import secrets
import shutil
from pathlib import Path
from typing import Any

import pytest
from watched import Calls, Watched, declare, in_child, readings, record, refresh

import quality.run  # noqa: F401  the children are forked from a process that has it
from catalog.release import publish
from catalog.release.verify import verify
from catalog.store import Store
from catalog.store.file import FileStore

FIRST = {("a", "2026-01-01"): 1.0, ("b", "2026-01-01"): 2.0, ("a", "2026-02-01"): 3.0}
SECOND = {("b", "2026-01-01"): 2.5, ("c", "2026-02-01"): 4.0, ("a", "2026-03-01"): 5.0}
_LOOSE = re.compile(r"probe/.*")


class Home:
    """The two stores of one home, of either kind, which can be copied."""

    def __init__(self, kind: str, tmp_path: Path, server: Any) -> None:
        self.name = secrets.token_hex(6)
        if kind == "file":
            self.public: Store = FileStore(tmp_path / self.name / "public")
            self.private: Store = FileStore(tmp_path / self.name / "private")
        else:
            self.public, self.private = server.open_public(self.name), server.open_private(self.name)

    def all(self) -> dict[str, bytes]:
        return {
            f"{side}/{key}": store.get(key).body
            for side, store in (("public", self.public), ("private", self.private))
            for key in store.list("")
            if not _LOOSE.fullmatch(key)
        }

    def fill(self, objects: dict[str, bytes]) -> None:
        for name, body in objects.items():
            side, key = name.split("/", 1)
            (self.public if side == "public" else self.private).put_new(key, body)


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
        moments = [(i, when) for i, when in moments if at - 3 <= i <= at + 5]
    for moment in moments:
        home = Home(kind, tmp_path, server)
        home.fill(before)

        def work(home: Home = home, moment: tuple[int, str] = moment) -> None:
            dying = Calls(die_at=moment)
            refresh(Watched(home.public, dying), Watched(home.private, dying), datasets, both)

        assert in_child(work) == -9, f"killed {moment[1]} call {moment[0]}: {calls.made[moment[0]]}"
        newest = publish.newest(home.public, "readings")
        assert newest is not None
        assert newest.n in (1, 2)
        assert list(verify(home.public, "readings", newest.n)) == []
        refresh(home.public, home.private, datasets, both)
        left = home.all()
        assert left == after, f"killed {moment[1]} call {moment[0]}: {calls.made[moment[0]]}"
        if kind == "file":
            shutil.rmtree(tmp_path / home.name)
    return len(moments)


def test_killed_around_the_commit(tmp_path: Path) -> None:
    assert kill_everywhere("file", tmp_path, None, only_commit=True) >= 18


@pytest.mark.soak
@pytest.mark.parametrize("kind", ["file", "s3"])
def test_killed_before_and_after_every_store_call(kind: str, tmp_path: Path, s3_server: Any) -> None:
    assert kill_everywhere(kind, tmp_path, s3_server, only_commit=False) > 120
