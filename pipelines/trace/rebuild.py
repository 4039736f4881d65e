"""Fold the evidence of a release again, with the declaration and the inputs of then, and compare the results."""

from dataclasses import dataclass

from catalog.errors import IntegrityError
from catalog.formats import csv, parquet
from catalog.release import served
from catalog.release.digest import sha256
from catalog.release.document import Release, Resource
from catalog.release.read import ReleaseFiles
from pipelines.candidate.build import build
from pipelines.candidate.plan import FoldPlan
from pipelines.context import Context
from pipelines.declared import Declared, of_release
from pipelines.evidence import LostEvidence, PurgedEvidence
from pipelines.fold.partitions import FoldedPartition
from pipelines.refresh.refold import evidence_of


@dataclass(frozen=True)
class Compared:
    """One partition of a release, folded again."""

    label: str
    expected: str
    """The content hash in the release."""
    found: str | None
    """The content hash of the fold; None if it has no such partition."""
    same_bytes: bool
    """Whether the Parquet file is the same byte for byte."""

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
    """Partitions of the fold that the release does not have."""
    writer: str
    """The writer of the release's Parquet files, as its provenance says."""

    @property
    def same(self) -> bool:
        """Whether every content hash is the same, and there is no other partition."""
        return all(compared.same for compared in self.partitions) and not self.unexpected


def rebuild(ctx: Context, slug: str, n: int) -> Rebuilt:
    """Fold a release again from its evidence. Its own data files are not read.

    Args:
        ctx: the stores; nothing is written.
        slug: the dataset.
        n: the number of the release.

    Returns:
        For each partition of the release, whether the fold gives the same content.

    Raises:
        DecisionError: there is no such release, or it is withdrawn.
        IntegrityError: evidence, or the stored declaration, is missing or altered.
    """
    release = served.whole(ctx.public, slug, n)
    declared, folded = folded_again(ctx, release)
    units = {field.name: field.unit for field in declared.dataset.published if field.unit}
    compared = tuple(
        _compare(label, resource, folded.get(label), units) for label, resource in release.partitions.items()
    )
    unexpected = sorted(
        label for label, partition in folded.items() if label not in release.partitions and partition.table.num_rows
    )
    provenance = ReleaseFiles(ctx.public, release).fact("provenance")
    return Rebuilt(release, compared, tuple(unexpected), provenance.get("code", {}).get("writer", "unknown"))


def folded_again(ctx: Context, release: Release) -> tuple[Declared, dict[str, FoldedPartition]]:
    """Fold the evidence of a release again.

    Returns:
        The declaration of then, and the partitions by label.

    Raises:
        IntegrityError: evidence, or the stored declaration, is missing or altered.
    """
    place = f"{release.name}: release {release.n} cannot be rebuilt"
    declared = of_release(ctx.public, ctx.private, release)
    evidence = evidence_of(ctx, release, replaces=declared.replaces)
    try:
        built = build(ctx, FoldPlan(declared, None, evidence, again=True))
    except LostEvidence as error:
        raise IntegrityError(f"{place}: evidence is missing ({error})") from error
    except PurgedEvidence as error:
        raise IntegrityError(f"{place}: {error}") from error
    if built is None:
        raise IntegrityError(f"{place}: its evidence folds to nothing")
    return declared, {partition.label: partition for partition in built.folded.changed}


def _compare(label: str, resource: Resource, folded: FoldedPartition | None, units: dict[str, str]) -> Compared:
    if folded is None:
        return Compared(label, resource.content_sha256, None, same_bytes=False)
    same_bytes = sha256(parquet.render(folded.table, units)) == resource.sha256
    return Compared(label, resource.content_sha256, csv.content_hash(folded.table), same_bytes)
