"""XML Spreadsheet 2003: places, kinds of cells, sheets, bounds."""

from typing import Any

import pytest
from agency_columns import rows_of

from catalog.errors import SourceError
from pipelines.decode import xls
from pipelines.decode.parts import limits, spreadsheet_xml
from pipelines.propose.forms.xls import see

HEAD = (
    '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>'
    '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"'
    ' xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet" xmlns:x="urn:schemas-microsoft-com:office:excel" xmlns:html="http://www.w3.org/TR/REC-html40">'
)
HIDDEN = "<x:WorksheetOptions><x:Visible>SheetHidden</x:Visible></x:WorksheetOptions>"


def cell(text: str, kind: str = "String", more: str = "") -> str:
    return f'<Cell{more}><Data ss:Type="{kind}">{text}</Data></Cell>'


def book(*rows: str, more: str = "") -> bytes:
    table = "".join(row if row.startswith("<Row") else f"<Row>{row}</Row>" for row in rows)
    return f'{HEAD}{more}<Worksheet ss:Name="a"><Table>{table}</Table></Worksheet></Workbook>'.encode()


def laid(body: bytes, **said: Any) -> list[dict[str, str | None]]:
    return rows_of(xls.decode(body, xls.Reading.model_validate(said)))


def test_cells_are_as_those_of_other_workbooks() -> None:
    body = book(
        cell("站") + cell("值") + cell("時") + cell("有"),
        cell("001") + cell("12.50", "Number") + cell("2026-07-01T00:00:00.000", "DateTime") + cell("1", "Boolean"),
        cell("B<html:B>2</html:B>") + cell("#N/A", "Error") + cell("2026-07-01T13:05:00.000", "DateTime"),
        '<Row ss:Index="5">' + cell("C") + cell("3", "Number", ' ss:Index="4"') + "</Row>",
    )
    assert laid(body, empty_rows="drop") == [
        {"站": "001", "值": "12.5", "時": "2026-07-01", "有": "true"},
        {"站": "B2", "值": "#N/A", "時": "2026-07-01T13:05:00", "有": None},
        {"站": "C", "值": None, "時": None, "有": "3"},
    ]


def test_merged_cells_hidden_sheets_and_a_proposal() -> None:
    hidden = f'<Worksheet ss:Name="old"><Table><Row>{cell("x")}</Row></Table>{HIDDEN}</Worksheet>'
    body = book(
        cell("表", more=' ss:MergeAcross="1"') + cell("註"),
        cell("縣市") + cell("區") + cell("人數"),
        *(cell(name) + cell(name * 2) + cell(str(n), "Number") for n, name in enumerate("甲乙丙")),
        more=hidden,
    )
    assert laid(body, skip=1)[2] == {"縣市": "丙", "區": "丙丙", "人數": "2"}
    assert spreadsheet_xml.read(body).rows["a"][0] == ["表", "", "註"]
    assert laid(body, sheet="old", header=0, columns=["c"]) == [{"c": "x"}]
    form = see(body)
    assert form is not None
    assert (form.format, form.records(body).num_rows) == ("xls", 3)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (book(cell("x"))[:-20], "expected an XML spreadsheet, found one that cannot be read"),
        (book(f'<Row ss:Index="999999999">{cell("x")}</Row>'), "cells, found more"),
        (book(cell("x", more=' ss:Index="999999999"')), "cells, found more"),
        (book(*[f"<Row>{cell('x')}</Row>"] * 400), "elements, found more"),
        (HEAD.replace("<Workbook", "<!DOCTYPE a><Workbook").encode(), "cannot be read"),
    ],
)
def test_what_is_refused(body: bytes, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheet_xml, "LIMITS", limits.DecodeLimits(elements=2_000))
    with pytest.raises(SourceError, match=words):
        laid(body)


def test_a_page_and_other_xml_are_none() -> None:
    assert not spreadsheet_xml.is_spreadsheet(b'<html xmlns:x="urn:schemas-microsoft-com:office:spreadsheet">')
    assert not spreadsheet_xml.is_spreadsheet(b"<a/>")
