"""Announcements: breaking changes to come. Each is a notice, beside the withdrawals, and withdraws nothing.

Nothing is overwritten: a later notice replaces an announcement, or takes it back, by its number. What was announced has
come with the first release of a new MAJOR version on or after its day; all of this follows from documents, no clock.
"""

import datetime as dt
import itertools
from collections.abc import Sequence
from typing import Literal, NamedTuple, Self

from pydantic import Field

from catalog.declaration.strict import Text
from catalog.release.digest import Document
from catalog.release.numbered import Numbered, Positive


class ChangeNotice(Numbered):
    """A breaking change to come, as everyone may read it."""

    kind: Literal["breaking-change"] = "breaking-change"
    starts: dt.date = Field(alias="from")
    """The first day on which a release may bring it."""
    change: Text
    """What will be different."""
    instead: Text | None = None
    """What readers do about it."""
    fields: tuple[str, ...] = ()
    """Which fields change; none: all, or the table as a whole."""
    replaces: Positive | None = None
    """The number of the announcement in whose place it stands."""

    @property
    def says(self) -> str:
        """What comes, and when, in one English sentence."""
        return f"from {self.starts} on: {self.change.en}"

    def said_in(self, stored: Sequence[Numbered]) -> Self | None:
        """Return the announcement that says the same already, and stands."""
        return super().said_in([each.notice for each in announced(stored) if each.stands])


class TakeBackNotice(Numbered):
    """An announcement is taken back: what it says will not come."""

    kind: Literal["taken-back"] = "taken-back"
    reason: str
    takes_back: Positive
    """The number of the announcement."""

    @property
    def says(self) -> str:
        """What is taken back, and why, in one English sentence."""
        return f"announcement {self.takes_back} is taken back: {self.reason}"

    def said_in(self, stored: Sequence[Numbered]) -> Self | None:
        """Return the notice that takes the same back already, whoever made it."""
        return next(
            (each for each in stored if isinstance(each, type(self)) and each.takes_back == self.takes_back), None
        )


class Announced(NamedTuple):
    """An announcement, and what became of it."""

    notice: ChangeNotice
    ended: ChangeNotice | TakeBackNotice | None = None
    """The notice that replaced it, or took it back."""
    came: int | None = None
    """The release with which it came."""

    @property
    def stands(self) -> bool:
        """Whether it was neither replaced nor taken back."""
        return self.ended is None

    @property
    def to_come(self) -> bool:
        """Whether readers still have it before them."""
        return self.stands and self.came is None

    @property
    def document(self) -> Document:
        """What became of it, as JSON values."""
        if self.ended:
            word = "replaced" if isinstance(self.ended, ChangeNotice) else "taken-back"
            return {"state": word, "ended_by": self.ended.i}
        return {"state": "came", "came_with": self.came} if self.came else {"state": "to-come"}


def announced(found: Sequence[Numbered], listed: Sequence[Document] = ()) -> tuple[Announced, ...]:
    """Return what was announced of a dataset, in order, and what became of it.

    Args:
        found: all its notices.
        listed: its releases that are not withdrawn, oldest first: `n`, `version`, `created`, as releases.json has them.
    """
    ended: dict[int, ChangeNotice | TakeBackNotice] = {}
    for each in found:
        if isinstance(each, TakeBackNotice):
            ended.setdefault(each.takes_back, each)
        if isinstance(each, ChangeNotice) and each.replaces:
            ended.setdefault(each.replaces, each)
    return tuple(
        Announced(each, ended.get(each.i) if each.i else None, _came(each, listed))
        for each in found
        if isinstance(each, ChangeNotice)
    )


def newest_then(notice: Numbered, listed: Sequence[Document]) -> int:
    """Return the release that was the newest when a notice was made.

    Args:
        notice: of any kind.
        listed: as for `announced`.
    """
    at = dt.datetime.fromisoformat(notice.at)
    return max((each["n"] for each in listed if dt.datetime.fromisoformat(each["created"]) <= at), default=1)


def _came(notice: ChangeNotice, listed: Sequence[Document]) -> int | None:
    """The first release of a new MAJOR version since the announcement, on or after its day."""
    at = dt.datetime.fromisoformat(notice.at)
    for before, release in itertools.pairwise(listed):
        created = dt.datetime.fromisoformat(release["created"])
        if _major(release) > _major(before) and created > at and created.astimezone(at.tzinfo).date() >= notice.starts:
            return int(release["n"])
    return None


def _major(release: Document) -> int:
    return int(release["version"].partition(".")[0])
