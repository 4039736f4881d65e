"""The published Table Schema of a dataset (https://datapackage.org/standard/table-schema/)."""

from catalog.declaration.dataset import Dataset
from catalog.declaration.fields import FieldDeclaration
from catalog.periods import WRITTEN
from catalog.release.digest import Document

_TYPES = {"month": "yearmonth", "quarter": "string", "week": "string"}
"""How Table Schema calls a period, or what holds it."""


def table_schema(dataset: Dataset) -> Document:
    """Return the schema of the published columns."""
    return {
        "fields": [_published(field) for field in dataset.published],
        "primaryKey": list(dataset.table.primary_key),
        "missingValues": [""],
    }


def _published(field: FieldDeclaration) -> Document:
    published: Document = {
        "name": field.name,
        "type": _TYPES.get(field.type, field.type),
        "title": field.title.en,
        "description": field.description.en,
    }
    published["translations"] = {"zh-TW": {"title": field.title.zh_tw, "description": field.description.zh_tw}}
    constraints = field.constraints.model_dump(exclude_defaults=True, exclude_none=True)
    if field.type in ("quarter", "week"):  # Table Schema has neither, and no limits of texts
        constraints = {name: each for name, each in constraints.items() if name not in ("minimum", "maximum")}
        constraints["pattern"] = WRITTEN[field.type]
    if constraints:
        published["constraints"] = constraints
    if field.unit:
        published["unit"] = field.unit
    if field.categories:
        published["categories"] = [{"value": each.value, "label": each.label.en} for each in field.categories]
        published["translations"]["zh-TW"]["categories"] = [
            {"value": each.value, "label": each.label.zh_tw} for each in field.categories
        ]
    return published
