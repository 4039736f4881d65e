"""How politely a host is asked: one request at a time, with a pause, and only when and as often as it likes.

All processes of an installation share this, by files in a folder of the home: for each host a lock, which whoever asks
it holds, and a ledger. The system frees the lock of a process that was killed.
"""

import contextlib
import datetime as dt
import fcntl
import functools
import logging
import os
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from catalog.declaration.dataset import Agency
from pipelines.context import ZONE
from pipelines.fetch.transport import NotAsked

_LOG = logging.getLogger(__name__)
_LOOK_SECONDS = 0.05
"""Between two looks whether a host is free."""
_OVERLOADED = (502, 503, 504)
"""What a server answers for which all is too much, not only one address."""


@dataclass(frozen=True)
class CoolOff:
    """How long a host is left alone, and after what."""

    seconds: float = 600.0
    """After status 429 without a time, and after the first row of failures; doubled with each failure after it."""
    longest_seconds: float = 3600.0
    """After failures."""
    longest_asked_seconds: float = 7 * 86400.0
    """What an agency may ask for: more is a mistake."""
    failures: int = 6
    """In a row, of two datasets at least: one address that fails does not stand for its host."""
    turn_seconds: float = 1800.0
    """For so long another process is waited for."""


COOL_OFF = CoolOff()


class LeftAlone(NotAsked):
    """The host is not asked now: it asked for that, or it failed again and again, or the day's requests are used."""


class _Ledger(BaseModel):
    """What is known of a host."""

    model_config = ConfigDict(strict=True)
    asked_at: float = 0.0
    """When a request to it began last, by the clock of this machine."""
    quiet_since: AwareDatetime | None = Field(default=None, strict=False)
    quiet_until: AwareDatetime | None = Field(default=None, strict=False)
    why: str = ""
    failures: int = 0
    failed: list[str] = Field(default_factory=list)
    """The datasets whose requests failed since it answered last."""


class _Day(BaseModel):
    """How many requests of a day went out."""

    model_config = ConfigDict(strict=True)
    day: str
    used: int = Field(ge=0)


Stored = TypeVar("Stored", bound=BaseModel)


@dataclass(frozen=True)
class Call:
    """One request that wants to go out."""

    host: str
    dataset: str
    agency: Agency
    variables: tuple[str, ...] = ()
    """The environment variables of the keys that go with it."""
    pause_seconds: float = 0.0
    wait_seconds: float = 0.0
    """For so long the host is waited for while it wants to be left alone."""


@dataclass
class Turn:
    """The only request to its host, for as long as its context is open."""

    _ledger: _Ledger
    _call: Call
    _now: Callable[[], dt.datetime]

    def heard(self, status: int, wait_seconds: float | None, or_seconds: float) -> dt.datetime | None:
        """Note what the host answered.

        Args:
            status: of the answer.
            wait_seconds: how long it asks to wait; None where it does not say.
            or_seconds: how long to wait where it sends too many requests away, and does not say.

        Returns:
            Until when it is left alone; None where it may be asked again.
        """
        if status == 429 or (status == 503 and wait_seconds is not None):
            seconds = or_seconds if wait_seconds is None else wait_seconds
            said = "" if wait_seconds is None else ", with a time to wait"
            self._ledger.failures = 0
            return self._quiet(min(seconds, COOL_OFF.longest_asked_seconds), f"it answered with status {status}{said}")
        if status in _OVERLOADED:
            return self.failed()
        self._ledger.failures, self._ledger.failed = 0, []
        self._ledger.quiet_since = self._ledger.quiet_until = None
        return None

    def failed(self) -> dt.datetime | None:
        """Note that it did not answer; returns until when it is left alone, None where it may be asked again."""
        self._ledger.failures += 1
        self._ledger.failed = sorted({*self._ledger.failed, self._call.dataset})
        more = self._ledger.failures - COOL_OFF.failures
        if more < 0 or len(self._ledger.failed) < 2:
            return None
        seconds = min(COOL_OFF.seconds * 2.0 ** min(more, 10), COOL_OFF.longest_seconds)
        return self._quiet(seconds, f"{self._ledger.failures} requests in a row had no good answer")

    def _quiet(self, seconds: float, why: str) -> dt.datetime:
        now = self._now()
        until = now + dt.timedelta(seconds=seconds)
        self._ledger.quiet_since, self._ledger.quiet_until, self._ledger.why = now, until, why
        return until


@dataclass
class Politeness:
    """Lets one request at a time out to each host."""

    folder: Path = field(default_factory=lambda: _own_folder())
    """Of the home, so that all processes of an installation share it; else of this process."""

    @contextlib.contextmanager
    def turn(self, call: Call, now: Callable[[], dt.datetime], heeded: dt.datetime | None = None) -> Iterator[Turn]:
        """Wait until a host may be asked, and let nobody else ask it while the context is open.

        Args:
            call: who wants to ask whom.
            now: the present, or that of the sandbox, by which a host is left alone and days are counted.
            heeded: a time until which the caller has left the host alone already.

        Yields:
            The turn, which is to be told what the host answered.

        Raises:
            NotAsked: it may not be asked now; says until when, or who is asking it.
        """
        with self._free(call, now, heeded) as ledger:
            self._count(call, now())
            ledger.asked_at = time.time()
            path = self._path(call.host)
            _write(path, ledger)
            try:
                yield Turn(ledger, call, now)
            finally:
                try:
                    _write(path, ledger)
                except NotAsked as error:  # what was answered is worth more; the time of this request is noted already
                    _LOG.error("%s", error)

    @contextlib.contextmanager
    def _free(self, call: Call, now: Callable[[], dt.datetime], heeded: dt.datetime | None) -> Iterator[_Ledger]:
        """Hold the lock of a host as soon as it may be asked; while it may not, others can look, too."""
        path = self._path(call.host)
        while True:
            with _locked(path.with_suffix(".lock"), call.host):
                ledger = _begun(path, now())
                quiet = self._left_alone(ledger, call, now(), heeded)
                pause = _pause(ledger, call.pause_seconds)
                if not quiet and not pause:
                    yield ledger
                    return
            time.sleep(max(quiet, pause))
            heeded = ledger.quiet_until if quiet else heeded

    def _left_alone(self, ledger: _Ledger, call: Call, now: dt.datetime, heeded: dt.datetime | None) -> float:
        """For how many seconds the host is still to be left alone; raises where that is longer than one waits."""
        since, until = ledger.quiet_since, ledger.quiet_until
        if since is None or until is None or (heeded and until <= heeded):
            return 0.0
        left = (until - now).total_seconds()
        if left <= 0:
            return 0.0
        if left > call.wait_seconds:
            raise LeftAlone(
                f"{call.host} is left alone until {_shown(until)}, because {ledger.why} at {_shown(since)}: it was not "
                f"asked; run it after that, or remove {self._path(call.host)} if you know that it may be asked"
            )
        return left

    def _count(self, call: Call, now: dt.datetime) -> None:
        """Count a request of the day, before it goes out, so that one that is killed counts too."""
        most = call.agency.requests_per_day
        if most is None:
            return
        of = ".".join((call.agency.hosts[0], *call.variables))
        path, today = self._path(of, "quota"), now.astimezone(ZONE).date()
        with _locked(path.with_suffix(".lock"), call.host):
            day = _read(path, _Day)
            if day is None or day.day != today.isoformat():
                day = _Day(day=today.isoformat(), used=0)
            if day.used >= most:
                tomorrow = dt.datetime.combine(today + dt.timedelta(days=1), dt.time(), ZONE)
                whose = f"with {' and '.join(call.variables)}" if call.variables else "without a key"
                raise LeftAlone(
                    f"expected at most {most:,} requests a day to {call.agency.title.en} {whose} (agencies.yaml), "
                    f"found {day.used:,} used on {today.isoformat()}: {call.host} was not asked; the first run after "
                    f"{_shown(tomorrow)} goes on"
                )
            day.used += 1
            _write(path, day)

    def _path(self, name: str, below: str = "") -> Path:
        """The file of a host or of a key; made safe, for a host may be written in any way."""
        return self.folder / below / f"{re.sub(r'[^A-Za-z0-9._-]', '_', name)}.json"


@functools.cache
def _temporary() -> "tempfile.TemporaryDirectory[str]":
    return tempfile.TemporaryDirectory(prefix="minsheng-hosts-")


def _own_folder() -> Path:
    return Path(tempfile.mkdtemp(dir=_temporary().name))


@contextlib.contextmanager
def _locked(path: Path, host: str) -> Iterator[None]:
    """Hold a lock that the system frees when this process ends, however it ends.

    Raises:
        NotAsked: it cannot be had: without it nobody is asked.
    """
    until = time.monotonic() + COOL_OFF.turn_seconds
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise NotAsked(
            f"expected to keep account of requests in {path.parent}, found {error.strerror}: {host} was not asked; see "
            "to that folder and its rights, and run again"
        ) from None
    try:
        while not _taken(lock):
            if time.monotonic() > until:
                holder = os.pread(lock, 40, 0).decode(errors="replace").strip() or "?"
                raise NotAsked(
                    f"expected a turn at {host} within {COOL_OFF.turn_seconds:g} s, found process {holder} asking it "
                    "all the time; run it later, or end that process"
                )
            time.sleep(_LOOK_SECONDS)
        os.ftruncate(lock, 0)
        os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(lock)


def _taken(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _begun(path: Path, now: dt.datetime) -> _Ledger:
    """Read the ledger of a host; times of the future, which a wrong clock left, begin again now."""
    read = _read(path, _Ledger)
    if read is None and not path.exists():
        return _Ledger()
    at = time.time()
    ledger = read or _Ledger(asked_at=at)
    asked_at, since, until = min(ledger.asked_at, at), ledger.quiet_since, ledger.quiet_until
    if since and until and now < since:
        since, until = now, now + (until - since)
    mended = ledger.model_copy(update={"asked_at": asked_at, "quiet_since": since, "quiet_until": until})
    if mended != read:
        _write(path, mended)
    return mended


def _pause(ledger: _Ledger, seconds: float) -> float:
    """How long to wait so that the pause is kept."""
    return max(ledger.asked_at + seconds - time.time(), 0.0)


def _read(path: Path, model: type[Stored]) -> Stored | None:
    """Read a ledger; None if there is none, or a damaged one, which is told and begun again."""
    try:
        return model.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError):
        _LOG.error("%s: expected an account of requests, found a damaged one; it begins again, with a pause", path)
        return None


def _write(path: Path, ledger: BaseModel) -> None:
    """Replace a ledger whole, so that whoever is killed leaves the old or the new one."""
    beside = path.with_suffix(".new")
    try:
        beside.write_text(ledger.model_dump_json(), encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        raise NotAsked(
            f"expected to keep account of requests in {path}, found {error.strerror}: nothing more is asked; see to "
            "that folder and the room on its disk, and run again"
        ) from None


def _shown(at: dt.datetime) -> str:
    return f"{at.astimezone(ZONE):%Y-%m-%d %H:%M}"
