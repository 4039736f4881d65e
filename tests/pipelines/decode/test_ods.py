"""ODS: repeated cells and rows are written out, with a bound."""

from typing import Any

import pytest
from agency_columns import rows_of
from workbooks import ods, ods_row, xlsx

from catalog.errors import SourceError
from pipelines.decode import ods as decoder
from pipelines.decode.parts import limits, sheets
from pipelines.decode.parts.archive import Archive, around


def laid(body: bytes, **said: Any) -> list[dict[str, str | None]]:
    return rows_of(decoder.decode(body, sheets.Reading.model_validate(said)))


def cell(text: str, times: int) -> str:
    kind, shown = ("office:value-type='string'", f"<text:p>{text}</text:p>") if text else ("", "")
    return f"<table:table-cell {kind} table:number-columns-repeated='{times}'>{shown}</table:table-cell>"


HEADER = ods_row("a", "b", "c")


def test_numbers_are_values_not_what_is_shown():
    assert laid(ods(("甲", HEADER + ods_row("臺北", 9815928.0, 0.5)))) == [{"a": "臺北", "b": "9815928", "c": "0.5"}]


def test_repeated_cells_and_rows_are_written_out():
    rows = f"{HEADER}<table:table-row table:number-rows-repeated='2'>{cell('', 1)}{cell('x', 2)}</table:table-row>"
    assert laid(ods(("甲", rows))) == [{"a": None, "b": "x", "c": "x"}] * 2


def test_an_empty_rest_of_a_sheet_costs_nothing():
    rest = f"<table:table-row table:number-rows-repeated='1048000'>{cell('', 16_384)}</table:table-row>"
    assert laid(ods(("甲", HEADER + ods_row("x", "y", "z") + rest))) == [{"a": "x", "b": "y", "c": "z"}]


@pytest.mark.parametrize(
    "rows",
    [
        HEADER + ods_row("x", "y", "z", times=999_999_999),
        HEADER + f"<table:table-row>{cell('x', 999_999_999)}</table:table-row>",
        HEADER
        + f"<table:table-row table:number-rows-repeated='1000000'>{cell('', 16_000)}</table:table-row>"
        + ods_row(*"x" * 99),
        HEADER + f"<table:table-row>{cell('', 99_999_999)}{cell('x', 1)}</table:table-row>",
    ],
)
def test_a_repeat_without_end_is_refused(rows: str):
    with pytest.raises(
        SourceError, match=r"expected at most 256 sheets and 20,000,000 cells, found 1 and .*written out"
    ):
        laid(ods(("甲", rows)))


def test_sheets_are_chosen_and_bounded(monkeypatch: pytest.MonkeyPatch):
    body = ods(("甲", HEADER + ods_row("1", "2", "3")), ("乙", HEADER + ods_row("4", "5", "6")))
    assert laid(body, sheet="乙") == [{"a": "4", "b": "5", "c": "6"}]
    assert [row["s"] for row in laid(body, sheet="*", sheet_column="s")] == ["甲", "乙"]
    monkeypatch.setattr(decoder, "LIMITS", limits.DecodeLimits(sheets=1))
    with pytest.raises(SourceError, match="expected at most 1 sheets"):
        laid(body)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "expected an .ods workbook, found a body that begins b''"),
        (xlsx(lambda workbook: workbook.add_worksheet()), "expected an .ods workbook, found a zip file of"),
        (ods(("a", "<table:table table:name='b'/>")), "expected an .ods workbook, found a table within a table"),
        (ods(("a", "<table:table-row>")), "found content.xml broken \\(SAXParseException\\)"),
        (ods(("a", HEADER), encoding="UNF-8"), "found content.xml broken \\(LookupError\\)"),
        (ods(("a", HEADER), head="<!DOCTYPE x [<!ENTITY a 'b'>]>"), "found content.xml broken \\(DTDForbidden\\)"),
    ],
)
def test_what_is_none_is_one_sentence(body: bytes, words: str):
    with pytest.raises(SourceError, match=words):
        laid(body)


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("office:value-type='string' office:string-value='' calcext:value-type='error'", "#DIV/0!"),
        ("table:formula='of:=1/0' office:value-type='float' office:value='0'", "#DIV/0!"),
        ("table:formula='of:=x' office:value-type='float' office:value='0' calcext:value-type='error'", "Err:508"),
        ("office:value-type='string' office:string-value='' calcext:value-type='error'", "#NÉV?"),
        ('table:formula="of:=1/0" office:value="0" office:value-type="float"', "#REF!"),
    ],
)
def test_an_error_is_a_text_and_no_number(said: str, text: str):
    cells = f"<table:table-cell {said}><text:p>{text}</text:p></table:table-cell>"
    rows = f"{HEADER}<table:table-row>{cells}{cell('x', 1)}{cell('y', 1)}</table:table-row>"
    assert laid(ods(("a", rows))) == [{"a": text, "b": "x", "c": "y"}]


def test_a_number_is_no_error_because_of_what_is_shown():
    cells = "<table:table-cell office:value-type='float' office:value='5'><text:p>###</text:p></table:table-cell>"
    rows = f"{HEADER}<table:table-row>{cells}{cell('#N/A x', 1)}{cell('', 1)}</table:table-row>"
    assert laid(ods(("a", rows))) == [{"a": "5", "b": "#N/A x", "c": None}]


def test_a_number_means_a_sheet_that_is_seen():
    body = ods(("甲", HEADER + ods_row("x", "y", "z")), ("乙", HEADER + ods_row("1", "2", "3")), hidden="甲")
    assert laid(body) == [{"a": "1", "b": "2", "c": "3"}]
    assert laid(body, sheet="甲") == [{"a": "x", "b": "y", "c": "z"}]


def test_a_digit_above_the_line_is_no_part_of_a_number():
    raised = (
        '<style:style style:name="T1" style:family="text"><style:text-properties style:text-position="super 58%"/>'
        '</style:style><style:style style:name="T2" style:family="text"><style:text-properties fo:color="#f00"/>'
        "</style:style>"
    )
    spans = [f'1<text:span text:style-name="{name}">2</text:span>' for name in ("T1", "T2")]
    archive = Archive(ods(("甲", ods_row("a", "b") + ods_row(*spans))))
    members = archive.unpack_all()
    begins = b"<office:automatic-styles>"
    members["content.xml"] = (
        members["content.xml"]
        .replace(begins, begins + raised.encode())
        .replace(b"<office:document-content ", b'<office:document-content xmlns:fo="urn:fo" ')
    )
    assert laid(around(members)) == [{"a": "1²", "b": "12"}]
