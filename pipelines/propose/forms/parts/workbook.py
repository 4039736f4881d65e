"""What a workbook says of its sheets besides their cells: which are hidden, and which cells are merged."""

import io
from typing import NamedTuple

from python_calamine import CalamineError, SheetTypeEnum, SheetVisibleEnum, load_workbook


class SheetFacts(NamedTuple):
    """What is said of one sheet."""

    hidden: bool
    """Whether a reader of the workbook does not see it."""
    merged_down: tuple[tuple[int, int], ...]
    """Of cells that are merged over several rows, the first row and the first column, both from 0."""


def facts_of(body: bytes) -> dict[str, SheetFacts]:
    """Return what a workbook says of each sheet; nothing where the library cannot read it, or says nothing of it.

    Args:
        body: of an .xls, .xlsx or .ods that its decoder has read, so that it is known to be within the limits.
    """
    found: dict[str, SheetFacts] = {}
    try:
        with load_workbook(io.BytesIO(body)) as workbook:
            for sheet in workbook.sheets_metadata:
                if sheet.typ != SheetTypeEnum.WorkSheet:
                    continue
                ranges = workbook.get_sheet_by_name(sheet.name).merged_cell_ranges or []
                down = tuple(sorted(first for first, last in ranges if last[0] > first[0]))
                found[sheet.name] = SheetFacts(sheet.visible != SheetVisibleEnum.Visible, down)
    except BaseException as error:
        # A panic of the library is no Exception, as `decode.parts.sheets` says.
        if not isinstance(error, CalamineError | OverflowError) and type(error).__name__ != "PanicException":
            raise
    return found
