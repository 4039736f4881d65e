"""What the rules of a field make of the text in its cells, before it is read as a value: whole columns of text."""

import html
import re
from collections.abc import Iterator
from html.entities import html5
from typing import Literal, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from catalog.declaration.cells import Split
from catalog.declaration.dataset import Dataset
from catalog.declaration.fields import FieldDeclaration
from catalog.declaration.patterns import group_in
from catalog.declaration.texts import Normalize, normalized
from catalog.rows import each_once

_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{0,31});")


class CellStep(NamedTuple):
    """The texts of a field after one rule of the declaration, before they are read as values."""

    rule: Literal[
        "join",
        "strip",
        "normalize",
        "split",
        "flag",
        "missing_when",
        "pad",
        "missing",
        "codes",
        "number",
        "missing_numbers",
    ]
    text: pa.Array
    sound: pa.Array | None = None
    """Where the rule found what it needs; None if it needs nothing."""


def array(table: pa.Table, name: str) -> pa.Array:
    """Return a column of text, each cell with its own."""
    column = table.column(name).combine_chunks()
    column = pa.concat_arrays(column.chunks) if isinstance(column, pa.ChunkedArray) else column
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column


def prepared(field: FieldDeclaration, text: pa.Array) -> Iterator[CellStep]:
    """Yield the steps to the field's part of its cell: without markup, made alike, and split.

    A cell that has no such part keeps its whole text.
    """
    if field.strip == "markup":
        text = pc.utf8_trim_whitespace(_without_entities(pc.replace_substring_regex(text, r"<[^<>]*>", " ")))
        yield CellStep("strip", text)
    if field.normalize is not None:
        text = _alike(text, field.normalize)
        yield CellStep("normalize", text)
    if field.split is not None:
        part = _part(text, field.split)
        if field.split.absent == "missing":
            yield CellStep("split", part)
        else:
            yield CellStep("split", pc.coalesce(part, text), pc.is_valid(part))


def part_of(field: FieldDeclaration, text: pa.Array) -> pa.Array:
    """Return the field's part of its cells, as `prepared` leaves it."""
    for step in prepared(field, text):
        text = step.text
    return text


def _part(text: pa.Array, split: Split) -> pa.Array:
    """The part of each cell; null where it is not there."""
    if split.pattern is not None:
        return group_in(text, split.pattern)
    at = split.part or 0
    parts = pc.split_pattern(text, split.separator)
    part = pc.list_element(pc.list_slice(parts, at, at + 1, return_fixed_size_list=True), 0)
    return pc.utf8_trim_whitespace(part)


def joined(dataset: Dataset, field: FieldDeclaration, raw: pa.Table) -> CellStep:
    """Return the texts of several fields as one text.

    Args:
        dataset: the declaration.
        field: one with `join`.
        raw: rows of text, one column for each declared field.

    Returns:
        The texts: null where none of the fields has a value, and not sound where only some of them have one.
    """
    sound = present = absent = pa.array(np.zeros(raw.num_rows, bool))
    sound = pc.invert(sound)
    join, texts = field.join, []
    if join is None:
        return CellStep("join", array(raw, field.name))
    parts = [dataset.field(name) for name in join.fields]
    only_origins = all(part.origin for part in parts)
    for part in parts:
        own = _own(dataset, part, raw)
        sound = pc.and_(sound, own.sound)
        if not part.origin or only_origins:  # what is the same in all rows says nothing of this one
            absent, present = pc.or_(absent, own.none), pc.or_(present, pc.invert(own.none))
        texts.append(pc.fill_null(own.text, ""))
    text = pc.if_else(present, pc.utf8_trim_whitespace(pc.binary_join_element_wise(*texts, join.by)), None)
    sound = pc.and_(sound, pc.invert(absent))
    if join.unless is None:
        return CellStep("join", text, sound)
    instead = _own(dataset, dataset.field(join.unless), raw)
    return CellStep(
        "join", pc.if_else(instead.none, text, instead.text), pc.if_else(instead.none, sound, instead.sound)
    )


class _Own(NamedTuple):
    """The texts of a field that another one is made of."""

    text: pa.Array
    sound: pa.Array
    none: pa.Array
    """Where it has no value."""


def _own(dataset: Dataset, field: FieldDeclaration, raw: pa.Table) -> _Own:
    text, missing = array(raw, field.name), dataset.table.missing if field.missing is None else field.missing
    sound = pa.array(np.ones(raw.num_rows, bool))
    for step in prepared(field, text):
        text, sound = step.text, sound if step.sound is None else pc.and_(sound, pc.fill_null(step.sound, True))
    if field.pad is not None:
        text, fits = padded(text, field.pad, [*missing, ""], coded=False)
        sound = pc.and_(sound, fits)
    none = pc.fill_null(pc.is_in(text, value_set=pa.array([*missing, None, ""], pa.string())), True)
    return _Own(text, sound, none)


def _alike(text: pa.Array, wanted: Normalize) -> pa.Array:
    return each_once(text, lambda once: pa.array([normalized(one, wanted) for one in once.to_pylist()], pa.string()))


def padded(text: pa.Array, digits: int, kept: list[str], *, coded: bool) -> tuple[pa.Array, pa.Array]:
    """Put zeros before codes that lost them, as 1001 or, from a spreadsheet, 6037.0.

    Args:
        text: trimmed strings; null means no value.
        digits: how many digits the code has.
        kept: texts that are no codes and stay: missing values, words of the map of codes.
        coded: whether codes judge what is no number.

    Returns:
        The texts, and which of them are a code of so many digits, or stay.
    """
    code = pc.struct_field(pc.extract_regex(text, r"^(?P<code>[0-9]+)(?:\.0+)?$"), "code")
    stays = pc.is_in(text, value_set=pa.array(kept, pa.string()))
    sound = pc.or_(stays, pc.fill_null(pc.less_equal(pc.utf8_length(code), digits), False))
    stays = pc.or_(stays, pc.is_null(code)) if coded else stays
    sound = pc.or_(sound, stays)
    code = pc.if_else(pc.and_(sound, pc.invert(stays)), pc.utf8_lpad(code, digits, "0"), text)
    return code, pc.or_(sound, pc.is_null(text))


def _without_entities(text: pa.Array) -> pa.Array:
    """The texts with each HTML entity as its character, once: `&amp;lt;` is `&lt;`. One without a semicolon is none."""
    if not pc.any(pc.match_substring(text, "&")).as_py():
        return text
    coded = pc.dictionary_encode(text)
    said = [_ENTITY.sub(_character, one) for one in coded.dictionary.to_pylist()]
    return pc.take(pa.array(said, pa.string()), coded.indices)


def _character(found: re.Match[str]) -> str:
    return html.unescape(found[0]) if found[0][1] == "#" else html5.get(found[0][1:], found[0])


def find_flags(dataset: Dataset, raw: pa.Table) -> dict[str, tuple[pa.Array, pa.Array]]:
    """Return by flag field: the flags, and the texts without them."""
    found = {}
    for field in dataset.published:
        if field.flag is None:
            continue
        text = array(raw, field.name)
        for step in prepared(field, text):
            text = step.text
        alone = pc.is_in(text, value_set=pa.array(field.flag.alone, pa.string()))
        flag, rest = pc.if_else(alone, text, None), pc.if_else(alone, "", None)
        if field.flag.texts:
            words = "|".join(sorted(map(re.escape, field.flag.texts), key=len, reverse=True))
            before = pc.extract_regex(text, rf"^(?P<flag>{words})\s*(?P<rest>.*)$")
            after = pc.extract_regex(text, rf"^(?P<rest>.*?)\s*(?P<flag>{words})$")
            flag = pc.coalesce(flag, pc.struct_field(before, "flag"), pc.struct_field(after, "flag"))
            rest = pc.coalesce(rest, pc.struct_field(before, "rest"), pc.struct_field(after, "rest"))
        found[field.flag.field] = (flag, pc.coalesce(rest, text))
    return found
