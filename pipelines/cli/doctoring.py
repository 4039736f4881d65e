"""`minsheng doctor`: whether this installation is ready for a night."""

from dataclasses import asdict

from pipelines.cli.show import note, say, say_json, say_table
from pipelines.cli.terminal import Progress
from pipelines.doctor import examine
from pipelines.settings import Settings


def doctor_command(settings: Settings, *, as_json: bool) -> int:
    """Say of each thing that a night needs whether it is there, and what to do where it is not."""
    with Progress("looking at settings, declarations, stores and Dagster"):
        found = list(examine(settings))
    wrong = sum(each.verdict == "wrong" for each in found)
    if as_json:
        say_json([asdict(each) for each in found])
    else:
        say_table(("what", "is", "found"), [(each.what, each.verdict, each.says) for each in found])
        look = sum(each.verdict == "look" for each in found)
        say()
        say(f"{wrong} wrong, {look} to look at" if wrong or look else "ready for a night")
    if wrong:
        note("a night would fail: mend what is wrong, then run this again")
    return 1 if wrong else 0
