"""The commands: their arguments, options and help. What a command does is imported when it runs, and not before.

So help and completion answer at once. The function of the command `run` is `run_command` of the module named here; its
parameters, after the settings, have the names of the command's.
"""

from pathlib import Path

import click

from pipelines.cli import options
from pipelines.cli.arguments import (
    DatasetArgument,
    DaySpan,
    Moment,
    Number,
    ReleaseOrCandidate,
    Start,
    complete_sources,
)
from pipelines.cli.command import Command, WithEvidence
from pipelines.cli.notice_commands import of_notices

SECTIONS = {
    "For stewards": (
        *("steward", "candidates", "withdrawing", "announcing", "proposing", "trial", "drift", "correct", "evidence"),
    ),
    "For readers": ("reader", "past"),
    "For operators": ("doctoring", "night", "operator", "garbage", "serving", "demo"),
}
"""The headings of `minsheng --help`, each with the modules of its commands."""


def commands() -> list[click.Command]:
    """Return all commands, in the order in which help lists them."""
    return [*_of_stewards(), *_of_readers(), *_of_operators()]


def _of_stewards() -> list[click.Command]:
    return [
        _new(),
        Command(
            "check",
            "steward",
            "Check declarations and quality.yaml, without asking an agency or a store.",
            options.datasets(),
            end="Exit code 1 on a fault.",
        ),
        Command(
            "try",
            "trial",
            "Do all that a run does but the release, over evidence that is kept or one file, and show it.",
            options.dataset(),
            click.Option(
                ["--since"],
                type=Start(),
                metavar="DATE",
                help="Try every fetch since a day or a time. Default: what a run would decide on, else the newest.",
            ),
            click.Option(
                ["--file"],
                type=click.Path(exists=True, dir_okay=False, path_type=Path),
                metavar="F",
                help="Try this file, as if the agency had just sent it.",
            ),
            end="Nothing is written, no agency is asked. Exit code 1 if it would be refused, 3 if it would be held.",
        ),
        Command(
            "drift",
            "drift",
            "Say what changed in a source, and print the patch to the declaration that accepts it.",
            options.dataset(),
            click.Option(
                ["--file"],
                type=click.Path(exists=True, dir_okay=False, path_type=Path),
                metavar="F",
                help="Look at this file, as if the agency had just sent it. Default: the newest answer.",
            ),
            end="Nothing is written, no agency is asked. Apply it: minsheng drift DATASET | patch -p1",
        ),
        _correct(),
        Command(
            "run",
            "steward",
            "Ask the agencies, keep what they answer, fold it, check it, release it.",
            options.datasets(),
            click.Option(
                ["--sources", "mode"],
                metavar="MODE",
                shell_complete=complete_sources,
                help="Where answers come from: live, sandbox, replay:DIR or evidence:URL. Default: MINSHENG_SOURCES.",
            ),
            click.Option(["--each"], is_flag=True, help="Fold after every fetch instead of once."),
            click.Option(
                ["--days"],
                type=DaySpan(),
                metavar="DAY[..DAY]",
                help="Ask an agency that is asked by the day for these, as 2026-04-17 or 2026-04-01..2026-04-30.",
            ),
            options.clock(),
            options.as_json(),
            end="Exit code 1 if any dataset failed or was refused, else 3 if any is held.",
        ),
        Command("status", "steward", "Show how every dataset stands.", options.as_json()),
        _candidates(),
        _evidence_of(),
        Command(
            "approve",
            "steward",
            "Release a candidate that waits; at once, or from a time on.",
            *options.decision(),
            click.Option(
                ["--embargo"],
                metavar="TIME",
                help="Nothing of it is public before this time, as 2026-12-01T09:00+08:00. The next run releases it.",
            ),
            end=options.example('approve counties --candidate 0a1b2c3d --by "Your Name" --reason "as announced"'),
        ),
        WithEvidence(
            "reject",
            "steward",
            "Set bad fetches of a candidate aside and fold the rest.",
            *options.decision(),
            options.fetches("The fetches to set aside, as 3 4. Default: those which alone would be held."),
            end=options.example('reject counties --candidate 0a1b2c3d --by "Your Name" --reason "half a file"'),
        ),
        Command(
            "hold",
            "steward",
            "Hold a dataset: nothing new is released without an approval until that is lifted.",
            options.dataset(),
            *options.signed(),
            end=options.example('hold counties --by "Your Name" --reason "the agency doubts its figures"'),
        ),
        WithEvidence(
            "lift",
            "steward",
            "Let fetches in again that a rejection or a withdrawal set aside; or lift a hold.",
            options.dataset(),
            options.fetches("The fetches, as 3 4. Without this the hold is lifted."),
            *options.signed(),
            end=options.example('lift counties --evidence 3 --by "Your Name" --reason "it was right"'),
        ),
        *of_notices(),
    ]


def _correct() -> Command:
    day = click.DateTime(formats=["%Y-%m-%d"])
    return Command(
        "correct",
        "correct",
        "Print the patch to the declaration that corrects a wrong figure of an agency, or lifts a correction.",
        options.dataset(),
        click.Option(["--key", "row"], metavar="KEY", help="The row: name=value,name=value, as sent or as published."),
        click.Option(["--column"], metavar="COLUMN", help="The field whose text is wrong."),
        click.Option(["--instead"], metavar="TEXT", help="What to read instead, as the agency would write it."),
        click.Option(["--reason"], metavar="TEXT", help="What is wrong, and how you know; it is public. In English."),
        click.Option(["--reason-zh"], metavar="TEXT", help="The same in Chinese."),
        click.Option(["--reported"], type=day, metavar="DAY", help="When the agency was told. Default: today."),
        click.Option(["--until"], type=day, metavar="DAY", help="The last day that it holds. Default: in 180 days."),
        click.Option(["--id", "identity"], metavar="ID", help="Its name. Default: from the field and the day."),
        click.Option(["--evidence"], type=Number(), metavar="K", help="The fetch that has it. Default: the newest."),
        click.Option(["--lift", "lifted"], metavar="ID", help="Take this correction out instead."),
        end="Nothing is written, no agency is asked. Apply it: minsheng correct DATASET ... | patch -p1",
    )


def _candidates() -> Command:
    return Command(
        "candidates",
        "candidates",
        "List what waits for a steward, and why; or show one candidate: changes, failing rows, first rows, fetches.",
        click.Argument(["action"], type=click.Choice(["show"]), required=False, metavar="[show]", help="Show one."),
        click.Argument(
            ["candidate"], required=False, metavar="[ID]", help="Its id, or the first 8 digits or more; of any dataset."
        ),
        click.Option(["--failing"], metavar="CHECK", help="Print all rows that fail this check, as CSV."),
        options.as_json(),
        end=options.example("candidates show 0a1b2c3d"),
    )


def _evidence_of() -> Command:
    return Command(
        "evidence",
        "evidence",
        "Show a fetch as it is kept: what was asked, when, and what became of it; save what the agency sent.",
        options.dataset(),
        click.Argument(["k"], type=Number(), required=False, metavar="[K]", help="Its number. Default: the newest."),
        click.Option(
            ["--save"],
            type=click.Path(file_okay=False, path_type=Path),
            metavar="DIR",
            help="Write the bodies into this folder, a file for each page, as they came.",
        ),
        options.as_json(),
        end=options.example("evidence counties 3 --save ."),
    )


def _new() -> Command:
    return Command(
        "new",
        "proposing",
        "Look at an answer of an agency and write a declaration for it, with its questions.",
        click.Argument(["place"], metavar="URL-or-FILE", help="An https address, or a file."),
        click.Option(
            ["--name"], type=DatasetArgument(), metavar="NAME", help="Of the dataset. Default: from the place."
        ),
        click.Option(["--agency"], metavar="AGENCY", help="Whose file it is: an entry of agencies.yaml."),
        click.Option(["--record"], metavar="URL-or-FILE", help="The record of data.gov.tw, as JSON: titles, keywords."),
        end=options.example("new 0701.csv --name bathing-water --agency moenv")
        + "\n\nExit code 1 if `check` finds a fault.",
    )


def _of_readers() -> list[click.Command]:
    return [
        Command(
            "releases", "reader", "List the releases of a dataset, oldest first.", options.dataset(), options.as_json()
        ),
        Command("show", "reader", "Show one release and its files.", options.release(), options.as_json()),
        Command(
            "diff",
            "reader",
            "Show the row changes between two releases, or to a candidate.",
            options.dataset(),
            click.Argument(
                ["n"], type=ReleaseOrCandidate(), metavar="N", help="The number of a release, or a candidate's id."
            ),
            click.Argument(["m"], type=ReleaseOrCandidate(), metavar="M", help="Another."),
            click.Option(["--rows"], is_flag=True, help="Show the rows too, not only how many."),
            options.as_json(),
            end=options.example("diff counties 1 2 --rows"),
        ),
        Command(
            "asof",
            "past",
            "Show the release that was the newest at a moment, and its files.",
            options.dataset(),
            click.Argument(
                ["date"], type=Moment(), metavar="DATE", help="A day, which is its end in Taipei; or a time."
            ),
            options.store(),
            click.Option(["--sql"], is_flag=True, help="Print the query for DuckDB that reads it instead."),
            options.as_json(),
            end=options.example("asof counties 2026-07-05"),
        ),
        Command(
            "history",
            "past",
            "Show every published value of one row.",
            options.dataset(),
            options.key(),
            options.store(),
            options.as_json(),
            end=options.example("history counties code=TW-TPE"),
        ),
        Command(
            "why",
            "past",
            "Follow a published value back to what the agency wrote, and the rules that read it.",
            options.dataset(),
            options.key(),
            click.Argument(["column"], metavar="COLUMN", help="The name of a published column."),
            click.Option(
                ["--release", "n"],
                type=ReleaseOrCandidate(),
                metavar="N",
                help="The number of a release, or a candidate's id. Default: the newest release.",
            ),
            options.as_json(),
            end=options.example("why counties code=TW-TPE kind"),
        ),
        Command(
            "verify",
            "reader",
            "Check the sizes, hashes and content of a release, and the chain of releases.",
            options.release(),
            options.store(),
            end="Exit code 1 if anything is not as the release says.",
        ),
    ]


def _of_operators() -> list[click.Command]:
    return [
        *_of_the_night(),
        Command(
            "rebuild",
            "operator",
            "Fold the evidence of a release again and compare.",
            options.release(),
            end="Exit code 1 if the content differs, or evidence is missing.",
        ),
        Command(
            "repair",
            "operator",
            "Put back what is gone or altered of a dataset; no released byte changes.",
            options.dataset(),
            end="Exit code 1 if anything stays broken: only a mirror, or a copy of the private store, has it then.",
        ),
        _gc(),
        Command(
            "serve",
            "serving",
            "Serve the public store over HTTP on this machine, until Ctrl-C.",
            click.Option(
                ["--port"],
                type=click.IntRange(0, 65535),
                default=8600,
                show_default=True,
                metavar="PORT",
                help="0 takes a free one.",
            ),
        ),
        Command("demo", "demo", "Run two simulated nights, without a network."),
        Command("up", "demo", "Run the demo unless it was run; keep Dagster, store and stand-ins up until Ctrl-C."),
        Command("live", "operator", "Ask the real agencies that need no key.", options.clock()),
    ]


def _gc() -> Command:
    return Command(
        "gc",
        "garbage",
        "Delete what nothing needs any more: old candidates and reports, what a killed run left.",
        click.Option(["--yes"], is_flag=True, help="Mark and delete. Without this it is only shown."),
        options.as_json(),
        end="What is new is marked; a later call deletes it, when it was marked long enough ago. Exit code 1 if "
        "something is damaged, so that it is not known what is needed.",
    )


def _of_the_night() -> list[Command]:
    return [
        Command(
            "doctor",
            "doctoring",
            "Look whether this installation is ready for a night, and say what to do where it is not.",
            options.as_json(),
            end="Asks no agency, tells nobody. Exit code 1 if anything is wrong.",
        ),
        Command(
            "night",
            "night",
            "Report what became of every dataset since the report before, and tell people what is new.",
            options.as_json(),
            end="MINSHENG_NOTIFY_SECRET says whom. Exit code 1 if a dataset fails or somebody could not be told, else "
            "3 if any is held.",
        ),
        Command("metrics", "night", "Print figures of every dataset for Prometheus."),
    ]
