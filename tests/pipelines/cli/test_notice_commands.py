"""The commands that make notices stand with those of stewards."""

from pipelines.cli.command import WithEvidence
from pipelines.cli.commands import SECTIONS, commands
from pipelines.cli.notice_commands import of_notices


def test_they_are_among_the_commands_and_of_stewards() -> None:
    assert [command.name for command in of_notices()] == ["announce", "withdraw"]
    named = {command.name: command for command in commands()}
    for name in ("announce", "withdraw"):
        command = named[name]
        assert command.module in SECTIONS["For stewards"]  # type: ignore[attr-defined]
        assert callable(command.function)  # type: ignore[attr-defined]
    assert isinstance(named["withdraw"], WithEvidence)
