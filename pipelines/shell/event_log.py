"""Dagster's event log in SQLite, with its connections kept open."""

import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Self

import sqlalchemy as sa
from dagster._core.storage.event_log import SqliteEventLogStorage
from sqlalchemy.pool import StaticPool

_MOST_OPEN = 8
_INDEX = "index"
_PAGE_BYTES = 1024
"""Of the database of a run: 40 kB instead of 130 for a small run."""


class EventLog(SqliteEventLogStorage):
    """The connections of the runs last used stay open.

    Dagster opens and closes a database for each event: thousands of times a night, each with a wait for the disk.
    SQLite writes the events of the last moments to the disk a little later (`synchronous=NORMAL`, safe with a
    write-ahead log: https://www.sqlite.org/pragma.html#pragma_synchronous). If the power fails, these may be missing in
    Dagster's history; the catalog does not depend on it.
    """

    def __init__(self, base_dir: str, inst_data: Any = None) -> None:
        self._kept: dict[str, sa.Engine] = {}
        self._alone = threading.Lock()
        self._tables: set[str] = set()
        super().__init__(base_dir, inst_data)

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        """Return what dagster.yaml may set: nothing. The databases lie where Dagster puts them too."""
        return {}

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Any) -> Self:
        """Open the log below $DAGSTER_HOME."""
        return cls(str(Path(os.environ["DAGSTER_HOME"]) / "history" / "runs"), inst_data)

    def run_connection(self, run_id: str | None = None) -> AbstractContextManager[sa.Connection]:
        """Connect to the database of a run, in a transaction."""
        return self._connected(str(run_id), super().run_connection(run_id))

    def index_connection(self) -> AbstractContextManager[sa.Connection]:
        """Connect to the database of what runs have in common, in a transaction."""
        return self._connected(_INDEX, super().index_connection())

    def has_table(self, table_name: str) -> bool:
        """Whether the database of what runs have in common has a table; Dagster asks it of each check."""
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    @contextlib.contextmanager
    def _connected(self, shard: str, first: AbstractContextManager[sa.Connection]) -> Iterator[sa.Connection]:
        with self._alone:
            engine = self._kept.pop(shard, None)
            if engine is None:
                self._create_small(shard)
                with first:  # makes the tables of a new database
                    pass
                engine = _engine(self.conn_string_for_shard(shard))
            self._kept[shard] = engine  # the one used last stands last
            if len(self._kept) > _MOST_OPEN:
                self._kept.pop(next(name for name in self._kept if name != _INDEX)).dispose()
            with engine.begin() as connection:
                yield connection

    def delete_events(self, run_id: str) -> None:
        """Delete the events of a run, and its database."""
        with self._alone:
            if engine := self._kept.pop(run_id, None):
                engine.dispose()
        with self.index_connection() as connection:
            self.delete_events_for_run(connection, run_id)
        if self.supports_global_concurrency_limits:
            self.free_concurrency_slots_for_run(run_id)
        for end in ("-wal", "-shm", ""):
            Path(f"{self.path_for_shard(run_id)}{end}").unlink(missing_ok=True)
        self._initialized_dbs.discard(run_id)

    def _create_small(self, shard: str) -> None:
        """Make the database of a run with small pages: it is mostly empty tables and indexes, each a page or more."""
        path = Path(self.path_for_shard(shard))
        if shard != _INDEX and not path.exists():
            with contextlib.closing(sqlite3.connect(path, timeout=60)) as connection:
                connection.execute(f"PRAGMA page_size={_PAGE_BYTES}")
                connection.execute("VACUUM")

    def dispose(self) -> None:
        """Close all."""
        with self._alone:
            while self._kept:
                self._kept.popitem()[1].dispose()
        super().dispose()


def _engine(address: str) -> sa.Engine:
    # One connection, which threads use one after another.
    engine = sa.create_engine(address, poolclass=StaticPool, connect_args={"timeout": 60, "check_same_thread": False})

    @sa.event.listens_for(engine, "connect")
    def _quick(connection: Any, _: Any) -> None:
        connection.execute("PRAGMA synchronous=NORMAL")

    return engine
