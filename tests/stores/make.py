"""Make a small store with the code of this commit: `PYTHONPATH=tests python tests/stores/make.py FOLDER`.

Five datasets with made-up rows: a fetch of each outcome, most kinds of release, and a candidate that waits. The time is
that of the fetches, never the present. What is large and derived stays out: site, database,
workbooks.
"""

import datetime as dt
import shutil
import sys
from pathlib import Path
from typing import Any

from markets import FIELDS, KEY, SOURCE, WINDOW, Rows, Span, on, page
from nights import LOOSE
from worlds import World, column, declaration, text

from catalog.declaration import load_dataset
from pipelines import decide
from pipelines.evidence import Fetched, Page
from pipelines.fetch import Fetcher, asking
from pipelines.refresh import keep
from pipelines.run import run, write_lists
from pipelines.sources import Live

ADDRESS = "https://waters.example/{}.csv"
PLACES = "code,name\nTPB,臺北橋\nXND,新店\nYHE,永和\n"
RIVERS = [
    column(
        "site",
        heard_as="測站",
        codes={"map": {"台北橋": "TPB"}, "table": {"dataset": "places", "key": "name", "value": "code"}},
    ),
    column("day", "date", heard_as="日期", date={"calendar": "roc", "patterns": ["%Y/%m/%d"]}),
    column(
        "level",
        "number",
        heard_as=["水位", "level"],
        unit="m",
        constraints={"minimum": 0},
        missingValues=["", "-"],
        flag={"field": "level_flag", "texts": ["#"]},
    ),
    column("level_flag"),
]
SUITE = [
    {
        "id": "level-plausible",
        "type": "ExpectColumnValuesToBeBetween",
        "kwargs": {"column": "level", "max_value": 50},
        "severity": "warn",
        "reason": text("No river of ours is that high."),
    }
]
FIRST = """
    臺北橋 115/05/31 1.5
    新店 115/05/31 2.25
    永和 115/05/31 #
    臺北橋 115/06/30 1.75
    新店 115/06/30 2
    永和 115/06/30 -
"""
CENTIMETRES = """
    臺北橋 115/05/31 150
    新店 115/05/31 225
    臺北橋 115/06/30 175
    新店 115/06/30 200
    永和 115/06/30 50
"""
HIGHER = """
    臺北橋 115/05/31 1.625
    新店 115/05/31 2.375
    永和 115/05/31 0.25
    臺北橋 115/06/30 1.875
    新店 115/06/30 2.125
    永和 115/06/30 0.625
"""
LAKES = [column("lake"), column("depth", "number", unit="m")]
QUERY = "SELECT site, count(*) AS days, max(level) AS highest FROM levels GROUP BY ALL"


def rivers(rows: str) -> str:
    """Lines as the agency writes them: `臺北橋 115/06/30 1.5`."""
    return "測站,日期,水位\n" + "".join(",".join(line.split()) + "\n" for line in rows.strip().splitlines())


def hear(
    world: World,
    slug: str,
    body: str | bytes | None,
    span: Span | None = None,
    *,
    minutes: int = 60,
) -> None:
    """Keep an answer as a real fetch does: with its source, and why it is no data, if so; None stands for no answer."""
    world.now += dt.timedelta(minutes=max(minutes, 0))
    world.ctx.clock.advance(world.now)
    protocol, source, asked, window = asking(load_dataset(world.datasets, slug), span.window if span else None)
    if body is None:
        why = f"{slug}: waters.example could not be reached; it closed the connection"
        keep(world.ctx, slug, Fetched(asked, world.now, (), why, answered=False))
        return
    body = body.encode() if isinstance(body, str) else body
    why = protocol.incomplete(source, [body])
    at = world.now + dt.timedelta(minutes=min(minutes, 0))  # with fewer than none: it was asked for long ago
    pages = (Page(protocol.ask(source, [], None).address, 200, {"etag": f'"{len(body)}"'}, body),)
    keep(world.ctx, slug, Fetched(asked, at, pages, f"{slug}: {why}" if why else None, window=window))


def tell(world: World, slug: str, body: str | bytes, span: Span | None = None) -> None:
    """Keep an answer, and fold it."""
    hear(world, slug, body, span)
    settled(world, slug)


def settled(world: World, slug: str) -> None:
    for item in world.settle(slug):
        print(f"{slug}: {item.outcome} {item.release} {item.reason or ''}")


def decided(world: World, action: str, slug: str, reason: str) -> None:
    """Decide on what waits, as a steward."""
    ((_, waiting),) = decide.waiting(world.ctx, [slug])
    done = getattr(decide, action)(world.ctx, slug, waiting.identity, "chen", reason)
    print(f"{slug}: {action}:", *([done] if action == "approve" else done))
    settled(world, slug)


def declare(world: World, said: dict[str, Any], **more: Any) -> None:
    world.declare(said, **more)
    world.ctx._declared.clear()


def ours(world: World, *wanted: str) -> None:
    """Run what asks no agency: inline and derived."""
    for item in run(world.ctx, Live(Fetcher({}), "sandbox"), list(wanted)):
        print(f"{item.dataset}: {item.outcome} {item.release} {item.reason or ''}")


def places(world: World) -> None:
    """A table that the steward keeps, to which rivers refer."""
    block = {"source": {"protocol": "inline", "table": "table.csv"}, "due": {"fetched": "400d"}, "load": "replace"}
    declare(world, declaration("places", [column("code"), column("name")], **block), table=PLACES)
    ours(world, "places")


def river_levels(world: World) -> None:
    """Upsert, by month: six releases, a fetch that a steward excluded, a candidate that waits, and a fetch like it."""
    block = {
        "key": ["site", "day"],
        "source": {"protocol": "file", "address": ADDRESS.format("rivers"), "format": "csv"},
        "partition": {"field": "day", "grain": "month"},
        "references": [{"fields": ["site"], "dataset": "places", "to": ["code"]}],
        "guards": LOOSE | {"changed": 0.4},
    }
    declare(world, declaration("rivers", RIVERS, **block), quality=SUITE)
    tell(world, "rivers", rivers(FIRST))
    tell(world, "rivers", rivers("永和 115/06/30 0.5\n台北橋 115/07/01 1.25"))
    tell(world, "rivers", rivers("新店 115/07/01 many\n永和 115/13/45 1\n碧潭 115/07/01 3\n永和 115/07/01 51"))
    top = {"description": text("Levels of rivers, for tests. Since July with a longer text.")}
    declare(world, declaration("rivers", RIVERS, top=top, **block), quality=SUITE)
    settled(world, "rivers")
    tell(world, "rivers", rivers(CENTIMETRES))
    decided(world, "reject", "rivers", "The gauge counted in centimetres.")
    tell(world, "rivers", rivers("臺北橋 115/07/02 1.125\n臺北橋 115/07/01 1.375"))
    tell(world, "rivers", rivers(HIGHER))
    tell(world, "rivers", rivers(HIGHER))
    tell(world, "rivers", rivers("新店 115/06/30 2.0625\n新店 115/07/02 2.5"))


def lake_depths(world: World) -> None:
    """Replace, its quarantine counted only: each way in which a fetch is not folded; a schema that was approved."""
    block = {
        "load": "replace",
        "quarantine": "counts",
        "source": {"protocol": "file", "address": ADDRESS.format("lakes"), "format": "csv"},
        "guards": LOOSE,
    }
    declare(world, declaration("lakes", LAKES, **block))
    tell(world, "lakes", "lake,depth\n日月潭,27\n澄清湖,3.5\n翠峰湖,7\n")
    tell(world, "lakes", "lake,depth\n翠峰湖,7\n日月潭,27.0\n澄清湖,3.5\n")
    tell(world, "lakes", "<html>The service is closed at night.</html>")
    hear(world, "lakes", None)
    hear(world, "lakes", "lake,depth\n日月潭,1\n")
    tell(world, "lakes", "lake,depth\n日月潭,26.5\n澄清湖,deep\n鯉魚潭,12\n")
    hear(world, "lakes", "lake,depth\n日月潭,2\n", minutes=-30)
    settled(world, "lakes")
    fields = [*LAKES, column("county")]
    declare(world, declaration("lakes", fields, **block))
    tell(world, "lakes", "lake,depth,county\n日月潭,26.5,南投\n澄清湖,deep,高雄\n鯉魚潭,12,花蓮\n")
    decided(world, "approve", "lakes", "The county is new.")


def market_prices(world: World) -> None:
    """Window, by day and kind: the first release was approved, the second replaces what stood in its windows."""
    block = {"key": KEY, "load": "window", "window": WINDOW, "source": SOURCE, "approve": "first", "guards": LOOSE}
    block["partition"] = {"field": "day", "grain": "month"}
    declare(world, declaration("markets", FIELDS, **block))
    first: Rows = {("06-30", "N04", "LA1"): 20.5, ("06-30", "N04", "LB2"): 31, ("07-01", "N04", "LA1"): 22}
    for day in ("06-30", "07-01"):
        hear(world, "markets", page({key: price for key, price in first.items() if key[0] == day}), on(day))
    hear(world, "markets", page({("07-01", "N05", "A1"): 64}), on("07-01", "N05"))
    settled(world, "markets")
    decided(world, "approve", "markets", "The first day, compared with the market's paper.")
    tell(world, "markets", page({("06-30", "N04", "LA1"): 20.75, ("06-30", "N04", "SC1"): 12}), on("06-30"))
    tell(world, "markets", page({("07-01", "N05", "A1"): 64}), on("07-01", "N05"))


def highest(world: World) -> None:
    """Derived from the rivers."""
    block = {"derive": {"sql": "highest.sql", "over": {"levels": "rivers"}}, "load": "replace", "guards": LOOSE}
    said = declaration("highest", [column("site"), column("days", "integer"), column("highest", "number")], **block)
    del said["minsheng"]["source"]
    declare(world, said)
    (world.datasets / "highest" / "highest.sql").write_text(QUERY, encoding="utf-8")
    ours(world, "highest")


def main(folder: Path) -> None:
    world = World(folder)
    places(world)
    river_levels(world)
    lake_depths(world)
    market_prices(world)
    highest(world)
    write_lists(world.ctx)
    for pattern in ("public/catalog.duckdb*", "public/**/*.html", "public/**/*.xlsx", "public/**/*.xml"):
        for path in folder.glob(pattern):
            path.unlink()
    for path in ("public/site", "public/.minsheng", "private/.minsheng"):
        shutil.rmtree(folder / path)


main(Path(sys.argv[1]))
