"""A report is kept before anyone is told; who is killed in between tells once more, and nothing is lost."""

import datetime as dt
import json

import pytest
from mixed_nights import webhook
from worlds import World

from catalog import keys
from catalog.errors import DecisionError
from pipelines.night import notify, told
from pipelines.night.report import Report, report
from pipelines.night.tell import tell_night


def reported(world: World, at: dt.datetime, addresses: str = "") -> Report:
    """The report of a night, kept and told."""
    known = told.read(world.private)
    made = report(world.ctx, at, known)
    tell_night(world.ctx, made, known, addresses, "en")
    return made


def test_report_and_pages_are_kept_and_nothing_of_it_is_public(world: World, morning: dt.datetime) -> None:
    public = set(world.public.list(""))
    night = reported(world, morning)
    stamp = night.at.strftime("%Y%m%dT%H%M%S")
    assert set(world.private.list("nights/")) == {
        keys.NIGHT_TOLD,
        *(keys.night_newest(end) for end in (".json", ".html", ".en.html")),
        *(keys.night(stamp, end) for end in (".json", ".html", ".en.html")),
    }
    assert set(world.public.list("")) == public, "reasons for stewards are for stewards"
    kept = json.loads(world.private.get(keys.night_newest(".json")).body)
    assert kept["counts"]["held"] == 1
    assert [each["dataset"] for each in kept["datasets"]] == ["wells", "lakes", "springs", "rivers"]


def test_the_next_report_goes_on_from_it(world: World, morning: dt.datetime) -> None:
    first = reported(world, morning)
    later = reported(world, morning + dt.timedelta(hours=1))
    assert later.before == first.at.isoformat()
    assert not any(line.made for line in later.lines)
    assert len(list(world.private.list("nights/2"))) == 6, "each report stays"


def test_killed_after_the_message_it_is_told_once_more(
    world: World, morning: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    with webhook() as hook:
        with monkeypatch.context() as patch:
            patch.setattr(told, "write", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
            with pytest.raises(KeyboardInterrupt):
                reported(world, morning, hook.address)
        reported(world, morning, hook.address)
        reported(world, morning, hook.address)
        assert len(hook.bodies) == 2


def test_with_a_wrong_address_nothing_is_kept(world: World, morning: dt.datetime) -> None:
    with pytest.raises(DecisionError, match=notify.VARIABLE):
        reported(world, morning, "nonsense")
    assert list(world.private.list("nights/")) == []
