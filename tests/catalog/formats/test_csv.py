"""Canonical CSV: one table, one sequence of bytes."""

import csv
import datetime as dt
import gzip
import hashlib
import io
import math
from typing import Any

import pyarrow as pa
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from catalog.errors import IntegrityError
from catalog.formats.csv import content_hash, pieces, render

TAIPEI = pa.timestamp("ms", tz="Asia/Taipei")
UTC = dt.UTC


def cell(value: Any, kind: pa.DataType) -> bytes:
    """The bytes of one cell, which stands between two others."""
    table = pa.table({"a": pa.array([1]), "x": pa.array([value], kind), "z": pa.array([2])})
    head, _, body = render(table).partition(b"\n")
    assert head == b"a,x,z"
    assert body.startswith(b"1,")
    assert body.endswith(b",2\n")
    return body[2:-3]


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        (34.0, pa.float64(), b"34"),
        (-0.0, pa.float64(), b"0"),
        (0.0, pa.float64(), b"0"),
        (1e-6, pa.float64(), b"0.000001"),
        (1e-7, pa.float64(), b"1e-7"),
        (-1e-7, pa.float64(), b"-1e-7"),
        (1e20, pa.float64(), b"100000000000000000000"),
        (1e21, pa.float64(), b"1e+21"),
        (5e-324, pa.float64(), b"5e-324"),
        (1.7976931348623157e308, pa.float64(), b"1.7976931348623157e+308"),
        (9007199254740993.0, pa.float64(), b"9007199254740992"),
        (0.1 + 0.2, pa.float64(), b"0.30000000000000004"),
        (333333333.33333329, pa.float64(), b"333333333.3333333"),
        (1e10, pa.float64(), b"10000000000"),
        (12345678901.5, pa.float64(), b"12345678901.5"),
        (4.5, pa.float64(), b"4.5"),
        (2e-3, pa.float64(), b"0.002"),
        (123456.789, pa.float64(), b"123456.789"),
        (-9223372036854775808, pa.int64(), b"-9223372036854775808"),
        (9223372036854775807, pa.int64(), b"9223372036854775807"),
        (True, pa.bool_(), b"true"),
        (False, pa.bool_(), b"false"),
        (dt.date(2026, 2, 3), pa.date32(), b"2026-02-03"),
        (dt.date(1, 1, 1), pa.date32(), b"0001-01-01"),
        (dt.datetime(2026, 6, 30, 16, tzinfo=UTC), TAIPEI, b"2026-07-01T00:00:00+08:00"),
        (dt.datetime(1960, 7, 1, 4, tzinfo=UTC), TAIPEI, b"1960-07-01T13:00:00+09:00"),  # summer time of 1960
        (dt.datetime(2026, 7, 1, tzinfo=UTC), pa.timestamp("ms", tz="UTC"), b"2026-07-01T00:00:00+00:00"),
        (
            dt.datetime(2026, 7, 1, 12, tzinfo=UTC),
            pa.timestamp("s", tz="America/St_Johns"),
            b"2026-07-01T09:30:00-02:30",
        ),
        ("a,b", pa.string(), b'"a,b"'),
        ('say "臺"', pa.string(), '"say ""臺"""'.encode()),
        ("one\ntwo", pa.string(), b'"one\ntwo"'),
        ("one\rtwo", pa.string(), b'"one\rtwo"'),
        (" leading; and trailing\t", pa.string(), b" leading; and trailing\t"),
        ("臺北市", pa.string(), "臺北市".encode()),
        ("=1+1", pa.string(), b"=1+1"),
        ("'", pa.string(), b"'"),
        ("", pa.string(), b""),
        *[(None, kind, b"") for kind in (pa.string(), pa.int64(), pa.float64(), pa.bool_(), pa.date32(), TAIPEI)],
    ],
)
def test_a_value_has_one_text(value: Any, kind: pa.DataType, expected: bytes):
    assert cell(value, kind) == expected


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_refused(value: float):
    with pytest.raises(IntegrityError, match="x: NaN and infinity"):
        render(pa.table({"x": pa.array([1.0, None, value])}))


@pytest.mark.parametrize("kind", [pa.list_(pa.int64()), pa.timestamp("s"), pa.decimal128(5, 2)])
def test_a_type_without_a_form_is_refused_by_name(kind: pa.DataType):
    with pytest.raises(IntegrityError, match=r"column x: .* no form"):
        render(pa.table({"x": pa.nulls(1, kind)}))


def test_a_table_without_rows_is_its_header():
    assert render(pa.table({"a": pa.array([], pa.string()), "b": pa.array([], TAIPEI)})) == b"a,b\n"


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=50))
def test_numbers_are_those_of_rfc_8785(values: list[float]):
    lines = render(pa.table({"x": pa.array(values, pa.float64())})).decode().splitlines()[1:]
    assert lines == [rfc8785.dumps(value).decode() for value in values]


CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
TEXTS = st.lists(st.tuples(CELLS, st.one_of(st.none(), CELLS)), max_size=20)


@given(TEXTS)
def test_text_reads_back_with_pythons_csv(rows: list[tuple[str, str | None]]):
    table = pa.table(
        {"a": pa.array([a for a, _ in rows], pa.string()), "b": pa.array([b for _, b in rows], pa.string())}
    )
    read = list(csv.reader(io.StringIO(render(table).decode(), newline=""), strict=True))
    assert read == [["a", "b"], *([a, b or ""] for a, b in rows)]


@given(TEXTS, st.integers(0, 5), st.integers(1, 4))
def test_chunks_and_slices_do_not_show(rows: list[tuple[str, str | None]], start: int, size: int):
    whole = pa.table(
        {
            "a": pa.array([a for a, _ in rows], pa.string()),
            "n": pa.array([i / 7 if b else None for i, (_, b) in enumerate(rows)], pa.float64()),
            "t": pa.array([i * 1000 for i in range(len(rows))], pa.int64()).cast(TAIPEI),
            "o": pa.array([i % 2 == 0 for i in range(len(rows))], pa.bool_()),
        }
    )
    part = whole.slice(start)
    chunked = pa.concat_tables([part.slice(i, size) for i in range(0, max(part.num_rows, 1), size)])
    fresh = pa.Table.from_pylist(part.to_pylist(), schema=part.schema)
    assert b"".join(pieces(chunked)) == render(part) == render(fresh)


def test_a_long_table_comes_in_bounded_pieces():
    table = pa.table({"x": pa.array(range(150_000))})
    found = list(pieces(table))
    assert max(map(len, found)) < 500_000
    assert b"".join(found) == b"x\n" + b"".join(b"%d\n" % i for i in range(150_000))


def test_the_content_hash_is_that_of_the_unpacked_file():
    table = pa.table({"site": ["b", 'a"'], "level": [1.5, None]})
    assert content_hash(table) == hashlib.sha256(gzip.decompress(gzip.compress(render(table)))).hexdigest()
