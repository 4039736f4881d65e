"""Rows that are totals of others, by how their first text begins: 小計, 合計, 總計."""

import re
from typing import Any, NamedTuple

import pyarrow as pa

from pipelines.decode.parts.beside import is_beside

_TOTAL = re.compile(r"(?:[小合總共][ \u3000]*計|總[ \u3000]*和|(?:sub|grand )?total)", re.IGNORECASE)
_MOST = 0.3
"""The share of rows from which on totals are a kind of their own, as a third of the rows of men, women and both."""


class Totals(NamedTuple):
    """Rows that are totals."""

    column: str
    """In which they are told."""
    begins: list[str]
    """How their texts begin there, each once."""
    rows: int

    @property
    def note(self) -> str:
        """What a steward should know."""
        said = ", ".join(self.begins)
        count = f"{self.rows:,} rows" if self.rows > 1 else "1 row"
        return f"Guess: {said} in {self.column} ({count}): totals of other rows. Question: or rows of their own?"

    def omit(self, field: str) -> list[dict[str, Any]]:
        """Return the block `omit`, for the field that reads the column."""
        reason = {"en": "Totals of other rows.", "zh-TW": "其他資料列之合計。"}
        return [{"when": {field: {"begins": self.begins}}, "reason": reason}]


def see_totals(records: pa.Table) -> Totals | None:
    """Return the totals among records, told in their first column of words; None if there are none.

    Args:
        records: as the decoder gives them.
    """
    names = [name for name in records.column_names if not is_beside(name)]
    for name in names[:2]:
        texts = [(text or "").strip() for text in records.column(name).to_pylist()]
        found = [match[0] for text in texts if (match := _TOTAL.match(text))]
        if found and len(found) <= _MOST * len(texts):
            return Totals(name, sorted(set(found)), len(found))
    return None
