"""A person at a terminal sees progress and tables that fit; pipes, logs and dumb terminals get plain lines."""

import io
import json
import unicodedata
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout

import pytest
from consoles import COLOUR, CONTROL, Console, at_terminal, lines, piped
from tiers import few
from worlds import World

from pipelines.cli.main import main
from pipelines.cli.terminal import Progress, is_terminal, print_table


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal, to which a test sends standard error."""
    monkeypatch.setenv("TERM", "xterm")
    return Terminal()


@pytest.mark.parametrize(("term", "answer"), [("xterm", True), ("dumb", False), ("DUMB", False), ("", False)])
def test_a_dumb_terminal_is_none(monkeypatch: pytest.MonkeyPatch, term: str, answer: bool) -> None:
    monkeypatch.setenv("TERM", term)
    assert is_terminal(Terminal()) is answer
    assert not is_terminal(io.StringIO())


def test_progress_tells_and_leaves_no_trace(screen: Terminal) -> None:
    with redirect_stderr(screen), Progress("one", 3) as progress:
        progress.tell("two")
        progress.done(2)
        progress.hide()
        progress.show()
    shown = screen.getvalue()
    assert "0/3" in shown
    assert "one" in shown
    assert "2/3" in shown
    assert "two" in shown
    assert lines(shown) == []
    assert shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l"), "the cursor is shown again"


def test_progress_is_away_while_a_result_is_printed(screen: Terminal) -> None:

    def results() -> Iterator[int]:
        yield 1
        yield 2

    with redirect_stderr(screen), Progress("at it") as progress:
        for result in progress.over(results()):
            screen.write(f"result {result}\n")
    assert lines(screen.getvalue()) == ["result 1", "result 2"]


def test_a_failure_takes_the_line_away(screen: Terminal) -> None:
    with redirect_stderr(screen), pytest.raises(KeyboardInterrupt), Progress("at it"):
        raise KeyboardInterrupt
    assert lines(screen.getvalue()) == []


def test_elsewhere_progress_tells_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress("one", 3) as progress:
        progress.tell("two")
        assert list(progress.over([1, 2])) == [1, 2]
        assert not progress.shown
    assert capsys.readouterr() == ("", "")


COMMANDS = (("run", "spots"), ("verify", "spots"), ("live",))


@pytest.fixture
def released(table: World, console: Console, monkeypatch: pytest.MonkeyPatch) -> World:
    """A released table; a run of it imports no Great Expectations."""
    console.out("run", "spots")
    monkeypatch.delenv("COLUMNS")
    return table


@pytest.mark.parametrize("command", few((each,) for each in COMMANDS), ids=lambda words: words[0])
def test_a_terminal_gets_progress_and_a_pipe_plain_lines(released: World, command: tuple[str, ...]) -> None:
    plain = piped(*command, TERM="xterm-256color", FORCE_COLOR="1")
    assert (plain.returncode, plain.stderr) == (0, "")
    assert "\x1b" not in plain.stdout
    assert "\r" not in plain.stdout
    code, shown, _ = at_terminal(*command)
    assert code == 0
    assert "\x1b[2K" in shown
    assert COLOUR.search(shown)
    assert lines(shown) == plain.stdout.splitlines(), "what stays is the same"


def test_a_rebuild_is_seen_at_work(released: World, screen: Terminal) -> None:
    with redirect_stderr(screen):
        assert main(["rebuild", "spots"]) == 0
    assert "spots: folding the evidence again" in screen.getvalue()


@pytest.mark.soak
def test_no_colour_and_no_cursor_where_they_are_not_wanted(released: World) -> None:
    _, shown, _ = at_terminal("run", "spots", NO_COLOR="1")
    assert "\x1b[2K" in shown
    assert not COLOUR.search(shown)
    _, shown, _ = at_terminal("run", "spots", TERM="dumb")
    assert not CONTROL.search(shown)
    _, shown, _ = at_terminal("status", TERM="dumb")
    assert not CONTROL.search(shown)
    _, shown, _ = at_terminal("status", NO_COLOR="1")
    assert not COLOUR.search(shown)


def test_json_is_all_on_standard_output_while_a_terminal_sees_progress(released: World) -> None:
    code, shown, output = at_terminal("run", "spots", "--json", piped_output=True)
    assert code == 0
    assert [item["outcome"] for item in json.loads(output)] == ["unchanged"]
    assert "\x1b[2K" in shown
    assert lines(shown) == []


def width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(mark) in "WF" else 1 for mark in text)


def test_a_table_fits_the_terminal_and_wide_characters_are_aligned(released: World, console: Console) -> None:
    text = "site,level\n臺北,2\nb,2\n高雄市前鎮區,3\n"
    (released.datasets / "spots" / "table.csv").write_text(text, encoding="utf-8")
    console.out("run", "spots")
    _, shown, _ = at_terminal("diff", "spots", "1", "2", "--rows", COLUMNS="60")
    head, *rows = lines(shown)[1:]
    assert [row.split() for row in rows] == [
        ["update", "site=臺北", "level:", "1.0", "->", "2.0"],
        ["insert", "site=高雄市前鎮區", "level:", "None", "->", "3.0"],
    ]
    assert {width(row[: row.index("level")]) for row in rows} == {head.index("values")}


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_table_breaks_no_name_and_no_day(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    row = ["a-name-that-is-long", "+2,184 ~64", "2026-11-22T03:30:00+08:00", "7", "why it is as it is, at some length"]
    with redirect_stdout(Terminal()) as screen:
        print_table(["dataset", "changes", "since", "n", "why"], [row], [False, False, False, True, False])
    shown = lines(screen.getvalue())
    assert max(map(len, shown)) <= width
    for word in ("a-name-that-is-long", "+2,184", "2026-11-22", "length"):
        assert any(word in line for line in shown)


def test_times_at_a_terminal_are_short_and_states_in_colour(released: World) -> None:
    code, shown, _ = at_terminal("status")
    assert code == 0
    assert "\x1b[32mfresh" in shown
    assert "+08:00" not in shown
    _, shown, _ = at_terminal("releases", "spots")
    assert lines(shown)[0].split() == ["n", "version", "created", "kind", "rows", "changes"]
