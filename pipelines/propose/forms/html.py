"""Pages of HTML, also those that are called .xls: which table, and where its rows are."""

import re
from typing import Any

from catalog.errors import SourceError
from pipelines.propose.forms import Form
from pipelines.propose.forms.parts.encodings import encoding_of
from pipelines.propose.forms.parts.rows import see_rows
from pipelines.propose.forms.parts.sheets import raw_rows

_TABLE = re.compile(rb"<table[\s>]", re.IGNORECASE)
_MOST_TABLES = 30


def see(body: bytes) -> Form | None:
    """Return how the largest table of a page is laid out, or None if the body is no page, or has no table."""
    begins = body.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not begins.startswith(b"<") or (begins.startswith(b"<?xml") and b"<html" not in begins[:2000].lower()):
        return None
    count = len(_TABLE.findall(body))
    if not count:
        return None
    encoded = encoding_of(body)
    text = encoded.decoded(body)
    best: tuple[int, Form] | None = None
    for number in range(1, min(count, _MOST_TABLES) + 1):
        options: dict[str, Any] = encoded.options | ({} if number == 1 else {"table": number})
        for spans in ({}, {"spans": "spread"}):
            try:
                (rows,) = raw_rows(body, "html", options | spans).values()
            except (SourceError, ValueError):
                continue
            seen = see_rows(rows)
            size = sum(1 for row in rows for cell in row if cell)
            question = [f"Question: is it table {number} of {count}?"] if count > 1 else []
            notes = (*encoded.notes(text), *question, *seen.notes)
            form = Form("html", options | spans | seen.options, notes, seen.titles, seen.units)
            best = max(best or (0, form), (size, form), key=lambda one: one[0])
            break
    return best[1] if best else None
