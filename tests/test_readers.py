"""A researcher's view: every snippet of the README runs, as a process of an environment without our software.

Requests and bytes are counted by the server, so that what "reads only what it needs" costs is known.
"""

import datetime as dt
import json
import os
import random
import re
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hosts import hosted_app
from recordings import replay
from snippets import END
from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope, Send
from stores import quick_store, quick_stores
from worlds import SLUG, publish_rows

from catalog.derived import write as derived
from catalog.store.embedded import Embedded
from catalog.store.serve import application
from pipelines.context import Clock, Context
from pipelines.declared import Declarations
from pipelines.fetch.fetcher import Fetcher
from pipelines.fetch.sources import open_sources
from pipelines.run import run

ROOT = Path(__file__).resolve().parents[1]
SERVED = "http://127.0.0.1:8600"
"""The address that the README writes."""
NIGHTS = ("2026-11-21T01:30:00+08:00", "2026-11-22T01:30:00+08:00")
"""Of `make demo`, after which the README says that its snippets run."""
RELEASED = "臺北市,Taipei City"


class Block(NamedTuple):
    """A fenced block of the README."""

    mark: str
    language: str
    text: str

    @property
    def name(self) -> str:
        return f"{self.language}: {self.text.splitlines()[-1][:60]}"


def blocks() -> list[Block]:
    section = (ROOT / "README.md").read_text(encoding="utf-8").split("\n## Use a release\n")[1].split("\n## ")[0]
    return [Block(*found) for found in re.findall(r"(?:<!-- (.*?) -->\n)?```(\w*)\n(.*?)```", section, re.DOTALL)]


BLOCKS = blocks()
Rows = list[dict[str, Any]]
KINDS = [("city", 3), ("county", 13), ("special-municipality", 6)]


class Cost(NamedTuple):
    """What a reader asked of the server."""

    requests: int
    bytes: int


@dataclass
class Served:
    """A store over HTTP that counts."""

    address: str
    asked: list[tuple[str, int]] = field(default_factory=list)

    def since(self, mark: int, end: str = "") -> Cost:
        seen = [size for path, size in self.asked[mark:] if path.endswith(end)]
        return Cost(len(seen), sum(seen))


@pytest.fixture(scope="module")
def home(reader: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The researcher's environment variables; in the home lies the extension, as INSTALL httpfs would have left it."""
    folder = tmp_path_factory.mktemp("researcher")
    environ = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    environ |= {"HOME": str(folder), "PYTHONWARNINGS": "error", "PYTHONDONTWRITEBYTECODE": "1"}
    install = (
        "import duckdb, duckdb_extension_httpfs, pathlib\n"
        "(found,) = pathlib.Path(duckdb_extension_httpfs.__file__).parent.rglob('httpfs.duckdb_extension')\n"
        "duckdb.connect().install_extension(str(found))"
    )
    ran(reader, folder, environ, "-c", install)
    return environ


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two releases of the dataset that the README reads, and a larger one of five row groups."""
    folder = tmp_path_factory.mktemp("published")
    datasets = folder / "datasets"
    shutil.copytree(ROOT / "datasets" / "counties", datasets / "counties")
    shutil.copy(ROOT / "datasets" / "agencies.yaml", datasets)
    public, private = quick_stores(folder)
    table = datasets / "counties" / "counties.csv"
    whole = table.read_text(encoding="utf-8")
    assert RELEASED in whole
    sources = f"replay:{replay(folder / 'none', 'counties', [])}"
    for night, text in zip(NIGHTS, (whole.replace(RELEASED, "臺北市,Taipeh"), whole), strict=True):
        table.write_text(text, encoding="utf-8")
        ctx = Context(public, private, Declarations(datasets), {}, clock=Clock(dt.datetime.fromisoformat(night)))
        (item,) = run(ctx, open_sources(sources, Fetcher({})), ["counties"])
        assert item.outcome == "released"
    chance = random.Random(20261121)
    publish_rows(public, private, {f"s{i:06}": chance.random() for i in range(600_000)})
    derived.write(public, ["counties", SLUG])
    return folder / "public"


@pytest.fixture
def served(published: Path) -> Iterator[Served]:
    app, found = application(quick_store(published)), Served("")

    async def counting(scope: Scope, receive: Receive, send: Send) -> None:
        async def count(message: Message) -> None:
            if message["type"] == "http.response.start":
                size = int(Headers(raw=message["headers"]).get("Content-Length", 0))
                found.asked.append((scope["path"], size if scope["method"] == "GET" else 0))
            await send(message)

        await app(scope, receive, count)

    with hosted_app(counting) as found.address:
        yield found


@pytest.fixture
def copy(published: Path, tmp_path: Path) -> Path:
    """A folder with release 1, as the snippet for curl makes it."""
    folder, there = tmp_path / "copy", published / "datasets" / "counties"
    for line in (there / "SHA256SUMS-1").read_text(encoding="utf-8").splitlines():
        (folder / line[66:]).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(there / line[66:], folder / line[66:])
    return folder


def ran(reader: Path | str, folder: Path, environ: dict[str, str], *command: str) -> str:
    done = subprocess.run([str(reader), *command], cwd=folder, env=environ, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def only(language: str, having: str) -> str:
    """The block of the README in a language that has a text."""
    (found,) = [one.text for one in BLOCKS if one.language == language and having in one.text]
    return found


SQL = [one.text for one in BLOCKS if one.language == "sql"]
SESSION = """
import json
import sys
import duckdb
db = duckdb.connect()
for block in sys.argv[1:]:
    relation = None
    for statement in duckdb.extract_statements(block):
        relation = db.sql(statement.query)
    print(json.dumps(relation.to_arrow_table().to_pylist(), default=str), flush=True)
    sys.stdin.readline()
"""
"""Runs blocks of SQL in one session; after each it waits, so that its cost can be read."""


def session(reader: Path, folder: Path, environ: dict[str, str], served: Served, *sql: str) -> list[tuple[Rows, Cost]]:
    """The rows that each block of SQL gives, and what they cost."""
    found = []
    with subprocess.Popen(
        [str(reader), "-c", SESSION, *(one.replace(SERVED, served.address) for one in sql)],
        cwd=folder, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdin and process.stdout and process.stderr  # noqa: PT018
        for _ in sql:
            mark = len(served.asked)
            said = process.stdout.readline()
            assert said, process.stderr.read()
            found.append((json.loads(said), served.since(mark)))
            process.stdin.write("\n")
            process.stdin.flush()
    return found


def test_every_block_is_run_here() -> None:
    """A block without a mark, or in another language, would be a promise that nobody keeps."""
    assert [(one.language, one.mark) for one in BLOCKS] == [
        ("sql", "tested"), ("sql", "tested"), ("sql", "tested"), ("python", "tested"), ("python", "tested"),
        ("sh", "tested"), ("sql", "tested"), ("python", "tested"), ("r", "tested where R is"),
    ]  # fmt: skip


def test_duckdb_over_http(reader: Path, home: dict[str, str], served: Served, tmp_path: Path) -> None:
    attach, past, history = session(reader, tmp_path, home, served, *SQL[:3])
    assert [tuple(row.values()) for row in attach[0]] == KINDS
    assert attach[1].requests <= 20
    assert attach[1].bytes < 700_000
    assert len(past[0]) == 22
    assert "Taipeh" in {row["name_en"] for row in past[0]}
    assert past[1].requests <= 6
    told = [(row["n"], row["_change"], row["_before_name_en"], row["name_en"]) for row in history[0]]
    assert told == [(1, "insert", None, "Taipeh"), (2, "update", "Taipeh", "Taipei City")]
    assert history[1].requests <= 10


def test_the_queries_of_the_page_for_reading(
    reader: Path, home: dict[str, str], served: Served, tmp_path: Path
) -> None:
    page = (ROOT / "docs" / "reading.md").read_text(encoding="utf-8")
    first, second = re.findall(r"```sql\n(.*?)```", page, re.DOTALL)
    attach = first.replace("https://example.org/minsheng", SERVED)
    past, history = second.split("\n\n")
    comments = re.findall(r"`(SELECT column_name, comment .*?)`", page)
    shown, *found = session(reader, tmp_path, home, served, attach, past, history, comments[0])
    assert shown[0] == [{"name": "counties"}, {"name": SLUG}]
    assert [len(rows) for rows, _ in found] == [22, 2, 5]
    assert all(row["comment"] for row in found[2][0])


def test_duckdb_from_a_bucket_whose_address_the_catalog_knows(
    reader: Path, home: dict[str, str], published: Path, s3_server: Embedded, tmp_path: Path
) -> None:
    store, files = s3_server.open_public("readers"), quick_store(published)
    for key in files.list("datasets/counties/"):
        store.put_new(key, files.get(key).body)
    address = f"{s3_server.endpoint}/{s3_server.public_bucket}/readers"
    derived.write(store, ["counties"], address)
    attach = only("sql", "ATTACH").replace(SERVED, address).replace("SET VARIABLE base = here();\n", "")
    ((said, _),) = session(reader, tmp_path, home, Served(address), attach)
    assert [tuple(row.values()) for row in said] == KINDS


def test_duckdb_reads_only_what_a_query_needs(
    reader: Path, home: dict[str, str], served: Served, tmp_path: Path
) -> None:
    """A row of a table of 600,000 in five row groups."""
    attach = only("sql", "ATTACH")
    query = f"SELECT level FROM {SLUG} WHERE site = 's150000'"
    (_, _), (said, cost) = session(reader, tmp_path, home, served, attach, query)
    size = data_bytes(served)
    assert [0 < row["level"] < 1 for row in said] == [True]
    assert cost.requests <= 8
    assert cost.bytes < size / 2


def test_polars_reads_only_what_a_query_needs(
    reader: Path, home: dict[str, str], served: Served, tmp_path: Path
) -> None:
    ran(reader, tmp_path, home, "-c", only("python", "polars").replace(SERVED, served.address))
    code = only("python", "polars").replace(SERVED, served.address).replace("datasets/counties", f"datasets/{SLUG}")
    code = code.replace('polars.col("kind") == "city"', 'polars.col("site") == "s150000"')
    mark = len(served.asked)
    said = ran(reader, tmp_path, home, "-c", code.replace('"code", "name_zh"', '"level"'))
    assert "shape: (1, 1)" in said
    cost = served.since(mark, ".parquet")
    assert cost.requests <= 8
    assert cost.bytes < data_bytes(served) / 2


def data_bytes(served: Served) -> int:
    """How large the file of the larger table is: asked as anyone can."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{served.address}/datasets/{SLUG}/datapackage.json") as answer:
        resources = json.load(answer)["resources"]
    size: int = next(one["bytes"] for one in resources if one["path"].endswith(".parquet"))
    return size


def test_pandas(reader: Path, home: dict[str, str], served: Served, tmp_path: Path) -> None:
    said = ran(reader, tmp_path, home, "-c", only("python", "pandas").replace(SERVED, served.address) + END)
    assert said == "1.0.1 (22, 5)\n"
    assert served.since(0).requests == 2


def test_polars(reader: Path, home: dict[str, str], served: Served, tmp_path: Path) -> None:
    said = ran(reader, tmp_path, home, "-c", only("python", "polars").replace(SERVED, served.address))
    assert "shape: (3, 2)" in said
    assert "嘉義市" in said
    assert served.since(0).requests <= 5


@pytest.mark.skipif(
    not all(map(shutil.which, ("curl", "sha256sum", "zcat"))), reason="curl, sha256sum or zcat is not here"
)
def test_curl_and_sha256sum(home: dict[str, str], served: Served, tmp_path: Path) -> None:
    said = ran("bash", tmp_path, home, "-euo", "pipefail", "-c", only("sh", "curl").replace(SERVED, served.address))
    assert said.count(": OK\n") == 8
    assert "code,official_code" in said
    assert served.since(0).requests == 9


def test_duckdb_on_a_copy(reader: Path, home: dict[str, str], served: Served, copy: Path) -> None:
    ((said, cost),) = session(reader, copy, home, served, only("sql", "FROM 'data/"))
    assert [tuple(row.values()) for row in said] == KINDS
    assert cost == Cost(0, 0)


def test_frictionless(reader: Path, home: dict[str, str], copy: Path) -> None:
    environ = home | {"PYTHONWARNINGS": "default"}  # it leaves files to the garbage collector
    said = ran(reader, copy, environ, "-c", only("python", "frictionless"))
    assert "'code': 'TW-CHA'" in said
    page = copy / "datapackage-1.json"
    page.write_text(page.read_text().replace('"hash":"sha256:', '"hash":"sha256:0'))
    done = subprocess.run([reader, "-c", only("python", "frictionless")], cwd=copy, env=environ, capture_output=True)
    assert b"AssertionError" in done.stderr


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="the README's block for R: Rscript is not here")
def test_r(home: dict[str, str], copy: Path) -> None:
    ran(
        "Rscript",
        copy,
        home | {"HOME": os.environ.get("HOME", "/")},
        "-e",
        only("r", "arrow") + "stopifnot(nrow(counties) > 0)",
    )


def test_the_extension_is_of_the_locked_duckdb(reader: Path, home: dict[str, str], tmp_path: Path) -> None:
    code = "import duckdb; print(duckdb.__version__); duckdb.sql('LOAD httpfs')"
    assert ran(reader, tmp_path, home, "-c", code).strip() >= "1.5"
    assert sys.executable != str(reader)


def test_none_of_our_software_is_there(reader: Path, home: dict[str, str], tmp_path: Path) -> None:
    code = (
        "import importlib.util as i; print([n for n in ('catalog', 'pipelines', 'dagster', 'boto3') if i.find_spec(n)])"
    )
    assert ran(reader, tmp_path, home, "-c", code) == "[]\n"
