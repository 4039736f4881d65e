"""Corrections as edits of a declaration: one that mends a wrong cell of a source, and one that lifts it again."""

import datetime as dt
from dataclasses import dataclass

import pyarrow as pa

from catalog.declaration.corrections import Correction
from catalog.declaration.strict import Text
from catalog.errors import DecisionError
from pipelines.conform.columns import find_columns
from pipelines.drift.changes import Draft, SourceChange
from pipelines.drift.edits import Append, Drop, Edit, Put
from pipelines.trace.heard import HeardRow

PATH = ("minsheng", "corrections")
_LASTS = dt.timedelta(days=180)
"""How long a correction holds, if nobody says: then somebody looks at it again."""
_LONGEST_ID = 40


@dataclass(frozen=True)
class Mending:
    """What a steward says of a wrong cell."""

    column: str
    instead: str
    """The text that is read instead, as the agency would write it."""
    reason: Text
    reported: dt.date
    """When the agency was told."""
    until: dt.date | None = None
    """The last day whose fetches are corrected."""
    identity: str | None = None


def proposed(draft: Draft, heard: HeardRow, mending: Mending) -> SourceChange:
    """Return the correction of a cell, as a sentence and an edit.

    Args:
        draft: the declaration.
        heard: the row as the agency sent it.
        mending: what is wrong in it, and what to read instead.

    Raises:
        DecisionError: there is no such field, or the cell has that text already.
    """
    dataset = draft.dataset
    if mending.column not in heard.texts:
        known = ", ".join(field.name for field in dataset.table.fields)
        raise DecisionError(f"{dataset.name} has no column {mending.column!r}; there are {known}")
    found, row = heard.texts[mending.column], f"row {heard.row:,} of fetch {heard.k}"
    if found == mending.instead:
        raise DecisionError(f"{dataset.name}: {mending.column} in {row} is {found!r} already")
    until = mending.until or max(mending.reported, heard.fetched_at.date()) + _LASTS
    entry = {
        "id": mending.identity or _identity(draft, mending),
        "when": heard.key,
        "field": mending.column,
        "found": found,
        "value": mending.instead,
        "reason": {"en": mending.reason.en, "zh-TW": mending.reason.zh_tw},
        "reported": mending.reported.isoformat(),
        "until": until.isoformat(),
    }
    edit: Edit = Append(PATH, entry) if dataset.minsheng.corrections else Put(PATH, [entry])
    where = ", ".join(f"{name}={text}" for name, text in heard.key.items())
    says = f"{mending.column} of {where} is {found!r} in {row}; the correction {entry['id']} reads {mending.instead!r}"
    return SourceChange("mended", says, (edit,))


def _identity(draft: Draft, mending: Mending) -> str:
    """A name for a correction that no other has."""
    taken = {one.id for one in draft.dataset.minsheng.corrections}
    first = f"{mending.column.replace('_', '-')[: _LONGEST_ID - 14]}-{mending.reported.isoformat()}".strip("-")
    names = (first, *(f"{first}-{number}" for number in range(2, 100)))
    return next(name for name in names if name not in taken)


def lifted(draft: Draft, identity: str) -> SourceChange:
    """Return the edit that takes a correction out of a declaration.

    Args:
        draft: the declaration.
        identity: the id of the correction.

    Raises:
        DecisionError: it has no such correction.
    """
    known = [one.id for one in draft.dataset.minsheng.corrections]
    if identity not in known:
        there = ", ".join(known) or "none"
        raise DecisionError(f"{draft.dataset.name} has no correction {identity!r}; there are {there}")
    return SourceChange("mended", f"the correction {identity} is lifted", (_drop(identity),))


def _drop(identity: str) -> Drop:
    return Drop(PATH, "id", identity)


def mended(draft: Draft, records: pa.Table) -> list[SourceChange]:
    """Return the corrections whose wrong text the newest answer does not have any more.

    Args:
        draft: the declaration.
        records: of the newest answer.
    """
    corrections: tuple[Correction, ...] = draft.dataset.minsheng.corrections
    if not corrections:
        return []
    seen = find_columns(draft.dataset, 1, records).corrections.get(1, {})
    return [
        SourceChange("mended", f"the source has mended what the correction {one.id} is about", (_drop(one.id),))
        for one in corrections
        if one.id in seen and seen[one.id].heard and not seen[one.id].rows
    ]
