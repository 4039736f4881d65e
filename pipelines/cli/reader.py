"""Commands of readers: releases, show, diff, verify, serve. They need no right to write."""

import argparse
import contextlib
import re
from collections.abc import Iterator

import pyarrow as pa

from catalog import keys
from catalog.errors import DecisionError
from catalog.release import changes as row_changes
from catalog.release import publish
from catalog.release.document import Release
from catalog.release.read import ReleaseFiles
from catalog.release.verify import verify
from catalog.store import Store, open_store, serve
from pipelines.cli.show import changes, note, say, say_json, table
from pipelines.settings import Settings, open_stores

_MOST_ROWS = 200
"""Shown of a diff to a person; `--json --rows` gives all."""


def releases_command(settings: Settings, args: argparse.Namespace) -> int:
    """List the releases of a dataset, oldest first."""
    with open_stores(settings) as (public, *_):
        last = _newest(public, args.dataset)
        found = [publish.load(public, args.dataset, n) for n in range(1, last.n + 1)]
    if args.json:
        say_json(
            [
                {
                    "n": one.n,
                    "version": one.version,
                    "created": one.created,
                    "kind": one.facts.kind,
                    "rows": one.rows,
                    "changes": one.facts.changes._asdict(),
                }
                for one in found
            ]
        )
        return 0
    rows = [
        (
            one.n,
            one.version,
            one.created,
            one.facts.kind,
            one.rows,
            changes(one.facts.changes._asdict()),
        )
        for one in found
    ]
    say(table(("n", "version", "created", "kind", "rows", "changes"), rows))
    return 0


def show_command(settings: Settings, args: argparse.Namespace) -> int:
    """Show one release."""
    slug, n = split(args.release)
    with open_stores(settings) as (public, _, address):
        one = publish.load(public, slug, n) if n else _newest(public, slug)
        where = address_of(public, address)
    if args.json:
        say_json(one.document)
        return 0
    facts = one.facts
    say(f"{one.title} ({slug}), release {one.n}, version {one.version}")
    say(one.description)
    lines = [
        ("created", one.created),
        ("data as of", facts.as_of),
        ("kind", facts.kind),
        ("rows", one.rows),
        ("changes", changes(facts.changes._asdict())),
        ("quality", f"{facts.verdict} {' '.join(facts.failed)}".strip()),
        ("approved by", one.approval.by),
        ("licence", one.licenses[0].name),
        ("document", f"{where}/{keys.document(slug, one.n)}"),
        ("sha256", one.sha256),
    ]
    say(table(("fact", "value"), lines))
    rows = [(each.path, each.bytes, each.rows, f"sha256:{each.sha256}") for each in one.resources]
    say(table(("file", "bytes", "rows", "hash"), rows))
    return 0


def diff_command(settings: Settings, args: argparse.Namespace) -> int:
    """Show row changes between two releases, by key over the columns that both have."""
    with open_stores(settings) as (public, *_):
        before, after = publish.load(public, args.dataset, args.n), publish.load(public, args.dataset, args.m)
        old, new = ReleaseFiles(public, before).table(), ReleaseFiles(public, after).table()
        key = list(ReleaseFiles(public, after).schema()["primaryKey"])
    found = row_changes.compare(old, new, key)
    counts = row_changes.count(found)._asdict()
    gone = [name for name in old.column_names if name not in new.column_names]
    added = [name for name in new.column_names if name not in old.column_names]
    if args.json:
        columns = {"columns": {"added": added, "gone": gone}} if added or gone else {}
        say_json({**counts, **columns, **({"rows": found.to_pylist()} if args.rows else {})})
        return 0
    say(f"{args.dataset} {args.n} -> {args.m}: {changes(counts) or 'no row changed'}")
    for word, names in (("added", added), ("gone", gone)):
        if names:
            say(f"columns {word}: {', '.join(names)}")
    if args.rows and found.num_rows:
        say(_rows(found, key))
    return 0


def verify_command(settings: Settings, args: argparse.Namespace) -> int:
    """Check sizes, hashes, content and chain; name what is wrong."""
    slug, n = split(args.release)
    with opened(settings, args.store) as (public, _):
        one = publish.load(public, slug, n) if n else _newest(public, slug)
        faults = list(verify(public, slug, one.n))
    for fault in faults:
        note(str(fault))
    if faults:
        note(f"{slug} release {one.n}: {len(faults)} things are not as its document says")
        return 1
    say(f"{slug} release {one.n}: {len(one.files())} files are as its document says; sha256 {one.sha256}")
    return 0


def serve_command(settings: Settings, args: argparse.Namespace) -> int:
    """Serve the public store over HTTP on loopback until interrupted."""
    with open_stores(settings) as (public, *_), contextlib.suppress(KeyboardInterrupt):
        server = serve.serve(public, args.port)
        say(f"http://127.0.0.1:{server.server_address[1]}/index.html (Ctrl-C ends it)")
        server.serve_forever()
    return 0


def split(release: str) -> tuple[str, int | None]:
    """Read `DATASET` or `DATASET@N`.

    Raises:
        DecisionError: it is neither.
    """
    found = re.fullmatch(r"([a-z][a-z0-9-]*)(?:@([1-9][0-9]*))?", release)
    if not found:
        raise DecisionError(f"expected DATASET or DATASET@N, as counties@1, found {release!r}")
    return found[1], int(found[2]) if found[2] else None


@contextlib.contextmanager
def opened(settings: Settings, store: str | None) -> Iterator[tuple[Store, str | None]]:
    """Open the store that a command names, or the public one; and where readers reach it over HTTP, if known."""
    if store:
        yield open_store(store), None
        return
    with open_stores(settings) as (public, _, address):
        yield public, address


def address_of(public: Store, address: str | None) -> str:
    """Return where a reader finds the store: over HTTP if that is known."""
    return (address or public.url).rstrip("/")


def _newest(public: Store, slug: str) -> Release:
    found = publish.newest(public, slug)
    if found is None:
        raise DecisionError(f"{slug} has no release in {public.url}; `minsheng status` lists what is there")
    return found


def _rows(found: pa.Table, key: list[str]) -> str:
    rows = []
    for row in found.slice(0, _MOST_ROWS).to_pylist():
        where = ", ".join(f"{name}={row[name]}" for name in key)
        names = [name for name in row if name not in key and not name.startswith("_")]
        moved = [
            f"{name}: {row[row_changes.BEFORE + name]} -> {row[name]}"
            for name in names
            if row[name] != row[row_changes.BEFORE + name]
        ]
        rows.append((row[row_changes.CHANGE], where, "; ".join(moved)))
    more = f"\n... and {found.num_rows - _MOST_ROWS:,} more; --json gives all" if found.num_rows > _MOST_ROWS else ""
    return table(("change", "key", "values"), rows) + more
