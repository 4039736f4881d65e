"""The command line as a whole: help, wrong usage, exit codes, and how it ends when it is told to."""

import os
import re
import signal
import subprocess
import sys
from importlib.metadata import version

import pytest
from consoles import PROGRAM, Console
from worlds import SLUG, World

from pipelines.cli import steward


def test_help_lists_commands_by_who_uses_them(console: Console) -> None:
    parts = re.split(r"^For (\w+):\n", console.out("--help"), flags=re.MULTILINE)
    listed = dict(zip(parts[1::2], parts[2::2], strict=True))
    assert list(listed) == ["stewards", "readers", "operators"]
    for people, command in (("stewards", "approve"), ("readers", "why"), ("operators", "serve")):
        assert re.search(rf"^  {command}  +\w", listed[people], re.MULTILINE)
    assert console.out("-h") == console.out("--help")


def test_the_version_is_told(console: Console) -> None:
    assert console.out("--version") == f"minsheng {version('minsheng')}\n"


def test_without_a_command_the_help_is_shown_and_nothing_is_done(console: Console) -> None:
    code, out, err = console.run()
    assert (code, out) == (2, "")
    assert "For stewards:" in err


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (["stauts"], "minsheng: No such command 'stauts'. Did you mean 'status'? See minsheng --help."),
        (["run", "--dayz"], "minsheng run: No such option '--dayz'. Did you mean '--days'? See minsheng run --help."),
        (["show"], "minsheng show: Missing argument 'DATASET[@N]'."),
        (["show", "a", "b"], "minsheng show: Got unexpected extra argument (b)"),
        (["approve", "a", "--by", "B", "--reason", "c"], "minsheng approve: Missing option '--candidate'."),
        (["diff", "a", "1", "two"], "digits or more of a candidate's id, found 'two'. See minsheng diff --help."),
        (["run", "../x"], "expected the name of a dataset"),
        (["run", "--days", "soon"], "expected 2026-04-17 or 2026-04-01..2026-04-30, found 'soon'."),
        (["asof", "a", "soon"], "expected a day or a time"),
        (["serve", "--port", "70000"], "70000 is not in the range"),
    ],
)
def test_wrong_usage_is_one_sentence_and_2(
    settings: World, console: Console, command: list[str], sentence: str
) -> None:
    assert sentence in console.fault(*command, code=2)


@pytest.mark.parametrize(
    "command",
    [
        ["run", "river"],
        ["releases", "river"],
        ["show", "river"],
        ["show", "river@2"],
        ["diff", "river", "1", "2"],
        ["asof", "river", "2026-07-01"],
        ["history", "river", "a"],
        ["why", "river", "a", "level"],
        ["verify", "river"],
        ["rebuild", "river"],
        ["approve", "river", "--candidate", "0" * 8, "--by", "B", "--reason", "c"],
        ["reject", "river", "--candidate", "0" * 8, "--by", "B", "--reason", "c"],
    ],
    ids=lambda command: command[0],
)
def test_an_unknown_dataset_is_told_with_the_known_ones(world: World, console: Console, command: list[str]) -> None:
    fault = console.fault(*command)
    assert fault.startswith("minsheng: ")
    assert re.search(rf"declared(?: are|:) {SLUG}\b", fault)


def test_an_unknown_name_is_a_fault_of_check_too(world: World, console: Console) -> None:
    assert f"declared: {SLUG}" in console.fault("check", "river")


def test_a_wrong_setting_is_one_sentence_and_1(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINSHENG_STORE", "s3://bucket/public")
    monkeypatch.delenv("MINSHENG_EVIDENCE", raising=False)
    assert "set it to another bucket" in console.fault("status")


def test_an_interrupted_command_says_so_and_gives_130(
    settings: World, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(steward, "status_command", interrupted)
    assert console.fault("status", code=130) == "minsheng: interrupted; nothing is half done\n"


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_both_signals_interrupt_a_process(settings: World, ending: signal.Signals) -> None:
    declarations = settings.datasets / "agencies.yaml"
    declarations.unlink()
    os.mkfifo(declarations)
    with (
        subprocess.Popen(
            [str(PROGRAM), "check", "spots"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process,
        declarations.open("w"),
    ):  # which waits until the command reads
        process.send_signal(ending)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, "", "minsheng: interrupted; nothing is half done\n")


def test_a_reader_that_goes_away_is_no_fault(world: World) -> None:
    with subprocess.Popen([str(PROGRAM), "releases", SLUG], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


_UNTIDY = """
import atexit, os, sys
from pipelines.cli.main import entry
class Last:
    def __del__(self): os.abort()
last = Last()
sys.argv = ["minsheng", *sys.argv[1:]]
sys.modules["kept"] = last
import threading
threading.Thread(target=lambda: (threading.Event().wait(0.2), atexit.register(print, "registered after"))).start()
entry()
"""


@pytest.mark.parametrize(("words", "code"), [(["--version"], 0), (["show", "no-such"], 1), (["no-such"], 2)])
def test_what_python_takes_apart_at_its_end_changes_no_result(words: list[str], code: int) -> None:
    done = subprocess.run([sys.executable, "-c", _UNTIDY, *words], capture_output=True, text=True, timeout=60)
    assert done.returncode == code, done.stderr
    assert "registered after" in done.stdout
    assert bool(done.stderr) == (code != 0)
