"""Whether the nights go on: a heartbeat that the daemon leaves in the home, and what is judged from it."""

import contextlib
import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

BEATS_SECONDS = 600
"""Between two signs of the daemon: how often its sensor `night` looks."""
_FILE = "heartbeat.json"
_ZONE = ZoneInfo("Asia/Taipei")


@dataclass(frozen=True)
class Patience:
    """After how long something is stale."""

    beat: dt.timedelta = dt.timedelta(seconds=3 * BEATS_SECONDS)
    look: dt.timedelta = dt.timedelta(hours=6)
    """Nobody looks at the datasets while a run goes on; a night takes less than that."""


PATIENCE = Patience()


@dataclass(frozen=True)
class Heartbeat:
    """The last sign of the daemon."""

    at: dt.datetime
    since: dt.datetime
    """Of the first sign."""
    looked_at: dt.datetime | None = None
    """When it looked at every dataset last; as `minsheng_looked_at_timestamp_seconds` where time is not simulated."""


@dataclass(frozen=True)
class Health:
    """What a monitor is told."""

    stale: tuple[str, ...]
    """A sentence for each thing that is not as it should be, without any secret."""
    heartbeat: Heartbeat | None

    @property
    def status(self) -> int:
        """Of HTTP: 200 if all is well, else 503."""
        return 503 if self.stale else 200

    @property
    def body(self) -> bytes:
        """The answer of `/health`, as JSON."""
        beat = self.heartbeat
        said: dict[str, Any] = {
            "ok": not self.stale,
            "stale": list(self.stale),
            "heartbeat": _text(beat.at) if beat else None,
            "looked_at": _text(beat.looked_at) if beat and beat.looked_at else None,
        }
        return json.dumps(said).encode() + b"\n"


def beat(home: Path, now: dt.datetime, *, looked: bool) -> None:
    """Leave a sign in the home.

    Args:
        home: of the installation.
        now: the present.
        looked: whether every dataset was looked at just now.
    """
    before = read(home)
    looked_at = now if looked else before.looked_at if before else None
    since = before.since if before else now
    said = {"at": _text(now), "since": _text(since), "looked_at": _text(looked_at) if looked_at else None}
    home.mkdir(parents=True, exist_ok=True)
    beside = home / f"{_FILE}.new"
    beside.write_text(json.dumps(said), encoding="utf-8")
    beside.replace(home / _FILE)


def read(home: Path) -> Heartbeat | None:
    """Return the last sign; None if there is none, or a damaged one, which the next one replaces."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        said = json.loads((home / _FILE).read_text(encoding="utf-8"))
        times = [said["at"], said["since"], *([said["looked_at"]] if said["looked_at"] else [])]
        at = [dt.datetime.fromisoformat(each) for each in times]
        return Heartbeat(*at) if all(each.tzinfo for each in at) else None
    return None


def judge(
    home: Path, now: dt.datetime, *, expected_since: dt.datetime | None = None, more: tuple[str, ...] = ()
) -> Health:
    """Say whether the nights go on.

    Args:
        home: of the installation.
        now: the present.
        expected_since: since when a daemon should leave signs; None where there may be none.
        more: what else is stale, a sentence each.
    """
    found, stale = read(home), list(more)
    last = found.at if found else expected_since
    if last and now - last > PATIENCE.beat:
        stale.append(
            f"the daemon: expected a sign of it every {BEATS_SECONDS // 60} minutes, found the last one "
            f"{'at ' + _text(found.at) if found else 'never'}; see that it runs, and its sensor `night`"
        )
    elif found and now - (found.looked_at or found.since) > PATIENCE.look:
        last_look = f"the last one at {_text(found.looked_at)}" if found.looked_at else "none"
        stale.append(
            f"the look at the datasets: expected one within {PATIENCE.look.total_seconds() / 3600:.0f} hours, found "
            f"{last_look}; see the tick of the sensor `night`: a run goes on for so long, or a store cannot be reached"
        )
    return Health(tuple(stale), found)


def _text(at: dt.datetime) -> str:
    return at.astimezone(_ZONE).isoformat(timespec="seconds")
