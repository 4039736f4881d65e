"""sandbox.yaml: its model, and the checks that name the file and the key that is wrong."""

import csv
import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from catalog.declaration.yaml12 import read_yaml
from catalog.errors import DeclarationError
from sandbox.columns import ColumnSpec
from sandbox.errors import SandboxError
from sandbox.faults.registry import FAULTS, ActiveFault, read_fault
from sandbox.messages import SandboxProtocol, StrictModel, problems
from sandbox.protocols import load_protocol
from sandbox.row_specs import GrowingTableSpec, MovingWindowSpec, RowsSpec, TaipeiTime, as_list

FILE = "sandbox.yaml"
_PLACE = re.compile(r"\\\{([a-z_]+)\\\}")
"""A place of a path, as `re.escape` writes it."""

UrlPath = Annotated[str, Field(pattern="^/")]


class SandboxFile(StrictModel):
    """A whole sandbox.yaml."""

    host: str
    path: UrlPath | list[UrlPath]
    path_case: Literal["exact", "insensitive"] = "exact"
    """Whether upper and lower case in the path are different."""
    protocol: str
    seed: int
    speaks: dict[str, Any] = Field(default_factory=dict)
    """The settings of the protocol."""
    rows: RowsSpec
    timeline: list[dict[str, Any]] = Field(default_factory=list)
    """Faults by simulated time."""

    @property
    def paths(self) -> list[str]:
        """All paths where the dataset answers."""
        return as_list(self.path)


class _Period(StrictModel):
    from_: TaipeiTime = Field(alias="from")
    until: TaipeiTime


@dataclass(frozen=True)
class PlannedFault:
    """A fault that the timeline sets for some time."""

    start: datetime
    end: datetime
    """The first moment after the fault."""
    fault: ActiveFault


@dataclass(frozen=True)
class SandboxDataset:
    """One dataset as the sandbox knows it."""

    slug: str
    file: SandboxFile
    entities: list[dict[str, str]]
    """One row per entity: column -> text."""
    protocol: SandboxProtocol
    settings: StrictModel
    """The `speaks` block, as the protocol reads it."""
    timeline: list[PlannedFault]

    def read_fault(self, document: Mapping[str, Any]) -> ActiveFault:
        """Read `{fault: name, ...parameters}` for this dataset.

        Raises:
            SandboxError: the fault or a parameter is unknown, or this dataset cannot show the fault.
        """
        fault = read_fault(document)
        fault_type = FAULTS[fault.name]
        needs_protocol = fault_type.change_rows is None and fault_type.change_answer is None
        if needs_protocol and fault.name not in self.protocol.PROTOCOL_FAULTS:
            raise SandboxError(f"{self.slug}: protocol {self.file.protocol} cannot show fault {fault.name}")
        column = getattr(fault.params, "column", None)
        columns = self.file.rows.kind.columns
        if column is not None and fault.name != "unknown_column" and column not in columns:
            raise SandboxError(f"{self.slug}: fault {fault.name} names column {column!r}; known: {', '.join(columns)}")
        return fault

    def has_address(self, host: str, path: str) -> bool:
        """Tell whether this dataset answers at an address. The case of the path may not matter: see `path_case`."""
        return self.file.host.lower() == host.lower() and self._matched(path) is not None

    def places(self, path: str) -> dict[str, str]:
        """Return what stands in a path at the places of the declared one, as `/{month}`."""
        matched = self._matched(path)
        return matched.groupdict() if matched else {}

    def _matched(self, path: str) -> re.Match[str] | None:
        flags = re.IGNORECASE if self.file.path_case == "insensitive" else 0
        patterns = (_PLACE.sub(r"(?P<\1>[^/]+)", re.escape(own_path)) for own_path in self.file.paths)
        return next(filter(None, (re.fullmatch(pattern, path, flags) for pattern in patterns)), None)


def load(datasets: Path) -> dict[str, SandboxDataset]:
    """Read the sandbox.yaml of every dataset that has one.

    Raises:
        SandboxError: a file is wrong, no dataset has one, or two datasets have one address.
    """
    loaded = {file.parent.name: _load(file) for file in sorted(datasets.glob(f"*/{FILE}"))}
    if not loaded:
        raise SandboxError(f"{datasets}: expected folders with a {FILE}, found none")
    slug_at: dict[tuple[str, str], str] = {}
    for slug, dataset in loaded.items():
        for path in dataset.file.paths:
            address = (dataset.file.host.lower(), path.lower())
            if address in slug_at:
                raise SandboxError(f"{slug}/{FILE}: {slug_at[address]} has this host and path already")
            slug_at[address] = slug
    return loaded


def _load(path: Path) -> SandboxDataset:
    try:
        file = SandboxFile.model_validate(read_yaml(path))
        protocol = load_protocol(file.protocol)
    except DeclarationError as error:
        raise SandboxError(str(error)) from error
    except ValidationError as error:
        raise SandboxError(f"{path}: {problems(error)}") from error
    except SandboxError as error:
        raise SandboxError(f"{path}: protocol: {error}") from error
    try:
        settings = protocol.SETTINGS.model_validate(file.speaks)
    except ValidationError as error:
        raise SandboxError(f"{path}: {problems(error, 'speaks')}") from error
    _check_columns(path, file.rows.kind)
    entities = _entities(path.parent, file.rows.kind)
    dataset = SandboxDataset(path.parent.name, file, entities, protocol, settings, timeline=[])
    planned = [_planned_fault(path, dataset, number, entry) for number, entry in enumerate(file.timeline)]
    return replace(dataset, timeline=planned)


def _entities(folder: Path, rows: MovingWindowSpec | GrowingTableSpec) -> list[dict[str, str]]:
    """Return every combination of the rows of the entity files."""
    tables = [_csv_rows(folder, name) for name in as_list(rows.entities)]
    entities = [
        {name: text for row in combination for name, text in row.items()} for combination in itertools.product(*tables)
    ]
    for name in _named_entity_columns(rows):
        if not entities or name not in entities[0]:
            files = ", ".join(as_list(rows.entities))
            raise SandboxError(f"{folder / FILE}: rows: {files} has no column {name!r}")
    return entities


def _named_entity_columns(rows: MovingWindowSpec | GrowingTableSpec) -> list[str]:
    names = [column.entity for column in rows.columns.values() if column.entity]
    names += [column.scaled.of for column in rows.columns.values() if column.scaled]
    if isinstance(rows, GrowingTableSpec):
        return [*names, rows.weight]
    late, closed = rows.shown.late, rows.shown.closed
    names += as_list(rows.identity)
    names += late.by if late else []
    names += [closed.weekdays, *closed.by] if closed else []
    return names


def _csv_rows(folder: Path, name: str) -> list[dict[str, str]]:
    file = folder / name
    if file.parent != folder or not file.is_file():
        raise SandboxError(f"{folder / FILE}: rows: expected entities to name a file in this folder, got {name!r}")
    with file.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def _check_columns(path: Path, rows: MovingWindowSpec | GrowingTableSpec) -> None:
    """Check that every column that a key names is one of `columns`."""
    for name in _named_columns(rows):
        if name not in rows.columns:
            raise SandboxError(f"{path}: rows: {name!r} is not one of columns {', '.join(rows.columns)}")


def _named_columns(rows: MovingWindowSpec | GrowingTableSpec) -> list[str]:
    names = [exception.column for column in rows.columns.values() for exception in column.but if exception.column]
    if isinstance(rows, GrowingTableSpec):
        return [*names, *rows.unique, *([rows.corrected.column] if rows.corrected else [])]
    names += [name for joint_texts in rows.together for name in joint_texts.set]
    names += rows.restated.columns if rows.restated else []
    names += rows.shown.closed.set if rows.shown.closed else []
    return [*names, *(name for column in rows.columns.values() for name in _followed_columns(column))]


def _followed_columns(column: ColumnSpec) -> list[str]:
    names = [followed.of for followed in (column.mean, column.bands) if followed]
    names += [column.number.of] if column.number and column.number.of else []
    names += column.sum.of if column.sum else []
    return names


def _planned_fault(path: Path, dataset: SandboxDataset, number: int, entry: Mapping[str, Any]) -> PlannedFault:
    times = {key: value for key, value in entry.items() if key in ("from", "until")}
    fault_document = {key: value for key, value in entry.items() if key not in times}
    try:
        period = _Period.model_validate(times)
        return PlannedFault(period.from_, period.until, dataset.read_fault(fault_document))
    except ValidationError as error:
        raise SandboxError(f"{path}: {problems(error, 'timeline', str(number))}") from error
    except SandboxError as error:
        raise SandboxError(f"{path}: timeline.{number}: {error}") from error
