"""What an operator does at the command line: rebuild, live. test_serving.py has `serve`, test_demo.py the demo."""

from consoles import Console
from worlds import World, declaration, inline


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


def test_live_asks_what_needs_no_key(settings: World, console: Console) -> None:
    settings.declare(inline("spots"), table="site,level\na,1\n")
    settings.declare(declaration("guarded", source={"protocol": "moenv", "dataset": "x_1"}))
    out = console.out("live").splitlines()
    assert out[0] == f"asking the agencies of spots; what they answer is kept in {settings.root}"
    assert [line.split()[0] for line in out[1:]] == ["spots"]
