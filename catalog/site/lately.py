"""The last days of a dataset: on which there was a release, and whether every check was met."""

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from catalog.release.digest import Document
from catalog.site import draw
from catalog.site.draw.strip import State
from catalog.site.words import Words

DAYS = 90
_STATES: tuple[State, ...] = ("complete", "partial", "unknown")
"""A day with releases that met every check, one with some that did not, one without a release."""


class Lately(NamedTuple):
    """What a page says of the last days."""

    says: Markup
    picture: Markup


def lately(words: Words, listed: Sequence[Document], last: str | None = None, *, brief: bool = False) -> Lately | None:
    """Return what a page says of the last days of a dataset; None where there is no release.

    Args:
        words: the language.
        listed: its releases, as releases.json lists them.
        last: a day, 2026-07-07, with which they end; else that of the newest release, so that the page of a quiet night
            is the page of the night before.
        brief: whether equal neighbours are one box, in a list of many datasets.
    """
    if not listed:
        return None
    newest = dt.date.fromisoformat(last or day_of(words, listed[-1]))
    days = [newest - dt.timedelta(days=back) for back in reversed(range(DAYS))]
    releases: dict[str, list[Document]] = {f"{day}": [] for day in days}
    for each in listed:
        releases.get(day_of(words, each), []).append(each)
    states = [_state(some) for some in releases.values()]
    cells = [
        draw.StripCell(state, _title(words, day, some))
        for state, (day, some) in zip(states, releases.items(), strict=True)
    ]
    says = words("lately.says", n=DAYS - states.count("unknown"), failed=states.count("partial"))
    ends = draw.Steps(DAYS, {0: f"{days[0]}", DAYS - 1: f"{days[-1]}"})
    return Lately(
        says,
        draw.strip(draw.Alt(str(words("lately.title")), str(says)), cells, ends, merged=brief),
    )


def legend(words: Words) -> Markup:
    """Return what the colours of the days mean."""
    return draw.key([(state, str(words(f"lately.{state}"))) for state in _STATES])


def day_of(words: Words, release: Document) -> str:
    """Return the day of a release in Taipei, 2026-07-07."""
    return words.stamp(release["created"])[:10]


def _state(releases: Sequence[Document]) -> State:
    if not releases:
        return "unknown"
    return "partial" if any(each.get("failed_checks") for each in releases) else "complete"


def _title(words: Words, day: str, releases: Sequence[Document]) -> str:
    if not releases:
        return str(words("lately.none", day=day))
    return str(words("lately.day_of", day=day, what=words(f"lately.{_state(releases)}"), n=len(releases)))
