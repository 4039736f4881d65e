"""What changed in the cells of a column: how a value is written, which words there are, the unit."""

from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import ValidationError

from catalog.declaration.dataset import Dataset
from catalog.declaration.dates import Dates
from catalog.declaration.fields import FieldDeclaration
from catalog.declaration.numbers import NumberForm
from pipelines.conform.columns import find_columns
from pipelines.conform.rows import Conformed, conform
from pipelines.drift.changes import Draft, Past, SourceChange
from pipelines.drift.edits import Append, Edit
from pipelines.drift.likeness import pairs
from pipelines.propose import times

_MOST_UNREAD = 0.5
"""A field of which more cannot be read is written in another way; fewer are faults, which quarantine holds."""
_FEW_WORDS = 3
_MOST_WORDS = 40
"""New words that a patch lists."""
_FORMS: tuple[dict[str, Any], ...] = (
    {"group": ","}, {"integral": True}, {"decimal": ","}, {"group": "."}, {"group": " "}, {"units": ["%"]}
)  # fmt: skip
_KNOWN_FACTORS = (3.6, 1.609344, 0.3048, 0.45359237, 101.325, 133.322, 28316.8)
"""Of kilometres an hour, miles, feet, pounds, atmospheres, mmHg, and cubic feet; and powers of ten besides."""
_SURE, _NEAR = 0.8, 0.02
_TRIED_ROWS = 500
_FAULTS = 0.05
"""Of the rows that a new way reads, the share that it may leave."""
_SAME_SIZE = 0.5
"""Powers of ten between the middle of numbers before and now."""


def cell_changes(draft: Draft, records: pa.Table, past: Past) -> list[SourceChange]:
    """Return what changed in the cells of columns that are found.

    Args:
        draft: the declaration, which finds its columns.
        records: the records of the newest fetch.
        past: the last release.
    """
    raw = find_columns(draft.dataset, 1, records).table
    conformed = conform(draft.dataset, raw, past.tables)
    changes: list[SourceChange] = []
    for field in draft.dataset.published:
        if field.occurrence:
            continue
        changes += _words(draft, field, conformed, past)
        if not field.codes:
            changes += _written(draft, field, conformed, raw, past)
        changes += _unit(draft, field, conformed, past)
    return changes


def _written(
    draft: Draft, field: FieldDeclaration, conformed: Conformed, raw: pa.Table, past: Past
) -> list[SourceChange]:
    """Whether most cells of a field cannot be read, and what would read them."""
    lost = conformed.unread.get(field.name)
    if lost is None:
        return []
    texts = lost.drop_null()
    there = len(texts) + len(conformed.rows.column(field.name).drop_null())
    words = Counter(texts.to_pylist())
    if len(words) <= _FEW_WORDS and not any(any(map(str.isdigit, word)) for word in words):
        return _marks(draft, field, words)
    if len(texts) < _MOST_UNREAD * there:
        return []
    example = words.most_common(1)[0][0]
    some = raw.filter(pc.is_valid(lost)).slice(0, _TRIED_ROWS)
    ways = [
        (way, read) for way in _ways(draft, field, list(words)) if (read := _read(draft.dataset, way.field, some, past))
    ]
    best = _best(ways, past, field.name)
    if best:
        says = f"field {field.name} is written in another way, as {example!r}: {best.says}"
        return [SourceChange("type", says, best.edits)]
    why = "can be read in several ways" if ways else "cannot be read"
    says = f"field {field.name}: {len(texts):,} of {there:,} cells {why}, as {example!r}: say how to read them"
    return [SourceChange("unreadable", says)]


class _Way(NamedTuple):
    """Another way to write the values of a field."""

    says: str
    field: FieldDeclaration
    edits: tuple[Edit, ...]


def _read(dataset: Dataset, field: FieldDeclaration, raw: pa.Table, past: Past) -> list[Any]:
    """The values that a field has if it is declared so; none where it cannot be read so."""
    others = tuple(
        field if one.name == field.name else one.model_copy(update={"publish": "no"}) for one in dataset.table.fields
    )
    table = dataset.table.model_copy(update={"fields": others, "primary_key": ()})
    conformed = conform(dataset.model_copy(update={"table": table}), raw, past.tables)
    lost = conformed.unread.get(field.name)
    if lost is not None and (len(lost) - lost.null_count) > _FAULTS * raw.num_rows:
        return []
    values: list[Any] = conformed.rows.column(field.name).to_pylist()
    return values


def _best(ways: list[tuple[_Way, list[Any]]], past: Past, name: str) -> _Way | None:
    """The only way to read values; of several that differ, the one that gives numbers of the size of those before."""
    distinct = [ways[at] for at in range(len(ways)) if ways[at][1] not in [read for _, read in ways[:at]]]
    if len(distinct) < 2 or ways[0][0].field.date is not None or name not in past.rows.column_names:
        return distinct[0][0] if len(distinct) == 1 else None
    before = pc.approximate_median(pc.abs(past.rows.column(name))).as_py() or 0
    sizes = [(way, float(np.median(np.abs([one for one in read if one is not None])))) for way, read in distinct]
    alike = [way for way, size in sizes if size and before and abs(np.log10(size / before)) < _SAME_SIZE]
    return alike[0] if len(alike) == 1 else None


def _marks(draft: Draft, field: FieldDeclaration, words: Counter[str]) -> list[SourceChange]:
    before = draft.dataset.table.missing if field.missing is None else field.missing
    marks = [word for word, count in words.items() if count > 1]
    if not marks:
        return []
    listed = [*dict.fromkeys([*before, *marks])]
    count, told = sum(words.values()), " and ".join(map(repr, marks))
    says = f"field {field.name} has {told} where there is no value, {count:,} times"
    return [SourceChange("missing", says, (draft.put(field, "missingValues", value=listed),))]


def _ways(draft: Draft, field: FieldDeclaration, texts: list[str]) -> Iterator[_Way]:
    """Ways to write a value of the field's type."""
    if field.date is not None:
        yield from _of_times(draft, field, field.date, texts)
    elif field.type in ("integer", "number"):
        form = field.number.model_dump(exclude_defaults=True, by_alias=True, mode="json") if field.number else {}
        for more in _FORMS:
            number = NumberForm.model_validate(form | more)
            edits = (draft.put(field, "number", value=form | more),)
            yield _Way(f"number: {more} reads it", field.model_copy(update={"number": number}), edits)
        if field.type == "integer":
            says = "it is a number with a point now, a change of the schema"
            yield _Way(says, field.model_copy(update={"type": "number"}), (draft.put(field, "type", value="number"),))


def _of_times(draft: Draft, field: FieldDeclaration, before: Dates, texts: list[str]) -> Iterator[_Way]:
    """Patterns that are added to those there are, so that older answers can still be read."""
    heard = next(reversed(field.heard), field.name)
    for way in times.ways(heard, times.alike(heard, texts)):
        if way["type"] != field.type:
            continue
        said = before.model_dump(exclude_defaults=True, by_alias=True, mode="json")
        new = {key: value for key, value in way["date"].items() if said.get(key) is None}
        patterns = [one for one in way["date"].get("patterns", ()) if one not in before.patterns]
        new["patterns"] = [*before.patterns, *patterns]
        new |= {"calendar": "mixed"} if way["date"].get("calendar", "gregorian") != before.calendar else {}
        try:
            date = Dates.model_validate(said | new)
        except ValidationError:
            continue
        edits = tuple(draft.put(field, "date", key, value=value) for key, value in new.items())
        says = f"the pattern {' or '.join(patterns)} reads it" if patterns else "years of the other calendar"
        yield _Way(says, field.model_copy(update={"date": date}), edits)


def _words(draft: Draft, field: FieldDeclaration, conformed: Conformed, past: Past) -> list[SourceChange]:
    """New words of a field with codes, or with a list of categories."""
    if field.codes:
        lost = conformed.unread.get(field.name)
        words = Counter(lost.drop_null().to_pylist()) if lost is not None else Counter()
    elif field.categories:
        listed = {category.value for category in field.categories}
        words = Counter(word for word in conformed.rows.column(field.name).to_pylist() if word and word not in listed)
    else:
        return []
    new = [word for word, _ in words.most_common(_MOST_WORDS)]
    if not new:
        return []
    told = f"field {field.name} has words that nobody declared ({len(words):,}): {', '.join(map(repr, new[:10]))}"
    if not field.codes:
        return [SourceChange("codes", told, tuple(_category(draft, field, word) for word in new))]
    meant = _meant(field, conformed, past, new)
    codes = {word: meant.get(word) or (word if word in _codes(field, past) else "") for word in new}
    unknown = [word for word in new if not codes[word]]
    edits: list[Edit] = []
    if known := {word: code for word, code in codes.items() if code}:
        edits.append(draft.put(field, "codes", "map", value={**field.codes.map, **known}))
        told += f"; by their rows {', '.join(f'{word!r} means {code}' for word, code in known.items())}"
    if unknown:
        told += f"; give a code to {', '.join(map(repr, unknown[:10]))}, here or in the reference table"
    return [SourceChange("codes", told, tuple(edits))]


def _category(draft: Draft, field: FieldDeclaration, word: str) -> Append:
    value = {"value": word, "label": {"en": word, "zh-TW": word}}
    return Append((*draft.field_path(field.name), "categories"), value, "new: say what it means")


def _codes(field: FieldDeclaration, past: Past) -> set[str]:
    """The codes that are known: an agency that sends them itself needs no translation."""
    codes = set(field.codes.map.values()) if field.codes else set()
    if field.codes and field.codes.table:
        codes |= set(past.tables[field.codes.table.dataset].column(field.codes.table.value).to_pylist())
    return codes


def _meant(field: FieldDeclaration, conformed: Conformed, past: Past, words: list[str]) -> dict[str, str]:
    """What new words mean, as rows with the same key said before, if all of them say the same."""
    lost = conformed.unread[field.name]
    now = conformed.rows.set_column(
        conformed.rows.schema.get_field_index(field.name), field.name, pc.if_else(pc.is_valid(lost), lost, None)
    )
    both = pairs(now, past, field.name)
    if both is None:
        return {}
    said: dict[str, set[str]] = {}
    for before, word in zip(both.before, both.now, strict=True):
        said.setdefault(word, set()).add(before)
    return {word: next(iter(codes)) for word, codes in said.items() if len(codes) == 1 and word in words}


def _unit(draft: Draft, field: FieldDeclaration, conformed: Conformed, past: Past) -> list[SourceChange]:
    """Whether nearly all values of a field are the same factor away from those before."""
    if (
        field.type not in ("integer", "number")
        or field.name in past.key
        or conformed.unread.get(field.name) is not None
    ):
        return []
    both = pairs(conformed.rows, past, field.name)
    if both is None:
        return []
    some = (both.before != 0) & (both.now != 0)
    if some.sum() < _FEW_WORDS:
        return []
    ratios = both.now[some] / both.before[some]
    factor = _factor(ratios)
    if factor is None:
        return []
    says = (
        f"field {field.name} is {factor:g} times what it was: the unit is not {field.unit or 'that of before'} any more"
    )
    return [SourceChange("unit", says, _scaled(draft, field, factor, conformed))]


def _factor(ratios: np.ndarray) -> float | None:
    """The factor that nearly all ratios are, or are near to; a power of ten also where the values move meanwhile."""
    ratios = ratios[ratios > 0]
    if not len(ratios):
        return None
    middle = float(np.median(ratios))
    power = round(float(np.log10(middle)))
    near_power = np.abs(np.log10(ratios) - power) < 0.3
    if power and near_power.mean() >= _SURE:
        return float(10.0**power)
    for known in _KNOWN_FACTORS:
        for factor in (known, 1 / known):
            if (np.abs(ratios / factor - 1) < _NEAR).mean() >= _SURE:
                return factor
    return None


def _scaled(draft: Draft, field: FieldDeclaration, factor: float, conformed: Conformed) -> tuple[Edit, ...]:
    """The edit that keeps the published unit: from a day on, where what came before is read again."""
    if field.scale is not None and not isinstance(field.scale, float):
        return ()
    before = field.scale if field.scale is not None else 1.0
    now = float(f"{before / factor:.12g}")
    block, key = draft.dataset.minsheng, draft.dataset.table.primary_key
    times = [name for name in key if draft.dataset.field(name).type in ("date", "datetime")]
    value: Any = now
    if block.load != "replace" and times:
        by = block.partition.field if block.partition.field in times else times[0]
        first = pc.min(conformed.rows.column(by)).as_py()
        value = {"by": by, "first": _short(before), "from": {first.isoformat()[:10]: _short(now)}}
    return (draft.put(field, "scale", value=value if isinstance(value, dict) else _short(value)),)


def _short(number: float) -> float | int:
    return int(number) if number == int(number) else number
