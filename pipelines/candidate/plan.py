"""What is to be folded on what; and the fetch that cannot be."""

from dataclasses import dataclass

from catalog.errors import SourceError
from catalog.release.document import Kind, Release
from pipelines.declared import Basis


class Refusal(SourceError):
    """A fetch that cannot be folded: what it brought is not data of this dataset."""

    def __init__(self, slug: str, k: int, reason: str) -> None:
        super().__init__(f"{slug}: {reason}")
        self.k = k


@dataclass(frozen=True)
class Task:
    """What is to be folded on what."""

    basis: Basis
    base: Release | None
    own: tuple[int, ...]
    """Evidence that this candidate answers for."""
    over: tuple[int, ...] = ()
    """Later evidence that is in the base already: where it speaks of a key, it keeps the last word."""
    kind: Kind = "regular"
    again: bool = False
    """Whether all is folded from nothing: `over` is then the whole line."""
    waits: bool = False
    """Whether the result waits for a steward whatever the checks say."""

    @property
    def spoken_of(self) -> tuple[int, ...]:
        """The evidence whose quarantine is listed: folding again tells of all of it."""
        return tuple(sorted({*self.own, *self.over})) if self.again else self.own
