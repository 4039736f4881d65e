"""A ministry to be explored: stations over three months, in three releases, with places, codes and hostile texts."""

from pathlib import Path
from typing import Any

from ministries import ADDRESS, LOOSE
from worlds import World, column, declaration, inline, text

from catalog.declaration.dataset import slugs
from catalog.derived import write as derived
from catalog.store import Store

SLUG = "stations"
HARM = "<img src=x onerror=alert(1)>"
NAMES = {"007": "五-九", "5-9": HARM, "a": "=1+1"}
COUNTIES = "code,name_zh,name_en\nTW-NWT,新北市,New Taipei City\nTW-TPE,臺北市,Taipei City\n"
FIELDS = [
    column("station"),
    column("at", "datetime"),
    column("station_name"),
    column("county_code"),
    column("longitude", "number", unit="deg"),
    column("latitude", "number", unit="deg"),
    column("state", categories=[{"value": "dry", "label": text("Dry")}, {"value": "wet", "label": text("Wet")}]),
    column("level", "number", unit="ug/m3", constraints={"minimum": 0, "maximum": 1000}),
    column("count", "integer", unit="{cases}"),
]
STATIONS = (("007", "TW-TPE", 121.5, 25.04), ("5-9", "TW-NWT", 121.45, 25.01), ("a", "TW-NWT", 121.6, 25.1))
MONTHS, DAYS = ("04", "05", "06"), 28


def rows(months: tuple[str, ...] = MONTHS) -> list[dict[str, Any]]:
    """What the agency says: the third of them has no value on the first day of each month."""
    return [
        {
            "station": station,
            "at": f"2026-{month}-{day:02d} {8 + i:02d}:00:00",
            "station_name": NAMES[station],
            "county_code": county,
            "longitude": longitude,
            "latitude": latitude,
            "state": "wet" if day % 2 else "dry",
            "level": "" if station == "a" and day == 1 else f"{day + i / 10}",
            "count": int(month) * 100 + day,
        }
        for month in months
        for i, (station, county, longitude, latitude) in enumerate(STATIONS)
        for day in range(1, DAYS + 1)
    ]


def csv_of(said: list[dict[str, Any]]) -> str:
    head = [field["name"] for field in FIELDS]
    return "\n".join([",".join(head), *(",".join(str(row[name]) for name in head) for row in said), ""])


def explorable(root: Path) -> World:
    """Release 1: April and May. Release 2: June, one value of May corrected. Release 3: a cell that no one can read."""
    world = World(root)
    counties = [column("code"), column("name_zh"), column("name_en")]
    world.declare(inline("counties") | {"schema": {"fields": counties, "primaryKey": ["code"]}}, table=COUNTIES)
    world.tell(COUNTIES, "counties")
    block = {
        "partition": {"field": "at", "grain": "month"},
        "guards": LOOSE,
        "references": [{"fields": ["county_code"], "dataset": "counties", "to": ["code"]}],
    }
    world.declare(declaration(SLUG, FIELDS, key=["station", "at"], **block))
    world.tell(csv_of(rows(MONTHS[:2])), SLUG)
    corrected = [row | {"level": "99.5"} if row["at"] == "2026-05-02 08:00:00" else row for row in rows()]
    world.tell(csv_of(corrected), SLUG)
    bad = corrected[-1] | {"at": "2026-06-29 10:00:00", "level": "many"}
    world.tell(csv_of([*corrected, bad]), SLUG)
    return world


def publish_site(world: World, public: Store | None = None) -> None:
    """Write all that is derived."""
    derived.write(public or world.public, slugs(world.datasets), ADDRESS, world.now)
