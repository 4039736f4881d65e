"""Every published value of one row, from the changes files."""

import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from nights import DAILY, LOOSE, MONTHS, approve, redeclare
from stores import quick_store
from watched import Calls, Watched
from worlds import SLUG, World, column, declaration

from catalog.errors import DecisionError, IntegrityError
from catalog.formats import parquet
from catalog.past.history import Change, history
from catalog.store.spans import Spans


def of(tmp_path: Path, *bodies: str, **more: Any) -> World:
    world = World(tmp_path / "home")
    world.declare(declaration(guards=LOOSE, **more))
    for body in bodies:
        world.tell(body)
    return world


def said(world: World, key: str, **more: Any) -> list[tuple[int, str, dict[str, Change]]]:
    return [(one.n, one.kind, one.columns) for one in history(world.public, SLUG, key, **more).steps]


def test_inserted_revised_emptied_deleted_and_back(tmp_path: Path) -> None:
    one = "site,level\nz,9\n"
    world = of(tmp_path, *(one + row for row in ("a,1\n", "a,2\n", "", "a,\n")), load="replace")
    assert said(world, "a") == [
        (1, "insert", {"level": Change(None, 1.0)}),
        (2, "update", {"level": Change(1.0, 2.0)}),
        (3, "delete", {"level": Change(2.0, None)}),
        (4, "insert", {}),
    ]
    assert history(world.public, SLUG, "a").row == {"level": None}
    assert history(world.public, SLUG, "a", upto=3).row is None
    assert said(world, "z") == [(1, "insert", {"level": Change(None, 9.0)})]


@pytest.mark.parametrize("key", ["a,2026-01-02", "site=a,day=2026-01-02", "day=2026-01-02, site=a", '"a",2026-01-02'])
def test_a_key_by_name_or_in_order(tmp_path: Path, key: str) -> None:
    world = of(tmp_path, "site,day,level\na,2026-01-02,1\nb,2026-01-02,2\n", fields=DAILY, **MONTHS)
    found = history(world.public, SLUG, key)
    assert {name: str(value) for name, value in found.key.items()} == {"site": "a", "day": "2026-01-02"}
    assert found.row == {"level": 1.0}


def test_values_with_commas_quotes_and_signs(tmp_path: Path) -> None:
    odd = 'x="1",2'
    world = of(tmp_path, 'site,level\n"x=""1"",2",5\n')
    assert history(world.public, SLUG, '"x=""1"",2"').key == {"site": odd}
    assert history(world.public, SLUG, '"site=x=""1"",2"').key == {"site": odd}
    with pytest.raises(DecisionError) as error:
        history(world.public, SLUG, "nobody")
    (example,) = str(error.value).split("write for instance ")[1:]
    assert history(world.public, SLUG, example.strip("'")).key == {"site": odd}


TYPED = [column("n", "integer"), column("at", "datetime"), column("yes", "boolean"), column("x", "number")]


def test_keys_of_every_type(tmp_path: Path) -> None:
    body = "n,at,yes,x,level\n7,2026-01-02 03:04:05,true,0.5,1\n"
    fields = [*TYPED, column("level", "number")]
    world = of(tmp_path, body, fields=fields, key=["n", "at", "yes", "x"])
    for at in ("2026-01-02T03:04:05+08:00", "2026-01-01T19:04:05+00:00", "2026-01-02T03:04:05"):
        assert history(world.public, SLUG, f"7,{at},true,0.5").row == {"level": 1.0}
    for key, kind in (
        ("x,2026-01-02,true,0.5", "n to be an integer"),
        ("9999999999999999999999,2026-01-02,true,0.5", "n to be an integer"),
        ("7,noon,true,0.5", "at to be a time"),
        ("7,2026-01-02,1,0.5", "yes to be true or false"),
        ("7,2026-01-02,true,half", "x to be a number"),
    ):
        with pytest.raises(DecisionError, match=f"expected {kind}.*write for instance 'n=7,at=2026-01-02T03:04:05"):
            history(world.public, SLUG, key)


@pytest.mark.parametrize("key", ["", "a", "a,b,c", "site=a", "site=a,site=b", "site=a,night=2026-01-02"])
def test_what_is_no_key_is_refused_with_the_columns_and_an_example(tmp_path: Path, key: str) -> None:
    world = of(tmp_path, "site,day,level\na,2026-01-02,1\n", fields=DAILY, **MONTHS)
    with pytest.raises(DecisionError, match="the key is site, day; write for instance 'site=a,day=2026-01-02'"):
        history(world.public, SLUG, key)


def test_a_column_that_comes_and_one_that_goes(tmp_path: Path) -> None:
    world = of(tmp_path, "site,level\na,1\n")
    redeclare(world, fields=[column("site"), column("depth", "number")], guards=LOOSE)
    world.tell("site,depth\na,5\nb,6\n")
    approve(world)
    world.tell("site,depth\na,7\n")
    assert said(world, "a") == [
        (1, "insert", {"level": Change(None, 1.0)}),
        (2, "schema", {"level": Change(1.0, None), "depth": Change(None, 5.0)}),
        (3, "update", {"depth": Change(5.0, 7.0)}),
    ]
    assert said(world, "b") == [(2, "insert", {"depth": Change(None, 6.0)})]


def test_another_key_ends_the_history_and_is_said(tmp_path: Path) -> None:
    fields = [column("site"), column("place"), column("level", "number")]
    world = of(tmp_path, "site,place,level\na,p,1\nb,p,2\n", fields=fields, key=["site", "place"])
    redeclare(world, fields=fields, key=["site"], guards=LOOSE)
    world.tell("site,place,level\na,p,3\n")
    approve(world)
    found = history(world.public, SLUG, "a")
    assert [(one.n, one.kind) for one in found.steps] == [(2, "insert")]
    assert found.another_key_until == 1


def test_only_the_row_groups_that_may_hold_the_key_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "ROWS_PER_GROUP", 5_000)
    world = of(tmp_path, "site,level\n" + "".join(f"s{i:06},{i * 0.7312345}\n" for i in range(150_000)))
    (path,) = (world.root / "public" / "datasets" / SLUG / "facts").glob("changes.*")
    calls = Calls()
    found = history(Watched(world.public, calls), SLUG, "s031234")
    assert found.row == {"level": 31234 * 0.7312345}
    read = [size for verb, key, size in calls.made if verb == "get" and key.endswith(path.name)]
    assert len(read) <= 4
    assert sum(read) < path.stat().st_size / 2


def test_a_file_that_is_gone_is_named(tmp_path: Path) -> None:
    world = of(tmp_path, "site,level\na,1\n")
    shutil.rmtree(world.root / "public" / "datasets" / SLUG / "facts")
    with pytest.raises(IntegrityError, match=r"changes\..*, found no such file; `minsheng repair rivers` restores"):
        history(world.public, SLUG, "a")


def test_spans_read_as_the_file_does(tmp_path: Path) -> None:
    store = quick_store(tmp_path)
    for size in (0, 10, 65_535, 65_536, 65_537, 200_000):
        body = bytes(i % 251 for i in range(size))
        store.put_new(f"f{size}", body)
        opened = Spans(store, f"f{size}")
        assert opened.read() == body
        assert opened.read(5) == b""
        opened.seek(-3, 2) if size else None
        assert opened.read(100) == body[-3:]
        opened.seek(size // 2)
        assert opened.read(7) == body[size // 2 : size // 2 + 7]
        assert opened.tell() == min(size, size // 2 + 7)


@pytest.mark.parametrize(
    "kind", [pa.string(), pa.int64(), pa.float64(), pa.bool_(), pa.date32(), pa.timestamp("ms", "UTC")]
)
def test_every_row_is_found_by_its_statistics(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: pa.DataType
) -> None:
    monkeypatch.setattr(parquet, "ROWS_PER_GROUP", 3)
    values = {pa.string(): ["", "a", "é", "臺", "台", "🌊", "~"]}.get(kind) or pa.array(range(-2, 5)).cast(pa.int64())
    if kind == pa.bool_():
        values = pa.array([False, True])
    keys_ = (
        pa.array(values)
        if kind in (pa.string(), pa.bool_())
        else values.cast(pa.int32() if kind == pa.date32() else pa.int64()).cast(kind)
    )
    table = pa.table({"key": keys_.take(pa.compute.sort_indices(keys_)), "n": pa.array(range(len(keys_)))})
    store = quick_store(tmp_path)
    store.put_new("t.parquet", parquet.render(table))
    opened = parquet.Opened(Spans(store, "t.parquet"))
    for i in range(table.num_rows):
        assert opened.rows_with({"key": table.column("key")[i]}).column("n").to_pylist() == [i]


def test_a_row_of_a_table_that_is_empty_now(tmp_path: Path) -> None:
    world = of(tmp_path, "site,level\na,1\n", "site,level\n,1\n", load="replace")
    world.declare(declaration(guards=LOOSE, load="replace", top={"title": {"en": "Other", "zh-TW": "別的"}}))
    world.settle()
    assert (world.newest().n, world.newest().rows) == (3, 0)
    assert [kind for _, kind, _ in said(world, "a")] == ["insert", "delete"]
    with pytest.raises(DecisionError, match="up to 3 has the row site=b; the key is site"):
        history(world.public, SLUG, "b")


def test_keys_of_every_type_in_a_table_that_is_empty_now(tmp_path: Path) -> None:
    fields = [column("on", "boolean"), column("i", "integer"), column("at", "datetime"), column("day", "date")]
    names = [one["name"] for one in fields]
    head = ",".join(names)
    world = of(
        tmp_path,
        f"{head}\ntrue,7,2026-01-01 00:00:00,2026-01-02\n",
        f"{head}\ntrue,7,,2026-01-02\n",
        fields=fields,
        key=names,
        load="replace",
    )
    assert [kind for _, kind, _ in said(world, "true,7,2026-01-01T00:00:00+08:00,2026-01-02")] == ["insert", "delete"]


def test_the_example_of_a_key_with_a_line_end_can_be_typed(tmp_path: Path) -> None:
    world = of(tmp_path, 'site,level\n"a\nb",1\n')
    with pytest.raises(DecisionError, match="write for instance '\"site=a\nb\"'"):
        history(world.public, SLUG, "z")
    assert history(world.public, SLUG, '"site=a\nb"').row == {"level": 1}
