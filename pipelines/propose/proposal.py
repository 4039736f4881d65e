"""All that is seen of an answer, as one declaration: values, and the comments of a steward's colleague."""

import dataclasses
import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from catalog.declaration.dataset import Agency
from catalog.declaration.site import load_site
from catalog.errors import DeclarationError, SourceError
from pipelines.conform.columns import find_columns
from pipelines.conform.rows import conform
from pipelines.decode.parts import bounded, gzip, json_values
from pipelines.decode.parts.beside import is_beside
from pipelines.propose import forms, times, words
from pipelines.propose.answer import AgencyAnswer
from pipelines.propose.codes import ReferenceTable, reference_tables
from pipelines.propose.columns import Column, columns_of
from pipelines.propose.fields import Known, ProposedField, declared_names, propose_fields
from pipelines.propose.figures import Coming, see_figures
from pipelines.propose.forms import Form
from pipelines.propose.keys import FoundKey, find_key, of_names
from pipelines.propose.paging import Paged, see_paging
from pipelines.propose.proof import dataset_of
from pipelines.propose.record import PortalRecord
from pipelines.propose.shapes import Shape, join_times, packed, part_of, see_shape
from pipelines.propose.totals import Totals, see_totals
from pipelines.propose.written import Path as Place
from pipelines.propose.written import write
from pipelines.protocols.parts.request import MAX_BODY_BYTES

_OGDL = {
    "name": "OGDL-Taiwan-1.0",
    "path": "https://data.gov.tw/license",
    "title": {"en": "Open Government Data License, version 1.0", "zh-TW": "政府資料開放授權條款－第1版"},
}
_SHOWN_KEYS = 3
Omitted = list[dict[str, Any]]
"""The block `omit`."""
_FETCHED = {
    "title": {"en": "Day", "zh-TW": "日期"},
    "description": {"en": "The day on which the agency was asked.", "zh-TW": "向機關讀取資料之日。"},
    "type": "date",
    "from": {"fetched_at": True},
}
_FETCHED_NOTES = (
    "Seen: one row without a day.",
    "Question: is it of the day of the fetch, or of the day before (shift: -1d)?",
)
_COUNTS = {
    "name": "occurrence",
    "title": {"en": "Number among rows alike", "zh-TW": "相同資料列序號"},
    "description": {
        "en": "1, 2, ... among the rows of one file that are alike in the rest of the key.",
        "zh-TW": "同一檔案中，主鍵其餘欄位相同之資料列的序號。",
    },
    "type": "integer",
    "occurrence": True,
}


@dataclass(frozen=True)
class Proposal:
    """A declaration that is proposed."""

    values: dict[str, Any]
    notes: dict[Place, list[str]]
    rows: int
    """Rows of the answer, one for each record."""
    key: FoundKey
    head: Sequence[str] = ()

    @property
    def text(self) -> str:
        """The file."""
        return write(self.values, self.notes, self.head)

    @property
    def questions(self) -> int:
        """How many questions stand in it."""
        return sum(note.count("Question:") for notes in self.notes.values() for note in notes)


@dataclass(frozen=True)
class Surroundings:
    """What a proposal is made among."""

    datasets: Path
    agencies: Mapping[str, Agency]
    today: dt.date
    record: PortalRecord | None = None


def propose(name: str, answer: AgencyAnswer, around: Surroundings) -> Proposal:
    """Return a declaration for an answer.

    Args:
        name: of the dataset.
        answer: what the agency sent.
        around: the other declarations, the agencies, the portal's record.

    Raises:
        SourceError: no format fits, or there are neither records nor columns.
    """
    form, records = bounded.call(forms.look, answer.body)
    if all(map(is_beside, records.column_names)):
        raise SourceError("expected records, found none: take an answer that has some")
    totals = see_totals(records)
    shape = see_shape(records, form.merged, totals.begins if totals else ())
    paged = _paging(form, answer, records.num_rows)
    tables, declared = reference_tables(around.datasets), declared_names(around.datasets)
    known = Known(tables, declared, form.titles, form.units)
    fields, rows, omit = _read(shape.records, known, around.record, totals)
    published = [one for one in fields if one.name in rows.column_names]
    key = find_key(rows, published) if rows.num_rows else of_names(published)
    if rows.num_rows == 1:
        fields, key = _of_one_row(fields, published, key)
    if key.occurrence:
        fields.append(
            ProposedField(dict(_COUNTS), ["Seen: no few fields identify a row, so rows that are alike are counted."])
        )
    coming = see_figures(rows, published, key, around.today)
    if coming.time and coming.time not in key.fields and coming.load == "upsert":
        names = {*key.fields, coming.time}
        key = dataclasses.replace(key, fields=tuple(one.name for one in fields if one.name in names))
    if totals and omit:
        coming.notes["omit"] = [totals.note]
    return _Writing(name, answer, around, form, shape, fields, key, coming, tables, paged, omit).proposal(rows.num_rows)


def _paging(form: Form, answer: AgencyAnswer, rows: int) -> Paged | None:
    """How the pages of an answer follow one another, if it is one of several."""
    if form.format != "json" or "encoding" in form.reading:
        return None
    document = bounded.call(json_values.parse, gzip.unpack(answer.body, MAX_BODY_BYTES), "utf-8", "quarantine")
    return see_paging(document, rows, str(answer.asked.source["address"]))


def _read(
    records: pa.Table, known: Known, portal: PortalRecord | None, totals: Totals | None
) -> tuple[list[ProposedField], pa.Table, Omitted]:
    """The fields, and the typed values; columns that are joined to a time only if every row of them is read."""
    columns = columns_of(records)
    fields = _fields(columns, known, portal)
    omit = _omit(fields, totals)
    joined = join_times(fields, columns)
    rows = _rows(records, joined, omit)
    made = next((one for one in joined if "join" in one.values), None)
    if made is None or not rows.column(made.name).null_count:
        return joined, rows, omit
    lost = rows.column(made.name).null_count
    apart = [part for part in fields if part.name + "_text" in made.values["join"]["fields"]]
    for part in apart[:1]:
        part.notes.append(f"Seen: joined to one {made.type}, {lost:,} rows could not be read; so it stays apart.")
    return fields, _rows(records, fields, omit), omit


def _omit(fields: Sequence[ProposedField], totals: Totals | None) -> Omitted:
    """How totals are omitted, if a field has the words that tell them."""
    heard = totals.column if totals else None
    named = (one.name for one in fields if one.values.get("heard_as", one.name) == heard and one.type == "string")
    name = next(named, None)
    return totals.omit(name) if totals and name else []


def _of_one_row(
    fields: list[ProposedField], published: Sequence[ProposedField], key: FoundKey
) -> tuple[list[ProposedField], FoundKey]:
    """A table of one row is of a time: that in it, else that of the fetch."""
    at = next((one.name for one in published if one.type in times.TYPES), None)
    if at is None:
        at = words.name_for("day", 1, {one.name for one in fields})
        fields = [ProposedField({"name": at, **_FETCHED}, list(_FETCHED_NOTES)), *fields]
    return fields, dataclasses.replace(key, fields=(at,), occurrence=False)


def _fields(columns: Sequence[Column], known: Known, portal: PortalRecord | None) -> list[ProposedField]:
    fields: list[ProposedField] = []
    for at, column in enumerate(columns, start=1):
        taken = {one.name for one in fields}
        if parts := packed(column):
            fields += _parts(column, *parts, at, taken, known)
        else:
            fields += propose_fields(column, at, taken, known)
    if portal:
        for one in fields:
            if title := portal.title_of(str(one.values.get("heard_as", one.name))):
                one.values["title"] = {**one.values["title"], "zh-TW": title}
    return fields


def _parts(
    column: Column, separator: str, names: list[str], at: int, taken: set[str], known: Known
) -> list[ProposedField]:
    """The fields of a column that packs several values into each cell."""
    fields: list[ProposedField] = []
    for place, name in enumerate(names):
        others = {*taken, *(one.name for one in fields)}
        (proposed, *_) = propose_fields(part_of(column, separator, place, name), at, others, _without_tables(known))
        proposed.values["heard_as"] = column.heard
        proposed.values["split"] = {"separator": separator, "part": place}
        fields.append(proposed)
    fields[0].notes.insert(0, f"Seen: the column packs {len(names)} values into each cell.")
    return fields


def _without_tables(known: Known) -> Known:
    """Return what is known without reference tables: a part of a cell is the agency's word first."""
    return known._replace(tables=())


def _rows(records: pa.Table, fields: Sequence[ProposedField], omit: Omitted) -> pa.Table:
    """The typed values of the fields that need no other dataset, as the pipeline reads them."""
    alone = [one.values for one in fields if not one.values.get("codes")]
    dataset = dataset_of(alone, key=[_first_published(alone)], omit=omit)
    raw = find_columns(dataset, 1, records)
    read = conform(dataset, raw.table, {}).rows
    return read.select([one.name for one in dataset.published])


def _first_published(fields: Sequence[Mapping[str, Any]]) -> str:
    names = [str(one["name"]) for one in fields if one.get("publish") != "no"]
    if not names:
        raise DeclarationError("expected a column that may be published, found none")
    return names[0]


@dataclass(frozen=True)
class _Writing:
    """Puts together what was seen."""

    name: str
    answer: AgencyAnswer
    around: Surroundings
    form: Form
    shape: Shape
    fields: list[ProposedField]
    key: FoundKey
    coming: Coming
    tables: Sequence[ReferenceTable]
    paged: Paged | None
    omit: Omitted

    def proposal(self, rows: int) -> Proposal:
        values = {"name": self.name, **self._texts(), **self._table(), "minsheng": self._block()}
        head = [
            f"Proposed by `minsheng new` on {self.around.today} from {Path(self.answer.place).name}.",
            "Answer each question, correct each guess, then take these comments out.",
        ]
        return Proposal(values, self._notes(), rows, self.key, head)

    def _texts(self) -> dict[str, Any]:
        record = self.around.record or PortalRecord()
        agency = self._agency
        words = self.name.replace("-", " ").capitalize()
        title = {"en": record.title_en or words, "zh-TW": record.title or f"{agency.title.zh_tw}：{self.name}"}
        description = {
            "en": record.description_en or f"One row is one record of {title['en']}. Published by: {agency.title.en}.",
            "zh-TW": record.description or f"每一列為{agency.title.zh_tw}發布之一筆資料。",
        }
        source: dict[str, Any] = {"title": dict(title)}
        if record.number:
            source["path"] = f"https://data.gov.tw/dataset/{record.number}"
        publisher = {"title": {"en": agency.title.en, "zh-TW": record.publisher or agency.title.zh_tw}}
        return {
            "title": title,
            "description": description,
            **({"keywords": [{"en": word, "zh-TW": word} for word in record.keywords]} if record.keywords else {}),
            "licenses": [_OGDL],
            "contributors": [publisher | {"roles": ["publisher"], "path": agency.homepage}],
            "sources": [source],
        }

    @property
    def _agency(self) -> Agency:
        return self.around.agencies[self.answer.asked.agency]

    def _table(self) -> dict[str, Any]:
        key = [*self.key.fields, *(["occurrence"] if self.key.occurrence else [])]
        return {"schema": {"fields": [one.values for one in self.fields], "primaryKey": key}}

    def _block(self) -> dict[str, Any]:
        reading = dict(self.form.reading)
        source = dict(self.answer.asked.source)
        if self.paged:
            source |= {"protocol": "rest", "address": self.paged.address, "paging": self.paged.paging}
        source |= {"format": self.form.format, **({"reading": reading} if reading else {})}
        agency, coming = self._agency, self.coming
        block: dict[str, Any] = {
            "agency": self.answer.asked.agency,
            "source": source,
            "attribution": {"en": f"Source: {agency.title.en}", "zh-TW": f"資料來源：{agency.title.zh_tw}"},
            "fetch": coming.fetch,
            "release": coming.fetch if coming.fetch.startswith("30") else "30 1 * * *",
            "load": coming.load,
        }
        block |= {"shape": self.shape.steps} if self.shape.steps else {}
        block |= {"omit": self.omit} if self.omit else {}
        block |= {"conflict": coming.conflict} if coming.conflict else {}
        block |= {"partition": coming.partition} if coming.partition else {}
        block |= {"references": references} if (references := self._references()) else {}
        block["approve"] = "first"
        block |= {"guards": coming.guards} if coming.guards else {}
        return block | {"due": {"fetched": coming.due}}

    def _references(self) -> list[dict[str, Any]]:
        tables = {(one.dataset, one.column): one for one in self.tables}
        found = []
        for one in self.fields:
            table = one.values.get("codes", {}).get("table")
            refers = tables[table["dataset"], table["key"]].refers if table else None
            if refers:
                found.append({"fields": [one.name], "dataset": refers[0], "to": [refers[1]]})
        return found

    def _notes(self) -> dict[Place, list[str]]:
        notes: dict[Place, list[str]] = {}
        record = self.around.record
        if not (record and record.title_en):
            notes["title",] = ["Question: a title of a few words, in both languages?"]
        if not (record and record.description and record.description_en):
            notes["description",] = ["Question: what is one row, and what should readers know?"]
        taiwan = re.search(r"\.(?:tw|taipei)(?:/|$)", self._agency.homepage) is not None
        guess = "Guess: the licence of the agencies of Taiwan. Question: does the agency say another one?"
        notes["licenses",] = [guess if taiwan else "Question: under which licence? This one is of Taiwan."]
        for at, one in enumerate(self.fields):
            if one.type == "datetime" and not taiwan and "zone" not in one.values["date"]:
                one.notes.append("Question: in which zone? Without date.zone it is Asia/Taipei.")
            if one.notes:
                notes["schema", "fields", at] = one.notes
        notes["schema", "primaryKey"] = [self._proof()]
        notes["minsheng", "agency"] = [note for note in self.answer.asked.notes if "whose file" in note]
        notes["minsheng", "source", "address"] = [note for note in self.answer.asked.notes if "whose file" not in note]
        notes["minsheng", "source", "paging"] = self.paged.notes if self.paged else []
        notes["minsheng", "source", "reading"] = list(self.form.notes)
        notes["minsheng", "shape"] = self.shape.notes
        notes["minsheng", "approve"] = [
            "The first release waits for a steward; `auto` releases what passes every check."
        ]
        notes["minsheng", "due"] = self._topic()
        notes |= {("minsheng", key): lines for key, lines in self.coming.notes.items()}
        if not self.form.reading and self.form.notes:
            notes["minsheng", "source", "format"] = list(self.form.notes)
        return {place: lines for place, lines in notes.items() if lines}

    def _proof(self) -> str:
        rows = f"{self.key.rows:,} rows" if self.key.rows != 1 else "1 row"
        if not self.key.rows:
            return "Question: which fields identify a row? The file has no rows; this key is a guess."
        if self.key.occurrence and not self.key.twice:
            return (
                f"Question: which fields identify a row? In {rows} only numbers do. If one of them is the row's own in "
                "every file, it is the key, and occurrence goes."
            )
        if self.key.occurrence:
            return (
                f"Seen: of {rows} {self.key.twice:,} are not alone with their key. Question: which fields identify one?"
            )
        if self.key.twice:
            return f"Seen: of {rows} {self.key.twice:,} share their key with another one."
        alike = f" {', '.join(self.key.alike)} is the same in all of them." if self.key.alike else ""
        if self.key.is_weak:
            return f"Question: which fields identify a row? This key is proved by {rows} only{self._rivals()}.{alike}"
        return f"Seen: each of {rows} has a key of its own.{alike} Question: will that hold for every file?"

    def _rivals(self) -> str:
        """Other keys that few rows prove as well."""
        keys = [" and ".join(names) for names in self.key.rivals[:_SHOWN_KEYS]]
        return f"; {', or '.join(keys)} would tell them apart too" if keys else ""

    def _topic(self) -> list[str]:
        topics = load_site(self.around.datasets).topics
        return [f"Question: a topic ({', '.join(topics)}) and views, for the pages?"] if topics else []
