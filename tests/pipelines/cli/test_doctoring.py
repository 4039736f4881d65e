"""`minsheng doctor` as an operator reads it."""

import pytest
from consoles import Console
from worlds import World


@pytest.fixture(autouse=True)
def _no_dagster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DAGSTER_HOME", raising=False)


def test_a_sound_installation_gives_0(world: World, console: Console) -> None:
    out = console.out("doctor")
    assert "declarations  " in out
    assert out.splitlines()[-1] == "0 wrong, 4 to look at"


def test_what_is_wrong_gives_1_and_a_sentence(world: World, console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINSHENG_NOTIFY_SECRET", "nonsense")
    code, out, err = console.run("doctor")
    assert code == 1
    assert out.splitlines()[-1].startswith("1 wrong, ")
    assert err == "a night would fail: mend what is wrong, then run this again\n"


def test_a_program_gets_a_list(world: World, console: Console) -> None:
    found = console.json("doctor")
    assert {"what", "verdict", "says"} == found[0].keys()
