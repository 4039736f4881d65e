"""What a person takes away, period by period: files for spreadsheet programs, and the files of the release."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from catalog.formats.xlsx import MOST_ROWS
from catalog.release.digest import Document
from catalog.release.document import Release, Resource
from catalog.release.read import WHOLE
from catalog.site import views
from catalog.site.words import Words

__all__ = ["MOST_ROWS", "WHOLE", "Download", "SheetFile", "Spreadsheet", "downloads", "guarded", "period_name"]


class SheetFile(NamedTuple):
    """A file for spreadsheet programs."""

    key: str
    bytes: int


class Spreadsheet(NamedTuple):
    """A period of the newest release, for spreadsheet programs."""

    label: str
    rows: int
    xlsx: SheetFile | None
    """None where there is more than a workbook holds."""
    csv: SheetFile
    guarded: int
    """Cells of the CSV that have an apostrophe more than the rows, see `catalog.formats.sheet_csv`."""

    @property
    def document(self) -> Document:
        """The same as JSON."""
        return {**self._asdict(), "xlsx": self.xlsx and self.xlsx._asdict(), "csv": self.csv._asdict()}


class Download(NamedTuple):
    """A period, in every form."""

    label: str
    """As files are named by it: 2026-07, 2026, all."""
    rows: int
    sheets: Spreadsheet | None
    """None while its files could not be made."""
    csv_gz: Resource
    parquet: Resource


def downloads(release: Release, spreadsheets: Sequence[Spreadsheet]) -> list[Download]:
    """Return what there is to take away, the newest period first.

    Args:
        release: the newest.
        spreadsheets: of its periods, as far as they could be made.
    """
    by_label = {each.label: each for each in spreadsheets}
    return [
        Download(each.label, each.rows, by_label.get(each.label), each.csv, each.parquet)
        for each in views.partitions(release)
    ]


def guarded(some: Sequence[Download]) -> int:
    """Return how many cells of the CSV files for spreadsheet programs have an apostrophe more than the rows."""
    return sum(each.sheets.guarded for each in some if each.sheets)


def period_name(words: Words, label: str) -> str:
    """Return a period as people write it: a month, a year, or the whole table."""
    if label == WHOLE:
        return str(words("books.whole"))
    month = re.fullmatch(r"([0-9]{4})-(0[1-9]|1[0-2])", label)
    if month:
        return str(words("books.month", year=month[1], month=words(f"month.{int(month[2])}")))
    return str(words("books.year", year=label)) if re.fullmatch("[0-9]{4}", label) else label
