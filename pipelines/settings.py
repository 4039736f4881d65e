"""Settings, read from the environment once, at start; and the world they open. docs/operating.md tells each one."""

import contextlib
import difflib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from catalog.declaration.site import CONTACT
from catalog.errors import DecisionError, StoreError
from catalog.reasons.sentences import LANGUAGES
from catalog.store import HasClock, Store, check_address, open_store, probe
from catalog.store.file import FileStore
from pipelines import keep
from pipelines.context import Context
from pipelines.declared import Declarations
from pipelines.fetch.fetcher import Fetcher
from pipelines.fetch.politeness import Politeness
from pipelines.fetch.sources import Sources, check_mode, open_sources
from pipelines.fetch.transport import FetchLimits
from pipelines.identity import of_process
from pipelines.keep import Keep
from pipelines.redaction import SHORTEST_SECRET
from pipelines.turns import Turns

ROOT = Path(__file__).parent.parent
"""The checkout: where datasets/ lies by default."""
EMBEDDED = "embedded"
HOSTS = "hosts"
_TURNS = "lists.turn"
"""The folder of the home in which all processes keep account of whom they ask."""
VARIABLES = (
    *(
        f"MINSHENG_{name}"
        for name in (
            "HOME",
            "STORE",
            "EVIDENCE",
            "SOURCES",
            "DATASETS",
            "LANGUAGE",
            "SANDBOX",
            "ADDRESS",
            "CONTACT",
            "SCHEDULES",
            "LOG",
            "IDENTITY_HEADER",
            "DASK",
            "RECORDINGS",
            "CASES",
        )
    ),
    *keep.VARIABLES,
)
"""All that there are; RECORDINGS and CASES are for the tests of this project."""
POSTGRES = "MINSHENG_POSTGRES_SECRET"
"""The variable with the address of the database that holds Dagster's history. It is a secret for its password."""
_OF_SANDBOX = FetchLimits(backoff_seconds=0.1)
"""It is on this machine: a pause spares nobody."""
_ADDRESS = re.compile(r"https?://[A-Za-z0-9.-]+(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~-]+)*/*")
_SENT_BY_ANYONE = re.compile(
    r"accept(-.*)?|authorization|connection|content-.*|cookie|forwarded|host|origin|referer|sec-.*|user-agent|via",
    re.IGNORECASE,
)
_SECRET_NAMES = re.compile(r".*(KEY|TOKEN|SECRET|PASSWORD)(_ID)?")


@dataclass(frozen=True)
class Settings:
    """What the environment says."""

    home: Path
    store: str
    evidence: str
    sources: str
    datasets: Path
    sandbox: str | None
    secrets: Mapping[str, str] = field(repr=False)
    address: str | None = None
    """Where readers reach the public store over HTTP."""
    contact: str | None = None
    """Who reads what readers of the site report; None: as site.yaml says."""
    language: str = "en"
    """In which the command line says why something is as it is."""
    identity_header: str | None = None
    """In which header a trusted proxy says who is logged in, where there is such a proxy."""
    dask: str | None = None
    """The scheduler whose workers take the steps of runs; None: each run is one process."""
    schedules: bool = False
    """Whether the schedules of Dagster are on until someone turns them off."""
    log: str = "text"
    """How processes say what they do: `text`, or `json` for machines, a line each."""
    keep: Keep = field(default_factory=Keep)
    """For how many days what is not needed any more is kept."""


def read(environ: Mapping[str, str]) -> Settings:
    """Read the variables that begin with `MINSHENG_`, as docs/operating.md lists them, and the secrets.

    Raises:
        DecisionError: there is no such variable; a folder is none; the evidence would lie where everyone can read it,
            or it is not said where it lies; an address is none, or no database; there are no sentences in the language.
        SourceError: there is no such kind of sources.
        StoreError: there is no such kind of store.
    """
    _refuse_unknown(environ)
    home = Path(environ.get("MINSHENG_HOME") or ROOT / ".minsheng").absolute()
    _refuse_file("MINSHENG_HOME", home)
    store = environ.get("MINSHENG_STORE") or EMBEDDED
    evidence = environ.get("MINSHENG_EVIDENCE") or _private_beside(store, home)
    for name, address in (("MINSHENG_STORE", store), ("MINSHENG_EVIDENCE", evidence)):
        _check_store(name, address)
    _keep_private(store, evidence)
    postgres_address(environ)
    mode = environ.get("MINSHENG_SOURCES") or "live"
    check_mode(mode)
    return Settings(
        home=home,
        store=store,
        evidence=evidence,
        sources=mode,
        datasets=_declarations(Path(environ.get("MINSHENG_DATASETS") or ROOT / "datasets").absolute()),
        sandbox=_sandbox(environ.get("MINSHENG_SANDBOX")),
        secrets=_secrets(environ),
        address=_served(environ.get("MINSHENG_ADDRESS")),
        contact=_contact(environ.get("MINSHENG_CONTACT")),
        language=_language(environ.get("MINSHENG_LANGUAGE") or "en"),
        dask=_dask(environ.get("MINSHENG_DASK")),
        identity_header=_header(environ.get("MINSHENG_IDENTITY_HEADER")),
        log=_log(environ.get("MINSHENG_LOG") or "text"),
        schedules=_switch("MINSHENG_SCHEDULES", environ.get("MINSHENG_SCHEDULES") or "off"),
        keep=keep.read(environ),
    )


def _secrets(environ: Mapping[str, str]) -> dict[str, str]:
    """The secrets that are long enough to be taken out of texts."""
    return {
        name: value
        for name, value in environ.items()
        if _SECRET_NAMES.fullmatch(name) and len(value) >= SHORTEST_SECRET
    }


def postgres_address(environ: Mapping[str, str]) -> str | None:
    """Return the address of the database that holds Dagster's history; None: SQLite below Dagster's home.

    Raises:
        DecisionError: what the variable says is no such address; it is not repeated, for it holds a password.
    """
    address = environ.get(POSTGRES)
    if not address:
        return None
    with contextlib.suppress(ValueError):  # no such port
        parts = urlsplit(address)
        socket = parse_qs(parts.query).get("host")
        if parts.scheme == "postgresql" and (parts.hostname or socket) and len(parts.path) > 1 and parts.port != 0:
            return address
    raise DecisionError(
        f"expected {POSTGRES} to be the address of a database, as postgresql://dagster:password@127.0.0.1:5432/dagster "
        "(with % codes for special characters of the password), found something else; it is not repeated here"
    )


def _refuse_unknown(environ: Mapping[str, str]) -> None:
    """Refuse a variable that nobody reads: what it says would be ignored without a word."""
    for name in sorted(environ):
        # A key of an agency may have any name that a declaration gives it.
        if not name.startswith("MINSHENG_") or name in VARIABLES or _SECRET_NAMES.fullmatch(name):
            continue
        ends = {variable.removeprefix("MINSHENG_"): variable for variable in VARIABLES}
        near = difflib.get_close_matches(name.removeprefix("MINSHENG_").upper(), ends, n=1)
        known = f"did you mean {ends[near[0]]}" if near else f"there are {', '.join(VARIABLES)}"
        raise DecisionError(f"there is no variable {name}; {known}; unset it, or correct its name")


def _refuse_file(name: str, folder: Path) -> None:
    """Refuse a folder that cannot be one, because a file is in its place, or above it."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    if not there.is_dir():
        raise DecisionError(f"expected {name} to be a folder, found the file {there} in its way; set it to a folder")


def _declarations(folder: Path) -> Path:
    if not (folder.is_dir() and os.access(folder, os.R_OK | os.X_OK)):
        what = "a folder that cannot be read" if folder.is_dir() else "a file" if folder.exists() else "nothing"
        raise DecisionError(
            f"expected MINSHENG_DATASETS to be the folder of declarations, found {what} at {folder}; set it to a "
            "folder with agencies.yaml and a folder for each dataset"
        )
    return folder


def _check_store(name: str, address: str) -> None:
    """See that an address is one of a store, and a directory no file, before anything is done."""
    if address == EMBEDDED:
        return
    try:
        folder = check_address(address)
    except StoreError as error:
        raise StoreError(f"{name}: {error}") from None
    if folder:
        _refuse_file(name, folder.expanduser().absolute())


def _sandbox(address: str | None) -> str | None:
    if address and not _is_address(address):
        raise DecisionError(
            "expected MINSHENG_SANDBOX to be the address of the sandbox, as http://127.0.0.1:8700, found something else"
        )
    return address or None


def _is_address(address: str) -> bool:
    if not _ADDRESS.fullmatch(address):
        return False
    try:
        return urlsplit(address).port != 0
    except ValueError:
        return False  # no such port


def _dask(address: str | None) -> str | None:
    if address and not re.fullmatch(r"(tcp|tls)://[A-Za-z0-9.-]+:[0-9]{1,5}", address):
        raise DecisionError(
            f"expected MINSHENG_DASK to be the address of a Dask scheduler, as tcp://10.0.0.5:8786, found {address!r}"
        )
    return address or None


def _language(name: str) -> str:
    if name not in LANGUAGES:
        raise DecisionError(f"MINSHENG_LANGUAGE: expected {' or '.join(LANGUAGES)}, found {name!r}")
    return name


def _header(name: str | None) -> str | None:
    """The name of a header that only a proxy sends: no browser, and no other program by itself."""
    if name and not (re.fullmatch(r"[A-Za-z][A-Za-z0-9-]*", name) and not _SENT_BY_ANYONE.fullmatch(name)):
        raise DecisionError(
            "expected MINSHENG_IDENTITY_HEADER to be the name of a header that your proxy sets, and nobody else sends, "
            f"as X-Minsheng-Identity; found {name!r}"
        )
    return name or None


def _log(name: str) -> str:
    if name not in ("text", "json"):
        raise DecisionError(f"MINSHENG_LOG: expected text or json, found {name!r}")
    return name


def _switch(name: str, said: str) -> bool:
    if said not in ("on", "off"):
        raise DecisionError(f"{name}: expected on or off, found {said!r}")
    return said == "on"


class Stores(NamedTuple):
    """The two stores, and where readers reach the public one over HTTP, if that is known."""

    public: Store
    private: Store
    address: str | None = None


@contextlib.contextmanager
def open_stores(settings: Settings) -> Iterator[Stores]:
    """Open both stores; the embedded server is started if needed, and stopped by its last user."""
    if EMBEDDED not in (settings.store, settings.evidence):
        yield Stores(open_store(settings.store), open_store(settings.evidence), settings.address)
        return
    from catalog.store.embedded import embedded  # here: it brings boto3, which a directory does not need

    with embedded(settings.home) as server:
        here = settings.store == EMBEDDED
        yield Stores(
            server.open_public() if here else open_store(settings.store),
            server.open_private() if settings.evidence == EMBEDDED else open_store(settings.evidence),
            settings.address or (f"{server.endpoint}/{server.public_bucket}" if here else None),
        )


@contextlib.contextmanager
def open_public(settings: Settings) -> Iterator[Store]:
    """Open the public store as any reader may: no evidence is opened, and the embedded store gets no credentials."""
    if settings.store != EMBEDDED:
        yield open_store(settings.store)
        return
    from catalog.store.embedded import embedded

    with embedded(settings.home) as server:
        yield open_store(f"{server.endpoint}/{server.public_bucket}")


@contextlib.contextmanager
def open_context(settings: Settings, *, writing: bool = True) -> Iterator[Context]:
    """Open both stores; for writing, they are first shown to honour conditional writes, and tell their time."""
    with open_stores(settings) as stores:
        stores_ahead = {}
        for store in (stores.public, stores.private) if writing else ():
            if not isinstance(store, FileStore):
                probe(store)
            if isinstance(store, HasClock) and (ahead := store.ahead()) is not None:
                stores_ahead[store.url] = ahead
        yield Context(
            stores.public,
            stores.private,
            Declarations(settings.datasets),
            settings.secrets,
            address=stores.address,
            contact=settings.contact,
            stores_ahead=stores_ahead,
            identity=of_process(),
            turns=Turns(settings.home / _TURNS),
        )


def sources(settings: Settings, mode: str | None = None, limits: FetchLimits | None = None) -> Sources:
    """Open the sources of a mode; of the settings', if none is named."""
    mode = mode or settings.sources
    return open_sources(mode, open_fetcher(settings, limits, sandbox=mode == "sandbox"))


def open_fetcher(settings: Settings, limits: FetchLimits | None = None, *, sandbox: bool) -> Fetcher:
    """Return what asks agencies, or the sandbox in their place; all that ask from this home are polite together."""
    at = settings.sandbox if sandbox else None
    limits = limits or (_OF_SANDBOX if sandbox else FetchLimits())
    return Fetcher(settings.secrets, limits, at, politeness=Politeness(settings.home / HOSTS))


def _private_beside(store: str, home: Path) -> str:
    if store == EMBEDDED:
        return EMBEDDED
    if store.startswith("file:"):
        return f"file:{home / 'evidence'}"
    raise DecisionError(
        f"expected MINSHENG_EVIDENCE to say where evidence lies, privately, beside the public store {store}; "
        "found nothing: set it to another bucket, as s3://my-private-bucket"
    )


def _served(address: str | None) -> str | None:
    """The address of the public store, without a slash at the end, if it may stand in pages."""
    if not address:
        return None
    if not _is_address(address):
        raise DecisionError(
            "expected MINSHENG_ADDRESS to be where readers reach the public store, as https://data.example.gov.tw, "
            "without user, query, fragment and other characters than A-Za-z0-9._~-; it is not repeated here"
        )
    return address.rstrip("/")


def _contact(address: str | None) -> str | None:
    if not address:
        return None
    if not re.fullmatch(CONTACT, address):
        raise DecisionError(
            "expected MINSHENG_CONTACT to be the address of a mailbox, as data@example.gov.tw, without blanks and the "
            "characters <>?&; it is not repeated here"
        )
    return address


def _keep_private(store: str, evidence: str) -> None:
    """Refuse evidence at or below the public prefix, or above it."""
    if EMBEDDED in (store, evidence):
        return
    public, private = _place(store), _place(evidence)
    if public[0] == private[0] and (private[1].is_relative_to(public[1]) or public[1].is_relative_to(private[1])):
        raise DecisionError(
            f"the private evidence at {evidence} would lie under the public store at {store}, or the other way round: "
            "everyone could read it; set MINSHENG_EVIDENCE to a place of its own"
        )


def _place(address: str) -> tuple[str, Path]:
    """What holds a store, and where in it, links and all resolved: two stores overlap only in one and the same."""
    if address.startswith("file:"):
        return "file", Path(open_store(address).url.removeprefix("file:")).resolve()
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}", Path("/", parts.path.strip("/"))
