"""Arguments and options that several commands have read alike everywhere."""

import click
import pytest

from pipelines.cli import options
from pipelines.cli.commands import commands

SHARED = {
    "dataset": options.dataset(),
    "datasets": options.datasets(),
    "key": options.key(),
    "as_json": options.as_json(),
    "store": options.store(),
    "clock_is_right": options.clock(),
}


@pytest.mark.parametrize("command", commands(), ids=lambda command: command.name or "")
def test_one_form_everywhere(command: click.Command) -> None:
    for param in command.params:
        shared = SHARED.get(param.name or "")
        if shared:
            assert (type(param), param.opts, type(param.type)) == (type(shared), shared.opts, type(shared.type))


def test_an_example_is_one_line_that_is_not_wrapped() -> None:
    assert options.example("show counties").splitlines()[-1] == "  minsheng show counties"
    assert options.example("show counties").startswith("\b\n")


def test_what_a_decision_needs() -> None:
    assert [param.name for param in options.decision()] == ["dataset", "candidate", "by", "reason"]
    assert [param.required for param in options.signed("; it is public")] == [True, True]
    assert options.release().name == "release"
    assert options.fetches("Which.").multiple
