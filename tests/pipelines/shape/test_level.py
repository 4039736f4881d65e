"""Indentation and marks as levels."""

from typing import Any

import pyarrow as pa
import pytest
from shapes import faulty, plain, shape
from worlds import texts

from catalog.errors import DeclarationError, SourceError
from pipelines.decode.parts.beside import MEMBER
from pipelines.shape.parts.origin import place_of


def levels(items: list[str | None], **step: Any) -> list[tuple[str | None, ...]]:
    table = texts(項目=items, n=[str(i) for i in range(len(items))])
    step = {"column": "項目", "into": ["group", "item"]} | step
    rows = plain(shape(table, {"level": step}))
    return [tuple(row[name] for name in step["into"]) for row in rows]


TREE = [("農業", None), ("農業", "稻"), ("農業", "麥"), ("工業", None), ("工業", "稻")]


@pytest.mark.parametrize("blank", ["  ", "\u3000", "\u00a0 "])
def test_blanks_before_a_text_are_its_level(blank: str):
    assert levels(["農業", f"{blank}稻", f"{blank}麥", "工業", f"{blank}稻"], indent=2) == TREE


def test_each_level_may_have_blanks_of_its_own():
    into = ["a", "b", "c"]
    assert levels([" x", "   y", "    z", " w"], indent=[1, 3, 4], into=into) == [
        ("x", None, None), ("x", "y", None), ("x", "y", "z"), ("w", None, None),
    ]  # fmt: skip


def test_marks_before_a_text_are_its_level():
    found = levels(
        ["一、收入", "(一)稅", "地價稅", "（二）費", "二、支出", "(一)人事"],
        marks=["[一二三]+、", r"[(（][一二三]+[)）]"],
        into=["kind", "group", "item"],
    )
    assert found == [
        ("一、收入", None, None),
        ("一、收入", "(一)稅", None),
        ("一、收入", "(一)稅", "地價稅"),
        ("一、收入", "（二）費", None),
        ("二、支出", None, None),
        ("二、支出", "(一)人事", None),
    ]


def test_a_line_that_stands_alone_is_the_first_level():
    table = texts(項目=["北部", "基隆", "南部", "臺南"], n=["", "1", None, "2"])
    rows = plain(shape(table, {"level": {"column": "項目", "alone": True, "into": ["group", "item"]}}))
    assert [(row["group"], row["item"]) for row in rows] == [
        ("北部", None), ("北部", "基隆"), ("南部", None), ("南部", "臺南"),
    ]  # fmt: skip


def test_a_line_without_a_text_has_no_level_and_changes_none():
    assert levels(["a", None, "  b"], indent=2) == [("a", None), (None, None), ("a", "b")]


def test_a_record_that_is_none_has_no_level_and_changes_none():
    table = faulty(texts(項目=["a", "   x", "  b"], n=["1", "2", "3"]), r1="raw")
    rows = plain(shape(table, {"level": {"column": "項目", "indent": 2, "into": ["group", "item"]}}))
    assert [(row["group"], row["item"]) for row in rows] == [("a", None), (None, None), ("a", "b")]


@pytest.mark.parametrize(
    ("items", "said"),
    [
        (["a", "   b"], r"blanks before a text as indent says, 2, found '   b' in row 2"),
        (["a", "    b"], "at most 2 levels, as into names them, found 'b' in row 2"),
        (["  b", "a"], "a line of level 1 above it, found 'b' in row 1"),
    ],
)
def test_a_line_of_no_declared_level_is_refused(items: list[str | None], said: str):
    with pytest.raises(SourceError, match=said):
        levels(items, indent=2)


def test_a_line_without_a_mark_is_refused_where_each_level_has_one():
    with pytest.raises(SourceError, match="at most 1 levels"):
        levels(["一、a", "b"], marks=["一、"], into=["group"])


def test_levels_begin_anew_in_another_member():
    table = texts(項目=["a", "  b"], n=["1", "2"]).append_column(MEMBER, pa.array(["x.csv", "y.csv"]))
    with pytest.raises(SourceError, match="a line of level 1 above it"):
        shape(table, {"level": {"column": "項目", "indent": 2, "into": ["group", "item"]}})


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ({}, "what tells the levels"),
        ({"indent": 2, "alone": True}, "what tells the levels"),
        ({"indent": 0}, "how many blanks a level has"),
        ({"indent": [2, 1]}, "how many blanks a level has"),
        ({"indent": 2, "into": ["a", "A"]}, "each level needs a name of its own"),
        ({"alone": True, "into": ["a", "b", "c"]}, "expected a name for each level, found 3"),
        ({"marks": ["x", "y", "z"]}, "expected a name for each level, found 2"),
    ],
)
def test_a_step_that_says_too_little_or_too_much_is_refused(step: dict[str, Any], said: str):
    with pytest.raises(DeclarationError, match=said):
        levels(["a"], **step)


def test_a_level_knows_where_it_stood():
    table = shape(
        texts(項目=["a", "  b"], n=["1", "2"]), {"level": {"column": "項目", "indent": 2, "into": ["group", "item"]}}
    )
    assert place_of(table, "group", 1) == (0, "項目")
    assert place_of(table, "item", 1) == (1, "項目")


def test_a_table_without_records_stays_one():
    assert levels([], indent=2) == []
