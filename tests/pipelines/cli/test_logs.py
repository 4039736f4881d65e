"""Logs of bounded size, whose last words stay; and lines of JSON for machines."""

import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from consoles import PROGRAM

from pipelines.cli.logs import JsonLines, LogLimits, prune, rotate, tail

SMALL = LogLimits(file_bytes=100, older=2)


def test_a_small_log_is_left_alone(tmp_path: Path):
    log = tmp_path / "daemon.log"
    assert not rotate(log, SMALL)
    log.write_text("x" * 100)
    assert not rotate(log, SMALL)
    assert [path.name for path in tmp_path.iterdir()] == ["daemon.log"]


def test_a_large_one_is_begun_anew_while_its_process_writes_and_so_many_stay(tmp_path: Path):
    log = tmp_path / "daemon.log"
    with log.open("a", encoding="utf-8") as writing:
        for i in range(4):
            writing.write(f"{i}" * 101)
            writing.flush()
            assert rotate(log, SMALL)
        writing.write("new")
    found = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert found == {"daemon.log": "new", "daemon.log.1": "3" * 101, "daemon.log.2": "2" * 101}


def test_the_last_words_of_a_process_are_told_also_after_that(tmp_path: Path):
    log = tmp_path / "daemon.log"
    log.write_text("\x1b[32m1\x1b[0m\n2\n3\n4\n5\n6\n" + "the crash\n")
    assert rotate(log, LogLimits(file_bytes=10))
    assert tail(log) == "3 / 4 / 5 / 6 / the crash"
    log.write_text("started\n")
    assert tail(log, 2) == "the crash / started"
    assert tail(tmp_path / "none.log") == ""


def test_the_last_lines_are_told_without_colours(tmp_path: Path):
    log = tmp_path / "x.log"
    log.write_text("".join(f"{i}\n" for i in range(9)))
    assert tail(log) == "4 / 5 / 6 / 7 / 8"
    log.write_text("\x1b[34m12:00\x1b[0m - INFO - served\n")
    assert tail(log) == "12:00 - INFO - served"


def test_old_nights_go(tmp_path: Path):
    for name in ("dagster-1.log", "dagster-2.log", "dagster-3.log", "daemon.log"):
        (tmp_path / name).touch()
    prune(tmp_path, "dagster-*.log", 2)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["daemon.log", "dagster-2.log", "dagster-3.log"]


def test_a_record_is_a_line_of_json():
    try:
        raise ValueError("數")
    except ValueError:
        record = logging.LogRecord("x.y", logging.ERROR, "f", 1, "said %s", ("臺\n北",), sys.exc_info())
    line = JsonLines().format(record)
    assert "\n" not in line
    said = json.loads(line)
    assert (said["level"], said["logger"], said["message"]) == ("error", "x.y", "said 臺\n北")
    assert said["at"].endswith("+08:00")
    assert "ValueError: 數" in said["exception"]


@pytest.mark.parametrize(("log", "is_json"), [("text", False), ("json", True)])
def test_what_a_command_complains_of_is_json_if_that_is_wanted(tmp_path: Path, log: str, is_json: bool):
    environ = os.environ | {"MINSHENG_LOG": log, "MINSHENG_HOME": str(tmp_path), "MINSHENG_STORE": f"file:{tmp_path}/p"}
    command = [str(PROGRAM), "releases", "counties"]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("{") == is_json
    said = json.loads(line)["message"] if is_json else line
    assert said.startswith("minsheng: counties has no release")
