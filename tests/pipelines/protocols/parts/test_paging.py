"""How pages follow one another, and when they are all there is; over HTTP it is in `test_rest`."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.errors import SourceError
from pipelines.protocols.parts.paging import Paging, linked, split, value_at
from pipelines.protocols.parts.request import GAP, Look, digest


def looks(*rows: int, **more: Any) -> list[Look]:
    return [Look(count, digests=frozenset({digest((i, count))}), **more) for i, count in enumerate(rows)]


@pytest.mark.parametrize(
    ("header", "address"),
    [
        ('<https://a.example/2>; rel="next"', "https://a.example/2"),
        ('</a,b>; rel="first", </2>; title="x, y"; rel="prev next"', "/2"),
        ("<?page=2>; rel=next", "?page=2"),
        ("</2>; rel=last", None),
        ("</2>", None),
        ("", None),
        ("rel=next", None),
    ],
)
def test_the_link_that_is_called_next(header: str, address: str | None):
    assert linked(header) == address


def test_a_value_lies_where_keys_lead():
    document = {"a": {"b.c": b"12"}, "d": True}
    assert value_at(document, 'a."b.c"') == "12"
    assert value_at(document, "d") is True
    assert value_at(document, "a.b") is None
    assert value_at([document], "a") is None


@given(st.integers(0, 60), st.integers(1, 10), st.sampled_from(["page", "offset"]), st.booleans(), st.booleans())
def test_pages_of_a_table_that_stands_still_are_whole(rows: int, size: int, by: Any, total: bool, sized: bool):
    paging = Paging(by=by, name="p", size=size if sized or not total else None, total="t" if total else None)
    asked: list[Look] = []
    while not asked or not paging.ended(asked):
        at = int(paging.asks(asked)["p"])
        start = (at - 1) * size if by == "page" else at
        count = max(0, min(size, rows - start))
        marks = frozenset({digest(start)}) if count else frozenset()
        asked.append(Look(count, digests=marks, total=rows if total else None))
    assert paging.incomplete(asked) is None
    assert sum(look.rows for look in asked) == rows
    if rows > size:  # and without the last one they are not
        kept = asked[: -(-rows // size) - 1]
        assert paging.incomplete(kept) is not None


def test_answers_are_told_apart_by_where_each_ends():
    paging = Paging(by="page", name="p", size=3)
    ended, begun = split(paging, [*looks(3, 2), GAP, *looks(3)])
    assert [len(pages) for pages in ended] == [2, 1]
    assert len(begun) == 1
    assert split(None, looks(1, 1)) == ([[look] for look in looks(1, 1)], [])


def test_a_cursor_that_comes_again_ends_it():
    paging = Paging(by="cursor", name="c", next="n")
    again = looks(3, 2, next="x")
    assert paging.ended(again)
    assert "asked for before" in str(paging.incomplete(again))


def test_nothing_after_the_first_page_is_no_end():
    assert "expected page 2, found nothing there" in str(
        Paging(by="page", name="p", size=3).incomplete([*looks(3), GAP])
    )


def test_a_flag_that_is_written_only_while_there_is_more():
    paging = Paging(by="page", name="p", more="exceeded", more_optional=True)
    assert paging.look({"exceeded": "true"}, Look(3)).more
    assert not paging.look({}, Look(3)).more
    with pytest.raises(SourceError, match="expected true or false at exceeded, found 'None'"):
        Paging(by="page", name="p", more="exceeded").look({}, Look(3))
    with pytest.raises(ValueError, match="more_optional: needs more"):
        Paging(by="page", name="p", more_optional=True)
