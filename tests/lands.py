"""A small country for the tests of pages of places: thirteen of them, and datasets of each form that speak of them."""

import datetime as dt
from pathlib import Path
from typing import Any

from ministries import ADDRESS, LOOSE
from worlds import World, column, declaration, table_csv, text

from catalog.declaration.dataset import slugs
from catalog.declaration.site import SiteDeclaration
from catalog.derived import write as derived
from catalog.store import Store

CODES = [f"L-{i:02d}" for i in range(1, 14)]
SITE = SiteDeclaration.model_validate(
    {
        "topics": {"air": {"title": text("Air"), "description": text("What we breathe.")}},
        "places": {
            "dataset": "lands",
            "code": "code",
            "tiles": {code: [1 + i % 4, 1 + i // 4] for i, code in enumerate(CODES)},
        },
    },
    strict=False,
)
DAYS = [f"2026-06-{day:02d}" for day in range(1, 31)]
_LAND = {"references": [{"fields": ["land"], "dataset": "lands", "to": ["code"]}]}
_STATES = [{"value": "calm", "label": text("Calm (up to 50)")}, {"value": "wild", "label": text("Wild (above)")}]


def air(newest: dict[str, float] | None = None, day: str = DAYS[-1], **earlier: float) -> str:
    """Two stations in each of twelve places and one in the last; what is given changes single values of a day.

    Args:
        newest: values of a day, by station.
        day: which.
        earlier: values of the first day, by station.
    """
    lines = []
    for i, code in enumerate(CODES):
        for station in (f"s{i:02d}a", f"s{i:02d}b")[: 1 if code == CODES[-1] else 2]:
            for n, each in enumerate(DAYS):
                value = 10 + (i * 7 + n * 3 + len(station)) % 45
                value = (newest or {}).get(station, value) if each == day else value
                value = earlier.get(station, value) if each == DAYS[0] else value
                lines.append(f"{station},{each},{code},{value},{'wild' if value > 50 else 'calm'}")
    return "\n".join(["station,day,land,dust,state", *lines, ""])


def prices() -> str:
    """One crop on two markets of the first place and on one of the second, another crop in the third alone."""
    sold = [("tea", "m1", CODES[0]), ("tea", "m2", CODES[0]), ("tea", "m3", CODES[1]), ("nut", "m4", CODES[2])]
    lines = [
        f"{crop},{market},{day},{land},{20 + i + n},{100 * (i + 1)}"
        for i, (crop, market, land) in enumerate(sold)
        for n, day in enumerate(DAYS[::3])
    ]
    return "\n".join(["crop,market,day,land,price,tons", *lines, ""])


def cases() -> str:
    """Cases of each day in five places."""
    lines = [f"{code},{day},{1 + (i + n) % 4}" for i, code in enumerate(CODES[:5]) for n, day in enumerate(DAYS)]
    return "\n".join(["land,day,cases", *lines, ""])


def country(root: Path) -> World:
    """Return a world of places, before anything is derived of it."""
    world = World(root)
    names = {code: f"Land {i + 1}" for i, code in enumerate(CODES)}
    views = {"labels": {"code": "name"}}
    fields = [column("code"), column("name")]
    world.declare(declaration("lands", fields, load="replace", views=views, due={"fetched": "400d"}))
    world.tell(table_csv(names, "code,name"), "lands")
    block: dict[str, Any] = {"guards": LOOSE, "due": {"fetched": "30d"}} | _LAND
    measured = {"measure": "dust", "together": "max", "by": "station", "noun": text("stations")}
    levels = {"levels": {"field": "state", "order": ["calm", "wild"]}}
    fields = [column("station"), column("day", "date"), column("land"), column("dust", "number", unit="ug/m3")]
    fields += [column("state", categories=_STATES)]
    world.declare(declaration("air", fields, key=["station", "day"], topic="air", views=measured | levels, **block))
    world.tell(air(), "air")
    views = {"measure": "price", "together": "mean", "weight": "tons", "by": "crop", "across": "market", "step": "day"}
    views |= {"first": {"field": "crop", "value": "tea"}}
    fields = [column("crop"), column("market"), column("day", "date"), column("land")]
    fields += [column("price", "number", unit="{TWD}/kg"), column("tons", "number")]
    world.declare(declaration("prices", fields, key=["crop", "market", "day"], views=views, **block))
    world.tell(prices(), "prices")
    views = {"measure": "cases", "together": "sum", "by": "land", "step": "week", "growing": 1}
    fields = [column("land"), column("day", "date"), column("cases", "integer", unit="{cases}")]
    world.declare(declaration("cases", fields, key=["land", "day"], views=views, **block))
    world.tell(cases(), "cases")
    fields = [column("pond"), column("land")]
    world.declare(declaration("ponds", fields, load="replace", views={"by": "pond"}, **block))
    world.tell(f"pond,land\nblue,{CODES[0]}\nred,{CODES[0]}\n", "ponds")
    return world


def derive(world: World, public: Store | None = None) -> None:
    """Write what is derived of all datasets."""
    now = world.now + dt.timedelta(hours=2)
    derived.write(public or world.public, slugs(world.datasets), ADDRESS, now, SITE)
