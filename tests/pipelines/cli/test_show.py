"""Plain tables and sentences, the same in every pipe."""

import datetime as dt
import json
from decimal import Decimal

import pytest

from pipelines.cli import show


def test_a_table_is_aligned_by_the_width_of_its_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert show.table(("name", "rows", "why"), [("臺北", 1234, "好"), ("b", None, "no")]).splitlines() == [
        "name  rows   why",
        "----  -----  ---",
        "臺北  1,234  好",
        "b            no",
    ]


def test_the_last_column_wraps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    *_, first, second = show.table(("dataset", "why"), [("spots", "one two three four five six seven")]).splitlines()
    assert first.startswith("spots    one two")
    assert second.startswith("         ")
    assert max(len(first), len(second)) <= 40


def test_control_characters_do_not_reach_a_terminal() -> None:
    assert "\x1b" not in show.table(("value",), [("a\x1b[2Jb",)])


@pytest.mark.parametrize(
    ("counts", "text"),
    [
        ({"insert": 1330, "update": 4, "delete": 1}, "+1,330 ~4 -1"),
        ({"insert": 0, "update": 4, "delete": 0}, "~4"),
        ({"insert": 0, "update": 0, "delete": 0}, ""),
        (None, ""),
    ],
)
def test_changes_are_short(counts: dict[str, int] | None, text: str) -> None:
    assert show.changes(counts) == text


def test_a_table_that_is_printed_in_a_pipe_is_the_plain_one(capsys: pytest.CaptureFixture[str]) -> None:
    show.say_table(("name", "rows"), [("a", 1)])
    assert capsys.readouterr().out == show.table(("name", "rows"), [("a", 1)]) + "\n"


def test_json_holds_chinese_times_and_decimals_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    show.say_json({"name": "臺北", "at": dt.date(2026, 7, 1), "level": Decimal("1.50")})
    out = capsys.readouterr().out
    assert "臺北" in out
    assert json.loads(out) == {"name": "臺北", "at": "2026-07-01", "level": "1.50"}


def test_a_complaint_goes_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    show.note("not so")
    assert capsys.readouterr() == ("", "not so\n")
