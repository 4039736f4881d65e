"""What a table of records carries beside the agency's columns, under names that no agency can give."""

_SIGN = "\0"
"""Begins these names. No column of an agency has it in its name: it is no text."""

FAULT = f"{_SIGN}fault"
"""For each record: null; or its raw text, where it cannot be read as a record. Its other cells are null then."""
SHEET = f"{_SIGN}sheet"
"""The name of the sheet that a record comes from."""
MEMBER = f"{_SIGN}member"
"""The name of the member of a zip file that a record comes from."""
TITLE = f"{_SIGN}title"
"""The lines above the header of the table that a record comes from, joined by line feeds."""


def is_beside(name: str) -> bool:
    """Return whether a column of a table of records is none of the agency's."""
    return name.startswith(_SIGN)
