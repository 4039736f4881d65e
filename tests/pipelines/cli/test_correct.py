"""`minsheng correct`: what it prints is a sentence and a patch that `patch -p1` takes."""

import subprocess

from consoles import Console
from drifting import ROWS, declare, reread, table
from worlds import World

GIVEN = (
    "correct", "rivers", "--key", "S00", "--column", "level", "--instead", "10.5", "--reason", "It was stuck.",
    "--reason-zh", "卡死。", "--reported", "2026-07-02",
)  # fmt: skip


def wrong(settings: World) -> None:
    declare(settings)
    settings.tell(table([("S00", "測站0", "9999"), *ROWS[1:]]))


def patched(settings: World, out: str) -> None:
    subprocess.run(["patch", "-p1"], cwd=settings.root, input=out.encode(), check=True, capture_output=True)
    reread(settings)


def test_there_and_back(settings: World, console: Console) -> None:
    wrong(settings)
    text = (settings.datasets / "rivers" / "dataset.yaml").read_text(encoding="utf-8")
    out = console.out(*GIVEN)
    assert out.startswith("rivers: level of site=S00 is '9999' in row 1 of fetch 1; the correction level-2026-07-02")
    assert "rivers: with this patch a run would hold it: " in out
    patched(settings, out)
    assert console.out("check") == "rivers: right\n"
    patched(settings, console.out("correct", "rivers", "--lift", "level-2026-07-02"))
    assert (settings.datasets / "rivers" / "dataset.yaml").read_text(encoding="utf-8") == text


def test_what_has_to_be_said(settings: World, console: Console) -> None:
    wrong(settings)
    told = console.fault("correct", "rivers", "--key", "S00", code=2)
    assert "expected --key, --column, --instead, --reason and --reason-zh; or --lift alone" in told
    assert "expected --lift alone" in console.fault(*GIVEN, "--lift", "x", code=2)
    assert "no correction 'x'" in console.fault("correct", "rivers", "--lift", "x")
    assert "no dataset 'ponds' is declared" in console.fault("correct", "ponds", "--lift", "x")
