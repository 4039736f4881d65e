"""The documents are true: what they show runs, and what there is they name."""

import datetime as dt
import importlib
import json as stdlib_json
import os
import re
import shutil
from dataclasses import astuple
from importlib.metadata import version
from pathlib import Path
from typing import Any

import httpx
import pyarrow as pa
import pytest
import yaml
from agency_columns import rows_of
from worlds import World, column, dataset, declaration

from catalog.declaration.dataset import Agency, Dataset
from catalog.declaration.fields import RULES, SEVERITIES
from catalog.declaration.pipeline import Guards
from catalog.declaration.site import SiteDeclaration, load_site
from catalog.figures.compute import reckon
from catalog.figures.document import Figures
from catalog.figures.labels import Labels
from catalog.figures.roles import roles
from catalog.reasons.sentences import sentences
from catalog.release.changes import Counts
from pipelines import settings
from pipelines.candidate.origins import with_origins
from pipelines.cli.main import main, program
from pipelines.conform.columns import find_columns
from pipelines.conform.rows import conform
from pipelines.decode import find as find_format
from pipelines.decode import json
from pipelines.decode import known as formats
from pipelines.decode.parts import big5
from pipelines.decode.parts.beside import TITLE, with_constant
from pipelines.decode.parts.bounded import BUDGET
from pipelines.decode.parts.limits import LIMITS
from pipelines.decode.parts.table import Layout
from pipelines.protocols import load_protocol
from pipelines.protocols import protocol_names as protocols
from pipelines.records import Record
from pipelines.refresh.status import State
from pipelines.shape import known_steps, shaped
from quality.guards import FoldFigures, judge
from quality.personal import PERSONAL
from quality.suite import READABLE, Suite
from sandbox import Sandbox
from sandbox.faults.registry import FAULTS
from sandbox.protocols.file import FileSettings
from sandbox.protocols.rest import PagesSpec, RestSettings
from sandbox.spec import SandboxFile

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob(".github/**/*.md")])
PYDANTIC: set[str] = set()
"""Messages of a library that we hand on."""


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def blocks(mark: str, language: str) -> list[str]:
    """The fenced blocks of the README of a language that follow a mark."""
    return re.findall(rf"<!-- {re.escape(mark)} -->\n```{language}\n(.*?)```", README, re.DOTALL)


def code_words(text: str) -> set[str]:
    """The words of all code in a page, fenced and in lines; `key:` is the word key."""
    fenced = re.findall(r"^```\w*\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    inline = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE))
    return {word.strip(":-") for word in re.findall(r"[\w$:-]+", "\n".join([*fenced, *inline]))}


def properties(model: Any) -> set[str]:
    """Every key of a model, those of its parts too."""
    schema = model.model_json_schema(by_alias=True)
    parts = [schema, *schema.get("$defs", {}).values()]
    return {key for part in parts for key in part.get("properties", {})}


COMMANDS = {
    name: [option for param in command.params for option in param.opts if option.startswith("--")]
    for name, command in program().commands.items()
}
"""Each command, with its options."""


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with stores in directories, and the reference table and the example of the README declared."""
    datasets = tmp_path / "datasets"
    shutil.copytree(ROOT / "datasets" / "counties", datasets / "counties")
    shutil.copy(ROOT / "datasets" / "agencies.yaml", datasets)
    folder = datasets / "drop-off-points"
    folder.mkdir()
    for name, language in (("dataset.yaml", "yaml"), ("points.csv", "csv")):
        (found,) = blocks(f"example: {name}", language)
        (folder / name).write_text(found, encoding="utf-8")
    for name in [name for name in os.environ if name.startswith("MINSHENG_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("MINSHENG_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MINSHENG_STORE", f"file:{tmp_path / 'public'}")
    monkeypatch.setenv("MINSHENG_DATASETS", str(datasets))
    return tmp_path


def test_the_example_passes_the_check_and_is_released(world: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["check", "drop-off-points"]) == 0
    assert main(["run", "drop-off-points"]) == 0
    assert "drop-off-points" in capsys.readouterr().out
    assert main(["verify", "drop-off-points@1"]) == 0
    assert (world / "public/datasets/counties/datapackage-1.json").exists()


def test_the_examples_of_omit_and_occurrence_are_read():
    (omit,) = re.findall(r"<!-- omit -->\n```yaml\n(.*?)```", page("declaration.md"), re.DOTALL)
    (listed,) = re.findall(r"<!-- occurrence -->\n```yaml\n(.*?)```", page("declaration.md"), re.DOTALL)
    fields = [column(**{"kind": one["type"]} | one) for one in yaml.safe_load(listed)]
    fields += [column("kind"), column("day")]
    key = ["onset", "town", "occurrence"]
    dataset = Dataset.load(declaration("seen", fields, key=key, load="replace", **yaml.safe_load(omit)), "seen")
    assert (dataset.occurrence, len(dataset.minsheng.omit)) == ("occurrence", 2)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_and_option_is_documented(command: str):
    told = README.split("## Commands")[1].split("## Settings")[0] + page("reading.md")
    (line,) = re.findall(rf"^\| [^|]*`{command}\b.*$", told, re.MULTILINE)
    assert [option for option in COMMANDS[command] if option not in line] == []


def test_every_command_with_json_has_its_fields_documented():
    told = page("operating.md").split("\n## JSON\n")[1] + page("reading.md").split("\n## JSON\n")[1]
    assert [name for name, found in COMMANDS.items() if "--json" in found and f"`{name} --json`" not in told] == []


def test_every_setting_is_documented():
    code = Path(settings.__file__).read_text(encoding="utf-8")
    read = set(re.findall(r'environ\.get\("(MINSHENG_\w+)"', code))
    assert len(read) >= 6
    for text in (page("operating.md"), README):
        assert [name for name in sorted(read) if f"`{name}`" not in text] == []


@pytest.mark.parametrize(
    "model",
    [Dataset, Agency, SiteDeclaration, Suite,
     *(load_protocol({"protocol": name} | more, name)[1].__class__ for name, more in (
        ("inline", {"table": "t.csv"}),
        ("file", {"address": "https://a.example/f.csv", "format": "csv"}),
        ("rest", {"address": "https://a.example/f", "format": "json"}),
        ("moenv", {"dataset": "aqx_p_1"}),
    ))],
    ids=lambda model: f"{model.__module__}.{model.__name__}",
)  # fmt: skip
def test_every_key_of_a_declaration_is_documented(model: Any):
    told = code_words(page("declaration.md"))
    assert sorted(properties(model) - told) == []


CELLS = re.findall(r"^\| `(\{type: .*\})` \| `(.*)` \| (?:`(.*)`|none) \|$", page("declaration.md"), re.MULTILINE)


@pytest.mark.parametrize(("said", "cell", "value"), CELLS)
def test_the_examples_of_cells_are_read_as_they_say(said: str, cell: str, value: str):
    more = yaml.safe_load(said)
    dataset = Dataset.load(
        declaration(fields=[column("site"), column("x", more.pop("type"), **more)]), "declaration.md"
    )
    raw = find_columns(dataset, 1, pa.table({"site": ["a"], "x": [cell]})).table
    conformed = conform(dataset, raw, {})
    expected = value if conformed.rows.schema.field("x").type == pa.string() else float(value) if value else None
    assert (conformed.rows.column("x")[0].as_py(), conformed.unread) == (expected, {})


@pytest.mark.parametrize(
    ("name", "cells", "expected"),
    [
        (
            "join",
            {"日期": ["2015-10-01"], "時間": ["24"], "噴藥日": ["10月01日"]},
            {"at": ["2015-10-01 23:00:00+08:00"], "sprayed": ["2015-10-01"]},
        ),
        (
            "join unless",
            {"number": ["115049", "115000"], "at": ["2026-07-08 23:47:21", "2026-08-09 01:10:12"]},
            {"id": ["115049", "S20260809011012"]},
        ),
    ],
)
def test_each_example_of_join_is_read_and_gives_its_values(
    name: str, cells: dict[str, list[str]], expected: dict[str, list[str]]
):
    (example,) = re.findall(rf"<!-- {name} -->\n```yaml\n(.*?)```", page("declaration.md"), re.DOTALL)
    listed = yaml.safe_load(example.replace("publish: no", "publish: 'no'"))  # of YAML 1.2
    fields = [column(one.pop("name"), one.pop("type"), **one) for one in listed]
    said = Dataset.load(declaration(fields=fields, key=[next(iter(expected))]), "docs")
    at = dt.datetime.fromisoformat("2026-07-01T01:30:00+08:00")
    kept = Record(1, at, "complete", None, ({"address": "https://a.example/2015.csv", "headers": {}},), {}, None)
    (records,) = with_origins(said, kept, [pa.table(cells)])
    rows = conform(said, find_columns(said, 1, records).table, {}).rows
    assert {field: [str(value) for value in rows.column(field).to_pylist()] for field in expected} == expected


def test_the_example_of_references_is_read_and_finds_its_rows():
    (example,) = re.findall(r"<!-- references -->\n```yaml\n(.*?)```", page("declaration.md"), re.DOTALL)
    listed = yaml.safe_load(example.replace("heard_as: no", "heard_as: 'no'"))  # of YAML 1.2
    fields = [column(one.pop("name"), one.pop("type"), **one) for one in listed["fields"]]
    said = Dataset.load(declaration(fields=fields, references=listed["references"]), "docs")
    records = pa.table(
        {"day": ["2009-01-01", "2026-07-01"], "no": ["7", "7"], "county": ["甲", "乙"], "town": ["東區", "東區"]}
    )
    stations = {"number": ["7", "7"], "id": ["a", "b"], "opened": ["1990-01-01", "2015-01-01"]}
    tables = {
        "stations": pa.table(stations | {"closed": pa.array(["2009-12-31", None])}),
        "towns": pa.table({"county_name": ["甲"], "town_name": ["東區"]}),
    }
    conformed = conform(said, find_columns(said, 1, records).table, tables)
    assert conformed.rows.column("station_id").to_pylist() == ["a", "b"]
    assert [(one.check, one.mask.to_pylist()) for one in conformed.failures] == [("town.reference", [False, True])]


def test_the_example_of_publish_is_read():
    (example,) = re.findall(r"<!-- publish -->\n```yaml\n(.*?)```", page("declaration.md"), re.DOTALL)
    assert Dataset.load(declaration(**yaml.safe_load(example)), "docs").minsheng.publish == "none"


def test_the_example_of_guards_holds_a_fetch_whose_totals_are_gone(tmp_path: Path):
    (example,) = re.findall(r"<!-- guards -->\n```yaml\n(.*?)```", page("declaration.md"), re.DOTALL)
    world = World(tmp_path)
    fields = [column("site"), column("level"), column("kind", publish="no", heard_as="kind")]
    world.declare(declaration(fields=fields, **yaml.safe_load(example)))
    totals = [f"t{i},,小計\n" for i in range(4)]
    (first,) = world.tell("site,level,kind\na,1,x\n" + "".join(totals))
    assert first.outcome == "released"
    (held,) = world.tell("site,level,kind\na,1,x\n")
    assert sentences(held.reasons) == (
        "guard.omitted: expected at most 3 more or fewer than in the fetch before, found 0 records omitted, 4 in the "
        "fetch before"
    )


def test_the_examples_of_corrections_and_of_personal_data_are_read():
    (corrections,) = re.findall(r"<!-- corrections -->\n```yaml\n(.*?)```", page("declaration.md"), re.DOTALL)
    said = Dataset.load(declaration(**yaml.safe_load(corrections)), "docs")
    assert find_columns(said, 1, pa.table({"site": ["a"], "level": ["9999"]})).table["level"].to_pylist() == ["12"]
    (personal,) = re.findall(r"<!-- personal -->\n```yaml\n(.*?)```", page("declaration.md"), re.DOTALL)
    assert Dataset.load(declaration(fields=[column("stop_name")], **yaml.safe_load(personal)), "docs").minsheng.personal


def test_the_example_of_maturity_is_read():
    (example,) = re.findall(r"<!-- maturity -->\n```yaml\n(.*?)```", page("declaration.md"), re.DOTALL)
    categories = [{"value": value, "label": {"en": value, "zh-TW": value}} for value in "ⓅⓇ"]
    fields = [column("site"), column("status", categories=categories)]
    assert Dataset.load(declaration(fields=fields, **yaml.safe_load(example)), "docs").minsheng.maturity


def test_the_example_of_totals_is_added_up(tmp_path: Path):
    (example,) = re.findall(r"<!-- total -->\n```yaml\n(.*?)```", page("declaration.md"), re.DOTALL)
    world = World(tmp_path)
    fields = [column("site"), column("county"), column("level", "number")]
    world.declare(declaration(fields=fields, **yaml.safe_load(example)))
    (first,) = world.tell("site,county,level\na,甲,1\nb,甲,2\n合計,甲,4\n全國,總計,3\n")
    assert (first.outcome, first.failed_checks) == ("released", ("total.county",))


def test_the_example_of_a_local_query_is_read():
    (example,) = re.findall(r"<!-- local -->\n```yaml\n(.*?)```", page("declaration.md"), re.DOTALL)
    fields = [column("month", "month", date={"patterns": ["%Y-%m"]}), column("station")]
    said = declaration(fields=fields, load="replace", **yaml.safe_load(example))
    del said["minsheng"]["source"]
    derived = Dataset.load(said, "docs").minsheng.derive
    assert derived
    assert derived.local


VIEWED: dict[str, str] = {
    "station_id": "string", "county_code": "string", "at": "datetime", "station_name": "string", "aqi": "integer",
    "longitude": "number", "latitude": "number", "status": "string", "cases": "integer", "crop_code": "string",
    "crop_name": "string", "market_code": "string", "market_name": "string", "market_name_en": "string",
    "avg_price": "number", "quantity": "number",
}  # fmt: skip


def test_the_example_of_from_is_read_and_gives_its_values():
    (example,) = re.findall(r"<!-- from -->\n```yaml\n(.*?)```", page("declaration.md"), re.DOTALL)
    fields = [column(**{"kind": one["type"]} | one) for one in yaml.safe_load(example)]
    fields = [{name: said for name, said in one.items() if name != "kind"} for one in fields]
    said = Dataset.load(declaration(fields=fields), "docs")
    at = dt.datetime.fromisoformat("2026-07-01T01:30:00+08:00")
    response = {"address": "https://a.example/114-03_F.csv", "headers": {}}
    kept = Record(1, at, "complete", None, (response,), {}, None)
    (records,) = with_origins(said, kept, [with_constant(pa.table({"x": ["1"]}), TITLE, "新北市")])
    rows = conform(said, find_columns(said, 1, records).table, {}).rows.to_pylist()
    assert [str(rows[0][one["name"]]) for one in fields] == ["2026-06-30", "2025-03-01", "TW-NWT"]


@pytest.mark.parametrize("name", ["counts", "stations", "prices"])
def test_every_example_of_views_gives_figures(name: str):
    (example,) = re.findall(rf"<!-- views: {name} -->\n```yaml\n(.*?)```", page("declaration.md"), re.DOTALL)
    fields = [column(field, kind) for field, kind in VIEWED.items()]
    dataset = Dataset.load(declaration("seen", fields, key=["station_id", "at"], **yaml.safe_load(example)), "seen")
    told = dataset.minsheng.views
    assert told is not None
    parts = roles(dataset, None)
    assert (parts.measure, parts.together, parts.by, parts.step) == (told.measure, told.together, told.by, told.step)
    row = {"at": dt.datetime(2026, 7, 1, 8, tzinfo=dt.UTC), str(told.measure): 3, "crop_code": "LA1", "quantity": 2}
    text = {field: "x" for field, kind in VIEWED.items() if kind == "string"}
    found = reckon(pa.Table.from_pylist([text | row], schema=dataset.arrow), parts, Labels(parts.labels))
    assert (found.whole.value, len(found.items)) == (3.0, 1)
    assert bool(found.others) == bool(told.across)


@pytest.mark.parametrize("step", known_steps())
def test_the_example_of_each_step_gives_what_it_says_and_each_option_is_documented(step: str):
    told = page("declaration.md").split(f"<!-- shape: {step} -->\n")[1].split("\n**")[0].split("\n### ")[0]
    said, body, rows = re.findall(r"```(?:yaml|text|json)\n(.*?)```", told, re.DOTALL)
    table = shaped(
        dataset(fields=[column("country")], **yaml.safe_load(said)),
        find_format("csv").decode(body.encode(), find_format("csv").Reading()),
    )
    assert [name for name in table.column_names if name.startswith("\0")]
    kept = table.select([name for name in table.column_names if not name.startswith("\0")])
    assert kept.to_pylist() == stdlib_json.loads(rows)
    named = "\n".join(line.split(" | ")[0] for line in told.splitlines() if line.startswith("| "))
    options = set(importlib.import_module(f"pipelines.shape.{step}").OPTIONS.model_fields)
    assert set(re.findall(r"`(\w+)`", named)) == options


def test_the_example_of_site_yaml_is_read(tmp_path: Path):
    (example,) = re.findall(r"<!-- site.yaml -->\n```yaml\n(.*?)```", page("declaration.md"), re.DOTALL)
    (tmp_path / "site.yaml").write_text(example, encoding="utf-8")
    site = load_site(tmp_path)
    assert (list(site.topics), site.place_table, site.contact) == (["air"], "counties", "data@moenv.example")


def test_every_property_of_figures_is_documented():
    told = page("layout.md").split("\n## figures.json\n")[1].split("\n## ")[0]
    assert sorted(properties(Figures) - {"en", "zh-TW"} - code_words(told)) == []


@pytest.mark.parametrize("name", formats())
def test_every_option_of_a_format_is_documented(name: str):
    told = page("formats.md")
    sections = {one.split("\n")[0]: one for one in re.split(r"^## ", told, flags=re.MULTILINE)}
    (section,) = [one for title, one in sections.items() if name in re.findall(r"\w+", title)]
    layout = set(Layout.model_fields)
    model = find_format(name).Reading
    own = properties(model) - (layout if issubclass(model, Layout) else set())
    own -= set(json.Reading.model_fields) if name in ("javascript", "ndjson") else set()
    rows = set(re.findall(r"`(\w+)`", "\n".join(re.findall(r"^\| ([^|]+) \|", section, re.MULTILINE))))
    assert sorted(own - rows) == []
    assert sorted(layout - code_words(told)) == []


def test_every_limit_is_documented():
    _, limits, budget = page("formats.md").split("| of | at most |")
    assert sorted(set(re.findall(r"[\d,]{3,}", limits.split("\n\n")[0]))) == sorted(
        {f"{one:,}" for one in astuple(LIMITS)}
    )
    numbers = [BUDGET.memory_bytes >> 20, BUDGET.memory_per_byte, BUDGET.most_memory_bytes >> 30]
    numbers += [BUDGET.processor_seconds, 1, BUDGET.bytes_per_second]
    assert re.findall(r"[\d,]*\d", budget.split("\n\n")[0]) == [f"{number:,}" for number in numbers]


EXAMPLES = re.findall(
    r"```yaml\n(format: .*?)```\n(?:```text\n(.*?)```\n```json\n(.*?)\n```)?", page("formats.md"), re.DOTALL
)


def encoded(text: str, encoding: str) -> bytes:
    """The bytes of a text; for an encoding that Python lacks, from what each pair of bytes means."""
    if not encoding.startswith("big5-"):
        return text.encode(encoding)
    pairs = {big5.decode(pair.to_bytes(2), encoding)[0]: pair.to_bytes(2) for pair in range(0x8140, 0xFEFF)}
    return b"".join(sign.encode() if sign.isascii() else pairs[sign] for sign in text)


@pytest.mark.parametrize(("said", "body", "record"), EXAMPLES)
def test_the_examples_of_formats_read_as_they_say(said: str, body: str, record: str):
    source = load_protocol({"protocol": "file", "address": "https://a.example/f"} | yaml.safe_load(said), "formats.md")[
        1
    ]
    if body:
        encoding = getattr(source.reading, "encoding", None) or "utf-8"
        assert rows_of(source.records(encoded(body, encoding)))[0] == stdlib_json.loads(record)


@pytest.mark.parametrize("name", ["file", "rest"])
def test_the_examples_of_sources_are_asked_as_they_say(name: str):
    (example,) = re.findall(rf"<!-- source: {name} -->\n```yaml\n(.*?)```", page("declaration.md"), re.DOTALL)
    protocol, source = load_protocol(yaml.safe_load(example), "declaration.md")
    source = source.filled(source.combinations(dt.datetime(2026, 7, 2, tzinfo=dt.UTC)))
    first = protocol.ask(source, [], None)
    assert first is not None
    assert first.address.startswith("https://data.example.gov.tw/")
    assert set(type(source).model_fields) <= code_words(page("declaration.md"))


def test_there_is_an_example_of_each_format():
    assert {yaml.safe_load(said)["format"] for said, _, _ in EXAMPLES} | {"xls", "xlsx"} == set(formats())


def test_every_guard_rule_severity_and_protocol_is_documented():
    asked = Guards.model_validate({"changed": 1, "omitted": 1, "age": "1d", "rows": {"field": "day", "period": "day"}})
    guards = [one.id for one in judge(asked, FoldFigures(Counts(), 0, 0), [])]
    assert len(guards) == 9
    told = page("declaration.md")
    for word in [
        *guards,
        PERSONAL,
        *RULES,
        READABLE,
        *SEVERITIES,
        *protocols(),
        "approve.declared",
        "approve.schema",
        "approve.refold",
    ]:
        assert f"`{word}`" in told, word


def code() -> str:
    """All our code and the sentences of reasons as one text, texts that are written in several pieces put together."""
    files = [path for folder in ("catalog", "pipelines", "quality") for path in sorted((ROOT / folder).rglob("*.py"))]
    files += sorted((ROOT / "catalog" / "reasons" / "texts").iterdir())
    text = "\n".join(path.read_text(encoding="utf-8") for path in files)
    return re.sub(r"""["']\s*\n\s*f?["']""", "", text).replace("`", "")


@pytest.mark.parametrize(
    ("name", "heading"),
    [
        ("operating.md", "When things go wrong"),
        ("declaration.md", "What minsheng check says"),
        ("formats.md", "What is refused"),
    ],
)
def test_every_message_that_is_explained_is_one_that_the_code_says(name: str, heading: str):
    section = page(name).split(f"\n## {heading}\n")[1].split("\n## ")[0]
    cells = [line.split(" | ")[0] for line in section.splitlines() if line.startswith("| `")]
    messages = [said for cell in cells for said in re.findall(r"`([^`]+)`", cell)]
    assert len(messages) > 15
    ours = code()
    strange = []
    for said in messages:
        # What the code puts in for an instance of these is left out, as is what an ellipsis stands for.
        fixed = re.split(r"…|: |\blicen[cs]es\b|\b\d+\b|sandbox data|live data|guard\.[\w-]+|minimum", said)
        parts = [part.strip(" :;,") for part in fixed]
        strange += [part for part in parts if len(part) > 6 and part not in ours]
    assert set(strange) <= PYDANTIC


def test_every_fault_and_key_of_the_sandbox_is_documented():
    told = page("sandbox.md")
    for fault in FAULTS.values():
        (line,) = re.findall(rf"^\| `{fault.name}` \|.*$", told, re.MULTILINE)
        own = set(fault.params.model_fields) - {"skip", "times"}
        assert [name for name in sorted(own) if f"`{name}`" not in line] == [], fault.name
    assert sorted(properties(SandboxFile) - code_words(told)) == []


def test_the_example_of_sandbox_yaml_answers_as_it_says(tmp_path: Path):
    (example,) = re.findall(r"<!-- sandbox: rest -->\n```yaml\n(.*?)```", page("sandbox.md"), re.DOTALL)
    (tmp_path / "people").mkdir()
    (tmp_path / "people" / "sandbox.yaml").write_text(example, encoding="utf-8")
    (tmp_path / "people" / "towns.csv").write_text("town\nA\nB\n", encoding="utf-8")
    with Sandbox(tmp_path, dt.datetime(2026, 7, 2, tzinfo=dt.UTC)) as sandbox:
        at = f"{sandbox.url}/data.example.gov.tw/api/v1/datastore/ODRP014"
        june, later = (httpx.get(f"{at}/{month}").json() for month in ("11506", "11509"))
    assert (june["responseCode"], june["totalPage"], later) == ("OD-0101-S", 1, {"responseCode": "OD-0102-S"})
    assert {row["month"] for row in june["responseData"]} == {"2026-06-01"}
    speaks = {"rest": RestSettings, "file": FileSettings}
    told = code_words(page("sandbox.md"))
    assert {name for model in speaks.values() for name in model.model_fields} <= told
    assert set(PagesSpec.model_fields) <= told


def test_every_state_is_documented():
    told = page("operating.md")
    assert [state for state in State.__args__ if f"| `{state}` |" not in told] == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path):
    for link in re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8")):
        if link.startswith("http"):
            continue
        target, _, anchor = link.partition("#")
        found = (path.parent / target).resolve() if target else path
        assert found.is_file(), link
        if anchor:
            heads = re.findall(r"^#+ (.*)$", found.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}, link


def test_the_changelog_speaks_of_this_version():
    found = re.findall(r"^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d\d-\d\d$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert found[0] == version("minsheng")


def test_every_make_target_is_documented():
    targets = re.findall(r"^([a-z]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert [name for name in targets if f"make {name}" not in README] == []


def test_every_test_that_holds_a_class_of_faults_is_there():
    text = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
    named = re.findall(r"`([a-z_/]*test_[a-z0-9_]+\.py)`", text)
    files = {path.relative_to(ROOT / "tests").as_posix() for path in (ROOT / "tests").rglob("test_*.py")}
    assert len(named) > 20
    assert [name for name in named if not any(file == name or file.endswith(f"/{name}") for file in files)] == []
