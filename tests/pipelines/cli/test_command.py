"""A command finds the function that carries it out, and takes several numbers after one option."""

import click
import pytest

from pipelines.cli import steward
from pipelines.cli.command import Command, WithEvidence


def test_a_command_is_carried_out_by_the_function_of_its_name() -> None:
    assert Command("status", "steward", "x").function is steward.status_command


@pytest.mark.parametrize(
    ("args", "expected"),
    [(["--evidence", "3", "4"], (3, 4)), (["--evidence", "3", "--evidence", "4"], (3, 4)), ([], ())],
)
def test_several_numbers_stand_after_one_option(args: list[str], expected: tuple[int, ...]) -> None:
    option = click.Option(["--evidence"], type=int, multiple=True)
    assert WithEvidence("reject", "steward", "x", option).make_context("reject", args).params["evidence"] == expected
