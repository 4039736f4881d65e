"""Commands of readers who look back: asof, history, why. They only read."""

import argparse
from typing import Any

import rfc8785

from catalog import keys
from catalog.errors import DecisionError
from catalog.past.asof import moment, release_at
from catalog.past.history import Change, Step, history
from catalog.release.document import Release, Resource
from pipelines.cli.reader import address_of, opened
from pipelines.cli.show import say, say_json, table
from pipelines.context import ZONE
from pipelines.settings import Settings, open_context
from pipelines.trace.why import Heard, Why, why


def asof_command(settings: Settings, args: argparse.Namespace) -> int:
    """Say which release was the newest at a moment, and where its files are."""
    at = moment(args.date, ZONE)
    with opened(settings, args.store) as (public, address):
        found = release_at(public, args.dataset, at)
        base = address_of(public, address)
    if args.json:
        say_json(_as_json(found, base))
    elif args.sql:
        say(_as_sql(found, base))
    else:
        _show(found, base)
    return 0


def history_command(settings: Settings, args: argparse.Namespace) -> int:
    """Show every published value of one row."""
    with opened(settings, args.store) as (public, _):
        found = history(public, args.dataset, args.key)
    if args.json:
        say_json(
            {
                "dataset": found.dataset,
                "key": found.key,
                "steps": [
                    {
                        "release": one.n,
                        "version": one.version,
                        "created": one.created,
                        "change": one.kind,
                        "columns": {name: change._asdict() for name, change in one.columns.items()},
                    }
                    for one in found.steps
                ],
                "row": found.row,
                "another_key_until": found.another_key_until,
            }
        )
        return 0
    say(f"{found.dataset}, {', '.join(f'{name}={text(value)}' for name, value in found.key.items())}")
    say(table(("release", "created", "change", "values"), [_line(one) for one in found.steps]))
    if found.row is None:
        say(f"release {found.steps[-1].n} took the row out; it is not there now")
    if found.another_key_until:
        say(f"up to release {found.another_key_until} rows had another key; `minsheng diff` compares such releases")
    return 0


def why_command(settings: Settings, args: argparse.Namespace) -> int:
    """Follow a published value back to what the agency wrote."""
    with open_context(settings, writing=False) as ctx:
        found = why(ctx, args.dataset, args.key, args.column, args.release)
    if args.json:
        say_json(_why_json(found))
        return 0
    unit = f" {found.field.unit}" if found.field.unit else ""
    say(f"{found.dataset}, {', '.join(f'{name}={text(value)}' for name, value in found.key.items())}")
    lines = [
        (found.field.name, f"{text(found.value)}{unit if found.value is not None else ''} in release {found.n}"),
        ("brought by", f"release {found.brought.n} ({found.kind}) of {found.brought.created}: {_brought(found)}"),
        *(_heard(found.heard) if found.heard else _elsewhere(found)),
        *(
            ("quarantine", f"{one['rule']}: the {one['left']} left; heard was {one['raw']!r}")
            for one in found.quarantine
        ),
    ]
    say(table(("what", "found"), lines))
    return 0


def _brought(found: Why) -> str:
    change = found.brought.columns.get(found.field.name)
    if found.brought.kind == "insert":
        return "it inserted the row"
    if change is None:
        return "it declared the column, its type or its unit anew"
    return f"{text(change.old)} -> {text(change.new)}"


def _heard(heard: Heard) -> list[tuple[str, str]]:
    raw = f"{heard.raw!r} in the column {heard.column!r}" if heard.column else "no such column"
    record = f"{heard.record:,} of page {heard.page} of {heard.pages}, row {heard.row:,} of the fetch"
    return [
        ("fetch", f"{heard.k}, begun {heard.fetched_at}"),
        ("body", f"{heard.body_bytes:,} bytes, sha256 {heard.body_sha256}"),
        ("asked at", heard.address),
        ("record", record),
        ("heard", raw),
        *((one.rule, f"{one.says} -> {text(one.value)}") for one in heard.readings),
        *([] if heard.readings or heard.raw is None else [("read", "as it stands")]),
    ]


def _elsewhere(found: Why) -> list[tuple[str, str]]:
    """What a reader is told where only releases are."""
    told = "is not in this private store; what the agency wrote cannot be shown here"
    return [
        ("evidence", told),
        *(
            ("fetch", f"{one['k']}, begun {one['fetched_at']}, bodies {' '.join(one['bodies'])}")
            for one in found.provenance
        ),
    ]


def _why_json(found: Why) -> dict[str, Any]:
    heard = found.heard
    return {
        "dataset": found.dataset,
        "key": found.key,
        "column": found.field.name,
        "unit": found.field.unit,
        "value": found.value,
        "release": found.n,
        "brought_by": {
            "release": found.brought.n,
            "created": found.brought.created,
            "kind": found.kind,
            "change": found.brought.kind,
        },
        "evidence": vars(heard) | {"readings": [one._asdict() for one in heard.readings]} if heard else None,
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


def _line(step: Step) -> tuple[Any, ...]:
    def moved(name: str, one: Change) -> str:
        if step.kind == "insert":
            return f"{name}: {text(one.new)}"
        if step.kind == "delete":
            return f"{name}: {text(one.old)}"
        return f"{name}: {text(one.old)} -> {text(one.new)}"

    return step.n, step.created, step.kind, "; ".join(moved(name, one) for name, one in step.columns.items())


def _data(release: Release) -> list[Resource]:
    return [one for _, one in sorted(release.partitions.items())]


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
            for one in _data(release)
        ],
    }


def _as_sql(release: Release, base: str) -> str:
    """The query for DuckDB that reads the release: addresses in quotes, one a line."""
    slug = release.name
    if not release.partitions:
        raise DecisionError(f"release {release.n} of {slug} has no row, and so no file to read")
    place = base.removeprefix("file:")
    paths = [f"{place}/{keys.dataset(slug, one.path)}".replace("'", "''") for one in _data(release)]
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
    rows = [(one.rows, one.bytes, f"{base}/{keys.dataset(slug, one.path)}") for one in _data(release)]
    say(table(("rows", "bytes", "file"), rows))
