"""`minsheng drift`: sentences, and a patch that `patch -p1` takes from its output as it is."""

import subprocess

from consoles import Console
from drifting import ROWS, declare, reread, table
from nights import state
from worlds import World


def test_its_output_is_a_patch(settings: World, console: Console) -> None:
    declare(settings)
    settings.tell(table())
    assert console.out("drift", "rivers") == "rivers: fetch 1 is as the declaration says: nothing changed\n"
    sent = settings.root / "sent.csv"
    sent.write_text(table([(*row, "E") for row in ROWS], "站號,站名,水位_m,英文站名"), encoding="utf-8")
    before = state(settings)
    out = console.out("drift", "rivers", "--file", str(sent))
    assert state(settings) == before
    assert out.startswith("rivers: the column 'level' (field level) is called '水位_m' now: ")
    subprocess.run(["patch", "-p1"], cwd=settings.root, input=out.encode(), check=True, capture_output=True)
    reread(settings)
    assert console.out("check") == "rivers: right\n"
    assert "nothing changed" in console.out("drift", "rivers", "--file", str(sent))


def test_what_no_patch_accepts_is_1(settings: World, console: Console) -> None:
    declare(settings)
    settings.tell(table())
    settings.tell("<p>maintenance</p>")
    code, out, err = console.run("drift", "rivers")
    assert (code, "found a page of markup" in out) == (1, True)
    assert err == "rivers: there is no patch; dataset.yaml is yours to edit\n"
