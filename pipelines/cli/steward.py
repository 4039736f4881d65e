"""Commands of stewards: check, run, status, candidates, approve, reject."""

import argparse
import datetime as dt
from collections.abc import Iterable
from dataclasses import replace

from catalog.declaration.dataset import load_agencies, load_dataset, slugs
from catalog.errors import DeclarationError, MinshengError
from catalog.reasons.sentences import sentence as reason_sentence
from catalog.reasons.sentences import sentences
from catalog.reasons.stored import to_json
from catalog.release import publish
from pipelines.cli.show import changes, note, say, say_json, table
from pipelines.refresh import decide
from pipelines.refresh.result import RefreshResult
from pipelines.refresh.status import read_status
from pipelines.run import run, write_lists
from pipelines.settings import Settings, open_context, sources
from pipelines.validate import validate

FAULT, HELD = 1, 3


def check_command(settings: Settings, args: argparse.Namespace) -> int:
    """Validate declarations and suites."""
    wanted = args.dataset or slugs(settings.datasets)
    try:
        load_agencies(settings.datasets)
    except MinshengError as error:
        note(str(error))
        return FAULT
    faults = 0
    for slug in wanted:
        found = validate(settings.datasets, slug)
        for fault in found:
            note(fault)
        if not found:
            say(f"{slug}: right")
        faults += len(found)
    if not wanted:
        note(f"no dataset is declared in {settings.datasets}")
    return FAULT if faults or not wanted else 0


def run_command(settings: Settings, args: argparse.Namespace) -> int:
    """Fetch, fold, check, release; the exit code judges this run only."""
    wanted = args.dataset or slugs(settings.datasets)
    if args.days:
        _by_day(settings, args.dataset)
    mode = args.sources or settings.sources
    items = []
    with open_context(replace(settings, sources=mode)) as opened:
        ctx = replace(opened, days=args.days)
        for item in run(ctx, sources(settings, mode), wanted, each=args.each):
            items.append(item)
            if not args.json:
                say(sentence(item, settings.language))
    if args.json:
        say_json([item.json() for item in items])
    return exit_code(items)


def _by_day(settings: Settings, named: list[str]) -> None:
    """Refuse days for datasets of which no single day can be asked for; without names they go to those that can."""
    for slug in named:
        if not load_dataset(settings.datasets, slug).minsheng.window:
            raise DeclarationError(
                f"--days: {slug} is not asked by the day (it has no minsheng.window); leave --days out"
            )


def days(text: str) -> tuple[dt.date, dt.date]:
    """Read `2026-04-17` or `2026-04-01..2026-04-30`."""
    first, to, last = text.partition("..")
    try:
        span = dt.date.fromisoformat(first), dt.date.fromisoformat(last if to else first)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected 2026-04-17 or 2026-04-01..2026-04-30, found {text!r}") from None
    if span[1] < span[0]:
        raise argparse.ArgumentTypeError(f"expected the first day before the last, found {text!r}")
    return span


def sentence(item: RefreshResult, language: str) -> str:
    """Return an item as one sentence, with its reasons in a language."""
    why = sentences(item.reasons, language)
    at = f" ({item.fetched_at})" if item.fetched_at else ""
    moved = changes(item.changes._asdict() if item.changes else None)
    moved = f", {moved} rows" if moved else ""
    served = f"; release {item.release} stays served" if item.release else "; nothing is served yet"
    said = {
        "released": f"release {item.release}{moved}, {item.rows or 0:,} rows in all",
        "unchanged": why or "unchanged",
        "held": f"held{moved}: {why}{served}\n"
        f"    minsheng approve {item.dataset} --candidate {(item.candidate or '')[:16]} --by NAME --reason TEXT",
        "refused": f"refused: {why}{served}",
        "failed": f"failed: {why}{served}",
    }[item.outcome]
    if item.outcome == "released" and item.failed_checks:
        said += f"; warned of by {', '.join(item.failed_checks)}"
    return f"{item.dataset}{at}: {said}"


def exit_code(items: Iterable[RefreshResult]) -> int:
    """Return 1 if anything failed or was refused, else 3 if anything is held, else 0."""
    outcomes = {item.outcome for item in items}
    if outcomes & {"failed", "refused"}:
        return FAULT
    return HELD if "held" in outcomes else 0


def status_command(settings: Settings, args: argparse.Namespace) -> int:
    """Say how every dataset stands."""
    now = dt.datetime.now(dt.UTC)
    with open_context(settings, writing=False) as ctx:
        found = [read_status(ctx, load_dataset(settings.datasets, slug), now) for slug in slugs(settings.datasets)]
    if args.json:
        say_json([one.json() for one in found])
        return 0
    rows = [(one.dataset, one.state, one.release, one.rows, one.last_checked, one.since, one.due_at) for one in found]
    say(table(("dataset", "state", "release", "rows", "last checked", "since", "due"), rows))
    for one in found:
        waits = f" (candidate {one.candidate[:16]})" if one.candidate else ""
        if one.reasons:
            say(f"  {one.dataset}: {one.state}{waits}: {sentences(one.reasons, settings.language)}")
    return 0


def candidates_command(settings: Settings, args: argparse.Namespace) -> int:
    """List what waits for a steward."""
    with open_context(settings, writing=False) as ctx:
        found = decide.waiting(ctx, slugs(settings.datasets))
    if args.json:
        say_json(
            [
                {
                    "dataset": slug,
                    "candidate": one.identity,
                    "since": one.since,
                    "kind": one.candidate.facts.kind,
                    "changes": one.candidate.facts.changes._asdict(),
                    "evidence": list(one.evidence),
                    "alone_held": list(one.alone),
                    "reasons": [reason_sentence(each) for each in one.reasons],
                    "findings": [to_json(each) for each in one.reasons],
                }
                for slug, one in found
            ]
        )
        return 0
    if not found:
        say("nothing waits")
        return 0
    rows = [
        (
            slug,
            one.identity[:16],
            one.since,
            changes(one.candidate.facts.changes._asdict()),
            sentences(one.reasons, settings.language),
        )
        for slug, one in found
    ]
    say(table(("dataset", "candidate", "since", "changes", "why"), rows))
    return 0


def approve_command(settings: Settings, args: argparse.Namespace) -> int:
    """Approve a candidate: it is released."""
    with open_context(settings) as ctx:
        before = publish.newest(ctx.public, args.dataset)
        done = decide.approve(ctx, args.dataset, args.candidate, args.by, args.reason)
        already = "already, by an earlier approval: " if before and before.n == done.release else ""
        say(f"{already}{sentence(done, settings.language)}")
        write_lists(ctx)
    return 0


def reject_command(settings: Settings, args: argparse.Namespace) -> int:
    """Reject a candidate: what is bad of it is excluded, the rest is folded again."""
    with open_context(settings) as ctx:
        items = list(decide.reject(ctx, args.dataset, args.candidate, args.by, args.reason, tuple(args.evidence or ())))
        say(f"{args.dataset}: candidate {args.candidate[:16]} is rejected by {args.by}")
        for item in items:
            say(sentence(item, settings.language))
        write_lists(ctx)
    return 0
