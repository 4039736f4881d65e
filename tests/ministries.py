"""A small ministry for the tests of the site: datasets in every state, with every kind of fact to show."""

import datetime as dt
from pathlib import Path
from typing import Any

from worlds import World, column, declaration, table_csv, text

from catalog.declaration.dataset import slugs
from catalog.derived import write as derived
from catalog.store import Store
from pipelines.records import Fetched
from pipelines.refresh.settle import record as keep

ADDRESS = "https://data.example.tw/open"
LOOSE: dict[str, Any] = {"removed": 1, "quarantined": 1, "collapsed": 1}
MONTHS = [f"{year}-{month:02d}" for year in (2025, 2026) for month in range(1, 13)][:18]
RIVERS = [
    column("site", constraints={"pattern": "[a-z]+"}),
    column("day", "date"),
    column(
        "level",
        "number",
        unit="ug/m3",
        constraints={"minimum": 0, "maximum": 100},
        missingValues=["", "-", "ND"],
        flag={"field": "level_flag", "texts": ["#", "x"]},
    ),
    column("level_flag"),
    column("state", categories=[{"value": "dry", "label": text("Dry")}, {"value": "wet", "label": text("Wet")}]),
    column("index", "integer", missing_when={"text": "0", "when": {"state": ""}}, unit="{cases}"),
]
SUITE = [
    {
        "id": "level-plausible",
        "type": "ExpectColumnValuesToBeBetween",
        "kwargs": {"column": "level", "max_value": 50},
        "severity": "warn",
        "reason": text("Since July 2026. Rare & worth a look."),
    }
]


def rivers(last: float = 5, more: str = "") -> str:
    """Two sites a month; the last day's level is the argument, `more` are further lines."""
    lines = [f"{site},{month}-01,{i},,wet,{i}" for i, month in enumerate(MONTHS) for site in ("east", "west")]
    return "\n".join(["site,day,level,level_flag,state,index", *lines, f"east,2026-06-30,{last},,dry,1", more, ""])


def ministry(root: Path) -> World:
    """Return a world with a dataset in each state, before anything is derived of all of them."""
    world = World(root)
    block = {"partition": {"field": "day", "grain": "month"}, "guards": LOOSE, "due": {"fetched": "30d"}}
    world.declare(declaration("rivers", RIVERS, key=["site", "day"], **block), SUITE)
    world.tell(rivers(), "rivers")
    world.tell(rivers(77, "east,2026-06-29,many,,lost,0\nwest,2026-06-29,-1,,dry,2"), "rivers")
    places = {"source": {"protocol": "inline", "table": "table.csv"}, "due": {"fetched": "400d"}}
    world.declare(declaration("places", **places), table="site,level\neast,1\nwest,2\n")
    world.tell(table_csv({"east": 1, "west": 2}), "places")
    world.declare(declaration("lakes", load="replace", due={"fetched": "30d"}))
    world.tell(table_csv({f"lake{i}": i for i in range(9)}), "lakes")
    world.tell(table_csv({"lake1": 1}), "lakes")
    world.declare(declaration("ponds", approve="first"))
    world.tell(table_csv({"pond": 1}), "ponds")
    world.declare(declaration("wells", load="replace", guards=LOOSE, due={"fetched": "1h"}))
    world.tell(table_csv({"well": 1}), "wells")
    world.declare(declaration("springs", due={"fetched": "30d"}))
    world.tell(table_csv({"spring": 1}), "springs")
    world.now += dt.timedelta(hours=1)
    world.ctx.clock.advance(world.now)
    why = "springs: waters.example could not be reached; it closed the connection"
    keep(world.ctx, "springs", Fetched({"protocol": "file"}, world.now, (), why, answered=False))
    return world


def derive(world: World, public: Store | None = None, hours: float = 2) -> None:
    """Write what is derived of all datasets, some hours after the last fetch: `wells` is overdue by then."""
    now = world.now + dt.timedelta(hours=hours)
    derived.write(public or world.public, slugs(world.datasets), ADDRESS, now)
