"""Workbooks of old Excel: a compound file, or XML of 2003."""

from pipelines.decode.parts.sheets import COMPOUND_FILE
from pipelines.decode.parts.spreadsheet_xml import is_spreadsheet
from pipelines.propose.forms import Form
from pipelines.propose.forms.parts.sheets import see_sheets


def see(body: bytes) -> Form | None:
    """Return how a workbook is laid out, or None if the body is none."""
    return see_sheets(body, "xls") if body.startswith(COMPOUND_FILE) or is_spreadsheet(body) else None
