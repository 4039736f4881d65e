"""What everyone can read in a store, unpacked to the last text, and the marks of an agency that stand in it."""

import contextlib
import functools
import html
import io
import json
import tempfile
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from catalog.store import Store

MARKS = ("zq7mk", "暗號")
"""Each text that an agency is not to show everyone holds one of these."""
MARK = "zq7mk暗號"


@functools.lru_cache(maxsize=128)
def texts(body: bytes) -> tuple[str, ...]:
    """Every text that a reader can take out of an object: as it is, unescaped, and out of what is packed in it."""
    return tuple(_texts(body))


def _texts(body: bytes) -> Iterator[str]:
    if body.startswith(b"\x1f\x8b"):
        yield from texts(zlib.decompressobj(wbits=31).decompress(body))
    elif body.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            for member in archive.infolist():
                yield f"{member.filename} {member.comment!r}"
                yield from texts(archive.read(member))
    elif body.startswith(b"PAR1"):
        yield from _of_parquet(body)
    elif body[8:12] == b"DUCK":
        yield from _of_duckdb(body)
    for encoding in ("utf-8", "utf-16-le"):
        yield body.decode(encoding, "replace")
    plain = body.decode("utf-8", "replace")
    yield html.unescape(plain)
    yield unquote(plain)
    with contextlib.suppress(ValueError):
        yield from _of_json(json.loads(plain))


def marked(store: Store, marks: tuple[str, ...] = MARKS) -> dict[str, str]:
    """By key, what stands around the first mark that an object of a store shows, in its key or its content."""
    shown = {}
    for key in store.list(""):
        for text in (key, *texts(store.get(key).body)):
            folded = unicodedata.normalize("NFKC", text).casefold()
            at = next((at for mark in marks if (at := folded.find(mark)) >= 0), None)
            if at is not None:
                shown[key] = folded[max(0, at - 90) : at + 60]
                break
    return shown


def _of_json(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, each in value.items():
            yield name
            yield from _of_json(each)
    elif isinstance(value, list):
        for each in value:
            yield from _of_json(each)
    else:
        yield str(value)


def _of_parquet(body: bytes) -> Iterator[str]:
    """Names, metadata, statistics and cells; with the words of the dictionary that no cell uses."""
    file = pq.ParquetFile(io.BytesIO(body))
    yield str(file.metadata.to_dict())
    yield f"{file.metadata.metadata} {file.schema_arrow.metadata}"
    coded = pq.read_table(io.BytesIO(body), read_dictionary=file.schema_arrow.names)
    for name, column in zip(coded.column_names, coded.columns, strict=True):
        yield f"{name} {coded.schema.field(name).metadata}"
        for chunk in column.chunks:
            values = chunk.dictionary if isinstance(chunk, pa.DictionaryArray) else chunk
            yield "\n".join(map(str, values.to_pylist()))


def _of_duckdb(body: bytes) -> Iterator[str]:
    """What a reader may ask of the database: its own lists of what is in it, and each table."""
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as db:
        path = Path(folder) / "read.duckdb"
        path.write_bytes(body)
        db.execute(f"ATTACH '{path}' AS read (READ_ONLY)")
        for listed in ("schemas", "tables", "views", "columns", "functions"):
            rows = db.execute(f"FROM duckdb_{listed}() WHERE database_name = 'read'").fetchall()
            yield str(rows).replace(folder, "")
        for schema, table in db.execute(
            "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = 'read'"
        ).fetchall():
            yield str(db.execute(f'FROM read."{schema}"."{table}"').fetchall())
