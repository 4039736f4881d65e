"""Why a dataset is held or fails: everyone reads what is ours, stewards read it whole, in both languages."""

import dataclasses
import datetime as dt
import json
from typing import Any

import pytest
from nights import LOOSE, Make
from worlds import SLUG, World, column

from catalog import keys
from catalog.declaration.dataset import load_dataset
from catalog.errors import StoreError
from catalog.reasons.sentences import sentence
from catalog.reasons.stored import to_json
from catalog.reasons.values import CheckFailed, Fault, NotData, OutOfReach, Overdue, Recorded
from catalog.release.digest import SEAL, canonical
from catalog.site.sources import standings
from catalog.store import put_over
from pipelines.records import Fetched, Page
from pipelines.refresh.settle import record
from pipelines.refresh.state import read_state
from pipelines.refresh.status import Status, read_status, write_status
from pipelines.run import failed

AT_HOLD = column("level", "number", constraints={"maximum": 5}, severity={"range": "hold"})
FIELDS = [column("site"), AT_HOLD]


def status(world: World, days: int = 0) -> Status:
    now = world.now + dt.timedelta(days=days)
    return read_status(world.ctx, load_dataset(world.datasets, SLUG), now)


def public(world: World) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(world.public.get(keys.status(SLUG)).body)
    return found


def earlier_version(world: World, key: str, private: bool = True, **changed: Any) -> None:
    """Write a document as version 0.1.0 left it: sentences in the place of values."""
    store = world.private if private else world.public
    document = json.loads(store.get(key).body)
    for name in ("reasons", SEAL):
        document.pop(name, None)
    put_over(store, key, canonical(document | changed))


def test_what_is_held_is_told_whole_to_stewards_and_without_values_to_everyone(make: Make):
    world = make(fields=FIELDS, guards=LOOSE)
    (item,) = world.tell("site,level\na,90210\n")
    reason = CheckFailed(check="level.range", failed=1, rows=1, values=("90210",))
    assert item.reasons == status(world).reasons == (reason,)
    assert public(world)["reasons"] == [to_json(reason.public())]
    assert public(world)["reason"] == "level.range: 1 of 1 rows fail"
    (on_pages,) = standings(world.public, [SLUG], world.now)[SLUG].reasons
    assert sentence(on_pages, "zh-TW") == "level.range：檢核來源資料 1 列，其中 1 列不符"


def test_what_is_refused_is_told_whole_to_stewards_and_without_quotes_to_everyone(make: Make):
    world = make()
    (item,) = world.tell("<p>0912-secret</p>")
    (reason,) = item.reasons
    assert isinstance(reason, NotData)
    assert "0912-secret" in reason.detail
    assert (item.reasons, status(world).reasons) == ((reason,), (reason,))
    assert "0912-secret" not in json.dumps(public(world))
    assert item.json()["reasons"] == status(world).json()["reasons"] == [to_json(reason)]
    assert item.json()["reason"] == status(world).json()["reason"] == reason.detail


def test_an_agency_that_does_not_answer_is_told_apart(make: Make):
    world = make()
    why = "waters.example gave no answer"
    world.now += dt.timedelta(hours=1)
    record(world.ctx, SLUG, Fetched({"protocol": "file"}, world.now, (), why, answered=False))
    assert status(world).reasons == (OutOfReach(detail="waters.example gave no answer"),)
    assert public(world)["reason"] == "the source did not answer"


def test_a_fault_here_is_told_by_its_family_and_in_full_to_stewards(make: Make):
    world = make()
    result = failed(world.ctx, SLUG, StoreError("no space left in 'bucket-7'", place=SLUG))
    fault = Fault(of="store", detail="no space left in 'bucket-7'")
    assert result.reasons == status(world).reasons == (fault,)
    assert public(world)["reason"] == "the object store did not do what was asked"


def test_no_secret_is_in_a_fault(make: Make):
    world = make()
    ctx = dataclasses.replace(world.ctx, secrets={"KEY": "hunter2-hunter2"})
    (fault,) = failed(ctx, SLUG, ValueError("asked with hunter2-hunter2")).reasons
    assert fault == Fault(of="software", detail="ValueError: asked with ***")


def test_overdue_says_since_when(make: Make):
    world = make()
    world.tell("site,level\na,1\n")
    (reason,) = status(world, days=9).reasons
    assert isinstance(reason, Overdue)
    assert sentence(reason, "zh-TW").startswith("應於 2026-07-01T12:00:00+08:00 前更新")


def test_where_the_private_note_is_of_another_failure_the_public_reasons_stand(make: Make):
    world = make()
    world.tell("<p>x</p>")
    put_over(world.private, keys.failing(SLUG), canonical({"reasons": [to_json(Fault(of="store", detail="y"))]}))
    assert status(world).reasons == (NotData(),)
    world.private.delete(keys.failing(SLUG))
    assert status(world).reasons == (NotData(),)


def test_a_status_with_broken_reasons_is_still_read(make: Make):
    world = make()
    world.tell("<p>x</p>")
    earlier_version(world, keys.status(SLUG), private=False, reasons=[{"kind": "no-such"}])
    assert (status(world).state, status(world).reasons) == ("failing", ())
    assert standings(world.public, [SLUG], world.now) == {}


@pytest.mark.parametrize("state", ["held", "failing"])
def test_a_store_of_an_earlier_version_is_read_and_gone_on_with(make: Make, state: str):
    world = make(fields=FIELDS, guards=LOOSE)
    world.tell("site,level\na,90210\n" if state == "held" else "<p>x</p>")
    old = "level.range: 1 of 1 rows fail ('90210')"
    if state == "held":
        earlier_version(world, keys.waiting(SLUG), reasons=[old])
    else:
        earlier_version(world, keys.outcome(SLUG, 1), reason=old)
        world.private.delete(keys.failing(SLUG))
    earlier_version(world, keys.status(SLUG), private=False, reason="level.range: 1 of 1 rows fail ('…')")
    world.ctx = dataclasses.replace(world.ctx)  # another process: it remembers no outcome
    before = status(world)
    assert (before.state, before.reasons) == (state, (Recorded(detail="level.range: 1 of 1 rows fail ('…')"),))
    world.settle()
    write_status(world.ctx, read_state(world.ctx, SLUG))
    assert status(world).reasons == (Recorded(detail=old),), "stewards"
    assert "90210" not in json.dumps(public(world)), "everyone"
    assert [item.outcome for item in world.tell("site,level\nb,1\n")] == ["released"]


def test_addresses_at_which_there_was_nothing_are_told(make: Make):
    source = {"protocol": "file", "address": "https://waters.example/{part}.csv", "over": {"part": ["a", "b"]}}
    world = make(source=source | {"format": "csv", "missing": "gap"})
    world.now += dt.timedelta(hours=1)
    page = Page("https://waters.example/a.csv", 200, {}, b"site,level\na,1\n")
    gone = Page("https://waters.example/b.csv", 404, {}, b"")
    filled = {"values": [{"part": "a"}, {"part": "b"}], "filled": [0, 1]}
    asked = {"protocol": "file", "source": world.ctx.declarations.dataset(SLUG).minsheng.source} | filled
    record(world.ctx, SLUG, Fetched(asked, world.now, (page, gone), None))
    world.settle()
    assert [sentence(reason) for reason in status(world).reasons] == ["nothing at 1 of 2 addresses"]
