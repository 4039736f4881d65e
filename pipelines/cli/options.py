"""The arguments and options that several commands have."""

import click

from pipelines.cli.arguments import DatasetArgument, DatasetRelease, Number


def example(command: str) -> str:
    """Return the end of a help text: a command that can be copied."""
    return f"\b\nExample:\n  minsheng {command}"  # \b keeps the line whole, so that it can be copied


def datasets() -> click.Argument:
    """Return the argument of any number of datasets."""
    return click.Argument(
        ["datasets"], nargs=-1, type=DatasetArgument(), metavar="[DATASET...]", help="Default: all that are declared."
    )


def dataset() -> click.Argument:
    """Return the argument of one dataset."""
    return click.Argument(["dataset"], type=DatasetArgument(), metavar="DATASET", help="The name of a dataset.")


def release() -> click.Argument:
    """Return the argument of a release."""
    return click.Argument(
        ["release"], type=DatasetRelease(), metavar="DATASET[@N]", help="A release, as counties@1; or the newest."
    )


def key() -> click.Argument:
    """Return the argument of a row's key."""
    return click.Argument(["key"], metavar="KEY", help="name=value,name=value; or the values in the order of the key.")


def clock() -> click.Option:
    """Return the option that vouches for this machine's clock."""
    return click.Option(
        ["--clock-is-right"],
        is_flag=True,
        help="Go on although a store or the newest evidence has another time: this machine's clock is right.",
    )


def as_json() -> click.Option:
    """Return the option --json."""
    return click.Option(["--json", "as_json"], is_flag=True, help="Print one JSON value, for programs.")


def fetches(help_: str) -> click.Option:
    """Return the option --evidence, with its help."""
    return click.Option(["--evidence"], type=Number(), multiple=True, metavar="K...", help=help_)


def store() -> click.Option:
    """Return the option of another store."""
    return click.Option(
        ["--store"], metavar="URL", help="Read another store or a mirror, as file:DIR or https://HOST/PATH."
    )


def decision() -> tuple[click.Parameter, ...]:
    """Return what a decision on a candidate needs."""
    return (
        dataset(),
        click.Option(
            ["--candidate"],
            required=True,
            metavar="ID",
            help="Its id, or the first 8 digits or more, as candidates shows it.",
        ),
        *signed(),
    )


def signed(public: str = "") -> tuple[click.Parameter, ...]:
    """Return the options that say who decides, and why.

    Args:
        public: what to say of both where everyone reads them.
    """
    return (
        click.Option(["--by"], required=True, metavar="NAME", help=f"Who decides{public}."),
        click.Option(["--reason"], required=True, metavar="TEXT", help=f"Why{public}."),
    )
