"""Names in place of codes, as of the release that used them: of the schema, of a reference table, of the same row.

Which columns name a code is declared (`views.labels`): beside the code in its own table, or in the reference table.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from catalog import keys
from catalog.declaration.references import plain_references
from catalog.release import publish
from catalog.release.digest import Document
from catalog.release.read import ReleaseFiles
from catalog.site.sources import Released
from catalog.store import Store

MOST_NAMES = 20_000
"""Rows of a reference table that is read for its names."""

InEach = Mapping[str, str]
"""By language."""


class Named(NamedTuple):
    """What the codes of a release are called."""

    codes: Mapping[str, Mapping[str, InEach]]
    """By column and value, the label in each language."""
    beside: Mapping[str, InEach]
    """By column, the column of the same row that names it in each language."""

    def label(self, column: str, value: str, language: str) -> str | None:
        """Return what a code is called; None if it has no name."""
        return self.codes.get(column, {}).get(value, {}).get(language)


class NamesOfCodes:
    """Reads the names of codes; a release of a reference table once, for most datasets refer to the same one."""

    def __init__(self, public: Store) -> None:
        self._public = public
        self._referred: dict[tuple[str, int, str], Mapping[str, InEach]] = {}

    def of(self, released: Released) -> Named:
        """Return the names of the codes of a release.

        Raises:
            DamagedFile: the file of a reference table is not there, or another one.
        """
        codes = {each["name"]: _declared(each) for each in released.schema["fields"] if each.get("categories")}
        used = {each.dataset: each.n for each in released.release.facts.inputs}
        for reference in plain_references(released.declared.get("minsheng", {})):
            n, column = used.get(reference.dataset), reference.fields[0]
            if n:
                where = (reference.dataset, n, reference.to[0])
                if where not in self._referred:
                    self._referred[where] = _of_table(self._public, *where)
                codes[column] = {**self._referred[where], **codes.get(column, {})}
        return Named(codes, _columns(released.declared))


def _columns(declared: Document) -> dict[str, InEach]:
    """The columns that name codes, by the column of the code."""
    named = (declared.get("minsheng", {}).get("views") or {}).get("labels", {})
    return {
        column: dict.fromkeys(keys.LANGUAGES, names) if isinstance(names, str) else names
        for column, names in named.items()
    }


def _declared(column: Document) -> dict[str, InEach]:
    chinese = column.get("translations", {}).get("zh-TW", {}).get("categories", ())
    zh = {each["value"]: each["label"] for each in chinese}
    return {
        str(each["value"]): {"en": each["label"], "zh-TW": zh.get(each["value"], each["label"])}
        for each in column["categories"]
    }


def _of_table(public: Store, slug: str, n: int, code: str) -> dict[str, InEach]:
    release = publish.load(public, slug, n)
    files = ReleaseFiles(public, release)
    names = _columns(files.fact("declaration")["dataset"]).get(code)
    if names is None or release.rows > MOST_NAMES:
        return {}
    return {str(row[code]): _names(row, names) for row in files.table().to_pylist()}


def _names(row: Mapping[str, Any], columns: InEach) -> dict[str, str]:
    found = {language: row.get(column) for language, column in columns.items()}
    return {language: str(name) for language, name in found.items() if name}
