"""Which columns have another name, came, or are gone."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from catalog.declaration.dataset import Dataset
from catalog.declaration.fields import FieldDeclaration
from catalog.declaration.names import fold_name
from catalog.errors import SourceError
from pipelines.conform.columns import columns_of, unmatched
from pipelines.decode.parts.beside import is_beside
from pipelines.drift.changes import Draft, Past, SourceChange
from pipelines.drift.edits import Append
from pipelines.drift.likeness import Likeness, likeness, loose

_COMPARED_ROWS = 2_000
_TOO_CLOSE = 0.05
"""Two columns whose likeness differs by less cannot be told apart."""
_FAR = 0.15
"""A column that is so much more alike than any other is it, even if values moved."""
_NAME = re.compile(r"[a-z][a-z0-9_]*")


def column_changes(draft: Draft, records: pa.Table, past: Past) -> list[SourceChange]:
    """Return what became of the columns of a source.

    Args:
        draft: the declaration.
        records: the records of the newest fetch.
        past: the last release.
    """
    names = [name for name in records.column_names if not is_beside(name)]
    try:
        found = columns_of(loose(draft.dataset), names)
    except SourceError as error:
        return [SourceChange("renamed", f"{error.message}; shorten heard_as")]
    vanished, unknown = unmatched(draft.dataset, found, names)
    gone, new = [draft.dataset.field(name) for name in vanished], list(unknown)
    changes: list[SourceChange] = []
    for field, column, why in _renamed(draft.dataset, gone, new, records, past):
        gone.remove(field)
        new.remove(column)
        heard = [*dict.fromkeys([*field.heard, column])]
        says = f"the column {field.heard[-1]!r} (field {field.name}) is called {column!r} now: {why}"
        changes.append(SourceChange("renamed", says, (draft.put(field, "heard_as", value=heard),)))
    changes += [_gone(draft, field) for field in gone]
    return [*changes, *_added(draft, new)]


def _renamed(
    dataset: Dataset, gone: Sequence[FieldDeclaration], new: Sequence[str], records: pa.Table, past: Past
) -> list[tuple[FieldDeclaration, str, str]]:
    """Pairs of a field and the column that it is called now, the surest first; each once."""
    some, free = records.slice(0, _COMPARED_ROWS), loose(dataset)
    alike = {(one.name, name): likeness(free, one, name, some, past) for one in gone for name in new}
    fields = {one.name: one for one in gone}
    pairs: list[tuple[FieldDeclaration, str, str]] = []
    for (field, column), found in sorted(alike.items(), key=lambda pair: -pair[1].score):
        if field not in fields or column not in _left(new, pairs):
            continue
        rivals = [
            other.score
            for (name, rival), other in alike.items()
            if (name == field) != (rival == column) and name in fields and rival in _left(new, pairs)
        ]
        margin = found.score - max(rivals, default=0.0)
        if margin >= _TOO_CLOSE and (found.convinces or (margin >= _FAR and found.suggests)):
            pairs.append((fields.pop(field), column, _why(found)))
    return pairs


def _left(new: Sequence[str], pairs: Sequence[tuple[FieldDeclaration, str, str]]) -> set[str]:
    return set(new) - {column for _, column, _ in pairs}


def _why(found: Likeness) -> str:
    if found.values is None:
        return f"the names are alike ({found.name:.0%})"
    return f"{found.values:.0%} of its values are alike, {found.name:.0%} of its name"


def _gone(draft: Draft, field: FieldDeclaration) -> SourceChange:
    names = " or ".join(map(repr, field.heard))
    if field.name in draft.dataset.table.primary_key or field.constraints.required:
        what = "the key" if field.name in draft.dataset.table.primary_key else "every row"
        return SourceChange(
            "gone", f"the column {names} (field {field.name}) is gone, and {what} needs it: decide what stands for it"
        )
    says = f"the column {names} (field {field.name}) is gone: its cells are empty from now on"
    return SourceChange("gone", says, (draft.put(field, "optional", value=True),))


def _added(draft: Draft, new: Sequence[str]) -> list[SourceChange]:
    taken = {one.name for one in draft.dataset.table.fields}
    changes = []
    for column in new:
        name = _name_of(column, taken)
        taken.add(name)
        stub: dict[str, Any] = {
            "name": name,
            "title": {"en": column.strip() or name, "zh-TW": column.strip() or name},
            "description": {"en": "New in the source, not described yet.", "zh-TW": "來源新增的欄位，尚未說明。"},
            "type": "string",
            "heard_as": column,
            "publish": "no",
        }
        says = f"the column {column!r} is new: it is kept back until you describe it"
        comment = "new: give it a name, a type and a meaning, and take publish away; or leave it kept back"
        changes.append(SourceChange("added", says, (Append(("schema", "fields"), stub, comment),)))
    return changes


def _name_of(column: str, taken: set[str]) -> str:
    """A name for a field that is not published yet: of the letters that the column has, else a number."""
    plain = re.sub(r"[^a-z0-9]+", "_", unicodedata.normalize("NFKC", fold_name(column))).strip("_")[:40]
    base = plain if _NAME.fullmatch(plain) else "new_column"
    name, number = base, 2
    while name in taken:
        name, number = f"{base}_{number}", number + 1
    return name
