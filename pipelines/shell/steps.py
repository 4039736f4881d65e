"""The steps of a refresh one by one, for a caller that shows each: what `run` does together. Knows no Dagster."""

import contextlib
import dataclasses
import datetime as dt
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from catalog import keys
from catalog.declaration.dataset import Agency, Dataset, load_agencies, load_dataset, slugs
from catalog.declaration.fields import Severity
from catalog.errors import DeclarationError, IntegrityError
from catalog.release import publish
from catalog.release.changes import Counts
from catalog.release.document import Document, Release, sha256
from catalog.store import Absent, Store
from pipelines import settings
from pipelines.context import Clock, Context
from pipelines.evidence import Record
from pipelines.fetch.inline import INLINE
from pipelines.fetch.sources import Sources
from pipelines.fetch.transport import Unreachable
from pipelines.protocols import load_protocol
from pipelines.refresh import decide
from pipelines.refresh import state as lines
from pipelines.refresh.outcome import Item
from pipelines.refresh.settle import keep, propose, release, settle
from pipelines.run import hear
from quality import guards
from quality.suite import Suite, checks, load_suite


@dataclass(frozen=True)
class Declared:
    """One declared dataset, and what goes with it."""

    dataset: Dataset
    suite: Suite
    agency: Agency

    @property
    def slug(self) -> str:
        """The name of the dataset."""
        return self.dataset.name


@dataclass(frozen=True)
class Heard:
    """What one listening brought."""

    records: tuple[Record, ...]
    items: tuple[Item, ...]
    """Fetches that failed or were refused."""
    newest_fails: str | None
    """Why nothing can be folded from the newest fetch, if so."""


@dataclass(frozen=True)
class Decided:
    """All that could be decided of a dataset without a commit."""

    items: tuple[Item, ...]
    passing: str | None
    """The candidate to be committed."""

    @property
    def refused(self) -> tuple[str, ...]:
        """Why evidence was refused, a sentence each."""
        return tuple(one.reason or "refused" for one in self.items if one.outcome in ("refused", "failed"))

    @property
    def held(self) -> Item | None:
        """What waits for a steward since this run."""
        return next((one for one in self.items if one.outcome == "held"), None)


@dataclass(frozen=True)
class Asked:
    """A check of the verdict, before any rows: what is asked, and how grave a failure is."""

    id: str
    severity: Severity
    says: str


def declarations(datasets: Path) -> list[Declared]:
    """Read every declaration and suite.

    Raises:
        DeclarationError: every fault of every file, one a line: file, key, what was expected.
    """
    agencies = load_agencies(datasets)
    found, faults = [], []
    for slug in slugs(datasets):
        try:
            dataset, suite = load_dataset(datasets, slug), load_suite(datasets, slug)
            if dataset.minsheng.agency not in agencies:
                known = ", ".join(sorted(agencies))
                raise DeclarationError(
                    f"{datasets / slug / 'dataset.yaml'}: minsheng.agency: no {dataset.minsheng.agency!r} in "
                    f"agencies.yaml; known: {known}"
                )
            found.append(Declared(dataset, suite, agencies[dataset.minsheng.agency]))
        except DeclarationError as error:
            faults.append(str(error))
    if faults:
        raise DeclarationError("\n".join(faults))
    return found


def asked(one: Declared) -> list[Asked]:
    """Return every check of the verdict of a dataset: the schema's, quality.yaml's, the guards', the approvals'."""
    dataset = one.dataset
    # What is asked depends on the declaration alone; the values and bounds asked for, on releases: they stay out.
    referring = {each.fields[0] for each in dataset.minsheng.references if len(each.fields) == 1}
    bounded = {
        each.name
        for each in dataset.published
        if each.constraints.minimum is not None or each.constraints.maximum is not None
    }
    titles = {each.name: each.title for each in dataset.published}
    found = []
    for check in checks(dataset, one.suite, {name: [] for name in referring}, dict.fromkeys(bounded, (None, None))):
        title = titles.get(check.column or "")
        what = f"{title.en} / {title.zh_tw}: {check.rule} ({check.type})" if title and check.rule else check.type
        why = f"{check.reason.en}\n\n{check.reason.zh_tw}" if check.reason else what
        found.append(Asked(check.id, check.severity, why))
    for guard in guards.judge(dataset.minsheng.guards, guards.FoldFigures(Counts(), 0, 0), []):
        found.append(Asked(guard.id, guard.severity, f"Guard: {guard.expected}, else a steward decides."))
    if dataset.minsheng.approve != "auto":
        found.append(Asked("approve.declared", "hold", f"The declaration says approve: {dataset.minsheng.approve}."))
    found.append(Asked("key.unique", "block", "After the fold each key stands once."))
    found.append(Asked("approve.schema", "hold", "A change of schema waits for a steward."))
    found.append(Asked("approve.refold", "hold", "Evidence that a changed declaration reads otherwise waits."))
    return found


def with_references(declared: list[Declared], wanted: set[str]) -> set[str]:
    """Return datasets and the inline ones that they refer to, as a run of the command line takes them."""
    by_slug = {one.slug: one.dataset for one in declared}
    found: set[str] = set()
    ahead = sorted(wanted)
    while ahead:
        slug = ahead.pop()
        if slug in found:
            continue
        found.add(slug)
        named = [name for name in by_slug[slug].tables if name in by_slug]
        ahead += [name for name in named if by_slug[name].minsheng.origin["protocol"] == INLINE]
    return found


def first_day(dataset: Dataset) -> dt.date | None:
    """Return the first day that a dataset can be asked for, or None where it is not asked by the day."""
    if not dataset.minsheng.window:
        return None
    _, source = load_protocol(dataset.minsheng.origin, dataset.name)
    return source.since  # type: ignore[no-any-return]


def days_of(records: Iterable[Record]) -> list[str]:
    """Return the days that fetches asked for, each once, as 2026-04-17."""
    spans = [record.asked["window"]["day"] for record in records if "window" in record.asked]
    found: set[str] = set()
    for low, high in spans:
        first, last = dt.date.fromisoformat(low), dt.date.fromisoformat(high)
        found |= {(first + dt.timedelta(days=i)).isoformat() for i in range((last - first).days + 1)}
    return sorted(found)


def on_its_own(ctx: Context) -> Context:
    """Return the world with a clock for one dataset, so that steps may be taken in any order."""
    return dataclasses.replace(ctx, clock=Clock(ctx.clock.simulated))


def listen(ctx: Context, sources: Sources, dataset: Dataset, *, again: bool) -> Heard:
    """Hear a dataset and record what was said.

    Args:
        ctx: the run.
        sources: where evidence comes from.
        dataset: the declaration.
        again: whether the caller will try again: an agency that said nothing at all is then not recorded yet, so that
            the numbers of fetches are those of a run without retries.

    Raises:
        Unreachable: it said nothing, and it will be tried again.
    """
    records, items, newest_fails = [], [], None
    for fetched in hear(ctx, sources, dataset):
        if again and not fetched.answered and not fetched.pages:
            raise Unreachable(fetched.why or f"{dataset.name}: no answer")
        record, item = keep(ctx, dataset.name, fetched)
        records.append(record)
        newest_fails = item.reason if item else None
        items += [item] if item else []
    return Heard(tuple(records), tuple(items), newest_fails)


def decide_open(ctx: Context, slug: str) -> Decided:
    """Decide all pending evidence of a dataset that needs no commit, up to a candidate that may be committed."""
    items: list[Item] = []
    while True:
        proposal = propose(ctx, slug)
        if proposal.passing or proposal.item is None:
            return Decided(tuple(items), proposal.passing)
        items.append(proposal.item)
        if proposal.item.outcome == "held":
            return Decided(tuple(items), None)


def commit(ctx: Context, slug: str, identity: str) -> Iterator[Item]:
    """Commit a candidate, then settle what is left; another publisher's release makes it anew on top."""
    with contextlib.suppress(publish.Superseded):  # then settling folds again, on the release that came between
        yield release(ctx, slug, identity)
    yield from settle(ctx, slug)


def take_decision(ctx: Context, slug: str, said: Document) -> list[Item]:
    """Carry out a steward's decision: `{candidate, action, by, reason, evidence}`, action approve or reject."""
    signed = (slug, said["candidate"], said["by"], said["reason"])
    if said["action"] == "approve":
        return [decide.approve(ctx, *signed)]
    return list(decide.reject(ctx, *signed, tuple(said["evidence"])))


def quality_of_candidate(ctx: Context, slug: str, identity: str) -> Document:
    """Read the `quality` fact of a staged candidate."""
    return _quality(ctx, slug, publish.staged(ctx.private, slug, identity), identity)


def quality_of_release(ctx: Context, released: Release) -> Document:
    """Read the `quality` fact of a release."""
    return _quality(ctx, released.document["name"], released.document, released.candidate)


def quality_as_it_stands(ctx: Context, slug: str) -> tuple[Document | None, str]:
    """Read the `quality` fact of the candidate that waits, else of the newest release; and say of which."""
    line = lines.load(ctx, slug)
    if line.waiting:
        return quality_of_candidate(
            ctx, slug, line.waiting.identity
        ), f"candidate {line.waiting.identity[:16]}, waiting"
    return (quality_of_release(ctx, line.newest), f"release {line.newest.n}, again") if line.newest else (None, "")


def _quality(ctx: Context, slug: str, document: Document, identity: str) -> Document:
    fact = Release(document, "").fact("quality")
    # A fact that its base has already is not staged again.
    places: tuple[tuple[Store, str], ...] = (
        (ctx.private, keys.candidate(slug, identity, fact["path"])),
        (ctx.public, keys.dataset(slug, fact["path"])),
    )
    for store, key in places:
        try:
            body = store.get(key).body
        except Absent:
            continue
        if sha256(body) == fact["sha256"]:
            found: Document = json.loads(body)
            return found
    raise IntegrityError(f"{slug}: {fact['path']} of candidate {identity[:16]} is missing; run the refresh again")


def waiting(said: settings.Settings) -> dict[str, list[str]] | None:
    """Return the reasons of each candidate that waits, by `<slug>|<first 16 of its id>`.

    Returns:
        None when the embedded store is not up: nobody can decide anything then, and to look is no reason to start it.
    """
    if settings.EMBEDDED in (said.store, said.evidence) and not (said.home / "store" / "weed.pid").exists():
        return None
    with settings.open_stores(said) as stores:
        ctx = Context(stores.public, stores.private, said.datasets, said.secrets)
        found = decide.waiting(ctx, slugs(said.datasets))
    return {decision_key(slug, one.identity): list(one.reasons) for slug, one in found}


def decision_key(slug: str, identity: str) -> str:
    """Return the name under which a candidate is offered for a decision."""
    return f"{slug}|{identity[: keys.SHA_SHORT]}"
