"""What an operator does at the command line: rebuild, live. test_serving.py has `serve`, test_demo.py the demo."""

from consoles import Console
from worlds import World, declaration, inline

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
    assert told[1].startswith("spots: still broken: 1; restore from a copy of the private store file:")
