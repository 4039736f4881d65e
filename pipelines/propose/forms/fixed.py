"""Text in columns without a separator: runs of blanks between cells."""

from collections import Counter

from pipelines.propose.forms import Form
from pipelines.propose.forms.parts.encodings import encoding_of
from pipelines.propose.forms.parts.rows import see_rows

_ALIKE = 0.8
"""The share of lines that have the same number of cells."""


def see(body: bytes) -> Form | None:
    """Return how a body is written, or None if its lines are not cut alike by blanks."""
    encoded = encoding_of(body)
    text = encoded.decoded(body).lstrip("\ufeff")
    rows = [line.split() for line in text.splitlines()]
    widths = Counter(map(len, filter(None, rows)))
    width, count = max(widths.items(), key=lambda each: each[1], default=(0, 0))
    if width < 2 or count < _ALIKE * sum(widths.values()):
        return None
    seen = see_rows(rows)
    if len(rows) > 1 and rows[0] and rows[0][0].startswith("#") and rows[1] and rows[1][0].startswith("#"):
        seen.options.pop("units_line", None)
        seen.options |= {"header": [rows[0][0], rows[1][0]], "header_line": 1}
        seen.units = dict(zip(rows[0], rows[1], strict=False))
    return Form("fixed", encoded.options | seen.options, (*encoded.notes(text), *seen.notes), seen.titles, seen.units)
