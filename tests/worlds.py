"""Small worlds for tests: a folder of declarations, two stores in directories, agencies that say what a test says."""

import copy
import datetime as dt
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
from stores import quick_stores

from catalog import keys
from catalog.declaration.dataset import Agency, Dataset
from catalog.formats import csv
from catalog.release import pointer, publish
from catalog.release.assemble import NewPartition, Parts, assemble
from catalog.release.changes import Counts
from catalog.release.document import Candidate, Described, FileReference, Release, Resource
from catalog.release.read import ReleaseFiles
from catalog.store import Store
from catalog.store.file import FileStore
from pipelines.context import Clock, Context
from pipelines.declared import Declarations, Declared
from pipelines.records import Fetched, Page, Record
from pipelines.refresh.result import RefreshResult
from pipelines.refresh.settle import record as keep
from pipelines.refresh.settle import settle
from pipelines.refresh.state import DatasetState, read_state
from pipelines.settings import Settings
from pipelines.settings import read as read_settings
from quality.suite import read_suite

START = dt.datetime.fromisoformat("2026-07-01T08:00:00+08:00")
SLUG = "rivers"


def text(en: str) -> dict[str, str]:
    return {"en": en, "zh-TW": f"臺：{en}"}


def column(name: str, kind: str = "string", **more: Any) -> dict[str, Any]:
    """A field of a declaration."""
    said = {"name": name, "title": text(name), "description": text(f"{name}, for tests"), "type": kind}
    if kind in ("date", "datetime"):
        said["date"] = {"patterns": ["%Y-%m-%d"] if kind == "date" else ["%Y-%m-%d %H:%M:%S"]}
    return said | more


def declaration(slug: str = SLUG, fields: list[dict[str, Any]] | None = None, **more: Any) -> dict[str, Any]:
    """A whole declaration: of `fields` the first is the key; `more` goes into the minsheng block, `key` is the key."""
    fields = fields or [column("site"), column("level", "number")]
    key = more.pop("key", [fields[0]["name"]])
    top = more.pop("top", {})
    block = {
        "agency": "waters",
        "source": {"protocol": "file", "address": "https://waters.example/rivers.csv", "format": "csv"},
        "attribution": text("Source: tests"),
        "fetch": "0 * * * *",
        "release": "30 1 * * *",
        "load": "upsert",
        "approve": "auto",
        "due": {"fetched": "3h"},
    }
    said = {
        "name": slug,
        "title": text(slug),
        "description": text("A table for tests."),
        "licenses": [{"name": "OGDL-Taiwan-1.0", "path": "https://data.gov.tw/license", "title": text("Licence")}],
        "contributors": [{"title": text("Waters"), "roles": ["publisher"]}],
        "sources": [{"title": text("Rivers")}],
        "schema": {"fields": fields, "primaryKey": key},
        "minsheng": block | more,
    }
    return copy.deepcopy(said | top)


def correction(**more: Any) -> dict[str, Any]:
    """A known fault of a source: the level of site a was 9999 while the gauge was stuck."""
    said = {
        "id": "stuck",
        "when": {"site": "a"},
        "field": "level",
        "found": "9999",
        "value": "",
        "reason": text("The gauge was stuck."),
        "reported": "2026-07-01",
        "until": "2026-12-31",
    }
    return said | more


def inline(slug: str, **more: Any) -> dict[str, Any]:
    """The declaration of a table that a steward keeps beside it."""
    return declaration(slug, source={"protocol": "inline", "table": "table.csv"}, load="replace", **more)


def dataset(slug: str = SLUG, fields: list[dict[str, Any]] | None = None, **more: Any) -> Dataset:
    """The declaration, loaded."""
    return Dataset.load(declaration(slug, fields, **more), f"{slug}/dataset.yaml")


def declared(
    fields: list[dict[str, Any]] | None = None, quality: list[dict[str, Any]] | None = None, **more: Any
) -> Declared:
    """A declared dataset with its quality.yaml and agency, and no reference tables."""
    suite = read_suite({"expectations": quality or []}, f"{SLUG}/quality.yaml")
    return Declared(dataset(SLUG, fields, **more), suite, Agency.model_validate(AGENCIES["waters"]))


def texts(**columns: list[str | None]) -> pa.Table:
    """Records as they are decoded."""
    return pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})


AGENCIES = {"waters": {"title": text("Waters"), "homepage": "https://waters.example", "hosts": ["waters.example"]}}


@dataclass
class World:
    """One home: declarations, stores, a clock that stands where a test puts it."""

    root: Path
    now: dt.datetime = START
    stores: tuple[Any, Any] | None = None
    """Public and private; None: in its folder."""
    ctx: Context = field(init=False)

    def __post_init__(self) -> None:
        self.datasets = self.root / "datasets"
        self.public, self.private = self.stores or quick_stores(self.root)
        self.datasets.mkdir(parents=True, exist_ok=True)
        # JSON is YAML: what a test declares is written as it is.
        if not (self.datasets / "agencies.yaml").exists():  # else another process may be reading it
            (self.datasets / "agencies.yaml").write_text(json.dumps(AGENCIES), encoding="utf-8")
        self.ctx = Context(self.public, self.private, Declarations(self.datasets), {}, clock=Clock(START))

    @property
    def settings(self) -> Settings:
        """What the environment of a process over this home says."""
        named = {"HOME": self.root, "DATASETS": self.datasets, "STORE": f"file:{self.root}/public"}
        named |= {"EVIDENCE": f"file:{self.root}/private"}
        return read_settings({f"MINSHENG_{name}": str(value) for name, value in named.items()})

    def copied(self, root: Path) -> "World":
        """The same home, as it stands now, in another folder: for a module whose tests begin alike."""
        shutil.copytree(self.root, root)
        world = World(root, self.now)
        world.ctx.clock.advance(self.now)
        return world

    def declare(self, said: dict[str, Any], quality: list[dict[str, Any]] | None = None, table: str = "") -> None:
        """Write a declaration, its quality.yaml and the table beside it."""
        folder = self.datasets / said["name"]
        folder.mkdir(exist_ok=True)
        (folder / "dataset.yaml").write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")
        if quality is not None:
            (folder / "quality.yaml").write_text(json.dumps({"expectations": quality}), encoding="utf-8")
        if table:
            (folder / "table.csv").write_text(table, encoding="utf-8")
        # A run reads declarations once; the next one reads them anew.
        self.ctx = replace(self.ctx, declarations=Declarations(self.datasets))

    def hear(self, body: str | bytes, slug: str = SLUG, minutes: int = 60) -> int:
        """Record what the agency says, some minutes later than the last time; return the number of the fetch."""
        record, _ = self.keep(body, slug, minutes)
        return record.k

    def keep(self, body: str | bytes, slug: str = SLUG, minutes: int = 60) -> tuple[Record, RefreshResult | None]:
        """Record and judge what the agency says; return the record, and a result if nothing can be folded from it."""
        self.now += dt.timedelta(minutes=minutes)
        self.ctx.clock.advance(self.now)
        body = body.encode() if isinstance(body, str) else body
        page = Page("https://waters.example/rivers.csv", 200, {}, body)
        return keep(self.ctx, slug, Fetched({"protocol": "file"}, self.now, (page,), None))

    def settle(self, slug: str = SLUG) -> list[RefreshResult]:
        """Fold and release what is pending."""
        return list(settle(self.ctx, slug))

    def tell(self, body: str | bytes, slug: str = SLUG) -> list[RefreshResult]:
        """Record, judge and settle."""
        _, result = self.keep(body, slug)
        return [*([result] if result else []), *self.settle(slug)]

    def state(self, slug: str = SLUG) -> DatasetState:
        return read_state(self.ctx, slug)

    def newest(self, slug: str = SLUG) -> Release:
        found = publish.newest(self.public, slug)
        assert found is not None, "no release"
        return found

    def rows(self, slug: str = SLUG) -> list[dict[str, Any]]:
        """The rows of the newest release."""
        found: list[dict[str, Any]] = ReleaseFiles(self.public, self.newest(slug)).table().to_pylist()
        return found

    def fact(self, name: str, slug: str = SLUG) -> dict[str, Any]:
        """A fact of the newest release."""
        return ReleaseFiles(self.public, self.newest(slug)).fact(name)

    def quarantine(self, slug: str = SLUG) -> list[dict[str, Any]]:
        """What the newest release lists as quarantined."""
        table = ReleaseFiles(self.public, self.newest(slug)).quarantine()
        return table.to_pylist() if table else []


def table_csv(rows: dict[str, Any], head: str = "site,level") -> str:
    """CSV of two columns."""
    return head + "\n" + "".join(f"{key},{value}\n" for key, value in rows.items())


def many(count: int, value: float = 1.0) -> dict[str, Any]:
    """Rows s001, s002 ... all with one value."""
    return {f"s{i:03}": value for i in range(1, count + 1)}


def bodies(store: FileStore) -> Iterator[tuple[str, bytes]]:
    """Every object of a store."""
    for key in store.list(""):
        yield key, store.get(key).body


def parts(rows: dict[str, float | None], previous: Release | None = None, **more: Any) -> Parts:
    """What a candidate of a two-column table is made of, all rows in one partition."""
    found = dataset(**more.pop("declared", {}))
    table = pa.table({"site": pa.array(rows, pa.string()), "level": pa.array(rows.values(), pa.float64())})
    said: dict[str, Any] = {
        "dataset": found,
        "agency": Agency.model_validate(AGENCIES["waters"]),
        "previous": previous,
        "base": previous,
        "kind": "regular" if previous else "first",
        "as_of": START.isoformat(),
        "fingerprint": "f" * 64,
        "suite": "5" * 64,
        "evidence": (previous.n + 1 if previous else 1,),
        "inputs": (),
        "partitions": (NewPartition("all", table, csv.content_hash(table)),),
        "carried": (),
        "changes": None,
        "counts": Counts(insert=1),
        "quarantine": None,
        "verdict": "pass",
        "failed": (),
        "facts": {
            "quality": {"rows": len(rows)},
            "provenance": {"code": "x"},
            "declaration": {"dataset": found.dump()},
        },
        "synthetic": False,
    }
    return Parts(**(said | more))


def publish_rows(public: Store, private: Store, rows: dict[str, float | None], **more: Any) -> Release:
    """Stage and commit a release of these rows, and write what is derived of it."""
    made = assemble(parts(rows, publish.newest(public, SLUG), **more))
    identity = publish.stage(private, SLUG, made)
    done = publish.commit(public, private, SLUG, identity, START.isoformat(), {"by": "auto"})
    pointer.point(public, done)
    return done


def publish_three(public: Store, private: Store) -> list[Release]:
    """Three releases, each of one row."""
    return [publish_rows(public, private, {"a": float(i)}) for i in range(3)]


DAMAGE = ("missing", "flipped", "another")


def damage(store: FileStore, said: Described, kind: str, how: str, another: bytes = b"") -> str:
    """Damage a file of a release, or of a candidate in the private store, and return its path.

    `kind` is data, changes, quarantine, schema or a fact; `how` is missing, flipped (one byte of it) or another (those
    bytes: of the same file of another release).
    """
    path = file_of(said, kind).path
    staged = isinstance(said, Candidate)
    key = keys.candidate(said.name, said.identity, path) if staged else keys.dataset(said.name, path)
    body = store.get(key).body
    store.delete(key)
    if how == "flipped":
        at = len(body) // 2
        store.put_new(key, body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :])
    if how == "another":
        assert another != body
        store.put_new(key, another)
    return path


def file_of(said: Described, kind: str) -> FileReference | Resource:
    """The file of a kind; of data the last partition."""
    if kind == "schema":
        return said.facts.schema
    data = said.partitions[max(said.partitions)] if said.partitions else None
    found = said.facts.facts.get(kind) or (data if kind == "data" else said.resource(kind))
    assert found, f"no {kind}"
    return found


def body_of(store: Store, release: Release, kind: str) -> bytes:
    """The bytes of a file of a release; of what releases share, those of another schema."""
    if kind in ("schema", "declaration"):
        return b'{"fields":[],"missingValues":[""],"primaryKey":["other"]}'
    return store.get(keys.dataset(release.name, file_of(release, kind).path)).body
