"""A command: what it does is imported when it runs, and not before, so that help and completion answer at once."""

import importlib
import os
from typing import Any

import click

from catalog.errors import DecisionError
from pipelines.cli.arguments import known, spread


class Command(click.Command):
    """A command that is carried out by a function of a module of this package."""

    def __init__(self, name: str, module: str, help_: str, *params: click.Parameter, end: str | None = None) -> None:
        super().__init__(name, params=list(params), help=help_, epilog=end)
        self.module = module

    @property
    def function(self) -> Any:
        """The function that carries the command out; to ask for it imports its module."""
        return getattr(importlib.import_module(f"pipelines.cli.{self.module}"), f"{self.name}_command")

    def invoke(self, ctx: click.Context) -> int:
        """Carry the command out and return its exit code; a complaint about an unknown dataset names the known ones."""
        from pipelines import settings

        function, read = self.function, settings.read(os.environ)
        if read.log == "json":
            from pipelines.cli.logs import as_json_lines

            as_json_lines()
        try:
            code: int = function(read, **ctx.params)
        except DecisionError as error:
            release = ctx.params.get("release")
            name = release.dataset if release else ctx.params.get("dataset")
            raise DecisionError(f"{error}{self._way_on(error)}{known(name) if name else ''}") from error
        return code

    def _way_on(self, error: DecisionError) -> str:
        """How to go on with this command where a clock is in doubt."""
        from pipelines.fetch.clock import ClockDoubt

        return (
            f". If this machine's clock is right: `minsheng {self.name} --clock-is-right`"
            if isinstance(error, ClockDoubt)
            else ""
        )


class WithEvidence(Command):
    """A command whose option --evidence takes one number or more."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse `--evidence 3 4` as `--evidence 3 --evidence 4`."""
        return super().parse_args(ctx, spread(args, "--evidence"))
