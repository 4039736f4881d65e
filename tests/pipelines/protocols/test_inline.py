"""A table that stewards keep beside the declaration."""

from pipelines.protocols import inline


def test_a_table_beside_the_declaration():
    source = inline.Source(table="table.csv")
    request = inline.ask(source, [], None)
    assert request is not None
    assert request.path == "table.csv"
    assert inline.ask(source, [b"a\n1\n"], None) is None
    assert inline.contents(source, [b"a\n1\n"]).incomplete is None
    assert inline.contents(source, [b"a,b\n"]).incomplete == "expected rows in table.csv, found a header only"
    assert str(inline.contents(source, [b"a,b\n1\n"]).incomplete).startswith("table.csv: expected CSV")


def test_its_rows_are_text():
    (table,) = inline.contents(inline.Source(table="table.csv"), [b"a,b\n1,\n"]).records
    assert table.to_pylist() == [{"a": "1", "b": ""}]
