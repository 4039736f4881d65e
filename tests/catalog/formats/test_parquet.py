"""Parquet with fixed options: the same rows, the same bytes."""

import datetime as dt
import itertools

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from catalog.formats import parquet
from catalog.formats.parquet import ROWS_PER_GROUP, footer_bytes, read, render

TIME = pa.timestamp("ms", tz="Asia/Taipei")


def table(rows: int = 5) -> pa.Table:
    return pa.table(
        {
            "site": pa.array([f"s{i:06}" for i in range(rows)]),
            "at": pa.array([dt.datetime(2026, 7, 1, tzinfo=dt.UTC)] * rows, TIME),
            "level": pa.array([i / 8 if i % 3 else None for i in range(rows)], pa.float64()),
        }
    )


def opened(body: bytes) -> pq.ParquetFile:
    return pq.ParquetFile(pa.BufferReader(body))


def test_bytes_repeat_however_the_table_is_cut():
    whole = table(1000)
    cut = pa.concat_tables([whole.slice(0, 3), whole.slice(3, 500), whole.slice(503)])
    assert render(whole) == render(cut) == render(pa.Table.from_pylist(whole.to_pylist(), schema=whole.schema))


def test_a_units_stand_in_the_fields_metadata():
    schema = opened(render(table(), {"level": "m", "absent": "s"})).schema_arrow
    assert schema.field("level").metadata[b"unit"] == b"m"
    assert not schema.field("site").metadata or b"unit" not in schema.field("site").metadata


def test_what_is_written_reads_back_with_types_zone_and_nulls():
    back = read(render(table(), {"level": "m"}))
    assert back.equals(table())
    assert back.schema.field("at").type == TIME
    assert read(render(table()), pa.schema([("level", pa.float64())])).column_names == ["level"]


def test_no_clock_and_no_description_in_the_file():
    body = render(table())
    assert set(opened(body).metadata.metadata or {}) <= {b"ARROW:schema"}


@pytest.mark.parametrize("rows", [0, 1, 70_000])
def test_the_footer_is_enough_to_know_the_file(rows: int):
    body = render(table(rows))
    size = footer_bytes(body)
    assert body[-4:] == b"PAR1"
    only_end = b"PAR1" + bytes(len(body) - size - 4) + body[-size:]
    assert pq.read_metadata(pa.BufferReader(only_end)).num_rows == rows


def test_row_groups_are_bounded_and_their_statistics_rise_with_the_key():
    found = opened(render(table(2 * ROWS_PER_GROUP + 1))).metadata
    groups = [found.row_group(i) for i in range(found.num_row_groups)]
    assert [group.num_rows for group in groups] == [ROWS_PER_GROUP, ROWS_PER_GROUP, 1]
    spans = [(group.column(0).statistics.min, group.column(0).statistics.max) for group in groups]
    assert all(last < first for (_, last), (first, _) in itertools.pairwise(spans))
    assert {group.column(0).compression for group in groups} == {"ZSTD"}


def test_a_whole_file_gives_its_rows_a_row_group_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "ROWS_PER_GROUP", 4)
    table = pa.table({"a": pa.array(range(10), pa.int64())})
    opened = parquet.Opened(parquet.Held(parquet.render(table, {"a": "kg"})))
    groups = list(opened.tables())
    assert [group.num_rows for group in groups] == [4, 4, 2]
    assert pa.concat_tables(groups).equals(table)


def test_the_largest_value_of_a_column_by_the_statistics_alone():
    days = [dt.date(2026, 7, 1), None, dt.date(2026, 7, 3)]
    at = pa.array([dt.datetime(2026, 7, 1, tzinfo=dt.UTC), None, None], pa.timestamp("ms", "Asia/Taipei"))
    table = pa.table(
        {"day": pa.array(days), "at": at, "month": ["2026-07", "2026-06", None], "none": pa.nulls(3, pa.int64())}
    )
    opened = parquet.Opened(parquet.Held(parquet.render(table)))
    assert opened.largest("day") == dt.date(2026, 7, 3)
    assert opened.largest("at") == dt.datetime(2026, 7, 1, tzinfo=dt.UTC)
    assert (opened.largest("month"), opened.largest("none")) == ("2026-07", None)
