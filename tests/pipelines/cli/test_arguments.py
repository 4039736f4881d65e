"""What is written on the command line is read by its form, and completed by a shell."""

import datetime as dt
import os
import subprocess

import click
import pytest
from consoles import PROGRAM
from worlds import World

from catalog.declaration.dataset import slugs
from pipelines import settings as setting
from pipelines.cli.arguments import (
    DatasetArgument,
    DatasetRelease,
    DaySpan,
    Moment,
    Number,
    ReleaseOrCandidate,
    declared,
    known,
    spread,
)
from pipelines.cli.main import program

DAY = dt.date(2026, 4, 17)
ZONE = dt.timezone(dt.timedelta(hours=8))


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (DatasetArgument(), "county-spellings", "county-spellings"),
        (DatasetRelease(), "counties", ("counties", None)),
        (DatasetRelease(), "counties@12", ("counties", 12)),
        (DaySpan(), "2026-04-17", (DAY, DAY)),
        (DaySpan(), "2026-04-01..2026-04-17", (dt.date(2026, 4, 1), DAY)),
        (Number(), "12", 12),
    ],
)
def test_a_form_is_read(kind: click.ParamType[object], text: str, value: object) -> None:
    assert kind.convert(text, None, None) == value


@pytest.mark.parametrize(
    ("text", "value"), [("7", 7), ("0007", 7), ("1234567", 1234567), ("12345678", "12345678"), ("0abc1234", "0abc1234")]
)
def test_a_release_or_a_candidate(text: str, value: int | str) -> None:
    assert ReleaseOrCandidate().convert(text, None, None) == value


def test_a_moment_is_a_time_or_the_end_of_a_day() -> None:
    assert Moment().convert("2026-07-05T12:00", None, None) == dt.datetime(2026, 7, 5, 12, tzinfo=ZONE)
    end = Moment().convert("2026-07-05", None, None)
    assert end == dt.datetime.combine(dt.date(2026, 7, 5), dt.time.max, ZONE)


@pytest.mark.parametrize(
    ("kind", "text", "says"),
    [
        (DatasetArgument(), "../x", "expected the name of a dataset, as counties, found '../x'"),
        (DatasetArgument(), "Counties", "did you mean counties?"),
        (DatasetRelease(), "counties@0", "expected DATASET or DATASET@N, as counties@1"),
        (DatasetRelease(), "counties@", "expected DATASET or DATASET@N"),
        (ReleaseOrCandidate(), "0", "expected the number of a release, or 8 digits or more"),
        (ReleaseOrCandidate(), "abc", "expected the number of a release, or 8 digits or more"),
        (DaySpan(), "2026-02-30", "expected 2026-04-17 or 2026-04-01..2026-04-30"),
        (DaySpan(), "2026-04-17..", "expected 2026-04-17 or"),
        (DaySpan(), "2026-04-30..2026-04-01", "expected the first day before the last"),
        (DaySpan(), "yesterday", "expected 2026-04-17 or"),
        (Moment(), "yesterday", "expected a day or a time, as 2026-07-05"),
        (Number(), "0", "expected a whole number from 1 on, found '0'"),
        (Number(), "-1", "expected a whole number from 1 on"),
        (Number(), "one", "expected a whole number from 1 on"),
    ],
)
def test_another_form_is_refused(kind: click.ParamType[object], text: str, says: str) -> None:
    with pytest.raises(click.BadParameter) as raised:
        kind.convert(text, None, None)
    assert says in raised.value.message


def test_names_are_those_that_the_pipeline_knows(table: World) -> None:
    assert declared() == slugs(setting.read(os.environ).datasets) == ["spots"]


def test_names_are_by_default_those_of_the_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MINSHENG_DATASETS", raising=False)
    assert declared() == slugs(setting.read({}).datasets)
    assert "counties" in declared()


def test_an_unknown_name_is_told_with_those_that_are_known(table: World) -> None:
    assert known("spots") == ""
    assert known("rivers") == "; declared are spots"
    assert known("spot") == "; declared are spots; did you mean spots?"


def test_where_nothing_is_declared_nothing_is_told(settings: World) -> None:
    assert known("spots") == ""


@pytest.mark.parametrize(
    ("words", "spread_words"),
    [
        ("--k 3 4 5", "--k 3 --k 4 --k 5"),
        ("a --k 3 4 --by me 7", "a --k 3 --k 4 --by me 7"),
        ("--k 3 --k 4", "--k 3 --k 4"),
        ("--k x 4", "--k x --k 4"),
        ("--by --k", "--by --k"),
        ("", ""),
    ],
)
def test_an_option_takes_several_numbers(words: str, spread_words: str) -> None:
    assert spread(words.split(), "--k") == spread_words.split()


def completed(*words: str) -> list[str]:
    """What bash offers for the last word, by the script that a person sources."""
    script = """
        eval "$(_MINSHENG_COMPLETE=bash_source "$0")"
        COMP_WORDS=(minsheng "$@") COMP_CWORD=$#
        _minsheng_completion "$0"
        printf '%s\\n' "${COMPREPLY[@]}"
    """
    done = subprocess.run(["bash", "-c", script, str(PROGRAM), *words], capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    return done.stdout.split()


def test_bash_completes_commands_options_and_names(table: World) -> None:
    assert completed("re") == ["rebuild", "reject", "releases", "repair"]
    assert completed("run", "--e") == ["--each"]
    assert completed("run", "--sources", "") == ["live", "sandbox", "replay:", "evidence:"]
    assert completed("verify", "s") == ["spots"]


@pytest.mark.parametrize(
    "command",
    ["check", "run", "approve", "reject", "releases", "show", "diff", "asof", "history", "why", "verify", "rebuild"],
)
def test_every_dataset_is_completed(table: World, command: str) -> None:
    parameter = program().commands[command].params[0]
    with click.Context(program().commands[command]) as ctx:
        assert [item.value for item in parameter.shell_complete(ctx, "")] == ["spots"]


def test_a_name_that_is_written_is_not_offered_again(table: World) -> None:
    command = program().commands["run"]
    with command.make_context("run", ["spots"]) as ctx:
        assert command.params[0].shell_complete(ctx, "") == []
