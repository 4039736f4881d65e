"""What workbooks say of their sheets: hidden ones, cells merged over several rows."""

from workbooks import ods, ods_row, xlsx

from pipelines.propose.forms.parts.workbook import SheetFacts, facts_of


def test_hidden_sheets_and_merged_cells() -> None:
    def fill(book) -> None:  # type: ignore[no-untyped-def]
        shown, hidden = book.add_worksheet("a"), book.add_worksheet("b")
        shown.merge_range(1, 0, 2, 0, "x")
        shown.merge_range(4, 0, 4, 2, "across")
        hidden.hide()

    assert facts_of(xlsx(fill)) == {"a": SheetFacts(False, ((1, 0),)), "b": SheetFacts(True, ())}
    sheets = ods(("a", ods_row("x")), ("b", ods_row("y")), hidden="b")
    assert {name: one.hidden for name, one in facts_of(sheets).items()} == {"a": False, "b": True}


def test_what_the_library_cannot_read_says_nothing() -> None:
    assert facts_of(b"PK no workbook") == {}
