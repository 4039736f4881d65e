"""Every command is documented, has help, fits its function, and costs nothing before it runs."""

import inspect
import os
import re
import shlex
import subprocess
import sys

import pytest
from consoles import PROGRAM, ROOT

from pipelines.cli.command import Command
from pipelines.cli.commands import SECTIONS
from pipelines.cli.main import program

COMMANDS = {name: command for name, command in program().commands.items() if isinstance(command, Command)}
HEAVY = {"dagster", "pandas", "pyarrow", "numpy", "pydantic", "httpx", "boto3", "duckdb", "rich", "great_expectations"}


def test_the_commands_are_those_of_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8").split("## Commands")[1].split("## Settings")[0]
    rows = re.findall(r"^\| (`.*?`) \|", readme, re.MULTILINE)
    named = {code.split()[0] for row in rows for code in re.findall(r"`([^`]+)`", row)}
    assert set(COMMANDS) == named
    assert set(program().commands) == named


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_every_command_and_parameter_has_help(command: Command) -> None:
    assert re.fullmatch(r"[A-Z][^.]*(?:quality\.yaml[^.]*)?\.", command.help or ""), "one plain sentence"
    assert [param.name for param in command.params if not getattr(param, "help", "")] == []


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_every_command_fits_its_function(command: Command) -> None:
    words = {str(param.name) for param in command.params}
    first, *others = inspect.signature(command.function).parameters
    assert (first, set(others)) == ("settings", words)


def test_every_command_stands_in_one_section_of_the_help() -> None:
    modules = [module for named in SECTIONS.values() for module in named]
    assert len(modules) == len(set(modules))
    assert {command.module for command in COMMANDS.values()} == set(modules)


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_an_example_is_right(command: Command) -> None:
    example = re.search(r"^  minsheng (.*)$", command.epilog or "", re.MULTILINE)
    if example:
        name, *words = shlex.split(example[1])
        assert name == command.name
        command.make_context(name, words)
    assert example or len([param for param in command.params if param.required]) < 2, "it needs an example"


@pytest.mark.parametrize(
    ("words", "environ"),
    [
        (["--help"], {}),
        (["run", "--help"], {}),
        (["--version"], {}),
        (["run", "--nothing"], {}),
        ([], {"_MINSHENG_COMPLETE": "bash_complete", "COMP_WORDS": "minsheng ", "COMP_CWORD": "1"}),
        ([], {"_MINSHENG_COMPLETE": "zsh_complete", "COMP_WORDS": "minsheng show c", "COMP_CWORD": "2"}),
        ([], {"_MINSHENG_COMPLETE": "fish_complete", "COMP_WORDS": "minsheng run --", "COMP_CWORD": "--"}),
    ],
)
def test_help_and_completion_import_nothing_heavy(words: list[str], environ: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", str(PROGRAM), *words],
        env=os.environ | environ, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    imported = {line.rsplit("|", 1)[1].strip() for line in done.stderr.splitlines() if "import time:" in line}
    assert "pipelines.cli.commands" in imported
    assert {name for name in imported if name.split(".")[0] in HEAVY} == set()
    assert done.stdout or done.returncode == 2
