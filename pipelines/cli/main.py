"""`minsheng`: the command line. It calls the same plain functions as the Dagster shell, and needs no Dagster."""

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from typing import Any

from catalog.errors import MinshengError
from pipelines import settings as setting
from pipelines.cli import demo, operator, past, reader, steward
from pipelines.cli.show import note

Argument = tuple[str, dict[str, Any]]
JSON: Argument = ("--json", {"action": "store_true", "help": "one JSON value on standard output"})


def parser() -> argparse.ArgumentParser:
    """Return the parser; each command carries its function as `function`."""
    top = argparse.ArgumentParser(prog="minsheng", description=__doc__)
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, function: object, help_: str, *arguments: Argument) -> None:
        sub = commands.add_parser(name, help=help_, description=help_)
        sub.set_defaults(function=function)
        for argument, options in arguments:
            sub.add_argument(argument, **options)

    some: Argument = ("dataset", {"nargs": "*", "metavar": "DATASET", "help": "default: all that are declared"})
    one: Argument = ("dataset", {"metavar": "DATASET"})
    release: Argument = ("release", {"metavar": "DATASET[@N]"})
    decision: list[Argument] = [
        one,
        ("--candidate", {"required": True, "metavar": "ID", "help": "its id, or the first 8 digits or more"}),
        ("--by", {"required": True, "metavar": "NAME", "help": "who decides"}),
        ("--reason", {"required": True, "metavar": "TEXT", "help": "why"}),
    ]
    modes = "live, sandbox, replay:DIR or evidence:URL; default: MINSHENG_SOURCES"
    command("check", steward.check_command, "validate declarations and suites", some)
    command(
        "run",
        steward.run_command,
        "fetch, fold, check and release; exit 1 if any failed or was refused, else 3 if any is held",
        some,
        ("--sources", {"metavar": "MODE", "help": modes}),
        ("--each", {"action": "store_true", "help": "fold after every fetch"}),
        ("--days", {"type": steward.days, "metavar": "DAY[..DAY]", "help": "of an agency that is asked by the day"}),
        JSON,
    )
    command("status", steward.status_command, "how every dataset stands", JSON)
    command("candidates", steward.candidates_command, "what waits for a steward", JSON)
    command("approve", steward.approve_command, "release a candidate that waits", *decision)
    fetches: Argument = ("--evidence", {"nargs": "+", "type": int, "metavar": "K", "help": "fetches to exclude"})
    command("reject", steward.reject_command, "exclude what is bad of a candidate, fold the rest", *decision, fetches)
    command("releases", reader.releases_command, "the history of a dataset", one, JSON)
    command("show", reader.show_command, "one release", release, JSON)
    command(
        "diff",
        reader.diff_command,
        "row changes between two releases",
        one,
        ("n", {"type": int, "metavar": "N"}),
        ("m", {"type": int, "metavar": "M"}),
        ("--rows", {"action": "store_true", "help": "the rows too"}),
        JSON,
    )
    address: Argument = ("--store", {"metavar": "URL", "help": "another store or mirror, https too"})
    key: Argument = ("key", {"metavar": "KEY", "help": "name=value,name=value, or the values in the key's order"})
    date: Argument = ("date", {"metavar": "DATE", "help": "a day, which is its end in Taipei, or a time"})
    sql: Argument = ("--sql", {"action": "store_true", "help": "the query for DuckDB that reads it"})
    command("asof", past.asof_command, "the release that was the newest at a moment", one, date, address, sql, JSON)
    command("history", past.history_command, "every published value of one row", one, key, address, JSON)
    column: Argument = ("column", {"metavar": "COLUMN"})
    asked: Argument = ("--release", {"type": int, "metavar": "N", "help": "default: the newest"})
    help_ = "from a published value back to what the agency wrote, and the rules that read it"
    command("why", past.why_command, help_, one, key, column, asked, JSON)
    command("verify", reader.verify_command, "check hashes, sizes, content, chain", release, address)
    command("rebuild", operator.rebuild_command, "fold the evidence of a release again and compare", release)
    port: Argument = ("--port", {"type": int, "default": 8600, "metavar": "PORT", "help": "0 takes a free one"})
    command("serve", reader.serve_command, "serve the public store over HTTP", port)
    command("demo", demo.demo_command, "two simulated nights, offline")
    command("up", demo.up_command, "the demo, then Dagster and the store stay up until Ctrl-C")
    command("live", operator.live_command, "fetch the agencies that need no key, for real")
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code: 2 for wrong usage, 1 when it could not be done."""
    args = parser().parse_args(argv)
    try:
        code: int = args.function(setting.read(os.environ), args)
    except MinshengError as error:
        note(f"minsheng: {error}")
        return 1
    except KeyboardInterrupt:
        note("minsheng: interrupted; nothing is half done")
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code


def entry() -> None:
    """The console script; SIGTERM ends it as Ctrl-C does, so that what it started ends too."""
    for ending in (signal.SIGTERM, signal.SIGINT):  # a shell's background job is born deaf to the latter
        signal.signal(ending, signal.default_int_handler)
    sys.exit(main())
