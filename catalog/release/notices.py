"""Notices: what became of releases after they were made. Create-only and numbered; so far all are withdrawals.

Creating a notice is the commit of a withdrawal. A release is withdrawn if a notice names it, or a hash that it names,
or a release that it was made on. All else follows: files go, and documents and checksums stay.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from catalog import keys
from catalog.errors import DecisionError, IntegrityError, StoreError
from catalog.release.digest import Document, canonical, numbers, ranges
from catalog.release.document import Described, Release
from catalog.store import Absent, Exists, Store, Unknown
from catalog.store.base import pause

_TRIES = 20
_PAUSE_SECONDS = 0.01
_DOUBLINGS = 6
_FORM = ConfigDict(frozen=True, extra="forbid", strict=True)
_Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
_Positive = Annotated[int, Field(ge=1)]


class LostNotice(IntegrityError):
    """A notice is gone: what it withdrew must not come back unseen."""

    def __init__(self, slug: str, i: int, witness: str) -> None:
        """Say which.

        Args:
            slug: the dataset.
            i: the notice.
            witness: what names it.
        """
        super().__init__(
            f"{keys.notice(slug, i)} is not there, but {witness} names it; restore it from a mirror, or run "
            f"`minsheng repair {slug}`",
            place=slug,
        )


class WithdrawnRelease(DecisionError):
    """Somebody asks for the rows of a release that is withdrawn."""

    def __init__(self, slug: str, n: int, notice: "Notice", served: int | None = None) -> None:
        """Say who withdrew it, when and why.

        Args:
            slug: the dataset.
            n: the release.
            notice: the withdrawal.
            served: the release that is served now.
        """
        now = f"; release {served} is served now" if served else ""
        super().__init__(f"release {n} of {slug} {notice.says}; its files are gone, its document stays{now}")
        self.n, self.notice = n, notice


class NamedRelease(BaseModel):
    """A release that a notice withdraws."""

    model_config = _FORM
    dataset: str
    n: _Positive
    sha256: _Sha256
    """Of its document."""


class Cause(BaseModel):
    """The notice from which another one follows."""

    model_config = _FORM
    dataset: str
    i: _Positive


class GoneCounts(BaseModel):
    """How much goes with a withdrawal."""

    model_config = _FORM
    releases: _Positive
    rows: Annotated[int, Field(ge=0)]
    """Rows that the withdrawn releases brought or changed. Which ones, nothing public says."""


class Notice(BaseModel):
    """A withdrawal, as everyone may read it."""

    model_config = _FORM
    form: Literal[1] = 1
    kind: Literal["withdrawal"] = "withdrawal"
    dataset: str
    i: Annotated[int, Field(ge=0)] = 0
    """Its number; 0 while it is not stored."""
    at: str
    """ISO 8601, with offset."""
    by: str
    reason: str
    basis: str | None = None
    """The law or order that asks for it."""
    purged: bool = False
    """Whether the evidence and the candidates go too."""
    because: Cause | None = None
    """The notice from which this one follows, of this dataset or one that it is derived from."""
    releases: Annotated[tuple[NamedRelease, ...], Field(min_length=1)]
    """Of all datasets."""
    hashes: tuple[_Sha256, ...] = ()
    """SHA-256 of files, and content hashes, that are never published again."""
    evidence: Annotated[
        tuple[int, ...], BeforeValidator(lambda value: numbers(value) if isinstance(value, list) else value)
    ] = ()
    """Fetches of this dataset that are not folded again."""
    counts: GoneCounts

    @property
    def document(self) -> Document:
        """What it says, as JSON values."""
        return self.model_dump(mode="json", exclude_none=True) | {"evidence": ranges(self.evidence)}

    @property
    def body(self) -> bytes:
        """The bytes that are stored."""
        return canonical(self.document)

    @property
    def says(self) -> str:
        """Who withdrew, when, and why, to follow the name of a release."""
        basis = f"; legal basis: {self.basis}" if self.basis else ""
        because = self.because
        of = f", with notice {because.i} of {because.dataset}" if because and because.dataset != self.dataset else ""
        purged = "; what the agency sent is purged too" if self.purged else ""
        return f"was withdrawn by {self.by} on {self.at}{of} ({self.reason}{basis}){purged}"

    def releases_of(self, slug: str) -> list[NamedRelease]:
        """Return the releases of a dataset that it withdraws."""
        return [each for each in self.releases if each.dataset == slug]

    def names(self, slug: str, n: int) -> bool:
        """Return whether it withdraws a release by its number."""
        return any((each.dataset, each.n) == (slug, n) for each in self.releases)

    def takes(self, described: Described) -> bool:
        """Return whether a release or candidate names a hash that it withdraws."""
        if not self.hashes:
            return False
        named = {each.sha256 for each in described.files()} | {each.content_sha256 for each in described.resources}
        return not named.isdisjoint(self.hashes)


def read(store: Store, slug: str) -> tuple[Notice, ...]:
    """Read the notices of a dataset, in order: probed for, never listed.

    Args:
        store: any store, a mirror over https too.
        slug: the dataset.

    Raises:
        IntegrityError: one is broken.
    """
    notices: list[Notice] = []
    while True:
        key = keys.notice(slug, len(notices) + 1)
        try:
            body = store.get(key).body
        except Absent:
            return tuple(notices)
        notices.append(parse(body, slug, len(notices) + 1))


def parse(body: bytes, slug: str, i: int) -> Notice:
    """Read what is stored of notice i.

    Raises:
        IntegrityError: it is no notice of this dataset and number.
    """
    key = keys.notice(slug, i)
    try:
        notice = Notice.model_validate_json(body)
    except ValidationError as error:
        raise IntegrityError(f"{key}: expected a notice, found something else; restore it from a mirror") from error
    if (notice.dataset, notice.i) != (slug, i):
        raise IntegrityError(
            f"{key}: expected notice {i} of {slug}, found notice {notice.i} of {notice.dataset}; restore it from a "
            "mirror"
        )
    return notice


def append(store: Store, notice: Notice) -> Notice:
    """Store a notice under the next number: that is its commit. One that says the same is there already: that one.

    Args:
        store: the public store.
        notice: what to say, without a number.

    Returns:
        The notice that is stored.

    Raises:
        StoreError: the store confirmed nothing.
    """
    for attempt in range(_TRIES):
        pause(min(attempt, _DOUBLINGS), _PAUSE_SECONDS)
        stored = read(store, notice.dataset)
        if same := next((each for each in stored if _same(each, notice)), None):
            return same
        numbered = notice.model_copy(update={"i": len(stored) + 1})
        try:
            store.put_new(keys.notice(notice.dataset, numbered.i), numbered.body)
        except (Exists, Unknown):
            continue
        return numbered
    raise StoreError(f"{notice.dataset}: the notice could not be stored in {_TRIES} tries; run again")


def _same(stored: Notice, notice: Notice) -> bool:
    """Whether a stored notice withdraws all that another one does."""
    return (stored.purged or not notice.purged) and {(each.dataset, each.n) for each in notice.releases} <= {
        (each.dataset, each.n) for each in stored.releases
    }


def withdrawn(notices: Iterable[Notice], slug: str) -> Mapping[int, Notice]:
    """Return the notice that withdraws each release that one names."""
    found: dict[int, Notice] = {}
    for notice in notices:
        for each in notice.releases:
            if each.dataset == slug:
                found.setdefault(each.n, notice)
    return found


def notice_of(release: Release, notices: Iterable[Notice]) -> Notice | None:
    """Return the notice by which a release is withdrawn; None if it is not."""
    slug = release.name
    for notice in notices:
        if notice.names(slug, release.n) or notice.takes(release):
            return notice
        if release.facts.base is not None and notice.names(slug, release.facts.base):
            return notice
    return None
