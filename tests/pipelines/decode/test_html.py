"""Tables of HTML: the declared one, its spans, and nothing that runs."""

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.errors import SourceError
from pipelines.decode import fixed, html
from pipelines.decode.parts.beside import TITLE

PAGE = """<html><head><style>td {x: 1}</style></head><table><tr><td>menu</table>
<TABLE border=1><caption>案件</caption><tr><th>年度<th>件&amp;數
<tr><td> 112 <br>x<td>5<script>"<td>"</script>&#21488;</table></html>"""


def laid(body: str | bytes, **said: Any) -> list[dict[str, str | None]]:
    body = body.encode() if isinstance(body, str) else body
    table = html.decode(body, html.Reading.model_validate(said))
    return table.select([name for name in table.column_names if name != TITLE]).to_pylist()  # type: ignore[no-any-return]


@pytest.mark.parametrize("table", [2, "案", "年度"])
def test_the_declared_table_is_read(table: Any):
    assert laid(PAGE, table=table) == [{"年度": "112 x", "件&數": "5台"}]
    assert laid(PAGE.encode("cp950"), table=table, encoding="cp950") == [{"年度": "112 x", "件&數": "5台"}]


SPANS = """<table><tr><td rowspan=2>縣市<td colspan=2>件數<tr><td>男<td>女
<tr><td rowspan=0>臺北<td>1<td>2<tr><td>3<td>4</table>"""


def test_titles_and_notes_may_span_columns():
    body = (
        "<table><tr><td colspan=2>水質</td></tr><tr><td>a</td><td>b</td></tr><tr><td colspan=2>註1</td></tr>"
        "<tr><td>1</td><td>2</td></tr><tr><td colspan=2>資料來源</td></tr><tr><td colspan=2>說明</td></tr></table>"
    )
    assert laid(body, skip=1, notes="註", until="資料來源") == [{"a": "1", "b": "2"}]
    for said in ({"notes": "註", "until": "資料來源"}, {"skip": 1, "until": "資料來源"}, {"skip": 1, "notes": "註"}):
        with pytest.raises(SourceError, match="over several in row"):
            laid(body, **said)
    with pytest.raises(SourceError, match="found 'x' over several in row 1"):
        laid("<table><tr><td rowspan=2>x</td></tr><tr><td>a</td></tr><tr><td>1</td></tr></table>", skip=1)


def test_a_digit_above_the_line_is_no_part_of_a_number():
    body = "<table><tr><td>a (m<sup>3</sup>)</td></tr><tr><td>5<sup>2</sup></td></tr><tr><td><sup>註1</td><td>7"
    assert laid(body + "</table>", ragged="pad", header=0, columns=["x", "y"]) == [
        {"x": "a (m³)", "y": None}, {"x": "5²", "y": None}, {"x": "註¹", "y": "7"}
    ]  # fmt: skip


def test_what_is_struck_out_is_no_part_of_what_follows():
    assert laid("<table><tr><td>a</td></tr><tr><td><s>5</s>6</td></tr></table>") == [{"a": "5 6"}]


def test_a_cell_that_holds_a_table_has_no_text_of_its_own():
    inner = "<table><tr><td>x</td></tr><tr><td>5</td></tr></table>"
    body = f"<table><tr><td>a</td></tr><tr><td>{inner}</td></tr></table>"
    with pytest.raises(SourceError, match="found a table in one of row 2; `table` chooses the one inside"):
        laid(body)
    assert laid(body, table=2) == [{"x": "5"}]
    assert laid(f"<table><tr><td>{inner}</td></tr><tr><td>a</td></tr><tr><td>1</td></tr></table>", skip=1) == [
        {"a": "1"}
    ]


def test_spans_are_spread_where_declared():
    assert laid(SPANS, spans="spread", header=2, header_line=2) == [
        {"縣市": "臺北", "男": "1", "女": "2"},
        {"縣市": "臺北", "男": "3", "女": "4"},
    ]
    with pytest.raises(SourceError, match="found '縣市' over several in row 1; `spans: spread`"):
        laid(SPANS)


@pytest.mark.parametrize(
    ("body", "said", "words"),
    [
        ("", {}, "expected HTML, found a body that begins ''"),
        ("<p>down</p>", {}, "expected the table 1, found 0 tables"),
        (PAGE, {"table": "x"}, "expected one table that begins with 'x', found 0; there are 'menu', '案件'"),
        ("<table><tr><td>a<tr><td>1", {}, "expected the end of the table, found none: the page is cut"),
        ("<table><tr><td>a</table", {}, "ends within a tag: it is cut"),
        ("<table><tr><td>a<tr><td>1<td>2</table>", {}, "found 2 in row 2"),
        ("<table>" + "<tr><td rowspan=0 colspan=999>x" * 9, {"spans": "spread"}, "expected the end of the table"),
        (
            "<table>" + "<tr><td rowspan=0 colspan=999>x" * 9 + "</table>",
            {"spans": "spread"},
            "expected at most 4,096 columns, found 4,995",
        ),
        (b"<table>\xff</table>", {}, "expected text in UTF-8"),
    ],
)
def test_what_is_none_is_one_sentence(body: str | bytes, said: dict[str, Any], words: str):
    with pytest.raises(SourceError) as raised:
        laid(body, **said)
    assert words in str(raised.value)


def test_control_characters_are_no_blanks():
    assert laid("<table><tr><td>a<tr><td>\x85 b \u3000\n\xa0c\x1f</table>") == [{"a": "\x85 b c\x1f"}]


@given(st.lists(st.integers(0, 99)))
def test_every_row_is_a_record(numbers: list[int]):
    found = laid("<table><tr><td>a</td></tr>" + "".join(f"<tr><td>{one}</td></tr>" for one in numbers) + "</table>")
    assert [row["a"] for row in found] == list(map(str, numbers))


@given(
    st.lists(
        st.sampled_from(
            ["<table>", "<tr>", "<td>", "<td rowspan=3 colspan=2>", "</table>", "<![x", "<!", "a", "<script>"]
        )
    )
)
def test_any_page_is_a_table_or_a_sentence(pieces: list[str]):
    with contextlib.suppress(SourceError):
        laid("".join(pieces), spans="spread")


def test_a_row_of_another_width_leaves_alone():
    page = "<table><tr><td>a<td>b<tr><td>1<td>2<tr><td>only<tr><td>3<td>4<td> x  y</table>"
    found = laid(page, ragged="quarantine")
    assert [tuple(row.values()) for row in found] == [("1", "2", None), (None, None, "only"), (None, None, "3\t4\tx y")]


def test_a_table_is_told_by_its_text_as_names_are_compared():
    page = (
        "<table><tr><td>A\ufeff<td>b</table><table><caption>\ufeff案 件</caption><tr><td>x<td>y<tr><td>1<td>2</table>"
    )
    assert laid(page, table="案件") == [{"x": "1", "y": "2"}]


def test_the_caption_and_the_rows_above_the_header_are_the_title():
    page = "<table><caption>114年</caption><tr><td>新北市<td>單位：件<tr><td>區<td>n<tr><td>a<td>1</table>"
    assert html.decode(page.encode(), html.Reading(skip=1)).column(TITLE).to_pylist() == ["114年\n新北市 單位：件"]
    text = b"Taipei 2026\nsite n\na 1\nb 2\n"
    assert fixed.decode(text, fixed.Reading(skip=1)).column(TITLE).to_pylist() == ["Taipei 2026"] * 2
