"""The pages of changes: what one release changed, what all releases of a dataset did, and the newest of all datasets.

Pure, as `pages`. The history of a dataset lies on pages of a hundred releases, numbered from the first: but for a
withdrawal, a full page never changes. The newest one or two hundred stand on the page without a number.
"""

import datetime as dt
import itertools
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from markupsafe import Markup

from catalog import keys
from catalog.release.announcements import Announced
from catalog.release.changes import Counts
from catalog.release.digest import Document
from catalog.site import cells, quality, views
from catalog.site.announced import told
from catalog.site.cells import Cells, ShownCount
from catalog.site.changed import ReleaseChanges, Where
from catalog.site.named import Named
from catalog.site.pages import Entry, of_release, page
from catalog.site.report import letter
from catalog.site.sources import Released, Shared
from catalog.site.words import ZONE, Words, words

PER_PAGE = 100
"""Releases of a numbered page of a history."""
MOST_NEWS, OPEN_NEWS = 100, 20
"""Lines of the page of the newest changes, and how many stand open; one is a dataset on a day."""
OPEN_RELEASES = 30
"""Of a history; the others are folded."""
_HUNDRED_PERCENT = 100
_KINDS = {"insert": "changespage.added", "update": "changespage.corrected", "delete": "changespage.removed"}


class HistoryPart(NamedTuple):
    """A numbered page of a history, and its releases."""

    number: int
    first: int
    last: int


class Line(NamedTuple):
    """What one dataset released on a day."""

    entry: Entry
    releases: Sequence[Document]
    """As releases.json lists them, the newest last."""

    @property
    def counts(self) -> Counts:
        """What they changed together."""
        return _sum(self.releases)


class ShownWhere(NamedTuple):
    """A table of places or periods."""

    where: Where
    title: str
    rows: list[ShownCount]


def release(
    language: str,
    released: Released,
    changed: ReleaseChanges,
    named: Named,
    shared: Shared,
    announced: Sequence[Announced] = (),
) -> bytes:
    """Return the page of one release; beside announcements it says nothing that a later release could change.

    Args:
        language: one of `keys.LANGUAGES`.
        released: the release with its facts.
        changed: what it changed.
        named: names in place of codes, of the time of the release.
        shared: what the pages of all datasets share.
        announced: the breaking changes that its readers are told of.
    """
    n, texts, address = released.release.n, words(language), shared.address
    return page(
        "release.html",
        keys.release_page(released.slug, n, language),
        texts,
        {other: keys.release_page(released.slug, n, other) for other in keys.LANGUAGES},
        address=address,
        section="changes",
        asked=quality.questions(texts, released, None),
        helper="copy",
        mail=letter(texts, shared.declared.contact, released.slug, views.title(texts, released), n),
        announced=[told(texts, each) for each in announced],
        **of_release(texts, released, address),
        **_of_changes(texts, released, changed, named),
    )


def _of_changes(texts: Words, released: Released, changed: ReleaseChanges, named: Named) -> dict[str, Any]:
    """What the template of a release shows of its changes."""
    shown = Cells(texts, released, named)
    wheres = [ShownWhere(each, shown.title(each.column), cells.places(shown, each)) for each in changed.where]
    return {
        "changed": changed,
        "cells": shown,
        "corrected": cells.corrections(shown, changed),
        "gone": cells.removals(shown, changed),
        "wheres": [each for each in wheres if len(each.rows) > 1],
        "kinds": {kind: texts(text) for kind, text in _KINDS.items() if getattr(changed.counts, kind)},
        "total": total(texts, changed, wheres),
        "unchanged_share": _share(changed.unchanged, changed.before),
        "shown_rows": cells.SHOWN,
        "shown_removals": cells.SHOWN_REMOVALS,
        "shown_places": cells.SHOWN_PLACES,
    }


def total(texts: Words, changed: ReleaseChanges, wheres: Sequence[ShownWhere] = ()) -> Markup:
    """Say in a sentence how many rows there were and are, and where most changed."""
    if changed.compared_with is None:
        return texts("changespage.first", n=changed.rows)
    if not changed.counts.any:
        return texts("changespage.as_before", previous=changed.compared_with, after=changed.rows)
    more = changed.rows - changed.before
    key = "changespage.grew" if more > 0 else "changespage.shrank" if more < 0 else "changespage.as_many"
    rows = next((each.rows for each in wheres if not each.where.grain and len(each.rows) > 1), [])
    place = next((row for row in rows if row.labelled), None)  # a code without a name is no place to a reader
    most = texts("changespage.most", name=views.cut(place.name), n=sum(place.counts)) if place else ""
    return texts.sentences(texts(key, before=changed.before, after=changed.rows, n=abs(more)), most)


def full_parts(count: int) -> list[HistoryPart]:
    """Return the numbered pages of a history of so many releases, the oldest first: only a withdrawal changes them."""
    full = max(0, count // PER_PAGE - 1)
    return [HistoryPart(i, (i - 1) * PER_PAGE + 1, i * PER_PAGE) for i in range(1, full + 1)]


def history(language: str, entry: Entry, address: str | None) -> bytes:
    """Return the page of the newest changes of a dataset, with the way to the older ones.

    Args:
        language: one of `keys.LANGUAGES`.
        entry: the dataset; it must have a newest release.
        address: where readers reach the store, without a slash at the end; None if that is not known.
    """
    parts = full_parts(len(entry.past))
    shown = entry.past[parts[-1].last if parts else 0 :]
    return _history(language, entry, shown, address, part=None, parts=parts, totals=_sum(entry.listed))


def history_part(language: str, entry: Entry, part: HistoryPart, address: str | None) -> bytes:
    """Return a numbered page of the history of a dataset.

    Args:
        language: one of `keys.LANGUAGES`.
        entry: the dataset, whose newest release is the last one of the page.
        part: the page.
        address: as for `history`.
    """
    shown = entry.past[part.first - 1 : part.last]
    parts = full_parts(part.first - 1 + PER_PAGE)
    return _history(language, entry, shown, address, part=part, parts=parts, totals=_sum(shown))


def _history(language: str, entry: Entry, shown: Sequence[Document], address: str | None, **more: Any) -> bytes:
    texts, part = words(language), more["part"]
    if entry.newest is None:
        raise ValueError(f"{entry.slug} has no release and so no history")
    number = part.number if part else 0
    return page(
        "history.html",
        keys.history_page(entry.slug, language, number),
        texts,
        {other: keys.history_page(entry.slug, other, number) for other in keys.LANGUAGES},
        address=address,
        section="changes",
        slug=entry.slug,
        title=views.title(texts, entry.newest),
        released=entry.newest,
        synthetic=entry.newest.release.facts.synthetic,
        listed=entry.listed,
        shown=list(reversed(shown)),
        open=OPEN_RELEASES,
        **more,
    )


def compare(language: str, entry: Entry, named: Named, address: str | None) -> bytes:
    """Return the page on which a reader compares any two releases; its script reads the changes files between them.

    Args:
        language: one of `keys.LANGUAGES`.
        entry: the dataset; it must have a newest release.
        named: names in place of codes.
        address: as for `history`.
    """
    texts, newest = words(language), entry.newest
    if newest is None:
        raise ValueError(f"{entry.slug} has no release and so nothing to compare")
    columns = cells.columns(Cells(texts, newest, named), newest)
    return page(
        "compare.html",
        keys.compare_page(entry.slug, language),
        texts,
        {other: keys.compare_page(entry.slug, other) for other in keys.LANGUAGES},
        script="compare",
        address=address,
        section="changes",
        slug=entry.slug,
        title=views.title(texts, newest),
        released=newest,
        synthetic=newest.release.facts.synthetic,
        listed=entry.listed,
        shown={
            "slug": entry.slug,
            "schema": {"key": newest.schema["primaryKey"], "columns": columns},
            "beside": {column: names[language] for column, names in named.beside.items() if language in names},
        },
    )


def news(language: str, entries: Sequence[Entry], address: str | None) -> bytes:
    """Return the page of the newest changes of all datasets, by the day of the release.

    Args:
        language: one of `keys.LANGUAGES`.
        entries: the datasets.
        address: as for `history`.
    """
    texts = words(language)
    released = [entry for entry in entries if entry.newest]
    days = list(_days(released))
    lines = itertools.accumulate(len(some) for _, some in days)
    open_days = max(1, sum(count <= OPEN_NEWS for count in lines))
    return page(
        "news.html",
        keys.changes_page(language),
        texts,
        {other: keys.changes_page(other) for other in keys.LANGUAGES},
        address=address,
        section="changes",
        days=days[:open_days],
        older=days[open_days:],
        synthetic=any(entry.newest.release.facts.synthetic for entry in released if entry.newest),
    )


def _days(entries: Sequence[Entry]) -> Iterator[tuple[str, list[Line]]]:
    """The newest days with what each dataset released; the last one may be cut where the page is full."""
    lines = [(day, Line(entry, list(some))) for entry in entries for day, some in _by_day(entry.listed)]
    lines.sort(key=lambda each: each[1].releases[-1]["created"], reverse=True)
    lines.sort(key=lambda each: each[0], reverse=True)
    for day, some in itertools.groupby(lines[:MOST_NEWS], key=lambda each: each[0]):
        yield day, [line for _, line in some]


def _by_day(listed: Sequence[Document]) -> Iterator[tuple[str, list[Document]]]:
    """The releases of a dataset by their day in Taipei, of the newest that the page has room for."""
    found: dict[str, list[Document]] = {}
    for release in reversed(listed):
        day = dt.datetime.fromisoformat(release["created"]).astimezone(ZONE).date().isoformat()
        if day not in found and len(found) == MOST_NEWS:
            break
        found.setdefault(day, []).insert(0, release)
    yield from found.items()


def _sum(releases: Sequence[Document]) -> Counts:
    return sum((Counts(**each["changes"]) for each in releases), Counts())


def _share(part: int, whole: int) -> str:
    """A share in percent; what is not all of it is never shown as all."""
    share = _HUNDRED_PERCENT * part / whole if whole else 0
    text = f"{share:.2f}"
    return f"{'99.99' if text == '100.00' and part < whole else text.removesuffix('.00')}%"
