"""The texts that come from besides a cell (`from:` of a field) -> a column of the records of each body."""

import datetime as dt
import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from catalog.declaration.dataset import Dataset
from catalog.declaration.fields import FieldDeclaration
from catalog.declaration.origins import OF_RECORDS, WRITTEN, From
from catalog.declaration.patterns import group_in
from catalog.errors import SourceError
from pipelines.decode.parts import beside
from pipelines.records import Record

_BESIDE = {"member": beside.MEMBER, "sheet": beside.SHEET, "title": beside.TITLE}
_CALLED = {"member": "zip member's name", "sheet": "sheet's name", "title": "title above the header"}
_FILENAME = re.compile(r"""filename\s*=\s*("(?:[^"\\]|\\.)*"|[^\s;]+)""", re.IGNORECASE)
_FILENAME_CODED = re.compile(r"filename\*\s*=\s*([\w-]+)'[^']*'([^\s;]+)", re.IGNORECASE)
"""RFC 6266 and RFC 8187."""
_SHOWN = 120
_T = TypeVar("_T")


def with_origins(dataset: Dataset, record: Record, pages: Sequence[pa.Table]) -> list[pa.Table]:
    """Give the records of each body a column for each field whose text comes from besides a cell.

    Args:
        dataset: the declaration.
        record: the fetch.
        pages: the records of each of its bodies.

    Returns:
        The records, each body with a column `beside.of_field(name)` for each such field.

    Raises:
        SourceError: there is no such value, or the pattern is not in it.
    """
    fields = [field for field in dataset.table.fields if field.origin]
    if not fields:
        return list(pages)
    return [_with_origins(fields, record, at, page) for at, page in enumerate(pages)]


def of_body(field: FieldDeclaration, record: Record, at: int) -> str:
    """Return the text of a field that is the same for a whole body.

    Args:
        field: one whose `from` is none of `OF_RECORDS`.
        record: the fetch.
        at: which of its bodies, from 0.

    Raises:
        SourceError: there is no such value, or the pattern is not in it.
    """
    return _first(field, partial(_of_body, field, record, at))


def _of_body(field: FieldDeclaration, record: Record, at: int, origin: From) -> str:
    if origin.word == "value":
        return str(origin.value)
    if origin.word == "fetched_at":
        return _time(field, record.fetched_at + origin.delta)
    if origin.word == "asked":
        return _asked(field, record, at, str(origin.asked))
    name = file_name(record, at)
    if name is None:
        raise SourceError(f"expected a file with a name, for the field {field.name}, found {_address(record, at)!r}")
    found = group_in(pa.array([name]), str(origin.pattern))[0].as_py()
    if not found:
        raise _not_there(field, origin, "file's name", name)
    return str(found)


def file_name(record: Record, at: int) -> str | None:
    """Return the name of the file that a body is: of a replay the listed one; else as the answer or the address says.

    Args:
        record: the fetch.
        at: which of its bodies, from 0.
    """
    if files := record.replayed_files:
        return files[at].rsplit("/", 1)[-1]
    return (
        _disposed(record.answers[at]["headers"])
        or unquote(urlsplit(_address(record, at)).path).rsplit("/", 1)[-1]
        or None
    )


def _with_origins(fields: Iterable[FieldDeclaration], record: Record, at: int, page: pa.Table) -> pa.Table:
    texts = {field.name: _first(field, partial(_texts, field, record, at, page)) for field in fields}
    for name, column in texts.items():
        page = page.append_column(beside.of_field(name), column)
    return page


def _texts(field: FieldDeclaration, record: Record, at: int, page: pa.Table, way: From) -> pa.DictionaryArray:
    if way.word in OF_RECORDS:
        return _of_records(field, way, page)
    return beside.constant(_of_body(field, record, at, way), page.num_rows)


def _first(field: FieldDeclaration, look: Callable[[From], _T]) -> _T:
    """What the first way that is declared, and has a text, gives; the reasons of all where none has one."""
    reasons = []
    for way in field.origin.ways if field.origin else ():
        try:
            return look(way)
        except SourceError as error:
            reasons.append(str(error))
    raise SourceError("; nor else: ".join(reasons))


def _of_records(field: FieldDeclaration, origin: From, page: pa.Table) -> pa.DictionaryArray:
    name, called = _BESIDE[origin.word], _CALLED[origin.word]
    if name not in page.column_names:
        if page.num_rows:
            raise SourceError(f"expected a {called}, for the field {field.name}, found none")
        return beside.constant("", 0)
    column = page.column(name).combine_chunks()
    column = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    texts = column.dictionary.cast(pa.string())
    found = group_in(texts, str(origin.pattern))
    missing = pc.unique(column.indices.filter(pc.fill_null(pc.is_null(found.take(column.indices)), True)))
    if len(missing):
        at = missing[0].as_py()
        raise _not_there(field, origin, called, None if at is None else texts[at].as_py())
    return pa.DictionaryArray.from_arrays(column.indices, found)


def _time(field: FieldDeclaration, at: dt.datetime) -> str:
    if field.date is None:
        return at.isoformat()
    return at.astimezone(ZoneInfo(field.date.zone)).strftime(WRITTEN[field.type])


def _asked(field: FieldDeclaration, record: Record, at: int, name: str) -> str:
    """A part of the window, what filled the template of this address, or a parameter of it."""
    limits = (record.asked.get("window") or {}).get(name)
    if limits:
        if len(set(limits)) != 1:
            raise SourceError(
                f"expected a request for one {name}, for the field {field.name}, found {limits[0]} to {limits[-1]}"
            )
        return str(limits[0])
    if name in (filled := record.values_of(at)):
        return str(filled[name])
    query = parse_qsl(urlsplit(_address(record, at)).query, keep_blank_values=True)
    values = [text for parameter, text in query if parameter == name]
    if len(values) != 1 or not values[0]:
        known = ", ".join(dict.fromkeys(parameter for parameter, _ in query)) or "none"
        raise SourceError(
            f"expected the parameter {name!r} once in the request, with a value, for the field {field.name}, "
            f"found {len(values)}; there are {known}"
        )
    return values[0]


def _address(record: Record, at: int) -> str:
    return str(record.answers[at]["address"])


def _disposed(headers: dict[str, str]) -> str | None:
    """The name that an answer gives its file, if that is a name and no path."""
    said = headers.get("content-disposition", "")
    name = None
    if coded := _FILENAME_CODED.search(said):
        name = _decoded(coded[2], coded[1])
    elif plain := _FILENAME.search(said):
        name = unquote(plain[1].strip('"'))
    safe = name and name.isprintable() and not set(name) & set('/\\\0"') and name not in (".", "..")
    return name if safe else None


def _decoded(text: str, encoding: str) -> str | None:
    try:
        return unquote(text, encoding, "strict")
    except (LookupError, UnicodeDecodeError):
        return None


def _not_there(field: FieldDeclaration, origin: From, called: str, found: str | None) -> SourceError:
    pattern = origin.pattern
    shown = "none" if found is None else repr(found[:_SHOWN])
    return SourceError(
        f"expected a {called} in which the pattern {pattern!r} finds a text, for the field {field.name}, found "
        f"{shown}; change `from` of the field, if the {called} is right"
    )
