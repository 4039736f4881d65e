"""`minsheng`: the command line. It calls the same plain functions as the Dagster shell, and needs no Dagster."""

import atexit
import contextlib
import os
import signal
import sys
from collections.abc import Sequence

import click

from catalog.errors import MinshengError
from pipelines.cli.command import Command
from pipelines.cli.commands import SECTIONS, commands
from pipelines.cli.show import note

_FAULT, _WRONG_USAGE, _INTERRUPTED = 1, 2, 130


class Program(click.Group):
    """All commands; help lists them by who uses them."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write a section for each kind of person."""
        for heading, modules in SECTIONS.items():
            with formatter.section(heading):
                formatter.write_dl(
                    (name, command.help or "")
                    for name, command in self.commands.items()
                    if isinstance(command, Command) and command.module in modules
                )

    def invoke(self, ctx: click.Context) -> int:
        """Run a command and return its exit code; what could not be done is one sentence on standard error."""
        try:
            code: int = super().invoke(ctx)
        except MinshengError as error:
            note(f"minsheng: {error}")
            return _FAULT
        except KeyboardInterrupt:
            note("minsheng: interrupted; nothing is half done")
            return _INTERRUPTED
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
        return code


def program() -> Program:
    """Return the whole command line."""
    made = Program(
        "minsheng",
        commands=commands(),
        help="Fetch data sets from public agencies, check them, and publish each as numbered releases.",
        epilog="minsheng COMMAND --help tells more of a command. README.md and docs/ tell the rest.",
        no_args_is_help=True,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    )
    return click.version_option(package_name="minsheng", message="%(prog)s %(version)s")(made)


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code: 2 for wrong usage, 1 when it could not be done."""
    try:
        code: int = program().main(argv, prog_name="minsheng", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        note(error.format_message())
        return _WRONG_USAGE
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx else "minsheng"
        message = error.format_message()
        note(f"{path}: {message}{'' if message.endswith(('.', '?')) else '.'} See {path} --help.")
        return _WRONG_USAGE
    return code


def entry() -> None:
    """The console script; SIGTERM ends it as Ctrl-C does, so that what it started ends too."""
    code = _FAULT

    def end() -> None:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):  # nobody reads it any more
                stream.flush()
        os._exit(code)

    # Registered first, so it is called last. A thread of Arrow that lets go of our bytes while Python takes itself
    # apart aborts the process, although all is done (https://github.com/apache/arrow/issues/45017).
    atexit.register(end)
    for ending in (signal.SIGTERM, signal.SIGINT):  # a shell starts a background job with the latter ignored
        signal.signal(ending, signal.default_int_handler)
    code = main()
    sys.exit(code)
