"""Commands of readers who look back: asof, history, why. They only read."""

import datetime as dt
from typing import Any

import rfc8785

from catalog import keys
from catalog.errors import DecisionError
from catalog.past.asof import release_at
from catalog.past.history import Change, History, RowRevision, history
from catalog.release.document import Release
from pipelines.cli.arguments import Version
from pipelines.cli.reader import address_of, opened
from pipelines.cli.show import say, say_json, say_table, table
from pipelines.settings import Settings, open_context
from pipelines.trace.why import Origin, TracedValue, why
from pipelines.trace.why_candidate import why_candidate


def asof_command(
    settings: Settings, dataset: str, date: dt.datetime, *, store: str | None, sql: bool, as_json: bool
) -> int:
    """Say which release was the newest at a moment, and where its files are.

    Args:
        settings: what the environment says.
        dataset: the dataset.
        date: the moment.
        store: another store to read.
        sql: whether to print the query for DuckDB.
        as_json: whether to print JSON, which goes before.
    """
    with opened(settings, store) as (public, address):
        release = release_at(public, dataset, date)
        base = address_of(public, address)
    if as_json:
        say_json(_as_json(release, base))
    elif sql:
        say(_as_sql(release, base))
    else:
        _show(release, base)
    return 0


def history_command(settings: Settings, dataset: str, key: str, *, store: str | None, as_json: bool) -> int:
    """Show every published value of one row.

    Args:
        settings: what the environment says.
        dataset: the dataset.
        key: the row's key, as `name=value,name=value` or the values alone.
        store: another store to read.
        as_json: whether to print JSON.
    """
    with opened(settings, store) as (public, _):
        past = history(public, dataset, key)
    if as_json:
        say_json(_history_json(past))
        return 0
    say(f"{past.dataset}, {', '.join(f'{name}={text(value)}' for name, value in past.key.items())}")
    say_table(("release", "created", "change", "values"), [_line(step) for step in past.steps])
    if past.row is None:
        say(f"release {past.steps[-1].n} took the row out; it is not there now")
    if past.another_key_until:
        say(f"up to release {past.another_key_until} rows had another key; `minsheng diff` compares such releases")
    return 0


def _history_json(past: History) -> dict[str, Any]:
    return {
        "dataset": past.dataset,
        "key": past.key,
        "steps": [
            {
                "release": step.n,
                "version": step.version,
                "created": step.created,
                "change": step.kind,
                "columns": {name: change._asdict() for name, change in step.columns.items()},
            }
            for step in past.steps
        ],
        "row": past.row,
        "another_key_until": past.another_key_until,
    }


def why_command(settings: Settings, dataset: str, key: str, column: str, *, n: Version | None, as_json: bool) -> int:
    """Follow a published value back to what the agency wrote.

    Args:
        settings: what the environment says.
        dataset: the dataset.
        key: the row's key, as `name=value,name=value` or the values alone.
        column: the column.
        n: the release, or the candidate; None stands for the newest release.
        as_json: whether to print JSON.
    """
    with open_context(settings, writing=False) as ctx:
        of = why_candidate(ctx, dataset, key, column, n) if isinstance(n, str) else None
        found = of or why(ctx, dataset, key, column, n if isinstance(n, int) else None)
    if as_json:
        say_json(_why_json(found))
        return 0
    unit = f" {found.field.unit}" if found.field.unit else ""
    say(f"{found.dataset}, {', '.join(f'{name}={text(value)}' for name, value in found.key.items())}")
    lines = [
        (found.field.name, f"{text(found.value)}{unit if found.value is not None else ''} in {_where(found)}"),
        ("brought by", f"{_by(found)}: {_brought(found)}"),
        *(_origin(found.origin) if found.origin else _elsewhere(found)),
        *(
            ("quarantine", f"{one['rule']}: the {one['left']} left; the agency gave {one['raw']!r}")
            for one in found.quarantine
        ),
    ]
    say(table(("what", "found"), lines))
    return 0


def _where(found: TracedValue) -> str:
    return f"candidate {found.candidate[:16]}" if found.candidate else f"release {found.n}"


def _by(found: TracedValue) -> str:
    if found.candidate:
        return f"candidate {found.candidate[:16]} ({found.kind})"
    return f"release {found.changed_by.n} ({found.kind}) of {found.changed_by.created}"


def _brought(found: TracedValue) -> str:
    change = found.changed_by.columns.get(found.field.name)
    if found.changed_by.kind == "insert":
        return "it inserted the row"
    if change is None:
        return "it declared the column, its type or its unit anew"
    return f"{text(change.old)} -> {text(change.new)}"


def _origin(origin: Origin) -> list[tuple[str, str]]:
    raw = f"{origin.raw!r} in the column {origin.column!r}" if origin.column else "no such column"
    record = f"{origin.record:,} of page {origin.page} of {origin.pages}, row {origin.row:,} of the fetch"
    return [
        ("fetch", f"{origin.k}, begun {origin.fetched_at}"),
        ("body", f"{origin.body_bytes:,} bytes, sha256 {origin.body_sha256}"),
        ("asked at", origin.address),
        ("record", record),
        ("received", raw),
        *((rule.rule, f"{rule.says} -> {text(rule.value)}") for rule in origin.readings),
        *([] if origin.readings or origin.raw is None else [("read", "as it stands")]),
    ]


def _elsewhere(found: TracedValue) -> list[tuple[str, str]]:
    """What a reader is told where only releases are."""
    told = "is not in this private store; what the agency wrote cannot be shown here"
    return [
        ("evidence", told),
        *(
            ("fetch", f"{one['k']}, begun {one['fetched_at']}, bodies {' '.join(one['bodies'])}")
            for one in found.provenance
        ),
    ]


def _why_json(found: TracedValue) -> dict[str, Any]:
    origin = found.origin
    return {
        "dataset": found.dataset,
        "key": found.key,
        "column": found.field.name,
        "unit": found.field.unit,
        "value": found.value,
        "release": found.n,
        "candidate": found.candidate,
        "brought_by": {
            "release": found.changed_by.n or None,
            "created": found.changed_by.created or None,
            "kind": found.kind,
            "change": found.changed_by.kind,
        },
        "evidence": vars(origin) | {"readings": [rule._asdict() for rule in origin.readings]} if origin else None,
        "provenance": list(found.provenance),
        "quarantine": list(found.quarantine),
    }


def text(value: Any) -> str:
    """Return a value as a person reads it."""
    if value is None:
        return "(none)"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return rfc8785.dumps(value).decode()  # as the CSV has it: 13, not 13.0
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _line(step: RowRevision) -> tuple[Any, ...]:
    def moved(name: str, one: Change) -> str:
        if step.kind == "insert":
            return f"{name}: {text(one.new)}"
        if step.kind == "delete":
            return f"{name}: {text(one.old)}"
        return f"{name}: {text(one.old)} -> {text(one.new)}"

    return step.n, step.created, step.kind, "; ".join(moved(name, one) for name, one in step.columns.items())


def _as_json(release: Release, base: str) -> dict[str, Any]:
    slug = release.name
    return {
        "dataset": slug,
        "release": release.n,
        "version": release.version,
        "created": release.created,
        "as_of": release.facts.as_of,
        "rows": release.rows,
        "document": f"{base}/{keys.document(slug, release.n)}",
        "sha256": release.sha256,
        "files": [
            {
                "address": f"{base}/{keys.dataset(slug, one.path)}",
                "rows": one.rows,
                "bytes": one.bytes,
                "hash": f"sha256:{one.sha256}",
            }
            for one in release.partitions.values()
        ],
    }


def _as_sql(release: Release, base: str) -> str:
    """The query for DuckDB that reads the release: addresses in quotes, one a line."""
    slug = release.name
    if not release.partitions:
        raise DecisionError(f"release {release.n} of {slug} has no row, and so no file to read")
    place = base.removeprefix("file:")
    paths = [f"{place}/{keys.dataset(slug, one.path)}".replace("'", "''") for one in release.partitions.values()]
    files = ",\n".join(f"    '{path}'" for path in paths)
    return f"-- {slug}, release {release.n}, version {release.version}\nFROM read_parquet([\n{files}\n]);"


def _show(release: Release, base: str) -> None:
    slug = release.name
    lines = [
        ("release", release.n),
        ("version", release.version),
        ("created", release.created),
        ("data as of", release.facts.as_of),
        ("rows", release.rows),
        ("document", f"{base}/{keys.document(slug, release.n)}"),
        ("sha256", release.sha256),
    ]
    say(f"{release.title} ({slug})")
    say(table(("fact", "value"), lines))
    rows = [(one.rows, one.bytes, f"{base}/{keys.dataset(slug, one.path)}") for one in release.partitions.values()]
    say(table(("rows", "bytes", "file"), rows))
