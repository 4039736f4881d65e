"""The pages that explain: licences, how to use the data, for agencies, about, contact."""

import functools
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from catalog import keys
from catalog.release.document import Release
from catalog.site import howto
from catalog.site.about import About, Terms
from catalog.site.downloads import Spreadsheet
from catalog.site.front import ordered
from catalog.site.list_pages import Subject, agencies
from catalog.site.pages import Planned, page
from catalog.site.report import letter
from catalog.site.sources import Shared
from catalog.site.words import words

NAMES = ("use", "licence", "for-agencies", "about", "contact")
"""In the order in which the foot of every page links them."""


class LicenceUse(NamedTuple):
    """A licence, and the datasets that are under it."""

    terms: Terms
    slugs: list[str]


class Guide(NamedTuple):
    """What the pages are made of."""

    about: Mapping[str, About]
    """By dataset, in the order in which they are shown."""
    newest: Mapping[str, tuple[Release, tuple[Spreadsheet, ...]]]
    """By dataset, its newest release, and what of it is for spreadsheet programs."""
    shared: Shared

    @property
    def synthetic(self) -> bool:
        """Whether any of the data is made up."""
        return any(release.facts.synthetic for release, _ in self.newest.values())


def planned(guide: Guide) -> Iterator[Planned]:
    """Give the pages that explain."""
    said = [[slug, each.model_dump(by_alias=True, exclude={"made_of"})] for slug, each in guide.about.items()]
    example = _example(guide)
    made_of = {"use": example and list(example), "licence": said, "contact": said}
    for language in keys.LANGUAGES:
        for name in NAMES:
            make = functools.partial(_MAKERS[name], language, guide)
            yield Planned(keys.site_page(name, language), [made_of.get(name), guide.synthetic], make)


def licences(about: Mapping[str, About]) -> list[LicenceUse]:
    """Return every licence with the datasets that are under it, the one of most datasets first.

    Args:
        about: what is said of each dataset.
    """
    found: dict[Terms, list[str]] = {}
    for slug, each in about.items():
        for terms in each.licences:
            found.setdefault(terms, []).append(slug)
    return sorted((LicenceUse(terms, slugs) for terms, slugs in found.items()), key=lambda use: -len(use.slugs))


def _example(guide: Guide) -> howto.HowtoExample | None:
    """The first dataset of the home page that is no reference table."""
    slugs = [slug for slug in ordered(list(guide.newest), guide.shared.declared) if slug in guide.about]
    slugs = [slug for slug in slugs if guide.newest[slug][0].partitions]  # one may have no rows, and so no file
    slugs = [slug for slug in slugs if not guide.about[slug].is_reference] or slugs
    return howto.example(*guide.newest[slugs[0]]) if slugs else None


def _page(name: str, language: str, guide: Guide, *, script: str | None = None, **shown: Any) -> bytes:
    return page(
        f"{name}.html",
        keys.site_page(name, language),
        words(language),
        {other: keys.site_page(name, other) for other in keys.LANGUAGES},
        helper=script,
        address=guide.shared.address,
        synthetic=guide.synthetic,
        titles={slug: each.title.of(language) or slug for slug, each in guide.about.items()},
        **shown,
    )


def _use(language: str, guide: Guide) -> bytes:
    example = _example(guide)
    recipes = howto.recipes(example, guide.shared.address) if example else []
    placed = [slug for slug, each in guide.about.items() if each.longitude and each.latitude]
    return _page(
        "use", language, guide, script="copy", example=example, recipes=recipes,
        placed=guide.about[placed[0]] if placed else None, placed_slug=placed[0] if placed else "",
    )  # fmt: skip


def _licence(language: str, guide: Guide) -> bytes:
    return _page("licence", language, guide, licences=licences(guide.about))


def _for_agencies(language: str, guide: Guide) -> bytes:
    return _page("for-agencies", language, guide)


def _about(language: str, guide: Guide) -> bytes:
    return _page("about", language, guide)


def _contact(language: str, guide: Guide) -> bytes:
    found: list[Subject] = [each for each in agencies(language, guide.about) if guide.about[each.slugs[0]].homepage]
    return _page(
        "contact", language, guide,
        contact=guide.shared.declared.contact,
        mail=letter(words(language), guide.shared.declared.contact),
        agencies=[(each, guide.about[each.slugs[0]]) for each in found],
    )  # fmt: skip


_MAKERS: dict[str, Callable[[str, Guide], bytes]] = {
    "use": _use,
    "licence": _licence,
    "for-agencies": _for_agencies,
    "about": _about,
    "contact": _contact,
}
