"""The command `try`: what a run would make of evidence, on one screen."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from catalog.reasons.sentences import sentence, sentences
from catalog.release import changes as row_changes
from pipelines.candidate.build import Built
from pipelines.cli.past import text
from pipelines.cli.show import changes, say, say_table
from pipelines.conform.columns import FETCH, ROW
from pipelines.settings import Settings, open_context
from pipelines.trial.trial import Trial, trial

FAULT, HELD = 1, 3
_MOST_ROWS, _MOST_CHANGES, _MOST_LEFT = 3, 10, 20
"""How many rows of the table, changes and entries of the quarantine are shown."""
_MOST_SIGNS = 40
"""Of a cell of the table; what is longer is cut."""


def try_command(settings: Settings, dataset: str, *, since: dt.datetime | None, file: Path | None) -> int:
    """Show what a run would make of evidence.

    Args:
        settings: what the environment says.
        dataset: the dataset.
        since: try the fetches since then.
        file: try this file.

    Returns:
        1 if nothing would be released because of what is refused, else 3 if it would be held, else 0.
    """
    with open_context(settings, writing=False) as ctx:
        tried = trial(ctx, dataset, since=since, file=file)
    for line in _head(tried, settings.language, "" if file is None else file.name):
        say(line)
    if tried.built:
        _show(tried, tried.built)
    say(_result(tried, settings.language))
    refused = tried.built is None or tried.result in ("blocked", "without-rows")
    return FAULT if refused else HELD if tried.result == "held" else 0


def _head(tried: Trial, language: str, file: str) -> Iterator[str]:
    slug, base = tried.declared.slug, tried.base
    on = f"on release {base.n}" if base else "as the first release"
    what = file or _fetches(tried)
    yield f"{slug}: {what} {on}; nothing is written"
    for k, reason in tried.refused.items():
        at = f"fetch {k} ({tried.fetched_at[k].isoformat()})"
        yield f"refused: {file or at}: {sentence(reason, language)}"
    if tried.asked_otherwise:
        yield (
            f"asked by another source: {_listed(tried.asked_otherwise)}; read here as the declaration says now, as if "
            "just sent; a run reads what was sent then as it was declared then"
        )
    if tried.again:
        yield f"read again with it: {len(tried.again):,} earlier fetches, because the declaration changed since"


def _fetches(tried: Trial) -> str:
    ks = sorted(tried.fetched_at)
    at = tried.fetched_at[ks[-1]].isoformat()
    return f"fetch {ks[0]} ({at})" if len(ks) == 1 else f"{len(ks):,} fetches to {ks[-1]} ({at})"


def _listed(ks: tuple[int, ...]) -> str:
    return f"fetch {ks[0]}" if len(ks) == 1 else f"{len(ks):,} fetches"


def _show(tried: Trial, built: Built) -> None:
    counts = tried.counts
    sign = "=" if counts.adds_up else "but"
    say(
        f"heard {counts.heard:,} {sign} published {counts.published:,} + quarantined {counts.quarantined:,} "
        f"+ omitted {counts.omitted:,} + collapsed {counts.collapsed:,}"
    )
    _show_rows(tried, built.kept.first)
    _show_left(tried.left)
    _show_changes(tried, built)


def _show_rows(tried: Trial, first: pa.Table) -> None:
    """The first rows, a field on each line: a table of fifty columns fits no other way."""
    if not first.num_rows:
        return
    rows = first.slice(0, _MOST_ROWS).drop_columns([FETCH, ROW]).to_pylist()
    names = {field.name: field.unit or field.type for field in tried.declared.dataset.published}
    say()
    say_table(
        ("field", "unit or type", *(f"row {number}" for number in range(1, len(rows) + 1))),
        [(name, kind, *(_cut(text(row[name])) for row in rows)) for name, kind in names.items()],
    )


def _cut(shown: str) -> str:
    return shown if len(shown) <= _MOST_SIGNS else f"{shown[: _MOST_SIGNS - 1]}…"


def _show_left(left: pa.Table) -> None:
    if not left.num_rows:
        return
    by_rule = pc.value_counts(left.column("rule")).to_pylist()
    say()
    say("left: " + ", ".join(f"{one['counts']:,} by {one['values']}" for one in by_rule))
    names = ("fetch", "row", "key", "column", "raw", "rule", "left")
    shown = left.slice(0, _MOST_LEFT).to_pylist()
    say_table(names, [tuple(_raw(one[name]) for name in names) for one in shown])
    if left.num_rows > _MOST_LEFT:
        say(f"... and {left.num_rows - _MOST_LEFT:,} more")


def _raw(value: Any) -> Any:
    return _cut(repr(value)[1:-1]) if isinstance(value, str) else value


def _show_changes(tried: Trial, built: Built) -> None:
    say()
    say(f"changes: {changes(built.counts._asdict()) or 'no row'}")
    moved, key = built.folded.moved, list(tried.declared.dataset.table.primary_key)
    if tried.base is None or moved is None:
        return
    examples = []
    for kind in row_changes.Counts._fields:  # of each kind some, and first what is rarest to be right
        of_kind = moved.filter(pc.equal(moved.column(row_changes.CHANGE), kind))
        examples += of_kind.slice(0, _MOST_CHANGES // 3 + 1).to_pylist()
    if examples:
        say_table(("change", "key", "values"), [row_changes.told(one, key) for one in examples])


def _result(tried: Trial, language: str) -> str:
    slug, why = tried.declared.slug, sentences(tried.reasons, language)
    if tried.built is None:
        return f"{slug}: a run would refuse it"
    if tried.result in ("blocked", "without-rows"):
        return f"{slug}: a run would refuse it: {why}"
    if tried.result == "held":
        return f"{slug}: a run would hold it: {why}"
    if tried.result == "unchanged":
        return f"{slug}: a run would release nothing: no row changes, no guard trips"
    candidate = tried.built.assembled.candidate
    warned = f"; warned of by {', '.join(candidate.facts.failed)}" if candidate.facts.failed else ""
    return f"{slug}: a run would release it: {candidate.rows:,} rows in all{warned}"
