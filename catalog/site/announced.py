"""What pages tell of announcements of breaking changes: in the words of one language, to come or past."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from markupsafe import Markup

from catalog.release.announcements import Announced, ChangeNotice, newest_then
from catalog.release.digest import Document
from catalog.site.words import Words


class ToldAnnouncement(NamedTuple):
    """An announcement, as a page tells it."""

    notice: ChangeNotice
    day: str
    """From which on a release may bring it."""
    change: str
    instead: str
    became: Markup | None
    """What became of it; None while readers have it before them."""


def told(texts: Words, each: Announced) -> ToldAnnouncement:
    """Return an announcement as a page tells it."""
    notice = each.notice
    return ToldAnnouncement(
        notice,
        texts.day(f"{notice.starts}T00:00+08:00"),
        texts.of(notice.change.model_dump(by_alias=True)),
        texts.of(notice.instead.model_dump(by_alias=True)) if notice.instead else "",
        _became(texts, each),
    )


def shown(texts: Words, found: Sequence[Announced]) -> dict[str, list[ToldAnnouncement]]:
    """Return what the page of a dataset shows: what is to come, the next first; and what is past, the newest first."""
    to_come = sorted((each for each in found if each.to_come), key=lambda each: each.notice.starts)
    past = [each for each in reversed(found) if not each.to_come]
    return {"to_come": [told(texts, each) for each in to_come], "past": [told(texts, each) for each in past]}


def of_page(found: Sequence[Announced], listed: Sequence[Document], n: int) -> tuple[Announced, ...]:
    """Return the announcements that the page of a release shows: made before the next release, and standing.

    Args:
        found: what was announced of the dataset.
        listed: its releases that are not withdrawn, oldest first, as releases.json has them.
        n: the release.
    """
    return tuple(each for each in found if each.stands and newest_then(each.notice, listed) <= n <= (each.came or n))


def made_of(found: Sequence[Announced]) -> list[Any]:
    """Return what decides all that pages show of announcements, as JSON values."""
    return [[each.notice.document, each.document] for each in found]


def _became(texts: Words, each: Announced) -> Markup | None:
    if isinstance(each.ended, ChangeNotice):
        return texts("announced.replaced", i=each.ended.i)
    if each.ended:
        return texts("announced.taken_back", by=each.ended.by, reason=each.ended.reason)
    return texts("announced.came", n=each.came) if each.came else None
