"""Zip files, read back by the standard library."""

import io
import zipfile

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from catalog.formats.package import Package


def packed(**parts: list[bytes]) -> bytes:
    package = Package()
    for name, pieces in parts.items():
        package.add(name, pieces)
    return package.close()


@given(
    st.dictionaries(st.text("abc/.", min_size=1, max_size=8), st.lists(st.binary(max_size=300), max_size=5), max_size=5)
)
def test_parts_are_read_back_whole(parts: dict[str, list[bytes]]) -> None:
    with zipfile.ZipFile(io.BytesIO(packed(**parts))) as read:
        assert read.testzip() is None
        assert read.namelist() == list(parts)
        assert [read.read(each) for each in read.infolist()] == [b"".join(pieces) for pieces in parts.values()]


def test_a_part_may_come_in_many_pieces_and_as_buffers() -> None:
    package = Package()
    package.add("a", (pa.py_buffer(f"{i},".encode()) for i in range(100_000)))
    body = package.close()
    with zipfile.ZipFile(io.BytesIO(body)) as read:
        assert read.testzip() is None
        assert read.read("a") == "".join(f"{i}," for i in range(100_000)).encode()
    assert len(body) < read.infolist()[0].file_size / 2


def test_it_has_no_clock_and_the_same_gives_the_same_bytes() -> None:
    body = packed(a=[b"x" * 99])
    assert packed(a=[b"x" * 99]) == body
    with zipfile.ZipFile(io.BytesIO(body)) as read:
        assert read.infolist()[0].date_time == (1980, 1, 1, 0, 0, 0)


def test_a_small_first_piece_does_not_spoil_the_rest() -> None:
    rest = "".join(f"<si><t>{i} {i * i % 97}</t></si>" for i in range(2_000)).encode()
    assert len(packed(a=[b"<?xml?>", rest])) < 1.1 * len(packed(a=[b"<?xml?>" + rest]))
    assert len(packed(a=[rest[i : i + 7] for i in range(0, len(rest), 7)])) < 1.1 * len(packed(a=[rest]))
