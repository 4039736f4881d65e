"""A column -> the field that declares it: type, dates, numbers, missing texts, codes, name, a guess at the unit."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from catalog.declaration.dataset import load_dataset, slugs
from catalog.declaration.names import fold_name
from catalog.errors import DeclarationError, MinshengError
from pipelines.propose import codes, marks, numbers, times, words
from pipelines.propose.columns import Column
from pipelines.propose.proof import read, unread

_FEW = 0.05
"""The share of rows whose cells may be unlike the others before a column is one of words."""
_MOST_FLAGGED = 0.5
_MOST_MARKS, _LONGEST_MARK = 12, 12
_SHOWN = 4
_MOST_CATEGORIES = 6
_NUMBER_IN = re.compile(r"(?P<a>[^0-9]*?)\s*(?P<n>-?[0-9][0-9.,]*)\s*(?P<b>[^0-9]*)")
_MARKUP = re.compile(r"</?[A-Za-z][^<>]*>")
_PERSONAL = re.compile(
    r"姓名|電話|手機|身分證|電子郵件|e-?mail|聯絡人|phone|mobile|負責人|生日|birth_?date", re.IGNORECASE
)


@dataclass
class ProposedField:
    """A field as a declaration writes it, and lines of comment above it."""

    values: dict[str, Any]
    notes: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.values["name"])

    @property
    def type(self) -> str:
        """Its type."""
        return str(self.values["type"])


class Known(NamedTuple):
    """What is known besides the column itself."""

    tables: Sequence[codes.ReferenceTable] = ()
    declared: Mapping[str, "DeclaredName"] = {}
    """By the folded name of a column, what another declaration calls it."""
    titles: Mapping[str, str] = {}
    """By column, an English title that the file gives."""
    units: Mapping[str, str] = {}
    """By column, a unit that the file gives."""


class DeclaredName(NamedTuple):
    """What a declaration calls a column."""

    dataset: str
    name: str
    title: Mapping[str, str]
    unit: str | None


def declared_names(datasets: Path) -> dict[str, DeclaredName]:
    """Return what the declarations of a folder call the columns of agencies; one quantity has one name everywhere."""
    found: dict[str, DeclaredName] = {}
    for slug in slugs(datasets):
        try:
            dataset = load_dataset(datasets, slug)
        except MinshengError:
            continue  # `check` says what is wrong with it
        refers = {name for reference in dataset.minsheng.references for name in reference.fields}
        for each in dataset.published:
            if each.name in refers or each.codes or each.split or each.join or each.type == "boolean":
                continue
            title = {"en": each.title.en, "zh-TW": each.title.zh_tw}
            for heard in each.heard:
                found.setdefault(fold_name(heard), DeclaredName(slug, each.name, title, each.unit))
    return found


def propose_fields(column: Column, at: int, taken: Collection[str], known: Known) -> list[ProposedField]:
    """Return the field of a column, and those that hold its marks or its codes.

    Args:
        column: what it holds.
        at: its place, from 1.
        taken: names that other fields have.
        known: what is known besides.
    """
    declared = known.declared.get(fold_name(column.heard))
    name = words.name_for(column.heard, at, taken)
    if declared and declared.name not in taken:
        name = declared.name
    judged = _judge(column, known)
    proposed = ProposedField(_named(column, at, name, known) | judged.values, [*_seen(column, judged), *judged.notes])
    if declared and declared.name == name != words.name_for(column.heard, at, taken):
        proposed.notes.append(f"Guess: name and title as in {declared.dataset}.")
    _give_unit(proposed, column, known)
    if name.startswith("column_") and not declared:
        proposed.notes.append("Question: a name and a title in English?")
    if _PERSONAL.search(column.heard):
        proposed.notes.append("Question: may everyone read this? Else write publish: no.")
    if proposed.type == "number" and "unit" not in proposed.values:
        proposed.notes.append("Question: in which unit, in UCUM, as ug/m3?")
    flag = proposed.values.get("flag")
    beside = [_flag_field(proposed, words.name_for(f"{name}_flag", at, {*taken, name}))] if flag else []
    if flag:
        flag["field"] = beside[0].name
    if judged.coded:
        beside.append(_code_field(column, at, judged.coded, {*taken, name}))
    _order(proposed)
    return [proposed, *beside]


@dataclass
class _Judged:
    values: dict[str, Any]
    notes: list[str] = field(default_factory=list)
    coded: codes.CodedBy | None = None
    values_read: Column | None = None
    """The column without what means no value."""


def _named(column: Column, at: int, name: str, known: Known) -> dict[str, Any]:
    declared = known.declared.get(fold_name(column.heard))
    heard = column.heard.strip() or name
    title = {"en": known.titles.get(column.heard) or words.title_for(column.heard, at), "zh-TW": heard}
    if declared and declared.name == name:
        title = dict(declared.title)
    description = {"en": f"As the agency gives it in the column {heard}.", "zh-TW": f"機關資料的欄位「{heard}」。"}
    said = {"name": name, "title": title, "description": description}
    return said | ({} if fold_name(column.heard) == fold_name(name) else {"heard_as": column.heard})


def _judge(column: Column, known: Known) -> _Judged:
    if not column.counts:
        return _Judged({"type": "string"}, ["Question: every cell of this file is empty; what type is it?"])
    if boolean := codes.as_boolean(column.texts):
        return _Judged(boolean)
    missing = marks.beside_values(column)
    rest = column.without(missing)
    found = _as_time(rest) if rest.counts else None
    word = words.known(column.heard)
    called = word.name if word and word.whole else column.heard
    if found is None and rest.counts and not numbers.are_codes(called, rest.texts):
        found = _as_number(rest, known)
    if found is None:
        return _as_words(column, known)
    if missing:
        said = found.values.get("missingValues", [])
        found.values["missingValues"] = [*missing, *(text for text in said if text not in missing)]
        found.notes.append(f"Guess: {_quoted(missing)} means no value. A mark that is data goes under flag.")
    found.values_read = found.values_read or rest
    return found


def _as_time(column: Column) -> _Judged | None:
    """The column as one of times, if all but a few of its cells are."""
    like = times.alike(column.heard, column.texts)
    rows = sum(column.counts[text] for text in like)
    if not like or rows < (1 - _FEW) * sum(column.counts.values()):
        return None
    proven = [way for way in times.ways(column.heard, like) if not _lost(way, like)]
    if not proven:
        return None
    notes = []
    others = [way for way in proven[1:] if way["type"] == proven[0]["type"] and "patterns" in way["date"]]
    if meaning := times.counted(proven[0]["date"], like[0]):
        notes.append(f"Guess: {meaning}.")
    elif others:
        notes.append(
            f"Question: is it {proven[0]['date']['patterns'][0]}? {others[0]['date']['patterns'][0]} fits too."
        )
    if proven[0]["date"].get("24:00"):
        notes.append("Seen: 24:00, which is the end of the day.")
    strange = [text for text in column.texts if text not in set(like)]
    return _Judged(dict(proven[0]), [*notes, *_strange(column, strange)])


def _as_number(column: Column, known: Known) -> _Judged | None:
    """The column as one of numbers, perhaps with marks beside some of them."""
    best: tuple[int, dict[str, Any], list[str]] | None = None
    for way in numbers.ways(column.texts):
        lost = _lost(way, column.texts)
        count = sum(column.counts[text] for text in lost)
        if best is None or count < best[0]:
            best = count, way, lost
        if not lost:
            break
    if best is None or best[0] > _MOST_FLAGGED * sum(column.counts.values()):
        return None
    count, way, lost = best
    numeric = column.without(lost)
    notes = []
    if lost:
        flagged = _flags(column, lost, way)
        if flagged is None and count > _FEW * sum(column.counts.values()):
            return None
        if flagged:
            way = way | flagged
            notes.append(
                f"Guess: {_quoted([*way['flag'].get('texts', []), *way['flag'].get('alone', [])])} are marks "
                "that are data; a field of their own keeps them."
            )
        else:
            notes += _strange(column, lost)
    if strange := marks.sentinels(numeric.texts):
        whole = [int(value) if value == int(value) else value for value in strange]
        way = way | {"missing_numbers": whole}
        notes.append(f"Guess: {', '.join(map(str, whole))} means no value.")
        numeric = numeric.without({text for text in numeric.texts if _value(text) in strange})
    return _Judged(dict(way), notes, values_read=numeric)


def _as_words(column: Column, known: Known) -> _Judged:
    values: dict[str, Any] = {"type": "string"}
    notes = []
    if missing := marks.among_words(column):
        values["missingValues"] = missing
        notes.append(f"Guess: {_quoted(missing)} means no value.")
    if any(map(_MARKUP.search, column.texts)):
        values["strip"] = "markup"
        notes.append("Seen: tags of HTML in the cells, which are taken out.")
    if doubtful := marks.doubtful(column):
        notes.append(f"Question: is {_quoted(doubtful)} a value, or does it mean that there is none (missingValues)?")
    coded = codes.coded_by(column.without(missing).texts, known.tables)
    few = 1 < len(column.counts) <= _MOST_CATEGORIES < column.rows / 2
    if few and not coded and all(re.fullmatch(r"[A-Za-z][A-Za-z0-9_+.<>\-]{0,11}", text) for text in column.texts):
        notes.append("Question: is this a list that never changes? Then write categories, with a label for each.")
    return _Judged(values, notes, coded, column.without(missing))


def _lost(way: Mapping[str, Any], texts: Sequence[str]) -> list[str]:
    try:
        return unread({"name": "value", **way}, texts)
    except DeclarationError:
        return list(texts)


def _flags(column: Column, lost: Sequence[str], way: Mapping[str, Any]) -> dict[str, Any] | None:
    """How the marks of cells that are no numbers are declared, if they are few and leave numbers behind."""
    beside, alone, missing = set[str](), set[str](), set[str]()
    for text in lost:
        found = _NUMBER_IN.fullmatch(text)
        first, _, rest = text.partition(" ")
        if found:
            beside |= {found["a"].strip(), found["b"].strip()} - {""}
        elif rest and first in marks.MARKS:
            missing.add(first)
            beside.add(rest.strip())
        else:
            alone.add(text)
    alone -= beside
    if len(beside | alone) > _MOST_MARKS or any(len(mark) > _LONGEST_MARK for mark in beside | alone):
        return None
    said = ({"texts": sorted(beside)} if beside else {}) | ({"alone": sorted(alone)} if alone else {})
    flagged: dict[str, Any] = {"flag": {"field": "mark", **said}}
    flagged |= {"missingValues": sorted(missing)} if missing else {}
    mark = {"name": "mark", "type": "string", "heard_as": "mark"}
    try:
        left = read({"name": "value", **way, **flagged}, column.texts, [mark]).unread
    except DeclarationError:
        return None
    return None if left else flagged


def _strange(column: Column, texts: Sequence[str]) -> list[str]:
    if not texts:
        return []
    count = sum(column.counts[text] for text in texts)
    return [
        f"Question: {count:,} cells cannot be read so ({_quoted(texts)}); what do they mean? They go to quarantine."
    ]


def _seen(column: Column, judged: _Judged) -> list[str]:
    read_as = judged.values_read or column
    empty = f"; {column.empty:,} empty" if column.empty else ""
    if not column.counts:
        return []
    if judged.values["type"] in ("integer", "number") and read_as.counts:
        ordered = sorted(read_as.texts, key=lambda text: _value(text) or 0.0)
        return [f"Seen: {ordered[0]} to {ordered[-1]}{empty}."]
    if judged.values["type"] not in ("string", "boolean", "integer", "number"):
        ordered = sorted(read_as.texts)
        if len(ordered) > 1:
            return [f"Seen: {len(ordered):,} different, such as {ordered[0]} and {ordered[-1]}{empty}."]
    shown = [f"{text[:30]} ({count:,})" for text, count in list(column.counts.items())[:_SHOWN]]
    more = ", …" if len(column.counts) > _SHOWN else ""
    return [f"Seen: {len(column.counts):,} different: {_line(', '.join(shown))}{more}{empty}."]


def _value(text: str) -> float | None:
    try:
        return float(re.sub(r"[^0-9.eE+\-]", "", text))
    except ValueError:
        return None


def _quoted(texts: Sequence[str]) -> str:
    return _line(", ".join(repr(text[:30]) for text in texts[:_SHOWN])) + (", …" if len(texts) > _SHOWN else "")


def _line(text: str) -> str:
    return " ".join(text.split())


def _give_unit(proposed: ProposedField, column: Column, known: Known) -> None:
    """Give a number a unit that the file, another declaration or the name of the column suggests."""
    if proposed.type not in ("integer", "number"):
        return
    word, declared = words.known(column.heard), known.declared.get(fold_name(column.heard))
    written = known.units.get(column.heard)
    unit = words.unit_written(written) if written else None
    if unit:
        proposed.notes.append(f"Guess: the unit is from {written!r} in the file.")
    elif declared and declared.unit and declared.name == proposed.name:
        unit = declared.unit
        proposed.notes.append(f"Guess: the unit is as in {declared.dataset}.")
    elif unit := next(filter(None, map(words.unit_written, proposed.values.get("number", {}).get("units", ()))), None):
        proposed.notes.append("Guess: the unit is what stands behind the numbers.")
    elif unit := words.unit_in(column.heard) or (word.unit if word else None):
        proposed.notes.append("Guess: the unit is from the name of the column.")
    if unit is None:
        return
    proposed.values["unit"] = unit
    if unit.startswith("{") and re.fullmatch(r"\{[^{}]*\}", unit) and proposed.type == "number":
        if numbers.without_points(column.texts):
            proposed.values |= {"type": "integer", "number": {"integral": True}}
        elif "number" not in proposed.values:
            proposed.values["number"] = {"decimal": "."}


def _flag_field(proposed: ProposedField, name: str) -> ProposedField:
    title = {
        key: f"{text}{more}"
        for (key, text), more in zip(proposed.values["title"].items(), (": mark", "註記"), strict=True)
    }
    description = {
        "en": f"The mark that stands beside or instead of {proposed.name}.",
        "zh-TW": f"{proposed.name} 數值旁或取代數值的註記。",
    }
    return ProposedField({"name": name, "title": title, "description": description, "type": "string"})


def _code_field(column: Column, at: int, coded: codes.CodedBy, taken: Collection[str]) -> ProposedField:
    """The field with the code of a reference table, beside the agency's word."""
    table = coded.table
    name = words.name_for(table.value or f"{column.heard}_code", at, taken)
    said = {"dataset": table.dataset, "key": table.column, "value": table.value}
    refers = table.refers[0] if table.refers else table.dataset
    heard = column.heard.strip()
    values: dict[str, Any] = {
        "name": name,
        "title": {"en": f"{words.title_for(column.heard, at)}: code", "zh-TW": f"{heard}代碼"},
        "description": {
            "en": f"Found from {heard} by the table {table.dataset}; refers to the dataset {refers}.",
            "zh-TW": f"由「{heard}」經資料集 {table.dataset} 對照而得，參照資料集 {refers}。",
        },
        "type": "string",
        "heard_as": column.heard,
    }
    values |= {"codes": {"table": said}} if table.value else {}
    notes = [
        f"Seen: {len(column.counts) - len(coded.strange):,} of {len(column.counts):,} words are in {table.dataset}."
    ]
    if coded.strange:
        notes.append(
            f"Question: what is {_quoted(coded.strange)}? Until {table.dataset} knows it, it goes to quarantine."
        )
    return ProposedField(values, notes)


_ORDER = (
    "name",
    "title",
    "description",
    "type",
    "unit",
    "heard_as",
    "join",
    "split",
    "missingValues",
    "missing_numbers",
)


def _order(proposed: ProposedField) -> None:
    first = {key: proposed.values[key] for key in _ORDER if key in proposed.values}
    proposed.values = first | {key: value for key, value in proposed.values.items() if key not in first}
