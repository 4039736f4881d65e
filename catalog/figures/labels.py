"""Names of codes in both languages: of the same row, of a field's categories, of the reference table of a field."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from catalog.declaration.dataset import Dataset
from catalog.declaration.views import Names, Views
from catalog.figures.document import Label
from catalog.figures.roles import Roles


@dataclass(frozen=True)
class Labels:
    """What codes are called."""

    columns: Mapping[str, Names] = field(default_factory=dict)
    """Of a column, those of the same row that name it."""
    codes: Mapping[str, Mapping[str, Label]] = field(default_factory=dict)
    """Of a column, its codes."""

    named: Mapping[str, Mapping[str, Label]] = field(default_factory=dict)
    """Of a column, the codes that the declaration itself names, before all others."""

    def of(self, column: str, code: str, row: Mapping[str, Any] | Any = None) -> Label:
        """Return the name of a code; the code itself where it has none.

        Args:
            column: whose code it is.
            code: the code, as text.
            row: the row it stands in.
        """
        if (declared := self.named.get(column, {}).get(code)) is not None:
            return declared
        names = self.columns.get(column)
        if names is not None and row is not None:
            found = (row[names.en], row[names.zh_tw])
            if all(isinstance(each, str) for each in found):
                return Label(en=found[0], zh_tw=found[1])
        return self.codes.get(column, {}).get(code) or Label(en=code, zh_tw=code)


def labels(dataset: Dataset, roles: Roles, tables: Mapping[str, tuple[Dataset, pa.Table]]) -> Labels:
    """Gather the names of the codes of a dataset.

    Args:
        dataset: the declaration.
        roles: what part each column plays.
        tables: the reference tables that are released, by dataset: declaration and rows.
    """
    codes: dict[str, dict[str, Label]] = {}
    for each in dataset.published:
        if each.categories:
            codes[each.name] = {
                str(one.value): Label(en=one.label.en, zh_tw=one.label.zh_tw) for one in each.categories
            }
    for reference in dataset.minsheng.references:
        if reference.plain and reference.dataset in tables:
            codes[reference.fields[0]] = _of_table(*tables[reference.dataset], reference.to[0])
    views = dataset.minsheng.views or Views()
    named = {
        column: {code: Label(en=text.en, zh_tw=text.zh_tw) for code, text in names.items()}
        for column, names in views.names.items()
    }
    return Labels(roles.labels, codes, named)


def _of_table(declared: Dataset, rows: pa.Table, code: str) -> dict[str, Label]:
    views = declared.minsheng.views or Views()
    named = views.labels.get(code)
    if named is None or code not in rows.column_names:
        return {}
    en, zh = (named, named) if isinstance(named, str) else (named.en, named.zh_tw)
    columns = [rows.column(name).to_pylist() for name in (code, en, zh)]
    return {str(key): Label(en=str(a), zh_tw=str(b)) for key, a, b in zip(*columns, strict=True) if key and a and b}
