"""The CSV that a spreadsheet program opens at once: not compressed, and it begins with a byte order mark.

Without that mark Excel takes UTF-8 for the code page of the machine. The cells are those of the canonical CSV, but for
one thing: a spreadsheet takes a text that begins with one of = + - @, a tab or a line break for a formula, whatever
quotes stand around it, and a formula can start programs and send away what stands in other cells (OWASP, CSV Injection:
https://owasp.org/www-community/attacks/CSV_Injection). Such a text gets an apostrophe before it, and is counted. Who
removes one apostrophe before such a mark has the text again: a text that had apostrophes there already gets one more.

Numbers are never touched, nor is a text that is a number, as -5 or +3.2, or signs alone, as - or --.
"""

from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from catalog.formats import csv

END = "csv"
LAYOUT = 1
"""Raised when what is written here changes, so that the files are written anew."""
BOM = b"\xef\xbb\xbf"

_FORMULA = "^'*[=+\\-@\\t\\r\\n＝＋－＠]"
"""In full width too: a spreadsheet set up in an East Asian language reads these the same."""
_HARMLESS = r"^(?:[+-]?[0-9]+(?:[.,][0-9]+)*%?|[-+－＋]+)$"


class SafeTable(NamedTuple):
    """A table whose texts no spreadsheet takes for formulas."""

    table: pa.Table
    cells: int
    """How many of its cells have an apostrophe more than the rows."""


def render(table: pa.Table) -> bytes:
    """Return the CSV of a table; see `guard`.

    Raises:
        IntegrityError: as `csv.pieces` says.
    """
    return b"".join([BOM, *csv.pieces(table)])


def guard(table: pa.Table) -> SafeTable:
    """Put an apostrophe before each text that a spreadsheet would take for a formula."""
    guarded = 0
    for i, field in enumerate(table.schema):
        if not pa.types.is_string(field.type):
            continue
        texts = table.column(i)
        risky = pc.fill_null(pc.match_substring_regex(texts, _FORMULA), False)
        if not pc.any(risky).as_py():
            continue
        risky = pc.and_not(risky, pc.fill_null(pc.match_substring_regex(texts, _HARMLESS), False))
        guarded += pc.sum(risky).as_py()
        table = table.set_column(i, field, pc.if_else(risky, pc.binary_join_element_wise("'", texts, ""), texts))
    return SafeTable(table, guarded)
