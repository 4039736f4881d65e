"""What pages are made of, read from the store: releases with their facts, and how each dataset stands."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

from pydantic import AwareDatetime, BaseModel, ValidationError

from catalog import keys
from catalog.declaration.pipeline import INLINE
from catalog.declaration.site import SiteDeclaration
from catalog.errors import IntegrityError
from catalog.reasons.stored import public_json, read_public
from catalog.reasons.values import Reason
from catalog.release import publish
from catalog.release.digest import Document
from catalog.release.document import FileReference, Release
from catalog.release.read import ReleaseFiles
from catalog.store import Store


class Shared(NamedTuple):
    """What the pages of all datasets share."""

    declared: SiteDeclaration = SiteDeclaration()
    address: str | None = None
    """Where readers reach the store, without a slash at the end; None if that is not known."""
    now: dt.datetime | None = None
    """The moment, to tell what is overdue; None is the newest moment at which any dataset was looked at, which is the
    present of simulated sources."""


MOST_LEFT = 50
"""Entries of a quarantine that a page lists; the file has all of them."""
MOST_LEFT_BYTES = 4 << 20
"""A larger quarantine is not read for a page, which links the file."""


class Standing(NamedTuple):
    """How a dataset stands, as its pages show it: nothing in it changes on a night without news."""

    dataset: str
    state: str
    since: str
    """For one that is overdue, when news was due."""
    reasons: tuple[Reason, ...]
    """What everyone may read of why it is held or fails."""
    failed_checks: tuple[str, ...]

    @property
    def document(self) -> Document:
        """The same as JSON."""
        return self._asdict() | {"reasons": public_json(self.reasons)}


@dataclass(frozen=True)
class Released:
    """A release with the facts that its pages show."""

    release: Release
    schema: Document = field(repr=False)
    quality: Document = field(repr=False)
    declaration: Document = field(repr=False)
    left: Sequence[Document] = field(default=(), repr=False)
    """The first entries of its quarantine, where a page lists them."""

    @property
    def slug(self) -> str:
        """The name of the dataset."""
        return self.release.name

    @property
    def declared(self) -> Document:
        """The declaration of the dataset, with its texts in both languages."""
        declared: Document = self.declaration.get("dataset", {})
        return declared

    @property
    def is_reference(self) -> bool:
        """Whether stewards keep the table themselves, so that others may refer to it."""
        return bool(self.declared.get("minsheng", {}).get("source", {}).get("protocol") == INLINE)


def standings(public: Store, slugs: Sequence[str], now: dt.datetime | None) -> dict[str, Standing]:
    """Return how each dataset stands at a moment; one whose status.json is absent or broken is left out.

    Args:
        public: the store.
        slugs: the datasets.
        now: the moment; None is the newest at which one of them was looked at.
    """
    read_by_slug = {slug: read for slug in slugs if (read := _status(public, slug))}
    moment = now or max((read.status.last_checked for read in read_by_slug.values()), default=None)
    return {slug: _standing(slug, read, moment) for slug, read in read_by_slug.items()}


class _Status(BaseModel):
    """What status.json says, as far as pages show it, its reasons apart."""

    state: Literal["fresh", "held", "failing", "withdrawn", "never"]
    since: AwareDatetime
    failed_checks: tuple[str, ...]
    last_checked: AwareDatetime
    due_at: AwareDatetime | None


class _Read(NamedTuple):
    status: _Status
    reasons: tuple[Reason, ...]


def _status(public: Store, slug: str) -> _Read | None:
    key = keys.status(slug)
    try:
        stored = publish.read_json(public, key)
        status = _Status.model_validate(stored)
        return _Read(status, tuple(reason.public() for reason in read_public(stored, key)))
    except (ValidationError, IntegrityError):
        return None


def _standing(slug: str, read: _Read, moment: dt.datetime | None) -> Standing:
    status, reasons = read
    if status.state == "fresh" and status.due_at and moment and moment > status.due_at:
        return Standing(slug, "overdue", status.due_at.isoformat(), (), ())
    return Standing(slug, status.state, status.since.isoformat(), reasons, status.failed_checks)


class Reader:
    """Reads facts of releases from the public store, each file once: most are shared between releases."""

    def __init__(self, public: Store) -> None:
        self.public = public
        self._read: dict[tuple[str, str], Document] = {}
        self._left: dict[tuple[str, str], list[Document]] = {}

    def released(self, release: Release) -> Released:
        """Read the facts of a release.

        Raises:
            IntegrityError: one is missing, or not what the document says.
        """
        files, facts = ReleaseFiles(self.public, release), release.facts.facts
        return Released(
            release,
            schema=self._once(release, release.facts.schema, files.schema),
            quality=self._once(release, facts["quality"], lambda: files.fact("quality")),
            declaration=self._once(release, facts["declaration"], lambda: files.fact("declaration")),
        )

    def with_left(self, release: Release) -> Released:
        """Read the facts of a release, and the first entries of its quarantine where it is published and not too large.

        Raises:
            IntegrityError: one is missing, or not what the document says.
        """
        gone = release.resource("quarantine")
        if gone is None or gone.bytes > MOST_LEFT_BYTES:
            return self.released(release)
        if (release.name, gone.sha256) not in self._left:
            table = ReleaseFiles(self.public, release).quarantine()
            self._left[release.name, gone.sha256] = table.slice(0, MOST_LEFT).to_pylist() if table else []
        return replace(self.released(release), left=self._left[release.name, gone.sha256])

    def _once(self, release: Release, file: FileReference, read: Callable[[], Document]) -> Document:
        name = (release.name, file.sha256)
        if name not in self._read:
            self._read[name] = read()
        return self._read[name]
