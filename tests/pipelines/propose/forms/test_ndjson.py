"""NDJSON: lines that are each a value."""

from pipelines.propose.forms.ndjson import see


def test_lines_of_objects() -> None:
    body = b'{"a": 1, "b": {"c": 2}}\n{"a": 2}\n'
    form = see(body)
    assert form is not None
    assert (form.format, form.reading, form.records(body).num_rows) == ("ndjson", {"flatten": True}, 2)


def test_a_bad_line_and_a_mark_of_order() -> None:
    form = see(b'\xef\xbb\xbf{"a": 1}\r\n{"a":\r\n\r\n{"a": 3}\r\n')
    assert form is not None
    assert form.reading == {}
    assert see(b'{"a": 1}\n{"b":\n{"c":\n{"a": 4}\n') is None


def test_one_document_is_none() -> None:
    assert see(b'{"a": 1,\n"b": 2}\n') is None
    assert see(b'[{"a": 1}]\n') is None
