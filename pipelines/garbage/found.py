"""Everything in both stores that nothing needs any more. A pure read."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from catalog import keys
from catalog.errors import MinshengError
from catalog.store import Store
from pipelines.context import Context
from pipelines.garbage.named import NamedBodies, NamedByDataset

Kind = Literal["candidate", "file", "body", "probe", "report"]
KINDS: tuple[Kind, ...] = ("candidate", "file", "body", "probe", "report")
_NEWEST_REPORT = (*(keys.night_newest(end) for end in (".json", ".html", ".en.html")), keys.NIGHT_TOLD)


@dataclass(frozen=True)
class Garbage:
    """A thing that goes as a whole: an object, or all objects of a candidate."""

    kind: Kind
    name: str
    """The key, or the beginning of the keys of a candidate."""
    objects: Mapping[str, int]
    """The size of each object, by key, in the order in which they go."""
    public: bool = False
    """In which store it lies, unless its dataset lies apart."""
    dataset: str | None = None

    @property
    def bytes(self) -> int:
        """Of all objects together."""
        return sum(self.objects.values())

    @property
    def mark(self) -> str:
        """Its name among the marks: the same key may lie in both stores."""
        return f"{'public' if self.public else 'private'}:{self.name}"


@dataclass
class Search:
    """Looks for garbage, and looks again whether it still is."""

    ctx: Context
    skipped: dict[str, str] = field(default_factory=dict)
    """By dataset, or `evidence` for bodies, why nothing of it is garbage: it is not known what is needed."""
    _datasets: dict[str, NamedByDataset] = field(default_factory=dict)
    _bodies: NamedBodies | None = None

    def find(self) -> list[Garbage]:
        """Return all garbage, by kind and name."""
        bodies = self.ctx.private.sizes(keys.BLOBS)  # listed before what names them is read
        found = [each for slug in self.ctx.declarations.slugs for each in self._of_dataset(slug)]
        found += self._unnamed_bodies(bodies)
        found += _probes(self.ctx)
        found += [
            Garbage("report", key, {key: size})
            for key, size in self.ctx.private.sizes(keys.NIGHTS).items()
            if key not in _NEWEST_REPORT
        ]
        return sorted(found, key=lambda each: (KINDS.index(each.kind), each.name))

    def still(self, garbage: list[Garbage]) -> list[Garbage]:
        """Return those that nothing has named since.

        Raises:
            MinshengError: that is not known any more.
        """
        for slug in {each.dataset for each in garbage if each.dataset}:
            self._datasets[slug].look()
        if self._bodies and any(each.kind == "body" for each in garbage):
            self._bodies.look()
        return [each for each in garbage if not self._named(each)]

    def _named(self, garbage: Garbage) -> bool:
        if garbage.kind == "body":
            return self._bodies is None or garbage.name in self._bodies.bodies
        if garbage.dataset is None:
            return False
        named = self._datasets[garbage.dataset]
        if garbage.kind == "file":
            return garbage.name in named.files
        return garbage.name.rstrip("/").rpartition("/")[2] in named.candidates

    def _of_dataset(self, slug: str) -> Iterator[Garbage]:
        named = NamedByDataset(self.ctx, slug)
        listed, staged = named.listed(), named.staged()
        try:
            named.look()
        except MinshengError as error:
            self.skipped[slug] = str(error)
            return
        self._datasets[slug] = named
        for identity, objects in staged.items():
            if identity not in named.candidates:
                yield Garbage("candidate", f"{keys.candidates(slug)}{identity}/", objects, dataset=slug)
        for key, size in listed.items():
            if key not in named.files:
                yield Garbage("file", key, {key: size}, public=True, dataset=slug)

    def _unnamed_bodies(self, listed: Mapping[str, int]) -> Iterator[Garbage]:
        """Bodies that no record names; if a record may be lost, it is not known which these are."""
        if self.skipped:
            self.skipped["evidence"] = "a dataset is damaged: its records may be among what is lost"
            return
        named = NamedBodies(self.ctx.private)
        try:
            named.look()
        except MinshengError as error:
            self.skipped["evidence"] = str(error)
            return
        self._bodies = named
        for key, size in listed.items():
            if key not in named.bodies:
                yield Garbage("body", key, {key: size})


def _probes(ctx: Context) -> Iterator[Garbage]:
    stores: tuple[tuple[Store, bool], ...] = ((ctx.shown, True), (ctx.private, False))
    for store, public in stores:
        for key, size in store.sizes(keys.PROBE).items():
            yield Garbage("probe", key, {key: size}, public=public)
