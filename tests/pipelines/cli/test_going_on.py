"""A run that is ended from outside says what is left; after a kill the next one says it, once."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest

from pipelines.cli.going_on import going_on

SAFE = "every release is whole, and what was fetched is kept; the next run of these datasets finishes the rest\n"
RUN = """
import sys
from pathlib import Path
from pipelines.cli.going_on import going_on
with going_on(Path(sys.argv[1]), ["lakes", "rivers"]) as done:
    done("lakes")
    print("going on", flush=True)
    sys.stdin.read()
"""


def start(home: Path) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, str(home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "going on\n"
    return process


def begin(home: Path) -> None:
    with going_on(home, ["lakes"]):
        pass


def test_after_a_kill_the_next_run_says_what_became_of_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    with start(tmp_path) as process:
        begin(tmp_path)
        assert capsys.readouterr().err == "", "it goes on"
        process.kill()
    begin(tmp_path)
    said = capsys.readouterr().err
    assert said.startswith(f"minsheng: the run of process {process.pid}, begun at 20")
    assert said.endswith(f", was ended from outside: done: lakes; not done: rivers; {SAFE}")
    begin(tmp_path)
    assert capsys.readouterr().err == "", "it is told once"


def test_a_run_that_is_told_to_end_says_it_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    def run() -> None:
        with going_on(tmp_path, ["lakes", "rivers"]) as done:
            done("rivers")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run()
    assert capsys.readouterr().err == (
        f"minsheng: this run was ended from outside: done: rivers; not done: lakes; {SAFE}"
    )
    assert list((tmp_path / "runs").iterdir()) == []


def test_a_note_is_seen_only_when_it_is_locked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    lock, looks = fcntl.flock, list[list[str]]()

    def look_and_lock(file: IO[str], how: int) -> None:
        looks.append([path.name for path in (tmp_path / "runs").glob("*.json")])
        lock(file, how)

    monkeypatch.setattr(fcntl, "flock", look_and_lock)
    begin(tmp_path)
    assert looks == [[]], "another run that begins now would tell of this one as killed"
    assert capsys.readouterr().err == ""


def test_a_run_that_ends_leaves_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    begin(tmp_path)
    assert (list((tmp_path / "runs").iterdir()), capsys.readouterr().err) == ([], "")


@pytest.mark.parametrize("body", ["", "{", "[]", '{"began": 1}'])
def test_a_note_that_was_cut_is_told_all_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str], body: str):
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / f"{os.getpid() + 1}.json").write_text(body)
    begin(tmp_path)
    said = capsys.readouterr().err
    assert f"the run of process {os.getpid() + 1}, begun at " in said
    assert said.endswith(SAFE)
