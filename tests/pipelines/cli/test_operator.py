"""What an operator does at the command line: rebuild, serve, live. test_demo.py has the demo."""

import re
import signal
import subprocess

import httpx
import pytest
from consoles import PROGRAM, Console
from worlds import SLUG, World, declaration, inline

from catalog import keys


def test_a_release_is_folded_again(table: World, console: Console) -> None:
    console.out("run", "spots")
    told = (
        "spots release 1: 1 partitions folded again; the content is the same, and every Parquet file is byte for byte\n"
    )
    assert console.out("rebuild", "spots") == console.out("rebuild", "spots@1") == told
    assert "has no release 2" in console.fault("rebuild", "spots@2")


def test_lost_evidence_is_1(table: World, console: Console) -> None:
    console.out("run", "spots")
    for path in (table.root / "private" / "evidence" / "blobs").iterdir():
        path.unlink()
    assert console.fault("rebuild", "spots").startswith("minsheng: ")


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_the_store_is_served_until_it_is_told_to_end(world: World, ending: signal.Signals) -> None:
    with subprocess.Popen(
        [str(PROGRAM), "serve", "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        address = re.fullmatch(r"(http://127\.0\.0\.1:\d+)/index\.html \(Ctrl-C ends it\)\n", process.stdout.readline())
        assert address
        answer = httpx.get(f"{address[1]}/datasets/{SLUG}/datapackage.json", trust_env=False)
        assert answer.json()["name"] == SLUG
        process.send_signal(ending)
        _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")


def test_live_asks_what_needs_no_key(settings: World, console: Console) -> None:
    settings.declare(inline("spots"), table="site,level\na,1\n")
    settings.declare(declaration("guarded", source={"protocol": "moenv", "dataset": "x_1"}))
    out = console.out("live").splitlines()
    assert out[0] == f"asking the agencies of spots; what they answer is kept in {settings.root}"
    assert [line.split()[0] for line in out[1:]] == ["spots"]


def test_a_damaged_dataset_is_repaired_and_said_what_from_what(table: World, console: Console) -> None:
    console.out("run", "spots")
    assert console.out("repair", "spots") == "spots: every release and fetch is whole\n"
    key = keys.document("spots", 1)
    body = table.public.get(key).body
    table.public.delete(key)
    out = console.out("repair", "spots")
    assert out == f"spots: {key} was gone; made again from {keys.kept_document('spots', 1)}\n"
    assert table.public.get(key).body == body
    assert console.out("verify", "spots")


def test_what_cannot_be_made_again_is_named_and_is_1(table: World, console: Console) -> None:
    console.out("run", "spots")
    (blob,) = table.private.list("evidence/blobs/")
    table.private.delete(blob)
    code, _, err = console.run("repair", "spots")
    told = err.splitlines()
    assert (code, len(told)) == (1, 2)
    assert told[0] == f"spots: {blob} was gone; cannot be made again"
    assert told[1].startswith("spots: 1 objects stay broken; restore them from a copy of the private store file:")
