"""What a dataset's documents, candidates and records name. It is looked at twice: before and after a mark."""

from dataclasses import dataclass, field
from typing import Any

from catalog import keys
from catalog.errors import IntegrityError, MinshengError
from catalog.release import publish
from catalog.release.document import Described
from catalog.store import Store
from pipelines.candidate.facts import DIGEST
from pipelines.context import Context
from pipelines.evidence import Evidence
from pipelines.refresh.state import read_state

STAYS = ("superseded.json", DIGEST)
"""Of a candidate: what became of it, and the digest of a quarantine of which only counts are published."""
_FOLDERS = ("data/", "schema/", "facts/")


@dataclass
class NamedByDataset:
    """What one dataset names; `look` reads what came since."""

    ctx: Context
    slug: str
    files: set[str] = field(default_factory=set)
    """Keys of files that a release names, withdrawn or not, or a candidate that is kept."""
    candidates: set[str] = field(default_factory=set)
    """Ids of candidates that wait, that are approved and not released yet, or that a next release is made on."""
    _n: int = 0
    _released: set[str] = field(default_factory=set)
    _staged: set[str] = field(default_factory=set)

    def look(self) -> None:
        """Read what names something, as far as that is new.

        Raises:
            MinshengError: something is lost or broken, so it is not known what is named.
        """
        state = read_state(self.ctx, self.slug)
        if state.proof.lost:
            lost = keys.document(self.slug, min(state.proof.lost))
            raise IntegrityError(f"{lost} is gone; run the dataset, which restores it, then this", place=self.slug)
        self._name_candidates(*(each.candidate for each in (state.base, state.newest) if each))
        for n in range(self._n + 1, publish.newest_n(self.ctx.public, self.slug) + 1):
            release = publish.load(self.ctx.public, self.slug, n)
            self._name_files(release)
            self._released.add(release.candidate)
            self._n = n
        for decision in state.decisions:
            if decision.action == "approve" and decision.candidate and decision.candidate not in self._released:
                self._name_candidates(decision.candidate)
        for identity in self.staged().keys() - self._staged:
            self._staged.add(identity)
            self._name_staged(identity)

    def staged(self) -> dict[str, dict[str, int]]:
        """Return the objects of each candidate with their sizes, by its id; the document is the last."""
        found: dict[str, dict[str, int]] = {}
        begin = keys.candidates(self.slug)
        for key, size in self.ctx.private.sizes(begin).items():
            identity, _, path = key.removeprefix(begin).partition("/")
            if path and path not in STAYS:
                found.setdefault(identity, {})[key] = size
        for identity, objects in found.items():
            document = keys.candidate(self.slug, identity)
            if document in objects:
                objects[document] = objects.pop(document)
        return found

    def listed(self) -> dict[str, int]:
        """Return the size of each file that releases can name; ask for it before `look`."""
        found: dict[str, int] = {}
        for folder in _FOLDERS:
            found |= self.ctx.public.sizes(keys.dataset(self.slug, folder))
        return found

    def _name_candidates(self, *identities: str | None) -> None:
        stored: Any = publish.read_json(self.ctx.private, keys.waiting(self.slug))
        waits = stored.get("candidate") if isinstance(stored, dict) else None
        self.candidates |= {each for each in (*identities, waits) if isinstance(each, str)}

    def _name_staged(self, identity: str) -> None:
        """A candidate that is not what its id says can never be released."""
        try:
            self._name_files(publish.staged(self.ctx.private, self.slug, identity))
        except MinshengError:
            return

    def _name_files(self, described: Described) -> None:
        self.files |= {keys.dataset(self.slug, file.path) for file in described.files()}


@dataclass
class NamedBodies:
    """Bodies that the records of fetches name, of every dataset that ever was."""

    private: Store
    bodies: set[str] = field(default_factory=set)
    """Keys."""
    _newest: dict[str, int] = field(default_factory=dict)

    def look(self) -> None:
        """Read the records that are new.

        Raises:
            MinshengError: one is broken or lost, so it is not known what it names.
        """
        ks: dict[str, set[int]] = {}
        for key in self.private.list("evidence/"):
            slug, k = key.split("/")[1], keys.number(key)
            if k and key in (keys.evidence(slug, k), keys.outcome(slug, k)):
                ks.setdefault(slug, set()).add(k)
        for slug, found in ks.items():
            evidence = Evidence(self.private, slug)
            for k in range(self._newest.get(slug, 0) + 1, max(found) + 1):
                self.bodies |= {keys.blob(digest) for digest in evidence.read(k).bodies}
                self._newest[slug] = k
