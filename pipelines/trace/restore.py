"""Make again what is gone or altered of a dataset: `minsheng repair`. It changes no byte that was released.

Each object is put back only with bytes that a document proves by their hash. Where they come from: another copy, the
candidate that became the release, the other form of a partition, or the evidence, folded again.
"""

import contextlib
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from catalog import keys
from catalog.declaration.dataset import Dataset
from catalog.errors import DecisionError, IntegrityError, MinshengError
from catalog.formats import csv, parquet
from catalog.formats.gzip import compress
from catalog.release import notices, proof, publish
from catalog.release.digest import canonical, sha256
from catalog.release.document import FileReference, Release
from catalog.release.read import CandidateFiles, DamagedFile, MissingFile, ReleaseFiles
from catalog.release.schema import table_schema
from catalog.store import Store, put_over
from catalog.store.base import body_of
from pipelines import decisions
from pipelines.context import Context
from pipelines.declared import of_release
from pipelines.evidence import Evidence, LostEvidence, PurgedEvidence
from pipelines.fold.partitions import FoldedPartition
from pipelines.trace.rebuild import folded_again

_GONE, _ALTERED = "gone", "altered"
_NEXT = "the evidence, by the next run"


@dataclass(frozen=True)
class Restored:
    """An object that was not as a document or a number says."""

    key: str
    was: str
    """`gone`, or `altered`."""
    source: str | None
    """From what it was made again; None if it could not be."""


def restore(ctx: Context, slug: str) -> Iterator[Restored]:
    """Check every object of a dataset's releases and evidence, and put back what is gone or altered.

    Args:
        ctx: the stores.
        slug: the dataset.

    Yields:
        What was not whole: documents, newest first; then files; then evidence, which only a copy of the private store
        can give back.
    """
    yield from _notices(ctx, slug)
    found = notices.read(ctx.public, slug)
    releases: list[Release] = []
    for document in proof.documents(ctx.public, ctx.private, slug):
        if document.copy:
            releases.append(document.copy.release)
            proof.keep(ctx.private, slug, document.n, document.copy.body)
        if document.was:
            if document.copy:
                put_over(ctx.public, keys.document(slug, document.n), document.copy.body)
            yield Restored(keys.document(slug, document.n), document.was, document.source)
    checked: set[str] = set()
    for release in sorted(releases, key=lambda each: each.n):
        if notices.notice_of(release, found):
            continue  # its files are meant to be gone
        sources = _Sources(ctx, release, releases)
        for file in release.files():
            if file.path not in checked:
                checked.add(file.path)
                yield from _file(ctx.public, release, file, sources)
    yield from _evidence(ctx, slug)
    yield from _waiting(ctx, slug)


@dataclass
class _Sources:
    """Where the files of a release may be made again from."""

    ctx: Context
    release: Release
    releases: list[Release]

    def search(self, file: FileReference) -> tuple[str, bytes] | None:
        """Return the bytes of a file and what they were made of, the cheapest first; None if nothing gives them."""
        asked: list[tuple[str, Callable[[str], bytes | None]]] = [
            ("the candidate that brought it", self._candidate),
            ("the declaration", self._schema),
            ("the Parquet file of the same rows", self._text),
            ("the evidence, folded again", self._folded),
        ]
        for source, ask in asked:
            with contextlib.suppress(MinshengError, KeyError, ValueError, OSError, EOFError, zlib.error):
                body = ask(file.path)
                if body is not None and sha256(body) == file.sha256:
                    return source, body
        return None

    def _candidate(self, path: str) -> bytes | None:
        found = (body_of(self.ctx.private, keys.candidate(each.name, each.candidate, path)) for each in self.releases)
        return next((body for body in found if body is not None), None)

    def _schema(self, path: str) -> bytes | None:
        if path != self.release.facts.schema.path:
            return None
        return canonical(table_schema(of_release(self.ctx.public, self.ctx.private, self.release).dataset))

    def _text(self, path: str) -> bytes | None:
        label = next((label for label, each in self.release.texts.items() if each.path == path), None)
        if label is None:
            return None
        return compress(csv.render(ReleaseFiles(self.ctx.public, self.release).partition(label)))

    def _folded(self, path: str) -> bytes | None:
        for label, resource in self.release.partitions.items():
            if path in (resource.path, self.release.texts[label].path):
                declared, folded = self._fold
                table = folded[label].table
                if path != resource.path:
                    return compress(csv.render(table))
                return parquet.render(table, {each.name: each.unit for each in declared.published if each.unit})
        return None

    @cached_property
    def _fold(self) -> tuple[Dataset, dict[str, FoldedPartition]]:
        declared, folded = folded_again(self.ctx, self.release)
        return declared.dataset, folded


def _notices(ctx: Context, slug: str) -> Iterator[Restored]:
    """Put back a notice that is gone or altered: the decision that stands for it has it whole."""
    for decision in decisions.read(ctx.private, slug):
        if decision.notice is None:
            continue
        key, body = keys.notice(slug, decision.of_notice or 0), canonical(decision.notice)
        stored = body_of(ctx.public, key)
        if stored != body:
            put_over(ctx.public, key, body)
            yield Restored(key, _GONE if stored is None else _ALTERED, "the decision on it")


def _file(public: Store, release: Release, file: FileReference, sources: _Sources) -> Iterator[Restored]:
    """Check a file, and put it back if its bytes are found."""
    key = keys.dataset(release.name, file.path)
    stored = body_of(public, key)
    if stored is not None and sha256(stored) == file.sha256:
        return
    found = sources.search(file)
    if found:
        put_over(public, key, found[1])
    yield Restored(key, _GONE if stored is None else _ALTERED, found[0] if found else None)


def _evidence(ctx: Context, slug: str) -> Iterator[Restored]:
    """Check every record, body and outcome. An outcome that is broken is taken away: it is derived again."""
    evidence = Evidence(ctx.private, slug)
    numbers = (keys.number(key) or 0 for key in ctx.private.list(keys.evidence_folder(slug)))
    for k in range(1, max(numbers, default=0) + 1):
        try:
            bodies = evidence.read(k).bodies
        except IntegrityError as error:
            bodies = ()
            yield Restored(keys.evidence(slug, k), _GONE if isinstance(error, LostEvidence) else _ALTERED, None)
        for digest in bodies:
            try:
                evidence.body(digest)
            except PurgedEvidence:
                continue  # a tombstone says so
            except IntegrityError as error:
                yield Restored(keys.blob(digest), _GONE if isinstance(error, LostEvidence) else _ALTERED, None)
        try:
            evidence.outcome(k)
        except IntegrityError:
            ctx.private.delete(keys.outcome(slug, k))
            yield Restored(keys.outcome(slug, k), _ALTERED, "what is stored of the fetch")


def _waiting(ctx: Context, slug: str) -> Iterator[Restored]:
    """Check the files of the candidate that waits; if one is not whole, it goes, and the next run makes it again."""
    stored = publish.read_json(ctx.private, keys.waiting(slug))
    identity = stored.get("candidate") if isinstance(stored, dict) else None
    if not isinstance(identity, str):
        return
    damaged = []
    try:
        candidate = publish.staged(ctx.private, slug, identity)
    except (DecisionError, IntegrityError) as error:
        damaged = [Restored(keys.candidate(slug, identity), _of(error), _NEXT)]
    else:
        files = CandidateFiles(ctx.private, ctx.public, candidate)
        for file in candidate.files():
            try:
                files.body(file)
            except DamagedFile as error:
                damaged.append(Restored(keys.candidate(slug, identity, file.path), _of(error), _NEXT))
    for each in damaged:
        ctx.private.delete(each.key)
        yield each
    if damaged:
        ctx.private.delete(keys.waiting(slug))


def _of(error: MinshengError) -> str:
    return _ALTERED if isinstance(error, IntegrityError) and not isinstance(error, MissingFile) else _GONE
