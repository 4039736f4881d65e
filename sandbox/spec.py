"""sandbox.yaml: what the sandbox says of one dataset, and the check that says which key of which file is wrong."""

import csv
import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from catalog.declaration.yaml12 import read_yaml
from catalog.errors import DeclarationError
from sandbox.clock import moment
from sandbox.columns import Column, Share
from sandbox.errors import SandboxError
from sandbox.faults.registry import FAULTS, ActiveFault, read_fault
from sandbox.messages import Speaker, Strict
from sandbox.protocols import speaker

FILE = "sandbox.yaml"


def _moment(value: object) -> datetime:
    try:
        return moment(value)
    except SandboxError as error:
        raise ValueError(str(error)) from error


Moment = Annotated[datetime, BeforeValidator(_moment)]
UrlPath = Annotated[str, Field(pattern="^/")]


class Together(Strict):
    """Texts that several columns have in the same rows."""

    share: Share
    set: dict[str, str]


class Restated(Strict):
    """What the agency corrects once a step is so old."""

    after_hours: float
    share: Share
    columns: list[str]
    by: Share = 0.1


class Late(Strict):
    """Groups of entities whose rows of a step come later than those of others."""

    by: list[str] = Field(min_length=1)
    """Columns of the entities; those that agree in them are one group."""
    share: Share
    """How many of the groups, at each step."""
    steps: list[int] = Field(min_length=1)
    """How many steps late; one of these."""


class Closed(Strict):
    """Steps at which a group has one row that says so, and no other."""

    by: list[str] = Field(min_length=1)
    """Columns of the entities, as for those that are late."""
    weekdays: str
    """The column of the entities that names the weekdays, `Mon` to `Sun`, with blanks between."""
    set: dict[str, str]
    """The texts of that one row, by column."""


class Shown(Strict):
    """Which rows there are, and from when on."""

    after_minutes: int = Field(default=0, ge=0)
    """How long after a step begins its rows appear."""
    absent: Share = 0.0
    """The share of rows that there never are."""
    late: Late | None = None
    closed: Closed | None = None
    holidays: list[str] = Field(default_factory=list)
    """Days, as 2026-10-10, of which there are no rows."""


class Window(Strict):
    """Every entity at each of the newest steps: what an agency shows that forgets."""

    entities: str | list[str]
    """A CSV beside the file; of a list of them, every combination of their rows is an entity."""
    identity: str | list[str]
    """The columns of the entities that tell them apart."""
    steps: int = Field(ge=1)
    step_minutes: int = Field(default=60, ge=1)
    columns: dict[str, Column]
    together: list[Together] = Field(default_factory=list)
    restated: Restated | None = None
    shown: Shown = Field(default_factory=Shown)


class Corrected(Strict):
    """Counts that the agency mends: one row of each day's batch for each entry of after_days."""

    column: str
    by: int
    after_days: list[int]


class Ledger(Strict):
    """A whole table that grows by a batch a day, with corrections and withdrawals."""

    entities: str
    weight: str
    """The column of the entities that says how often one is drawn."""
    begin: Moment
    """The day of the first batch."""
    published: str = Field(pattern=r"^\d\d:\d\d$")
    """The time of day at which a batch appears."""
    daily: int = Field(ge=1)
    days_before: list[int] = Field(min_length=2, max_length=2)
    """How many days before its batch a row's own day lies: least and most."""
    unique: list[str]
    """No two rows agree in all of these."""
    columns: dict[str, Column]
    corrected: Corrected | None = None
    withdrawn_after_days: list[int] = Field(default_factory=list)
    """One row of each day's batch leaves after so many days, for each entry."""


class Rows(Strict):
    """Which kind of table it is."""

    window: Window | None = None
    ledger: Ledger | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> "Rows":
        if (self.window is None) == (self.ledger is None):
            raise ValueError("expected exactly one of window, ledger")
        return self

    @property
    def kind(self) -> Window | Ledger:
        """The one that is given."""
        given = self.window or self.ledger
        assert given is not None  # noqa: S101 - the validator above
        return given


class SandboxFile(Strict):
    """The whole of a sandbox.yaml."""

    host: str
    path: UrlPath | list[UrlPath]
    path_case: Literal["exact", "insensitive"] = "exact"
    protocol: str
    seed: int
    speaks: dict[str, Any] = Field(default_factory=dict)
    rows: Rows
    timeline: list[dict[str, Any]] = Field(default_factory=list)

    @property
    def paths(self) -> list[str]:
        """Every path at which it answers."""
        return _listed(self.path)


class _Planned(Strict):
    from_: Moment = Field(alias="from")
    until: Moment


@dataclass(frozen=True)
class Planned:
    """A fault that the timeline sets for a while."""

    start: datetime
    end: datetime
    fault: ActiveFault


@dataclass(frozen=True)
class Source:
    """One dataset as the sandbox knows it."""

    slug: str
    file: SandboxFile
    entities: list[dict[str, str]]
    speaker: Speaker
    settings: Strict
    timeline: list[Planned]

    def check_fault(self, said: Mapping[str, Any]) -> ActiveFault:
        """Read `{fault: name, ...params}` for this dataset.

        Raises:
            SandboxError: the fault or a parameter is unknown, or nothing here could show it.
        """
        fault = read_fault(said)
        quirk = FAULTS[fault.name].on_rows is None and FAULTS[fault.name].on_answer is None
        if quirk and fault.name not in self.speaker.QUIRKS:
            raise SandboxError(f"{self.slug}: protocol {self.file.protocol} cannot show fault {fault.name}")
        column = getattr(fault.params, "column", None)
        columns = self.file.rows.kind.columns
        if column is not None and fault.name != "unknown_column" and column not in columns:
            raise SandboxError(f"{self.slug}: fault {fault.name} names column {column!r}; known: {', '.join(columns)}")
        return fault

    def answers(self, host: str, path: str) -> bool:
        """Say whether this dataset lives at an address; a path ignores case where the agency does."""
        if self.file.host.lower() != host.lower():
            return False
        if self.file.path_case == "insensitive":
            return path.lower() in [one.lower() for one in self.file.paths]
        return path in self.file.paths


def load(datasets: Path) -> dict[str, Source]:
    """Read the sandbox.yaml of every dataset that has one.

    Raises:
        SandboxError: a file is wrong, or two datasets live at one address.
    """
    found = {file.parent.name: _load(file) for file in sorted(datasets.glob(f"*/{FILE}"))}
    if not found:
        raise SandboxError(f"{datasets}: no folder there has a {FILE}")
    homes: dict[tuple[str, str], str] = {}
    for slug, source in found.items():
        for path in source.file.paths:
            home = (source.file.host.lower(), path.lower())
            if home in homes:
                raise SandboxError(f"{slug}/{FILE}: host and path are those of {homes[home]}")
            homes[home] = slug
    return found


def _listed(said: str | list[str]) -> list[str]:
    return [said] if isinstance(said, str) else said


def _load(path: Path) -> Source:
    try:
        file = SandboxFile.model_validate(read_yaml(path))
        spoken = speaker(file.protocol)
    except DeclarationError as error:
        raise SandboxError(str(error)) from error
    except ValidationError as error:
        raise SandboxError(f"{path}: {_sentence(error)}") from error
    except SandboxError as error:
        raise SandboxError(f"{path}: protocol: {error}") from error
    try:
        settings = spoken.Settings.model_validate(file.speaks)
    except ValidationError as error:
        raise SandboxError(f"{path}: {_sentence(error, 'speaks')}") from error
    _check_columns(path, file.rows.kind)
    bare = Source(path.parent.name, file, _entities(path.parent, file.rows.kind), spoken, settings, [])
    timeline = [_planned(path, bare, number, entry) for number, entry in enumerate(file.timeline)]
    return Source(bare.slug, file, bare.entities, spoken, settings, timeline)


def _sentence(error: ValidationError, *prefix: str) -> str:
    # pydantic's own text spans lines and links to its site; the place and the reason are enough
    return "; ".join(
        f"{'.'.join([*prefix, *(str(part) for part in one['loc'])])}: {one['msg']}" for one in error.errors()
    )


def _entities(folder: Path, rows: Window | Ledger) -> list[dict[str, str]]:
    tables = [_table(folder, name) for name in _listed(rows.entities)]
    entities = [{name: text for part in parts for name, text in part.items()} for parts in itertools.product(*tables)]
    wanted = [column.entity for column in rows.columns.values() if column.entity]
    wanted += [column.scaled.of for column in rows.columns.values() if column.scaled]
    if isinstance(rows, Window):
        wanted += _listed(rows.identity)
        wanted += rows.shown.late.by if rows.shown.late else []
        wanted += [rows.shown.closed.weekdays, *rows.shown.closed.by] if rows.shown.closed else []
    else:
        wanted.append(rows.weight)
    for name in wanted:
        if not entities or name not in entities[0]:
            said = ", ".join(_listed(rows.entities))
            raise SandboxError(f"{folder / FILE}: rows: {said} has no column {name!r}")
    return entities


def _table(folder: Path, name: str) -> list[dict[str, str]]:
    file = folder / name
    if file.parent != folder or not file.is_file():
        raise SandboxError(f"{folder / FILE}: rows: entities {name!r} is no file beside it")
    with file.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def _check_columns(path: Path, rows: Window | Ledger) -> None:
    """See that whatever names a column names one that there is."""
    named = [but.column for column in rows.columns.values() for but in column.but if but.column]
    if isinstance(rows, Window):
        named += [name for together in rows.together for name in together.set]
        named += rows.restated.columns if rows.restated else []
        named += rows.shown.closed.set if rows.shown.closed else []
        for column in rows.columns.values():
            named += [part.of for part in (column.mean, column.bands) if part]
            named += [column.number.of] if column.number and column.number.of else []
            named += column.sum.of if column.sum else []
    else:
        named += [*rows.unique, *([rows.corrected.column] if rows.corrected else [])]
    for name in named:
        if name not in rows.columns:
            raise SandboxError(f"{path}: rows: {name!r} is not one of columns {', '.join(rows.columns)}")


def _planned(path: Path, source: Source, number: int, entry: Mapping[str, Any]) -> Planned:
    times = {key: value for key, value in entry.items() if key in ("from", "until")}
    rest = {key: value for key, value in entry.items() if key not in times}
    try:
        when = _Planned.model_validate(times)
        return Planned(when.from_, when.until, source.check_fault(rest))
    except ValidationError as error:
        raise SandboxError(f"{path}: {_sentence(error, 'timeline', str(number))}") from error
    except SandboxError as error:
        raise SandboxError(f"{path}: timeline.{number}: {error}") from error
