"""Words that are codes: of a reference table that is declared here, true and false, and the two sexes."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from catalog.declaration.dataset import load_dataset, slugs
from catalog.declaration.pipeline import INLINE
from catalog.errors import MinshengError

_BOOLEANS = (("true", "false"), ("TRUE", "FALSE"), ("True", "False"), ("是", "否"), ("Y", "N"), ("有", "無"))
_FEWEST = 2
"""Different words that a reference table must know before it is proposed."""
_MOST_STRANGE = 0.1
"""The share of different words that a reference table need not know: they go to quarantine."""


class ReferenceTable(NamedTuple):
    """A table that stewards keep, by one of its columns."""

    dataset: str
    column: str
    texts: frozenset[str]
    value: str | None
    """The column with the code, where this one holds words for it; None where it holds the codes themselves."""
    refers: tuple[str, str] | None
    """The dataset and field that the codes refer to, or this table itself."""


class CodedBy(NamedTuple):
    """How words become codes."""

    table: ReferenceTable
    strange: Sequence[str]
    """Words that the table does not know."""


def reference_tables(datasets: Path) -> list[ReferenceTable]:
    """Return the reference tables among the declarations, by what may stand in an agency's column.

    Args:
        datasets: the folder of declarations.
    """
    found = []
    for slug in slugs(datasets):
        try:
            dataset = load_dataset(datasets, slug)
        except MinshengError:
            continue  # `check` says what is wrong with it
        source = dataset.minsheng.source or {}
        path = datasets / slug / str(source.get("table"))
        if source.get("protocol") != INLINE or not path.is_file() or len(dataset.table.primary_key) != 1:
            continue
        rows = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))
        key = dataset.table.primary_key[0]
        heard = dataset.field(key).heard[0]
        texts = frozenset(row[heard] for row in rows if row.get(heard))
        codes = next(((one.fields[0], one.dataset, one.to[0]) for one in dataset.minsheng.references), None)
        value, refers = (codes[0], (codes[1], codes[2])) if codes else (None, (slug, key))
        found.append(ReferenceTable(slug, key, texts, value, refers))
    return found


def coded_by(texts: Sequence[str], tables: Sequence[ReferenceTable]) -> CodedBy | None:
    """Return the reference table that knows the words of a column, or None."""
    best = None
    for table in tables:
        strange = [text for text in texts if text not in table.texts]
        known = len(texts) - len(strange)
        if known >= _FEWEST and len(strange) <= _MOST_STRANGE * len(texts):
            best = best if best and len(best.strange) <= len(strange) else CodedBy(table, strange)
    return best


def as_boolean(texts: Sequence[str]) -> dict[str, Any] | None:
    """Return how a column of two words is declared as true or false, or None."""
    for true, false in _BOOLEANS:
        if texts and set(texts) <= {true, false} and len(texts) == _FEWEST:
            words = {} if true == "true" else {"trueValues": [true], "falseValues": [false]}
            return {"type": "boolean"} | words
    return None
