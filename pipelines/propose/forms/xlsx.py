"""Workbooks of Excel: a zip file with a list of the types of its members."""

from pipelines.propose.forms import Form
from pipelines.propose.forms.parts.archives import member_names
from pipelines.propose.forms.parts.sheets import see_sheets


def see(body: bytes) -> Form | None:
    """Return how a workbook is laid out, or None if the body is none."""
    names = member_names(body)
    return see_sheets(body, "xlsx") if "[Content_Types].xml" in names and "xl/workbook.xml" in names else None
