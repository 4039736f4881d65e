"""Commands of readers who look back: asof, history. They only read."""

import argparse
from typing import Any

from catalog import keys
from catalog.asof import moment, release_at
from catalog.history import Change, Step, history
from catalog.release import Document, Release
from pipelines.cli.reader import address_of, opened
from pipelines.cli.show import say, say_json, table
from pipelines.context import ZONE
from pipelines.settings import Settings


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


def text(value: Any) -> str:
    """Return a value as a person reads it."""
    if value is None:
        return "(none)"
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _line(step: Step) -> tuple[Any, ...]:
    def moved(name: str, one: Change) -> str:
        if step.kind == "insert":
            return f"{name}: {text(one.new)}"
        if step.kind == "delete":
            return f"{name}: {text(one.old)}"
        return f"{name}: {text(one.old)} -> {text(one.new)}"

    return step.n, step.created, step.kind, "; ".join(moved(name, one) for name, one in step.columns.items())


def _data(release: Release) -> list[Document]:
    return [one for _, one in sorted(release.partitions.items())]


def _as_json(release: Release, base: str) -> dict[str, Any]:
    slug = str(release.document["name"])
    return {
        "dataset": slug,
        "release": release.n,
        "version": release.document["version"],
        "created": release.document["created"],
        "as_of": release.facts["as_of"],
        "rows": release.rows,
        "document": f"{base}/{keys.document(slug, release.n)}",
        "sha256": release.sha256,
        "files": [
            {
                "address": f"{base}/{keys.dataset(slug, one['path'])}",
                "rows": one["minsheng"]["rows"],
                "bytes": one["bytes"],
                "hash": one["hash"],
            }
            for one in _data(release)
        ],
    }


def _as_sql(release: Release, base: str) -> str:
    """The query for DuckDB that reads the release: addresses in quotes, one a line."""
    slug = str(release.document["name"])
    place = base.removeprefix("file:")
    paths = [f"{place}/{keys.dataset(slug, one['path'])}".replace("'", "''") for one in _data(release)]
    files = ",\n".join(f"    '{path}'" for path in paths)
    return f"-- {slug}, release {release.n}, version {release.document['version']}\nFROM read_parquet([\n{files}\n]);"


def _show(release: Release, base: str) -> None:
    slug = str(release.document["name"])
    lines = [
        ("release", release.n),
        ("version", release.document["version"]),
        ("created", release.document["created"]),
        ("data as of", release.facts["as_of"]),
        ("rows", release.rows),
        ("document", f"{base}/{keys.document(slug, release.n)}"),
        ("sha256", release.sha256),
    ]
    say(f"{release.document['title']} ({slug})")
    say(table(("fact", "value"), lines))
    rows = [
        (one["minsheng"]["rows"], one["bytes"], f"{base}/{keys.dataset(slug, one['path'])}") for one in _data(release)
    ]
    say(table(("rows", "bytes", "file"), rows))
