"""The commands that make notices, which everyone reads: announce and withdraw. As commands.py, but for its length."""

import click

from pipelines.cli import options
from pipelines.cli.arguments import Number
from pipelines.cli.command import Command, WithEvidence


def of_notices() -> list[click.Command]:
    """Return them, in the order in which help lists them."""
    return [_announce(), _withdraw()]


def _announce() -> Command:
    day = click.DateTime(formats=["%Y-%m-%d"])
    return Command(
        "announce",
        "announcing",
        "Announce a breaking change to readers, or take an announcement back; first it shows what they would read.",
        options.dataset(),
        click.Option(["--by"], required=True, metavar="NAME", help="Who announces it; it is public, as all of this."),
        click.Option(["--change"], metavar="TEXT", help="What will be different. In English."),
        click.Option(["--change-zh"], metavar="TEXT", help="The same in Chinese."),
        click.Option(["--from", "starts"], type=day, metavar="DAY", help="The first day on which it may come."),
        click.Option(["--field", "fields"], multiple=True, metavar="NAME", help="A field that changes; several times."),
        click.Option(["--instead"], metavar="TEXT", help="What readers do about it. In English."),
        click.Option(["--instead-zh"], metavar="TEXT", help="The same in Chinese."),
        click.Option(["--replaces"], type=Number(), metavar="I", help="The announcement in whose place it stands."),
        click.Option(["--take-back", "taken_back"], type=Number(), metavar="I", help="Take this announcement back."),
        click.Option(["--reason"], metavar="TEXT", help="Why it is taken back."),
        click.Option(["--yes"], is_flag=True, help="Do it. Without this it is only shown."),
        options.as_json(),
        end=options.example(
            'announce counties --by "Your Name" --from 2027-03-01 --field kind --change "..." --change-zh "..."'
        ),
    )


def _withdraw() -> Command:
    return WithEvidence(
        "withdraw",
        "withdrawing",
        "Withdraw a release, those made on it, and what was derived of them; first it shows what would go.",
        options.release(),
        *options.signed("; it is public"),
        click.Option(["--basis"], metavar="TEXT", help="The law or order that asks for it; it is public."),
        options.fetches("More fetches that are not folded again, as 3 4. Those of the release itself never are."),
        click.Option(["--purge"], is_flag=True, help="Take away what the agency sent, too; a tombstone stays."),
        click.Option(["--yes"], is_flag=True, help="Do it. Without this it is only shown."),
        options.as_json(),
        end=options.example(
            'withdraw counties@3 --by "Your Name" --reason "it names persons" --basis "PDPA, article 11"'
        ),
    )
