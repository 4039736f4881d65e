"""The first view of a dataset's page is light, however much the page tells."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from browsers import CHROMIUM, DESKTOP, Watch
from hosts import hosted
from ministries import LOOSE, derive
from playwright.sync_api import Browser
from worlds import World, column, declaration

from catalog import keys

MOST_BYTES, MOST_REQUESTS = 150_000, 6
MEASURES = [f"measure_{i:02}" for i in range(18)]
STATIONS, HOURS = 84, 48
BEGAN = dt.datetime(2026, 7, 4, tzinfo=dt.UTC)

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")


def fields() -> list[dict[str, Any]]:
    return [
        column("station"),
        column("observed_at", "datetime", date={"patterns": ["%Y-%m-%d %H:%M"]}),
        column("county_code"),
        column("longitude", "number", unit="deg"),
        column("latitude", "number", unit="deg"),
        *[column(name, "number", unit="ug/m3", constraints={"minimum": 0}) for name in MEASURES],
    ]


def hour_csv(hour: int) -> str:
    """One hour of all stations: as many as the largest dataset of the ministry has."""
    at = (BEGAN + dt.timedelta(hours=hour)).strftime("%Y-%m-%d %H:%M")
    lines = [",".join(["station", "observed_at", "county_code", "longitude", "latitude", *MEASURES])]
    for i in range(STATIONS):
        place = f"TW-{i % 22:03}", f"{120 + i % 19 / 10}", f"{22 + i % 31 / 10}"
        values = [str((i * 7 + hour * 3 + m * 11) % 97 + i % 10 / 10) for m in range(len(MEASURES))]
        lines.append(",".join([f"測站{i:02}", at, *place, *values]))
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    world = World(tmp_path_factory.mktemp("wide"))
    views = {"measure": MEASURES[0], "by": "station", "step": "hour"}
    views |= {"position": {"longitude": "longitude", "latitude": "latitude"}}
    partition = {"field": "observed_at", "grain": "month"}
    block = {"partition": partition, "guards": LOOSE, "due": {"fetched": "30d"}, "views": views}
    world.declare(declaration("wide", fields(), key=["station", "observed_at"], **block))
    for first in range(0, HOURS, 8):
        bodies = [hour_csv(hour) for hour in range(first, first + 8)]
        rows = [line for body in bodies for line in body.splitlines()[1:]]
        world.tell("\n".join([bodies[0].splitlines()[0], *rows, ""]), "wide")
    derive(world)
    with hosted(world.public) as address:
        yield address


@pytest.mark.soak
@pytest.mark.parametrize("language", keys.LANGUAGES)
def test_a_wide_dataset_is_seen_with_few_bytes_and_requests(browser: Browser, served: str, language: str) -> None:
    with browser.new_context(viewport=DESKTOP) as context:
        page = context.new_page()
        watch, sizes = Watch(page), list[int]()
        page.on("response", lambda answer: sizes.append(len(answer.body())))
        page.goto(f"{served}/{keys.dataset_page('wide', language)}", wait_until="networkidle")
        assert page.locator("tbody[id^=column-]").count() == len(fields()), "all of it stands there"
        assert page.locator("table.values tbody tr").count() >= STATIONS
        assert page.locator("main svg circle").count() >= STATIONS
        assert watch.said == []
        assert len(sizes) == len(watch.asked) <= MOST_REQUESTS
        assert sum(sizes) < MOST_BYTES
