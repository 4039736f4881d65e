"""Workbooks of OpenDocument, by what they say of themselves."""

import workbooks

from pipelines.propose.forms.ods import see


def test_a_sheet() -> None:
    rows = "".join(workbooks.ods_row(*row) for row in (("縣市", "數"), ("甲", 1.0), ("乙", 2.0)))
    body = workbooks.ods(("s", rows))
    form = see(body)
    assert form is not None
    assert (form.format, form.reading, form.records(body).num_rows) == ("ods", {}, 2)
    assert see(b"PK\x03\x04") is None
