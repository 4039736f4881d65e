"""A note of each run that goes on, in the home: whoever comes after one that was killed says what became of it.

The note is locked while its run lives; the system lets go of the lock, however the process ends.
"""

import contextlib
import datetime as dt
import fcntl
import json
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO

from pipelines.cli.show import note
from pipelines.context import ZONE

_FOLDER = "runs"


@contextlib.contextmanager
def going_on(home: Path, wanted: Sequence[str]) -> Iterator[Callable[[str], None]]:
    """Leave a note as long as the context is open, and tell of runs that were killed before.

    Args:
        home: of the installation.
        wanted: the datasets of the run.

    Yields:
        A function that notes that a dataset is done.

    Raises:
        KeyboardInterrupt: the run was ended from outside; which datasets are done, and what happens next, is told.
    """
    folder = home / _FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(folder.glob("*.json")):
        _tell_if_killed(path)
    began, done = f"{dt.datetime.now(ZONE):%Y-%m-%d %H:%M}", list[str]()
    path = folder / f"{os.getpid()}.json"
    beside = path.with_suffix(".new")
    with beside.open("w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)

        def write(slug: str | None = None) -> None:
            done.extend([slug] if slug and slug not in done else [])
            file.seek(0)
            file.truncate()
            json.dump({"began": began, "wanted": list(wanted), "done": done}, file)
            file.flush()

        write()
        beside.replace(path)  # it is seen only when it is locked and whole: a run that begins meanwhile reads it
        try:
            yield write
        except KeyboardInterrupt:
            note(f"minsheng: this run was ended from outside: {_what_is_left(wanted, done)}")
            raise
        finally:
            path.unlink(missing_ok=True)


def _tell_if_killed(path: Path) -> None:
    """Say what became of a run whose process is gone, once."""
    with contextlib.suppress(FileNotFoundError), path.open("r+", encoding="utf-8") as file:
        if not _is_free(file):
            return  # it goes on
        try:
            said = json.load(file)
            began, left = str(said["began"]), _what_is_left(list(said["wanted"]), list(said["done"]))
        except (ValueError, KeyError, TypeError):
            began, left = "?", _what_is_left([], [])
        note(f"minsheng: the run of process {path.stem}, begun at {began}, was ended from outside: {left}")
        path.unlink(missing_ok=True)


def _is_free(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _what_is_left(wanted: Sequence[str], done: Sequence[str]) -> str:
    left = [slug for slug in wanted if slug not in done]
    parts = [f"done: {', '.join(done)}"] if done else []
    parts += [f"not done: {', '.join(left)}"] if left else []
    safe = "every release is whole, and what was fetched is kept; the next run of these datasets finishes the rest"
    return "; ".join([*parts, safe])
