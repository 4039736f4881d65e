"""Forms of what is written on the command line: a dataset, a release, days, a moment; and what a shell completes.

A shell waits for its completions, so nothing heavy is imported at the top.
"""

import datetime as dt
import difflib
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import click
from click.shell_completion import CompletionItem

ROOT = Path(__file__).parents[2]
"""The checkout."""
SOURCES = ("live", "sandbox", "replay:", "evidence:")
"""How a mode of sources begins."""

_NAME = re.compile(r"[a-z][a-z0-9-]*")
_RELEASE = re.compile(rf"({_NAME.pattern})(?:@([1-9][0-9]*))?")


class ReleaseName(NamedTuple):
    """`DATASET` or `DATASET@N`."""

    dataset: str
    n: int | None
    """The number; None stands for the newest release."""


class Days(NamedTuple):
    """A span of days, both ends included."""

    first: dt.date
    last: dt.date


class DatasetArgument(click.ParamType[str]):
    """The name of a dataset; whether there is one is for the command to say."""

    name = "dataset"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the name if it has the form of one."""
        if not _NAME.fullmatch(value):
            self.fail(f"expected the name of a dataset, as counties, found {value!r}{known(value)}", param, ctx)
        return str(value)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Complete the names of declared datasets that are not written yet."""
        written = ctx.params.get(param.name or "") or ()
        return _items(name for name in declared() if name not in written and name.startswith(incomplete))


class DatasetRelease(click.ParamType[ReleaseName]):
    """A release: `DATASET@N`, or `DATASET` for the newest one."""

    name = "release"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> ReleaseName:
        """Split name and number."""
        parts = _RELEASE.fullmatch(value)
        if not parts:
            self.fail(f"expected DATASET or DATASET@N, as counties@1, found {value!r}{known(value)}", param, ctx)
        return ReleaseName(parts[1], int(parts[2]) if parts[2] else None)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Complete the names of declared datasets."""
        return _items(name for name in declared() if name.startswith(incomplete))


class Number(click.ParamType[int]):
    """The number of a release or a fetch: they are counted from 1 on."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read a whole number above 0."""
        if not re.fullmatch(r"0*[1-9][0-9]*", str(value)):
            self.fail(f"expected a whole number from 1 on, found {value!r}", param, ctx)
        return int(value)


Version = int | str
"""The number of a release, or the id of a candidate."""


class ReleaseOrCandidate(click.ParamType[Version]):
    """The number of a release; or a candidate, by 8 digits of its id or more."""

    name = "release"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Version:
        """Tell an id by its length: no release has a number of 8 digits."""
        if re.fullmatch(r"[0-9a-f]{8,64}", str(value)):
            return str(value)
        if not re.fullmatch(r"0*[1-9][0-9]*", str(value)):
            self.fail(
                f"expected the number of a release, or 8 digits or more of a candidate's id, found {value!r}",
                param,
                ctx,
            )
        return int(value)


class DaySpan(click.ParamType[Days]):
    """A day, or the first and the last of several."""

    name = "days"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Days:
        """Read `2026-04-17` or `2026-04-01..2026-04-30`."""
        first, dots, last = value.partition("..")
        try:
            days = Days(dt.date.fromisoformat(first), dt.date.fromisoformat(last if dots else first))
        except ValueError:
            self.fail(f"expected 2026-04-17 or 2026-04-01..2026-04-30, found {value!r}", param, ctx)
        if days.last < days.first:
            self.fail(f"expected the first day before the last, found {value!r}", param, ctx)
        return days


class Moment(click.ParamType[dt.datetime]):
    """A day, which is its end in Taipei, or a time."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dt.datetime:
        """Read `2026-07-05` or `2026-07-05T12:00:00+08:00`."""
        from catalog.errors import DecisionError
        from catalog.past.asof import moment
        from pipelines.context import ZONE

        try:
            return moment(value, ZONE)
        except DecisionError as error:
            self.fail(str(error), param, ctx)


class Start(Moment):
    """A day, which is its start in Taipei, or a time."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dt.datetime:
        """Read `2026-07-05` or `2026-07-05T12:00:00+08:00`."""
        at = super().convert(value, param, ctx)
        return dt.datetime.combine(at, dt.time.min, at.tzinfo) if len(str(value)) <= len("2026-07-05") else at


def complete_sources(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete a mode of sources; what follows `replay:` and `evidence:` is for the person to write."""
    return _items(mode for mode in SOURCES if mode.startswith(incomplete))


def declared() -> list[str]:
    """Return the names of the declared datasets, as pipelines.settings and catalog.declaration do.

    They are asked for again here because those modules take more than a second to import.
    """
    folder = Path(os.environ.get("MINSHENG_DATASETS") or ROOT / "datasets")
    return sorted(path.parent.name for path in folder.glob("*/dataset.yaml"))


def known(name: str) -> str:
    """Return what to say after a complaint about a name: nothing if it is declared, else the names that are."""
    names = declared()
    if not names or name in names:
        return ""
    near = difflib.get_close_matches(name.lower(), names, n=1)
    guess = f"; did you mean {near[0]}?" if near else ""
    return f"; declared are {', '.join(names)}{guess}"


def spread(words: Iterable[str], option: str) -> list[str]:
    """Return the words with an option repeated before each number that follows it: `--k 1 2` as `--k 1 --k 2`."""
    spread_words: list[str] = []
    numbers = 0
    for word in words:
        if word == option:
            numbers = 1
        elif numbers and (numbers == 1 or word.isdecimal()):
            if numbers > 1:
                spread_words.append(option)
            numbers += 1
        else:
            numbers = 0
        spread_words.append(word)
    return spread_words


def _items(values: Iterable[str]) -> list[CompletionItem]:
    return [CompletionItem(value) for value in values]
