"""The proof of quotes says of each body what Python's strict csv says, and in which line the faulty cell begins."""

import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipelines.decode.parts import quotes
from pipelines.decode.parts.quotes import QuoteFault, fault

BODIES = st.text(st.sampled_from('a,"""\n\r\\'), max_size=14)


@given(BODIES)
@example('"')
@example('""')
@example('"""')
@example('a"')
@example('"a')
@example('""""')
def test_it_agrees_with_pythons_strict_csv(text: str) -> None:
    agrees(text)


@given(BODIES, st.integers(1, 5))
def test_so_it_does_in_parts_of_any_size(text: str, size: int) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(quotes, "_CHUNK_BYTES", size)
        agrees(text)


def agrees(text: str) -> None:
    try:
        list(csv.reader(io.StringIO(text, newline=""), strict=True))
        strict = True
    except csv.Error:
        strict = False
    assert (fault(text.encode(), ",") is None) == strict


@given(st.lists(st.lists(st.text('a,"\n', max_size=3), min_size=2, max_size=2), min_size=1, max_size=5))
def test_what_python_writes_is_proven(rows: list[list[str]]) -> None:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows(rows)
    assert fault(text.getvalue().encode(), ",") is None
    assert fault(text.getvalue().encode("utf-8-sig"), ",") is None


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'a\n"b', QuoteFault(2, None)),
        (b'\xef\xbb\xbf"a"x', QuoteFault(1, 1, "x")),
        (b'"a\r\nb\rc"\r\n"\n"x', QuoteFault(4, 5, "x")),
        ('"a"塩'.encode(), QuoteFault(1, 1, "塩")),
        (b'"a\\"b"', QuoteFault(1, 1, "b", escaped=True)),
        (b'a""b,"c"', None),
        (b"", None),
    ],
)
def test_the_lines_of_a_fault(body: bytes, expected: QuoteFault | None) -> None:
    assert fault(body, ",") == expected


def test_an_escaped_quote_ends_no_cell() -> None:
    assert fault(b'"a\\"b",c', ",", "\\") is None
    assert fault(b'"a\\\\"b",c', ",", "\\") == QuoteFault(1, 1, "b", escaped=True)
    assert fault(b'a\n"\\"', ",", "\\", 7) == QuoteFault(8, None)


def test_the_separator_is_the_declared_one() -> None:
    assert fault(b'"a";"b"', ";") is None
    assert fault(b'"a";"b"', ",") == QuoteFault(1, 1, ";")
