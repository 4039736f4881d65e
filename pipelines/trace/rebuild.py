"""Fold the evidence of a release again, by the declaration and the inputs that it stored, and compare."""

from dataclasses import dataclass

from catalog.errors import IntegrityError
from catalog.formats import csv, parquet
from catalog.release import publish
from catalog.release.digest import sha256
from catalog.release.document import Release
from catalog.release.read import ReleaseFiles
from catalog.store import Absent
from pipelines.candidate.build import build
from pipelines.candidate.plan import FoldPlan
from pipelines.context import Context
from pipelines.declared import of_release
from pipelines.refresh.refold import evidence_of


@dataclass(frozen=True)
class Compared:
    """One partition of a release, folded again."""

    label: str
    expected: str
    found: str | None
    """Content hashes; None when the fold gives no such partition."""
    same_bytes: bool
    """Whether the Parquet file comes out byte for byte."""

    @property
    def same(self) -> bool:
        """Whether the content is the same."""
        return self.expected == self.found


@dataclass(frozen=True)
class Rebuilt:
    """The result of a rebuild."""

    release: Release
    partitions: tuple[Compared, ...]
    unexpected: tuple[str, ...]
    """Partitions that the fold gives and the release has not."""
    writer: str
    """The writer of the release's Parquet files, as its provenance says."""

    @property
    def same(self) -> bool:
        """Whether every content hash is reproduced, and nothing more."""
        return all(one.same for one in self.partitions) and not self.unexpected


def rebuild(ctx: Context, slug: str, n: int) -> Rebuilt:
    """Fold release n again from evidence; its own data files are not read.

    Raises:
        DecisionError: there is no such release.
        IntegrityError: evidence, or the stored declaration, is missing or not what its hash says.
    """
    release = publish.load(ctx.public, slug, n)
    declared = of_release(ctx.public, ctx.private, release)
    evidence = evidence_of(ctx, release, replaces=declared.replaces)
    try:
        built = build(ctx, FoldPlan(declared, None, evidence, again=True))
    except Absent as error:
        raise IntegrityError(f"{slug}: release {n} cannot be rebuilt: evidence is missing ({error})") from error
    if built is None:
        raise IntegrityError(f"{slug}: release {n} cannot be rebuilt: its evidence folds to nothing")
    made = {one.label: one for one in built.folded.changed}
    units = {one.name: one.unit for one in declared.dataset.published if one.unit}
    compared = []
    for label, resource in sorted(release.partitions.items()):
        mine = made.get(label)
        body = parquet.render(mine.table, units) if mine else b""
        found = csv.content_hash(mine.table) if mine else None
        same_bytes = sha256(body) == resource.sha256
        compared.append(Compared(label, resource.content_sha256, found, same_bytes))
    unexpected = tuple(
        sorted(label for label, one in made.items() if label not in release.partitions and one.table.num_rows)
    )
    provenance = ReleaseFiles(ctx.public, release).fact("provenance")
    return Rebuilt(release, tuple(compared), unexpected, provenance.get("code", {}).get("writer", "unknown"))
