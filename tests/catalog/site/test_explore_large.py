"""What the first rows of a long table cost, and a filter on it: all bytes and requests of the page are counted."""

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pyarrow as pa
import pytest
from browsers import CHROMIUM
from explorables import SLUG, explorable, publish_site
from hosts import hosted
from playwright.sync_api import Browser, Page, Response, expect
from worlds import World

from catalog import keys
from catalog.formats import parquet

MOST_BYTES, MOST_REQUESTS = 400_000, 16
COLUMNS = {
    "day": "date", "kind": "string", "crop": "string", "market": "string", "county": "string", "upper": "number",
    "middle": "number", "lower": "number", "average": "number", "quantity": "number",
}  # fmt: skip

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    made = explorable(tmp_path_factory.mktemp("large"))
    publish_site(made)
    return made


def prices(count: int) -> pa.Table:
    """Prices of ten years, by day: 400 crops at 20 markets, with as many different prices as there are in practice."""
    chance = np.random.default_rng(7)
    days = np.sort(chance.integers(14_600, 18_250, count)).astype("int32")
    coded = {
        name: (length, f"{name}-") for name, length in (("kind", 3), ("crop", 400), ("market", 20), ("county", 22))
    }
    columns: dict[str, Any] = {"day": pa.array(days, pa.int32()).cast(pa.date32())}
    for name, (length, begin) in coded.items():
        words = pa.array([f"{begin}{i:03d}" for i in range(length)])
        columns[name] = words.take(pa.array(chance.integers(0, length, count)))
    for name in ("upper", "middle", "lower", "average"):
        columns[name] = pa.array(np.round(chance.gamma(2, 20, count), 1))
    columns["quantity"] = pa.array(np.round(chance.gamma(2, 2_000, count)))
    return pa.table(columns)


def put_table(world: World, count: int) -> str:
    """Put a table beside the others, and a page that explores it; return the key of the page."""
    body = parquet.render(prices(count))
    path = f"data/prices_{count}.parquet"
    file = {"path": path, "bytes": len(body), "footer": parquet.footer_bytes(body), "rows": count, "partition": "all"}
    (Path(world.root) / "public" / keys.dataset(SLUG, path)).write_bytes(body)
    page = world.public.get(keys.explore_page(SLUG, "en")).body.decode()
    block = re.compile(r'(<script type="application/json" id="dataset">)(.*?)(</script>)')
    found = block.search(page)
    assert found
    said = json.loads(found[2])
    said["release"]["files"] = {"data": [file], "changes": [], "quarantine": []}
    said["release"]["columns"] = [
        {"name": name, "title": name, "kind": kind, "unit": "", "zone": "Asia/Taipei", "labels": {}}
        for name, kind in COLUMNS.items()
    ]
    said |= {"references": [], "partition": None}
    said["release"]["key"] = ["day", "kind", "crop", "market"]
    key = keys.dataset(SLUG, f"explore-{count}.html")
    whole = f"{found[1]}{json.dumps(said)}{found[3]}"
    (Path(world.root) / "public" / key).write_text(page.replace(found[0], whole), encoding="utf-8")
    return key


class Cost:
    """What a page asked for: addresses with ranges, and the bytes that came."""

    def __init__(self, page: Page) -> None:
        self.bytes, self.asked = 0, list[str]()
        page.on("response", self._add)

    def _add(self, response: Response) -> None:
        self.asked.append(f"{response.url} {response.request.headers.get('range', '')}")
        self.bytes += int(response.headers["content-length"])


@pytest.mark.soak
@pytest.mark.parametrize("count", [1_000_000, pytest.param(7_400_000, marks=pytest.mark.soak)])
def test_first_rows_and_a_filter_read_little_of_a_long_table(browser: Browser, world: World, count: int) -> None:
    key = put_table(world, count)
    with hosted(world.public) as address, browser.new_context() as context:
        page = context.new_page()
        cost = Cost(page)
        page.goto(f"{address}/{key}")
        expect(page.locator("#x-result tbody tr")).to_have_count(25, timeout=60_000)
        expect(page.locator("#x-said")).to_contain_text(f"{count:,} rows")
        page.wait_for_load_state("networkidle")
        assert cost.bytes < MOST_BYTES, cost.asked
        assert len(cost.asked) <= MOST_REQUESTS, cost.asked
    with hosted(world.public) as address, browser.new_context() as context:
        page = context.new_page()
        cost = Cost(page)
        page.goto(f"{address}/{key}#from.day=2010-01-01&to.day=2010-01-31&columns=day,crop,average")
        expect(page.locator("#x-said")).to_contain_text("from 2010-01-01 to 2010-01-31", timeout=60_000)
        # The table lies in the order of days: one or two of its groups can have these.
        assert cost.bytes < MOST_BYTES, cost.asked
        assert len(cost.asked) <= MOST_REQUESTS, cost.asked


@pytest.mark.soak
def test_what_reads_much_asks_first_and_then_does_it(browser: Browser, world: World) -> None:
    key = put_table(world, 7_400_000)
    asked = {"has.crop": "crop-001", "is.county": "county-001", "from.quantity": "1"}
    with hosted(world.public) as address, browser.new_context() as context:
        page = context.new_page()
        cost = Cost(page)
        page.goto(f"{address}/{key}#{urlencode(asked)}")
        expect(page.get_by_role("alert")).to_contain_text(re.compile("need about 2[0-9][.][0-9]"), timeout=60_000)
        assert cost.bytes < MOST_BYTES
        page.get_by_role("button", name="Read it anyway").click()
        expect(page.locator("#x-result tbody tr")).to_have_count(25, timeout=240_000)
        page.goto("about:blank")
        page.goto(f"{address}/{key}#view=summary&by=day:year&measure=mean:average")
        expect(page.locator(".x-table tbody tr")).to_have_count(11, timeout=240_000)
