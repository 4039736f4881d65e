"""What pages tell of withdrawals: values, and the words of one language."""

from collections.abc import Sequence
from typing import NamedTuple

from catalog.release import notices
from catalog.release.digest import Document, sha256
from catalog.release.notices import WithdrawalNotice
from catalog.release.served import ReleaseLine
from catalog.site.words import Words


class WithdrawnOf(NamedTuple):
    """What is withdrawn of a dataset."""

    line: ReleaseLine
    listed: Sequence[Document]
    """All releases as releases.json lists them, oldest first, withdrawn ones too."""

    @property
    def notices(self) -> tuple[WithdrawalNotice, ...]:
        """The withdrawals, oldest first."""
        return notices.withdrawals(self.line.notices)

    @property
    def by_release(self) -> dict[int, WithdrawalNotice]:
        """The notice of each withdrawn release."""
        newest = self.line.newest
        return dict(sorted(notices.withdrawn(self.notices, newest.name).items())) if newest else {}

    def made_of(self, n: int) -> Document:
        """Return what decides all that the page of a withdrawn release shows."""
        served = self.line.served
        told = [sha256(each.body) for each in self.notices]
        return {"release": n, "notices": told, "served": served.sha256 if served else None}


class ToldNotice(NamedTuple):
    """A notice, as a page tells it."""

    notice: WithdrawalNotice
    versions: str
    """Which releases of this dataset it withdraws."""
    derived_from: str | None
    """The dataset whose withdrawal it follows, if it does."""
    others: list[str]
    """Datasets of which releases go with it."""


def told(texts: Words, notice: WithdrawalNotice) -> ToldNotice:
    """Return a notice as a page tells it."""
    ns = sorted(each.n for each in notice.releases_of(notice.dataset))
    versions = (
        texts("withdrawn.versions", first=ns[0], last=ns[-1]) if len(ns) > 1 else texts("withdrawn.version", n=ns[0])
    )
    because = notice.because
    return ToldNotice(
        notice,
        str(versions),
        because.dataset if because and because.dataset != notice.dataset else None,
        sorted({each.dataset for each in notice.releases} - {notice.dataset}),
    )
