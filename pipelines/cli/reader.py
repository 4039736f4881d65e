"""Commands of readers: releases, show, diff, verify. They need no right to write."""

import contextlib
from collections.abc import Iterable, Iterator
from typing import Any, cast

import pyarrow as pa

from catalog import keys
from catalog.derived import releases_json
from catalog.release import changes as row_changes
from catalog.release import notices, publish, served
from catalog.release.document import Release
from catalog.release.notices import Notice, WithdrawalNotice
from catalog.release.read import CandidateFiles, ReleaseFiles
from catalog.release.verify import verify
from catalog.store import Blob, Span, Store, open_store
from pipelines.cli.arguments import ReleaseName, Version
from pipelines.cli.show import changes, note, say, say_json, say_table, table
from pipelines.cli.terminal import Progress
from pipelines.settings import Settings, Stores, open_stores
from pipelines.trace.candidates import find_candidate

_MOST_ROWS = 200
"""Shown of a diff to a person; `--json --rows` gives all."""


def releases_command(settings: Settings, dataset: str, *, as_json: bool) -> int:
    """List the releases of a dataset, oldest first."""
    with open_stores(settings) as (public, *_):
        line = served.line(public, dataset)
        if line.newest is None:
            served.named(public, dataset)  # says so
        count = line.newest.n if line.newest else 0
        releases = [publish.load(public, dataset, n) for n in range(1, count + 1)]
    gone = {each.n: notice for each in releases if (notice := notices.notice_of(each, line.notices))}
    if as_json:
        say_json([_json(release, gone.get(release.n)) for release in releases])
        return 0
    say_table(
        ("n", "version", "created", "kind", "rows", "changes"),
        [
            (
                release.n,
                release.version,
                release.created,
                release.facts.kind,
                release.rows,
                "withdrawn" if release.n in gone else changes(release.facts.changes._asdict()),
            )
            for release in releases
        ],
    )
    _say_withdrawn(dataset, line.notices, gone)
    return 0


def _json(release: Release, notice: WithdrawalNotice | None) -> dict[str, Any]:
    told = {"n": release.n, "version": release.version, "created": release.created, "kind": release.facts.kind}
    told |= {"rows": release.rows, "changes": release.facts.changes._asdict()}
    return told | ({"withdrawn": notice.i} if notice else {})


def _say_withdrawn(dataset: str, found: Iterable[Notice], gone: Iterable[int]) -> None:
    """Say of each withdrawn release who withdrew it, when and why."""
    for notice in notices.withdrawals(found):
        for n in sorted(n for n in gone if notice.names(dataset, n)):
            say(f"  release {n} {notice.says}")


def show_command(settings: Settings, release: ReleaseName, *, as_json: bool) -> int:
    """Show one release."""
    with open_stores(settings) as (public, _, address):
        shown = served.named(public, *release)
        found = notices.read(public, release.dataset)
        notice = notices.notice_of(shown, found)
        to_come = releases_json.to_come(public, release.dataset, found)
        base = address_of(public, address)
    if as_json:
        say_json(shown.document)
        return 0
    facts = shown.facts
    say(f"{shown.title} ({release.dataset}), release {shown.n}, version {shown.version}")
    if notice:
        say(f"It {notice.says}. Its files are gone; its document and checksums stay.")
    for each in to_come:
        say(f"A breaking change is announced {each.notice.says} (notice {each.notice.i}, {each.notice.by})")
    say(shown.description)
    lines = [
        ("created", shown.created),
        ("data as of", facts.as_of),
        ("kind", facts.kind),
        ("rows", shown.rows),
        ("changes", changes(facts.changes._asdict())),
        ("quality", f"{facts.verdict} {' '.join(facts.failed)}".strip()),
        ("approved by", " and ".join(each.by for each in shown.approval.people)),
        ("licence", shown.licenses[0].name),
        ("document", f"{base}/{keys.document(release.dataset, shown.n)}"),
        ("sha256", shown.sha256),
    ]
    say(table(("fact", "value"), lines))
    if notice:
        say(f"notice {notice.i}: {base}/{keys.notice(release.dataset, notice.i)}")
        return 0
    rows = [(file.path, file.bytes, file.rows, f"sha256:{file.sha256}") for file in shown.resources]
    say(table(("file", "bytes", "rows", "hash"), rows))
    return 0


def diff_command(settings: Settings, dataset: str, n: Version, m: Version, *, rows: bool, as_json: bool) -> int:
    """Show row changes between two releases, or to a candidate, by key over the columns that both have.

    Args:
        settings: what the environment says.
        dataset: the dataset.
        n: the release or candidate before.
        m: the one after.
        rows: whether to show the rows too.
        as_json: whether to print JSON.
    """
    with open_stores(settings) as stores:
        before, after = _files(stores, dataset, n), _files(stores, dataset, m)
        old, new = before.table(), after.table()
        key = list(after.schema()["primaryKey"])
    moved = row_changes.compare(old, new, key)
    counts = row_changes.count(moved)._asdict()
    columns = {
        "added": [name for name in new.column_names if name not in old.column_names],
        "gone": [name for name in old.column_names if name not in new.column_names],
    }
    if as_json:
        differ = {"columns": columns} if any(columns.values()) else {}
        say_json({**counts, **differ, **({"rows": moved.to_pylist()} if rows else {})})
        return 0
    say(f"{dataset} {n} -> {m}: {changes(counts) or 'no row changed'}")
    for word, names in columns.items():
        if names:
            say(f"columns {word}: {', '.join(names)}")
    if rows and moved.num_rows:
        _say_rows(moved, key)
    return 0


def _files(stores: Stores, dataset: str, version: Version) -> ReleaseFiles | CandidateFiles:
    """The files of a release or a candidate."""
    if isinstance(version, int):
        return ReleaseFiles(stores.public, served.whole(stores.public, dataset, version))
    return CandidateFiles(stores.private, stores.public, find_candidate(stores.private, [dataset], version))


def verify_command(settings: Settings, release: ReleaseName, *, store: str | None) -> int:
    """Check sizes, hashes, content and chain; name what is wrong."""
    slug = release.dataset
    with opened(settings, store) as (public, _):
        checked = served.named(public, *release)
        notice = notices.notice_of(checked, notices.read(public, slug))
        files = [keys.dataset(slug, file.path) for file in checked.files()]
        with Progress(f"{slug} release {checked.n}: checking files", len(files)) as progress:
            watched = cast(Store, _Watched(public, files, progress))
            faults = list(verify(watched, slug, checked.n))
    for fault in faults:
        note(str(fault))
    if faults:
        note(f"{slug} release {checked.n}: {len(faults)} things are not as its document says")
        return 1
    if notice:
        say(
            f"{slug} release {checked.n} {notice.says}; its files are gone, its document is as it was committed; "
            f"sha256 {checked.sha256}"
        )
        return 0
    say(f"{slug} release {checked.n}: {len(files)} files are as its document says; sha256 {checked.sha256}")
    return 0


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


class _Watched:
    """A store, and a person who sees how many files of a release were read from it."""

    def __init__(self, store: Store, files: Iterable[str], progress: Progress) -> None:
        self._store, self._files, self._progress = store, frozenset(files), progress
        self._read: set[str] = set()

    def get(self, key: str, span: Span | None = None) -> Blob:
        blob = self._store.get(key, span)
        self._read.add(key)
        self._progress.done(len(self._read & self._files))
        return blob

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


def _say_rows(moved: pa.Table, key: list[str]) -> None:
    rows = [row_changes.told(row, key) for row in moved.slice(0, _MOST_ROWS).to_pylist()]
    say_table(("change", "key", "values"), rows)
    if moved.num_rows > _MOST_ROWS:
        say(f"... and {moved.num_rows - _MOST_ROWS:,} more; --json gives all")
