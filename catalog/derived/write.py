"""What is derived of all datasets together, once per run, where it changed: lists, spreadsheets, database, site."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from catalog import keys, site
from catalog.declaration.site import SiteDeclaration
from catalog.derived import database, figures, noticed, profile, releases_json, score, spreadsheets
from catalog.errors import DecisionError, IntegrityError, MinshengError
from catalog.formats import sheet_csv, xlsx
from catalog.reasons.sentences import sentence
from catalog.reasons.values import Fault
from catalog.release import notices, publish
from catalog.release.announcements import Announced, announced
from catalog.release.digest import Document, canonical
from catalog.release.document import Release
from catalog.release.served import ReleaseLine, served_of_each
from catalog.site.sources import Standing, standings
from catalog.store import Store, put_over
from catalog.store.remembered import Session

KEY = "catalog.json"
_NOTHING = SiteDeclaration()
DAMAGED = sentence(Fault(of="integrity"))
"""What everyone reads of a damaged dataset; `minsheng status` and `verify` tell a steward which file it is, and why."""


def write(
    public: Store,
    slugs: list[str],
    address: str | None = None,
    now: dt.datetime | None = None,
    declared: SiteDeclaration = _NOTHING,
) -> None:
    """Write the lists of all declared datasets that have a release, and all that is derived of each.

    Args:
        public: the store.
        slugs: every declared dataset.
        address: where readers reach the store over HTTP, if known.
        now: the moment, to tell what is overdue; None with simulated sources, whose present is in the status files.
        declared: what the pages of all datasets share.

    A dataset whose newest release document is broken is listed as damaged, as it was listed last; its pages stay.

    Raises:
        MinshengError: something of a dataset could not be made; all else is written.
    """
    public = Session(public)
    found = served_of_each(public, slugs)
    lines, damaged = found.lines, found.damaged
    lists = _lists(public, lines, damaged)
    whole = {slug: release for slug, release in found.releases.items() if slug in lists}
    gone = {slug: lines[slug] for slug in lists if slug not in whole}
    _write_catalog(public, slugs, lines, damaged, lists)
    faults: list[MinshengError] = []
    told = {slug: announced(lines[slug].notices, releases_json.standing(lists[slug])) for slug in whole}
    _attempt(faults, database.write, public, list(whole.values()), address, told)
    each = _Derived(public, whole, told, declared, standings(public, slugs, now), faults)
    histories = {slug: each.dataset(slug, lists[slug]) for slug in whole}
    for slug in gone:
        clear(public, slug)
    site.write(public, slugs, histories, site.Shared(declared, address, now), set(damaged), _withdrawn(lines, lists))
    if faults:
        raise faults[0]


def _lists(public: Store, lines: Mapping[str, ReleaseLine], damaged: dict[str, str]) -> dict[str, list[Document]]:
    """The releases of each dataset; one whose list cannot be made is added to the damaged ones."""
    lists: dict[str, list[Document]] = {}
    for slug, line in lines.items():
        try:
            if line.newest:
                lists[slug] = releases_json.update(public, slug, line.newest, line.notices)
        except (IntegrityError, DecisionError) as error:  # made anew, and an older document is broken or gone
            damaged[slug] = str(error)
    return lists


def _withdrawn(lines: Mapping[str, ReleaseLine], lists: dict[str, list[Document]]) -> dict[str, site.WithdrawnOf]:
    """What is withdrawn of each dataset of which anything is."""
    return {
        slug: site.WithdrawnOf(lines[slug], listed)
        for slug, listed in lists.items()
        if notices.withdrawals(lines[slug].notices)
    }


class _Derived(NamedTuple):
    """What is made of each dataset by itself; all but the score reads rows."""

    public: Store
    whole: dict[str, Release]
    told: dict[str, tuple[Announced, ...]]
    declared: SiteDeclaration
    standings: dict[str, Standing]
    faults: list[MinshengError]

    def dataset(self, slug: str, whole: list[Document]) -> site.DatasetReleases:
        """Write a dataset's spreadsheets, figures, profile and score."""
        public, release, faults = self.public, self.whole[slug], self.faults
        listed = releases_json.standing(whole)
        books: spreadsheets.Written | None = _attempt(faults, spreadsheets.write, public, release, listed)
        faults.extend(books.faults if books else ())
        return site.DatasetReleases(
            release,
            listed,
            spreadsheets=books.files if books else (),
            figures=_attempt(faults, figures.write, public, self.whole, slug, self.declared.place_table),
            profile=_attempt(faults, profile.write, public, release, listed),
            score=_attempt(faults, score.update, public, release, listed, self.standings.get(slug)),
            announced=self.told[slug],
        )


def _attempt(faults: list[MinshengError], make: Callable[..., Any], *given: Any) -> Any:
    """Make something, or keep the error and give None, so that all else is written."""
    try:
        return make(*given)
    except MinshengError as error:
        faults.append(error)
        return None


def clear(public: Store, slug: str) -> None:
    """Take away what was derived of the rows of a dataset whose releases are all withdrawn."""
    made = [keys.spreadsheets(slug), keys.figures(slug), keys.profile(slug), keys.profile_parts(slug), keys.score(slug)]
    made += [keys.spreadsheet(slug, None, end) for end in (xlsx.END, sheet_csv.END)]
    made += [keys.badge(slug, language) for language in keys.LANGUAGES]
    for key in (*made, *public.list(keys.spreadsheets_folder(slug))):
        if public.head(key) is not None:
            public.delete(key)


def _write_catalog(
    public: Store,
    slugs: list[str],
    lines: Mapping[str, ReleaseLine],
    damaged: Mapping[str, str],
    lists: Mapping[str, list[Document]],
) -> None:
    before = publish.read_json(public, KEY) if damaged else None
    listed = before.get("datasets") if isinstance(before, dict) else None
    last = {each.get("name"): each for each in listed if isinstance(each, dict)} if isinstance(listed, list) else {}
    entries = []
    for slug in slugs:
        if slug in damaged:
            entries.append(last.get(slug, {"name": slug}) | {"damaged": DAMAGED})
        elif slug in lines:
            entries.append(_entry(lines[slug], lists[slug]))
    put_over(public, KEY, canonical({"name": "minsheng", "datasets": entries}))


def _entry(line: ReleaseLine, listed: list[Document]) -> Document:
    """What the catalog says of a dataset: of one whose releases are all withdrawn, only that."""
    told = noticed.told(line.notices, releases_json.standing(listed))
    release = line.served
    if release is None:
        return (line.newest.about() if line.newest else {}) | told | {"release": None}
    facts = release.facts
    return (
        release.about()
        | told
        | {
            "version": release.version,
            "created": release.created,
            "as_of": facts.as_of,
            "release": release.n,
            "kind": facts.kind,
            "rows": release.rows,
            "bytes": release.total_bytes,
            "changes": facts.changes._asdict(),
            "failed_checks": list(facts.failed),
            "synthetic": facts.synthetic,
            "path": keys.pointer(release.name),
            "this_release": keys.document(release.name, release.n),
            "sha256": release.sha256,
        }
    )
