"""The command `candidates`: what waits for a steward, and one candidate with all that there is to see of it."""

import sys
from collections.abc import Iterator
from typing import Any

import click
import pyarrow as pa
import pyarrow.compute as pc

from catalog.declaration.dataset import slugs
from catalog.errors import DecisionError
from catalog.reasons.concerned import RowGroups
from catalog.reasons.sentences import sentence, sentences
from catalog.reasons.stored import to_json
from catalog.release import changes as row_changes
from pipelines.candidate.concerned import values_of
from pipelines.candidate.failing import COLUMN, RULE, VALUE, of_rule, spreadsheet
from pipelines.cli.past import text
from pipelines.cli.show import changes, note, say, say_json, say_table, table
from pipelines.cli.terminal import is_terminal
from pipelines.conform.columns import FETCH, ROW
from pipelines.refresh.marks import Waiting
from pipelines.refresh.state import read_states
from pipelines.settings import Settings, open_context
from pipelines.trace.candidates import ShownCandidate, examples, shown_candidate

_MOST_FAILING = 20
_MOST_SIGNS = 40
"""Of a cell of a table; what is longer is cut."""
_FETCH = ("fetch", "rows", "published", "left", "quarantined", "omitted", "collapsed")


def candidates_command(
    settings: Settings, *, action: str | None, candidate: str | None, failing: str | None, as_json: bool
) -> int:
    """List what waits for a steward, or show one candidate.

    Args:
        settings: what the environment says.
        action: `show`, or None to list.
        candidate: its id, or the beginning of it.
        failing: the check whose failing rows are printed as CSV.
        as_json: whether to print JSON.
    """
    if action is None:
        return _list(settings, as_json=as_json)
    if candidate is None:
        raise click.UsageError("expected the id of a candidate: minsheng candidates show ID")
    with open_context(settings, writing=False) as ctx:
        shown = shown_candidate(ctx, slugs(settings.datasets), candidate)
    if failing:
        return _print_failing(shown, failing)
    if as_json:
        say_json(_json(shown))
        return 0
    for line in _head(shown, settings.language):
        say(line)
    _say_fetches(shown)
    _say_changes(shown)
    _say_failing(shown)
    _say_first(shown)
    for line in _next(shown):
        say(line)
    return 0


def _list(settings: Settings, *, as_json: bool) -> int:
    with open_context(settings, writing=False) as ctx:
        states, damaged = read_states(ctx, slugs(settings.datasets))
    for slug, damage in damaged.items():
        note(f"{slug}: damaged, so that nothing of it can be decided: {damage}")
    waiting = [(slug, state.waiting) for slug, state in states.items() if state.waiting]
    if as_json:
        say_json([_candidate_json(slug, candidate) for slug, candidate in waiting])
        return 0
    if not waiting:
        say("nothing waits")
        return 0
    head = ("dataset", "candidate", "since", "changes", "why")
    rows = [
        (
            slug,
            candidate.identity[:16],
            candidate.since,
            changes(candidate.candidate.facts.changes._asdict()),
            sentences(candidate.told, settings.language),
        )
        for slug, candidate in waiting
    ]
    if not is_terminal(sys.stdout):
        say(table(head, rows))
        return 0
    say_table(head[:-1], [row[:-1] for row in rows])
    for slug, candidate in waiting:
        for reason in candidate.told:
            say(f"  {slug}: {sentence(reason, settings.language)}")
    return 0


def _candidate_json(slug: str, candidate: Waiting) -> dict[str, Any]:
    return {
        "dataset": slug,
        "candidate": candidate.identity,
        "since": candidate.since,
        "kind": candidate.candidate.facts.kind,
        "changes": candidate.candidate.facts.changes._asdict(),
        "evidence": list(candidate.evidence),
        "alone_held": list(candidate.alone),
        "approved": [sentence(each) for each in candidate.approved],
        "early": [sentence(each) for each in candidate.early],
        "reasons": [sentence(each) for each in candidate.reasons],
        "findings": [to_json(each) for each in candidate.reasons],
    }


def _print_failing(shown: ShownCandidate, rule: str) -> int:
    rows = of_rule(shown.failing, rule) if shown.failing is not None else None
    if rows is None or not rows.num_rows:
        known = ", ".join(_rules(shown)) or "none"
        raise DecisionError(f"no failing row of the check {rule} is kept; checks with failing rows: {known}")
    say(spreadsheet(rows).decode().rstrip("\n"))
    return 0


def _rules(shown: ShownCandidate) -> dict[str, int]:
    """By check, how many rows fail it."""
    if shown.failing is None:
        return {}
    return {one["values"]: one["counts"] for one in pc.value_counts(shown.failing.column(RULE)).to_pylist()}


def _head(shown: ShownCandidate, language: str) -> Iterator[str]:
    facts, became = shown.candidate.facts, shown.became
    where = {
        "waits": f"waits since {became.since}",
        "released": f"is release {became.n}",
        "superseded": f"is superseded by {sentence(became.by, language)}" if became.by else "",
        "left": "does not wait",
    }[became.what]
    on = f"on release {facts.base}" if facts.base else "as the first release"
    yield f"{shown.candidate.name}, candidate {shown.candidate.identity}: {where}"
    yield f"{facts.kind}, {on}, {shown.candidate.rows:,} rows in all, data as of {facts.as_of}"
    for reason in shown.reasons:
        yield f"  {sentence(reason, language)}"


def _say_fetches(shown: ShownCandidate) -> None:
    lines = shown.quality.get("fetches") or ()
    if lines:
        say()
        rows = [
            (
                *(one.get(name, 0) for name in _FETCH),
                shown.began.get(one["fetch"], ""),
                ", ".join(one["alone_held_by"]),
            )
            for one in lines
        ]
        say_table((*_FETCH, "begun", "alone held by"), rows)


def _say_changes(shown: ShownCandidate) -> None:
    facts = shown.candidate.facts
    say()
    against = f" against release {facts.base}" if facts.base else ""
    say(f"changes{against}: {changes(facts.changes._asdict()) or 'no row'}")
    found = examples(shown.moved) if facts.base else []
    if found:
        told = [(*row_changes.told(one, shown.key)[:2], values_of(one)) for one in found]
        say_table(("change", "key", "values"), told)
    for kind, rows in shown.concerned.items():
        for groups in rows.groups:
            listed = [f"{one.value or '(none)'} {one.rows:,}" for one in groups.groups]
            more = [f"and {groups.more:,} more values"] if groups.more else []
            say(f"{kind} by {groups.field}: {', '.join([*listed, *more])}")


def _say_failing(shown: ShownCandidate) -> None:
    rules = _rules(shown)
    if shown.failing is None or not rules:
        return
    say()
    say("failing: " + ", ".join(f"{count:,} by {rule}" for rule, count in rules.items()))
    cells = [name for name in shown.failing.column_names if not name.startswith("_")]
    rows = []
    for one in shown.failing.slice(0, _MOST_FAILING).to_pylist():
        key = ", ".join(f"{name}={_cut(one[name] or '')}" for name in shown.key if name in cells)
        others = [name for name in cells if one[name] and name not in (*shown.key, one[COLUMN])]
        rest = "; ".join(f"{name}={_cut(one[name])}" for name in others)
        rows.append((one[RULE], key, one[COLUMN], _cut(one[VALUE]), one[FETCH], one[ROW], rest))
    say_table(("rule", "key", "column", "value", "fetch", "row", "other cells"), rows)
    if shown.failing.num_rows > _MOST_FAILING:
        say(f"... and {shown.failing.num_rows - _MOST_FAILING:,} more; --failing CHECK gives all of a check as CSV")


def _cut(value: Any) -> Any:
    shown = repr(value)[1:-1] if isinstance(value, str) else value
    return f"{shown[: _MOST_SIGNS - 1]}…" if isinstance(shown, str) and len(shown) > _MOST_SIGNS else shown


def _say_first(shown: ShownCandidate) -> None:
    """The first rows, a field on each line: a table of fifty columns fits no other way."""
    if shown.first:
        say()
        say_table(
            ("field", *(f"row {number}" for number in range(1, len(shown.first) + 1))),
            [(name, *(_cut(text(row[name])) for row in shown.first)) for name in shown.first[0]],
        )


def _next(shown: ShownCandidate) -> Iterator[str]:
    """What a steward may want next."""
    slug, short, base = shown.candidate.name, shown.candidate.identity[:16], shown.candidate.facts.base
    yield ""
    if base:
        yield f"all changes:   minsheng diff {slug} {base} {short} --rows"
    yield f"one value:     minsheng why {slug} KEY COLUMN --release {short}"
    for k in list(shown.began)[-1:]:
        yield f"kept bytes:    minsheng evidence {slug} {k} --save DIR"


def _json(shown: ShownCandidate) -> dict[str, Any]:
    candidate, became = shown.candidate, shown.became
    failing = shown.failing
    return {
        "dataset": candidate.name,
        "candidate": candidate.identity,
        "state": became.what,
        "since": became.since,
        "release": became.n,
        "superseded_by": to_json(became.by) if became.by else None,
        "kind": candidate.facts.kind,
        "base": candidate.facts.base,
        "rows": candidate.rows,
        "as_of": candidate.facts.as_of,
        "reasons": [sentence(each) for each in shown.reasons],
        "findings": [to_json(each) for each in shown.reasons],
        "fetches": [{**one, "fetched_at": shown.began.get(one["fetch"])} for one in shown.quality.get("fetches") or ()],
        "changes": candidate.facts.changes._asdict(),
        "examples": examples(shown.moved),
        "groups": {kind: [_groups(groups) for groups in rows.groups] for kind, rows in shown.concerned.items()},
        "failing": [
            {"check": rule, "rows": count, "examples": _first_of(failing, rule)}
            for rule, count in _rules(shown).items()
        ],
        "first": shown.first,
    }  # fmt: skip


def _groups(groups: RowGroups) -> dict[str, Any]:
    return {"field": groups.field, "rows": {one.value: one.rows for one in groups.groups}, "more": groups.more}


def _first_of(failing: pa.Table | None, rule: str) -> list[dict[str, Any]]:
    if failing is None:
        return []
    rows: list[dict[str, Any]] = of_rule(failing, rule).slice(0, _MOST_FAILING).to_pylist()
    return rows
