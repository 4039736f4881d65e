"""Derived datasets with `local: true`: each partition of the result follows from the same partition of the inputs.

So the query runs for each partition by itself, and only for those whose input changed. The result of a fetch is one
body for each partition; the body of one that nothing touched is that of the fetch before.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from catalog.declaration.dataset import Dataset
from catalog.release import publish
from catalog.release.document import Release
from catalog.store import Store
from pipelines.fetch.query_tables import TableInput
from pipelines.records import Record

_WIDTH = {"year": 4, "month": 7}
"""Characters of a label: 2026, 2026-07."""
_AT = "#"
"""Between the file of the query and the label of the partition, in the address of a body."""


@dataclass(frozen=True)
class LocalParts:
    """The partitions of a result, and which of them must be run."""

    labels: tuple[str, ...]
    """All of them, in order."""
    kept: Mapping[str, str]
    """By label: the hash of the body of a partition that nothing touched since the fetch before."""
    cut: frozenset[str]
    """The tables of the query of which each partition reads its own rows only."""


def reads(label: str, of_input: str) -> bool:
    """Return whether a partition of the result reads a partition of a table that is cut."""
    return of_input.startswith(label)


def address(sql: str, label: str) -> str:
    """Return the address of the body of a partition."""
    return f"{sql}{_AT}{label}"


def local_parts(
    store: Store, dataset: Dataset, inputs: Mapping[str, TableInput], asked: Mapping[str, object], last: Record | None
) -> LocalParts:
    """Find the partitions of a result, and those that nothing touched since the last fetch.

    Args:
        store: of the releases that are read.
        dataset: the derived dataset; it has `local: true`.
        inputs: by name in the query.
        asked: what is asked now: source, query, and the releases that are read.
        last: the newest fetch; None where there is none.
    """
    width = _WIDTH[dataset.minsheng.partition.grain]
    cut = frozenset(name for name, table in inputs.items() if is_cut(dataset, table.dataset))
    now = {table.release.name: table.release for table in inputs.values() if table.release}
    labels = {label[:width] for name in cut for label in _hashes(inputs[name].release)}
    kept: dict[str, str] = {}
    if last and (last.asked.get("source"), last.asked.get("query")) == (asked["source"], asked["query"]):
        touched = _touched(store, last, now, {inputs[name].dataset.name for name in cut})
        bodies = {page["address"].partition(_AT)[2]: page["sha256"] for page in last.answers}
        if touched is not None:
            again = {label[:width] for label in touched}
            kept = {label: bodies[label] for label in labels if label in bodies and label not in again}
    return LocalParts(tuple(sorted(labels)), kept, cut)


def is_cut(dataset: Dataset, source: Dataset) -> bool:
    """Return whether an input is cut by the partitions of the result: it has the same ones, or finer ones."""
    grains = (dataset.minsheng.partition.grain, source.minsheng.partition.grain)
    return grains in (("month", "month"), ("year", "month"), ("year", "year"))


def _touched(store: Store, last: Record, now: Mapping[str, Release], cut: set[str]) -> set[str] | None:
    """The partitions of inputs that differ from those of the last fetch; None where that touches everything."""
    before = {each["dataset"]: each["n"] for each in last.asked.get("inputs", ())}
    if set(before) != set(now):
        return None
    touched: set[str] = set()
    for name, release in now.items():
        if before[name] == release.n:
            continue
        old = publish.document(store, name, before[name])
        differ = {label for label, _ in set(old.hashes.items()) ^ set(release.hashes.items())}
        if old.facts.schema.sha256 != release.facts.schema.sha256 or (differ and name not in cut):
            return None
        touched |= differ
    return touched


def _hashes(release: Release | None) -> Mapping[str, str]:
    return release.hashes if release else {}


def astray(dataset: Dataset, label: str, texts: list[str | None]) -> str | None:
    """Return why rows cannot be those of a partition: the first one that says it is of another. None if all fit.

    Args:
        dataset: the derived dataset.
        label: of the partition that was run.
        texts: of the partition field, as the query wrote them.
    """
    other = next((text for text in texts if not (text or "").startswith(label)), label)
    if other == label:
        return None
    field = dataset.minsheng.partition.field
    return (
        f"local: from the rows of {label} the query made one with {field} {other!r}; each partition must follow from "
        "its own rows alone: correct the query, or leave local out"
    )


def faults(dataset: Dataset, inputs: Mapping[str, Dataset], query: str) -> Iterator[str]:
    """Yield what keeps the partitions of a result from being run one by one.

    Args:
        dataset: the derived dataset; it has `local: true`.
        inputs: by name in the query, the declaration of each input.
        query: the query.
    """
    derive, partition = dataset.minsheng.derive, dataset.minsheng.partition
    if derive is None or partition.field is None or partition.grain == "none":
        yield "local: the result has no partitions; write partition, or leave local out"
        return
    date = dataset.field(partition.field).date
    wanted = {"year": "%Y", "month": "%Y-%m"}[partition.grain]
    if date is None or date.calendar != "gregorian" or not all(each.startswith(wanted) for each in date.patterns):
        yield f"local: the query must write {partition.field} beginning with {wanted}; correct its date.patterns"
    changes = [name for name, table in derive.tables.items() if table.of == "changes"]
    if changes:
        yield f"local: {changes[0]} is of changes, which lie in no partition; leave local out"
    if inputs and not any(is_cut(dataset, one) for one in inputs.values()):
        yield f"local: no input has partitions of a {partition.grain} or less; leave local out"
    if "_releases" in query:
        yield "local: the query reads _releases, which every release of an input changes; leave local out"
