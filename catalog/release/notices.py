"""Notices: what stewards say of releases after they were made, or before. Create-only and numbered, of every kind.

Creating a notice is the commit of what it says. A release is withdrawn if a withdrawal names it, or a hash that it
names, or a release that it was made on. All else follows: files go, and documents and checksums stay. The other kinds
withdraw nothing (announcements.py); `withdrawals` tells them apart, and everything that withdraws asks it.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Literal, Self, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError

from catalog import keys
from catalog.errors import DecisionError, IntegrityError, StoreError
from catalog.release.announcements import ChangeNotice, TakeBackNotice
from catalog.release.digest import Document, numbers, ranges
from catalog.release.document import Described, Release
from catalog.release.numbered import Numbered, Positive
from catalog.store import Absent, Exists, Store, Unknown
from catalog.store.base import pause

_TRIES = 20
_PAUSE_SECONDS = 0.01
_DOUBLINGS = 6
_FORM = ConfigDict(frozen=True, extra="forbid", strict=True)
_Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


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

    def __init__(self, slug: str, n: int, notice: "WithdrawalNotice", served: int | None = None) -> None:
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
    n: Positive
    sha256: _Sha256
    """Of its document."""


class Cause(BaseModel):
    """The notice from which another one follows."""

    model_config = _FORM
    dataset: str
    i: Positive


class GoneCounts(BaseModel):
    """How much goes with a withdrawal."""

    model_config = _FORM
    releases: Positive
    rows: Annotated[int, Field(ge=0)]
    """Rows that the withdrawn releases brought or changed. Which ones, nothing public says."""


class WithdrawalNotice(Numbered):
    """A withdrawal, as everyone may read it."""

    kind: Literal["withdrawal"] = "withdrawal"
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
        return super().document | {"evidence": ranges(self.evidence)}

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

    def said_in(self, stored: Sequence[Numbered]) -> Self | None:
        """Return the withdrawal that takes already all that this one does."""
        return next((each for each in stored if isinstance(each, type(self)) and self._is_within(each)), None)

    def _is_within(self, other: "WithdrawalNotice") -> bool:
        return (other.purged or not self.purged) and {(each.dataset, each.n) for each in self.releases} <= {
            (each.dataset, each.n) for each in other.releases
        }


Notice = WithdrawalNotice | ChangeNotice | TakeBackNotice
_Notice = TypeVar("_Notice", bound=Numbered)
_ANY: TypeAdapter[Notice] = TypeAdapter(Notice)


def withdrawals(found: Iterable[Numbered]) -> tuple[WithdrawalNotice, ...]:
    """Return those of some notices that withdraw something: the one place that tells the kinds apart."""
    return tuple(each for each in found if isinstance(each, WithdrawalNotice))


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
        notice = _ANY.validate_json(body)
    except ValidationError as error:
        raise IntegrityError(f"{key}: expected a notice, found something else; restore it from a mirror") from error
    if (notice.dataset, notice.i) != (slug, i):
        raise IntegrityError(
            f"{key}: expected notice {i} of {slug}, found notice {notice.i} of {notice.dataset}; restore it from a "
            "mirror"
        )
    return notice


def append(store: Store, notice: _Notice) -> _Notice:
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
        if same := notice.said_in(stored):
            return same
        numbered = notice.model_copy(update={"i": len(stored) + 1})
        try:
            store.put_new(keys.notice(notice.dataset, numbered.i), numbered.body)
        except (Exists, Unknown):
            continue
        return numbered
    raise StoreError(f"{notice.dataset}: the notice could not be stored in {_TRIES} tries; run again")


def withdrawn(found: Iterable[Numbered], slug: str) -> Mapping[int, WithdrawalNotice]:
    """Return the notice that withdraws each release that one names."""
    gone: dict[int, WithdrawalNotice] = {}
    for notice in withdrawals(found):
        for each in notice.releases:
            if each.dataset == slug:
                gone.setdefault(each.n, notice)
    return gone


def notice_of(release: Release, found: Iterable[Numbered]) -> WithdrawalNotice | None:
    """Return the notice by which a release is withdrawn; None if it is not."""
    slug = release.name
    for notice in withdrawals(found):
        if notice.names(slug, release.n) or notice.takes(release):
            return notice
        if release.facts.base is not None and notice.names(slug, release.facts.base):
            return notice
    return None
