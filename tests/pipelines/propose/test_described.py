"""What Frictionless says of a table."""

import pyarrow as pa

from pipelines.propose.described import describe_text, describe_types


def test_the_delimiter_and_the_types() -> None:
    assert describe_text(b"a;b\n1;2\n3;4\n").delimiter == ";"
    assert describe_text("縣市,數量\n臺北市,1\n".encode("cp950") * 20).encoding in ("big5", "cp950")
    assert describe_types(pa.table({"a": ["1", "2"], "b": ["x", "1"]})) == {"a": "integer", "b": "string"}


def test_what_it_cannot_read_is_nothing() -> None:
    assert describe_types(pa.table({"a": pa.array([], pa.string())})) in ({}, {"a": "any"})
