"""What a person opens in a spreadsheet: a workbook and a CSV of each period of the newest release, or of the whole.

They are no files of the release, for another version of this code makes other bytes. `excel.json` lists them, and
says of what each was made. So a night without news reads that list, sees by one listing that all files are there in
their size, and reads no row; a night with news reads the periods whose rows, columns or explanation changed.
"""

import functools
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pyarrow as pa
from pydantic import BaseModel, ConfigDict, ValidationError

from catalog import keys
from catalog.declaration.dataset import digest
from catalog.derived.explained import columns_lines, rows_lines
from catalog.errors import MinshengError
from catalog.formats import sheet_csv, xlsx
from catalog.release import publish
from catalog.release.digest import Document, canonical, sha256
from catalog.release.document import Release
from catalog.release.read import WHOLE, ReleaseFiles
from catalog.site.downloads import SheetFile, Spreadsheet
from catalog.store import Store, put_over
from catalog.store.sure import UNSEEN

_LAYOUT = 1
"""Raised when what the second sheet says changes, so that every file is made again."""
_FORM = ConfigDict(extra="forbid", strict=True)


class Written(NamedTuple):
    """What came of it."""

    files: tuple[Spreadsheet, ...]
    """Of each period whose files are there, in the order of labels."""
    faults: tuple[MinshengError, ...]
    """Why others have none."""


class _File(BaseModel):
    model_config = _FORM
    path: str
    """Relative to the dataset's folder, for readers; where a file lies follows from its period."""
    bytes: int
    sha256: str
    etag: str
    """The store's."""


class _Period(BaseModel):
    model_config = _FORM
    of: str
    """Digest of what it was made of."""
    rows: int
    xlsx: _File | None
    csv: _File
    guarded: int


class _List(BaseModel):
    model_config = _FORM
    dataset: str
    periods: dict[str, _Period]


def write(public: Store, release: Release, listed: Sequence[Document]) -> Written:
    """Write the files of the periods that changed, or whose files are gone or have another size; delete all others.

    A period that cannot be read stops no other one. Its files of before stay, and are not returned.

    Args:
        public: the store.
        release: the newest release.
        listed: all releases that are not withdrawn, oldest first, as releases.json lists them.
    """
    before = _read(public, release.name)
    made = _Making(public, release, _sizes(public, release, before))
    since = {file["path"]: each for each in listed for file in each["added"]}  # the last that brought it
    periods = {label: each for label, each in (before or {}).items() if label in release.partitions}
    files, faults = list[Spreadsheet](), list[MinshengError]()
    try:
        for label, resource in release.partitions.items():
            about = rows_lines(release, label, since.get(resource.path, listed[-1]))
            try:
                periods[label] = made.again(label, about, periods.get(label))
                files.append(_shown(release.name, label, periods[label]))
            except MinshengError as error:
                faults.append(error)
        made.delete_others(periods)
    finally:  # what is written is known as written, whatever stops the rest
        if periods != before:
            body = canonical(_List(dataset=release.name, periods=periods).model_dump())
            put_over(public, keys.spreadsheets(release.name), body)
    return Written(tuple(files), tuple(faults))


def _read(public: Store, slug: str) -> dict[str, _Period] | None:
    """The periods that are listed; None if the list is gone, broken or of another dataset."""
    try:
        stored = _List.model_validate(publish.read_json(public, keys.spreadsheets(slug)))
    except ValidationError:
        return None
    return stored.periods if stored.dataset == slug else None


def _sizes(public: Store, release: Release, listed: Mapping[str, _Period] | None) -> dict[str, int]:
    """The size of each file that is stored, by key: one listing, or two where all must be looked for."""
    labels, found = {*release.partitions, *(listed or {})}, dict[str, int]()
    if listed is None or labels - {WHOLE}:
        found |= public.sizes(keys.spreadsheets_folder(release.name))
    if listed is None or WHOLE in labels:
        top = {_key(release.name, WHOLE, end) for end in (xlsx.END, sheet_csv.END)}
        sizes = public.sizes(keys.dataset(release.name, f"{release.name}."))
        found |= {key: size for key, size in sizes.items() if key in top}
    return {key: size for key, size in found.items() if key.endswith((f".{xlsx.END}", f".{sheet_csv.END}"))}


def _key(slug: str, label: str, end: str) -> str:
    return keys.spreadsheet(slug, None if label == WHOLE else label, end)


def _shown(slug: str, label: str, period: _Period) -> Spreadsheet:
    book = SheetFile(_key(slug, label, xlsx.END), period.xlsx.bytes) if period.xlsx else None
    csv = SheetFile(_key(slug, label, sheet_csv.END), period.csv.bytes)
    return Spreadsheet(label, period.rows, book, csv, period.guarded)


class _Making:
    """Makes the files of one release, where that is needed."""

    def __init__(self, public: Store, release: Release, sizes: dict[str, int]) -> None:
        """Read nothing yet.

        Args:
            public: the store.
            release: the newest release.
            sizes: of the files that are stored, by key.
        """
        self.public, self.release, self.sizes = public, release, sizes
        self.files = ReleaseFiles(public, release)

    @functools.cached_property
    def schema(self) -> Document:
        """The Table Schema, read once."""
        return self.files.schema()

    def again(self, label: str, about: list[list[str]], kept: _Period | None) -> _Period:
        """Return what the files of a period are, made again unless they are there and were made of the same.

        Args:
            label: of the period.
            about: what the second sheet says of it, columns apart.
            kept: what its files were when they were made last.

        Raises:
            IntegrityError: its rows cannot be read.
        """
        layouts = [_LAYOUT, xlsx.LAYOUT, sheet_csv.LAYOUT]
        of = digest({"layouts": layouts, "schema": self.release.facts.schema.sha256, "about": about})
        if kept and kept.of == of and self._there(label, kept):
            return kept
        table = self.files.partition(label)
        safe = sheet_csv.guard(table)
        csv = self._put(label, sheet_csv.END, sheet_csv.render(safe.table), kept.csv if kept else None)
        book = self._workbook(label, table, about, kept.xlsx if kept else None)
        return _Period(of=of, rows=table.num_rows, xlsx=book, csv=csv, guarded=safe.cells)

    def delete_others(self, periods: Mapping[str, _Period]) -> None:
        """Delete the files of periods that left, and workbooks that were outgrown: old ones would mislead."""
        slug = self.release.name
        named = {_key(slug, label, sheet_csv.END) for label in periods}
        named |= {_key(slug, label, xlsx.END) for label, each in periods.items() if each.xlsx}
        for key in sorted(set(self.sizes) - named):
            self.public.delete(key)

    def _there(self, label: str, period: _Period) -> bool:
        files = {xlsx.END: period.xlsx, sheet_csv.END: period.csv}
        return all(
            self.sizes.get(_key(self.release.name, label, end)) == file.bytes for end, file in files.items() if file
        )

    def _workbook(self, label: str, table: pa.Table, about: list[list[str]], kept: _File | None) -> _File | None:
        if not xlsx.fits(table):
            return None
        lines = [*about, *columns_lines(self.schema, table.schema)]
        return self._put(label, xlsx.END, xlsx.render(table, lines), kept)

    def _put(self, label: str, end: str, body: bytes, kept: _File | None) -> _File:
        key, sha = _key(self.release.name, label, end), sha256(body)
        size = self.sizes.get(key)
        if kept and kept.sha256 == sha and size == len(body):
            return kept
        seen = None if size is None else kept.etag if kept else UNSEEN
        etag = put_over(self.public, key, body, seen)
        path = key.removeprefix(f"{keys.dataset(self.release.name)}/")
        return _File(path=path, bytes=len(body), sha256=sha, etag=etag)
