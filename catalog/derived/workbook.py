"""The workbook of a small dataset: `<name>.xlsx`, derived from the newest release.

It is no file of the release, for another version of its writer makes other bytes: who cites rows cites the release,
which the workbook names.
"""

import contextlib
import datetime as dt

import pyarrow as pa

from catalog import keys
from catalog.declaration.dataset import digest
from catalog.formats import xlsx
from catalog.release.digest import Document
from catalog.release.document import Release
from catalog.release.read import WHOLE, ReleaseFiles
from catalog.store import Absent, Store, put_over
from catalog.store.spans import Spans

_LAYOUT = 1
"""Raised when what is written here changes, so that every workbook is written anew."""


def write(public: Store, release: Release) -> bool:
    """Write the workbook of a dataset, unless the one that is there was made of this release; say if it has one.

    A table in partitions has none, for a night reads only the partitions that it changes. A table that has outgrown a
    workbook loses it: an old one beside newer rows would mislead.

    Args:
        public: the store.
        release: the newest release.
    """
    slug = release.name
    made_of = digest({"layout": _LAYOUT, "writer": xlsx.WRITER, "release": release.sha256})
    if set(release.partitions) == {WHOLE}:
        if _made_of(public, slug) == made_of:
            return True
        files = ReleaseFiles(public, release)
        schema = files.schema()
        table = files.table() if release.rows * len(schema["fields"]) <= xlsx.MOST_CELLS else None
        if table is not None and xlsx.fits(table):
            created = dt.datetime.fromisoformat(release.created)
            body = xlsx.render(table, _about(release, schema, table.schema), made_of, created)
            put_over(public, keys.workbook(slug), body)
            return True
    if public.head(keys.workbook(slug)) is not None:
        public.delete(keys.workbook(slug))
    return False


def _made_of(public: Store, slug: str) -> str | None:
    """What the stored workbook was made of; nothing where there is none, or a broken one."""
    with contextlib.suppress(Absent, xlsx.Broken):
        return xlsx.made_of(Spans(public, keys.workbook(slug)))
    return None


def _about(release: Release, schema: Document, columns: pa.Schema) -> list[list[str]]:
    """The lines of the second sheet: the release, and what each column means."""
    licence = release.licenses[0]
    zones = sorted({field.type.tz for field in columns if pa.types.is_timestamp(field.type)})
    lines = [
        ["title 名稱", release.title, release.title_zh],
        ["description 說明", release.description, release.description_zh],
        ["dataset 資料集", release.name],
        ["release 版次", f"{release.n} (version {release.version})"],
        ["created 釋出時間", release.created],
        ["data as of 資料時間", release.facts.as_of],
        ["document 說明文件", f"datapackage-{release.n}.json"],
        ["SHA-256", release.sha256],
        ["licence 授權", f"{licence.title} ({licence.name})", licence.path],
        ["source 來源", release.attribution, release.attribution_zh],
        ["time zone 時區", ", ".join(zones), "times stand without offset 時間欄位為當地時間"] if zones else [],
        ["empty 空白", "no value", "無資料"],
        [],
        ["column 欄位", "title", "名稱", "type 型別", "unit 單位", "meaning", "說明", "codes 代碼"],
    ]
    return lines + [_column(field) for field in schema["fields"]]


def _column(field: Document) -> list[str]:
    zh = field["translations"]["zh-TW"]
    labels = {category["value"]: category["label"] for category in zh.get("categories", ())}
    codes = [
        f"{category['value']} = {category['label']} {labels.get(category['value'], '')}"
        for category in field.get("categories", ())
    ]
    return [
        field["name"],
        field["title"],
        zh["title"],
        field["type"],
        field.get("unit", ""),
        field["description"],
        zh["description"],
        "\n".join(codes),
    ]
