"""Is this installation ready for a night? What `minsheng doctor` looks at: each finding says what to do about it."""

import contextlib
import datetime as dt
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import httpx

from catalog.errors import MinshengError
from catalog.release import publish
from catalog.release.publish import CLOCKS_DIFFER
from catalog.store import HasClock, Store, probe
from catalog.store.file import FileStore
from pipelines.context import kind_of
from pipelines.night import notify, told
from pipelines.protocols import key_variable, load_protocol
from pipelines.settings import POSTGRES, ROOT, Settings, Stores, open_stores, postgres_address
from pipelines.validate import Files, validate

Verdict = Literal["good", "look", "wrong"]
_LEAST_FREE = 2 << 30
_READER_SECONDS = 10
_ORIGIN = "https://reader.example"
"""Some page of another host, which shall be allowed to read."""
_NEWS_WITHIN = dt.timedelta(days=2)


@dataclass(frozen=True)
class Finding:
    """What was found of one thing."""

    what: str
    verdict: Verdict
    """good; look: a night goes well, and something is missing; wrong: a night would fail."""
    says: str
    """What was found, and what to do about it."""


def examine(settings: Settings) -> Iterator[Finding]:
    """Look at everything that a night needs; one thing that is wrong hides no other.

    Args:
        settings: of the environment, which were read well.

    Yields:
        A finding for each thing. Agencies are not asked, and nothing is written but the probe of a store.
    """
    yield Finding("settings", "good", f"home {settings.home}, sources {settings.sources}")
    files = Files(settings.datasets)
    yield from _of("declarations", lambda: _declarations(files))
    yield from _of("keys", lambda: _keys(settings, files))
    try:
        with open_stores(settings) as stores:
            yield from _of("public store", lambda: _store("public store", stores.public, settings.home))
            yield from _of("private store", lambda: _store("private store", stores.private, settings.home))
            yield from _of("kind of data", lambda: _kind(settings, stores))
            yield from _of("readers", lambda: _readers(settings, stores))
            yield from _of("report", lambda: _report(stores.private))
    except MinshengError as error:
        yield Finding("stores", "wrong", str(error))
    yield from _of("messages", lambda: _messages(settings.secrets.get(notify.VARIABLE, "")))
    yield from _of("Dagster", lambda: _dagster(os.environ.get("DAGSTER_HOME")))
    if address := postgres_address(os.environ):
        yield from _of("history", lambda: _history(address))


def _of(what: str, look: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    try:
        yield from look()
    except MinshengError as error:
        yield Finding(what, "wrong", str(error))


def _declarations(files: Files) -> Iterator[Finding]:
    faults = [fault for slug in files.slugs for fault in validate(files.folder, slug, files)]
    if faults:
        more = f"; {len(faults) - 1} more: minsheng check" if len(faults) > 1 else ""
        yield Finding("declarations", "wrong", f"{faults[0]}{more}")
    else:
        yield Finding("declarations", "good", f"{len(files.slugs)} datasets in {files.folder}")


def _keys(settings: Settings, files: Files) -> Iterator[Finding]:
    missing: dict[str, list[str]] = {}
    for slug in files.slugs:
        variable = key_variable(load_protocol(files.dataset(slug).minsheng.origin, slug)[1])
        if variable and variable not in settings.secrets:
            missing.setdefault(variable, []).append(slug)
    if settings.sources != "live":
        yield Finding("keys", "good", f"not needed with sources {settings.sources}")
    elif not missing:
        yield Finding("keys", "good", "each dataset that needs one has one")
    for variable, names in sorted(missing.items()) if settings.sources == "live" else ():
        yield Finding(
            "keys", "look", f"set {variable} (8 characters or more): without it {_some(names)} cannot be asked"
        )


def _store(what: str, store: Store, home: Path) -> Iterator[Finding]:
    if isinstance(store, FileStore):
        place = Path(store.url.removeprefix("file:"))
    else:
        probe(store)  # raises where conditions are not honoured, or rights are missing
        place = home
    yield Finding(what, "good", f"{store.url} can be written, and honours conditional writes")
    if isinstance(store, HasClock) and (ahead := store.ahead()) is not None and abs(ahead) > CLOCKS_DIFFER:
        yield Finding(what, "wrong", f"its clock is {ahead} from this machine's: set the one that is wrong")
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    if free < _LEAST_FREE:
        yield Finding(what, "look", f"{free >> 20:,} MiB are free at {place}: make room before the next night")


def _kind(settings: Settings, stores: Stores) -> Iterator[Finding]:
    kind = kind_of(stores.private)
    wanted = settings.sources.partition(":")[0]
    if kind is None:
        yield Finding("kind of data", "good", f"none yet; the first run marks the stores as {wanted}")
    elif kind != wanted and wanted in ("live", "sandbox", "replay"):
        yield Finding(
            "kind of data",
            "wrong",
            f"the stores hold {kind} data, and MINSHENG_SOURCES is {wanted}: use another MINSHENG_HOME or store",
        )
    else:
        yield Finding("kind of data", "good", kind)


def _readers(settings: Settings, stores: Stores) -> Iterator[Finding]:
    """Whether a reader elsewhere reaches the catalog, a part of a file, and that from a page of another host."""
    if not stores.address:
        yield Finding("readers", "look", "set MINSHENG_ADDRESS: nobody knows where readers reach the public store")
        return
    address = f"{stores.address}/catalog.json"
    if publish.read_json(stores.public, "catalog.json") is None:
        yield Finding("readers", "good", f"{stores.address}; nothing is released yet, so it was not asked")
        return
    try:
        answer = httpx.get(
            address,
            headers={"Origin": _ORIGIN, "Range": "bytes=0-9"},
            timeout=_READER_SECONDS,
            follow_redirects=False,
        )
    except httpx.HTTPError as error:
        yield Finding("readers", "wrong", f"{address} could not be reached ({type(error).__name__}): is it served?")
        return
    if answer.status_code not in (200, 206):
        yield Finding("readers", "wrong", f"{address}: expected status 200 or 206, found {answer.status_code}")
        return
    yield Finding("readers", "good", f"{stores.address} answers")
    if answer.status_code != 206:
        yield Finding("readers", "look", "it sends whole files only: DuckDB and the page Explore need ranges")
    if answer.headers.get("access-control-allow-origin") not in ("*", _ORIGIN) and settings.address:
        yield Finding(
            "readers", "look", "pages of other hosts may not read it: allow GET and HEAD from any origin (CORS)"
        )


def _report(private: Store) -> Iterator[Finding]:
    known = told.read(private)
    if known.at is None:
        yield Finding("report", "look", "no night was reported yet: minsheng night, or Dagster's sensor `night`")
        return
    age = dt.datetime.now(dt.UTC) - dt.datetime.fromisoformat(known.at)
    old = age > _NEWS_WITHIN and kind_of(private) == "live"
    advice = ": look whether Dagster's daemon and the sensor `night` run" if old else ""
    yield Finding("report", "look" if old else "good", f"the newest is of {known.at}{advice}")


def _messages(addresses: str) -> Iterator[Finding]:
    if not addresses:
        yield Finding("messages", "look", f"nobody is told of a night: set {notify.VARIABLE}")
        return
    notify.check(addresses)
    yield Finding("messages", "good", f"{len(addresses.split())} addresses; nobody was told anything now")


def _dagster(home: str | None) -> Iterator[Finding]:
    if not home:
        yield Finding("Dagster", "look", "DAGSTER_HOME is not set: only the command line can be used")
        return
    ours, theirs = ROOT / "dagster.yaml", Path(home) / "dagster.yaml"
    body = b""
    with contextlib.suppress(OSError):
        body = theirs.read_bytes()
    if not body:
        yield Finding("Dagster", "wrong", f"there is no {theirs}: cp {ours} {theirs}")
    elif os.environ.get(POSTGRES) and b"pipelines.shell.storage" not in body:
        yield Finding("Dagster", "wrong", f"{theirs} does not read {POSTGRES}: cp {ours} {theirs}")
    elif body != ours.read_bytes():
        yield Finding("Dagster", "look", f"{theirs} differs from {ours}: compare them after an upgrade")
    else:
        yield Finding("Dagster", "good", f"{theirs} is that of this version")


def _history(address: str) -> Iterator[Finding]:
    """Whether the database of Dagster's history answers, and Dagster may make its tables in it."""
    import psycopg2  # here: few need it

    try:
        with contextlib.closing(psycopg2.connect(address, connect_timeout=_READER_SECONDS)) as connection:
            with connection.cursor() as cursor:
                cursor.execute("SELECT has_schema_privilege(current_schema(), 'CREATE')")
                (may_create,) = cursor.fetchone()
            version, name = connection.server_version // 10000, connection.info.dbname
    except psycopg2.Error as error:
        said = " ".join(str(error).split())
        yield Finding("history", "wrong", f"the database of {POSTGRES} does not let us in: {said}")
        return
    if not may_create:
        yield Finding("history", "wrong", f"we may not make tables in the database {name}: make our user its owner")
    else:
        yield Finding("history", "good", f"PostgreSQL {version} answers; Dagster's history is in its database {name}")


def _some(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
