"""What changed in a source, as a sentence and the edits that accept it; and a declaration that is edited."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import pyarrow as pa

from catalog.declaration.dataset import Dataset
from catalog.declaration.fields import FieldDeclaration
from catalog.declaration.yaml12 import parse_yaml
from pipelines.drift.edits import Edit, Put, edited

Kind = Literal[
    "address",
    "paging",
    "encoding",
    "moved",
    "renamed",
    "gone",
    "added",
    "type",
    "missing",
    "codes",
    "unit",
    "mended",
    "unreadable",
]


@dataclass(frozen=True)
class SourceChange:
    """One thing that changed."""

    kind: Kind
    says: str
    """One sentence, without a full stop."""
    edits: tuple[Edit, ...] = ()
    """None where no edit can accept it, and a steward must decide."""


@dataclass(frozen=True)
class Draft:
    """A declaration as it is edited: its text, and what that says."""

    text: str
    dataset: Dataset
    changes: tuple[SourceChange, ...] = field(default=())

    def after(self, changes: Sequence[SourceChange]) -> "Draft":
        """Return the draft with further changes, each edited in.

        Raises:
            DeclarationError: the edited text is no declaration.
        """
        text = edited(self.text, [edit for change in changes for edit in change.edits])
        dataset = (
            Dataset.load(parse_yaml(text, self.dataset.name), self.dataset.name) if text != self.text else self.dataset
        )
        return replace(self, text=text, dataset=dataset, changes=(*self.changes, *changes))

    def field_path(self, name: str) -> tuple[str | int, ...]:
        """Return where a field stands in the text."""
        at = [one.name for one in self.dataset.table.fields].index(name)
        return ("schema", "fields", at)

    def put(self, of: FieldDeclaration, *path: str, value: Any) -> Put:
        """Return the edit that gives a key of a field a value."""
        return Put((*self.field_path(of.name), *path), value)


@dataclass(frozen=True)
class Past:
    """What the last release says of the same things."""

    rows: pa.Table
    """Of its newest partition; without rows where there is no release."""
    count: int
    """Rows of all partitions."""
    key: tuple[str, ...]
    times: frozenset[str]
    """Those of the key that are times."""
    tables: Mapping[str, pa.Table]
    """The reference tables."""
