"""Text in columns: runs of blanks."""

from pipelines.propose.forms.fixed import see

NDBC = b"#YY  MM DD WSPD\n#yr  mo dy  m/s\n2021 01 01  9.4\n2021 01 02 10.1\n"


def test_two_header_lines_of_a_buoy() -> None:
    form = see(NDBC)
    assert form is not None
    assert form.reading == {"header": ["#YY", "#yr"], "header_line": 1}
    assert form.records(NDBC).column("WSPD").to_pylist() == ["9.4", "10.1"]
    assert form.units["WSPD"] == "m/s"


def test_prose_is_none() -> None:
    assert see(b"A sentence of words.\nAnother that is longer.\nShort.\n") is None
