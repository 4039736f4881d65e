"""A store that counts what is asked of it and can die on the way; a tiny dataset to drive it; forked children."""

import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from catalog.store import Blob, Head, Span, Store
from pipelines.context import Clock, Context
from pipelines.declared import Declarations
from pipelines.fetch.fetcher import Fetcher
from pipelines.fetch.sources import open_sources
from pipelines.refresh.result import RefreshResult
from pipelines.run import run


@dataclass
class Calls:
    """Every call to the watched stores, in order; `die_at` is the moment (index, before or after) to be killed."""

    made: list[tuple[str, str, int]] = field(default_factory=list)
    """(verb, key, bytes)"""
    die_at: tuple[int, str] | None = None

    def around(self, verb: str, key: str, size: int, call: Callable[[], object]) -> object:
        index = len(self.made)
        self.made.append((verb, key, size))
        if self.die_at == (index, "before"):
            os.kill(os.getpid(), signal.SIGKILL)
        try:
            found = call()
        finally:
            if self.die_at == (index, "after"):
                os.kill(os.getpid(), signal.SIGKILL)
        if verb == "get" and isinstance(found, Blob):
            self.made[index] = (verb, key, len(found.body))
        return found


@dataclass
class Watched:
    """A store in front of a store."""

    store: Store
    calls: Calls

    @property
    def url(self) -> str:
        return self.store.url

    def put_new(self, key: str, body: bytes) -> None:
        self.calls.around("put_new", key, len(body), lambda: self.store.put_new(key, body))

    def put_if(self, key: str, body: bytes, etag: str | None) -> str:
        return str(self.calls.around("put_if", key, len(body), lambda: self.store.put_if(key, body, etag)))

    def get(self, key: str, span: Span | None = None) -> Blob:
        found = self.calls.around("get", key, 0, lambda: self.store.get(key, span))
        assert isinstance(found, Blob)
        return found

    def head(self, key: str) -> Head | None:
        found = self.calls.around("head", key, 0, lambda: self.store.head(key))
        assert found is None or isinstance(found, Head)
        return found

    def list(self, prefix: str) -> Iterator[str]:
        return iter(list(self.store.list(prefix)))

    def sizes(self, prefix: str) -> dict[str, int]:
        found = self.calls.around("list", prefix, 0, lambda: self.store.sizes(prefix))
        assert isinstance(found, dict)
        return found

    def delete(self, key: str) -> None:
        self.calls.around("delete", key, 0, lambda: self.store.delete(key))


AGENCIES = """
office:
  title: {en: Office, zh-TW: 辦公室}
  homepage: https://example.org
  hosts: [example.org]
"""

DATASET = """
name: readings
title: {{en: Readings, zh-TW: 讀數}}
description: {{en: Readings by station and day., zh-TW: 各站每日讀數。}}
licenses: [{{name: OGDL-Taiwan-1.0, path: "https://data.gov.tw/license", title: {{en: OGDL, zh-TW: 政府資料開放授權}}}}]
contributors: [{{title: {{en: Office, zh-TW: 辦公室}}, roles: [publisher, steward]}}]
sources: [{{title: {{en: Office, zh-TW: 辦公室}}}}]
schema:
  primaryKey: [station, day]
  fields:
    - {{name: station, title: {{en: Station, zh-TW: 測站}}, description: {{en: Its id., zh-TW: 代碼。}}, type: string}}
    - name: day
      title: {{en: Day, zh-TW: 日}}
      description: {{en: The day., zh-TW: 日期。}}
      type: date
      date: {{patterns: ["%Y-%m-%d"]}}
    - name: value
      title: {{en: Value, zh-TW: 值}}
      description: {{en: The reading., zh-TW: 讀數。}}
      type: number
      unit: m
minsheng:
  agency: office
  source: {{protocol: file, address: "https://example.org/readings.csv", format: csv}}
  attribution: {{en: Office, zh-TW: 辦公室}}
  fetch: "0 1 * * *"
  release: "0 1 * * *"
  load: {load}
  partition: {{field: day, grain: month}}
  approve: auto
  due: {{fetched: 36h}}
"""


def declare(folder: Path, load: str = "upsert") -> Path:
    """Declare the dataset `readings` in a folder of its own."""
    (folder / "readings").mkdir(parents=True, exist_ok=True)
    (folder / "agencies.yaml").write_text(AGENCIES, encoding="utf-8")
    (folder / "readings" / "dataset.yaml").write_text(DATASET.format(load=load), encoding="utf-8")
    return folder


def record(folder: Path, bodies: list[str], slug: str = "readings") -> str:
    """Lay down a replay of bodies, one each day from 2026-01-01, and return its mode."""
    (folder / "replay").mkdir(parents=True, exist_ok=True)
    lines = ["fetched_at,file"]
    for i, body in enumerate(bodies):
        (folder / f"{i}.csv").write_text(body, encoding="utf-8")
        lines.append(f"2026-{1 + i // 28:02d}-{1 + i % 28:02d}T01:00:00+08:00,{i}.csv")
    (folder / "replay" / f"{slug}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return f"replay:{folder}"


def readings(rows: dict[tuple[str, str], float]) -> str:
    """Write rows as the agency's CSV."""
    return "station,day,value\n" + "".join(f"{station},{day},{value}\n" for (station, day), value in rows.items())


def refresh(public: Store, private: Store, datasets: Path, mode: str, *, each: bool = False) -> list[RefreshResult]:
    """Run every step for `readings`, as the command line would."""
    ctx = Context(public, private, Declarations(datasets), {}, clock=Clock())
    return list(run(ctx, open_sources(mode, Fetcher({})), ["readings"], each=each))


def in_child(work: Callable[[], object]) -> int:
    """Fork, do the work there, and return its exit code (negative: the signal that ended it)."""
    return at_once([work])[0]


def at_once(works: Sequence[Callable[[], object]]) -> list[int]:
    """Fork a child for each work, and return their exit codes when all have ended."""
    children = [_fork(work) for work in works]
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]


def _fork(work: Callable[[], object]) -> int:
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        work()
        code = 0
    except BaseException:  # noqa: BLE001  whatever it is, the parent must hear of it
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(code)
