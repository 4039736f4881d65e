"""`figures.json` of each dataset, reckoned anew when its release, or a table that names its codes, is new.

Only the newest periods are read: those of the steps that are shown, and the same month a year before. Of a table
without a measure a year is read.
"""

import datetime as dt
from collections.abc import Mapping
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import ValidationError

from catalog import keys
from catalog.declaration.dataset import Dataset, digest
from catalog.declaration.views import Step
from catalog.errors import DeclarationError, IntegrityError
from catalog.figures.compute import Reckoned, reckon
from catalog.figures.document import LAYOUT, Figures, Label, Preview
from catalog.figures.labels import Labels, labels
from catalog.figures.roles import Roles, roles
from catalog.figures.rows import texts
from catalog.release import publish
from catalog.release.digest import canonical
from catalog.release.document import Release
from catalog.release.read import WHOLE, ReleaseFiles
from catalog.store import Store, put_over

PREVIEW_ROWS = 8
MOST_ROWS = 2_000_000
"""Of the periods that are read; older ones are left out."""
_DAYS: dict[Step, int] = {"hour": 4, "day": 42, "week": 364, "month": 35 * 30, "year": 30 * 366}
"""From how many days before the newest period rows are read, so that no step that is shown is read in part."""


def write(public: Store, newest: Mapping[str, Release], slug: str, places: str | None) -> Figures:
    """Write the figures of a dataset, unless those that are there were made of the same; return them.

    Args:
        public: the store.
        newest: the newest release of each dataset: of this one, and of the tables that name its codes.
        slug: the dataset.
        places: the reference table of the places that have a page each.

    Raises:
        IntegrityError: a file of a release is missing or altered.
    """
    release, stored = newest[slug], read(public, slug)
    if stored is not None and stored.made_of == _made_of(newest, slug, places, stored.tables):
        return stored
    declared = _declared(public, release)
    named = {name: newest[name] for name in declared.tables if name in newest}
    tables = {name: (_declared(public, each), ReleaseFiles(public, each).table()) for name, each in named.items()}
    parts = roles(declared, places)
    found = _figures(public, release, declared, parts, labels(declared, parts, tables))
    made_of = _made_of(newest, slug, places, declared.tables)
    figures = found.model_copy(update={"made_of": made_of, "tables": declared.tables})
    put_over(public, keys.figures(slug), canonical(figures.model_dump(mode="json", by_alias=True)))
    return figures


def _made_of(newest: Mapping[str, Release], slug: str, places: str | None, tables: tuple[str, ...]) -> str:
    named = {name: newest[name].sha256 if name in newest else None for name in tables}
    return digest({"layout": LAYOUT, "release": newest[slug].sha256, "places": places, "tables": named})


def read(public: Store, slug: str) -> Figures | None:
    """Return the figures of a dataset; None where there are none, or broken ones: they are derived."""
    try:
        return Figures.model_validate(publish.read_json(public, keys.figures(slug)))
    except ValidationError:
        return None


def _declared(public: Store, release: Release) -> Dataset:
    fact = ReleaseFiles(public, release).fact("declaration")
    try:
        return Dataset.load(fact["dataset"], f"{release.name} as declared in release {release.n}")
    except (KeyError, DeclarationError) as error:
        raise IntegrityError(f"{release.name}: expected a declaration in release {release.n}, found {error}") from error


def _figures(public: Store, release: Release, declared: Dataset, parts: Roles, names: Labels) -> Figures:
    files, spans = ReleaseFiles(public, release), _periods(release, parts)
    columns, newest = [declared.arrow.empty_table().select(parts.columns)], [declared.arrow.empty_table()]
    for label in spans.labels:  # one after the other: only what is shown of a period is kept
        table = files.partition(label)
        columns.append(table.select(parts.columns))
        newest.append(_newest(table, declared, parts))
    found = reckon(pa.concat_tables(columns), parts, names, spans.since)
    field = next((each for each in declared.published if each.name == parts.measure), None)
    return Figures(
        made_of="",
        tables=(),
        n=release.n,
        measure=parts.measure,
        together=parts.together,
        by=parts.by,
        across=parts.across,
        first=_first(parts, names, found),
        step=parts.step if found.steps else None,
        growing=parts.growing,
        decimals=0 if field is not None and field.type == "integer" and parts.together != "mean" else 1,
        preview=_preview(_newest(pa.concat_tables(newest), declared, parts)),
        **found._asdict(),
    )


def _first(parts: Roles, names: Labels, found: Reckoned) -> Label | None:
    if parts.first is None:
        return None
    column, code = parts.first
    items = found.items if column == parts.by else found.others
    known = (item.label for item in items if item.key == code)
    return next(known, None) or names.of(column, code)


class _Spans(NamedTuple):
    labels: list[str]
    """Of the partitions that are read, oldest first."""
    since: dt.date | None = None
    """From which day on all is read; None: from the first of all."""


def _periods(release: Release, parts: Roles) -> _Spans:
    every = sorted(release.partitions)
    if every == [WHOLE] or not every:
        return _Spans(every)
    newest = every[-1]
    first = dt.date.fromordinal(max(1, _day(newest).toordinal() - _DAYS[parts.step or "week"]))
    kept: list[str] = []
    rows = 0
    for label in reversed(every):
        rows += release.partitions[label].rows
        if kept and (_day(label, last=True) < first or rows > MOST_ROWS):
            break
        kept.append(label)
    before = f"{int(newest[:4]) - 1:04}{newest[4:]}"
    wanted = {*kept, *({before} & set(every) if parts.step else ())}
    return _Spans(sorted(wanted), None if kept[-1] == every[0] else _day(kept[-1]))


def _day(label: str, *, last: bool = False) -> dt.date:
    """The first or the last day of a period, `2026-07` or `2026`."""
    year, month = int(label[:4]), int(label[5:7] or (12 if last else 1))
    if not last:
        return dt.date(year, month, 1)
    return dt.date(year + month // 12, month % 12 + 1, 1) - dt.timedelta(days=1)


def _newest(table: pa.Table, declared: Dataset, parts: Roles) -> pa.Table:
    """The newest rows, in key order among those of one time."""
    order = [(parts.time, "descending", "at_end")] if parts.time else []
    order += [(name, "ascending", "at_end") for name in declared.table.primary_key if name != parts.time]
    return table.take(pc.sort_indices(table, sort_keys=order)[:PREVIEW_ROWS])


def _preview(rows: pa.Table) -> Preview:
    rows = rows.combine_chunks()
    cells = [texts(rows.column(name), name).to_pylist() for name in rows.column_names]
    return Preview(columns=tuple(rows.column_names), rows=tuple(zip(*cells, strict=True)) if cells else ())
