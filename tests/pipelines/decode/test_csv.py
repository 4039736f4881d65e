"""CSV -> records of text; hostile bytes -> one sentence."""

import contextlib
import csv as stdlib
import io
import re
from typing import Any

import pytest
from agency_columns import rows_of
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from catalog.errors import SourceError
from pipelines.decode import csv
from pipelines.decode.parts.limits import LIMITS


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"a,b\n1,2\n", [{"a": "1", "b": "2"}]),
        (b"a,b\r\n1,2\r\n", [{"a": "1", "b": "2"}]),
        (b"a,b\n1,2", [{"a": "1", "b": "2"}]),
        (b"\xef\xbb\xbfa,b\n1,2\n", [{"a": "1", "b": "2"}]),
        (b'a,b\n"1,5","say ""x"""\n', [{"a": "1,5", "b": 'say "x"'}]),
        (b'a,b\n"one\ntwo",2\n', [{"a": "one\ntwo", "b": "2"}]),
        (b"a,b\n,\n", [{"a": "", "b": ""}]),
        ("測站,b\n臺北, 2 \n".encode(), [{"測站": "臺北", "b": " 2 "}]),
        (b"a,b\nNA,null\n", [{"a": "NA", "b": "null"}]),
        (b"a,b\n007,1e5\n", [{"a": "007", "b": "1e5"}]),
        (b"a,b\ntrue,2026-07-01\n", [{"a": "true", "b": "2026-07-01"}]),
        (b"a,b\n1\x00,2\n", [{"a": "1\x00", "b": "2"}]),
        (b",b\n1,2\n", [{"": "1", "b": "2"}]),
        (b"a,b\n", []),
    ],
)
def test_csv_gives_text_and_guesses_nothing(body: bytes, expected: list[dict[str, str]]):
    assert csv.decode(body).to_pylist() == expected


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "found an empty body"),
        (b" \n\r\n", "found an empty body"),
        (b"\xef\xbb\xbf", "expected CSV"),
        (b"a,b\n1\n", "Expected 2 columns, got 1"),
        (b"a,b\n1,2,3\n", "Expected 2 columns, got 3"),
        (b'a,b\n"1,2\n', "expected CSV"),
        (b"a,a\n1,2\n", "each column once, found 'a' more than once"),
        (
            b"a,b\n\xff,2\n",
            "in UTF-8, found a byte that is none: 0xff in line 2 at character 1; is `encoding`",
        ),
        (b"\xef\xbb\xbf\na\n\xff\n", "0xff in line 3 at character 1"),
        (b"<html>\n<body>\n</body>\n</html>\n", "expected CSV, found a page of markup that begins b'<html>"),
        (b"\xef\xbb\xbf\n <?xml version='1.0'?>\n<a/>\n", "a page of markup"),
        ("a,b\n臺,2\n".encode("big5"), "found a byte that is none: 0xbb in line 2 at character 1"),
        ("a,b\n1,2\n".encode("utf-16"), "expected text in UTF-8, found 2 bytes"),
        (b"<!DOCTYPE html>\n<p>a, b</p>\n", "expected CSV"),
    ],
)
def test_what_is_no_csv_is_one_sentence(body: bytes, words: str):
    with pytest.raises(SourceError, match=words) as raised:
        csv.decode(body)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ("測站,b\n1,2\n".encode("big5"), "0xb4faafb8 in line 1 at character 1; "),
        ("a,測站\n1,2\n".encode("big5"), "0xb4faafb8 in line 1 at character 3; "),
    ],
)
def test_a_header_that_is_not_utf_8_is_one_sentence(body: bytes, place: str):
    with pytest.raises(SourceError, match=f"expected text in UTF-8, found 4 bytes that are none: {place}"):
        csv.decode(body)


@pytest.mark.parametrize(
    ("body", "cells"),
    [
        (b"a\n1\n\n2\n", ["1", "", "2"]),
        (b"\xef\xbb\xbf\r\na\r\n\r\n1\r\n", ["", "1"]),
        (b"a\n1\n\n\n", ["1"]),
        (b'a\n""\n', [""]),
        (b"a\n", []),
    ],
)
def test_an_empty_cell_of_a_single_column_is_a_row_unless_it_ends_the_file(body: bytes, cells: list[str]):
    assert csv.decode(body).column("a").to_pylist() == cells


def test_a_blank_line_beside_rows_of_two_columns_is_none():
    assert csv.decode(b"a,b\n1,2\n\n3,4\n\n").num_rows == 2


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=6)


@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=8))
def test_csv_written_by_python_reads_back(rows: list[tuple[str, str]]):
    text = io.StringIO()
    stdlib.writer(text, quoting=stdlib.QUOTE_ALL).writerows([("a", "b"), *rows])
    found = csv.decode(text.getvalue().encode()).to_pylist()
    assert [(row["a"], row["b"]) for row in found] == rows


def laid(body: str | bytes, **said: Any) -> list[dict[str, str | None]]:
    body = body.encode(said.get("encoding", "utf-8")) if isinstance(body, str) else body
    return rows_of(csv.decode(body, csv.Reading.model_validate(said)))


@pytest.mark.parametrize("encoding", ["cp950", "big5", "big5-hkscs", "utf-16", "utf-8"])
def test_an_encoding_is_declared(encoding: str):
    assert laid('測站,名\n許功蓋,"臺,北"\n', encoding=encoding) == [{"測站": "許功蓋", "名": "臺,北"}]
    assert laid("x\n測站,名\n臺,北\n", encoding=encoding, skip=1) == [{"測站": "臺", "名": "北"}]


def test_a_byte_that_is_no_text_is_refused_or_stays_visible():
    body = b"a,b\n1,\xff\n"
    with pytest.raises(SourceError, match="in CP950, found a byte that is none: 0xff in line 2 at character 3"):
        laid(body, encoding="cp950")
    assert laid(body, encoding="cp950", undecodable="quarantine") == [{"a": "1", "b": "\ufffd\\xff"}]
    assert laid(body, undecodable="quarantine") == [{"a": "1", "b": "\ufffd\\xff"}]


@pytest.mark.parametrize("more", [{}, {"skip": 0, "comment": "#"}], ids=["arrow", "by row"])
@pytest.mark.parametrize("separator", ["\t", ";", "|"])
def test_a_separator_is_declared(separator: str, more: dict[str, Any]):
    assert laid(f"a{separator}b\n1,5{separator}2\n", separator=separator, **more) == [{"a": "1,5", "b": "2"}]


@pytest.mark.parametrize("separator", ["", ",,", '"', "\n", "\r", "\0", "，"])
def test_a_separator_is_one_sign_of_ascii(separator: str):
    with pytest.raises(ValidationError, match="separator"):
        csv.Reading(separator=separator)


@pytest.mark.parametrize("more", [{}, {"comment": "#"}], ids=["arrow", "by row"])
def test_quotes_can_be_signs_like_any_other(more: dict[str, Any]):
    body = 'a\tb\n12"\t"x\n'
    assert laid(body, separator="\t", quoted=False, **more) == [{"a": '12"', "b": '"x'}]


def test_lines_above_the_header_are_skipped_as_an_editor_counts_them():
    assert laid('\ufeff"Source, ""x\n\nUpdated,2018,\na,b\n1,2\n', skip=3) == [{"a": "1", "b": "2"}]
    assert laid("x\r\ny\r\na,b\r\n1,2\r\n", skip=2) == [{"a": "1", "b": "2"}]


def test_a_comment_is_one_only_where_a_row_could_begin():
    body = '# it\'s "so\na,b\n# more\n1,"x\n# y"\n#end\n'
    assert laid(body, comment="#") == [{"a": "1", "b": "x\n# y"}]


def test_comments_a_header_and_a_line_of_widths():
    body = "# USGS\n#\nagency_cd\tsite_no\n5s\t15s\nUSGS\t0329\n"
    reading = {"separator": "\t", "comment": "#", "header": ["agency_cd", "5s"], "header_line": 1}
    assert laid(body, **reading) == [{"agency_cd": "USGS", "site_no": "0329"}]
    with pytest.raises(SourceError, match="begins with '5s', found 'USGS' in line 3"):
        laid("# x\nagency_cd\tsite_no\nUSGS\t0329\n", **reading)


def test_a_cell_can_be_long():
    assert laid(f"title\na,b\n1,{'x' * 1_000_000}\n", skip=1)[0]["b"] == "x" * 1_000_000


def test_a_row_of_another_width_is_told_by_its_line():
    body = 'title\na,b\n1,"x\ny"\n1,2,3\n'
    with pytest.raises(SourceError, match="expected 2 cells in every row, as in the header, found 3 in line 5"):
        laid(body, skip=1)


@pytest.mark.parametrize(("body", "words"), [('t\na,b\n"1,2\n', "in line 3: "), ('t\na,b\n"1"x,2\n', "in line 3: ")])
def test_broken_quotes_below_a_title_are_one_sentence(body: str, words: str):
    with pytest.raises(SourceError, match=f"expected CSV, found {words}"):
        laid(body, skip=1)


@pytest.mark.parametrize("body", ['{"message":"File not found"}', '[{"a": 1}]', '{\n "x": 1}', "[[1]]", "{}"])
def test_json_is_no_csv(body: str):
    with pytest.raises(SourceError, match="expected CSV, found JSON that begins"):
        laid(body)


@pytest.mark.parametrize("more", [{}, {"comment": "#"}], ids=["arrow", "by row"])
@pytest.mark.parametrize("columns", [LIMITS.columns + 1, 1_000_000])
def test_a_million_columns_are_refused(columns: int, more: dict[str, Any]):
    header = ",".join(f"c{i}" for i in range(columns))
    with pytest.raises(SourceError, match=r"expected at most 4,096 columns, found"):
        laid(f"{header}\n", **more)


def test_as_many_columns_as_the_limit_are_read():
    header = ",".join(f"c{i}" for i in range(LIMITS.columns))
    assert len(csv.decode(f"{header}\n{header}\n".encode()).column_names) == LIMITS.columns


CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=4)


@given(
    st.lists(st.tuples(CELL, CELL), min_size=1, max_size=6), st.sampled_from([stdlib.QUOTE_ALL, stdlib.QUOTE_MINIMAL])
)
def test_both_parsers_read_the_same(rows: list[tuple[str, str]], quoting: Any):
    text = io.StringIO()
    stdlib.writer(text, quoting=quoting, lineterminator="\n").writerows([("a", "b"), *rows])
    assert laid(f"title\n{text.getvalue()}", skip=1) == csv.decode(text.getvalue().encode()).to_pylist()


@given(
    st.binary(max_size=60), st.sampled_from([{}, {"skip": 1}, {"encoding": "cp950", "ragged": "pad"}, {"comment": "#"}])
)
def test_any_bytes_are_a_table_or_one_sentence(body: bytes, said: dict[str, Any]):
    with contextlib.suppress(SourceError):
        csv.decode(body, csv.Reading.model_validate(said))


BOTH = pytest.mark.parametrize("more", [{}, {"comment": "#"}], ids=["arrow", "by row"])


@BOTH
@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('a,b\n1,x\n2,"Lin, Taipei\n3,"x"\n4,y\n', "line 3: a cell in quotes, and behind its last quote in line 4 'x'"),
        ('a,b\n1,x\n2,"Lin, Taipei\n3,y\n', "line 3: a quote that begins a cell, and none that ends it"),
        ('a,b\r\n1,"x\r\ny"\r\n2,"x"y\r\n', "line 4: a cell in quotes, and behind its last quote 'y' instead of a"),
        ('a,b\n1,"x ""y"\n"', "line 3: a quote that begins a cell, and none"),
        ('a,b\n"1\n2","3\n4', "line 3: a quote that begins a cell, and none"),
        ('"a,b\n1,2\n', "line 1: a quote that begins a cell, and none"),
        ('a,b\n1,"say \\"hi\\""\n', "line 2: .* behind its last quote 'h' .*declare `escape: "),
    ],
)
def test_a_cell_in_quotes_that_does_not_end_is_told_by_its_line(body: str, words: str, more: dict[str, Any]):
    with pytest.raises(SourceError, match=f"expected CSV, found in {words}"):
        laid(body, **more)


@BOTH
def test_a_quote_within_a_cell_without_quotes_is_a_sign_like_any_other(more: dict[str, Any]):
    assert laid('a,b\n5" pipe,"6"" pipe"\n7",8\n', **more) == [{"a": '5" pipe', "b": '6" pipe'}, {"a": '7"', "b": "8"}]


def test_an_escape_is_declared():
    body = '1,"He said \\"hi\\"",5\n2,"C:\\new\\\\",\\N\n3,x\\,y,"\\""\n'
    assert laid(f"a,b,c\n{body}", escape="\\") == [
        {"a": "1", "b": 'He said "hi"', "c": "5"},
        {"a": "2", "b": "C:\\new\\", "c": "\\N"},
        {"a": "3", "b": "x,y", "c": '"'},
    ]
    assert laid("a\tb\n1\\\t2\t3\n", escape="\\", quoted=False, separator="\t") == [{"a": "1\t2", "b": "3"}]
    for wrong in ('"', "a", "", "\\\\", ","):
        with pytest.raises(ValidationError, match="escape"):
            csv.Reading(escape=wrong)
    with pytest.raises(SourceError, match="found in line 2: a quote that begins a cell, and none that ends it"):
        laid('a,b\n1,"x\\"\n2,y\n', escape="\\")


SIGNS = st.text(st.sampled_from([*'a1,,"""\\\n\r\t\0 ', "塩"]), max_size=12)


@given(SIGNS, st.sampled_from([None, "\\"]), st.booleans())
def test_what_is_read_is_what_strict_csv_reads_or_is_refused(text: str, escape: str | None, by_row: bool):
    body = f"h,i\n{text}"
    # An escape that escapes nothing is a sign of the cell; Python's csv drops it.
    told = re.sub(r'\\([\\",]?)', lambda found: found[0] if found[1] else "\\\\", body) if escape else body
    try:
        said = [row for row in stdlib.reader(io.StringIO(told, newline=""), escapechar=escape, strict=True) if row]
    except stdlib.Error:
        said = None
    try:
        found = csv.decode(body.encode(), csv.Reading(escape=escape, comment="#" if by_row else None))
    except SourceError:
        assert said is None or {len(row) for row in said} != {2}
        return
    assert said is not None
    assert [list(row.values()) for row in found.to_pylist()] == said[1:]


def left(body: str, **said: Any) -> list[tuple[str | None, ...]]:
    """The rows, with the raw text of those that leave."""
    found = csv.decode(body.encode(), csv.Reading.model_validate({"ragged": "quarantine"} | said))
    return [tuple(row.values()) for row in found.to_pylist()]


@pytest.mark.parametrize("said", [{}, {"skip_last": 0, "notes": ["Note"]}, {"encoding": "utf-8", "comment": "#"}])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_row_of_another_width_leaves_alone_with_its_text(said: dict[str, Any], end: str):
    bad = ['"3" ,4,"x, y"' if said else '"3",4,"x, y"', '"one"', "5,6,", '"a\nb",,"c\nd"']
    bad = [each.replace('"3" ', '"3"') for each in bad]
    lines = ["a,b", '"1","2"', bad[0], "7,8", *bad[1:], "9,0"]
    assert left(end.join(lines) + end, **said) == [
        ("1", "2", None),
        (None, None, bad[0]),
        ("7", "8", None),
        *((None, None, text) for text in bad[1:]),
        ("9", "0", None),
    ]


def test_the_first_and_the_last_row_may_leave_and_not_all():
    assert left("a,b\n1\n2,3\n4,5,6") == [(None, None, "1"), ("2", "3", None), (None, None, "4,5,6")]
    with pytest.raises(SourceError, match="expected 2 cells in every row, as in the header, found 1 in line 2"):
        left("a,b\n1\n4,5,6\n")
    assert left("a,b\n") == []


def test_a_table_whose_rows_all_fit_has_nothing_beside():
    assert left("a,b\n1,2\n") == left("a,b\n1,2\n", empty_rows="drop") == [("1", "2")]


def test_a_row_that_leaves_is_not_an_empty_one():
    assert left("a,b\n,\n,,\n1,2\n", empty_rows="drop") == [(None, None, ",,"), ("1", "2", None)]


def test_a_wrong_quote_still_refuses_the_file():
    with pytest.raises(SourceError, match="expected CSV, found"):
        left('a,b\n1,2,3\n"4,5\n')


def test_a_header_that_is_not_as_wide_as_declared_columns_is_no_row_that_leaves():
    with pytest.raises(SourceError, match="expected 2 columns, as declared, found 3 in the header"):
        left("a,b,c\n1,2\n", columns=["x", "y"])


@given(st.lists(st.lists(st.text('ab,"\n', max_size=3), min_size=1, max_size=4), min_size=1, max_size=8))
def test_each_row_is_there_or_leaves_and_its_text_reads_as_its_cells(rows: list[list[str]]):
    rows = [row for row in rows if row != [""]]
    made = io.StringIO()
    stdlib.writer(made, lineterminator="\n").writerows([["x", "y"], *rows])
    if not any(len(row) == 2 for row in rows):
        return
    found = left(made.getvalue(), empty_rows="keep")
    assert len(found) == len(rows)
    for (*cells, raw), row in zip([(*each, None) if len(each) == 2 else each for each in found], rows, strict=True):
        assert cells == (row if len(row) == 2 else [None, None])
        assert raw is None or next(stdlib.reader(io.StringIO(raw, newline=""))) == row


@pytest.mark.parametrize("part", ["\ufeffcode,name", '\ufeff"code","name"', "Ｃｏｄｅ,name", "code ,name"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_header_that_stands_again_is_told_by_its_name(part: str, encoding: str):
    body = f"\ufeffcode,name\n01,a\n{part}\n02,b\n".encode(encoding)
    found = csv.decode(body, csv.Reading(notes="code", encoding=encoding))  # type: ignore[arg-type]
    assert rows_of(found) == [{"code": "01", "name": "a"}, {"code": "02", "name": "b"}]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_the_mark_of_a_file_that_was_put_behind_another_is_no_part_of_a_cell(end: str):
    lines = ["\ufeffcode,name", '"01","a, b"', '\ufeff"02",c', "\ufeff03,d"]
    rows = csv.decode("".join(line + end for line in lines).encode(), csv.Reading()).to_pylist()
    assert rows == [{"code": "01", "name": "a, b"}, {"code": "02", "name": "c"}, {"code": "03", "name": "d"}]
