"""What pages that list many datasets must know of each: whose it is, what it is about, by which licence.

It is read from the declaration of a release and kept with the ledger of the site, so that a night without news need
not read it again.
"""

import re
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from catalog.declaration.names import SLUG
from catalog.release.document import Release
from catalog.site.sources import Released


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, populate_by_name=True)


class Both(_Frozen):
    """A text in both languages."""

    en: str = ""
    zh_tw: str = Field(default="", alias="zh-TW")

    def of(self, language: str) -> str:
        """Return it in a language; the other one where it is blank."""
        texts = (self.en, self.zh_tw) if language == "en" else (self.zh_tw, self.en)
        return next((text for text in texts if text.strip()), "")


class Terms(_Frozen):
    """A licence."""

    name: str = ""
    path: str = ""
    title: Both = Both()


class About(_Frozen):
    """What is said of a dataset by its declaration."""

    made_of: str
    """SHA-256 of the declaration."""
    title: Both
    agency: str
    """Its name in agencies.yaml; empty where it has no page."""
    agency_title: Both
    homepage: str
    email: str
    """Of the agency or of who publishes; empty where none is declared."""
    topic: str
    licences: list[Terms]
    is_reference: bool
    longitude: str = ""
    latitude: str = ""
    """The columns that say where a row is."""


def made_of(release: Release) -> str:
    """Return what decides the answer of `about`, without reading more."""
    return str(release.facts.facts["declaration"].sha256)


def about(released: Released) -> About:
    """Return what the declaration of a release says."""
    declared, agency = released.declared, released.declaration.get("agency") or {}
    block = declared.get("minsheng") or {}
    position = (block.get("views") or {}).get("position") or {}
    return About(
        made_of=made_of(released.release),
        title=_both(declared.get("title"), released.slug),
        agency=_slug(block.get("agency")),
        agency_title=_both(agency.get("title"), _publisher(declared)),
        homepage=str(agency.get("homepage") or ""),
        email=str(agency.get("contact") or _email(declared)),
        topic=_slug(block.get("topic")),
        licences=[
            Terms(name=str(each.get("name", "")), path=str(each.get("path", "")), title=_both(each.get("title"), ""))
            for each in declared.get("licenses", ())
        ],
        is_reference=released.is_reference,
        longitude=str(position.get("longitude") or ""),
        latitude=str(position.get("latitude") or ""),
    )


def _both(text: Any, otherwise: str) -> Both:
    if isinstance(text, dict):
        return Both.model_validate({"en": str(text.get("en") or ""), "zh-TW": str(text.get("zh-TW") or "")})
    return Both.model_validate({"en": str(text or otherwise), "zh-TW": str(text or otherwise)})


def _publishers(declared: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for each in declared.get("contributors", ()) if "publisher" in each.get("roles", ())]


def _publisher(declared: dict[str, Any]) -> str:
    titles = [each.get("title") for each in _publishers(declared)]
    return next((str(title.get("en") if isinstance(title, dict) else title) for title in titles), "")


def _email(declared: dict[str, Any]) -> str:
    return next((str(each["email"]) for each in _publishers(declared) if each.get("email")), "")


def _slug(name: Any) -> str:
    """A name that may stand in an address; anything else is none."""
    return str(name) if isinstance(name, str) and re.fullmatch(SLUG, name) else ""
