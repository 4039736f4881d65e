"""Compound files: one stream out of one, and a new one around a stream."""

import pytest
from workbooks import compound as written_by_hand

from catalog.errors import SourceError
from pipelines.decode.parts import compound


@pytest.mark.parametrize("size", [1, 4_095, 4_096, 4_097, 4_190_208, 4_190_209, 12_000_000])
def test_a_stream_comes_out_as_it_went_in(size: int):
    content = (b"0123456789" * (size // 10 + 1))[:size]
    found = compound.stream(compound.around(content, "Workbook"), ("workbook",))
    assert found[:size] == content
    assert found[size:].strip(b"\0") == b""


@pytest.mark.parametrize("small", [False, True])
def test_a_stream_of_another_writer_is_found_by_its_name(small: bool):
    content = b"0123456789" * 300
    body = written_by_hand(content, "Book", small=small)
    assert compound.stream(body, ("workbook", "book")).startswith(content)
    with pytest.raises(SourceError, match="expected a compound file with 'workbook' in it, found root entry, book"):
        compound.stream(body, ("workbook",))
