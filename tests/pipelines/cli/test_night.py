"""`minsheng night` and `minsheng metrics`: what an operator reads."""

import json
import shutil
from pathlib import Path

import pytest
from consoles import Console
from mixed_nights import mixed, webhook
from worlds import World

from pipelines.fetch.sources import mark


@pytest.fixture
def night(settings: World, tmp_path: Path) -> World:
    """The world of the settings, in which each dataset stands otherwise."""
    made = mixed(tmp_path / "mixed")
    mark(made.public, made.private, "sandbox")
    shutil.rmtree(settings.root)
    shutil.copytree(made.root, settings.root)
    return settings


def test_the_worst_comes_first_and_the_code_says_that_one_fails(night: World, console: Console) -> None:
    code, out, err = console.run("night")
    assert (code, err) == (1, "")
    lines = out.splitlines()
    assert lines[0] == "1 failing, 1 held, 1 without a release, 1 released."
    assert lines[2:4] == ["Failing", next(line for line in lines if line.startswith("  wells: failing since"))]
    assert "  rivers: releases 1 to 2: +3 ~1, 3 rows in all" in lines
    assert "nights/newest.en.html" in lines[-1]
    again = console.run("night")[1].splitlines()
    assert "Unchanged" in again
    assert "  rivers" in again


def test_a_program_gets_the_report_as_it_is_kept(night: World, console: Console) -> None:
    code, out, _ = console.run("night", "--json")
    assert code == 1
    assert json.loads(out) == json.loads(night.private.get("nights/newest.json").body)


def test_people_are_told_in_the_language_of_the_settings(
    night: World, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINSHENG_LANGUAGE", "zh-TW")
    with webhook() as hook:
        monkeypatch.setenv("MINSHENG_NOTIFY_SECRET", hook.address)
        hook.status = 500
        assert "could not be told" in console.run("night")[2]
        hook.status = 200
        assert console.run("night")[2] == ""
    assert [body["title"] for body in hook.bodies] == ["民生：2 個資料集待處理"]


def test_metrics_write_nothing(night: World, console: Console) -> None:
    before = set(night.private.list(""))
    out = console.out("metrics")
    assert 'minsheng_dataset_state{agency="waters",dataset="lakes",state="held"} 1.0' in out
    assert set(night.private.list("")) == before
