"""The parts of a workbook (Office Open XML, ECMA-376) that do not depend on its rows: styles, and what holds sheets."""

from collections.abc import Sequence
from typing import Any

XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
"""Begins each part."""
DATA, ABOUT, TEXTS = "xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml", "xl/sharedStrings.xml"
"""Names of the parts that depend on the rows."""
TEXT, HEAD, DAY, TIME, WRAPPED = range(1, 6)
"""Styles of cells, by their place in the part of styles; 0 is that of a number."""

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_WIDEST = 60
"""Characters."""
_DATA_NAME, _ABOUT_NAME = "data 資料", "about 說明"

_TYPES = (
    f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/{DATA}" ContentType="{_TYPE}.worksheet+xml"/>'
    f'<Override PartName="/{ABOUT}" ContentType="{_TYPE}.worksheet+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>'
    f'<Override PartName="/{TEXTS}" ContentType="{_TYPE}.sharedStrings+xml"/></Types>'
)
_ROOT = (
    f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
)
_HELD = (
    f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_RELATIONS}/worksheet" Target="/{DATA}"/>'
    f'<Relationship Id="rId2" Type="{_RELATIONS}/worksheet" Target="/{ABOUT}"/>'
    f'<Relationship Id="rId3" Type="{_RELATIONS}/styles" Target="styles.xml"/>'
    f'<Relationship Id="rId4" Type="{_RELATIONS}/sharedStrings" Target="sharedStrings.xml"/></Relationships>'
)
_BARE = 'fillId="0" xfId="0" applyNumberFormat="1"'
_STYLES = (
    f'<styleSheet xmlns="{_MAIN}">'
    '<numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy-mm-dd"/>'
    '<numFmt numFmtId="165" formatCode="yyyy-mm-dd hh:mm:ss"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="2"><border><left/><right/><top/><bottom/><diagonal/></border>'
    '<border><left/><right/><top/><bottom style="thin"><color auto="1"/></bottom><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="6"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    f'<xf numFmtId="49" fontId="0" borderId="0" {_BARE}/>'
    f'<xf numFmtId="49" fontId="1" borderId="1" {_BARE} applyFont="1" applyBorder="1"/>'
    f'<xf numFmtId="164" fontId="0" borderId="0" {_BARE}/>'
    f'<xf numFmtId="165" fontId="0" borderId="0" {_BARE}/>'
    f'<xf numFmtId="49" fontId="0" borderId="0" {_BARE} applyAlignment="1">'
    '<alignment vertical="top" wrapText="1"/></xf></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)

ABOUT_BEGINS = f'<worksheet xmlns="{_MAIN}"><sheetFormatPr defaultRowHeight="15"/>'
ABOUT_ENDS = "</worksheet>"
TEXTS_BEGIN = f'<sst xmlns="{_MAIN}">'
TEXTS_END = "</sst>"


def fixed(corner: str) -> dict[str, str]:
    """Return the parts that hold the others, by name.

    Args:
        corner: the last cell of the first sheet, as `L1234`.
    """
    return {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": _ROOT,
        "xl/workbook.xml": _workbook(corner),
        "xl/_rels/workbook.xml.rels": _HELD,
        "xl/styles.xml": _STYLES,
    }


def _workbook(corner: str) -> str:
    column = corner.rstrip("0123456789")
    return (
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><bookViews><workbookView activeTab="0"/></bookViews><sheets>'
        f'<sheet name="{_DATA_NAME}" sheetId="1" r:id="rId1"/><sheet name="{_ABOUT_NAME}" sheetId="2" r:id="rId2"/>'
        '</sheets><definedNames><definedName name="_xlnm._FilterDatabase" localSheetId="0" hidden="1">'
        f"'{_DATA_NAME}'!$A$1:${column}${corner[len(column) :]}</definedName></definedNames></workbook>"
    )


def data_begins(corner: str) -> str:
    """Return the beginning of the first sheet, whose header stays in sight; then come widths and rows."""
    return (
        f'<worksheet xmlns="{_MAIN}"><dimension ref="A1:{corner}"/><sheetViews><sheetView tabSelected="1" '
        'workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView>'
        '</sheetViews><sheetFormatPr defaultRowHeight="15"/>'
    )


def data_ends(corner: str) -> str:
    """Return the end of the first sheet: a filter in the header; no mark that urges to make numbers of codes."""
    return (
        f'<autoFilter ref="A1:{corner}"/><ignoredErrors><ignoredError sqref="A1:{corner}" twoDigitTextYear="1" '
        'numberStoredAsText="1"/></ignoredErrors></worksheet>'
    )


def widths(columns: Sequence[Sequence[Any]]) -> str:
    """Return the widths of columns, as wide as the widest of their values, within reason."""
    wide = [2 + max((_width(str(value)) for value in each if value is not None), default=0) for each in columns]
    each = [
        f'<col min="{i}" max="{i}" width="{min(width, _WIDEST)}" customWidth="1"/>' for i, width in enumerate(wide, 1)
    ]
    return f"<cols>{''.join(each)}</cols>" if each else ""


def _width(text: str) -> int:
    """In characters; one of Chinese takes two."""
    return len(text) + sum(mark > "\u2e7f" for mark in text)


def letters(column: int) -> str:
    """Return the name of a column, counted from 0: A, B ... Z, AA ..."""
    name, column = "", column + 1
    while column:
        column, letter = divmod(column - 1, 26)
        name = chr(ord("A") + letter) + name
    return name
