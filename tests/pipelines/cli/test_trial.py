"""`minsheng try`: the table, what left, what would change and what would hold it, on one screen."""

import re

from consoles import Console
from nights import state
from worlds import World


def test_it_shows_what_a_run_would_do(world: World, console: Console) -> None:
    sent = world.root / "sent.csv"
    sent.write_text("site,day,level\na,2026-01-01,x\nb,2026-02-01,7\n,2026-02-01,1\nc,2026-02-02,3\n", encoding="utf-8")
    before = state(world)
    code, out, err = console.run("try", "rivers", "--file", str(sent))
    assert (code, err, state(world)) == (0, "", before)
    assert "rivers: sent.csv on release 2; nothing is written" in out
    assert "heard 4 = published 3 + quarantined 1 + omitted 0 + collapsed 0" in out
    assert re.search(r"^level +number +\(none\) +7 +3$", out, re.MULTILINE)
    assert "left: 1 by level.type, 1 by site.required" in out
    assert re.search(r"site=a, day=2026-01-01 +level +x +level.type +cell$", out, re.MULTILINE)
    assert "changes: +1 ~2" in out
    assert re.search(r"^update +site=b, day=2026-02-01 +level: 2.0 -> 7.0$", out, re.MULTILINE)
    assert out.endswith("a run would release it: 3 rows in all; warned of by site.required, level.type\n")


def test_its_exit_code_says_what_would_become_of_it(world: World, console: Console) -> None:
    sent = world.root / "sent.csv"
    sent.write_text("<p>maintenance</p>", encoding="utf-8")
    code, out, _ = console.run("try", "rivers", "--file", str(sent))
    assert code == 1
    assert "refused: sent.csv: " in out
    assert "rivers: a run would refuse it" in out
    code, out, _ = console.run("try", "rivers", "--since", "2026-07-01")
    assert (code, "rivers: fetch 2 (" in out) == (0, True)
    assert "a run would release nothing" in out
    assert "no answer that is kept since 2027-01-01T00:00:00+08:00" in console.fault(
        "try", "rivers", "--since", "2027-01-01"
    )


def test_long_lists_are_cut_with_a_count(world: World, console: Console) -> None:
    sent = world.root / "sent.csv"
    sent.write_text("site,day,level\n" + "".join(f"s{i:02},2026-02-01,x\n" for i in range(30)), encoding="utf-8")
    out = console.run("try", "rivers", "--file", str(sent))[1]
    assert out.count("level.type  cell") == 20
    assert "... and 10 more" in out
