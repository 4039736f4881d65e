"""What the portal data.gov.tw says of a dataset: titles in both languages, publisher, keywords, names of columns.

The record is the JSON of `https://data.gov.tw/api/v2/rest/dataset/NUMBER`, or a row of the portal's export as JSON.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from catalog.declaration.names import fold_name
from catalog.errors import SourceError

_KEYS = {
    "title": ("title", "datasetName", "資料集名稱", "name"),
    "title_en": ("titleEn", "title_en", "englishTitle", "資料集英文名稱"),
    "description": ("description", "datasetDescription", "資料集描述", "notes"),
    "description_en": ("descriptionEn", "description_en", "資料集英文描述"),
    "publisher": ("publisher", "agencyName", "organization", "提供機關"),
    "columns": ("fieldDescription", "resourceField", "主要欄位說明"),
    "keywords": ("keyword", "keywords", "tag", "標籤"),
    "number": ("datasetId", "identifier", "資料集識別碼"),
    "cadence": ("accrualPeriodicity", "updateFrequency", "更新頻率"),
}
"""What the portal has called each of them."""
_ADDRESS = ("resourceDownloadUrl", "downloadURL", "downloadUrl", "資料下載網址")
_BETWEEN = re.compile(r"[、;；,，\n]+")
_PAIR = re.compile(r"([\w.]+)\s*[(（:：]\s*([^)）]+)")


@dataclass(frozen=True)
class PortalRecord:
    """A record of the portal, as far as a declaration needs it."""

    title: str = ""
    title_en: str = ""
    description: str = ""
    description_en: str = ""
    publisher: str = ""
    number: str = ""
    cadence: str = ""
    keywords: tuple[str, ...] = ()
    columns: tuple[tuple[str, str], ...] = ()
    """Names of columns, and what the portal calls them in Chinese."""
    addresses: tuple[str, ...] = ()
    """Where its files are."""

    def title_of(self, heard: str) -> str | None:
        """Return what the portal calls a column, or None."""
        names = {fold_name(name): title for name, title in self.columns}
        return names.get(fold_name(heard))


def is_record(body: bytes) -> bool:
    """Return whether a body is a record of the portal."""
    try:
        return bool(read_record(body).addresses)
    except SourceError:
        return False


def read_record(body: bytes) -> PortalRecord:
    """Return the record in a body.

    Raises:
        SourceError: it is none.
    """
    try:
        document = json.loads(body.decode("utf-8-sig"))
    except (UnicodeDecodeError, ValueError) as error:
        raise SourceError(
            f"expected a record of data.gov.tw as JSON, found a body that begins {body[:60]!r}"
        ) from error
    record = document
    for key in ("result", "records"):
        record = record.get(key, record) if isinstance(record, dict) else record
    record = record[0] if isinstance(record, list) and record else record
    if not isinstance(record, dict) or not _said(record, "title"):
        raise SourceError("expected a record of data.gov.tw, an object with a title, found none")
    files = next((record[key] for key in ("distribution", "resources") if isinstance(record.get(key), list)), [record])
    files = [one for one in files if isinstance(one, dict)]
    told = _said(record, "columns") or next(filter(None, (_said(one, "columns") for one in files)), "")
    return PortalRecord(
        **{key: _said(record, key) for key in _KEYS if key not in ("keywords", "columns")},
        keywords=tuple(filter(None, map(str.strip, _BETWEEN.split(_said(record, "keywords"))))),
        columns=tuple((name, title.strip()) for name, title in _PAIR.findall(told)),
        addresses=tuple(
            found for one in files for key in _ADDRESS for found in str(one.get(key) or "").split(";") if found
        ),
    )


def _said(record: dict[str, Any], key: str) -> str:
    for name in _KEYS[key]:
        value = record.get(name)
        if isinstance(value, dict):
            value = value.get("name")
        if isinstance(value, list):
            value = ";".join(str(one) for one in value if isinstance(one, str | int))
        if isinstance(value, str | int) and str(value).strip():
            return str(value).strip()
    return ""
