"""What is to be folded on what; and the fetch that cannot be."""

from dataclasses import dataclass

from catalog.errors import SourceError
from catalog.release.document import Release
from catalog.release.version import Kind
from pipelines.declared import Declared


class Refusal(SourceError):
    """A fetch that cannot be folded: what it brought is not data of this dataset."""

    def __init__(self, slug: str, k: int, reason: str) -> None:
        super().__init__(reason, place=slug)
        self.k = k


@dataclass(frozen=True)
class FoldPlan:
    """What is to be folded on what."""

    declared: Declared
    base: Release | None
    own: tuple[int, ...]
    """Evidence that this candidate answers for."""
    over: tuple[int, ...] = ()
    """Later evidence that is in the base already: where it speaks of a key, it keeps the last word."""
    kind: Kind = "regular"
    again: bool = False
    """Whether all is folded from nothing: `over` is then everything that was ever folded."""
    waits: bool = False
    """Whether the result waits for a steward whatever the checks say."""

    @property
    def fetches(self) -> tuple[int, ...]:
        """All evidence that is read, in order."""
        return tuple(sorted({*self.own, *self.over}))

    @property
    def listed(self) -> tuple[int, ...]:
        """The evidence whose quarantine is listed: folding again tells of all of it."""
        return self.fetches if self.again else self.own

    @property
    def regular(self) -> bool:
        """Whether a result that changes nothing makes no release: the same suite judged the base."""
        return self.base is not None and not self.again and self.base.facts.suite == self.declared.suite_digest
