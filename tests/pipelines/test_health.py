"""Whether the nights go on, as a monitor is told: the daemon's sign, and the look at the datasets."""

import datetime as dt
import json
from pathlib import Path

import pytest

from pipelines.context import ZONE
from pipelines.health import beat, judge, read

AT = dt.datetime(2026, 7, 5, 1, 30, tzinfo=ZONE)
MINUTE, HOUR = dt.timedelta(minutes=1), dt.timedelta(hours=1)


def test_who_has_no_daemon_is_well(tmp_path: Path):
    found = judge(tmp_path, AT)
    assert (found.status, json.loads(found.body)) == (
        200, {"ok": True, "stale": [], "heartbeat": None, "looked_at": None},
    )  # fmt: skip


def test_a_daemon_that_looks_is_well(tmp_path: Path):
    beat(tmp_path / "home", AT, looked=True)
    found = judge(tmp_path / "home", AT + 30 * MINUTE)
    time = "2026-07-05T01:30:00+08:00"
    assert (found.status, json.loads(found.body)) == (
        200, {"ok": True, "stale": [], "heartbeat": time, "looked_at": time},
    )  # fmt: skip


def test_a_daemon_that_gives_no_sign_is_named(tmp_path: Path):
    beat(tmp_path, AT, looked=True)
    found = judge(tmp_path, AT + 31 * MINUTE)
    assert found.status == 503
    assert found.stale == (
        "the daemon: expected a sign of it every 10 minutes, found the last one at 2026-07-05T01:30:00+08:00; see that "
        "it runs, and its sensor `night`",
    )


def test_a_daemon_that_never_came_is_named_where_one_is_expected(tmp_path: Path):
    assert judge(tmp_path, AT + 30 * MINUTE, expected_since=AT).status == 200
    (sentence,) = judge(tmp_path, AT + 31 * MINUTE, expected_since=AT).stale
    assert "found the last one never" in sentence


@pytest.mark.parametrize(("looked", "says"), [(True, "the last one at 2026-07-05T01:30:00+08:00"), (False, "none")])
def test_a_daemon_that_lives_and_does_not_look_is_named(tmp_path: Path, looked: bool, says: str):
    beat(tmp_path, AT, looked=looked)
    beat(tmp_path, AT + 6 * HOUR, looked=False)
    assert judge(tmp_path, AT + 6 * HOUR).status == 200
    (sentence,) = judge(tmp_path, AT + 6 * HOUR + MINUTE).stale
    assert f"the look at the datasets: expected one within 6 hours, found {says}; see" in sentence


def test_what_else_is_stale_is_told_too(tmp_path: Path):
    found = judge(tmp_path, AT, more=("the store: away",))
    assert (found.status, found.stale) == (503, ("the store: away",))


@pytest.mark.parametrize(
    "body", ["", "{", "[]", '{"at": 1}', '{"at": "2026-07-05T01:30:00", "since": "2026-07-05", "looked_at": null}']
)
def test_a_damaged_sign_is_none_and_the_next_one_replaces_it(tmp_path: Path, body: str):
    (tmp_path / "heartbeat.json").write_text(body)
    assert read(tmp_path) is None
    beat(tmp_path, AT, looked=False)
    found = read(tmp_path)
    assert found is not None
    assert (found.at, found.looked_at) == (AT, None)
