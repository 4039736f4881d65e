"""Where Dagster keeps its history: SQLite below its home, or PostgreSQL where the environment names a database."""

import os
from pathlib import Path
from typing import Any, Self

import sqlalchemy as sa
from dagster._core.storage.base_storage import DagsterStorage
from dagster._core.storage.event_log import EventLogStorage
from dagster._core.storage.runs import RunStorage, SqliteRunStorage
from dagster._core.storage.schedules import ScheduleStorage, SqliteScheduleStorage
from dagster._serdes import ConfigurableClass, ConfigurableClassData

from pipelines.settings import postgres_address
from pipelines.shell.event_log import EventLog

_KEPT, _MOST_MORE = 2, 30
"""Connections of a process that stay open, and how many more its threads may have for a moment."""


class Storage(DagsterStorage[Any], ConfigurableClass):
    """Runs, events and schedules, all in one kind of database.

    The address of PostgreSQL holds a password. Each process reads it from its own environment, so it never stands in
    dagster.yaml, nor in what Dagster passes from one process to another.
    """

    def __init__(
        self,
        runs: RunStorage[Any],
        events: EventLogStorage[Any],
        schedules: ScheduleStorage[Any],
        inst_data: ConfigurableClassData | None = None,
        engine: sa.Engine | None = None,
    ) -> None:
        self._runs, self._events, self._schedules, self._inst_data = runs, events, schedules, inst_data
        self._engine = engine
        super().__init__()  # type: ignore[no-untyped-call]  # Dagster's

    @property
    def inst_data(self) -> ConfigurableClassData | None:
        """What dagster.yaml says of this class."""
        return self._inst_data

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        """Return what dagster.yaml may set: nothing. The environment chooses."""
        return {}

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> Self:
        """Open PostgreSQL if the environment names a database, else SQLite where Dagster puts it by itself.

        Raises:
            DecisionError: what the environment names is no database.
        """
        if address := postgres_address(os.environ):
            stores, engine = _of_postgres(address)
            return cls(*stores, inst_data, engine)
        home = Path(os.environ["DAGSTER_HOME"])
        return cls(
            SqliteRunStorage.from_local(str(home / "history")),
            EventLog(str(home / "history" / "runs")),
            SqliteScheduleStorage.from_local(str(home / "schedules")),
            inst_data,
        )

    @property
    def run_storage(self) -> RunStorage[Any]:
        """The runs."""
        return self._runs

    @property
    def event_log_storage(self) -> EventLogStorage[Any]:
        """What happened in them."""
        return self._events

    @property
    def schedule_storage(self) -> ScheduleStorage[Any]:
        """The schedules, the sensors, and when they were last looked at."""
        return self._schedules

    def register_instance(self, instance: Any) -> None:
        """Tell each of them whose it is."""
        super().register_instance(instance)
        for storage in (self._runs, self._events, self._schedules):
            if not storage.has_instance:
                storage.register_instance(instance)

    def dispose(self) -> None:
        """Close all."""
        for storage in (self._events, self._runs, self._schedules):
            storage.dispose()
        if self._engine is not None:
            self._engine.dispose()


def _of_postgres(address: str) -> tuple[tuple[RunStorage[Any], EventLogStorage[Any], ScheduleStorage[Any]], sa.Engine]:
    """Open Dagster's three storages in PostgreSQL, with connections that stay open and that they share.

    Dagster's own connect for each event: measured, a step with 100 checks took 12 seconds so, and 1 second with these.
    One that the server closed meanwhile is made again (`pool_pre_ping`).
    """
    # Here, for SQLite needs neither it nor its driver.
    from dagster_postgres import PostgresEventLogStorage, PostgresRunStorage, PostgresScheduleStorage
    from dagster_postgres.utils import create_pg_engine

    stores = (PostgresRunStorage(address), PostgresEventLogStorage(address), PostgresScheduleStorage(address))
    engine = create_pg_engine(
        address, isolation_level="AUTOCOMMIT", pool_size=_KEPT, max_overflow=_MOST_MORE, pool_pre_ping=True
    )
    for store in stores:
        store._engine = engine
    return stores, engine
