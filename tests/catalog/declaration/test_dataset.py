"""dataset.yaml: what is accepted, and the sentences for what is not."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pyarrow as pa
import pytest
from worlds import AGENCIES, column, dataset, declaration, text

from catalog.declaration.dataset import Dataset, digest, json_schema, load_agencies, load_dataset, slugs
from catalog.declaration.yaml12 import read_yaml
from catalog.errors import DeclarationError

REAL = Path(__file__).resolve().parents[3] / "datasets"
DATED = [column("site"), column("day", "date"), column("level", "number")]


def write(folder: Path, slug: str, said: Any) -> None:
    (folder / slug).mkdir(parents=True)
    words = said if isinstance(said, str) else json.dumps(said)
    (folder / slug / "dataset.yaml").write_text(words, encoding="utf-8")


@pytest.mark.parametrize("slug", slugs(REAL))
def test_a_real_declaration_loads_and_survives_a_round_trip(slug: str):
    found = load_dataset(REAL, slug)
    assert Dataset.load(json.loads(json.dumps(found.dump())), slug) == found
    assert digest(found.meaning()) == digest(Dataset.load(found.dump(), slug).meaning())


def test_every_kind_of_key_survives_a_round_trip():
    fields = [
        column("site", heard_as=["a", "b"], missingValues=["x"]),
        column("no", missing_when={"text": "0", "site": ""}, publish="no"),
        column("quality"),
        column("day", "date", date={"patterns": ["%Y"], "calendar": "roc", "24:00": True}),
        column(
            "level", "number", unit="m", scale=2, flag={"field": "quality", "texts": ["#"]}, severity={"type": "hold"}
        ),
        column(
            "place", codes={"map": {"a": "b"}, "table": {"dataset": "d", "key": "k", "value": "v"}, "other": "keep"}
        ),
        column("kind", categories=[{"value": "a", "label": text("A")}], split={"separator": "/", "part": 1}),
        column("open", "boolean", trueValues=["是"], falseValues=["否"], constraints={"required": True}, strip=None),
    ]
    found = dataset(
        fields=fields,
        key=["site", "day"],
        partition={"field": "day", "grain": "year"},
        references=[{"fields": ["place"], "dataset": "d", "to": ["k"]}],
        guards={
            "removed": 0,
            "rows": {"field": "day", "period": "day", "maximum": 3},
            "age": "36h",
            "reason": text("x"),
        },
        quarantine="counts",
    )
    assert Dataset.load(found.dump(), "again") == found
    assert found.published == tuple(one for one in found.table.fields if one.name != "no")
    assert found.tables == ("d",)
    assert found.arrow.names == [one.name for one in found.published]
    assert found.arrow.field("open").type == pa.bool_()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"top": {"licences": []}}, "licences: is not known; known here: .*licenses"),
        ({"top": {"licenses": []}}, "licenses: .*at least 1"),
        (
            {"top": {"licenses": [{"name": "x", "path": "http://x", "title": text("x")}]}},
            r"licenses \(name x\)\.path: .*https",
        ),
        ({"top": {"contributors": []}}, "contributors"),
        ({"top": {"sources": []}}, "sources"),
        ({"top": {"name": "Rivers"}}, "name: .*found 'Rivers'"),
        ({"top": {"name": "a--b"}}, "name: "),
        ({"top": {"name": "a" * 64}}, "name: "),
        ({"top": {"title": "Rivers"}}, "title: "),
        ({"top": {"keywords": ["air"]}}, r"keywords\.0"),
        ({"fetch": "each hour"}, r"minsheng\.fetch: 'each hour' is not a cron line; write for instance"),
        ({"release": "61 * * * *"}, r"minsheng\.release: '61"),
        ({"laod": "upsert"}, r"minsheng\.laod: is not known; known here: .*load"),
        ({"load": "append"}, r"minsheng\.load: .*'replace'.*'append'"),
        ({"load": "window"}, r"minsheng: load: window, and window: .* go together"),
        ({"window": {"site": "site"}}, r"minsheng: load: window, and window: .* go together"),
        (
            {"load": "window", "window": {"day": "level"}},
            r"minsheng\.window\.day: the field 'level' must be part of the",
        ),
        ({"load": "window", "window": {"day": "days"}}, r"minsheng\.window\.day: the field 'days' must be part of the"),
        (
            {"omit": [{"when": {"sight": "-"}, "reason": text("x")}]},
            r"minsheng\.omit: 'sight' is no field; fields: site",
        ),
        ({"omit": [{"when": {}, "reason": text("x")}]}, r"minsheng\.omit\.0\.when"),
        ({"source": None}, r"minsheng: either source or derive says where rows come from"),
        ({"derive": {"sql": "a.sql", "over": {"a": "b"}}}, r"minsheng: either source or derive says where rows come"),
        ({"source": None, "derive": {"sql": "../a.sql", "over": {"a": "b"}}}, r"minsheng\.derive\.sql"),
        ({"source": None, "derive": {"sql": "a.sql", "over": {}}}, r"minsheng\.derive\.over"),
        (
            {"source": None, "derive": {"sql": "a.sql", "over": {"a": "b"}}},
            r"minsheng: load: what is derived is the whole",
        ),
        ({"approve": "never"}, r"minsheng\.approve"),
        ({"due": {"fetched": "3 hours"}}, r"minsheng\.due\.fetched"),
        ({"due": {}}, r"minsheng\.due\.fetched: is required and missing"),
        ({"guards": {"removed": 2}}, r"minsheng\.guards\.removed: .*expected 1.0 or less"),
        ({"guards": {"removed": -0.1}}, r"guards\.removed"),
        ({"guards": {"remove": 0.1}}, "guards.remove: is not known; known here: age, changed"),
        ({"guards": {"age": "soon"}}, r"guards\.age"),
        ({"guards": {"age": "some 3hours"}}, r"guards\.age"),
        ({"source": {"address": "x"}}, r"minsheng\.source: names no protocol"),
        ({"agency": "The Agency"}, r"minsheng\.agency"),
        ({"partition": {"grain": "month"}}, "a grain of month or year needs a field"),
        ({"partition": {"field": "level"}}, "none takes none"),
        (
            {"partition": {"field": "site", "grain": "month"}},
            "the field 'site', of type string, has no month of its own; choose",
        ),
        ({"partition": {"field": "level", "grain": "year"}}, "'level' must be part of the primaryKey"),
        ({"partition": {"field": "levle", "grain": "year"}}, "'levle' must be part of the primaryKey"),
        (
            {
                "fields": [
                    column("site"),
                    column("level", "month", date={"patterns": ["%Y-%m"]}, constraints={"minimum": "2019-13"}),
                ]
            },
            "field level: constraints.minimum: expected a month as text, as '2019-12', found '2019-13'",
        ),
        ({"references": [{"fields": ["a", "b"], "dataset": "d", "to": ["c"]}]}, "has its own in to: found a, b and c"),
        (
            {"references": [{"fields": ["site"], "dataset": "d", "to": ["c"], "at": "site", "valid": {"from": "d"}}]},
            "minsheng.references: at: 'site' is no date or datetime; there are none",
        ),
        (
            {"references": [{"fields": ["site"], "dataset": "d", "to": ["c"], "at": "site"}]},
            "at names our time, and valid .*; write both or neither",
        ),
        ({"references": [{"fields": ["a"], "dataset": "d", "to": ["c"]}]}, "'a' is no field; fields: site, level"),
        ({"key": ["sight"]}, "schema: primaryKey names 'sight', which is no published field; fields: site, level"),
        ({"key": []}, r"schema\.primaryKey"),
        ({"fields": [column("site"), column("site")]}, "the field site stands twice"),
        ({"fields": [column("site", publish="no"), column("level")]}, "'site', which is no published field"),
    ],
)
def test_a_fault_names_file_key_and_what_is_known(change: dict[str, Any], words: str):
    with pytest.raises(DeclarationError, match=words) as raised:
        dataset(**change)
    assert all(line.startswith("rivers/dataset.yaml: ") for line in str(raised.value).splitlines())


@pytest.mark.parametrize(
    "key", ["name", "title", "description", "licenses", "contributors", "sources", "schema", "minsheng"]
)
def test_what_is_required_is_named_when_it_is_missing(key: str):
    said = declaration()
    del said[key]
    with pytest.raises(DeclarationError, match=f": {key}: is required and missing"):
        Dataset.load(said, "x")


def test_all_faults_are_told_at_once():
    said = declaration(load="append", fetch="x")
    del said["licenses"]
    with pytest.raises(DeclarationError) as raised:
        Dataset.load(said, "x")
    assert len(str(raised.value).splitlines()) == 3


def test_a_value_cannot_be_changed():
    found = dataset()
    with pytest.raises(ValueError, match="frozen"):
        found.name = "other"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"guards": {"rows": {"field": "dya", "period": "day"}}}, "guards.rows: the field 'dya' .*; there are day"),
        (
            {"guards": {"rows": {"field": "level", "period": "day"}}},
            "guards.rows: the field 'level' is no published date",
        ),
        ({"guards": {"rows": {"field": "hidden", "period": "day"}}}, "guards.rows: the field 'hidden' is no published"),
        (
            {"guards": {"rows": {"field": "day", "period": "day", "minimum": 5, "maximum": 4}}},
            "minsheng.guards.rows: the minimum 5 is above the maximum 4",
        ),
        ({"guards": {"age": "36h"}, "partition": {}}, "guards.age: is counted from minsheng.partition.field"),
    ],
)
def test_a_guard_that_could_never_work_is_refused_on_load(more: dict[str, Any], words: str):
    more = {"partition": {"field": "day", "grain": "month"}} | more
    with pytest.raises(DeclarationError, match=words):
        dataset(fields=[*DATED, column("hidden", "date", publish="no")], key=["site", "day"], **more)


def test_a_change_of_words_or_guards_is_no_change_of_meaning():
    again = [column("site", title=text("Station")), column("level", "number", description=text("Another"))]
    said = dataset(fields=again, guards={"removed": 1}, approve="always", top={"title": text("X")})
    assert said.meaning() == dataset().meaning()


@pytest.mark.parametrize(
    "more",
    [
        {"load": "replace"},
        {"fields": [column("site"), column("level", "integer")]},
        {"fields": [column("site", heard_as="s"), column("level", "number")]},
        {"fields": [column("site"), column("level", "number", constraints={"minimum": 0})]},
        {"fields": [column("site"), column("level", "number"), column("extra")]},
        {"fields": [column("site"), column("level", "number", unit="cm")]},
    ],
)
def test_a_change_of_reading_is_a_change_of_meaning(more: dict[str, Any]):
    assert dataset(**more).meaning() != dataset().meaning()


def test_a_folder_is_a_dataset_and_its_name(tmp_path: Path):
    write(tmp_path, "rivers", declaration())
    write(tmp_path, "lakes", declaration())
    assert slugs(tmp_path) == ["lakes", "rivers"]
    assert load_dataset(tmp_path, "rivers") == dataset()
    with pytest.raises(DeclarationError, match="expected 'lakes', the name of its folder, found 'rivers'"):
        load_dataset(tmp_path, "lakes")
    with pytest.raises(DeclarationError, match=r"no dataset 'seas' is declared in .*; declared: lakes, rivers"):
        load_dataset(tmp_path, "seas")


def test_a_field_may_be_named_no(tmp_path: Path):
    # Words that YAML 1.1 would read as false and true, as names and as a value.
    said = json.dumps(declaration(fields=[column("no"), column("yes", publish="no")]))
    write(tmp_path, "rivers", said.replace('"no"', "no").replace('"yes"', "yes"))
    found = load_dataset(tmp_path, "rivers")
    assert [one.name for one in found.table.fields] == ["no", "yes"]
    assert found.field("yes").publish == "no"


def test_agencies(tmp_path: Path):
    path = tmp_path / "agencies.yaml"
    path.write_text(json.dumps(AGENCIES))
    assert load_agencies(tmp_path)["waters"].hosts == ("waters.example",)
    path.write_text(json.dumps({"waters": {"hots": [], **AGENCIES["waters"]}}))
    with pytest.raises(DeclarationError, match=r"agencies\.yaml: waters: hots: is not known; known here: .*hosts"):
        load_agencies(tmp_path)


def test_the_json_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(json.loads(json_schema()))


def test_the_json_schema_that_editors_read_is_current():
    assert (REAL / "dataset.schema.json").read_text(encoding="utf-8") == json_schema(), "run `make schema`"


@pytest.fixture(scope="module")
def schema() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json.loads(json_schema()))


@pytest.mark.parametrize("slug", slugs(REAL))
def test_the_json_schema_accepts_real_declarations(schema: jsonschema.Draft202012Validator, slug: str):
    schema.validate(read_yaml(REAL / slug / "dataset.yaml"))


@pytest.mark.parametrize(
    "more", [{"heard_as": 3}, {"heard_as": [3]}, {"missing_when": "0"}, {"missing_when": {"a": 1}}]
)
def test_the_json_schema_refuses_what_the_model_refuses(schema: jsonschema.Draft202012Validator, more: dict[str, Any]):
    said = declaration(fields=[column("site"), column("level", **more)])
    with pytest.raises(jsonschema.ValidationError):
        schema.validate(said)
    with pytest.raises(DeclarationError):
        Dataset.load(said, "x")


def test_the_json_schema_refuses_an_unknown_key():
    with pytest.raises(jsonschema.ValidationError, match="licences"):
        jsonschema.validate(declaration(top={"licences": []}), json.loads(json_schema()))
