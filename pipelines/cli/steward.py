"""Commands of stewards: check, run, status, approve, reject, hold, lift."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from catalog.declaration.dataset import Dataset, load_dataset, slugs
from catalog.errors import DeclarationError, MinshengError
from catalog.reasons.sentences import sentence as reason_sentence
from catalog.reasons.sentences import sentences
from catalog.reasons.values import Embargoed, OneOfTwo
from catalog.release import publish, served
from catalog.release.document import Release
from pipelines.candidate.counts import RecordCounts
from pipelines.cli.arguments import Days
from pipelines.cli.going_on import going_on
from pipelines.cli.show import changes, note, say, say_json, say_table
from pipelines.cli.terminal import Progress
from pipelines.context import Context
from pipelines.fetch.sources import Sources
from pipelines.records import Fetched
from pipelines.refresh import decide, hold
from pipelines.refresh.result import RefreshResult
from pipelines.refresh.status import read_status
from pipelines.run import deciding, run
from pipelines.settings import Settings, open_context
from pipelines.settings import sources as open_sources
from pipelines.validate import Files, validate

FAULT, HELD = 1, 3


def check_command(settings: Settings, datasets: tuple[str, ...]) -> int:
    """Validate declarations and suites."""
    wanted = datasets or slugs(settings.datasets)
    count, files = 0, Files(settings.datasets)
    try:
        _ = files.agencies
    except MinshengError as error:
        note(str(error))
        return FAULT
    for slug in wanted:
        faults = validate(settings.datasets, slug, files)
        for fault in faults:
            note(fault)
        if not faults:
            say(f"{slug}: right")
        count += len(faults)
    if not wanted:
        note(f"no dataset is declared in {settings.datasets}")
    return FAULT if count or not wanted else 0


def run_command(  # noqa: PLR0913  as many as the command has options
    settings: Settings,
    datasets: tuple[str, ...],
    *,
    mode: str | None,
    each: bool,
    days: Days | None,
    clock_is_right: bool,
    as_json: bool,
) -> int:
    """Fetch, fold, check, release; the exit code judges this run only.

    Args:
        settings: what the environment says.
        datasets: what to run; none named is all.
        mode: the kind of sources; None stands for that of the settings.
        each: whether to fold after every fetch.
        days: which days to ask for, of agencies that are asked by the day.
        clock_is_right: whether the operator vouches for this machine's clock.
        as_json: whether to print items for a program.

    Returns:
        1 if anything failed or was refused, else 3 if anything is held, else 0.
    """
    wanted = list(datasets) or slugs(settings.datasets)
    if days:
        _by_day(settings, datasets)
    mode = mode or settings.sources
    with open_context(replace(settings, sources=mode)) as opened:
        ctx = replace(opened, days=days, clock_is_right=clock_is_right)
        results = run_and_tell(ctx, open_sources(settings, mode), wanted, settings, each=each, quiet=as_json)
    if as_json:
        say_json([result.json() for result in results])
    return exit_code(results)


def run_and_tell(
    ctx: Context, sources: Sources, wanted: list[str], settings: Settings, *, each: bool = False, quiet: bool = False
) -> list[RefreshResult]:
    """Run datasets, say what happened to each as soon as it is known, and show how far the run is meanwhile.

    Args:
        ctx: the run.
        sources: where evidence comes from.
        wanted: the datasets.
        settings: the language of the sentences, and the home, which tells of a run that is killed.
        each: whether to fold after every fetch.
        quiet: whether to print no sentence for a result, because a program reads them later.

    Returns:
        What happened.
    """
    order = ctx.declarations.in_order(wanted)
    results = list[RefreshResult]()
    with (
        going_on(settings.home, wanted) as done,
        Progress(order[0] if order else "", len(order)) as progress,
    ):
        for result in progress.over(run(ctx, _Watched(sources, progress), wanted, each=each)):
            results.append(result)
            if not quiet:
                say(sentence(result, settings.language))
            heard = {each.dataset for each in results}
            done(result.dataset)
            progress.done(len(heard))
            if len(heard) == len(order):
                progress.tell("writing the catalog and its pages")
    # As they came, but for agencies that were asked side by side: a program reads the same order each night.
    return sorted(results, key=lambda result: order.index(result.dataset))


@dataclass(frozen=True)
class _Watched:
    """Sources, and a person who sees what is asked of them."""

    sources: Sources
    progress: Progress

    @property
    def kind(self) -> str:
        return self.sources.kind

    @property
    def side_by_side(self) -> bool:
        return self.sources.side_by_side

    def begin(self, ctx: Context, wanted: list[str]) -> None:
        self.sources.begin(ctx, wanted)

    def fetches(self, ctx: Context, dataset: Dataset) -> Iterator[Fetched]:
        self.progress.tell(f"{dataset.name}: asking")
        for count, fetched in enumerate(self.sources.fetches(ctx, dataset), 1):
            self.progress.tell(f"{dataset.name}: {count} fetched")
            yield fetched
        self.progress.tell(f"{dataset.name}: folding and checking")


def _by_day(settings: Settings, named: Iterable[str]) -> None:
    """Refuse days for datasets of which no single day can be asked for; without names they go to those that can."""
    for slug in named:
        if not {"day", "hour"} & set(load_dataset(settings.datasets, slug).minsheng.window_asked):
            raise DeclarationError(
                f"--days: {slug} is not asked by the day (it has no minsheng.window_asked); leave --days out"
            )


def sentence(result: RefreshResult, language: str) -> str:
    """Return a result as one sentence, with its reasons in a language."""
    why = sentences(result.reasons, language)
    at = f" ({result.fetched_at})" if result.fetched_at else ""
    moved = changes(result.changes._asdict() if result.changes else None)
    moved = f", {moved} rows" if moved else ""
    served = f"; release {result.release} stays served" if result.release else "; nothing is served yet"
    what = {
        "released": f"release {result.release}{moved}, {result.rows or 0:,} rows in all",
        "unchanged": why or "unchanged",
        "held": f"held{moved}: {why}{served}\n"
        f"    minsheng approve {result.dataset} --candidate {(result.candidate or '')[:16]} --by NAME --reason TEXT",
        "refused": f"refused: {why}{served}",
        "failed": f"failed: {why}{served}",
    }[result.outcome]
    if result.records and result.records.heard != result.records.published:
        what += f"; {records(result.records)}"
    if result.outcome == "released":
        what += "".join(f"; {reason_sentence(each, language)}" for each in result.reasons if each.kind == "missed")
    if result.outcome == "released" and result.failed_checks:
        what += f"; warned of by {', '.join(result.failed_checks)}"
    return f"{result.dataset}{at}: {what}"


def records(counts: RecordCounts) -> str:
    """Return where the records of fetches are, as one sum: the places with some, or all where it does not add up."""
    places = [f"{name} {count:,}" for name, count in counts.places if count or not counts.adds_up]
    return f"heard {counts.heard:,} {'=' if counts.adds_up else 'but'} {' + '.join(places) or 'nothing'}"


def exit_code(items: Iterable[RefreshResult]) -> int:
    """Return 1 if anything failed or was refused, else 3 if anything is held, else 0."""
    outcomes = {item.outcome for item in items}
    if outcomes & {"failed", "refused"}:
        return FAULT
    return HELD if "held" in outcomes else 0


def status_command(settings: Settings, *, as_json: bool) -> int:
    """Say how every dataset stands."""
    now = dt.datetime.now(dt.UTC)
    with open_context(settings, writing=False) as ctx:
        states = [read_status(ctx, load_dataset(settings.datasets, slug), now) for slug in slugs(settings.datasets)]
    if as_json:
        say_json([state.json() for state in states])
        return 0
    say_table(
        ("dataset", "state", "release", "rows", "last checked", "since", "due"),
        [(each.dataset, each.state, each.release, each.rows, each.last_checked, each.since, each.due_at)
         for each in states],
    )  # fmt: skip
    for state in states:
        waits = f" (candidate {state.candidate[:16]})" if state.candidate else ""
        if state.reasons:
            say(f"  {state.dataset}: {state.state}{waits}: {sentences(state.reasons, settings.language)}")
    return 0


def approve_command(
    settings: Settings, dataset: str, *, candidate: str, by: str, reason: str, embargo: str | None
) -> int:
    """Approve a candidate: it is released, unless it has an embargo or needs another person.

    Args:
        settings: what the environment says.
        dataset: the dataset.
        candidate: the id, or its beginning.
        by: who decides.
        reason: why.
        embargo: before when nothing of it is public; None releases it at once.
    """
    with open_context(settings) as ctx, deciding(ctx):
        before = publish.newest(ctx.public, dataset)
        item = decide.approve(ctx, dataset, candidate, by, reason, embargo)
        if item.outcome == "held":
            waits = next(each for each in item.reasons if isinstance(each, OneOfTwo | Embargoed))
            say(f"{dataset}: candidate {(item.candidate or '')[:16]}: {sentences((waits,), settings.language)}")
            return 0
        release = served.named(ctx.public, dataset, item.release)
        already = _already(release, by, reason, is_new=before is None or before.n < release.n)
        say(f"{already}{sentence(item, settings.language)}")
    return 0


def _already(release: Release, by: str, reason: str, *, is_new: bool) -> str:
    """What to say first of a release that an approval did not make."""
    approval = release.approval
    if approval.reason is None:
        return "already, and without an approval: "
    if (by.strip(), reason.strip()) not in {(each.by, each.reason) for each in approval.people}:
        return f"already, by the approval of {approval.by}: "
    return "" if is_new else "already, by an earlier approval: "


def hold_command(settings: Settings, dataset: str, *, by: str, reason: str) -> int:
    """Hold a dataset: nothing new is released without an approval until that is lifted.

    Args:
        settings: what the environment says.
        dataset: the dataset.
        by: who decides.
        reason: why.
    """
    with open_context(settings) as ctx, deciding(ctx):
        decision = hold.hold(ctx, dataset, by, reason)
        say(f"{dataset} is held by {decision.by} since {decision.at} ({decision.reason})")
        say(f"  minsheng lift {dataset} --by NAME --reason TEXT ends it")
    return 0


def lift_command(settings: Settings, dataset: str, *, by: str, reason: str, evidence: tuple[int, ...]) -> int:
    """Let fetches in again that were set aside, and fold them; or lift a hold.

    Args:
        settings: what the environment says.
        dataset: the dataset.
        by: who decides.
        reason: why.
        evidence: numbers of the fetches; none lifts the hold.
    """
    with open_context(settings) as ctx, deciding(ctx):
        items = list(hold.lift(ctx, dataset, evidence, by, reason))
        again = (
            f"fetches {', '.join(map(str, sorted(set(evidence))))} are let in again"
            if evidence
            else "the hold is lifted"
        )
        say(f"{dataset}: {again} by {by}")
        for item in items:
            say(sentence(item, settings.language))
    return 0


def reject_command(
    settings: Settings, dataset: str, *, candidate: str, by: str, reason: str, evidence: tuple[int, ...]
) -> int:
    """Reject a candidate: what is bad of it is excluded, the rest is folded again.

    Args:
        settings: what the environment says.
        dataset: the dataset.
        candidate: the id, or its beginning.
        by: who decides.
        reason: why.
        evidence: numbers of the fetches to exclude; none named is those which alone would be held.
    """
    with open_context(settings) as ctx, deciding(ctx):
        items = list(decide.reject(ctx, dataset, candidate, by, reason, evidence))
        say(f"{dataset}: candidate {candidate[:16]} is rejected by {by}")
        for item in items:
            say(sentence(item, settings.language))
    return 0
