"""What each criterion finds in the documents of a release; one that cannot be judged says so."""

import copy
import dataclasses
import re
from pathlib import Path
from typing import Any, get_args

import pytest
from ministries import SUITE
from worlds import World, column, declaration, text

from catalog.declaration.pipeline import Guards
from catalog.release import publish
from catalog.release.changes import Counts
from catalog.release.document import Licence, Resource, SourceReference
from catalog.release.read import ReleaseFiles
from catalog.score.criteria import CRITERIA, HEADS, TODAY, Documents, Judgement, today
from pipelines.refresh.status import State
from quality.guards import FoldFigures, judge

FIELDS = [
    column("site"),
    column("level", "number", unit="m"),
    column("state", categories=[{"value": "dry", "label": text("Dry")}]),
    column("note"),
]


def documents(world: World, slug: str = "rivers") -> Documents:
    """What is known of the newest release."""
    release = publish.newest(world.public, slug)
    assert release
    files = ReleaseFiles(world.public, release)
    return Documents(release, files.schema(), files.fact("quality"), files.fact("declaration"))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Documents:
    world = World(tmp_path_factory.mktemp("criteria"))
    world.declare(declaration("rivers", FIELDS, guards={"quarantined": 1, "collapsed": 1}), SUITE)
    world.tell("site,level,state,note\na,1,dry,x\nb,many,dry,\nc,60,dry,\nd,2,dry,\nd,2,dry,\n", "rivers")
    return documents(world)


def found(identity: str, known: Documents) -> Judgement:
    return next(each for each in CRITERIA if each.id == identity).judge(known)


def altered(known: Documents, part: str, *path: Any, value: Any) -> Documents:
    """The same release, of which one fact says something else; a value of None takes it away."""
    fact = copy.deepcopy(getattr(known, part))
    at = fact
    for step in path[:-1]:
        at = at[step]
    if value is None:
        at.pop(path[-1], None)
    else:
        at[path[-1]] = value
    return known._replace(**{part: fact})


def of_release(known: Documents, **more: Any) -> Documents:
    return known._replace(release=dataclasses.replace(known.release, **more))


def test_the_weights_are_parts_of_a_hundred_under_six_heads() -> None:
    assert sum(each.weight for each in CRITERIA) == 100
    assert tuple(dict.fromkeys(each.head for each in CRITERIA)) == HEADS
    assert len({each.id for each in CRITERIA}) == len(CRITERIA)


def test_what_a_good_release_with_two_faults_is_worth(whole: Documents) -> None:
    values = {each.id: each.judge(whole).value for each in CRITERIA}
    assert {name for name, value in values.items() if value == 1} == {
        "downloads", "licence", "formats", "encoding", "units", "described", "columns", "codes", "promptly", "vanished",
        "steady",
    }  # fmt: skip
    assert {name for name, value in values.items() if value is None} == {"today", "periods"}
    assert {name: value for name, value in values.items() if value is not None and value < 1} == {
        "source": 0, "contact": 0, "keywords": 0, "rules": 0.75, "kept": 0, "doubles": 0,
        "checks": 0.5,
    }  # fmt: skip


def test_figures_and_columns_are_those_of_the_release(whole: Documents) -> None:
    assert found("kept", whole).figures == {"rows": 5, "left": 1}
    assert found("doubles", whole).figures == {"collapsed": 1}
    assert found("checks", whole).figures == {"met": 2, "of": 4}
    assert found("rules", whole) == (0.75, {"met": 3, "of": 4}, ("note",))
    assert found("licence", whole).figures == {"licence": "OGDL-Taiwan-1.0"}
    assert found("promptly", whole).figures == {"took": 0, "limit": 3 * 3600}


def test_a_check_that_names_a_column_is_a_rule_for_it(whole: Documents) -> None:
    check = {"id": "note-short", "kwargs": {"column_list": ["note", "state"]}}
    assert found("rules", altered(whole, "declaration", "quality", "expectations", value=[check])).value == 1
    reference = [{"fields": ["note"], "dataset": "notes", "to": ["code"]}]
    path = ("declaration", "dataset", "minsheng", "references")
    assert found("rules", altered(whole, *path, value=reference)).value == 1


@pytest.mark.parametrize(
    ("identity", "path", "value", "worth", "columns"),
    [
        ("contact", ("declaration", "agency", "contact"), "open@waters.example", 1, ()),
        ("keywords", ("declaration", "dataset", "keywords"), [text("river")], 1, ()),
        ("keywords", ("declaration", "dataset", "keywords"), [{"en": "river", "zh-TW": " "}], 0, ()),
        ("units", ("schema", "fields", 1, "unit"), None, 0, ("level",)),
        ("described", ("declaration", "dataset", "description"), {"en": "A table"}, 0.5, ()),
        ("described", ("declaration", "dataset", "description"), "A table", 0.5, ()),
        ("columns", ("declaration", "dataset", "schema", "fields", 3, "description", "zh-TW"), "", 0.75, ("note",)),
        (
            "codes",
            ("declaration", "dataset", "schema", "fields", 2, "categories", 0, "label"),
            {"en": "Dry"},
            0,
            ("state",),
        ),
        ("codes", ("declaration", "dataset", "schema", "fields", 2, "categories"), None, None, ()),
        ("kept", ("quality", "fetches", 0, "quarantined"), 0, 1, ()),
        ("kept", ("quality", "fetches"), [{"fetch": 1, "rows": 1000, "quarantined": 10, "collapsed": 0}], 0.8, ()),
        ("kept", ("quality", "fetches"), [], None, ()),
        ("doubles", ("quality", "fetches"), [], 1, ()),
        ("doubles", ("quality", "guards"), [], None, ()),
        ("checks", ("quality", "checks"), [], None, ()),
        ("vanished", ("quality", "guards"), [{"id": "guard.columns-vanished", "success": False}], 0, ()),
        ("periods", ("quality", "guards"), [{"id": "guard.rows", "success": True}], 1, ()),
        ("steady", ("quality", "guards"), [{"id": "guard.columns-unknown", "success": False}], 0, ()),
        ("source", ("declaration", "dataset", "minsheng", "derive"), {"sql": "a.sql", "over": {}}, None, ()),
        ("promptly", ("declaration", "dataset", "minsheng", "due"), {}, None, ()),
    ],
)
def test_what_is_altered_counts(
    whole: Documents, identity: str, path: tuple[Any, ...], value: Any, worth: float | None, columns: tuple[str, ...]
) -> None:
    part, *inside = path
    judged = found(identity, altered(whole, part, *inside, value=value))
    assert judged.value == (None if worth is None else pytest.approx(worth))
    assert judged.columns == columns


def test_a_licence_that_is_not_open_a_source_with_an_address_and_a_release_that_was_held(whole: Documents) -> None:
    closed = of_release(whole, licenses=(Licence("CC-BY-NC-4.0", "https://a.example", "No"),))
    assert found("licence", closed) == (0, {"licence": "CC-BY-NC-4.0"}, ())
    assert found("source", of_release(whole, sources=(SourceReference("R", "https://a.example"),))).value == 1
    assert found("source", of_release(whole, sources=(SourceReference("R", "javascript:alert(1)"),))).value == 0
    late = of_release(whole, created="2026-07-01T21:00:00+08:00")
    assert found("promptly", late) == (0.25, {"took": 12 * 3600, "limit": 3 * 3600}, ())
    assert found("promptly", of_release(whole, created="2020-01-01T00:00:00+08:00")).value == 1


def test_a_csv_that_does_not_say_its_encoding_counts_against_it(whole: Documents) -> None:
    def silent(file: Resource) -> Resource:
        return dataclasses.replace(file, document={name: v for name, v in file.document.items() if name != "encoding"})

    assert found("encoding", of_release(whole, resources=tuple(map(silent, whole.release.resources)))).value == 0
    assert found("encoding", of_release(whole, resources=())).value is None
    assert found("formats", of_release(whole, resources=())).value is None
    assert found("downloads", of_release(whole, resources=())).value is None


@pytest.mark.parametrize(
    ("state", "value"),
    [("fresh", 1), ("held", 0.5), ("overdue", 0), ("failing", 0), ("never", None), ("withdrawn", None)],
)
def test_how_a_dataset_stands_today_counts_too(state: str, value: float | None) -> None:
    assert today(state) == (value, {"state": state}, ())


def test_every_state_and_every_guard_that_is_looked_for_is_there(whole: Documents) -> None:
    assert {"fresh", "held", "overdue", "failing", "never", "damaged", "withdrawn"} == {*get_args(State)}
    assert today(None) == (None, {"state": ""}, ())
    assert TODAY in {each.id for each in CRITERIA}
    limits = Guards.model_validate({"rows": {"field": "day", "period": "day"}})
    guards = {each.id for each in judge(limits, FoldFigures(Counts(), 0, 0), [])} | {"key.unique"}
    looked_for = {"guard.rows", "guard.columns-vanished", "guard.columns-unknown", "key.unique"}
    assert looked_for <= guards


def test_the_page_about_the_score_has_each_criterion_with_its_weight() -> None:
    page = (Path(__file__).parents[3] / "docs" / "quality-score.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (\d+) \|", page, re.MULTILINE)
    assert rows == [(each.id, each.head, str(each.weight)) for each in CRITERIA]
