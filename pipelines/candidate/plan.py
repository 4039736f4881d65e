"""The plan of a fold, and the error for a fetch that cannot be folded."""

from dataclasses import dataclass

from catalog.errors import SourceError
from catalog.release.document import Release
from catalog.release.version import Kind
from pipelines.declared import Declared


class Refusal(SourceError):
    """A fetch cannot be folded: what it holds is not data of this dataset."""

    def __init__(self, slug: str, k: int, reason: str) -> None:
        super().__init__(reason, place=slug)
        self.k = k


@dataclass(frozen=True)
class FoldPlan:
    """Which evidence is folded on which release."""

    declared: Declared
    base: Release | None
    """The release to fold on; None for the first."""
    own: tuple[int, ...]
    """The fetches that this candidate is judged by."""
    over: tuple[int, ...] = ()
    """Later fetches that are in the base already: where they have the same key, their row counts."""
    excluded: tuple[int, ...] = ()
    """Evidence that stewards have set aside, in order; provenance tells of it."""
    kind: Kind = "regular"
    again: bool = False
    """Whether all evidence is folded from nothing: `over` is then every other fetch that was ever folded."""
    waits: bool = False
    """Whether the result waits for a steward, even if every check passes."""
    previous: Release | None = None
    """The newest release, where that is withdrawn: the candidate follows it, and is made on the base."""
    after: int | None = None
    """The withdrawn release after which nothing passes that no steward has looked at."""
    held: bool = False
    """Whether a steward holds the dataset."""
    looked_at: bool = False
    """Whether the result is wanted even if it changes nothing, because somebody looks at it."""

    @property
    def fetches(self) -> tuple[int, ...]:
        """All fetches to read, in order."""
        return tuple(sorted({*self.own, *self.over}))

    @property
    def listed(self) -> tuple[int, ...]:
        """The fetches whose quarantine the release lists: all of them when folding again."""
        return self.fetches if self.again else self.own

    @property
    def regular(self) -> bool:
        """Whether a result that changes nothing makes no release, because the same suite judged the base."""
        return self.base is not None and not self.again and self.base.facts.suite == self.declared.suite_digest
