"""What a table of records carries beside the agency's columns, under names that no agency can give."""

import re
from collections.abc import Iterable

import numpy as np
import pyarrow as pa

from catalog.errors import SourceError

_SIGN = "\0"
"""Begins these names. No column of an agency has it in its name: it is no text."""

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")

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


def check_names(names: Iterable[str]) -> None:
    """Check that the names of an agency's columns are text: tabs and line breaks may stand in them, no other controls.

    Raises:
        SourceError: a control character stands in one.
    """
    for name in names:
        if found := _CONTROL.search(name):
            raise SourceError(
                f"expected names of columns that are text, found the control character U+{ord(found[0]):04X} in "
                f"{name[:60]!r}; is `encoding` declared right?"
            )


def of_field(name: str) -> str:
    """Return the column with the texts of a declared field that come from besides the cells."""
    return f"{_SIGN}of {name}"


def constant(text: str, count: int) -> pa.DictionaryArray:
    """Return a column that says the same of each record, and stores it once."""
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(count, np.int32)), pa.array([text]))


def with_constant(table: pa.Table, name: str, text: str) -> pa.Table:
    """Return records with a column beside the agency's that says the same of each; one that is there stays."""
    return table if name in table.column_names else table.append_column(name, constant(text, table.num_rows))
