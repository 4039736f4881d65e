"""profile.json: how the values of the newest release lie, column by column; profile-parts.json: the same by partition.

Both are derived. A night reads the partitions whose content is new; of all others the parts are kept. If the parts are
gone or broken, each distinct partition is read once more.
"""

import contextlib
from collections.abc import Sequence

from pydantic import BaseModel, ValidationError

from catalog import keys
from catalog.errors import IntegrityError
from catalog.formats import parquet
from catalog.profile import document
from catalog.profile.document import Profile
from catalog.profile.measure import measure
from catalog.profile.parts import PartitionPart, merge
from catalog.profile.plan import Plan, plan
from catalog.release import publish
from catalog.release.digest import Document, sealed
from catalog.release.document import Release, Resource
from catalog.release.read import Place, ReleaseFiles, readable
from catalog.store import Store, put_over


class _Parts(BaseModel):
    shape: str
    parts: dict[str, PartitionPart]
    """By content hash of the partition."""


def write(public: Store, release: Release, listed: Sequence[Document]) -> Profile:
    """Write the profile of a dataset, unless the one that is there is of this release; return it.

    Args:
        public: the store.
        release: the newest release.
        listed: all releases that are not withdrawn, as releases.json lists them.

    Raises:
        IntegrityError: a file of the release is gone or altered.
    """
    stored = document.read(public, release)
    if stored is not None:
        return stored
    before = document.read_earlier(public, release.name)
    drift = {each.release.n: each for each in document.snapshots(before) if _is_of_line(each.release, listed)}
    measured = _Measured(public, release)
    for n in range(max(1, release.n - document.MOST_RELEASES + 1), release.n):
        if n not in drift:
            with contextlib.suppress(IntegrityError):  # an old release that cannot be read is left out of the drift
                old = publish.load(public, release.name, n)
                drift[n] = document.snapshot(old, measured.whole(old))
    whole = measured.whole(release)
    drift[release.n] = document.snapshot(release, whole)
    newest = [drift[n] for n in sorted(drift)][-document.MOST_RELEASES :]
    profile = document.make(release, whole, measured.plan, newest)
    put_over(public, keys.profile_parts(release.name), sealed(measured.kept(release)))
    put_over(public, keys.profile(release.name), sealed(profile.model_dump(mode="json")))
    return profile


def _is_of_line(about: document.ReleaseProfile, listed: Sequence[Document]) -> bool:
    return any((each["n"], each["sha256"]) == (about.n, about.sha256) for each in listed)


class _Measured:
    """The parts of a dataset, each read once."""

    def __init__(self, public: Store, newest: Release) -> None:
        self._public = public
        self._plans: dict[tuple[str, str], Plan] = {}
        self.plan = self._plan(newest)
        self._parts = {(self.plan.shape, content): part for content, part in self._stored(newest.name).items()}

    def whole(self, release: Release) -> PartitionPart:
        """Return all rows of a release, merged from its parts."""
        how, files = self._plan(release), ReleaseFiles(self._public, release)
        if not release.partitions:
            return measure(parquet.render(files.columns().empty_table()), how)
        return merge(self._part(files, release, file, how) for file in release.partitions.values())

    def kept(self, release: Release) -> Document:
        """Return the parts of a release, to be stored."""
        parts = {
            file.content_sha256: self._parts[self.plan.shape, file.content_sha256]
            for file in release.partitions.values()
        }
        return _Parts(shape=self.plan.shape, parts=parts).model_dump(mode="json")

    def _part(self, files: ReleaseFiles, release: Release, file: Resource, how: Plan) -> PartitionPart:
        name = (how.shape, file.content_sha256)
        if name not in self._parts:
            with readable(Place(release.name, n=release.n), file.path):
                self._parts[name] = measure(files.body(file), how)
        return self._parts[name]

    def _plan(self, release: Release) -> Plan:
        files, facts = ReleaseFiles(self._public, release), release.facts
        name = (facts.schema.sha256, facts.facts["declaration"].sha256)
        if name not in self._plans:
            self._plans[name] = plan(files.schema(), files.fact("declaration"))
        return self._plans[name]

    def _stored(self, slug: str) -> dict[str, PartitionPart]:
        with contextlib.suppress(ValidationError):
            stored = _Parts.model_validate(document.stored(self._public, keys.profile_parts(slug)))
            if stored.shape == self.plan.shape:
                return stored.parts
        return {}
