"""Workbooks of OpenDocument: a zip file that says what it is."""

from pipelines.propose.forms import Form
from pipelines.propose.forms.parts.archives import member_names
from pipelines.propose.forms.parts.sheets import see_sheets


def see(body: bytes) -> Form | None:
    """Return how a workbook is laid out, or None if the body is none."""
    names = member_names(body)
    return see_sheets(body, "ods") if "content.xml" in names and "mimetype" in names else None
