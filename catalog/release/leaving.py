"""What garbage collection is deleting right now: whoever needs one of these objects waits, and writes it again.

Two sides may meet: a run writes an object that is there already, and names it a moment later; a collection finds it
unnamed, and deletes it. So each of them first says what it does, and then looks at the other. A run takes a `turn`
before it writes the object, stores what names it, and then asks `missed`; a collection says what goes by `announced`,
and then looks again at all that names something. Whatever the order, one of the two sees the other.
"""

import contextlib
import datetime as dt
import json
import secrets
import time
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from catalog import keys
from catalog.errors import StoreError
from catalog.release.digest import canonical
from catalog.store import Absent, Changed, Store

_LONGEST = dt.timedelta(hours=1)
"""An announcement that is older was left by a collection that was killed."""
_TRIES, _PAUSE_SECONDS = 120, 0.25


class _Leaving(NamedTuple):
    going: frozenset[str] = frozenset()
    since: dt.datetime | None = None
    turn: str = ""
    etag: str | None = None


def turn(private: Store) -> str:
    """Return what `missed` compares with: it differs after each time that something was deleted."""
    return _read(private).turn


def missed(private: Store, wanted: Iterable[str], since: str) -> bool:
    """Wait while one of these objects is being deleted.

    Args:
        private: where a collection says what it deletes.
        wanted: keys of either store; what names them is stored.
        since: the turn that was taken before they were written.

    Returns:
        Whether a collection deleted something meanwhile: the objects are to be written again.

    Raises:
        StoreError: a collection does not end, or was killed and nobody has finished it.
    """
    needed = set(wanted)
    for _ in range(_TRIES):
        there = _read(private)
        if needed.isdisjoint(there.going):
            return there.turn != since
        time.sleep(_PAUSE_SECONDS)
    raise StoreError(
        f"{keys.LEAVING} in {private.url}: garbage collection is deleting what is needed here, and does not end; if "
        "it was killed, run `minsheng gc --yes`, then run again"
    )


@contextlib.contextmanager
def announced(private: Store, going: Iterable[str], now: dt.datetime) -> Iterator[None]:
    """Say what is about to be deleted, for as long as the context lasts; one that is killed leaves that said.

    Args:
        private: where it is said.
        going: keys of either store.
        now: the time.

    Raises:
        StoreError: another collection is deleting.
    """
    there = _read(private)
    if there.going and there.since and now - there.since < _LONGEST:
        raise StoreError(f"another garbage collection is deleting since {there.since.isoformat()}; run it again later")
    etag = _put(private, sorted(going), now, there.etag)
    try:
        yield
    finally:
        _put(private, [], now, etag)


def _put(private: Store, going: list[str], now: dt.datetime, etag: str | None) -> str:
    body = canonical({"keys": going, "since": now.isoformat(), "turn": secrets.token_hex(8)})
    try:
        return private.put_if(keys.LEAVING, body, etag)
    except Changed:
        raise StoreError("another garbage collection works at the same time; run it again later") from None


def _read(private: Store) -> _Leaving:
    """What is being deleted; an object that is none of ours says nothing."""
    try:
        blob = private.get(keys.LEAVING)
    except Absent:
        return _Leaving()
    with contextlib.suppress(ValueError, TypeError, KeyError):
        stored = json.loads(blob.body)
        since = dt.datetime.fromisoformat(stored["since"])
        return _Leaving(frozenset(stored["keys"]), since, str(stored["turn"]), blob.etag)
    return _Leaving(turn="?", etag=blob.etag)
