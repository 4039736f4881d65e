"""What a page is made of: a release, its facts, the list of releases, how the dataset stands. Read from the store."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from pydantic import AwareDatetime, BaseModel, ValidationError

from catalog import keys
from catalog.release import publish
from catalog.release.digest import Document
from catalog.release.document import FileReference, Release
from catalog.release.read import ReleaseFiles
from catalog.store import Store


class Standing(NamedTuple):
    """How a dataset stands, as far as its pages show it: nothing in it changes on a night without news."""

    dataset: str
    state: str
    since: str
    """For one that is overdue, when news was due."""
    reason: str | None
    failed_checks: tuple[str, ...]

    @property
    def reasons(self) -> tuple[str, ...]:
        """The recorded sentences, one for each check of a candidate that waits."""
        said = (self.reason or "").removeprefix(f"{self.dataset}: ")
        return tuple(one for one in (said.split("; ") if self.state == "held" else [said]) if one)


@dataclass(frozen=True)
class Released:
    """A release with the facts that its pages show."""

    release: Release
    schema: Document = field(repr=False)
    quality: Document = field(repr=False)
    declaration: Document = field(repr=False)

    @property
    def slug(self) -> str:
        """The name of the dataset."""
        return self.release.name

    @property
    def declared(self) -> Document:
        """The declaration of the dataset, with its texts in both languages."""
        found: Document = self.declaration.get("dataset", {})
        return found

    @property
    def is_reference(self) -> bool:
        """Whether stewards keep the table themselves, so that others may refer to it."""
        return bool(self.declared.get("minsheng", {}).get("source", {}).get("protocol") == "inline")


def standings(public: Store, slugs: Sequence[str], now: dt.datetime | None) -> dict[str, Standing]:
    """Return how each dataset stands at a moment; without one whose status.json is absent or broken.

    Args:
        public: the store.
        slugs: the datasets.
        now: the moment; None is the newest at which one of them was looked at.
    """
    said = {slug: one for slug in slugs if (one := _status(public, slug))}
    moment = now or max((one.last_checked for one in said.values()), default=None)
    return {slug: _standing(slug, one, moment) for slug, one in said.items()}


class _Status(BaseModel):
    """What status.json says, as far as pages show it."""

    state: Literal["fresh", "held", "failing", "never"]
    since: AwareDatetime
    reason: str | None
    failed_checks: tuple[str, ...]
    last_checked: AwareDatetime
    due_at: AwareDatetime | None


def _status(public: Store, slug: str) -> _Status | None:
    try:
        return _Status.model_validate(publish.read_json(public, keys.status(slug)))
    except ValidationError:
        return None


def _standing(slug: str, said: _Status, moment: dt.datetime | None) -> Standing:
    if said.state == "fresh" and said.due_at and moment and moment > said.due_at:
        return Standing(slug, "overdue", said.due_at.isoformat(), None, ())
    return Standing(slug, said.state, said.since.isoformat(), said.reason, said.failed_checks)


class Reader:
    """Reads facts of releases from the public store, each file once: most are shared between releases."""

    def __init__(self, public: Store) -> None:
        self.public = public
        self._read: dict[tuple[str, str], Document] = {}

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

    def _once(self, release: Release, file: FileReference, read: Callable[[], Document]) -> Document:
        name = (release.name, file.sha256)
        if name not in self._read:
            self._read[name] = read()
        return self._read[name]
