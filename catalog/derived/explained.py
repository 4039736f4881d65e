"""What the second sheet of a workbook says: in both languages, and true for as long as its rows do not change.

A period is not written again because other periods changed. So its sheet does not name the newest release, but the one
since which these rows are as they are; every later release has them too, up to the one that changes them.
"""

import pyarrow as pa

from catalog.release.digest import Document
from catalog.release.document import Release
from catalog.release.read import WHOLE


def rows_lines(release: Release, label: str, since: Document) -> list[list[str]]:
    """Return the lines about the rows of a period: what they are, since when, whose, under which licence.

    Args:
        release: the newest release.
        label: of the period.
        since: the last release that changed these rows, as releases.json lists it.
    """
    licence, rows = release.licenses[0], release.partitions[label]
    n = since["n"]
    return [
        ["title 名稱", release.title, release.title_zh],
        ["description 說明", release.description, release.description_zh],
        ["dataset 資料集", release.name],
        ["period 期間", *(["whole table", "全部"] if label == WHOLE else [label])],
        ["rows 筆數", str(rows.rows)],
        ["unchanged since 自此版起未變動", f"release {n} (version {since['version']})", f"第 {n} 版"],
        ["released 發布時間", since["created"]],
        ["data as of 資料時間", since["as_of"]],
        ["cite 引用", f"datapackage-{n}.json, SHA-256 {since['sha256']}"],
        ["newest release 最新版", "datapackage.json"],
        ["SHA-256 of the rows", rows.content_sha256, "of the unpacked CSV.gz 以解壓縮後的 CSV.gz 計算"],
        ["licence 授權", f"{licence.title} ({licence.name})", licence.path],
        ["source 來源", release.attribution, release.attribution_zh],
    ]


def columns_lines(schema: Document, columns: pa.Schema) -> list[list[str]]:
    """Return the lines about how values stand in the sheet, and what each column means.

    Args:
        schema: the Table Schema of the release.
        columns: the columns of its files, with their types.
    """
    zones = sorted({field.type.tz for field in columns if pa.types.is_timestamp(field.type)})
    zone = ["time zone 時區", ", ".join(zones), "times stand without offset 時間欄位為當地時間"]
    return [
        *([zone] if zones else []),
        ["empty 空白", "no value", "無數值"],
        [],
        ["column 欄位", "title", "名稱", "type 型別", "unit 單位", "meaning", "說明", "codes 代碼"],
        *map(_column, schema["fields"]),
    ]


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
