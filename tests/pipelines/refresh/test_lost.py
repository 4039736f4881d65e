"""What is gone or altered of the truth: the next night restores it, or stops this dataset with one sentence."""

import dataclasses
from collections.abc import Callable

import pytest
from nights import DAILY, LOOSE, MONTHS, Make, levels, said, sound, state, watching
from watched import Calls
from worlds import DAMAGE, SLUG, World, body_of, damage, table_csv

from catalog import keys
from catalog.errors import IntegrityError
from catalog.release import publish
from catalog.release.digest import canonical
from catalog.release.read import AlteredDocument, DamagedFile, LostDocument
from catalog.store import put_over
from pipelines.evidence import LostEvidence
from pipelines.records import Outcome
from pipelines.refresh.refold import evidence_of
from pipelines.refresh.repair import repaired


def another_run(world: World) -> None:
    """What follows is another process: it remembers nothing."""
    world.ctx = dataclasses.replace(world.ctx)


@pytest.fixture
def world(make: Make) -> World:
    """Two releases of two fetches."""
    world = make(guards=LOOSE)
    for level in (1, 2):
        world.tell(table_csv({"a": level, f"b{level}": level}))
    another_run(world)
    return world


def test_a_lost_newest_document_is_restored_and_the_night_goes_on(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    before = state(world)
    world.public.delete(keys.document(SLUG, 2))
    assert said(world.tell(table_csv({"c": 3}))) == [("released", 3)]
    told = f"rivers: {keys.document(SLUG, 2)} was gone; it is restored from its copy"
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == [told]
    after = state(world)
    assert after[f"public/{keys.document(SLUG, 2)}"] == before[f"public/{keys.document(SLUG, 2)}"]
    assert levels(world) == {"a": 2, "b1": 1, "b2": 2, "c": 3}, "and no row is lost"
    sound(world)


def test_a_lost_document_of_a_run_that_was_killed_is_restored_with_its_outcomes(world: World) -> None:
    for key in (keys.document(SLUG, 2), keys.pointer(SLUG), keys.sums(SLUG, 2), keys.status(SLUG)):
        world.public.delete(key)
    world.private.delete(keys.outcome(SLUG, 2))
    assert repaired(world.ctx, SLUG).n == 2
    assert world.state().outcome(2) == Outcome("folded", n=2)
    assert said(world.tell(table_csv({"c": 3}))) == [("released", 3)]
    sound(world)


def test_to_look_at_a_lost_document_writes_nothing(world: World) -> None:
    world.public.delete(keys.document(SLUG, 2))
    before = state(world)
    found = world.state()
    assert (found.n, sorted(found.proof.lost)) == (2, [2])
    assert state(world) == before


def _altered(world: World) -> None:
    key = keys.document(SLUG, 2)
    put_over(world.public, key, canonical({**world.newest().document, "title": "Another"}))


def _lost_for_good(world: World) -> None:
    for key in (keys.document(SLUG, 2), keys.pointer(SLUG), keys.sums(SLUG, 2), keys.status(SLUG)):
        world.public.delete(key)
    world.private.delete(keys.kept_document(SLUG, 2))


def _lost_record(world: World) -> None:
    world.private.delete(keys.evidence(SLUG, 2))


def _lost_record_and_hint(world: World) -> None:
    _lost_record(world)
    world.public.delete(keys.status(SLUG))


def _lost_record_hint_and_outcome(world: World) -> None:
    _lost_record_and_hint(world)
    world.private.delete(keys.outcome(SLUG, 2))


def _lost_older_record(world: World) -> None:
    world.private.delete(keys.evidence(SLUG, 1))
    world.public.delete(keys.status(SLUG))


STOPS: list[tuple[Callable[[World], None], type[IntegrityError], str]] = [
    (_altered, AlteredDocument, r"datapackage-2\.json is not the document that was committed"),
    (_lost_for_good, LostDocument, r"datapackage-2\.json is not there, but .*00000002\.outcome\.json names release 2"),
    (_lost_record, LostEvidence, r"00000002\.json is not there, but .*status\.json names it"),
    (_lost_record_and_hint, LostEvidence, r"00000002\.json is not there, but .*datapackage-2\.json names it"),
    (_lost_record_hint_and_outcome, LostEvidence, r"00000002\.json is not there, but .*datapackage-2\.json names it"),
    (_lost_older_record, LostEvidence, r"00000001\.json is not there"),
]


@pytest.mark.parametrize(("harm", "error", "sentence"), STOPS, ids=[harm.__name__ for harm, _, _ in STOPS])
def test_what_no_witness_proves_stops_the_dataset_before_anything_is_made(
    world: World, harm: Callable[[World], None], error: type[IntegrityError], sentence: str
) -> None:
    harm(world)
    before = state(world)
    with pytest.raises(error, match=sentence):
        world.settle()
    assert state(world) == before
    another_run(world)
    with pytest.raises(error, match=sentence):
        world.tell(table_csv({"c": 3}))
    assert world.public.head(keys.document(SLUG, 3)) is None
    assert {key for key in before if not state(world).get(key)} == set(), "nothing that was there is gone"


def test_a_record_that_comes_back_lets_the_nights_go_on(world: World) -> None:
    body = world.private.get(keys.evidence(SLUG, 2)).body
    world.private.delete(keys.evidence(SLUG, 2))
    with pytest.raises(LostEvidence):
        world.settle()
    world.private.put_new(keys.evidence(SLUG, 2), body)
    another_run(world)
    assert said(world.tell(table_csv({"c": 3}))) == [("released", 3)]
    sound(world)


@pytest.fixture
def monthly(make: Make) -> World:
    """Two releases of two months; the second touches one."""
    world = make(fields=DAILY, guards=LOOSE, **MONTHS)
    world.tell("site,day,level\na,2026-01-01,1\na,2026-02-01,1\n")
    world.tell("site,day,level\na,2026-02-01,2\n")
    another_run(world)
    return world


@pytest.mark.parametrize("how", DAMAGE)
@pytest.mark.parametrize("kind", ["schema", "declaration"])
def test_small_files_that_a_release_would_take_over_are_proved_by_content(monthly: World, kind: str, how: str) -> None:
    damage(monthly.public, monthly.newest(), kind, how, body_of(monthly.public, monthly.newest(), kind))
    with pytest.raises(DamagedFile, match=kind):
        monthly.tell("site,day,level\na,2026-02-01,3\n")
    assert monthly.newest().n == 2


@pytest.mark.parametrize("form", ["partitions", "texts"])
@pytest.mark.parametrize("how", ["missing", "longer", "empty"])
def test_data_that_a_release_would_take_over_is_proved_by_one_listing(monthly: World, form: str, how: str) -> None:
    path = getattr(monthly.newest(), form)["2026-01"].path
    key = keys.dataset(SLUG, path)
    body = monthly.public.get(key).body
    monthly.public.delete(key)
    if how != "missing":
        monthly.public.put_new(key, body + b"x" if how == "longer" else b"")
    with watching(monthly, Calls()) as calls, pytest.raises(DamagedFile) as raised:
        monthly.tell("site,day,level\na,2026-02-01,3\n")
    assert raised.value.path == path
    assert [key for verb, key, _ in calls.made if verb == "list"] == [keys.dataset(SLUG, "data/")]
    assert ("get", key) not in [(verb, asked) for verb, asked, _ in calls.made]
    assert monthly.newest().n == 2


def test_of_an_older_release_that_is_read_the_chain_is_checked(world: World) -> None:
    older = publish.load(world.public, SLUG, 1)
    put_over(world.public, keys.document(SLUG, 1), canonical({**older.document, "title": "Another"}))
    with pytest.raises(AlteredDocument, match="as release 2 shows"):
        evidence_of(world.ctx, world.newest(), replaces=False)
