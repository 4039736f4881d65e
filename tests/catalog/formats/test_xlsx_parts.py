"""Parts of a workbook that do not depend on its rows."""

import xml.etree.ElementTree as ET

import pytest

from catalog.formats import xlsx_parts as parts


@pytest.mark.parametrize(
    ("column", "name"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA"), (16383, "XFD")]
)
def test_names_of_columns(column: int, name: str) -> None:
    assert parts.letters(column) == name


def test_every_part_is_xml_and_is_named_with_its_type() -> None:
    fixed = parts.fixed("L1234")
    for xml in fixed.values():
        ET.fromstring(xml)
    widths = parts.widths([["a", None], ["臺北" * 99]])
    ET.fromstring(f"{parts.data_begins('L1234')}{widths}<sheetData/>{parts.data_ends('L1234')}")
    named = {each.get("PartName") for each in ET.fromstring(fixed["[Content_Types].xml"]) if each.get("PartName")}
    assert named == {
        "/xl/workbook.xml",
        "/xl/styles.xml",
        *(f"/{each}" for each in (parts.DATA, parts.ABOUT, parts.TEXTS)),
    }
    assert "$A$1:$L$1234<" in fixed["xl/workbook.xml"]


def test_each_style_is_there() -> None:
    styles = ET.fromstring(parts.fixed("A1")["xl/styles.xml"])
    (cells,) = [each for each in styles if each.tag.endswith("cellXfs")]
    assert (
        len(cells)
        == int(cells.get("count", ""))
        == max(parts.TEXT, parts.HEAD, parts.DAY, parts.TIME, parts.WRAPPED) + 1
    )


def test_a_column_is_as_wide_as_its_widest_value_within_reason() -> None:
    widths = ET.fromstring(parts.widths([["ab", None, 12345], [], ["臺北"], ["x" * 999]]))
    assert [each.get("width") for each in widths] == ["7", "2", "6", "60"]
    assert parts.widths([]) == ""
