"""Rows as CSV."""

from sandbox.protocols.parts.written import csv_bytes


def test_rows_are_written_under_their_header() -> None:
    rows = [{"a": 'x,"y"', "c": "no column"}, {"b": "甲"}]
    assert csv_bytes(["a", "b"], rows) == 'a,b\r\n"x,""y""",\r\n,甲\r\n'.encode()
    assert csv_bytes(["a"], [], "\n", bom=True) == b"\xef\xbb\xbfa\n"
