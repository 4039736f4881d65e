"""Turns: who waits while another begins the same need not do it again; all else is done by each."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from pipelines.turns import Turns

SECONDS = 20


class Writer:
    """A thread that takes a turn, and stays in it until it is let go."""

    def __init__(self, path: Path, what: str = "lists", error: Exception | None = None) -> None:
        self.waits, self.writes, self.free = threading.Event(), threading.Event(), threading.Event()
        self.what, self.error, self.raised = what, error, list[Exception]()
        self.turns = Turns(path, pause=self._pause)
        self.thread = threading.Thread(target=self._go, daemon=True)
        self.thread.start()

    def _pause(self, seconds: float) -> None:
        self.waits.set()
        time.sleep(seconds / 10)

    def _write(self) -> None:
        self.writes.set()
        assert self.free.wait(SECONDS)
        if self.error:
            raise self.error

    def _go(self) -> None:
        try:
            self.turns.once(self.what, self._write)
        except ValueError as error:
            self.raised.append(error)


def ended(*writers: Writer) -> list[bool]:
    """Let them write, one after the other; return which of them did."""
    for writer in writers:
        writer.free.set()
    for writer in writers:
        writer.thread.join(SECONDS)
        assert not writer.thread.is_alive()
    return [writer.writes.is_set() for writer in writers]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "lists.turn"


def test_one_of_those_that_wait_writes_for_all_of_them(path: Path) -> None:
    first = Writer(path)
    assert first.writes.wait(SECONDS)
    others = [Writer(path) for _ in range(4)]
    for other in others:
        assert other.waits.wait(SECONDS)
    assert not any(other.writes.is_set() for other in others), "one at a time"
    assert ended(first) == [True]
    assert sum(ended(*others)) == 1, "the first began before they asked: what they did is not in it"


def test_who_comes_after_all_have_ended_writes(path: Path) -> None:
    for _ in range(3):
        assert ended(Writer(path)) == [True]


def test_who_would_write_something_else_writes(path: Path) -> None:
    first = Writer(path)
    assert first.writes.wait(SECONDS)
    others = [Writer(path, "lists"), Writer(path, "other lists"), Writer(path, "third")]
    for other in others:
        assert other.waits.wait(SECONDS)
    assert ended(first, *others) == [True] * 4


def test_what_failed_is_written_by_the_next_one_too_and_each_hears_of_its_own(path: Path) -> None:
    first = Writer(path)
    assert first.writes.wait(SECONDS)
    others = [Writer(path, error=ValueError("a file is damaged")) for _ in range(3)]
    for other in others:
        assert other.waits.wait(SECONDS)
    assert ended(first, *others) == [True] * 4
    assert [len(other.raised) for other in (first, *others)] == [0, 1, 1, 1]


def test_a_killed_process_holds_nobody_up_and_counts_for_nobody(path: Path) -> None:
    holds = "import sys, time; from pathlib import Path; from pipelines.turns import Turns\n"
    holds += "Turns(Path(sys.argv[1])).once('lists', lambda: (print('writes', flush=True), time.sleep(600)))"
    killed = subprocess.Popen([sys.executable, "-c", holds, str(path)], stdout=subprocess.PIPE)
    assert killed.stdout
    assert killed.stdout.readline() == b"writes\n"
    writer = Writer(path)
    assert writer.waits.wait(SECONDS)
    killed.kill()
    killed.wait()
    killed.stdout.close()
    assert ended(writer) == [True]


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b'[9, "lists", true]', b"\xff" * 300])
def test_a_damaged_file_costs_work_and_no_more(path: Path, body: bytes) -> None:
    first = Writer(path)
    assert first.writes.wait(SECONDS)
    path.write_bytes(body)
    others = [Writer(path), Writer(path)]
    assert all(other.waits.wait(SECONDS) for other in others)
    assert ended(first, *others) == [True] * 3


def test_who_waited_in_vain_or_cannot_wait_writes_and_says_so(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    first = Writer(path)
    assert first.writes.wait(SECONDS)
    wrote = list[int]()
    Turns(path, wait_seconds=0).once("lists", lambda: wrote.append(1))
    assert (wrote, "this one goes on beside it" in caplog.text) == ([1], True)
    ended(first)
    below_a_file = path / "lists.turn"
    Turns(below_a_file).once("lists", lambda: wrote.append(2))
    assert (wrote, "no turns are taken" in caplog.text) == ([1, 2], True)


def test_a_full_disk_is_said_and_the_work_is_done(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path.parent.mkdir()
    path.symlink_to("/dev/full")
    wrote = list[int]()
    Turns(path).once("lists", lambda: wrote.append(1))
    assert (wrote, "No space left" in caplog.text) == ([1], True)
    assert path.is_symlink()
