"""Tables that are not one row a record, and columns that are one value together: periods as columns, packed cells."""

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from catalog.declaration.names import fold_name
from pipelines.decode.parts.beside import is_beside
from pipelines.propose import times
from pipelines.propose.columns import Column
from pipelines.propose.fields import ProposedField
from pipelines.propose.proof import dataset_of
from pipelines.shape import shaped

_FEWEST = 3
"""Columns whose names are periods before they become rows."""
_WIDE = (
    ("year", re.compile(r"\s*(?:1[89]|20)[0-9]{2}\s*"), r"\s*[0-9]{4}\s*"),
    ("year", re.compile(r"(?:1[89]|20)[0-9]{2} \[YR[0-9]{4}\]"), r"[0-9]{4} \[YR[0-9]{4}\]"),
    ("day", re.compile(r"[0-9]{1,4}[/\-.][0-9]{1,2}[/\-.][0-9]{1,4}"), r"[0-9]{1,4}[/\-.][0-9]{1,2}[/\-.][0-9]{1,4}"),
    ("month", re.compile(r"[0-9]{2,4}(?:[/\-.年])[0-9]{1,2}月?"), r"[0-9]{2,4}[/\-.年][0-9]{1,2}月?"),
    ("hour", re.compile(r"0?[0-9]|1[0-9]|2[0-4]"), r"[0-9]{1,2}"),
)
_FEWEST_BELOW = 0.25
"""The share of rows that say nothing in a column whose texts name groups of rows."""
_PACKED = (",", ";", "|")
_ALIKE = 0.95
OFFSETS = {
    "EST": "-05:00", "EDT": "-04:00", "CDT": "-05:00", "MST": "-07:00", "MDT": "-06:00", "PST": "-08:00",
    "PDT": "-07:00", "AKST": "-09:00", "AKDT": "-08:00", "HST": "-10:00", "UTC": "Z", "GMT": "Z", "BST": "+01:00",
    "CET": "+01:00", "CEST": "+02:00", "JST": "+09:00", "KST": "+09:00",
}  # fmt: skip
"""Names of offsets that mean one only; CST is -06:00 in America and +08:00 in China."""
_ZONE_NAMES = re.compile(r"tz|zone|時區", re.IGNORECASE)


@dataclass
class Shape:
    """The steps of `minsheng.shape`, the records after them, and what a steward should know."""

    steps: list[dict[str, Any]]
    records: pa.Table
    notes: list[str] = field(default_factory=list)


def see_shape(records: pa.Table, merged: Sequence[str] = (), totals: Sequence[str] = ()) -> Shape:
    """Return the steps that make one row a record of a table: cells of groups are filled, periods become rows.

    Args:
        records: as the decoder gives them.
        merged: columns with merged cells, as the file says.
        totals: how the first texts of rows begin that are totals.
    """
    names = [name for name in records.column_names if not is_beside(name)]
    found = [step for step in (_filled(records, names, merged), _unpivoted(records, names)) if step]
    steps = [step for step, _ in found]
    if totals and "fill_down" in (steps or [{}])[0]:
        steps[0]["fill_down"]["stop"] = list(totals)
    after = shaped(dataset_of([], shape=steps), records) if steps else records
    return Shape(steps, after, [note for _, note in found])


def _filled(records: pa.Table, names: Sequence[str], merged: Sequence[str]) -> tuple[dict[str, Any], str] | None:
    """Merged cells, whose text stands in the first of their rows only."""
    texts = {name: [(text or "").strip() for text in records.column(name).to_pylist()] for name in names}
    guessed = [] if merged else _groups(texts)
    known = [name for name in names if name in merged and "" in texts[name]]
    columns = [name for name in names if name in known or name in guessed]
    if not columns:
        return None
    empty = sum(texts[name].count("") for name in columns)
    how = (
        "Seen: merged cells" if len(known) == len(columns) else "Guess: groups of rows, named in their first row only,"
    )
    note = f"{how} in {', '.join(columns)}: {empty:,} empty cells take the text above them."
    return {"fill_down": {"columns": columns}}, note


def _groups(texts: Mapping[str, Sequence[str]]) -> list[str]:
    """The columns at the left whose texts name groups: each text once in its group, with empty cells below it."""
    found: list[str] = []
    rows = [at for at in range(len(next(iter(texts.values()), ()))) if any(column[at] for column in texts.values())]
    above = dict.fromkeys(rows, "")
    for column in texts.values():
        said = [(above[at], column[at]) for at in rows if column[at]]
        empty = len(rows) - len(said)
        if not rows or not column[rows[0]] or not empty:
            break
        if len(said) < 2 or len(set(said)) < len(said) or empty < _FEWEST_BELOW * len(rows):
            break
        if any(not column[at] for before, at in itertools.pairwise(rows) if above[before] != above[at]):
            break  # a group that begins without a text: of a total, perhaps
        last = ""
        for at in rows:
            last = column[at] or last
            above[at] += f"{last}\n"
        found.append(next(name for name, one in texts.items() if one is column))
    rest = [column for name, column in texts.items() if name not in found]
    return found if any(all(column[at] for at in rows) for column in rest) else []


def _unpivoted(records: pa.Table, names: Sequence[str]) -> tuple[dict[str, Any], str] | None:
    """Columns whose names are periods become rows."""
    for kind, looks, pattern in _WIDE:
        wide = [name for name in names if looks.fullmatch(name)]
        if len(wide) < _FEWEST or (kind == "hour" and len(wide) not in (24, 25)):
            continue
        taken = {fold_name(name) for name in names if name not in wide}
        name, value = (word if word not in taken else f"{word}_of_column" for word in (kind, "value"))
        cells = [records.column(each) for each in wide]
        empty = sum(column.null_count for column in cells) + sum(column.to_pylist().count("") for column in cells)
        step: dict[str, Any] = {"patterns": [pattern], "name": name, "value": value}
        note = f"Seen: {len(wide)} columns whose names are {kind}s, {wide[0].strip()} to {wide[-1].strip()}."
        if empty:
            step["empty"] = "drop"
            note += f" {empty:,} empty cells make no row."
        return {"unpivot": step}, note
    return None


def packed(column: Column) -> tuple[str, list[str]] | None:
    """Return the separator and the names of the parts, where header and cells pack several values into one; or None."""
    for separator in _PACKED:
        parts = column.heard.split(separator)
        if len(parts) < 2 or not all(map(str.strip, parts)):
            continue
        alike = sum(count for text, count in column.counts.items() if text.count(separator) == len(parts) - 1)
        if alike >= _ALIKE * column.rows:
            # Eurostat says behind a backslash what the other columns of the header are.
            return separator, [part.split("\\")[0].strip() for part in parts]
    return None


def part_of(column: Column, separator: str, at: int, name: str) -> Column:
    """Return the column of one part of packed cells."""
    counts: dict[str, int] = {}
    for text, count in column.counts.items():
        parts = text.split(separator)
        part = parts[at].strip() if at < len(parts) else ""
        if part:
            counts[part] = counts.get(part, 0) + count
    return Column(name, counts, column.rows - sum(counts.values()))


def join_times(fields: list[ProposedField], columns: Sequence[Column]) -> list[ProposedField]:
    """Return the fields with a day and a time in two columns as one field, and a time with the column of its offset.

    Args:
        fields: as proposed for each column.
        columns: what each of them holds, by its heard name.
    """
    by_heard = {fold_name(column.heard): column for column in columns}
    days = [one for one in fields if one.type == "date"]
    clocks = [one for one in fields if one.type in ("string", "integer") and _clock(one, by_heard)]
    if len(days) == 1 and len(clocks) == 1:
        pattern = _clock(clocks[0], by_heard) or ""
        date = dict(days[0].values["date"])
        date["patterns"] = [f"{day} {pattern}" for day in date["patterns"]]
        texts = _column(clocks[0], by_heard).texts
        if any(re.match(r"24(?::00)*$", text) for text in texts):
            date["24:00"] = True
        hours = " Question: does the hour name its beginning or its end (shift: -1h)?" if pattern == "%H" else ""
        return _joined(
            fields, by_heard, [days[0], clocks[0]], ("datetime", date), f"Seen: day and time in two columns.{hours}"
        )
    return _with_offset(_year_and(fields, by_heard), by_heard)


def _column(one: ProposedField, by_heard: dict[str, Column]) -> Column:
    return by_heard.get(fold_name(str(one.values.get("heard_as", one.name))), Column(one.name, {}, 0))


def _clock(one: ProposedField, by_heard: dict[str, Column]) -> str | None:
    column = _column(one, by_heard)
    return times.is_clock(column.texts) or ("%H" if times.is_hour(column.heard, column.texts) else None)


def _with_offset(fields: list[ProposedField], by_heard: dict[str, Column]) -> list[ProposedField]:
    found = [one for one in fields if one.type == "datetime" and "join" not in one.values]
    zones = [
        one
        for one in fields
        if _ZONE_NAMES.search(_column(one, by_heard).heard) and set(_column(one, by_heard).texts) <= OFFSETS.keys()
    ]
    zones = [one for one in zones if _column(one, by_heard).texts]
    if len(found) != 1 or len(zones) != 1:
        return fields
    date = dict(found[0].values["date"])
    date["patterns"] = [f"{pattern} %z" for pattern in date["patterns"]]
    date |= {"zone": "UTC", "offsets": {name: OFFSETS[name] for name in sorted(_column(zones[0], by_heard).texts)}}
    note = "Seen: the offset stands in a column of its own. Question: in which zone are the times published?"
    return _joined(fields, by_heard, [found[0], zones[0]], ("datetime", date), note)


def _year_and(fields: list[ProposedField], by_heard: dict[str, Column]) -> list[ProposedField]:
    """A year and a month, or a year and a week, in two columns."""
    years = [one for one in fields if one.type == "year"]
    for kind, part, looks in (("month", "%m", r"月份?|month|mon|月別"), ("week", "%V", r"週別?|week|wk")):
        others = [
            one
            for one in fields
            if re.fullmatch(looks, _column(one, by_heard).heard.strip(), re.IGNORECASE)
            and all(
                text.isdecimal() and 1 <= int(text) <= (12 if kind == "month" else 53)
                for text in _column(one, by_heard).texts
            )
        ]
        if len(years) == 1 and len(others) == 1 and _column(others[0], by_heard).texts:
            date = dict(years[0].values["date"])
            date["patterns"] = [f"{pattern}-{part}" for pattern in date["patterns"]]
            note = f"Seen: year and {kind} in two columns."
            if kind == "week":
                note += " Question: does a week begin on Monday, or weeks: sunday?"
            return _joined(fields, by_heard, [years[0], others[0]], (kind, date), note)
    return fields


def _joined(
    fields: list[ProposedField],
    by_heard: dict[str, Column],
    parts: list[ProposedField],
    read_as: tuple[str, dict[str, Any]],
    note: str,
) -> list[ProposedField]:
    """The fields with parts that are not published, and behind the last of them the one that they make."""
    kind, date = read_as
    made, taken = [], {one.name for one in fields}
    for one in parts:
        heard = _column(one, by_heard).heard
        name = next(f"{one.name}_text{more}" for more in ("", "_2", "_3") if f"{one.name}_text{more}" not in taken)
        values = {key: one.values[key] for key in ("title", "description")}
        made.append(
            ProposedField({"name": name, **values, "type": "string", "heard_as": heard, "publish": "no"}, one.notes)
        )
    name = {"datetime": "time"}.get(kind, kind)
    name = name if name not in taken - {one.name for one in parts} else f"{name}_joined"
    heards = [_column(one, by_heard).heard for one in parts]
    joined = ProposedField(
        {
            "name": name,
            "title": {"en": name.capitalize().replace("_", " "), "zh-TW": "時間" if kind == "datetime" else "期間"},
            "description": {
                "en": f"Made of the columns {' and '.join(heards)}.",
                "zh-TW": f"由「{'」及「'.join(heards)}」組成。",
            },
            "type": kind,
            "join": {"fields": [one.name for one in made], **({} if kind == "datetime" else {"by": "-"})},
            "date": date,
        },
        [note],
    )
    return _in_place(fields, parts, made, joined)


def _in_place(
    fields: list[ProposedField], parts: list[ProposedField], made: list[ProposedField], joined: ProposedField
) -> list[ProposedField]:
    """The fields with others in the place of some, and one more behind the last of these."""
    replaced = {id(one): new for one, new in zip(parts, made, strict=True)}
    found: list[ProposedField] = []
    for one in fields:
        found.append(replaced.get(id(one), one))
        if one is max(parts, key=fields.index):
            found.append(joined)
    return found
