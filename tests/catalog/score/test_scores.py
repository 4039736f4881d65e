"""The sum of the criteria, and `score.json` as types: it is read only as it was written."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import World, column, declaration, table_csv

from catalog.release import publish
from catalog.release.read import ReleaseFiles
from catalog.score import scores
from catalog.score.criteria import CRITERIA, HEADS, TODAY, Documents

IDS = [each.id for each in CRITERIA]
VALUES = st.one_of(st.none(), st.floats(0, 1).map(lambda value: round(value, 4)))


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Documents:
    world = World(tmp_path_factory.mktemp("scores"))
    world.declare(declaration("rivers", [column("site"), column("level", "number")]))
    world.tell(table_csv({"a": 1}), "rivers")
    release = publish.newest(world.public, "rivers")
    assert release
    files = ReleaseFiles(world.public, release)
    return Documents(release, files.schema(), files.fact("quality"), files.fact("declaration"))


@pytest.fixture(scope="module")
def made(known: Documents) -> scores.Score:
    return scores.score(known, [scores.scored_release(known)], "fresh")


def test_all_that_is_met_is_a_hundred_and_what_cannot_be_judged_does_not_count() -> None:
    assert scores.points(dict.fromkeys(IDS, 1.0)) == 100
    assert scores.points(dict.fromkeys(IDS, 1.0) | {"units": None, "codes": None}) == 100
    assert scores.points(dict.fromkeys(IDS, 0.0)) == 0
    assert scores.points(dict.fromkeys(IDS)) is None
    assert scores.points(dict.fromkeys(IDS, 1.0) | {"kept": 0.9999}) == 99, "100 only if nothing is wrong"


def test_the_weights_count() -> None:
    # Of all: 100 points; without the licence 8 fewer.
    assert scores.points(dict.fromkeys(IDS, 1.0) | {"licence": 0.0}) == 92
    # Of the six points of two criteria, three.
    assert scores.points({"source": 1.0, "contact": 0.0}) == 50


@given(st.fixed_dictionaries(dict.fromkeys(IDS, VALUES)))
def test_a_score_is_never_out_of_bounds_and_never_falls_when_a_criterion_rises(values: dict[str, Any]) -> None:
    before = scores.points(values)
    assert before is None or 0 <= before <= 100
    for name, value in values.items():
        raised = scores.points(values | {name: 1.0}) if value is not None else before
        assert before is None or (raised is not None and raised >= before)


def test_the_document_says_what_each_criterion_found(made: scores.Score) -> None:
    by_id = {each.id: each for each in made.criteria}
    assert list(by_id) == made.order == IDS
    assert list(made.heads) == list(HEADS)
    assert (made.dataset, made.release, made.state) == ("rivers", 1, "fresh")
    units = by_id["units"]
    assert (units.value, units.columns, units.figures) == (0, ["level"], {"met": 0, "of": 1})
    assert by_id["licence"].gain is None
    assert by_id["periods"].value is by_id["periods"].gain is None
    # Judged are all but the codes, which there are none of, and the periods, which nobody declares.
    judged = sum(each.weight for each in made.criteria if each.value is not None)
    assert judged == 91
    assert units.gain == round(100 * 5 / judged, 1)
    assert made.score is not None
    assert made.score + sum(each.gain or 0 for each in made.criteria) == pytest.approx(100, abs=1.2)


def test_history_is_of_the_release_alone_and_today_of_the_present(known: Documents) -> None:
    release = scores.scored_release(known)
    assert release.values[IDS.index(TODAY)] is None
    fresh, overdue = (scores.score(known, [release], state) for state in ("fresh", "overdue"))
    assert fresh.releases == overdue.releases == [release]
    assert fresh.score is not None
    assert overdue.score is not None
    assert overdue.score < fresh.score
    assert (overdue.heads["timely"], fresh.heads["timely"]) == (40, 100)


def test_it_is_read_as_it_was_written(made: scores.Score) -> None:
    assert scores.read(json.loads(made.body)) == made


@pytest.mark.parametrize(
    "change",
    [
        {"score": 100},
        {"formula": scores.FORMULA + 1},
        {"seal": ""},
        {"more": 1},
        {"releases": []},
        {"score": "100"},
        {"score": None},
        {"heads": {}},
    ],
)
def test_what_was_altered_or_is_of_another_formula_is_nothing(made: scores.Score, change: dict[str, Any]) -> None:
    assert scores.read(json.loads(made.body) | change) is None


@pytest.mark.parametrize("broken", [None, [], {}, "x", 3, {"dataset": "rivers"}])
def test_what_is_broken_is_nothing(broken: Any) -> None:
    assert scores.read(broken) is None
